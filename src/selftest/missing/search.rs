//! Lines that touch what no example does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::evaluate::{Outcome, Recording, Refusal, Step, evaluate};
use crate::hir::set::{Interval, Set};
use crate::hir::{InputId, Value};
use crate::period::{
    BEGINNING, Days, HORIZON, Proration, Term, TermUnit, parse_date, previous_day,
};
use crate::plan::{InputKind, Plan, QUANTITY};
use crate::quantity::Exact;
use crate::selftest::coverage::{Item, Key, Touch, shown};
use crate::selftest::write::Written;

/// Lines that are tried for one item at most.
const TRIES: usize = 4_000;
/// Whole quantities that are tried where no other is found.
const MANY: i64 = 1_000;

/// Sets whose values, and those next to them, are worth a try.
type Near = BTreeMap<InputId, Vec<Set>>;

/// A line, what came out, and what it touches.
pub(super) type Tried = (Written, Result<Outcome, Refusal>, BTreeSet<Key>);

/// The search for a line that touches an item.
pub(super) struct Search<'a> {
    pub plan: &'a Plan,
    pub touch: &'a Touch<'a>,
    pub item: &'a Item,
}

impl Search<'_> {
    /// A line that touches the item; one whose credits show it, where there is one.
    pub(super) fn line(&self) -> Option<Tried> {
        let hint = &self.item.hint;
        // Lines without these inputs, or with their defaults, may all be excluded, or all be
        // exceptions.
        let mut near = hint.near.clone();
        let excludes = self.plan.excludes.iter().map(|one| &one.condition);
        let rule = self.plan.rule(hint.rule);
        let exceptions = rule.iter().flat_map(|rule| &rule.exceptions);
        let conditions = excludes.chain(exceptions.map(|one| &one.condition));
        for (input, set) in conditions.flat_map(|condition| &condition.sets) {
            near.entry(*input).or_default().push(set.clone());
        }
        let few = self.quantities(&hint.near);
        let quantities = self.quantities(&near);
        let mut days = hint.days.clone();
        days.extend(self.other_days());
        let mut hidden = None;
        self.shown(&few, &hint.days, &hint.near, &mut hidden)
            .or_else(|| self.shown(&quantities, &hint.days, &near, &mut hidden))
            .or_else(|| self.shown(&quantities, &days, &near, &mut hidden))
            .or(hidden)
            .or_else(|| {
                // A count may come to what is sought at any quantity.
                let many: Vec<Exact> = (1..=MANY).map(Exact::from).collect();
                let mut hidden = None;
                self.shown(&many, &hint.days, &hint.near, &mut hidden).or(hidden)
            })
    }

    /// Quantities that are worth a try.
    fn quantities(&self, near: &Near) -> Vec<Exact> {
        let hint = &self.item.hint;
        // A condition on the quantity is met by the quantity, not by an input.
        let mut quantities: Vec<Exact> = hint.sets.get(&QUANTITY).map_or_else(Vec::new, numbers_of);
        quantities.extend(hint.quantities.iter().cloned());
        let quantity = near.get(&QUANTITY).into_iter().flatten();
        quantities.extend(quantity.flat_map(|set| beside(&InputKind::Number, set)).filter_map(
            |value| {
                let Value::Number(number) = value else { return None };
                Some(Exact::from(number))
            },
        ));
        quantities.push(Exact::one());
        quantities.extend((1..10).map(Exact::power_of_ten));
        quantities.push(Exact::one() / Exact::from(2));
        quantities.push(Exact::zero());
        quantities
    }

    /// Days on which the rule, or a product that it grants, is like on no other.
    fn other_days(&self) -> Vec<Date> {
        let own = self.plan.rule(self.item.hint.rule);
        let granted = own.iter().flat_map(|rule| &rule.grants);
        let granted = granted.filter_map(|(_, product, _)| self.plan.rule(*product));
        let rules = own.into_iter().chain(granted);
        rules
            .flat_map(|rule| {
                let ends = rule.versions.iter().skip(1).filter_map(|next| previous_day(next.from));
                let stretches = rule.versions.iter().zip(ends.chain([HORIZON]));
                stretches.flat_map(|(version, to)| shown(Days { from: version.from, to }))
            })
            .collect()
    }

    /// The first line that touches the item and shows it. The first that touches it and does not
    /// is kept, unless there is one.
    fn shown(
        &self,
        quantities: &[Exact],
        days: &[Date],
        near: &Near,
        hidden: &mut Option<Tried>,
    ) -> Option<Tried> {
        let days = [None].into_iter().chain(days.iter().copied().map(Some));
        let facts = self.facts(near);
        let lines = days.flat_map(|on| {
            facts.iter().flat_map(move |facts| {
                quantities.iter().map(move |quantity| Written {
                    rule: self.item.hint.rule,
                    quantity: quantity.clone(),
                    on,
                    until: None,
                    facts: facts.clone(),
                })
            })
        });
        lines.take(TRIES).find_map(|line| {
            let (tried, shows) = self.tried(line)?;
            if shows {
                return Some(tried);
            }
            hidden.get_or_insert(tried);
            None
        })
    }

    /// The line, if it touches the item, and whether its credits show it; what it lacks to be
    /// converted is added. Recursion adds an input each time, and there are but so many.
    fn tried(&self, mut line: Written) -> Option<(Tried, bool)> {
        // The second round has a last day.
        for _ in 0..2 {
            let license = line.license(self.plan)?;
            let mut recording = Recording::default();
            let outcome = evaluate(self.plan, &license, &mut recording);
            match &outcome {
                Err(Refusal::MissingEnd { .. }) if line.until.is_none() => {
                    let year = Term { unit: TermUnit::Year, proration: Proration::ByDay };
                    line.until = previous_day(year.after(line.on?, 1)?);
                    line.until?;
                }
                Err(Refusal::MissingInput { input }) => {
                    let kind = &self.plan.input(*input)?.kind;
                    let values = values(kind, &Set::full(kind), None).into_iter().take(8);
                    let with = |value| {
                        let mut line = line.clone();
                        line.facts.push((*input, value));
                        line
                    };
                    return values.map(with).find_map(|line| self.tried(line));
                }
                Err(
                    Refusal::MissingEnd { .. }
                    | Refusal::MissingStart { .. }
                    | Refusal::EndBeforeStart { .. }
                    | Refusal::Overflow,
                ) => return None,
                _ => {
                    let mut keys = BTreeSet::new();
                    self.touch.line(&recording.steps, &outcome, &mut |key| {
                        keys.insert(key);
                    });
                    if !keys.contains(&self.item.key) {
                        return None;
                    }
                    let shows = !is_hidden(&recording.steps);
                    if !shows {
                        // It is no example for any other figure.
                        let own =
                            |key: &Key| matches!(key, Key::Sided(..)) || *key == self.item.key;
                        keys.retain(own);
                    }
                    let shows = shows || !self.item.kind.is_a_figure();
                    return Some(((line, outcome, keys), shows));
                }
            }
        }
        None
    }

    /// Inputs to try: a value of each set, then others of them.
    fn facts(&self, near: &Near) -> Vec<Vec<(InputId, Value)>> {
        let mut all = vec![Vec::new()];
        for (input, set) in self.item.hint.sets.iter().filter(|(input, _)| **input != QUANTITY) {
            let Some(known) = self.plan.input(*input) else { continue };
            let values = values(&known.kind, set, known.default.as_ref());
            let mut next: Vec<Vec<(InputId, Value)>> = Vec::new();
            for value in &values {
                for facts in &all {
                    let mut facts: Vec<(InputId, Value)> = facts.clone();
                    if known.default.as_ref() != Some(value) {
                        facts.push((*input, value.clone()));
                    }
                    next.push(facts);
                }
            }
            next.truncate(256);
            all = next;
        }
        // The rest of a table is reached by values beside those that it names.
        let free = |input: &InputId| *input != QUANTITY && !self.item.hint.sets.contains_key(input);
        for (input, sets) in near.iter().filter(|(input, _)| free(input)) {
            let Some(known) = self.plan.input(*input) else { continue };
            let mut values: Vec<Value> = Vec::new();
            for value in sets.iter().flat_map(|set| beside(&known.kind, set)) {
                if !values.contains(&value) && known.default.as_ref() != Some(&value) {
                    values.push(value);
                }
            }
            let with = |value: &Value| {
                let more = |facts: &Vec<(InputId, Value)>| {
                    let mut facts = facts.clone();
                    facts.push((*input, value.clone()));
                    facts
                };
                all.iter().map(more).collect::<Vec<_>>()
            };
            let more: Vec<_> = values.iter().flat_map(with).take(256).collect();
            all.extend(more);
        }
        all
    }
}

