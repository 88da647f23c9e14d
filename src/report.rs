//! What a person or a system receives: records, refusals in words, explanations, totals.

pub mod approval;
pub mod balance;
pub mod boundaries;
pub mod check;
#[cfg(feature = "parquet")]
pub mod columnar;
mod columns;
pub mod compare;
pub mod encode;
pub mod explain;
pub mod groups;
pub mod holding;
pub mod impact;
pub mod inverse;
mod lines;
pub mod most;
pub mod planning;
pub mod proofs;
pub mod refusal;
pub mod retention;
pub mod sheet;
pub mod steps;
pub mod table;
pub mod totals;
pub mod verification;

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
