//! Lines that show that a `count` reaches some units: between two numbers of its inputs, halved
//! again and again.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::rates::Form;
use super::reach::{Lines, both};
use super::tiers::Charge;
use super::units::Units;
use crate::check::region::{Exhausted, point};
use crate::hir::set::{Interval, Set};
use crate::hir::{Condition, Expression, InputId, InputKind, Value};
use crate::period::Days;
use crate::quantity::Exact;

/// Values of inputs; those that are not there are 0, or any.
type Point = BTreeMap<InputId, Value>;

/// Most `if` branches that are looked into.
const MOST_BRANCHES: usize = 64;

/// Most halvings between two numbers.
const MOST_HALVINGS: usize = 64;

/// Above every quantity that is asked about.
const HIGHEST: i64 = 1_000_000_000_000;

/// Whether a line was found that is charged some of these units.
pub(super) fn charged(
    lines: &Lines<'_>,
    form: &Form<'_>,
    charge: &Charge<'_>,
    count: &Expression,
    wanted: &Units,
    days: Days,
) -> Result<bool, Exhausted> {
    let program = lines.rules.program;
    let outside = lines.standing_before(form.inside, form.before, days.from);
    let mut branches: Vec<&Condition> = Vec::new();
    conditions(count, &mut branches);
    branches.truncate(MOST_BRANCHES);
    let everything = Condition::default();
    let mut used = BTreeSet::new();
    count.inputs(&mut used);
    let is_number = |input: &InputId| {
        program.input(*input).is_some_and(|input| input.kind == InputKind::Number)
    };
    let numbers: Vec<InputId> = used.into_iter().filter(is_number).collect();
    for branch in std::iter::once(&everything).chain(branches) {
        let Some(inside) = both(form.inside, branch) else { continue };
        let Some(found) = point(program, &[&inside], &outside)? else { continue };
        let base: Point = found.into_iter().collect();
        let holds = |point: &Point| {
            let on = |condition: &Condition| admits(condition, point);
            on(form.inside) && !outside.iter().any(|condition| on(condition))
        };
        let alone = numbers.iter().map(std::slice::from_ref);
        for moved in std::iter::once(numbers.as_slice()).chain(alone) {
            let search = Search { base: &base, moved, count, charge, wanted };
            if search.stretches(&inside).into_iter().any(|ends| search.halve(ends, &holds)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn admits(condition: &Condition, point: &Point) -> bool {
    let admits = |(input, set): (&InputId, &Set)| {
        let absent = Value::Number(Decimal::ZERO);
        set.contains(point.get(input).unwrap_or(&absent))
    };
    condition.sets.iter().all(admits)
}

/// The conditions that a `count` chooses by. Recursion follows nesting, which the parser bounds.
fn conditions<'a>(expression: &'a Expression, found: &mut Vec<&'a Condition>) {
    match expression {
        Expression::Number(_) | Expression::Input(_) => {}
        Expression::Sum(terms) => terms.iter().for_each(|(_, term)| conditions(term, found)),
        Expression::Product(parts) | Expression::Min(parts) | Expression::Max(parts) => {
            parts.iter().for_each(|part| conditions(part, found));
        }
        Expression::Quotient(part, _) | Expression::Ceil(part) | Expression::Floor(part) => {
            conditions(part, found);
        }
        Expression::Choice(branches, otherwise) => {
            for (condition, value) in branches {
                found.push(condition);
                conditions(value, found);
            }
            conditions(otherwise, found);
        }
    }
}

/// Number inputs that are moved together, from a line that is reached.
struct Search<'a> {
    base: &'a Point,
    moved: &'a [InputId],
    count: &'a Expression,
    charge: &'a Charge<'a>,
    wanted: &'a Units,
}

impl Search<'_> {
    /// Between which numbers the inputs may be moved.
    fn stretches(&self, inside: &Condition) -> Vec<(Exact, Exact)> {
        let whole = vec![Interval::ALL];
        let intervals = |input: &InputId| match inside.sets.get(input) {
            Some(Set::Number(intervals)) => intervals.clone(),
            _ => whole.clone(),
        };
        let mut stretches = vec![(Exact::zero(), Exact::from(HIGHEST))];
        for input in self.moved {
            let narrowed = stretches.iter().flat_map(|(low, high)| {
                intervals(input).into_iter().map(move |interval| {
                    let end = interval.high.map_or_else(|| high.clone(), |(end, _)| end.into());
                    (low.clone().max(interval.low.0.into()), high.clone().min(end))
                })
            });
            stretches = narrowed.filter(|(low, high)| low <= high).take(MOST_BRANCHES).collect();
        }
        stretches
    }

    /// Where the units of a line with these numbers lie, and the line.
    fn at(&self, number: &Exact) -> Option<(Ordering, Point)> {
        let number = number.to_decimal()?;
        let mut point = self.base.clone();
        point.extend(self.moved.iter().map(|input| (*input, Value::Number(number))));
        let seen = |input| match point.get(&input) {
            Some(Value::Number(number)) => Exact::from(*number),
            _ => Exact::zero(),
        };
        let units = self.count.value(&seen, &|condition| admits(condition, &point));
        if units.is_negative() {
            return Some((Ordering::Less, point));
        }
        let units = units * self.charge.blocks.clone();
        let units = if self.charge.per.1.started { units.ceil() } else { units };
        Some((self.wanted.compare(&units), point))
    }

    fn halve(&self, (mut low, mut high): (Exact, Exact), holds: &impl Fn(&Point) -> bool) -> bool {
        let (Some(first), Some(last)) = (self.at(&low), self.at(&high)) else { return false };
        let shows = |(order, point): &(Ordering, Point)| order.is_eq() && holds(point);
        if shows(&first) || shows(&last) {
            return true;
        }
        let rising = first.0 <= last.0;
        for _ in 0..MOST_HALVINGS {
            let Some(middle) = between(&low, &high) else { return false };
            let Some(seen) = self.at(&middle) else { return false };
            if shows(&seen) {
                return true;
            }
            if seen.0.is_lt() == rising { low = middle } else { high = middle }
        }
        false
    }
}

/// A number near the middle, with few decimals.
fn between(low: &Exact, high: &Exact) -> Option<Exact> {
    let middle = (low + high) / Exact::from(2);
    let scales = [1, 1_000, 1_000_000, 1_000_000_000, 1_000_000_000_000];
    scales.into_iter().map(Exact::from).find_map(|scale| {
        let rounded = (&middle * &scale).floor() / scale;
        (rounded > *low && rounded < *high).then_some(rounded)
    })
}
