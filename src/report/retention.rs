//! The allocation that licenses stand for, as a record.

use serde::Serialize;

use super::holding::{End, License, Part, Rules};
use super::lines::{Side, lines, near};
use super::verification::{Shown, Verification};
use crate::allocate::retain::expiries;
use crate::allocate::{Holding, Refused, State, Verified};

/// What the licenses of an account stand for, what it costs, and which credits cover it.
#[derive(Debug, Serialize)]
pub struct Retention {
    /// The allocation with its limits.
    #[serde(flatten)]
    pub verification: Verification,
    /// The licenses, with what uses their credits.
    pub licenses: Vec<License>,
    /// Ends of credits, and what they leave uncovered.
    pub ends: Vec<End>,
}

/// The columns of retained allocations as a table: those of a list of allocations, and credits.
pub const COLUMNS: [&str; 5] = ["account", "product", "units", "unit", "credits"];

impl Retention {
    /// The record of an allocation; with `all` kept limits are told, too.
    pub fn new(
        rules: Rules<'_>,
        holding: &Holding,
        verified: Result<&Verified, &[Refused]>,
        all: bool,
    ) -> Self {
        let known = verified.ok();
        let ends = known.map(|own| expiries(&holding.lots, holding.day, &own.credits.products));
        Self {
            verification: Verification::new(
                rules,
                holding,
                verified,
                Shown { kept: all, products: true },
            ),
            licenses: rules.licenses(holding, known.map(|own| &own.split)),
            ends: rules.ends(holding, &ends.unwrap_or_default()),
        }
    }

    /// One row a product.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let products = self.verification.products.iter();
        products
            .map(|own| {
                vec![
                    self.verification.account.clone(),
                    own.product.clone(),
                    own.units.clone(),
                    own.unit.clone(),
                    own.credits.clone().unwrap_or_default(),
                ]
            })
            .collect()
    }

    /// The allocation, its limits, the licenses and their ends.
    pub fn text(&self) -> String {
        let mut text = self.verification.head();
        let product = |own: &super::holding::Product| {
            let credits = own.credits.as_ref().map(|credits| format!("{} credits", near(credits)));
            vec![
                own.product.clone(),
                own.units.clone(),
                own.unit.clone(),
                credits.unwrap_or_default(),
            ]
        };
        let rows: Vec<Vec<String>> = self.verification.products.iter().map(product).collect();
        text.push_str(&lines(&rows, &[Side::Left, Side::Right, Side::Left, Side::Right], 2));
        text.push_str(&self.verification.findings());
        text.push_str(&licenses(&self.licenses));
        text.push_str(&ends(&self.ends));
        text
    }
}

/// `vault 4, pro 2`
fn parts(parts: &[Part]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|part| format!("{} {}", part.product, near(&part.credits))).collect();
    parts.join(", ")
}

/// Licenses with their days and what uses their credits; expired ones are counted.
pub(super) fn licenses(all: &[License]) -> String {
    let expired = State::Expired.words();
    let living: Vec<&License> = all.iter().filter(|own| own.state != expired).collect();
    let count = all.len() - living.len();
    let count = match (count, living.len()) {
        (0, 0) => "  no licenses\n".to_owned(),
        (0, _) => String::new(),
        (1, _) => "  1 license is expired\n".to_owned(),
        (count, _) => format!("  {count} licenses are expired\n"),
    };
    if living.is_empty() {
        return count;
    }
    let row = |own: &&License| {
        let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "…".to_owned());
        let mut notes = Vec::new();
        if let Some(until) = &own.counts_until {
            notes.push(format!("counts until {until}"));
        }
        if !own.only_for.is_empty() {
            notes.push(format!("only for {}", own.only_for.join(", ")));
        }
        if !own.used_by.is_empty() {
            notes.push(format!("covers {}", parts(&own.used_by)));
        }
        if let Some(left) = own.left.as_ref().filter(|left| *left != "0") {
            notes.push(format!("{} left", near(left)));
        }
        vec![
            own.license_id.clone(),
            own.name.clone(),
            format!("{} to {}", day(&own.start), day(&own.end)),
            own.state.to_owned(),
            own.credits.clone(),
            notes.join("; "),
        ]
    };
    let rows: Vec<Vec<String>> = living.iter().map(row).collect();
    let sides = [Side::Left, Side::Left, Side::Left, Side::Left, Side::Right, Side::Left];
    format!("  licenses\n{}{count}", lines(&rows, &sides, 4))
}

/// The licenses, or how many they are.
fn named(licenses: &[String]) -> String {
    match licenses {
        [_, _, _, ..] => format!("{} licenses", licenses.len()),
        few => few.join(", "),
    }
}

/// Ends of credits with what they leave uncovered.
pub(super) fn ends(all: &[End]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let row = |own: &End| {
        let missing = if own.uncovered.is_empty() {
            "nothing uncovered".to_owned()
        } else {
            format!("{} uncovered: {}", near(&own.missing), parts(&own.uncovered))
        };
        vec![
            own.last_day.clone(),
            format!("{} end", own.credits),
            format!("{} valid after", own.valid_after),
            named(&own.licenses),
            missing,
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let sides = [Side::Left, Side::Right, Side::Right, Side::Left, Side::Left];
    format!("  ends of credits\n{}", lines(&rows, &sides, 4))
}
