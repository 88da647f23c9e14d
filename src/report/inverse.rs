//! The quantities that give so many credits, in text and as data.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::refusal::{Refused, of_refusal};
use crate::diagnostic::render::visible;
use crate::evaluate::License;
use crate::invert::{Inverse, Sought, Unknown};
use crate::plan::{Plan, Rule, Stretch};
use crate::quantity::{Exact, plain};
use crate::source::Sources;

/// Most stretches that a text lists.
const MOST_LISTED: usize = 20;

/// The quantities of a line, and what was asked.
#[derive(Debug)]
pub struct Inverted<'a> {
    /// The rules.
    pub plan: &'a Plan,
    /// Their texts.
    pub sources: &'a Sources,
    /// The line; its quantity means nothing.
    pub license: &'a License,
    /// Which credits were sought.
    pub sought: Sought,
    /// How many.
    pub credits: Decimal,
    /// The largest quantity that was looked at.
    pub largest: Decimal,
    /// The answer.
    pub inverse: &'a Inverse,
}

/// Why quantities cannot be told, in words.
pub fn unknown(plan: &Plan, why: Unknown) -> String {
    let name = |id| plan.rule(id).map_or("", |rule: &Rule| rule.name.as_str());
    match why {
        Unknown::Power(rule) => format!(
            "the `count` of `{}` multiplies the quantity by itself: quantities are found along \
             straight lines and steps alone; try quantities with `credit-rules explain`",
            name(rule)
        ),
        Unknown::Work => {
            "the rules cut the quantities into more parts than the work limit allows: \
             give a smaller `--max-quantity`"
                .to_owned()
        }
        Unknown::Digits => {
            "credits of the largest quantities may have more than 28 digits: give a \
             smaller `--max-quantity`"
                .to_owned()
        }
    }
}

