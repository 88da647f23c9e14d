//! Credits that are only for some products: where those that are valid do not cover an answer, the
//! next one is asked to be covered.
//!
//! Of an allocation, what no lot covers must be what exceeds the valid credits. So either no more is
//! allocated than is valid, and all of it is covered; or as much at least, and all valid credits
//! are used. Each side is a question of its own, and a set of products that asks for too much of the
//! lots that it may use is a sum of either.

use super::solve::model::{Constraint, Model, Sum, Term};
use super::solve::number::Number;
use super::task::{Asked, Task};
use super::{Holding, Lot, credits, split, valid};
use crate::hir::BALANCE;
use crate::plan::TargetId;
use crate::quantity::Exact;

/// On which side of the valid credits an allocation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// No more is allocated: all of it is to be covered.
    Within,
    /// No less is allocated: all valid credits are to be used.
    Beyond,
}

/// Products that compete for lots which no one else needs, and the credits of those.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    of: Vec<TargetId>,
    lots: Exact,
}

impl<N: Number> Task<'_, N> {
    /// The sides on which an answer may be; `None` where all credits are for all products, or
    /// nobody asks what they cover.
    pub(super) fn sides(&self, asked: &Asked<N>) -> Vec<Option<Side>> {
        let restricted = self.holding.lots.iter().any(|lot| lot.only.is_some());
        let limits = &self.prices.plan().limits;
        let is_balance = |at: &usize| limits.get(*at).is_some_and(|own| own.name == BALANCE);
        let balance = asked.limits.iter().copied().find(is_balance).filter(|_| restricted);
        let Some(balance) = balance else { return vec![None] };
        if self.frame.is_within(balance, &valid(self.holding), &asked.bought) {
            return vec![Some(Side::Within)];
        }
        vec![Some(Side::Within), Some(Side::Beyond)]
    }

    /// The side of units that can be allocated.
    pub(super) fn side_of(&self, units: &[N]) -> Option<Side> {
        let Holding { account, day, .. } = self.holding;
        let own = credits(self.prices.plan(), account, *day, &self.units(units)).ok()?;
        Some(if own.total <= valid(self.holding) { Side::Within } else { Side::Beyond })
    }

    /// Adds what is known of the side that is asked for.
    pub(super) fn cover(&self, asked: &Asked<N>, model: &mut Model<N>) {
        let Some(side) = asked.side else { return };
        let valid = valid(self.holding);
        let whole = &valid + &asked.bought;
        match side {
            Side::Within => {
                model.total.1 = self.frame.small(&whole, false).min(model.total.1.clone());
            }
            Side::Beyond => model.total.0 = self.frame.small(&whole, true),
        }
        let cuts = self.cuts.iter().map(|cut| {
            let is_in = |id: &TargetId| cut.of.contains(id);
            let (within, factor, most) = match side {
                Side::Within => {
                    (true, N::one(), self.frame.small(&(&cut.lots + &asked.bought), false))
                }
                // The others use what is for them alone.
                Side::Beyond => (false, -N::one(), -self.frame.small(&(&valid - &cut.lots), true)),
            };
            let own = self.frame.ids.iter().enumerate().filter(|(_, id)| is_in(id) == within);
            let terms = own.map(|(at, _)| Term::credits(at, factor.clone())).collect();
            Constraint::Sum(Sum { terms, total: N::zero(), most, or_none: None })
        });
        model.constraints.extend(cuts);
    }

    /// Whether an answer is not covered; then others are asked to be.
    pub(super) fn is_to_be_covered(&mut self, asked: &Asked<N>, units: &[N]) -> bool {
        let Some(side) = asked.side else { return false };
        let (account, day) = (&self.holding.account, self.holding.day);
        let units = self.units(units);
        let Ok(own) = credits(self.prices.plan(), account, day, &units) else { return false };
        let mut lots = self.holding.lots.clone();
        lots.push(Lot::bought(&asked.bought));
        let split = split(&lots, day, &own.products);
        let whole = &valid(self.holding) + &asked.bought;
        let beyond = match side {
            Side::Within => Exact::zero(),
            Side::Beyond => &own.total - &whole,
        };
        let mut of: Vec<TargetId> = split.uncovered.iter().map(|(id, _)| *id).collect();
        if split.missing() <= beyond.max(Exact::zero()) {
            return false;
        }
        // All that competes for the lots that they may use.
        loop {
            let used =
                |at: &usize| lots.get(*at).is_some_and(|lot| of.iter().any(|id| lot.is_for(*id)));
            let others = split.shares.iter().filter(|(lot, id, _)| used(lot) && !of.contains(id));
            let others: Vec<TargetId> = others.map(|(_, id, _)| *id).collect();
            if others.is_empty() {
                break;
            }
            of.extend(others);
            of.sort_unstable();
            of.dedup();
        }
        let usable = self.holding.lots.iter().filter(|lot| lot.counts(day));
        let usable = usable.filter(|lot| of.iter().any(|id| lot.is_for(*id)));
        let lots = usable.fold(Exact::zero(), |sum, lot| &sum + &lot.credits);
        self.cuts.push(Cut { of, lots });
        true
    }
}
