//! The steps of a line as a person reads them.

use super::Words;
use crate::evaluate::Step;
use crate::evaluate::observe::RatedForm;
use crate::period::BEGINNING;
use crate::plan::{Origin, TierMode};
use crate::quantity::{Exact, plain};

impl Words<'_> {
    /// One step; `before` carries the figure of the step before.
    pub(super) fn line(&self, step: &Step, before: &mut Exact) -> String {
        let (title, text, figure) = self.told(step, before);
        if let Some(figure) = figure {
            *before = figure;
        }
        format!("{title:<9}{text}")
    }

    fn told(&self, step: &Step, before: &Exact) -> (&'static str, String, Option<Exact>) {
        match step {
            Step::Matched { rule, is_code } => {
                let by = if *is_code { "code" } else { "name" };
                ("match", format!("`{}`, by its {by}", self.rule(*rule)), None)
            }
            Step::Excluded { origin } => {
                ("match", format!("excluded{}", self.source(origin)), None)
            }
            Step::Dated { day, since } => {
                let on = day.map_or_else(|| "any day".to_owned(), |day| day.to_string());
                let since = if *since == BEGINNING {
                    String::new()
                } else {
                    format!(", clauses in force since {since}")
                };
                ("date", format!("{on}{since}"), None)
            }
            Step::Counted { quantity, unit, count, units } => {
                let text = match count {
                    None => format!("{units} {}", self.unit(*unit)),
                    Some((origin, seen)) => {
                        let seen: Vec<String> = seen
                            .iter()
                            .filter_map(|(id, value)| {
                                Some(format!(
                                    " and {} {}",
                                    self.input(*id),
                                    self.value(*id, value.as_ref()?)
                                ))
                            })
                            .collect();
                        format!(
                            "quantity {quantity}{} make {units} {}{}",
                            seen.join(""),
                            self.unit(*unit),
                            self.source(origin)
                        )
                    }
                };
                ("count", text, Some(units.clone()))
            }
            Step::Blocks { origin, per, charged } => {
                let started = if per.started { "started " } else { "" };
                let block = format!("{started}{} {}", plain(per.block), self.unit(per.unit));
                (
                    "blocks",
                    format!("{charged} times {block}{}", self.source(origin)),
                    Some(charged.clone()),
                )
            }
            Step::Rated { origin, place, because, exception, form, credits } => {
                let kind = if *exception { "exception, " } else { "" };
                let how = match form {
                    RatedForm::NoUnits => "no units".to_owned(),
                    RatedForm::Line { each, flat, mode } => {
                        let mode = if *mode == Some(TierMode::Volume) { "volume: " } else { "" };
                        format!("{mode}{}", product(before, each, flat))
                    }
                    RatedForm::Slices(slices) => {
                        let part = |(from, to, each, flat, _): &(Exact, Exact, Exact, Exact, _)| {
                            product(&(to - from), each, flat)
                        };
                        let parts: Vec<String> = slices.iter().map(part).collect();
                        format!("graduated: {}", parts.join(" + "))
                    }
                };
                let row = if *place == origin.place {
                    String::new()
                } else {
                    let because =
                        because.as_ref().map_or_else(String::new, |text| format!(", \"{text}\""));
                    format!(", row {}{because}", self.sources.file_and_line(*place))
                };
                (
                    "rate",
                    format!("{kind}{how} = {credits}{}{row}", self.source(origin)),
                    Some(credits.clone()),
                )
            }
            Step::Prorated { origin, term, days, periods, credits } => (
                "term",
                format!(
                    "times {periods} {}s {}, {} to {} = {credits}{}",
                    term.unit.word(),
                    term.proration.words(),
                    days.0,
                    days.1,
                    self.source(origin)
                ),
                Some(credits.clone()),
            ),
            Step::Bounded { origin, at_most, bound, credits } => {
                let word = if *at_most { "at most" } else { "at least" };
                (
                    "bounds",
                    format!("{word} {bound} = {credits}{}", self.source(origin)),
                    Some(credits.clone()),
                )
            }
            Step::Rounded { origin, rounding, credits } => {
                let source = origin.as_ref().map_or_else(String::new, |origin| self.source(origin));
                ("round", format!("{} = {credits}{source}", rounding.text()), Some(credits.clone()))
            }
            Step::Granted { origin, product, quantity } => (
                "grant",
                format!("{quantity} of `{}`{}", self.rule(*product), self.source(origin)),
                None,
            ),
            Step::Charged { product } => ("charge", format!("`{}`", self.rule(*product)), None),
            Step::Together { together, origin, units, rate, credits } => (
                "together",
                format!(
                    "`{}`: {units} × {rate} = {credits}{}",
                    self.together(*together),
                    self.source(origin)
                ),
                Some(credits.clone()),
            ),
            Step::Summed { credits } => ("sum", credits.text(), Some(credits.clone())),
        }
    }

    /// ` (file:line, since DAY, "reason")`
    fn source(&self, origin: &Origin) -> String {
        let mut text = format!(" ({}", self.sources.file_and_line(origin.place));
        if origin.claim.first() != BEGINNING {
            text.push_str(&format!(", since {}", origin.claim.first()));
        }
        if let Some(because) = &origin.because {
            text.push_str(&format!(", \"{because}\""));
        }
        text.push(')');
        text
    }
}

/// `400 × 20 + 5`
fn product(units: &Exact, each: &Exact, flat: &Exact) -> String {
    match (each.is_zero(), flat.is_zero()) {
        (_, true) => format!("{units} × {each}"),
        (true, false) => format!("{flat} flat"),
        (false, false) => format!("{units} × {each} + {flat}"),
    }
}
