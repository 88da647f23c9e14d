//! Allocations of one account: what they cost, which credits cover them, and whether they keep to
//! the limits.

pub mod balance;
mod best;
pub mod conflict;
mod cover;
pub mod credits;
pub mod lots;
pub mod most;
pub mod plan;
pub mod possible;
pub mod retain;
pub mod solve;
pub mod split;
mod task;
pub mod verify;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::plan::TargetId;
use crate::quantity::Exact;
pub use credits::{Credits, Refused, credits};
pub use lots::{Lot, State};
pub use split::{Split, split};
pub use task::{Ask, Wish};
pub use verify::{LimitLine, Verified, verify};

/// What an account holds and allocates on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The account.
    pub account: String,
    /// The day.
    pub day: Date,
    /// Credits of its licenses, in the order of the input.
    pub lots: Vec<Lot>,
    /// Allocated base units of products.
    pub units: BTreeMap<TargetId, Exact>,
}

/// Total valid credits on the day of a holding.
pub fn valid(holding: &Holding) -> Exact {
    valid_on(&holding.lots, holding.day)
}

/// Total valid credits on a day.
pub fn valid_on(lots: &[Lot], day: Date) -> Exact {
    let counted = lots.iter().filter(|lot| lot.counts(day));
    counted.fold(Exact::zero(), |sum, lot| &sum + &lot.credits)
}
