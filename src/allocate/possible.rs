//! Whether some allocation keeps limits, and breaks another: found by the solver, confirmed by the
//! checker.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use num_bigint::BigInt;

use super::solve::Work;
use super::solve::frame::Frame;
use super::solve::model::Model;
use super::solve::number::Number;
use super::solve::price::Prices;
use super::solve::search::{Found, Stay, find, known};
use super::{Holding, Lot, credits, verify};
use crate::plan::{LimitBody, LimitMeasure, Plan, TargetId};
use crate::quantity::Exact;

/// Steps for one question.
const QUESTION: u64 = 300_000;
/// What a product costs is found in about so many steps.
const PRICE: usize = 200;
/// Powers of ten of the valid credits that are tried, where limits speak of them.
const POOLS: [u32; 4] = [0, 3, 6, 9];

/// Looks for allocations of a plan; what products cost is found once for each day.
#[derive(Debug)]
pub struct Looks<'a> {
    plan: &'a Plan,
    days: BTreeMap<Date, Prices<'a>>,
    /// Steps for all questions.
    work: Work,
}

impl<'a> Looks<'a> {
    /// In so many steps.
    pub fn new(plan: &'a Plan, work: Work) -> Self {
        Self { plan, days: BTreeMap::new(), work }
    }

    /// An allocation on a day that keeps these limits, and breaks that one, where one is found.
    pub fn found(&mut self, day: Date, kept: &[usize], broken: Option<usize>) -> Option<Holding> {
        let Self { plan, days, work } = self;
        let asked: Vec<usize> = kept.iter().copied().chain(broken).collect();
        let bodies = asked.iter().filter_map(|at| plan.limits.get(*at)).map(|limit| &limit.body);
        let speaks = |measure| measure == LimitMeasure::Valid;
        let valid = bodies.into_iter().any(|body| body.measures().any(speaks));
        let prices = match days.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                work.spend(plan.rules.len() * PRICE).ok()?;
                new.insert(Prices::new(plan, day))
            }
        };
        let pools = POOLS.iter().take(if valid { POOLS.len() } else { 1 });
        pools.into_iter().find_map(|pool| {
            let holding = holding(day, &Exact::power_of_ten(*pool));
            work.spend(plan.rules.len()).ok()?;
            let question = Question { plan, holding, kept, broken };
            let finer = question.finer().into_iter().collect();
            let frame = Frame::<BigInt>::new(prices, &question.holding, &asked, &finer).ok()?;
            match frame.short() {
                Some(frame) => question.found(&frame, work),
                None => question.found(&frame, work),
            }
        })
    }
}

/// An account without a name that allocates nothing yet.
fn holding(day: Date, credits: &Exact) -> Holding {
    let lot = Lot::bought(credits);
    Holding { account: String::new(), day, lots: vec![lot], units: BTreeMap::new() }
}

struct Question<'a> {
    plan: &'a Plan,
    holding: Holding,
    kept: &'a [usize],
    broken: Option<usize>,
}

impl Question<'_> {
    fn found<N: Number>(&self, frame: &Frame<N>, work: &mut Work) -> Option<Holding> {
        let model = frame.model(&|limit| self.kept.contains(&limit));
        let models = match self.broken {
            None => vec![model],
            Some(limit) => {
                let broken = frame.of(limit).flat_map(|own| model.breaking(own));
                broken.chain(self.off_steps(frame, &model, work)).collect()
            }
        };
        models.iter().find_map(|model| {
            let most = QUESTION.min(work.left());
            let mut own = Work::new(most);
            let found = find(model, &Stay::none(), &|steps| self.parts(frame, steps), &mut own);
            let spent = usize::try_from(most - own.left()).unwrap_or(usize::MAX);
            let left = work.spend(spent).is_ok();
            match found {
                Found::Units(steps) if left => self.confirmed(frame.base_units(&steps)),
                _ => None,
            }
        })
    }

    /// What the broken limit asks to come in steps.
    fn between_steps(&self) -> Option<(TargetId, &Exact)> {
        match &self.plan.limits.get(self.broken?)?.body {
            LimitBody::InSteps(id, step) => Some((*id, step)),
            _ => None,
        }
    }

    /// Half a step, where whole units are always in steps.
    fn finer(&self) -> Option<(TargetId, Vec<Exact>)> {
        let (id, step) = self.between_steps()?;
        let unit = self.plan.unit(self.plan.rule(id)?.unit)?;
        (*step <= unit.factor).then(|| (id, vec![step.clone() / Exact::from(2)]))
    }

    /// The model with units between two such steps: the first that it allows, and the next ones.
    fn off_steps<N: Number>(
        &self,
        frame: &Frame<N>,
        model: &Model<N>,
        work: &mut Work,
    ) -> Vec<Model<N>> {
        let Some((id, step)) = self.between_steps() else { return Vec::new() };
        let place = frame.place(id);
        let Some((place, step)) = place.and_then(|at| Some((at, frame.steps(at, step)?))) else {
            return Vec::new();
        };
        let known = known(model, &Stay::none(), work);
        let Some((low, high)) = known.and_then(|known| known.units.get(place).cloned()) else {
            return Vec::new();
        };
        let first = low.div_floor(&step);
        let between = [first.clone(), first + N::one()].into_iter().map(|number| {
            let (from, to) = (number.clone() * step.clone(), (number + N::one()) * step.clone());
            let mut own = model.clone();
            if let Some(product) = own.products.get_mut(place) {
                product.range = (low.clone().max(from + N::one()), high.clone().min(to - N::one()));
            }
            own
        });
        between.collect()
    }

    fn parts<N: Number>(&self, frame: &Frame<N>, steps: &[N]) -> Option<Vec<Exact>> {
        let units = frame.base_units(steps);
        let own = credits(self.plan, "", self.holding.day, &units).ok()?;
        let scale = Exact::big(frame.scale.clone());
        Some(frame.ids.iter().map(|id| &own.of(*id) * &scale).collect())
    }

    fn confirmed(&self, units: BTreeMap<TargetId, Exact>) -> Option<Holding> {
        let holding = Holding { units, ..self.holding.clone() };
        let verified = verify(self.plan, &holding).ok()?;
        let is = |limit: usize, kept: bool| {
            verified.lines.iter().any(|line| line.limit == limit && line.kept == kept)
        };
        let kept = self.kept.iter().all(|limit| is(*limit, true));
        (kept && self.broken.is_none_or(|at| is(at, false))).then_some(holding)
    }
}
