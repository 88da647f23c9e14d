//! How one line became what it did.

use serde_json::{Map, Value};

use super::refusal::Refused;
use super::steps;
use crate::diagnostic::render::visible;
use crate::evaluate::{License, Outcome, Step};
use crate::plan::{ACCOUNT, Plan, Rule, Value as Given};
use crate::quantity::plain;
use crate::source::Sources;

/// A line with its steps and what came out.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The rules.
    pub plan: &'a Plan,
    /// Their texts.
    pub sources: &'a Sources,
    /// The line.
    pub license: &'a License,
    /// What it became.
    pub outcome: &'a Result<Outcome, Refused>,
    /// The steps, up to the one that refused it.
    pub steps: &'a [Step],
}

impl Explanation<'_> {
    /// As lines for a person.
    pub fn text(&self) -> String {
        let outcome = match self.outcome {
            Ok(Outcome::Converted { credits, .. }) => format!("{} credits", plain(*credits)),
            Ok(Outcome::Excluded { .. }) => "excluded, 0 credits".to_owned(),
            Err(_) => "refused".to_owned(),
        };
        let mut text = format!("{}: {outcome}\n\n", self.line());
        for line in steps::to_text(self.plan, self.sources, self.steps) {
            text.push_str(&line);
            text.push('\n');
        }
        if let Err(Refused { code, message, .. }) = self.outcome {
            text.push_str(&format!("  refused  {message} [{code}]\n"));
        }
        visible(text.trim_end())
    }

    /// As an object.
    pub fn json(&self) -> String {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        let license = self.license;
        put("sku", license.sku.clone().into());
        if let Some(rule) = self.rule() {
            put("name", rule.name.clone().into());
        }
        put("quantity", plain(license.quantity).into());
        self.unit().into_iter().for_each(|unit| put("unit", unit.into()));
        license.start.iter().for_each(|day| put("start", day.to_string().into()));
        license.end.iter().for_each(|day| put("end", day.to_string().into()));
        match self.outcome {
            Ok(Outcome::Converted { credits, place, .. }) => {
                put("status", "converted".into());
                put("credits", plain(*credits).into());
                put("rule", self.sources.file_and_line(*place).into());
            }
            Ok(Outcome::Excluded { place, .. }) => {
                put("status", "excluded".into());
                put("credits", "0".into());
                put("rule", self.sources.file_and_line(*place).into());
            }
            Err(refused) => {
                put("status", "refused".into());
                put("refusal", self.refusal(refused));
            }
        }
        put("steps", steps::to_json(self.plan, self.sources, self.steps));
        format!("{:#}", Value::Object(fields))
    }

    fn refusal(&self, refused: &Refused) -> Value {
        let Refused { code, message, column, value, cause } = refused;
        let texts = [("code", *code), ("message", message), ("column", column), ("value", value)];
        let mut fields: Map<String, Value> =
            texts.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
        cause.iter().for_each(|cause| cause.put(self.sources, &mut fields));
        Value::Object(fields)
    }

    fn rule(&self) -> Option<&Rule> {
        self.plan.rule(self.plan.owners.get(&self.license.sku)?.rule)
    }

    /// The unit of the quantity.
    fn unit(&self) -> Option<&str> {
        let id = self.license.unit.or(self.rule().map(|rule| rule.unit))?;
        self.plan.unit(id).map(|unit| unit.name.as_str())
    }

    /// `400 endpoint of endpoint_pro on 2025-11-12 until 2026-11-11`
    fn line(&self) -> String {
        let license = self.license;
        let mut text = format!(
            "{} {} of `{}`",
            plain(license.quantity),
            self.unit().unwrap_or_default(),
            license.sku
        );
        license.start.iter().for_each(|day| text.push_str(&format!(" on {day}")));
        license.end.iter().for_each(|day| text.push_str(&format!(" until {day}")));
        if let Some(Some(Given::Text(account))) = license.inputs.get(ACCOUNT.0 as usize)
            && !account.is_empty()
        {
            text.push_str(&format!(" for \"{account}\""));
        }
        text
    }
}
