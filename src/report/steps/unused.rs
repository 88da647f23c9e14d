//! Rates that do not apply, and why not.

use serde_json::{Map, Value};

use super::words::{Words, in_days, interval};
use crate::evaluate::unused::{Unused, UnusedKind, WhyNot};
use crate::period::{BEGINNING, HORIZON};

impl Words<'_> {
    /// A rate that does not apply, as data.
    pub(super) fn unused(&self, unused: &Unused) -> Value {
        let mut fields = Map::new();
        let kind = match unused.kind {
            UnusedKind::Exception => "exception",
            UnusedKind::Rate => "rate",
            UnusedKind::Row => "row",
            UnusedKind::Tier => "tier",
            UnusedKind::Together => "together",
        };
        let mut put = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        put("kind", kind.into());
        put("text", self.written(unused.place).into());
        match &unused.why {
            WhyNot::Fails { nearest, others } => {
                put("why", "condition".into());
                put("input", self.input(nearest.input).into());
                self.seen(nearest).into_iter().for_each(|seen| put("seen", seen.into()));
                put("needed", self.needed(nearest).into());
                put("others", (*others).into());
            }
            WhyNot::Days { day, days } => {
                put("why", "days".into());
                day.iter().for_each(|day| put("seen", day.to_string().into()));
                if days.from != BEGINNING {
                    put("needed_from", days.from.to_string().into());
                }
                if days.to != HORIZON {
                    put("needed_to", days.to.to_string().into());
                }
            }
            WhyNot::Behind { place } => {
                put("why", "behind".into());
                put("behind", self.line(*place).into());
            }
            WhyNot::Units { charged, needed } => {
                put("why", "units".into());
                put("seen", charged.text().into());
                put("needed", interval(needed).into());
            }
        }
        self.origin(&unused.origin, &mut fields);
        fields.insert("rule".into(), self.line(unused.place).into());
        if let Some(because) = &unused.because {
            fields.insert("because".into(), because.clone().into());
        }
        Value::Object(fields)
    }

    /// Why a rate does not apply, in words.
    pub(super) fn why_not(&self, unused: &Unused) -> String {
        match &unused.why {
            WhyNot::Fails { nearest, others } => {
                let input = self.input(nearest.input);
                let seen = self.seen(nearest).filter(|seen| !seen.is_empty());
                let seen = seen.map_or_else(|| "empty".to_owned(), |seen| format!("`{seen}`"));
                let others = match others {
                    0 => String::new(),
                    1 => "; one more test fails".to_owned(),
                    _ => format!("; {others} more tests fail"),
                };
                format!("{input} is {seen}, needed: {}{others}", self.needed(nearest))
            }
            WhyNot::Days { day, days } => {
                let on = day.map_or_else(|| "no day".to_owned(), |day| day.to_string());
                format!("the day is {on}, needed: {}", in_days(*days))
            }
            WhyNot::Behind { place } => format!("{} goes before it", self.line(*place)),
            WhyNot::Units { charged, needed } => {
                let units = if charged.is_one() { "unit" } else { "units" };
                format!("{charged} charged {units}, needed: {}", interval(needed))
            }
        }
    }
}
