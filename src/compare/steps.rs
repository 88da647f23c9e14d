//! The eight steps for all lines of a cell at once, by the plan. What differs within the cell is
//! answered with where to split it. The property test in `tests/it/oracle` holds these steps to
//! those of the evaluator.

mod charge;
mod grants;

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::cell::{Cell, Split, Unclear};
use super::form::{Atom, Form};
use super::world::{Side, Var, World};
use crate::hir::set::{Interval, Set};
use crate::period::{Proration, Term};
use crate::plan::{
    Clauses, Condition, Expression, InputId, Piece, Plan, QUANTITY, Rate, Rule, Table, TargetId,
    Value,
};
use crate::quantity::{Exact, Rounding};
use crate::source::Place;

/// What all lines of a cell become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing, for a reason.
    Excluded(Place),
    /// Not converted.
    Refused(Why),
    /// Credits: the sum of parts, each rounded by itself.
    Converted(Parts),
}

/// Why lines are not converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// What holds depends on the day.
    NoStart,
    /// An input is missing.
    NoInput(Var),
    /// It is withdrawn.
    Withdrawn,
    /// No rate holds.
    NoRate,
    /// The rate is `refused`.
    Rate,
    /// Fewer than no units.
    Negative,
    /// Whether it is excluded depends on an input that is missing.
    Exclude,
}

/// Credits of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// Credits before rounding, and how they are rounded.
    pub sums: Vec<(Form, Rounding)>,
    /// Terms that the line is asked for.
    pub terms: BTreeSet<Term>,
    /// The clause that decides, where one does.
    pub place: Option<Place>,
}

/// Why a cell has no outcome yet.
#[derive(Debug, Clone)]
pub enum Stop {
    /// Its lines become different things.
    Split(Split),
    /// Lines are refused.
    Refused(Why),
}

impl Parts {
    /// Adds credits that are rounded by themselves.
    fn add(&mut self, credits: Form, rounding: Rounding) {
        if !credits.is_zero() {
            self.sums.push((credits, rounding));
        }
    }

    /// With every form as a cell knows it.
    pub(super) fn each(self, known: impl Fn(&Form) -> Form) -> Self {
        let mut parts = Self { sums: Vec::new(), ..self };
        for (form, rounding) in self.sums {
            parts.add(known(&form), rounding);
        }
        parts
    }

    /// Credits before rounding.
    pub fn sum(&self) -> Form {
        self.sums.iter().fold(Form::default(), |sum, (form, _)| sum.plus(form))
    }

    /// Whether equal credits are rounded alike: part by part, in whatever order.
    pub(super) fn rounds_as(&self, other: &Self, are_equal: impl Fn(&Form, &Form) -> bool) -> bool {
        let mut left: Vec<_> = other.rounded_parts();
        let own = self.rounded_parts();
        own.len() == left.len()
            && own.iter().all(|(form, rounding)| {
                let at =
                    left.iter().position(|(other, its)| rounding == its && are_equal(form, other));
                at.map(|at| left.swap_remove(at)).is_some()
            })
    }

    /// The parts; what rounding does not change is one of them.
    fn rounded_parts(&self) -> Vec<(Form, Option<Rounding>)> {
        let mut known = Form::default();
        let mut parts = Vec::with_capacity(self.sums.len());
        for (form, rounding) in &self.sums {
            match form.as_constant() {
                Some(number) => known = known.plus(&Form::constant(rounding.round(&number))),
                None if is_multiple(form, rounding) => known = known.plus(form),
                None => parts.push((form.clone(), Some(*rounding))),
            }
        }
        parts.push((known, None));
        parts
    }

    /// How it is rounded, in words.
    pub(super) fn roundings(&self) -> String {
        let texts: BTreeSet<String> = self.sums.iter().map(|(_, own)| own.text()).collect();
        let texts: Vec<String> = texts.into_iter().collect();
        match self.sums.len() {
            0 | 1 => texts.join(", "),
            parts => format!("{}, each of {parts} parts", texts.join(", ")),
        }
    }

