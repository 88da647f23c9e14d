//! The steps of a line, as data and as text: what `explain` shows, what `--explain` adds to a
//! record, and what a failed example tells.

mod text;
mod tree;
mod unused;
mod words;

use serde_json::{Map, Value, json};

use crate::evaluate::Step;
use crate::evaluate::observe::{RatedForm, Slice};
use crate::period::BEGINNING;
use crate::plan::{Origin, Plan, TierMode};
use crate::quantity::plain;
use crate::source::Sources;
use tree::{Node, tree};
use words::Words;

/// The recorded steps, in order; below each grant those of its product.
pub fn to_json(plan: &Plan, sources: &Sources, steps: &[Step]) -> Value {
    let words = Words { plan, sources };
    tree(steps).iter().map(|node| words.node(node)).collect()
}

/// The recorded steps as lines of text.
pub fn to_text(plan: &Plan, sources: &Sources, steps: &[Step]) -> Vec<String> {
    text::lines(&Words { plan, sources }, &tree(steps))
}

impl Words<'_> {
    fn origin(&self, origin: &Origin, fields: &mut Map<String, Value>) {
        fields.insert("rule".into(), self.line(origin.place).into());
        let (since, until) = Self::claimed(origin);
        since.into_iter().for_each(|day| drop(fields.insert("since".into(), day.into())));
        until.into_iter().for_each(|day| drop(fields.insert("until".into(), day.into())));
        if let Some(because) = &origin.because {
            fields.insert("because".into(), because.clone().into());
        }
    }

    fn node(&self, node: &Node<'_>) -> Value {
        let mut fields = self.step(node.step);
        if !node.unused.is_empty() {
            let unused = node.unused.iter().map(|unused| self.unused(unused)).collect();
            fields.insert("not_used".into(), unused);
        }
        if !node.steps.is_empty() {
            let steps = node.steps.iter().map(|node| self.node(node)).collect();
            fields.insert("steps".into(), steps);
        }
        Value::Object(fields)
    }

    fn step(&self, step: &Step) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        match step {
            Step::Matched { rule, code } => {
                put("step", "match".into());
                put("name", self.rule(*rule).into());
                put("by", if code.is_some() { "sku" } else { "name" }.into());
                code.iter().for_each(|origin| self.origin(origin, &mut fields));
            }
            Step::Excluded { origin } => {
                put("step", "match".into());
                put("excluded", true.into());
                self.origin(origin, &mut fields);
            }
            Step::Dated { day, since } => {
                put("step", "date".into());
                day.iter().for_each(|day| put("on", day.to_string().into()));
                if *since != BEGINNING {
                    put("since", since.to_string().into());
                }
            }
            Step::Counted { quantity, unit, count, units } => {
                put("step", "count".into());
                put("quantity", quantity.text().into());
                put("unit", self.unit(*unit).into());
                put("units", units.text().into());
                if let Some((origin, seen)) = count {
                    let seen: Map<String, Value> = seen
                        .iter()
                        .filter_map(|(id, value)| {
                            Some((
                                self.input(*id).to_owned(),
                                self.value(*id, value.as_ref()?).into(),
                            ))
                        })
                        .collect();
                    put("inputs", seen.into());
                    self.origin(origin, &mut fields);
                }
            }
            Step::Blocks { origin, per, charged } => {
                put("step", "blocks".into());
                put("block", plain(per.block).into());
                put("unit", self.unit(per.unit).into());
                put("started", per.started.into());
                put("charged", charged.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Rated { origin, place, because, exception, charged, form, credits } => {
                put("step", "rate".into());
                put("exception", (*exception).into());
                put("units", charged.text().into());
                match form {
                    RatedForm::NoUnits => put("form", "no units".into()),
                    RatedForm::Line { each, flat, mode } => {
                        let form = if *mode == Some(TierMode::Volume) { "volume" } else { "plain" };
                        put("form", form.into());
                        put("each", each.text().into());
                        put("flat", flat.text().into());
                    }
                    RatedForm::Slices(slices) => {
                        put("form", "graduated".into());
                        put("slices", slices.iter().map(|slice| self.slice(slice)).collect());
                    }
                }
                put("credits", credits.text().into());
                put("decided_by", self.line(*place).into());
                because.iter().for_each(|because| put("decided_because", because.clone().into()));
                self.origin(origin, &mut fields);
            }
            Step::Unused { rates } => {
                let together = tree::is_of_together(rates);
                put("step", if together { "together" } else { "rate" }.into());
            }
            Step::Prorated { origin, term, days, periods, credits } => {
                put("step", "term".into());
                put("per", term.unit.word().into());
                put("proration", term.proration.words().into());
                put("start", days.0.to_string().into());
                put("end", days.1.to_string().into());
                put("periods", periods.text().into());
                put("credits", credits.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Bounded { origin, at_most, bound, credits } => {
                put("step", "bounds".into());
                put(if *at_most { "at_most" } else { "at_least" }, bound.text().into());
                put("credits", credits.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Rounded { origin, rounding, credits } => {
                put("step", "round".into());
                put("rounding", rounding.text().into());
                put("credits", credits.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Granted { origin, product, quantity } => {
                put("step", "grant".into());
                put("name", self.rule(*product).into());
                put("quantity", quantity.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Charged { product, units } => {
                put("step", "charge".into());
                put("name", self.rule(*product).into());
                put("units", units.text().into());
            }
            Step::Together { together, origin, units, rate, credits } => {
                put("step", "together".into());
                put("name", self.together(*together).into());
                put("units", units.text().into());
                put("each", rate.text().into());
                put("credits", credits.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Summed { credits } => {
                put("step", "sum".into());
                put("credits", credits.text().into());
            }
        }
        fields
    }

    fn slice(&self, slice: &Slice) -> Value {
        let (from, to, each, flat, place) = slice;
        json!({
            "from": from.text(),
            "to": to.text(),
            "each": each.text(),
            "flat": flat.text(),
            "credits": (each.clone() * (to - from) + flat.clone()).text(),
            "rule": self.line(*place),
        })
    }
}
