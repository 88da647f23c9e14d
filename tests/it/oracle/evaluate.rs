//! The naive evaluator: section 5 of the language, step by step, scanning all clauses each time.
//! Here are matching, dates, counts and grants.

use num_bigint::BigInt;
use num_rational::BigRational as Ratio;
use num_traits::{Signed as _, Zero as _};

use super::calendar::Day;
use super::charge::rounded;
use super::generate::rate_of;
use super::model::{
    Amount, Answer, Body, Claim, Clause, Condition, Expression, Field, Line, Per, Rate, Ruleset,
    Target, Value, Written, whole,
};

/// Converts a line; `excludes` are the positions of excludes in file order.
pub(crate) fn convert(ruleset: &Ruleset, excludes: &[usize], line: &Line) -> Answer {
    match (Run { ruleset, line }).answer(excludes) {
        Ok(answer) => answer,
        Err(codes) => Answer::Refused(codes),
    }
}

/// The lines of which the first decides a line that is converted.
pub(crate) fn deciding(ruleset: &Ruleset, line: &Line) -> Vec<Written> {
    (Run { ruleset, line }).deciding()
}

/// The clause of one kind that is in force: a window stands before what is standing, and of that
/// the latest holds. Without a day nothing is dated.
pub(super) fn in_force<'a, T>(
    clauses: &'a [Clause],
    day: Option<Day>,
    kind: impl Fn(&'a Body) -> Option<T>,
) -> Option<T> {
    let mut standing: Option<(Day, T)> = None;
    for Clause { claim, body } in clauses {
        let Some(found) = kind(body) else { continue };
        let first = match (claim, day) {
            (Claim::Always, _) => Day::MIN,
            (Claim::From(from), Some(day)) if *from <= day => *from,
            (Claim::Window(from, to), Some(day)) if *from <= day && day <= *to => {
                return Some(found);
            }
            _ => continue,
        };
        if standing.as_ref().is_none_or(|(other, _)| *other < first) {
            standing = Some((first, found));
        }
    }
    standing.map(|(_, found)| found)
}

/// Whether a number can be written with 28 digits, at most 12 of them decimals.
fn fits(credits: &Ratio) -> bool {
    let ten = BigInt::from(10);
    let shortest = (0..=12)
        .map(|decimals| credits * Ratio::from_integer(ten.pow(decimals)))
        .find(Ratio::is_integer);
    shortest.is_some_and(|digits| digits.to_integer() < ten.pow(28))
}

#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) ruleset: &'a Ruleset,
    pub(super) line: &'a Line,
}

/// Codes of which one is given: several products of one line may be at fault.
pub(super) type Codes = Vec<&'static str>;

impl<'a> Run<'a> {
    fn answer(self, excludes: &[usize]) -> Result<Answer, Codes> {
        let Self { ruleset, line } = self;
        if let Some((_, _, code)) = line.spoiled {
            return Err(vec![code]);
        }
        let at = self.matched().ok_or_else(|| vec!["unknown-sku"])?;
        let target = &ruleset.targets[at];
        let (fits_unit, quantity) = self.quantity(target);
        // Every exclude looks at its inputs, unless another part of its condition fails; one that
        // holds for certain is enough.
        let may_hold = |exclude: &usize| !self.fails(&ruleset.excludes[*exclude], &quantity);
        let open: Vec<usize> = excludes.iter().copied().filter(may_hold).collect();
        let certain = |exclude: &&usize| self.present(&ruleset.excludes[**exclude]).is_ok();
        match (open.iter().find(certain), open.is_empty()) {
            (Some(exclude), _) => return Ok(Answer::Excluded(*exclude)),
            (None, false) => return Err(vec!["missing-input"]),
            (None, true) => {}
        }
        if !fits_unit {
            return Err(vec!["unit-mismatch"]);
        }
        if line.start.zip(line.end).is_some_and(|(start, end)| end < start) {
            return Err(vec!["end-before-start"]);
        }
        if target.name != line.sku {
            self.day_known(target)?;
            let codes = in_force(&target.clauses, line.start, |body| match body {
                Body::Sku(codes) => Some(codes),
                _ => None,
            });
            if !codes.is_some_and(|codes| codes.contains(&line.sku)) {
                return Err(vec!["unknown-sku"]);
            }
        }
        let credits = self.credits(target, &quantity)?;
        if fits(&credits) { Ok(Answer::Credits(credits)) } else { Err(vec!["overflow"]) }
    }