    /// The terms, in words.
    pub(super) fn terms_text(&self) -> String {
        let text = |term: &Term| format!("per {}, {}", term.unit.word(), term.proration.words());
        let texts: Vec<String> = self.terms.iter().map(text).collect();
        if texts.is_empty() { "no term".to_owned() } else { texts.join(", ") }
    }
}

/// Whether credits are whole multiples of the step before they are rounded to it.
fn is_multiple(credits: &Form, rounding: &Rounding) -> bool {
    let step = Exact::from(rounding.step);
    let counts = |atom: &Atom| match atom {
        Atom::Ceil(_) => true,
        Atom::Periods(term) => {
            matches!(term.proration, Proration::ByStartedPeriod | Proration::ByWholePeriod)
        }
        Atom::Input(_) => false,
    };
    credits.atoms().all(counts)
        && credits.terms().all(|(_, factor)| {
            let steps = factor.clone() / step.clone();
            steps.floor() == steps
        })
}

impl From<Split> for Stop {
    fn from(split: Split) -> Self {
        Self::Split(split)
    }
}

/// Lines of a cell and the plan that they are converted by.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Which plan it is.
    pub side: Side,
    /// The plan.
    pub plan: &'a Plan,
    /// The inputs.
    pub world: &'a World,
    /// The lines.
    pub cell: &'a Cell,
    /// Their first day; none where they give none.
    pub day: Option<Date>,
    /// What both sides are measured in.
    pub measure: &'a Measure,
}

/// What two products or licenses are measured in, so that equal credits are equal forms.
#[derive(Debug, Clone)]
pub struct Measure {
    /// What the quantity is multiplied by to be in the declared unit of each.
    pub scale: [Exact; 2],
    /// Whether months of a day count that all years share are told as twelfths of a year.
    pub by_year: bool,
}

impl Default for Measure {
    fn default() -> Self {
        Self { scale: [Exact::one(), Exact::one()], by_year: false }
    }
}

/// What lines have of an input.
enum Given<'a> {
    /// Each has a value of its own.
    Each,
    /// They leave it out, and the ruleset gives them this one.
    Default(&'a Value),
    /// They leave it out, and it has no default.
    Nothing,
}

/// A rule on a day.
struct Dated<'a> {
    id: TargetId,
    rule: &'a Rule,
    clauses: &'a Clauses,
    /// In the declared unit.
    quantity: Form,
}

impl<'a> Run<'a> {
    /// What the lines of a product or license become.
    pub fn outcome(self, id: TargetId) -> Result<Outcome, Split> {
        let [old, new] = &self.measure.scale;
        let scale = if self.side == Side::Old { old } else { new };
        let quantity = Form::of(Atom::Input(Var::QUANTITY)).scaled(scale);
        if let Some(place) = self.excluded(&quantity)? {
            return Ok(place.map_or(Outcome::Refused(Why::Exclude), Outcome::Excluded));
        }
        match self.rule(id, quantity) {
            Ok(parts) => Ok(Outcome::Converted(parts)),
            Err(Stop::Refused(why)) => Ok(Outcome::Refused(why)),
            Err(Stop::Split(split)) => Err(split),
        }
    }

    /// The first `exclude` that holds; `Some(None)` where an absent input decides whether one does:
    /// such lines are refused.
    pub fn excluded(self, quantity: &Form) -> Result<Option<Option<Place>>, Split> {
        let mut open = false;
        for exclude in &self.plan.excludes {
            let mut lacking = false;
            let mut holds = true;
            for (input, set) in &exclude.condition.sets {
                if self.lacks(*input)? {
                    lacking = true;
                } else if !self.admits(*input, set, quantity)? {
                    holds = false;
                    break;
                }
            }
            match (holds, lacking) {
                (true, false) => return Ok(Some(Some(exclude.origin.place))),
                (true, true) => open = true,
                (false, _) => {}
            }
        }
        Ok(open.then_some(None))
    }