impl Inverted<'_> {
    /// As lines for a person.
    pub fn text(&self) -> String {
        let Inverse { found, refused, excluded, .. } = self.inverse;
        let unit = self.unit().unwrap_or_default();
        let on = self.license.start.map_or_else(String::new, |day| format!(" on {day}"));
        let until = self.license.end.map_or_else(String::new, |day| format!(" until {day}"));
        let mut text = format!(
            "`{}`{on}{until}: {} {} credits\n\n",
            self.license.sku,
            self.words(),
            plain(self.credits)
        );
        if found.is_empty() {
            text.push_str("no quantity\n");
        }
        self.list(&mut text, found, unit);
        for (refusal, stretches) in refused {
            let Refused { code, message, .. } = self.refused(refusal);
            text.push_str(&format!("\nrefused, {message} [{code}]\n"));
            self.list(&mut text, stretches, unit);
        }
        for (origin, stretches) in excluded {
            let because =
                origin.because.as_ref().map_or_else(String::new, |why| format!(", {why}"));
            let place = self.sources.file_and_line(origin.place);
            text.push_str(&format!("\nexcluded by {place}{because}\n"));
            self.list(&mut text, stretches, unit);
        }
        if found.iter().any(|found| self.is_open(found)) {
            text.push_str(&format!("\nlooked at up to {} {unit}\n", plain(self.largest)));
        }
        visible(text.trim_end())
    }

    /// As an object.
    pub fn json(&self) -> String {
        let Inverse { found, refused, excluded, .. } = self.inverse;
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        let license = self.license;
        put("sku", license.sku.clone().into());
        self.rule().into_iter().for_each(|rule| put("name", rule.name.clone().into()));
        self.unit().into_iter().for_each(|unit| put("unit", unit.into()));
        license.start.iter().for_each(|day| put("start", day.to_string().into()));
        license.end.iter().for_each(|day| put("end", day.to_string().into()));
        put(&self.words().replace(' ', "_"), plain(self.credits).into());
        put("max_quantity", plain(self.largest).into());
        put("quantities", stretches_json(found));
        let refused = refused.iter().map(|(refusal, stretches)| {
            let Refused { code, message, column, .. } = self.refused(refusal);
            let quantities = stretches_json(stretches);
            json!({"code": code, "message": message, "column": column, "quantities": quantities})
        });
        put("refused", refused.collect());
        let excluded = excluded.iter().map(|(origin, stretches)| {
            json!({
                "rule": self.sources.file_and_line(origin.place),
                "because": origin.because,
                "quantities": stretches_json(stretches),
            })
        });
        put("excluded", excluded.collect());
        format!("{:#}", Value::Object(fields))
    }

    fn list(&self, text: &mut String, stretches: &[Stretch], unit: &str) {
        let shown: Vec<String> = stretches
            .iter()
            .take(MOST_LISTED)
            .map(|stretch| format!("{} {unit}", self.stretch(stretch)))
            .collect();
        let width = shown.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        for (line, stretch) in shown.iter().zip(stretches) {
            let whole = self.whole_in_words(stretch);
            let line = format!("  {line:<width$}  {whole}");
            text.push_str(&format!("{}\n", line.trim_end()));
        }
        let more = stretches.len().saturating_sub(MOST_LISTED);
        if more > 0 {
            text.push_str(&format!("  and {more} more, which `--format json` lists\n"));
        }
    }

    /// `above 100 up to 500`
    fn stretch(&self, stretch: &Stretch) -> String {
        let Stretch { low, high } = stretch;
        if low.at == high.at {
            return format!("exactly {}", figure(&low.at));
        }
        let from = if low.behind { "above" } else { "from" };
        if self.is_open(stretch) {
            return format!("{from} {}", figure(&low.at));
        }
        let to = if high.behind { "up to" } else { "below" };
        format!("{from} {} {to} {}", figure(&low.at), figure(&high.at))
    }

    /// The whole quantities of a stretch, where its own ends do not tell them.
    fn whole_in_words(&self, stretch: &Stretch) -> String {
        let Stretch { low, high } = stretch;
        match whole(stretch) {
            None => "no whole quantity".to_owned(),
            Some((first, last)) => match (self.is_open(stretch), first == last) {
                (true, _) if first == low.at => String::new(),
                (true, _) => format!("whole: from {first}"),
                (false, true) if low.at == high.at => String::new(),
                (false, true) => format!("whole: {first}"),
                (false, false) if first == low.at && last == high.at => String::new(),
                (false, false) => format!("whole: {first} to {last}"),
            },
        }
    }

    /// Whether it goes on behind the largest quantity, as far as that was looked at.
    fn is_open(&self, stretch: &Stretch) -> bool {
        stretch.high.behind && stretch.high.at == Exact::from(self.largest)
    }

    fn words(&self) -> &'static str {
        match self.sought {
            Sought::AtMost => "at most",
            Sought::AtLeast => "at least",
            Sought::Exactly => "exactly",
        }
    }

    fn refused(&self, refusal: &crate::evaluate::Refusal) -> Refused {
        of_refusal(self.plan, self.sources, refusal, &self.license.sku, true)
    }

    fn rule(&self) -> Option<&Rule> {
        self.plan.rule(self.plan.owners.get(&self.license.sku)?.rule)
    }

    /// The unit of the quantities.
    fn unit(&self) -> Option<&str> {
        let id = self.license.unit.or(self.rule().map(|rule| rule.unit))?;
        self.plan.unit(id).map(|unit| unit.name.as_str())
    }
}

/// The first and the last whole quantity of a stretch.
fn whole(Stretch { low, high }: &Stretch) -> Option<(Exact, Exact)> {
    let first = if low.behind { low.at.floor() + Exact::one() } else { low.at.ceil() };
    let last = if high.behind { high.at.floor() } else { high.at.ceil() - Exact::one() };
    (first <= last).then_some((first, last))
}

/// A figure; beside a fraction, its first decimals.
fn figure(number: &Exact) -> String {
    let text = number.text();
    if !text.contains('/') {
        return text;
    }
    let scale = Exact::from(10_000);
    let near = (number * &scale).floor() / scale;
    format!("{text} (≈ {near})")
}

fn stretches_json(stretches: &[Stretch]) -> Value {
    let stretch = |stretch: &Stretch| {
        let Stretch { low, high } = stretch;
        let (first, last) = whole(stretch).unzip();
        json!({
            "from": low.at.text(),
            "from_included": !low.behind,
            "to": high.at.text(),
            "to_included": high.behind,
            "whole_from": first.map(|whole| whole.text()),
            "whole_to": last.map(|whole| whole.text()),
        })
    };
    stretches.iter().map(stretch).collect()
}
