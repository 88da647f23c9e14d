//! The most units of a product that fit.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::Holding;
use super::plan::limits_to_keep;
use super::solve::frame::Frame;
use super::solve::model::Model;
use super::solve::number::Number;
use super::solve::price::{Prices, Unpriced};
use super::solve::search::{Found, Stay, known};
use super::task::{Asked, Task};
use crate::plan::TargetId;
use crate::quantity::Exact;

/// How many units of a product fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Most {
    /// So many base units, with the allocation.
    Units {
        /// Of the product.
        units: Exact,
        /// Whether no more can be had.
        proved: bool,
        /// All of them.
        all: BTreeMap<TargetId, Exact>,
    },
    /// As many as are looked at: no limit stands in the way.
    Unlimited,
    /// No allocation keeps the limits.
    Impossible,
    /// Whether one does was not found within the work limit.
    NotDecided,
}

/// The most units of a product that fit: with nothing given up, and at all.
pub fn most(
    prices: &Prices<'_>,
    holding: &Holding,
    product: TargetId,
    allow_warnings: bool,
) -> Result<(Most, Most), (TargetId, Unpriced)> {
    prices.reach(holding.units.iter().map(|(id, units)| (*id, units)))?;
    let limits = limits_to_keep(prices, holding, allow_warnings);
    let frame = Frame::<BigInt>::new(prices, holding, &limits, &BTreeMap::new())?;
    Ok(match frame.short() {
        Some(frame) => Task::new(prices, holding, &[], frame, limits).both(product),
        None => Task::new(prices, holding, &[], frame, limits).both(product),
    })
}

impl<N: Number> Task<'_, N> {
    fn both(mut self, product: TargetId) -> (Most, Most) {
        let Some(place) = self.frame.place(product) else {
            return (Most::Impossible, Most::Impossible);
        };
        (self.most(place, true), self.most(place, false))
    }

    /// The most units of a product; with the flag, no product gets fewer than today.
    fn most(&mut self, place: usize, keep: bool) -> Most {
        let asked = Asked::new(self.limits.clone(), BTreeMap::new());
        let change = |model: &mut Model<N>, least: Option<&N>| {
            for (at, product) in model.products.iter_mut().enumerate() {
                if keep {
                    product.range.0 = product.range.0.clone().max(product.current.clone());
                }
                if let Some(least) = least.filter(|_| at == place) {
                    product.range.0 = product.range.0.clone().max(least.clone());
                    product.wanted = product.range.0.clone();
                }
            }
        };
        let mut model = self.model(&asked);
        change(&mut model, None);
        let end = model.products.get(place).map_or_else(N::zero, |own| own.range.1.clone());
        let mut work = self.work();
        let Some(known) = known(&model, &Stay::none(), &mut work) else { return Most::Impossible };
        self.spent(&work);
        let mut above = known.units.get(place).map_or_else(N::zero, |(_, high)| high.clone());
        let units_of = |units: &[N]| units.get(place).cloned().unwrap_or_else(N::zero);
        let mut best = match self.ask_of(&asked, &Stay::none(), |model| change(model, None)) {
            Found::Units(units) => units,
            Found::Nothing => return Most::Impossible,
            Found::Open => return Most::NotDecided,
        };
        let mut proved = true;
        let two = N::one() + N::one();
        // From what is known upwards, by twice as much each time until it is too much: what is far
        // off says little. Then in the middle.
        let mut step = Some(N::one());
        while above > units_of(&best) {
            let least = match &step {
                Some(step) => (units_of(&best) + step.clone()).min(above.clone()),
                None => (above.clone() + units_of(&best) + N::one()).div_floor(&two),
            };
            match self.ask_of(&asked, &Stay::none(), |model| change(model, Some(&least))) {
                Found::Units(units) => {
                    best = units;
                    step = step.map(|step| step * two.clone());
                }
                found => {
                    proved &= found == Found::Nothing;
                    above = least - N::one();
                    step = None;
                }
            }
        }
        if units_of(&best) >= end && end.is_positive() {
            return Most::Unlimited;
        }
        Most::Units {
            units: self.frame.units(place, &units_of(&best)),
            proved,
            all: self.units(&best),
        }
    }
}
