//! What a person or a system receives: records, refusals in words, explanations, totals.

pub mod boundaries;
pub mod check;
mod columns;
pub mod proofs;
pub mod refusal;
pub mod steps;
pub mod write;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::quantity::Exact;

/// The columns of a record, in their order.
pub const COLUMNS: [&str; 11] = [
    "license_id",
    "account",
    "sku",
    "name",
    "quantity",
    "unit",
    "start",
    "end",
    "credits",
    "status",
    "rule",
];

/// A converted or excluded line: a text a column, `None` where it is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The texts, in the order of [`COLUMNS`].
    pub texts: [Option<String>; COLUMNS.len()],
}

/// Counts and the sum of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Records with credits.
    pub converted: u64,
    /// Records that convert to nothing.
    pub excluded: u64,
    /// Records that cannot be converted.
    pub refused: u64,
    /// The sum of all credits.
    pub credits: Exact,
}

impl Default for Totals {
    fn default() -> Self {
        Self { converted: 0, excluded: 0, refused: 0, credits: Exact::zero() }
    }
}

impl Totals {
    /// `lines 3 = converted 2 + excluded 0 + refused 1; credits 12.5`
    pub fn text(&self) -> String {
        format!(
            "lines {} = converted {} + excluded {} + refused {}; credits {}",
            self.converted + self.excluded + self.refused,
            self.converted,
            self.excluded,
            self.refused,
            self.credits,
        )
    }
}

/// Credits added up by some columns.
#[derive(Debug, Default)]
pub struct Groups {
    sums: BTreeMap<Vec<Option<String>>, Exact>,
}

impl Groups {
    /// Adds the credits of a line to those of its key.
    pub fn add(&mut self, key: Vec<Option<String>>, credits: Decimal) {
        let sum = self.sums.entry(key).or_insert_with(Exact::zero);
        *sum = &*sum + &Exact::from(credits);
    }

    /// Keys with their sums, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Vec<Option<String>>, &Exact)> {
        self.sums.iter()
    }
}
