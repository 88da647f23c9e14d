//! Converts one license line in exact arithmetic, in the eight steps of the language.
//!
//! The evaluator is watched by an [`Observer`]; what it records is the explanation, so that the two
//! cannot differ.

pub mod allocated;
pub mod along;
pub mod charges;
mod count;
mod grants;
pub mod observe;
mod rate;
pub mod refusal;
pub mod unused;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::plan::{
    ACCOUNT, Clauses, Exclude, InputId, Origin, Plan, QUANTITY, Rate, Rule, TargetId, UnitId,
    Value, Version,
};
use crate::quantity::Exact;
use crate::source::Place;
pub use observe::{Observer, Recording, Silent, Step};
pub use rate::charge;
pub use refusal::Refusal;

/// A license line as the input gives it, its texts read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// A code or a name.
    pub sku: String,
    /// How many.
    pub quantity: Decimal,
    /// Of which unit; without one, the declared unit.
    pub unit: Option<UnitId>,
    /// First day.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
    /// A value an input, by id, defaults filled in; `quantity` and `account` are there too.
    pub inputs: Vec<Option<Value>>,
}

/// What a line becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Credits.
    Converted {
        /// The product or license matched.
        rule: TargetId,
        /// Exact credits, rounded as the rules say.
        credits: Decimal,
        /// The deciding clause.
        place: Place,
    },
    /// Nothing, for a reason.
    Excluded {
        /// The product or license matched.
        rule: TargetId,
        /// The place of the `exclude`.
        place: Place,
    },
}

impl License {
    /// A line without inputs other than `quantity` and `account`, and the defaults of the plan.
    pub fn new(plan: &Plan, sku: impl Into<String>, quantity: Decimal) -> Self {
        let mut inputs: Vec<Option<Value>> =
            plan.inputs.iter().map(|input| input.default.clone()).collect();
        if let Some(account) = inputs.get_mut(ACCOUNT.0 as usize) {
            *account = Some(Value::Text(String::new()));
        }
        Self { sku: sku.into(), quantity, unit: None, start: None, end: None, inputs }
    }

    /// Gives an input a value.
    pub fn set(&mut self, input: InputId, value: Value) {
        if let Some(slot) = self.inputs.get_mut(input.0 as usize) {
            *slot = Some(value);
        }
    }
}

/// Converts one line.
pub fn evaluate(
    plan: &Plan,
    license: &License,
    observer: &mut impl Observer,
) -> Result<Outcome, Refusal> {
    let owner = *plan.owners.get(&license.sku).ok_or(Refusal::UnknownSku)?;
    let rule = plan.rule(owner.rule).ok_or(Refusal::UnknownSku)?;
    let line = Line { plan, license };
    let base = base_units(plan, license, rule);
    observer.record(|| Step::Matched {
        rule: owner.rule,
        code: owner.is_code.then(|| line.code(rule)).flatten(),
    });
    if let Some(exclude) = line.excluded(rule, base.as_ref().ok())? {
        observer.record(|| Step::Excluded { origin: exclude.origin.clone() });
        return Ok(Outcome::Excluded { rule: owner.rule, place: exclude.origin.place });
    }
    let base = base?;
    if let (Some(start), Some(end)) = (license.start, license.end)
        && end < start
    {
        return Err(Refusal::EndBeforeStart { start, end });
    }
    if owner.is_code {
        line.code_in_force(owner.rule, rule)?;
    }
    let (credits, place) = line.rule(owner.rule, rule, &base, observer)?;
    let credits = credits.to_decimal().ok_or(Refusal::Overflow)?;
    Ok(Outcome::Converted { rule: owner.rule, credits, place })
}

/// Whether a line is excluded, or might be; of excludes that look at the quantity nothing is known.
pub(crate) fn excluded(plan: &Plan, license: &License) -> bool {
    let line = Line { plan, license };
    let Some(rule) = plan.rules.first() else { return false };
    !matches!(line.excluded(rule, Some(&Exact::zero())), Ok(None))
}

/// The quantity in base units of the rule's dimension.
fn base_units(plan: &Plan, license: &License, rule: &Rule) -> Result<Exact, Refusal> {
    let unit = license.unit.unwrap_or(rule.unit);
    let (Some(given), Some(declared)) = (plan.unit(unit), plan.unit(rule.unit)) else {
        return Err(Refusal::UnitMismatch { given: unit, declared: rule.unit });
    };
    if given.base != declared.base {
        return Err(Refusal::UnitMismatch { given: unit, declared: rule.unit });
    }
    let quantity = Exact::from(license.quantity);
    Ok(if given.factor.is_one() { quantity } else { quantity * given.factor.clone() })
}

/// A line and the plan it is converted by.
#[derive(Clone, Copy)]
struct Line<'a> {
    plan: &'a Plan,
    license: &'a License,
}

/// A rule on the day of a line.
struct Dated<'a> {
    id: TargetId,
    rule: &'a Rule,
    clauses: &'a Clauses,
    /// The quantity in the declared unit.
    quantity: Exact,
}

