//! What an allocation costs.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::evaluate::Refusal;
use crate::evaluate::allocated::{Costs, allocated};
use crate::plan::{Plan, TargetId};
use crate::quantity::Exact;

/// What an allocation costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credits {
    /// Credits of each product: its own, and its shares of what is charged together.
    pub products: BTreeMap<TargetId, Exact>,
    /// How they come about.
    pub costs: Costs,
    /// Their sum.
    pub total: Exact,
}

/// A product of which units cannot be allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The product.
    pub product: TargetId,
    /// Why.
    pub refusal: Refusal,
}

/// What base units of products cost an account on a day: each product by the steps of a line with
/// its inputs at their defaults. Every product that is refused is told.
pub fn credits(
    plan: &Plan,
    account: &str,
    day: Date,
    units: &BTreeMap<TargetId, Exact>,
) -> Result<Credits, Vec<Refused>> {
    let some: BTreeMap<TargetId, &Exact> =
        units.iter().filter(|(_, units)| !units.is_zero()).map(|(id, own)| (*id, own)).collect();
    let costs = allocated(plan, account, day, &some).map_err(|refused| {
        let refused = refused.into_iter();
        refused.map(|(product, refusal)| Refused { product, refusal }).collect::<Vec<_>>()
    })?;
    let mut products = costs.own.clone();
    for (id, share) in costs.together.iter().flat_map(|together| &together.shares) {
        let own = products.entry(*id).or_insert_with(Exact::zero);
        *own = &*own + share;
    }
    let joint = costs.together.iter().map(|together| &together.credits);
    let total = costs.own.values().chain(joint).fold(Exact::zero(), |sum, own| &sum + own);
    Ok(Credits { products, costs, total })
}

impl Credits {
    /// What units cost that differ from these in one product alone; `None` where that is refused.
    pub fn with(
        &self,
        plan: &Plan,
        (account, day): (&str, Date),
        units: &BTreeMap<TargetId, Exact>,
        product: TargetId,
    ) -> Option<Self> {
        if !plan.togethers.is_empty() {
            return credits(plan, account, day, units).ok();
        }
        let alone = units.get(&product).map(|units| (product, units.clone()));
        let alone = credits(plan, account, day, &alone.into_iter().collect()).ok()?;
        let mut all = self.clone();
        all.total = &(&all.total - &self.of(product)) + &alone.total;
        for (own, alone) in
            [(&mut all.products, alone.products), (&mut all.costs.own, alone.costs.own)]
        {
            own.remove(&product);
            own.extend(alone);
        }
        Some(all)
    }

    /// Credits of a product.
    pub fn of(&self, product: TargetId) -> Exact {
        self.products.get(&product).cloned().unwrap_or_else(Exact::zero)
    }
}
