//! Names, values and sets as rules write them.

use crate::evaluate::unused::{Failed, Seen};
use crate::hir::set::Interval;
use crate::period::{BEGINNING, Claim, Days, HORIZON};
use crate::plan::{InputId, InputKind, Origin, Plan, Set, TargetId, UnitId, Value};
use crate::quantity::{Exact, plain};
use crate::source::{Place, Sources};

/// Most values of a set that are listed.
const MOST_LISTED: usize = 8;

/// The names that figures are told by.
pub(super) struct Words<'a> {
    pub plan: &'a Plan,
    pub sources: &'a Sources,
}

impl Words<'_> {
    pub(super) fn unit(&self, id: UnitId) -> &str {
        self.plan.unit(id).map_or("", |unit| &unit.name)
    }

    pub(super) fn rule(&self, id: TargetId) -> &str {
        self.plan.rule(id).map_or("", |rule| &rule.name)
    }

    pub(super) fn input(&self, id: InputId) -> &str {
        self.plan.input(id).map_or("", |input| &input.name)
    }

    pub(super) fn together(&self, index: usize) -> &str {
        self.plan.togethers.get(index).map_or("", |together| &together.name)
    }

    /// `file:line`
    pub(super) fn line(&self, place: Place) -> String {
        self.sources.file_and_line(place)
    }

    /// The line of a clause or row as it is written, without its reason.
    pub(super) fn written(&self, place: Place) -> String {
        let text = self.sources.get(place.source).map_or("", |source| source.slice(place.span));
        let text = text.split(" because \"").next().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The first day of a clause and, of one that holds for a while, the last.
    pub(super) fn claimed(origin: &Origin) -> (Option<String>, Option<String>) {
        match origin.claim {
            Claim::Undated => (None, None),
            Claim::From(day) => (Some(day.to_string()), None),
            Claim::Window(days) => (Some(days.from.to_string()), Some(days.to.to_string())),
        }
    }

    pub(super) fn value(&self, input: InputId, value: &Value) -> String {
        match (self.plan.input(input).map(|input| &input.kind), value) {
            (Some(InputKind::Choice(names)), Value::Choice(index)) => {
                names.get(*index).cloned().unwrap_or_default()
            }
            (_, Value::Choice(index)) => index.to_string(),
            (_, Value::Number(number)) => plain(*number),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Date(date)) => date.to_string(),
        }
    }

    /// The value that a test looked at.
    pub(super) fn seen(&self, failed: &Failed) -> Option<String> {
        failed.seen.as_ref().map(|seen| match seen {
            Seen::Quantity(quantity) => quantity.text(),
            Seen::Value(value) => self.value(failed.input, value),
        })
    }

    /// What a value would have to be: `is school`, `above 500 up to 1000`.
    pub(super) fn needed(&self, failed: &Failed) -> String {
        match &failed.needed {
            Set::Number(intervals) => joined(intervals.iter().map(interval)),
            Set::Date(stretches) => joined(stretches.iter().map(|days| in_days(*days))),
            Set::Text { listed, negated } => {
                values(*negated, listed.iter().map(|text| format!("\"{text}\"")).collect())
            }
            Set::Choice(members) => {
                let chosen = |wanted: bool| -> Vec<String> {
                    let all = members.iter().enumerate().filter(|(_, member)| **member == wanted);
                    all.map(|(at, _)| self.value(failed.input, &Value::Choice(at))).collect()
                };
                let (these, others) = (chosen(true), chosen(false));
                let negated = others.len() < these.len();
                values(negated, if negated { others } else { these })
            }
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" or ")
}

fn values(negated: bool, listed: Vec<String>) -> String {
    let not = if negated { " not" } else { "" };
    let one_of = if listed.len() > 1 { " one of" } else { "" };
    let more = listed.len().saturating_sub(MOST_LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown: Vec<String> = listed.into_iter().take(MOST_LISTED).collect();
    format!("is{not}{one_of} {}{more}", shown.join(", "))
}

/// `above 500 up to 1000`
pub(super) fn interval(interval: &Interval) -> String {
    let (low, closed) = interval.low;
    let from = if closed { "from" } else { "above" };
    match interval.high {
        Some((high, true)) if high == low => format!("is {}", plain(low)),
        None => format!("{from} {}", plain(low)),
        Some((high, at)) => {
            let to = if at { "up to" } else { "below" };
            let to = format!("{to} {}", plain(high));
            if closed && low.is_zero() { to } else { format!("{from} {} {to}", plain(low)) }
        }
    }
}

/// `from 2026-02-01 to 2026-02-14`
pub(super) fn in_days(days: Days) -> String {
    match (days.from == BEGINNING, days.to == HORIZON) {
        (true, true) => "on any day".to_owned(),
        (true, false) => format!("up to {}", days.to),
        (false, true) => format!("from {}", days.from),
        (false, false) if days.from == days.to => format!("is {}", days.from),
        (false, false) => format!("from {} to {}", days.from, days.to),
    }
}

/// `400 × 20 + 5`
pub(super) fn product(units: &Exact, each: &Exact, flat: &Exact) -> String {
    match (each.is_zero(), flat.is_zero()) {
        (_, true) => format!("{units} × {each}"),
        (true, false) => format!("{flat} flat"),
        (false, false) => format!("{units} × {each} + {flat}"),
    }
}
