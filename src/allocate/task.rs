//! Questions about one account, each asked of the solver: whether some allocation keeps limits and
//! wishes.

use std::collections::BTreeMap;

use super::cover::{Cut, Side};
use super::solve::Work;
use super::solve::frame::Frame;
use super::solve::model::Model;
use super::solve::number::Number;
use super::solve::price::Prices;
use super::solve::search::{Found, Stay, find};
use super::{Holding, credits, verify};
use crate::plan::TargetId;
use crate::quantity::Exact;

/// Units of a product that are wished for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The product.
    pub product: TargetId,
    /// How many base units in all.
    pub units: Exact,
}

/// Something that an allocation is to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// A limit of the plan, by number.
    Limit(usize),
    /// A wish, by number.
    Wish(usize),
}

/// How far a wish may be missed, in steps of units.
#[derive(Debug, Clone)]
pub(super) enum Miss<N> {
    /// Not at all.
    Not,
    /// By so many.
    By(N),
    /// By any.
    Any,
}

/// Steps for one answer.
const ANSWER: u64 = 2_000_000;
/// Steps for one answer on the way to what would have to give way.
const RELAXED: u64 = 100_000;
/// Steps for one account.
const ACCOUNT: u64 = 20_000_000;

/// One account with its limits and wishes.
#[derive(Clone)]
pub(super) struct Task<'a, N> {
    pub prices: &'a Prices<'a>,
    pub holding: &'a Holding,
    pub wishes: &'a [Wish],
    pub frame: Frame<N>,
    /// The limits that are asked for.
    pub limits: Vec<usize>,
    /// What is known of credits that are only for some products.
    pub cuts: Vec<Cut>,
    /// Steps that are left for the account.
    left: u64,
    /// Steps for one answer.
    answer: u64,
}

/// What an allocation is to keep.
#[derive(Debug, Clone)]
pub(super) struct Asked<N> {
    pub limits: Vec<usize>,
    /// A wish may be missed so far; one that is not here, by any.
    pub wishes: BTreeMap<usize, Miss<N>>,
    /// On which side of the valid credits it is; without one, on any.
    pub side: Option<Side>,
    /// Credits for any product that are taken as valid, too.
    pub bought: Exact,
}

impl<N> Asked<N> {
    /// Limits and wishes, by no more than the credits of today.
    pub(super) fn new(limits: Vec<usize>, wishes: BTreeMap<usize, Miss<N>>) -> Self {
        Self { limits, wishes, side: None, bought: Exact::zero() }
    }
}

impl<'a, N: Number> Task<'a, N> {
    pub(super) fn new(
        prices: &'a Prices<'a>,
        holding: &'a Holding,
        wishes: &'a [Wish],
        frame: Frame<N>,
        limits: Vec<usize>,
    ) -> Self {
        Self {
            prices,
            holding,
            wishes,
            frame,
            limits,
            cuts: Vec::new(),
            left: ACCOUNT,
            answer: ANSWER,
        }
    }

    /// The same with other wishes, and little work left.
    pub(super) fn wishing<'w>(&'w self, wishes: &'w [Wish]) -> Task<'w, N> {
        let Self { prices, holding, .. } = *self;
        let mut own = Task::new(prices, holding, wishes, self.frame.clone(), self.limits.clone());
        own.cuts.clone_from(&self.cuts);
        own.left = RELAXED;
        own
    }

    /// Steps for the next answer.
    pub(super) fn work(&self) -> Work {
        Work::new(self.answer.min(self.left))
    }

    /// Looks at what is asked with less work for each answer.
    pub(super) fn briefly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        self.answer = RELAXED;
        let found = look(self);
        self.answer = ANSWER;
        found
    }

    pub(super) fn spent(&mut self, work: &Work) {
        let own = self.answer.min(self.left);
        self.left = self.left.saturating_sub(own.saturating_sub(work.left())).max(1);
    }

    /// The product of a wish, and the units that it is for.
    pub(super) fn wish(&self, at: usize) -> Option<(usize, N)> {
        let wish = self.wishes.get(at)?;
        let place = self.frame.place(wish.product)?;
        Some((place, self.frame.steps(place, &wish.units)?))
    }

    /// Whether a product is wished for.
    pub(super) fn is_wished(&self, place: usize) -> bool {
        let id = self.frame.ids.get(place);
        self.wishes.iter().any(|wish| Some(&wish.product) == id)
    }

    pub(super) fn model(&self, asked: &Asked<N>) -> Model<N> {
        let mut model = self.frame.model(&|limit| asked.limits.contains(&limit));
        for at in 0..self.wishes.len() {
            let Some((place, units)) = self.wish(at) else { continue };
            let Some(product) = model.products.get_mut(place) else { continue };
            product.wanted = units.clone();
            match asked.wishes.get(&at).unwrap_or(&Miss::Any) {
                Miss::Any => {}
                Miss::Not => product.range = (units.clone(), units.min(product.range.1.clone())),
                Miss::By(miss) => {
                    let low = units.clone() - miss.clone();
                    let high = units + miss.clone();
                    product.range.0 = product.range.0.clone().max(low);
                    product.range.1 = product.range.1.clone().min(high);
                }
            }
        }
        self.cover(asked, &mut model);
        model
    }

    /// An allocation that keeps all that is asked.
    pub(super) fn ask(&mut self, asked: &Asked<N>, stay: &Stay) -> Found<N> {
        self.ask_of(asked, stay, |_| {})
    }

    /// The same of a model that is changed first.
    pub(super) fn ask_of(
        &mut self,
        asked: &Asked<N>,
        stay: &Stay,
        change: impl Fn(&mut Model<N>),
    ) -> Found<N> {
        let sides = asked.side.map_or_else(|| self.sides(asked), |side| vec![Some(side)]);
        let mut all = Found::Nothing;
        for side in sides {
            let found = self.ask_on(&Asked { side, ..asked.clone() }, stay, &change);
            match found {
                Found::Units(_) => return found,
                Found::Open => all = Found::Open,
                Found::Nothing => {}
            }
        }
        all
    }

    /// The same on one side. Credits that are only for some products are looked at behind each
    /// answer: where they do not cover it, the next one must be covered.
    fn ask_on(
        &mut self,
        asked: &Asked<N>,
        stay: &Stay,
        change: &impl Fn(&mut Model<N>),
    ) -> Found<N> {
        loop {
            let mut model = self.model(asked);
            change(&mut model);
            let mut work = self.work();
            let found = find(&model, stay, &|units| self.parts(units), &mut work);
            self.spent(&work);
            let Found::Units(units) = &found else { return found };
            if !self.is_to_be_covered(asked, units) {
                return found;
            }
        }
    }

    /// Credits of each product, in small units.
    pub(super) fn parts(&self, units: &[N]) -> Option<Vec<Exact>> {
        let Holding { account, day, .. } = self.holding;
        let own = credits(self.prices.plan(), account, *day, &self.units(units)).ok()?;
        let scale = Exact::big(self.frame.scale.clone());
        Some(self.frame.ids.iter().map(|id| &own.of(*id) * &scale).collect())
    }

    /// By how much an answer misses a limit.
    pub(super) fn missed(&self, limit: usize, units: &[N]) -> Option<Exact> {
        let holding = Holding { units: self.units(units), ..self.holding.clone() };
        let verified = verify(self.prices.plan(), &holding).ok()?;
        let line = verified.lines.into_iter().find(|line| line.limit == limit && !line.kept)?;
        line.apart
    }

    /// An answer as base units.
    pub(super) fn units(&self, steps: &[N]) -> BTreeMap<TargetId, Exact> {
        self.frame.base_units(steps)
    }
}
