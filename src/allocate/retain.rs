//! The allocation that licenses stand for, and what their ends leave uncovered.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Lot, split, valid_on};
use crate::period::next_day;
use crate::plan::TargetId;
use crate::quantity::Exact;

/// Base units of products that a license line stands for.
pub type Entitled = Vec<(TargetId, Exact)>;

/// The units that the licenses of these lots stand for on a day, in the order of the lots.
pub fn retained(lots: &[Lot], entitled: &[Entitled], day: Date) -> BTreeMap<TargetId, Exact> {
    let mut units: BTreeMap<TargetId, Exact> = BTreeMap::new();
    let counted = lots.iter().zip(entitled).filter(|(lot, _)| lot.counts(day));
    for (product, own) in counted.flat_map(|(_, entitled)| entitled) {
        let sum = units.entry(*product).or_insert_with(Exact::zero);
        *sum = &*sum + own;
    }
    units
}

/// A day behind which credits are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The last day on which they count.
    pub last: Date,
    /// The lots that end, by their positions.
    pub lots: Vec<usize>,
    /// Their credits.
    pub credits: Exact,
    /// What is valid on the day after.
    pub valid: Exact,
    /// Credits of products that nothing covers on the day after, in file order.
    pub uncovered: Vec<(TargetId, Exact)>,
}

/// Every end of credits from a day on, and what it leaves uncovered of credits that products cost.
pub fn expiries(lots: &[Lot], day: Date, needs: &BTreeMap<TargetId, Exact>) -> Vec<Expiry> {
    let ends = lots.iter().filter_map(|lot| lot.until).filter(|until| *until >= day);
    let ends: BTreeSet<Date> = ends.collect();
    let expiry = |last: Date| {
        let after = next_day(last)?;
        let ended = lots.iter().enumerate().filter(|(_, lot)| lot.until == Some(last));
        let credits = ended.clone().fold(Exact::zero(), |sum, (_, lot)| &sum + &lot.credits);
        Some(Expiry {
            last,
            lots: ended.map(|(at, _)| at).collect(),
            credits,
            valid: valid_on(lots, after),
            uncovered: split(lots, after, needs).uncovered,
        })
    };
    ends.into_iter().filter_map(expiry).collect()
}
