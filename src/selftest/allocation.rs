//! What an example allocates: its given lines are the licenses.

use crate::allocate::{Holding, Lot, Refused, Verified, verify};
use crate::evaluate::Outcome;
use crate::hir::{Example, Expect};
use crate::period::BEGINNING;
use crate::plan::{ACCOUNT, Plan, Value};
use crate::quantity::Exact;
use crate::source::Place;

use super::Line;

/// Whether an example speaks of an allocation.
pub(super) fn is_spoken_of(example: &Example) -> bool {
    let spoken = |expect: &Expect| matches!(expect, Expect::Balance(_) | Expect::Breach(_));
    !example.allocate.is_empty() || example.expect.iter().any(|(expect, _)| spoken(expect))
}

/// The allocation, held against the limits of the day.
pub(super) fn verified(
    plan: &Plan,
    example: &Example,
    lines: &[Line],
) -> Result<Verified, Vec<Refused>> {
    let lots = example.given.iter().zip(lines).filter_map(|(given, line)| {
        let Ok(Outcome::Converted { rule, credits, .. }) = line.outcome else { return None };
        let days = (example.on, given.until);
        Some(Lot::new(plan, (String::new(), 1), (rule, Exact::from(credits)), days))
    });
    let mut facts = example.given.iter().flat_map(|given| &given.facts);
    let account = facts.find_map(|(input, value)| match value {
        Value::Text(account) if *input == ACCOUNT => Some(account.clone()),
        _ => None,
    });
    let mut holding = Holding {
        account: account.unwrap_or_default(),
        // Without a day nothing is dated.
        day: example.on.unwrap_or(BEGINNING),
        lots: lots.collect(),
        units: std::collections::BTreeMap::new(),
    };
    for allocated in &example.allocate {
        let units = holding.units.entry(allocated.product).or_insert_with(Exact::zero);
        *units = &*units + &allocated.units;
    }
    verify(plan, &holding)
}

/// The limits that it breaches and the rates that it charges products together by.
pub(super) fn touched(plan: &Plan, example: &Example, verified: &Verified) -> Vec<Place> {
    let limits = verified.breaches().filter_map(|line| plan.limits.get(line.limit));
    let limits = limits.filter(|limit| !limit.by_default).map(|limit| limit.origin.place);
    let together = verified.credits.costs.together.iter().filter_map(|charged| {
        let rate = &plan.togethers.get(charged.together)?.rate;
        rate.on_or_always(example.on).map(|(origin, _)| origin.place)
    });
    limits.chain(together).collect()
}
