//! The allocation that a solution of inequalities stands for.

use std::collections::{BTreeMap, BTreeSet};

use super::encode::{Demand, Market, System};
use crate::hir::{LimitBody, LimitMeasure, Measured, TargetId};
use crate::quantity::Exact;

/// Units and credits of products, and the credits that are valid.
#[derive(Debug, Default)]
pub(super) struct Allocation {
    units: BTreeMap<TargetId, Exact>,
    credits: BTreeMap<TargetId, Exact>,
    /// Products whose units have no single price, and none was asked for.
    unpriced: BTreeSet<TargetId>,
    /// Credits of all other products.
    others: Option<Exact>,
    valid: Option<Exact>,
}

/// Why a solution of inequalities is not an allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vague;

impl Allocation {
    /// The allocation that a solution stands for; an error where the credits of its units are not
    /// known, or none can be it.
    pub(super) fn of(system: &System, market: &Market, point: &[Exact]) -> Result<Self, Vague> {
        let value = |variable: usize| point.get(variable).cloned().unwrap_or_else(Exact::zero);
        let mut allocation = Self { valid: system.valid.map(value), ..Self::default() };
        for (id, variable) in &system.units {
            allocation.units.insert(*id, value(*variable));
        }
        let units = allocation.units.clone();
        for (id, units) in &units {
            if units.is_zero() {
                continue;
            }
            let product = market.products.get(id).and_then(Option::as_ref).ok_or(Vague)?;
            let meant = system.credits.get(id).map(|variable| value(*variable));
            let priced = product.credits(units);
            let fits = |price: &&Option<Exact>| match (&meant, price) {
                (None, _) => true,
                (Some(meant), Some(price)) => meant == price,
                (Some(meant), None) => product.may_cost(meant),
            };
            // A solution between two steps of rounding is one at the price of its units.
            let price = priced.iter().find(fits).or(priced.first()).ok_or(Vague)?;
            let less = product.togethers.iter().any(|group| {
                group.iter().all(|id| allocation.units.get(id).is_some_and(|u| !u.is_zero()))
            });
            let Some(meant) = meant else {
                match (priced.as_slice(), less) {
                    ([Some(price)], false) => {
                        allocation.credits.insert(*id, price.clone());
                    }
                    _ => {
                        allocation.unpriced.insert(*id);
                    }
                }
                continue;
            };
            let credits = match price {
                Some(price) => price.clone(),
                None => product.rounding.round(&meant),
            };
            if less || (price.is_none() && !product.may_cost(&credits)) {
                return Err(Vague);
            }
            allocation.credits.insert(*id, credits);
        }
        if let (Some(variable), Some(pool)) = (system.pool, &market.pool) {
            let others = value(variable);
            let is_one = |step: &Exact| {
                let steps = others.clone() / step.clone();
                steps.floor() == steps
            };
            let is_price = pool.is_exact && pool.step.as_ref().is_some_and(is_one);
            if !(others.is_zero() || is_price) {
                return Err(Vague);
            }
            allocation.others = Some(others);
        }
        Ok(allocation)
    }

    /// Whether it surely does as demanded.
    pub(super) fn meets(&self, demand: &Demand<'_>) -> bool {
        self.is_priced(demand.body) && demand.body.on(self).kept == demand.keep
    }

    /// Whether all that a limit measures is known.
    fn is_priced(&self, limit: &LimitBody) -> bool {
        let LimitBody::Compare(left, _, right, _) = limit else { return true };
        left.iter().chain(right).all(|term| match term.measure {
            LimitMeasure::CreditsOf(id) => !self.unpriced.contains(&id),
            LimitMeasure::Allocated => self.unpriced.is_empty(),
            _ => true,
        })
    }
}

impl Measured for Allocation {
    fn units(&self, id: TargetId) -> Exact {
        self.units.get(&id).cloned().unwrap_or_else(Exact::zero)
    }

    fn credits_of(&self, id: TargetId) -> Exact {
        self.credits.get(&id).cloned().unwrap_or_else(Exact::zero)
    }

    fn allocated(&self) -> Exact {
        let products = self.credits.values().chain(&self.others);
        products.fold(Exact::zero(), |sum, credits| &sum + credits)
    }

    fn valid(&self) -> Exact {
        self.valid.clone().unwrap_or_else(Exact::zero)
    }
}