    /// The target that the line names, or has a code of.
    fn matched(self) -> Option<usize> {
        let Self { ruleset: Ruleset { targets, .. }, line } = self;
        let coded = |target: &Target| {
            target
                .clauses
                .iter()
                .any(|clause| matches!(&clause.body, Body::Sku(codes) if codes.contains(&line.sku)))
        };
        let by_name = targets.iter().position(|target| target.name == line.sku);
        by_name.or_else(|| targets.iter().position(coded))
    }

    /// Whether the unit of the line fits, and the quantity in that of the head.
    fn quantity(self, target: &Target) -> (bool, Ratio) {
        let (declared, own) = self.ruleset.base(target.per.unit);
        let given = self.line.unit.as_ref().map_or(target.per.unit, |(unit, _)| *unit);
        let (given, factor) = self.ruleset.base(given);
        let quantity = self.line.quantity.ratio();
        if given == declared { (true, quantity * factor / own) } else { (false, quantity) }
    }

    /// The clause of the rate and its row, or the grants.
    fn deciding(self) -> Vec<Written> {
        let at = self.matched().unwrap();
        let target = &self.ruleset.targets[at];
        let (_, quantity) = self.quantity(target);
        let clauses = target.clauses.iter().enumerate();
        let Some(rate) = self.rate(target, &quantity) else {
            let granted = self.granted(target);
            let holds = |clause: &Clause| {
                granted.iter().any(|(_, held)| std::ptr::eq(*held, &raw const clause.body))
            };
            return clauses
                .filter(|(_, clause)| holds(clause))
                .map(|(clause, _)| Written::Clause(at, clause, 0))
                .collect();
        };
        let units = self.units(target, &quantity).unwrap();
        let row = self.deciding_row(target, &quantity, &units, rate);
        let of = |body: &Body| rate_of(body).is_some_and(|own| std::ptr::eq(own, rate));
        clauses
            .filter(|(_, clause)| of(&clause.body))
            .map(|(clause, _)| Written::Clause(at, clause, row))
            .collect()
    }

    /// Whether some part of a condition fails that does not wait for an absent input.
    fn fails(self, condition: &Condition, quantity: &Ratio) -> bool {
        condition.iter().any(|(field, region)| {
            self.field_present(*field).is_ok()
                && !self.all_hold(&vec![(*field, region.clone())], quantity)
        })
    }

    /// Where clauses are dated, a line needs a day.
    fn day_known(self, target: &Target) -> Result<(), Codes> {
        let dated = target.clauses.iter().any(|clause| {
            clause.claim != Claim::Always
                && !matches!(clause.body, Body::Note | Body::AllowFalling | Body::AllowLoss)
        });
        if dated && self.line.start.is_none() { Err(vec!["missing-start"]) } else { Ok(()) }
    }

    /// Steps 2 to 8.
    fn credits(self, target: &'a Target, quantity: &Ratio) -> Result<Ratio, Codes> {
        let units = self.units(target, quantity)?;
        if let Some(rate) = self.rate(target, quantity) {
            return self.charged(target, quantity, &units, rate);
        }
        if !target.license {
            return Err(vec!["no-rate"]);
        }
        let granted: Vec<(usize, Ratio)> = self
            .granted(target)
            .into_iter()
            .filter_map(|(product, body)| match body {
                Body::Grants { number, unit, .. } => {
                    let declared = self.ruleset.targets[product].per.unit;
                    let (each, own) = (self.ruleset.base(*unit).1, self.ruleset.base(declared).1);
                    Some((product, &units * number.ratio() * each / own))
                }
                _ => None,
            })
            .collect();
        if granted.is_empty() {
            return Err(vec!["no-rate"]);
        }
        self.grants(granted)
    }

    /// The grants in force: one a product.
    fn granted(self, target: &'a Target) -> Vec<(usize, &'a Body)> {
        let products = 0..self.ruleset.targets.len();
        let of = |wanted: usize| {
            in_force(&target.clauses, self.line.start, |body| match body {
                Body::Grants { product, .. } if *product == wanted => Some((wanted, body)),
                _ => None,
            })
        };
        products.filter_map(of).collect()
    }

