//! What lines of one product or license are charged on a day, whatever their quantity: the choices
//! of the eight steps made once, for many lines.

use rust_decimal::Decimal;

use super::grants::held_together;
use super::{Dated, License, Line, Silent};
use crate::period::Term;
use crate::plan::{Curve, Expression, InputId, Piece, Plan, QUANTITY, Rate, Rule, TargetId, Value};
use crate::quantity::{Exact, Rounding};
use crate::source::Place;

/// A number of units along a straight line over the quantity in the declared unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// Units for each one of the quantity, above 0.
    pub each: Exact,
    /// Units besides, at least 0.
    pub once: Exact,
}

/// One summand of a line's credits.
#[derive(Debug)]
pub struct Charge<'a> {
    /// Charged units, before begun blocks count whole.
    pub units: Units,
    /// Whether a begun unit counts whole.
    pub started: bool,
    /// Credits over charged units.
    pub rate: Charged<'a>,
    /// The line that stands for all pieces; else each piece's own.
    pub place: Option<Place>,
    /// The period that credits are stated for.
    pub term: Option<Term>,
    /// Upper bound.
    pub at_most: Option<Decimal>,
    /// Lower bound.
    pub at_least: Option<Decimal>,
    /// Whether no units are charged, too.
    pub zero_charged: bool,
    /// How it is rounded.
    pub rounding: Rounding,
    /// Whether a quantity of 0 is charged otherwise: then nothing is charged together.
    pub odd_at_zero: bool,
}

