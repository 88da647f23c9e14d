//! Sheets of a workbook that go with a distribution.

use super::Balance;
use crate::report::holding::Part;

/// The columns of licenses.
pub const LICENSES: [&str; 12] = [
    "account",
    "day",
    "license_id",
    "name",
    "state",
    "start",
    "end",
    "counts_until",
    "only_for",
    "credits",
    "left",
    "used_by",
];

/// The columns of ends of credits.
pub const ENDS: [&str; 8] =
    ["account", "day", "last_day", "licenses", "credits", "valid_after", "missing", "uncovered"];

/// The columns of what to buy.
pub const PURCHASE: [&str; 5] = ["account", "day", "required", "buy", "surplus"];

impl Balance {
    /// One row a license.
    pub fn license_rows(&self) -> Vec<Vec<String>> {
        let days = |day: &Option<String>| day.clone().unwrap_or_default();
        let licenses = self.licenses.iter().map(|own| {
            vec![
                self.account.clone(),
                self.day.clone(),
                own.license_id.clone(),
                own.name.clone(),
                own.state.to_owned(),
                days(&own.start),
                days(&own.end),
                days(&own.counts_until),
                own.only_for.join(", "),
                own.credits.clone(),
                own.left.clone().unwrap_or_default(),
                parts(&own.used_by),
            ]
        });
        licenses.collect()
    }

    /// One row an end of credits.
    pub fn end_rows(&self) -> Vec<Vec<String>> {
        let ends = self.ends.iter().map(|own| {
            vec![
                self.account.clone(),
                self.day.clone(),
                own.last_day.clone(),
                own.licenses.join(", "),
                own.credits.clone(),
                own.valid_after.clone(),
                own.missing.clone(),
                parts(&own.uncovered),
            ]
        });
        ends.collect()
    }

    /// One row, where anything is to be bought or asked for.
    pub fn purchase_rows(&self) -> Vec<Vec<String>> {
        let row = self.purchase.iter().map(|own| {
            let amounts = [&own.required, &own.buy, &own.surplus].map(String::clone);
            [self.account.clone(), self.day.clone()].into_iter().chain(amounts).collect()
        });
        row.collect()
    }
}

/// `vault 4, pro 2`
fn parts(parts: &[Part]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|part| format!("{} {}", part.product, part.credits)).collect();
    parts.join(", ")
}