    /// Steps 2 to 8 of a line.
    fn rule(self, id: TargetId, quantity: Form) -> Result<Parts, Stop> {
        let dated = self.dated(id, quantity)?;
        let units = self.count(&dated)?;
        let mut parts = Parts::default();
        if let Some((place, rate)) = self.own_rate(&dated)? {
            let place = self.charge(&dated, &units, (place, rate), &mut parts)?;
            parts.place = Some(place);
            return Ok(parts);
        }
        if dated.clauses.grants.is_empty() {
            return Err(Stop::Refused(Why::NoRate));
        }
        self.grants(&dated, &units, &mut parts)?;
        Ok(parts)
    }

    fn var(self, input: InputId) -> Var {
        self.world.var(self.side, input)
    }

    /// What lines here have of an input.
    fn given(self, input: InputId) -> Result<Given<'a>, Split> {
        let var = self.var(input);
        if self.world.is_of_two_kinds(var) {
            return Err(Split::Nowhere(Unclear::Kind(var)));
        }
        if input == QUANTITY || !self.cell.leaves_out(self.world, var)? {
            return Ok(Given::Each);
        }
        let variable = self.world.variable(var);
        let default = variable.and_then(|variable| variable.default(self.side));
        Ok(default.map_or(Given::Nothing, Given::Default))
    }

    fn lacks(self, input: InputId) -> Result<bool, Split> {
        Ok(matches!(self.given(input)?, Given::Nothing))
    }

    fn present<'b>(self, inputs: impl IntoIterator<Item = &'b InputId>) -> Result<(), Stop> {
        for input in inputs {
            if self.lacks(*input)? {
                return Err(Stop::Refused(Why::NoInput(self.var(*input))));
            }
        }
        Ok(())
    }

    /// Step 2.
    fn dated(self, id: TargetId, quantity: Form) -> Result<Dated<'a>, Stop> {
        let rule = self.plan.rule(id).ok_or(Stop::Refused(Why::NoRate))?;
        let version = rule.on(self.day).ok_or(Stop::Refused(Why::NoStart))?;
        let clauses = &version.clauses;
        if clauses.withdrawn.is_some() {
            return Err(Stop::Refused(Why::Withdrawn));
        }
        self.present(&clauses.inputs)?;
        for exception in &rule.exceptions {
            if let Some((_, rate)) = exception.rate.on_or_always(self.day) {
                self.present(exception.condition.sets.keys())?;
                if let Rate::Table(table) = rate {
                    self.present(&table.columns)?;
                }
            }
        }
        Ok(Dated { id, rule, clauses, quantity })
    }

    /// Step 3.
    fn count(self, dated: &Dated<'_>) -> Result<Form, Stop> {
        let count = dated.clauses.count.and_then(|at| dated.rule.counts.get(at));
        let units = match count {
            Some((_, count)) => self.value(count, &dated.quantity)?,
            None => dated.quantity.clone(),
        };
        if self.cell.ends(&units, &Exact::zero(), false)? {
            return Err(Stop::Refused(Why::Negative));
        }
        Ok(units)
    }

    /// The value of a count. Recursion follows nesting, which the parser bounds.
    fn value(self, count: &Expression, quantity: &Form) -> Result<Form, Split> {
        let each = |expression: &Expression| self.value(expression, quantity);
        Ok(match count {
            Expression::Number(number) => Form::constant(Exact::from(*number)),
            Expression::Input(input) => self.number(*input, quantity)?,
            Expression::Sum(terms) => {
                let mut sum = Form::default();
                for (negative, term) in terms {
                    let term = each(term)?;
                    sum = if *negative { sum.minus(&term) } else { sum.plus(&term) };
                }
                sum
            }
            Expression::Product(factors) => {
                let mut product = Form::constant(Exact::one());
                for factor in factors {
                    product = product.times(&each(factor)?);
                    if product.is_long() {
                        return Err(Split::Nowhere(Unclear::LongForm));
                    }
                }
                product
            }
            Expression::Quotient(value, divisor) => {
                each(value)?.scaled(&(Exact::one() / divisor.clone()))
            }
            Expression::Min(values) => self.smallest(values.iter().map(each), false)?,
            Expression::Max(values) => self.smallest(values.iter().map(each), true)?,
            Expression::Ceil(value) => each(value)?.ceil(),
            Expression::Floor(value) => each(value)?.floor(),
            Expression::Choice(branches, otherwise) => {
                for (condition, value) in branches {
                    if self.holds(condition, quantity)? {
                        return each(value);
                    }
                }
                each(otherwise)?
            }
        })
    }

    /// The smallest of forms, or the largest.
    fn smallest(
        self,
        forms: impl Iterator<Item = Result<Form, Split>>,
        largest: bool,
    ) -> Result<Form, Split> {
        let mut found: Option<Form> = None;
        for form in forms {
            let form = form?;
            let keep = match &found {
                Some(own) => self.cell.ends(&own.minus(&form), &Exact::zero(), true)? != largest,
                None => false,
            };
            if !keep {
                found = Some(form);
            }
        }
        Ok(found.unwrap_or_default())
    }

    fn holds(self, condition: &Condition, quantity: &Form) -> Result<bool, Split> {
        for (input, set) in &condition.sets {
            if !self.admits(*input, set, quantity)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A number input.
    fn number(self, input: InputId, quantity: &Form) -> Result<Form, Split> {
        if input == QUANTITY {
            return Ok(quantity.clone());
        }
        Ok(match self.given(input)? {
            Given::Default(Value::Number(number)) => Form::constant(Exact::from(*number)),
            _ => Form::of(Atom::Input(self.var(input))),
        })
    }

    fn admits(self, input: InputId, set: &Set, quantity: &Form) -> Result<bool, Split> {
        let var = self.var(input);
        let Set::Number(intervals) = set else {
            if let Given::Default(value) = self.given(input)? {
                return Ok(set.contains(value));
            }
            let set = self.world.set(self.plan, var, input, set);
            return self.cell.admits(self.world, var, &set);
        };
        let form = &self.number(input, quantity)?;
        for Interval { low, high } in intervals {
            if self.cell.ends(form, &Exact::from(low.0), !low.1)? {
                return Ok(false);
            }
            let Some((high, closed)) = high else { return Ok(true) };
            if self.cell.ends(form, &Exact::from(*high), *closed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The exception that wins, or the rule's own rate.
    fn own_rate(self, dated: &Dated<'a>) -> Result<Option<(Place, &'a Rate)>, Split> {
        let mut held = Vec::new();
        for exception in &dated.rule.exceptions {
            if let Some((origin, rate)) = exception.rate.on_or_always(self.day)
                && self.holds(&exception.condition, &dated.quantity)?
            {
                held.push((&exception.condition, origin.place, rate));
            }
        }
        let winner =
            held.iter().find(|(own, ..)| held.iter().all(|(other, ..)| own.implies(other)));
        let own = || {
            let (origin, rate) = dated.rule.rates.get(dated.clauses.rate?)?;
            Some((origin.place, rate))
        };
        Ok(winner.map(|(_, place, rate)| (*place, *rate)).or_else(own))
    }

    fn row(self, table: &'a Table, quantity: &Form) -> Result<Option<&'a Piece>, Split> {
        'rows: for (cells, piece) in &table.rows {
            for (input, cell) in table.columns.iter().zip(cells.iter().flatten()) {
                if let Some(set) = cell
                    && !self.admits(*input, set, quantity)?
                {
                    continue 'rows;
                }
            }
            return Ok(Some(piece));
        }
        Ok(None)
    }
}