/// Credits over charged units.
#[derive(Debug)]
pub enum Charged<'a> {
    /// Pieces.
    Curve(&'a Curve),
    /// One piece.
    Piece(&'a Piece),
    /// So many for each.
    Each(Exact),
}

/// The rule of a license line, and what the line is charged whatever its quantity; `None` where
/// that depends on the quantity, or the line is refused or excluded.
pub fn charges<'a>(plan: &'a Plan, license: &'a License, id: TargetId) -> Option<Vec<Charge<'a>>> {
    let line = Line { plan, license };
    let rule = plan.rule(id)?;
    let dated = line.fixed(id, rule)?;
    let units = line.units(&dated)?;
    if line.is_rated(&dated) {
        return Some(vec![line.charge_of(&dated, &units)?]);
    }
    line.charges_of_grants(&dated, &units)
}

impl<'a> Line<'a> {
    /// A rule on the day of the line, where the quantity decides nothing.
    fn fixed(self, id: TargetId, rule: &'a Rule) -> Option<Dated<'a>> {
        let dated = self.dated(id, rule, &Exact::one(), &mut Silent).ok()?;
        let in_force = rule.exceptions.iter().filter_map(|exception| {
            Some((&exception.condition, exception.rate.on_or_always(self.license.start)?))
        });
        let on_quantity = |rate: &Rate| match rate {
            Rate::Table(table) => table.columns.contains(&QUANTITY),
            Rate::Curve(_) => false,
        };
        let own = dated.clauses.rate.and_then(|at| rule.rates.get(at));
        let free = own.is_none_or(|(_, rate)| !on_quantity(rate))
            && in_force.into_iter().all(|(condition, (_, rate))| {
                !condition.sets.contains_key(&QUANTITY) && !on_quantity(rate)
            });
        free.then_some(dated)
    }

    fn is_rated(self, dated: &Dated<'a>) -> bool {
        self.own_rate(dated).is_some()
    }

    /// The units of a rule along a straight line.
    fn units(self, dated: &Dated<'a>) -> Option<Units> {
        let count = dated.clauses.count.and_then(|at| dated.rule.counts.get(at));
        let units = match count {
            Some((_, count)) => self.straight(count)?,
            None => Units { each: Exact::one(), once: Exact::zero() },
        };
        let rises = !units.each.is_negative() && !units.each.is_zero();
        (rises && !units.once.is_negative()).then_some(units)
    }

    /// A count as a straight line; recursion follows nesting, which the parser bounds.
    fn straight(self, count: &Expression) -> Option<Units> {
        let mut inputs = std::collections::BTreeSet::new();
        count.inputs(&mut inputs);
        if !inputs.contains(&QUANTITY) {
            let number = |input: InputId| match self.value(input) {
                Some(Value::Number(number)) => Exact::from(*number),
                _ => Exact::zero(),
            };
            let holds = |condition: &_| self.holds(condition, &Exact::zero());
            return Some(Units { each: Exact::zero(), once: count.value(&number, &holds) });
        }
        let scaled = |units: Units, factor: &Exact| Units {
            each: &units.each * factor,
            once: &units.once * factor,
        };
        match count {
            Expression::Input(QUANTITY) => Some(Units { each: Exact::one(), once: Exact::zero() }),
            Expression::Sum(terms) => {
                let mut sum = Units { each: Exact::zero(), once: Exact::zero() };
                for (negative, term) in terms {
                    let sign = if *negative { Exact::from(-1) } else { Exact::one() };
                    let term = scaled(self.straight(term)?, &sign);
                    sum = Units { each: sum.each + term.each, once: sum.once + term.once };
                }
                Some(sum)
            }
            Expression::Product(factors) => {
                let mut product = Units { each: Exact::zero(), once: Exact::one() };
                for factor in factors {
                    let factor = self.straight(factor)?;
                    product = match (product.each.is_zero(), factor.each.is_zero()) {
                        (_, true) => scaled(product, &factor.once),
                        (true, false) => scaled(factor, &product.once),
                        (false, false) => return None,
                    };
                }
                Some(product)
            }
            Expression::Quotient(value, divisor) => {
                Some(scaled(self.straight(value)?, &(Exact::one() / divisor.clone())))
            }
            Expression::Choice(branches, otherwise) => {
                let known = branches.iter().all(|(when, _)| !when.sets.contains_key(&QUANTITY));
                let held = branches.iter().find(|(when, _)| self.holds(when, &Exact::zero()));
                known.then(|| self.straight(held.map_or(otherwise, |(_, value)| value)))?
            }
            _ => None,
        }
    }

    /// What so many units of a rule are charged by the rate that applies.
    fn charge_of(self, dated: &Dated<'a>, units: &Units) -> Option<Charge<'a>> {
        let (rule, clauses) = (dated.rule, dated.clauses);
        let applied = self.own_rate(dated)?;
        let (rate, place) = match applied.rate {
            Rate::Curve(curve) => (Charged::Curve(curve), applied.place_of(curve)),
            Rate::Table(table) => (Charged::Piece(self.row(table, &dated.quantity)?), None),
        };
        let per = clauses.per.and_then(|at| rule.pers.get(at)).map(|(_, per)| per);
        let mut scale = Exact::one();
        if let Some(per) = per {
            let (own, declared) = (self.plan.unit(per.unit)?, self.plan.unit(rule.unit)?);
            scale = declared.factor.clone() / own.factor.clone() / Exact::from(per.block);
        }
        let rounding = clauses.rounding.and_then(|at| rule.roundings.get(at));
        Some(Charge {
            units: Units { each: &units.each * &scale, once: &units.once * &scale },
            started: per.is_some_and(|per| per.started),
            rate,
            place,
            term: per.and_then(|per| per.term),
            at_most: clauses.at_most.and_then(|at| rule.at_most.get(at)).map(|(_, most)| *most),
            at_least: clauses
                .at_least
                .and_then(|at| rule.at_least.get(at))
                .map(|(_, least)| *least),
            zero_charged: clauses.zero_charged,
            rounding: rounding.unwrap_or(&self.plan.rounding).1,
            odd_at_zero: false,
        })
    }

    /// What a license without a rate of its own is charged.
    fn charges_of_grants(self, license: &Dated<'a>, units: &Units) -> Option<Vec<Charge<'a>>> {
        let grants: Vec<_> =
            license.clauses.grants.iter().filter_map(|at| license.rule.grants.get(*at)).collect();
        let first = grants.iter().map(|(origin, ..)| origin.place).min()?;
        let mut held = Vec::with_capacity(grants.len());
        for (_, product, each) in grants {
            let rule = self.plan.rule(*product)?;
            let dated = self.fixed(*product, rule)?;
            let unit = self.plan.unit(rule.unit)?;
            let given = each.clone() / unit.factor.clone();
            let own = self.units(&dated)?;
            if !own.once.is_zero() {
                return None;
            }
            let each = &own.each * &given;
            let units = Units { each: &units.each * &each, once: &units.once * &each };
            self.admit(&dated, self.own_rate(&dated)?).ok()?;
            held.push((dated, units));
        }
        let mut charges = Vec::with_capacity(held.len());
        for together in &self.plan.togethers {
            let position = |id: &TargetId| held.iter().position(|(dated, _)| dated.id == *id);
            let Some(members) = held_together(together, position) else { continue };
            let rate = self.together_rate(&together.rate, together.members.first()).ok()?;
            let Some((_, rate)) = rate else { continue };
            let all: Vec<_> = members.iter().filter_map(|at| held.get(*at)).collect();
            if all.iter().any(|(_, units)| !units.once.is_zero()) {
                return None;
            }
            let (first_member, _) = all.first()?;
            let per = first_member.clauses.per.and_then(|at| first_member.rule.pers.get(at));
            let each = all.iter().map(|(_, units)| units.each.clone()).min()?;
            if each.is_zero() {
                continue;
            }
            charges.push(Charge {
                units: Units { each: each.clone(), once: Exact::zero() },
                started: false,
                rate: Charged::Each(rate),
                place: Some(first),
                term: per.and_then(|(_, per)| per.term),
                at_most: None,
                at_least: None,
                zero_charged: false,
                rounding: self.plan.rounding.1,
                odd_at_zero: true,
            });
            for at in members {
                if let Some((_, units)) = held.get_mut(at) {
                    units.each = &units.each - &each;
                }
            }
        }
        for (dated, units) in held.into_iter().filter(|(_, units)| !units.each.is_zero()) {
            let charge = self.charge_of(&dated, &units)?;
            charges.push(Charge { place: Some(first), odd_at_zero: true, ..charge });
        }
        Some(charges)
    }
}