/// Whether a bound decides in place of some figure, or nothing of it is left behind the rounding.
fn is_hidden(steps: &[Step]) -> bool {
    let mut before = Exact::zero();
    steps.iter().any(|step| match step {
        Step::Rated { credits, .. } | Step::Prorated { credits, .. } => {
            before.clone_from(credits);
            false
        }
        Step::Bounded { credits, .. } => *credits != before,
        Step::Rounded { credits, .. } => credits.is_zero() && !before.is_zero(),
        _ => false,
    })
}

/// Values of a set, the input's default first where it is one of them.
fn values(kind: &InputKind, set: &Set, default: Option<&Value>) -> Vec<Value> {
    let mut values: Vec<Value> = match (kind, set) {
        (InputKind::Choice(_), Set::Choice(members)) => {
            let members = members.iter().enumerate().filter(|(_, member)| **member);
            members.map(|(index, _)| Value::Choice(index)).collect()
        }
        (_, Set::Number(_)) => {
            numbers_of(set).iter().filter_map(Exact::to_decimal).map(Value::Number).collect()
        }
        (_, Set::Date(stretches)) => {
            let usual = parse_date("2026-01-01");
            let day = |days: &Days| {
                let (from, to) = (days.from > BEGINNING, days.to < HORIZON);
                let free = usual.unwrap_or(days.from);
                Value::Date(if from {
                    days.from
                } else if to {
                    days.to
                } else {
                    free
                })
            };
            stretches.iter().map(day).collect()
        }
        (_, Set::Text { listed, negated: false }) => {
            listed.iter().cloned().map(Value::Text).collect()
        }
        (_, Set::Text { negated: true, .. }) => {
            texts().find(|text| set.contains(text)).into_iter().collect()
        }
        _ => Vec::new(),
    };
    if let Some(at) = values.iter().position(|value| Some(value) == default) {
        values.swap(0, at);
    } else if default.is_some_and(|default| set.contains(default)) {
        values.splice(0..0, default.cloned());
    }
    values
}

