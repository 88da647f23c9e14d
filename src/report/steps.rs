//! The steps of a line as data: what `--explain` adds to a record.

mod text;

use serde_json::{Map, Value, json};

use crate::evaluate::Step;
use crate::evaluate::observe::{RatedForm, Slice};
use crate::period::BEGINNING;
use crate::plan::{InputId, Origin, Plan, TierMode, UnitId};
use crate::quantity::{Exact, plain};
use crate::source::Sources;

/// The recorded steps, in order.
pub fn to_json(plan: &Plan, sources: &Sources, steps: &[Step]) -> Value {
    let words = Words { plan, sources };
    steps.iter().map(|step| words.step(step)).collect()
}

/// The recorded steps as lines of text.
pub fn to_text(plan: &Plan, sources: &Sources, steps: &[Step]) -> Vec<String> {
    let words = Words { plan, sources };
    let mut before = Exact::zero();
    steps.iter().map(|step| words.line(step, &mut before)).collect()
}

/// The names that figures are told by.
struct Words<'a> {
    plan: &'a Plan,
    sources: &'a Sources,
}

impl Words<'_> {
    fn unit(&self, id: UnitId) -> &str {
        self.plan.unit(id).map_or("", |unit| &unit.name)
    }

    fn rule(&self, id: crate::plan::TargetId) -> &str {
        self.plan.rule(id).map_or("", |rule| &rule.name)
    }

    fn input(&self, id: InputId) -> &str {
        self.plan.input(id).map_or("", |input| &input.name)
    }

    fn origin(&self, origin: &Origin, fields: &mut Map<String, Value>) {
        fields.insert("rule".into(), self.sources.file_and_line(origin.place).into());
        let since = origin.claim.first();
        if since != BEGINNING {
            fields.insert("since".into(), since.to_string().into());
        }
        if let Some(because) = &origin.because {
            fields.insert("because".into(), because.clone().into());
        }
    }

    fn step(&self, step: &Step) -> Value {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        match step {
            Step::Matched { rule, is_code } => {
                put("step", "match".into());
                put("name", self.rule(*rule).into());
                put("by", if *is_code { "sku" } else { "name" }.into());
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
            Step::Rated { origin, place, because, exception, form, credits } => {
                put("step", "rate".into());
                put("exception", (*exception).into());
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
                put("decided_by", self.sources.file_and_line(*place).into());
                because.iter().for_each(|because| put("decided_because", because.clone().into()));
                self.origin(origin, &mut fields);
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
                origin.iter().for_each(|origin| self.origin(origin, &mut fields));
            }
            Step::Granted { origin, product, quantity } => {
                put("step", "grant".into());
                put("name", self.rule(*product).into());
                put("quantity", quantity.text().into());
                self.origin(origin, &mut fields);
            }
            Step::Charged { product } => {
                put("step", "charge".into());
                put("name", self.rule(*product).into());
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
        Value::Object(fields)
    }

    fn slice(&self, slice: &Slice) -> Value {
        let (from, to, each, flat, place) = slice;
        json!({
            "from": from.text(),
            "to": to.text(),
            "each": each.text(),
            "flat": flat.text(),
            "rule": self.sources.file_and_line(*place),
        })
    }

    fn together(&self, index: usize) -> &str {
        self.plan.togethers.get(index).map_or("", |together| &together.name)
    }

    fn value(&self, input: InputId, value: &crate::plan::Value) -> String {
        use crate::plan::{InputKind, Value as V};
        match (self.plan.input(input).map(|input| &input.kind), value) {
            (Some(InputKind::Choice(names)), V::Choice(index)) => {
                names.get(*index).cloned().unwrap_or_default()
            }
            (_, V::Choice(index)) => index.to_string(),
            (_, V::Number(number)) => plain(*number),
            (_, V::Text(text)) => text.clone(),
            (_, V::Date(date)) => date.to_string(),
        }
    }
}
