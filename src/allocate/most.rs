//! The most units of a product that fit.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::plan::{Nearest, limits_to_keep};
use super::solve::frame::Frame;
use super::solve::model::Model;
use super::solve::number::Number;
use super::solve::price::{Prices, Unpriced};
use super::solve::search::{Found, Stay, known};
use super::task::{Asked, Task};
use super::{Holding, Wish};
use crate::plan::TargetId;
use crate::quantity::Exact;

/// How many units of a product fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Most {
    /// So many base units.
    Units {
        /// Of the product.
        units: Exact,
        /// Whether no more can be had.
        proved: bool,
    },
    /// As many as are looked at: no limit stands in the way.
    Unlimited,
    /// No allocation keeps the limits.
    Impossible,
    /// Whether one does was not found within the work limit.
    NotDecided,
}

/// How many units of a product fit, and what they take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fits {
    /// With nothing given up.
    pub keeping: Most,
    /// At all.
    pub at_all: Most,
    /// The nearest allocation with as many as fit at all, as far as little work tells.
    pub nearest: Option<Nearest>,
}

/// The most units of a product that fit.
pub fn most(
    prices: &Prices<'_>,
    holding: &Holding,
    product: TargetId,
    allow_warnings: bool,
) -> Result<Fits, (TargetId, Unpriced)> {
    prices.reach(holding.units.iter().map(|(id, units)| (*id, units)))?;
    let limits = limits_to_keep(prices, holding, allow_warnings);
    let frame = Frame::<BigInt>::new(prices, holding, &limits, &BTreeMap::new())?;
    Ok(match frame.short() {
        Some(frame) => Task::new(prices, holding, &[], frame, limits).fits(product),
        None => Task::new(prices, holding, &[], frame, limits).fits(product),
    })
}

impl<N: Number> Task<'_, N> {
    fn fits(mut self, product: TargetId) -> Fits {
        let Some(place) = self.frame.place(product) else {
            return Fits { keeping: Most::Impossible, at_all: Most::Impossible, nearest: None };
        };
        let (keeping, _) = self.most(place, true);
        let (at_all, known) = self.most(place, false);
        let nearest = match &at_all {
            Most::Units { units, .. } => {
                let wishes = [Wish { product, units: units.clone() }];
                known.map(|known| self.wishing(&wishes).nearest_to(&known))
            }
            _ => None,
        };
        Fits { keeping, at_all, nearest }
    }

    /// The most units of a product, with an allocation that has them; with the flag, no product gets
    /// fewer than today.
    fn most(&mut self, place: usize, keep: bool) -> (Most, Option<Vec<N>>) {
        let asked = Asked::new(self.limits.clone(), BTreeMap::new());
        // All of the product and as little as may be of the others is tried first: where the credits
        // of all bind, that is the most at once.
        let change = |model: &mut Model<N>, least: &N| {
            for (at, product) in model.products.iter_mut().enumerate() {
                let (low, high) = &mut product.range;
                if keep {
                    *low = low.clone().max(product.current.clone());
                }
                if at == place {
                    *low = low.clone().max(least.clone());
                }
                product.wanted = if at == place { high.clone() } else { low.clone() };
            }
        };
        let zero = N::zero();
        let mut model = self.model(&asked);
        change(&mut model, &zero);
        let end = model.products.get(place).map_or_else(N::zero, |own| own.range.1.clone());
        let mut work = self.work();
        let Some(known) = known(&model, &Stay::none(), &mut work) else {
            return (Most::Impossible, None);
        };
        self.spent(&work);
        let mut above = known.units.get(place).map_or_else(N::zero, |(_, high)| high.clone());
        let units_of = |units: &[N]| units.get(place).cloned().unwrap_or_else(N::zero);
        let mut best = match self.ask_of(&asked, &Stay::none(), |model| change(model, &zero)) {
            Found::Units(units) => units,
            Found::Nothing => return (Most::Impossible, None),
            Found::Open => return (Most::NotDecided, None),
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
            match self.ask_of(&asked, &Stay::none(), |model| change(model, &least)) {
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
            return (Most::Unlimited, None);
        }
        let units = self.frame.units(place, &units_of(&best));
        (Most::Units { units, proved }, Some(best))
    }
}
