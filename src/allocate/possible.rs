//! Whether some allocation keeps limits, and breaks another: found by the solver, confirmed by the
//! checker.

use std::collections::BTreeMap;

use jiff::civil::Date;
use num_bigint::BigInt;

use super::solve::Work;
use super::solve::frame::Frame;
use super::solve::number::Number;
use super::solve::price::Prices;
use super::solve::search::{Found, Stay, find};
use super::{Holding, Lot, credits, verify};
use crate::plan::{LimitMeasure, Plan, TargetId};
use crate::quantity::Exact;

/// Steps for one question.
const QUESTION: u64 = 300_000;
/// What a product costs is found in about so many steps.
const PRICE: usize = 200;
/// Powers of ten of the valid credits that are tried, where limits speak of them.
const POOLS: [u32; 4] = [0, 3, 6, 9];

/// An allocation on a day that keeps these limits of a plan, and breaks that one, where one is found.
pub fn found(
    plan: &Plan,
    day: Date,
    kept: &[usize],
    broken: Option<usize>,
    work: &mut Work,
) -> Option<Holding> {
    let asked: Vec<usize> = kept.iter().copied().chain(broken).collect();
    let bodies = asked.iter().filter_map(|at| plan.limits.get(*at)).map(|limit| &limit.body);
    let speaks = |measure| measure == LimitMeasure::Valid;
    let valid = bodies.into_iter().any(|body| body.measures().any(speaks));
    let prices = Prices::new(plan, day);
    let pools = POOLS.iter().take(if valid { POOLS.len() } else { 1 });
    pools.into_iter().find_map(|pool| {
        let holding = holding(day, &Exact::power_of_ten(*pool));
        if work.spend(plan.rules.len() * PRICE).is_err() {
            return None;
        }
        let frame = Frame::<BigInt>::new(&prices, &holding, &asked, &BTreeMap::new()).ok()?;
        let question = Question { plan, holding, kept, broken };
        match frame.short() {
            Some(frame) => question.found(&frame, work),
            None => question.found(&frame, work),
        }
    })
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
            Some(limit) => frame.of(limit).flat_map(|own| model.breaking(own)).collect(),
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