/// Texts that few rules name.
fn texts() -> impl Iterator<Item = Value> {
    ["Other", "Another", "Somebody"].map(|name| Value::Text(name.to_owned())).into_iter()
}

/// Values in a set and next to it.
fn beside(kind: &InputKind, set: &Set) -> Vec<Value> {
    let Set::Number(intervals) = set else {
        let all = match kind {
            InputKind::Text => texts().collect(),
            _ => values(kind, &Set::full(kind), None),
        };
        return values(kind, set, None).into_iter().chain(all).collect();
    };
    let ends = intervals.iter().flat_map(|interval| [Some(interval.low), interval.high]);
    let ends = ends.flatten().map(|(end, _)| Exact::from(end));
    let near = ends.flat_map(|end| [&end + &Exact::one(), &end - &Exact::one(), end]);
    let written = near.filter(|number| !number.is_negative());
    written.filter_map(|number| number.to_decimal()).map(Value::Number).collect()
}

/// Numbers of a set, from each of its intervals.
fn numbers_of(set: &Set) -> Vec<Exact> {
    let Set::Number(intervals) = set else { return Vec::new() };
    let number = |interval: &Interval| {
        let low = Exact::from(interval.low.0);
        let high = interval.high.map(|(high, _)| Exact::from(high));
        let inside = |number: &Exact| {
            number.to_decimal().is_some_and(|number: Decimal| interval.contains(number))
        };
        let middle = high.clone().map(|high| (&low + &high) / Exact::from(2));
        [Some(low.clone()), Some(&low + &Exact::one()), high, middle]
            .into_iter()
            .flatten()
            .find(inside)
    };
    intervals.iter().filter_map(number).collect()
}
