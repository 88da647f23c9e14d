//! Examples as a rule file writes them.

use jiff::civil::Date;

use crate::evaluate::{License, Outcome, Refusal};
use crate::hir::{InputId, UnitId};
use crate::plan::{InputKind, Plan, TargetId, Value};
use crate::quantity::{Exact, plain};
use crate::report::refusal;
use crate::source::Sources;
use crate::syntax;

/// A line that an example may give.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// A product or license.
    pub rule: TargetId,
    /// How many of its declared unit.
    pub quantity: Exact,
    /// The day.
    pub on: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// Inputs that have no default, or another value.
    pub facts: Vec<(InputId, Value)>,
}

impl Written {
    /// The line as the evaluator takes it; `None` where its quantity cannot be written.
    pub(super) fn license(&self, plan: &Plan) -> Option<License> {
        let rule = plan.rule(self.rule)?;
        let mut license = License::new(plan, rule.name.clone(), self.quantity.to_decimal()?);
        license.unit = Some(rule.unit);
        (license.start, license.end) = (self.on, self.until);
        for (input, value) in &self.facts {
            license.set(*input, value.clone());
        }
        Some(license)
    }

    /// A title, with the inputs of the line behind it.
    pub(super) fn titled(&self, plan: &Plan, mut title: String) -> String {
        for (input, value) in &self.facts {
            if let Some(known) = plan.input(*input) {
                let value = written(&known.kind, value).replace('"', "");
                title.push_str(&format!(", {} {value}", known.name));
            }
        }
        title
    }

    /// `  given 3 seats of sensor with kind is b`, with the end of the line.
    pub(super) fn given(&self, plan: &Plan) -> Option<String> {
        let rule = plan.rule(self.rule)?;
        let unit = unit(plan, rule.unit, &self.quantity);
        let quantity = number(&self.quantity.text());
        let fact = |(input, value): &(InputId, Value)| {
            let known = plan.input(*input)?;
            Some(format!("{} is {}", known.name, written(&known.kind, value)))
        };
        let facts: Vec<String> = self.facts.iter().filter_map(fact).collect();
        let with =
            if facts.is_empty() { String::new() } else { format!(" with {}", facts.join(" and ")) };
        let until = self.until.map_or_else(String::new, |day| format!(" until {day}"));
        Some(format!("  given {quantity} {unit} of {}{with}{until}\n", rule.name))
    }

    /// The lines of an example of it behind the first, with what comes out.
    pub(super) fn example(
        &self,
        plan: &Plan,
        sources: &Sources,
        outcome: &Result<Outcome, Refusal>,
    ) -> Option<String> {
        let given = self.given(plan)?;
        let on = self.on.map_or_else(String::new, |day| format!("  on {day}\n"));
        let expect = match outcome {
            Ok(Outcome::Converted { credits, .. }) => number(&plain(*credits)),
            Ok(Outcome::Excluded { .. }) => "excluded".to_owned(),
            Err(refusal) => {
                let code = refusal::of_refusal(plan, sources, refusal, "", false).code;
                format!("refused {code}")
            }
        };
        Some(format!("{on}{given}  expect {expect}\n"))
    }
}

/// The name of a unit, in its plural where it has one and the number asks for it.
pub(super) fn unit<'a>(plan: &'a Plan, id: UnitId, quantity: &Exact) -> &'a str {
    let Some(unit) = plan.unit(id) else { return "" };
    let is_plural = |name: &&str| name.starts_with(&unit.name) && name.len() > unit.name.len();
    let mut aliases =
        plan.unit_names.iter().filter(|(_, known)| **known == id).map(|(name, _)| name.as_str());
    match aliases.find(is_plural) {
        Some(plural) if !quantity.is_one() => plural,
        _ => &unit.name,
    }
}

/// A value as a rule file writes it.
pub(super) fn written(kind: &InputKind, value: &Value) -> String {
    match (kind, value) {
        (InputKind::Choice(names), Value::Choice(index)) => {
            let name = names.get(*index).map_or("", String::as_str);
            if syntax::is_bare_value(name) { name.to_owned() } else { quoted(name) }
        }
        (_, Value::Choice(index)) => index.to_string(),
        (_, Value::Number(value)) => number(&plain(*value)),
        (_, Value::Text(text)) => quoted(text),
        (_, Value::Date(date)) => date.to_string(),
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Digits in groups of three: `12500.5` is written `12_500.5`.
pub fn number(digits: &str) -> String {
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped + &fraction
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn digits_are_grouped_by_three() {
        let all = ["0", "999", "1000", "12500.0625", "1000000"].map(number);
        assert_eq!(all, ["0", "999", "1_000", "12_500.0625", "1_000_000"]);
    }
}