    /// A license without a rate of its own: the sum of what each granted product costs.
    fn grants(self, granted: Vec<(usize, Ratio)>) -> Result<Ratio, Codes> {
        let mut parts = Vec::new();
        let mut refused = Codes::new();
        for (product, quantity) in granted {
            match self.admitted(product, &quantity) {
                Ok(units) => parts.push((product, quantity, units, false)),
                Err(mut codes) => refused.append(&mut codes),
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        let mut sum = self.together(&mut parts)?;
        for (product, quantity, units, reduced) in parts {
            if reduced && units.is_zero() {
                continue;
            }
            let target = &self.ruleset.targets[product];
            let rate = self.rate(target, &quantity).unwrap();
            match self.charged(target, &quantity, &units, rate) {
                Ok(credits) => sum += credits,
                Err(mut codes) => refused.append(&mut codes),
            }
        }
        if refused.is_empty() { Ok(sum) } else { Err(refused) }
    }

    /// The units of a granted product that has a rate, and one that does not refuse.
    fn admitted(self, product: usize, quantity: &Ratio) -> Result<Ratio, Codes> {
        let target = &self.ruleset.targets[product];
        let units = self.units(target, quantity)?;
        let rate = self.rate(target, quantity).ok_or_else(|| vec!["no-rate"])?;
        let amount = match rate {
            Rate::Plain(amount) => Some(*amount),
            Rate::Table(table) => Some(self.row(table, quantity).1),
            _ => None,
        };
        // Units that are charged together do not escape it.
        if amount == Some(Amount::Refused) && !units.is_zero() {
            return Err(vec!["rate-refused"]);
        }
        Ok(units)
    }

    /// Products that cost less together: those with more members first, then by name.
    fn together(self, parts: &mut [(usize, Ratio, Ratio, bool)]) -> Result<Ratio, Codes> {
        let ruleset = self.ruleset;
        let mut order: Vec<_> = ruleset.togethers.iter().collect();
        order.sort_by_key(|one| (usize::MAX - one.members.len(), one.name.clone()));
        let mut sum = whole(0);
        for together in order {
            let held = |member: &usize| parts.iter().any(|part| part.0 == *member);
            if !together.members.iter().all(held) {
                continue;
            }
            let clauses: Vec<Clause> = together
                .rates
                .iter()
                .map(|(claim, rate)| Clause { claim: *claim, body: Body::AtLeast(*rate) })
                .collect();
            if self.line.start.is_none() && clauses.iter().any(|one| one.claim != Claim::Always) {
                return Err(vec!["missing-start"]);
            }
            let rate = in_force(&clauses, self.line.start, |body| match body {
                Body::AtLeast(rate) => Some(rate.ratio()),
                _ => None,
            });
            let Some(rate) = rate else { continue };
            let members = parts.iter().filter(|part| together.members.contains(&part.0));
            let least = members.map(|part| part.2.clone()).min().unwrap();
            if least.is_zero() {
                continue;
            }
            let first = &ruleset.targets[together.members[0]];
            sum += rounded(ruleset.round, &self.term(first, &least * rate)?);
            for part in parts.iter_mut().filter(|part| together.members.contains(&part.0)) {
                part.2 -= &least;
                part.3 = true;
            }
        }
        Ok(sum)
    }

    pub(super) fn per(self, target: &'a Target) -> &'a Per {
        let dated = in_force(&target.clauses, self.line.start, |body| match body {
            Body::Per(per) => Some(per),
            _ => None,
        });
        dated.unwrap_or(&target.per)
    }

    /// Steps 2 and 3: the units counted.
    fn units(self, target: &'a Target, quantity: &Ratio) -> Result<Ratio, Codes> {
        self.day_known(target)?;
        let day = self.line.start;
        let withdrawn = |body: &Body| matches!(body, Body::Withdrawn).then_some(());
        if in_force(&target.clauses, day, withdrawn).is_some() {
            return Err(vec!["withdrawn"]);
        }
        let count = in_force(&target.clauses, day, |body| match body {
            Body::Count(count) => Some(count),
            _ => None,
        });
        self.needed(target, count)?;
        let units = count.map_or_else(|| quantity.clone(), |count| self.value(count, quantity));
        if units.is_negative() { Err(vec!["negative-count"]) } else { Ok(units) }
    }

    /// Every input that the clauses in force look at is there.
    fn needed(self, target: &'a Target, count: Option<&Expression>) -> Result<(), Codes> {
        if let Some(count) = count {
            self.present_in(count)?;
        }
        let mut rates: Vec<&Rate> = self.own_rate(target).into_iter().collect();
        for (_, condition, rate) in self.exceptions(target) {
            self.present(condition)?;
            rates.push(rate);
        }
        for rate in rates {
            if let Rate::Table(table) = rate {
                table.columns.iter().try_for_each(|field| self.field_present(*field))?;
            }
        }
        Ok(())
    }

    fn present_in(self, expression: &Expression) -> Result<(), Codes> {
        match expression {
            Expression::Number(_) => Ok(()),
            Expression::Field(field) => self.field_present(*field),
            Expression::Sum(terms) => terms.iter().try_for_each(|(_, term)| self.present_in(term)),
            Expression::Product(parts) | Expression::Min(parts) | Expression::Max(parts) => {
                parts.iter().try_for_each(|part| self.present_in(part))
            }
            Expression::Quotient(part, _) | Expression::Ceil(part) | Expression::Floor(part) => {
                self.present_in(part)
            }
            Expression::If(branches, last) => {
                for (condition, value) in branches {
                    self.present(condition)?;
                    self.present_in(value)?;
                }
                self.present_in(last)
            }
        }
    }

    fn present(self, condition: &Condition) -> Result<(), Codes> {
        condition.iter().try_for_each(|(field, _)| self.field_present(*field))
    }

    fn field_present(self, field: Field) -> Result<(), Codes> {
        match field {
            Field::Declared(at)
                if self.line.inputs[at].is_none() && self.ruleset.inputs[at].default.is_none() =>
            {
                Err(vec!["missing-input"])
            }
            _ => Ok(()),
        }
    }

    pub(super) fn all_hold(self, condition: &Condition, quantity: &Ratio) -> bool {
        condition.iter().all(|(field, region)| match field {
            Field::Quantity => region.holds_number(quantity),
            Field::Account => {
                let account = self.line.account.clone().unwrap_or_default();
                region.holds(&Value::Text(account))
            }
            Field::Declared(at) => {
                let default = self.ruleset.inputs[*at].default.as_ref();
                region.holds(self.line.inputs[*at].as_ref().or(default).unwrap())
            }
        })
    }

    fn value(self, expression: &Expression, quantity: &Ratio) -> Ratio {
        let each = |part: &Expression| self.value(part, quantity);
        match expression {
            Expression::Number(number) => number.ratio(),
            Expression::Field(Field::Declared(at)) => {
                let default = self.ruleset.inputs[*at].default.as_ref();
                match self.line.inputs[*at].as_ref().or(default) {
                    Some(Value::Number(number)) => number.ratio(),
                    other => unreachable!("{other:?} is counted"),
                }
            }
            Expression::Field(_) => quantity.clone(),
            Expression::Sum(terms) => terms
                .iter()
                .map(|(minus, term)| if *minus { -each(term) } else { each(term) })
                .sum(),
            Expression::Product(parts) => parts.iter().map(each).product(),
            Expression::Quotient(part, by) => each(part) / by.ratio(),
            Expression::Min(parts) => parts.iter().map(each).min().unwrap(),
            Expression::Max(parts) => parts.iter().map(each).max().unwrap(),
            Expression::Ceil(part) => each(part).ceil(),
            Expression::Floor(part) => each(part).floor(),
            Expression::If(branches, last) => {
                let held = branches.iter().find(|(when, _)| self.all_hold(when, quantity));
                each(held.map_or(last, |(_, value)| value))
            }
        }
    }

    fn own_rate(self, target: &'a Target) -> Option<&'a Rate> {
        in_force(&target.clauses, self.line.start, |body| match body {
            Body::Rate(rate) => Some(rate),
            _ => None,
        })
    }

    /// The exceptions in force, each with how many others its condition narrows.
    fn exceptions(self, target: &'a Target) -> Vec<(usize, &'a Condition, &'a Rate)> {
        let form_of = |wanted: usize| {
            in_force(&target.clauses, self.line.start, |body| match body {
                Body::When { slot, depth, condition, rate } if *slot == wanted => {
                    Some((*depth, condition, rate))
                }
                _ => None,
            })
        };
        let slots = target.clauses.iter().filter_map(|clause| match &clause.body {
            Body::When { slot, .. } => Some(slot + 1),
            _ => None,
        });
        (0..slots.max().unwrap_or(0)).filter_map(form_of).collect()
    }

    /// The narrowest exception that holds, or the target's own rate.
    fn rate(self, target: &'a Target, quantity: &Ratio) -> Option<&'a Rate> {
        let holding = self
            .exceptions(target)
            .into_iter()
            .filter(|(_, condition, _)| self.all_hold(condition, quantity));
        let narrowest = holding.max_by_key(|(depth, _, _)| *depth).map(|(_, _, rate)| rate);
        narrowest.or_else(|| self.own_rate(target))
    }
}
