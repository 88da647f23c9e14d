//! Examples for what no example touches, with today's answers.
//!
//! Lines are tried on the evaluator until one touches what is sought, so that an example shows what
//! it says it shows.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::coverage::{Coverage, Item, Key, Touch};
use super::write::Written;
use crate::evaluate::{Outcome, Recording, Refusal, evaluate};
use crate::hir::set::{Interval, Set};
use crate::hir::{InputId, Value};
use crate::period::{
    BEGINNING, Days, HORIZON, Proration, Term, TermUnit, parse_date, previous_day,
};
use crate::plan::{InputKind, Plan, QUANTITY};
use crate::quantity::Exact;
use crate::source::Sources;

/// Lines that are tried for one item at most.
const TRIES: usize = 4_000;

/// Examples to add.
#[derive(Debug, Default)]
pub struct Missing {
    /// What they show, and their text.
    pub examples: Vec<(Vec<String>, String)>,
    /// What no line was found for.
    pub not_found: Vec<String>,
}

impl Missing {
    /// The examples as text of a rule file.
    pub fn text(&self) -> String {
        let example = |(shows, text): &(Vec<String>, String)| {
            let shows: String = shows.iter().map(|shown| format!("# {shown}\n")).collect();
            format!("{shows}{text}")
        };
        let mut parts: Vec<String> = self.examples.iter().map(example).collect();
        if !self.not_found.is_empty() {
            let lines = self.not_found.iter().map(|item| format!("#   {item}\n"));
            parts.push(format!("# No line was found for:\n{}", lines.collect::<String>()));
        }
        parts.join("\n")
    }
}

/// An example for everything that none touches; what one shows by the way needs no other.
pub fn missing(plan: &Plan, sources: &Sources, coverage: &Coverage) -> Missing {
    let touch = Touch::new(plan);
    let mut open: BTreeMap<&Key, &Item> =
        coverage.missing().map(|item| (&item.key, item)).collect();
    let (mut found, mut lost) = (Missing::default(), Vec::new());
    for item in coverage.missing() {
        if !open.contains_key(&item.key) {
            continue;
        }
        let Some((line, outcome, keys)) = (Search { plan, touch: &touch, item }).line() else {
            lost.push(item);
            continue;
        };
        let shown: Vec<&Item> = keys.iter().filter_map(|key| open.remove(key)).collect();
        let shows = shown.iter().map(|item| item.text(sources)).collect();
        let name =
            line.titled(plan, item.title(plan.rule(line.rule).map_or("", |rule| &rule.name)));
        match line.example(plan, sources, &name, &outcome) {
            Some(text) => found.examples.push((shows, text)),
            None => found.not_found.push(item.text(sources)),
        }
    }
    // What was found for another may show it by the way.
    lost.retain(|item| open.contains_key(&item.key));
    found.not_found.extend(lost.iter().map(|item| item.text(sources)));
    found
}

/// Sets whose values, and those next to them, are worth a try.
type Near = BTreeMap<InputId, Vec<Set>>;

type Tried = (Written, Result<Outcome, Refusal>, BTreeSet<Key>);

struct Search<'a> {
    plan: &'a Plan,
    touch: &'a Touch<'a>,
    item: &'a Item,
}

impl Search<'_> {
    /// The first line that touches the item.
    fn line(&self) -> Option<Tried> {
        let near = &self.item.hint.near;
        self.line_near(near).or_else(|| {
            // Lines without these inputs, or with their defaults, may all be excluded, or all be
            // exceptions.
            let mut near = near.clone();
            let excludes = self.plan.excludes.iter().map(|one| &one.condition);
            let rule = self.plan.rule(self.item.hint.rule);
            let exceptions = rule.iter().flat_map(|rule| &rule.exceptions);
            let conditions = excludes.chain(exceptions.map(|one| &one.condition));
            for (input, set) in conditions.flat_map(|condition| &condition.sets) {
                near.entry(*input).or_default().push(set.clone());
            }
            self.line_near(&near)
        })
    }

    fn line_near(&self, near: &Near) -> Option<Tried> {
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
        let days = [None].into_iter().chain(hint.days.iter().copied().map(Some));
        let facts = self.facts(near);
        let lines = days.flat_map(|on| {
            let quantities = &quantities;
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
        lines.take(TRIES).find_map(|line| self.tried(line))
    }

    /// The line, if it touches the item; what it lacks to be converted is added. Recursion adds an
    /// input each time, and there are but so many.
    fn tried(&self, mut line: Written) -> Option<Tried> {
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
                    return keys.contains(&self.item.key).then_some((line, outcome, keys));
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