impl<'a> Line<'a> {
    /// The first `exclude` that holds, in file order. The line may still have a unit that does not
    /// fit: then the quantity is the one given.
    fn excluded(self, rule: &Rule, base: Option<&Exact>) -> Result<Option<&'a Exclude>, Refusal> {
        if self.plan.excludes.is_empty() {
            return Ok(None);
        }
        let quantity = base.map_or_else(
            || Exact::from(self.license.quantity),
            |base| self.in_unit(base, rule.unit),
        );
        let known = |input: &InputId| *input == QUANTITY || self.value(*input).is_some();
        let mut open = None;
        for exclude in &self.plan.excludes {
            let sets = &exclude.condition.sets;
            let may_hold = sets
                .iter()
                .all(|(input, set)| !known(input) || self.admits(set, *input, &quantity));
            match sets.keys().find(|input| !known(input)) {
                _ if !may_hold => {}
                None => return Ok(Some(exclude)),
                Some(missing) => open = open.or(Some(*missing)),
            }
        }
        // None holds for certain; one may, if an absent input says so.
        open.map_or(Ok(None), |input| Err(Refusal::MissingInput { input }))
    }

    fn in_unit(self, base: &Exact, unit: UnitId) -> Exact {
        match self.plan.unit(unit) {
            Some(unit) if !unit.factor.is_one() => base.clone() / unit.factor.clone(),
            _ => base.clone(),
        }
    }

    /// The clause by which the rule has the code of the line, on its day or else on others.
    fn code(self, rule: &Rule) -> Option<Origin> {
        let day = rule.on(self.license.start).and_then(|version| version.clauses.sku);
        let own = day.and_then(|at| rule.skus.get(at));
        let mut all = own.into_iter().chain(&rule.skus);
        let found = all.find(|(_, codes)| codes.binary_search(&self.license.sku).is_ok());
        found.map(|(origin, _)| origin.clone())
    }

    /// Whether the code by which the line names the rule holds on its day.
    fn code_in_force(self, id: TargetId, rule: &Rule) -> Result<(), Refusal> {
        let version = self.version(id, rule)?;
        let codes = version.clauses.sku.and_then(|at| rule.skus.get(at));
        if codes.is_some_and(|(_, codes)| codes.binary_search(&self.license.sku).is_ok()) {
            return Ok(());
        }
        Err(Refusal::CodeNotInForce { rule: id })
    }

    fn version(self, id: TargetId, rule: &'a Rule) -> Result<&'a Version, Refusal> {
        rule.on(self.license.start).ok_or(Refusal::MissingStart { rule: id })
    }

    /// Inputs that must be there are there.
    fn present<'b>(self, inputs: impl IntoIterator<Item = &'b InputId>) -> Result<(), Refusal> {
        for input in inputs {
            if *input != QUANTITY && self.value(*input).is_none() {
                return Err(Refusal::MissingInput { input: *input });
            }
        }
        Ok(())
    }

    fn value(self, input: InputId) -> Option<&'a Value> {
        self.license.inputs.get(input.0 as usize).and_then(Option::as_ref)
    }

    /// Steps 2 to 8.
    fn rule(
        self,
        id: TargetId,
        rule: &'a Rule,
        base: &Exact,
        observer: &mut impl Observer,
    ) -> Result<(Exact, Place), Refusal> {
        let dated = self.dated(id, rule, base, observer)?;
        let units = self.count(&dated, observer)?;
        if let Some(applied) = self.own_rate(&dated) {
            return self.charge(&dated, &units, applied, observer);
        }
        self.unused(&dated, None, observer);
        if dated.clauses.grants.is_empty() {
            return Err(Refusal::NoRate { rule: id, day: self.license.start });
        }
        self.grants(&dated, &units, observer)
    }

    /// Step 2: the clauses in force, and what they need.
    fn dated(
        self,
        id: TargetId,
        rule: &'a Rule,
        base: &Exact,
        observer: &mut impl Observer,
    ) -> Result<Dated<'a>, Refusal> {
        let version = self.version(id, rule)?;
        let clauses = &version.clauses;
        observer.record(|| Step::Dated { day: self.license.start, since: version.from });
        let dated = Dated { id, rule, clauses, quantity: self.in_unit(base, rule.unit) };
        if let Some((origin, ())) = clauses.withdrawn.and_then(|at| rule.withdrawn.get(at)) {
            let place = origin.place;
            self.unused_behind(&dated, place, observer);
            return Err(Refusal::Withdrawn { rule: id, day: self.license.start, place });
        }
        self.present(&clauses.inputs)?;
        for exception in &rule.exceptions {
            if let Some((_, rate)) = exception.rate.on_or_always(self.license.start) {
                self.present(exception.condition.sets.keys())?;
                if let Rate::Table(table) = rate {
                    self.present(&table.columns)?;
                }
            }
        }
        Ok(dated)
    }
}
