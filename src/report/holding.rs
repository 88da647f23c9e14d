//! Products, lots and refusals of an account as records.

use serde::Serialize;

use super::refusal::{self, of_refusal};
use crate::allocate::retain::Expiry;
use crate::allocate::{Credits, Holding, Refused, Split};
use crate::evaluate::Refusal;
use crate::plan::{Plan, TargetId};
use crate::quantity::Exact;
use crate::source::Sources;

/// The rules and their files, for names and places.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The rules.
    pub plan: &'a Plan,
    /// Their files.
    pub sources: &'a Sources,
}

/// Units of a product and what they cost.
#[derive(Debug, Serialize)]
pub struct Product {
    /// The product.
    pub product: String,
    /// Allocated units.
    pub units: String,
    /// What they are counted in.
    pub unit: String,
    /// What they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<String>,
}

/// Credits of a product.
#[derive(Debug, Serialize)]
pub struct Part {
    /// The product.
    pub product: String,
    /// How many.
    pub credits: String,
}

/// A product of which units cannot be allocated.
#[derive(Debug, Serialize)]
pub struct NotAllocated {
    /// The product.
    pub product: String,
    /// The code of the refusal.
    pub code: &'static str,
    /// Why, and the way out.
    pub message: String,
}

/// The credits of a license.
#[derive(Debug, Serialize)]
pub struct License {
    /// As the list names it.
    pub license_id: String,
    /// The license or product.
    pub name: String,
    /// What it is on the day.
    pub state: &'static str,
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Last day on which its credits count, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_until: Option<String>,
    /// The products that its credits are only for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_for: Vec<String>,
    /// How many.
    pub credits: String,
    /// How many of those that count are not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// What uses the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<Part>,
}

/// An end of credits.
#[derive(Debug, Serialize)]
pub struct End {
    /// Their last day.
    pub last_day: String,
    /// The licenses that end.
    pub licenses: Vec<String>,
    /// Their credits.
    pub credits: String,
    /// What is valid on the day after.
    pub valid_after: String,
    /// What nothing covers then.
    pub missing: String,
    /// Of which products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncovered: Vec<Part>,
}

impl<'a> Rules<'a> {
    /// The name of a product or license.
    pub fn name(self, id: TargetId) -> &'a str {
        self.plan.rule(id).map_or("", |rule| rule.name.as_str())
    }

    /// The unit in which a product is declared, and base units in it.
    pub fn in_unit(self, id: TargetId, base: &Exact) -> (Exact, &'a str) {
        let unit = self.plan.rule(id).and_then(|rule| self.plan.unit(rule.unit));
        match unit {
            Some(unit) => (base.clone() / unit.factor.clone(), unit.name.as_str()),
            None => (base.clone(), ""),
        }
    }

    /// The products of an allocation, in file order.
    pub(super) fn products(self, holding: &Holding, credits: Option<&Credits>) -> Vec<Product> {
        let some = holding.units.iter().filter(|(_, units)| !units.is_zero());
        some.map(|(id, base)| {
            let (units, unit) = self.in_unit(*id, base);
            Product {
                product: self.name(*id).to_owned(),
                units: units.text(),
                unit: unit.to_owned(),
                credits: credits.map(|credits| credits.of(*id).text()),
            }
        })
        .collect()
    }

    pub(super) fn parts<'b>(
        self,
        parts: impl IntoIterator<Item = &'b (TargetId, Exact)>,
    ) -> Vec<Part> {
        let part = |(id, credits): &(TargetId, Exact)| Part {
            product: self.name(*id).to_owned(),
            credits: credits.text(),
        };
        parts.into_iter().map(part).collect()
    }

    /// Every license of an account, in the order of the list; with a split, what uses it.
    pub(super) fn licenses(self, holding: &Holding, split: Option<&Split>) -> Vec<License> {
        let lots = holding.lots.iter().enumerate();
        lots.map(|(at, lot)| {
            let left = split.and_then(|split| split.left.iter().find(|(own, _)| *own == at));
            let used = split.into_iter().flat_map(|split| &split.shares);
            let used: Vec<(TargetId, Exact)> = used
                .filter(|(own, ..)| *own == at)
                .map(|(_, id, credits)| (*id, credits.clone()))
                .collect();
            let only = lot.only.iter().flatten().map(|id| self.name(*id).to_owned());
            let counts_until = lot.until.filter(|_| lot.until != lot.end);
            License {
                license_id: lot.license_id.clone(),
                name: self.name(lot.rule).to_owned(),
                state: lot.state(holding.day).words(),
                start: lot.from.map(|day| day.to_string()),
                end: lot.end.map(|day| day.to_string()),
                counts_until: counts_until.map(|day| day.to_string()),
                only_for: only.collect(),
                credits: lot.credits.text(),
                left: left.map(|(_, left)| left.text()),
                used_by: self.parts(&used),
            }
        })
        .collect()
    }

    pub(super) fn ends(self, holding: &Holding, ends: &[Expiry]) -> Vec<End> {
        let id = |at: &usize| holding.lots.get(*at).map(|lot| lot.license_id.clone());
        let end = |end: &Expiry| End {
            last_day: end.last.to_string(),
            licenses: end.lots.iter().filter_map(id).collect(),
            credits: end.credits.text(),
            valid_after: end.valid.text(),
            missing: end.uncovered.iter().fold(Exact::zero(), |sum, (_, own)| &sum + own).text(),
            uncovered: self.parts(&end.uncovered),
        };
        ends.iter().map(end).collect()
    }

    /// Why a product cannot be allocated.
    pub fn refused(self, refused: &Refused) -> NotAllocated {
        let product = self.name(refused.product);
        let refusal::Refused { code, message, .. } =
            of_refusal(self.plan, self.sources, &refused.refusal, product, false);
        let message = match &refused.refusal {
            Refusal::MissingInput { input } => {
                let input = self.plan.input(*input).map_or("", |input| input.name.as_str());
                format!(
                    "its rules look at `{input}`, which has no default, and an allocation gives no inputs"
                )
            }
            Refusal::MissingEnd { .. } => {
                "its credits depend on the term, and an allocation has no last day".to_owned()
            }
            _ => message,
        };
        NotAllocated { product: product.to_owned(), code, message }
    }
}
