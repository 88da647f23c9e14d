//! The nearest allocation that meets wishes.
//!
//! Its goals, each before the next: the first wish is missed by the fewest units, then the second,
//! and so on; the fewest other products change; their units change by the fewest credits, by their
//! own rates; of several such allocations, the one in which the first product of the file stays as it
//! is, then the second, and so on; and the one in which the first of those that change has fewer units
//! rather than more, and of these the nearest to today, then the second, and so on; a product that is
//! wished for in vain is taken as one that changes, from what is wished for. So there is one answer.

use num_bigint::BigInt;

use super::conflict::{Conflict, conflict, relaxations};
use super::solve::frame::Frame;
use super::solve::number::Number;
use super::solve::price::{Prices, Unpriced};
use super::solve::search::{Found, Stay};
use super::task::{Asked, Miss, Task};
use super::{Holding, Wish, verify};
use crate::plan::TargetId;
use crate::quantity::Exact;
use std::collections::BTreeMap;

/// What became of wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// An allocation.
    Found(Box<Nearest>),
    /// No allocation keeps the limits, whatever is wished for.
    Impossible(Conflict),
    /// Whether one does was not found within the work limit.
    NotDecided,
}

/// The nearest allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Base units of each product that has any.
    pub units: BTreeMap<TargetId, Exact>,
    /// What each wish gets.
    pub wishes: Vec<Given>,
    /// Products that change though none is wished for them, and how many surely must.
    pub changed: (usize, usize),
    /// Credits that these move, and how many they surely must.
    pub moved: (Exact, Exact),
    /// Whether it is proved to be the first of its equals.
    pub first: bool,
}

/// What a wish gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Base units.
    pub units: Exact,
    /// Whether none nearer to the wish can be had, those before it met as far as they are.
    pub proved: bool,
    /// Why it gets no more.
    pub conflict: Option<Conflict>,
}

/// A limit that a plan keeps: one that refuses, or one that warns and is kept today.
pub fn limits_to_keep(prices: &Prices<'_>, holding: &Holding, allow_warnings: bool) -> Vec<usize> {
    let plan = prices.plan();
    let today = verify(plan, holding);
    let limits = plan.limits.iter().enumerate().filter(|(_, own)| own.is_in_force(holding.day));
    let kept = |at: usize| {
        let today = today.as_ref().ok();
        today.is_some_and(|own| own.lines.iter().any(|line| line.limit == at && line.kept))
    };
    let asked = limits.filter(|(at, own)| !own.warn || (!allow_warnings && kept(*at)));
    asked.map(|(at, _)| at).collect()
}

/// Plans for one account; an error names a product that cannot be looked through.
pub fn plan(
    prices: &Prices<'_>,
    holding: &Holding,
    wishes: &[Wish],
    allow_warnings: bool,
) -> Result<Planned, (TargetId, Unpriced)> {
    let wanted = wishes.iter().map(|wish| (wish.product, &wish.units));
    prices.reach(holding.units.iter().map(|(id, units)| (*id, units)).chain(wanted))?;
    let limits = limits_to_keep(prices, holding, allow_warnings);
    let mut wished: BTreeMap<TargetId, Vec<Exact>> = BTreeMap::new();
    for wish in wishes {
        wished.entry(wish.product).or_default().push(wish.units.clone());
    }
    let frame = Frame::<BigInt>::new(prices, holding, &limits, &wished)?;
    Ok(match frame.short() {
        Some(frame) => Task::new(prices, holding, wishes, frame, limits).plan(),
        None => Task::new(prices, holding, wishes, frame, limits).plan(),
    })
}

impl<N: Number> Task<'_, N> {
    fn plan(mut self) -> Planned {
        let limits = self.limits.clone();
        let all = (0..self.wishes.len()).map(|at| (at, Miss::Not)).collect();
        let mut asked = Asked::new(limits, all);
        let free = Stay::none();
        let mut given: Vec<(bool, Option<Conflict>)> = Vec::new();
        let known = match self.ask(&asked, &free) {
            Found::Units(units) => {
                given.resize(self.wishes.len(), (true, None));
                units
            }
            Found::Nothing if self.wishes.is_empty() => {
                return Planned::Impossible(conflict(&mut self, &asked, None));
            }
            _ => {
                asked.wishes.clear();
                let mut known = match self.ask(&asked, &free) {
                    Found::Nothing => {
                        return Planned::Impossible(conflict(&mut self, &asked, None));
                    }
                    Found::Open => return Planned::NotDecided,
                    Found::Units(units) => units,
                };
                for at in 0..self.wishes.len() {
                    given.push(self.meet(at, &mut asked, &mut known));
                }
                known
            }
        };
        self.on_either_side(&asked, &given, &known)
    }

    /// The nearest allocation that meets all wishes, given one that does, on its side of the valid
    /// credits.
    pub(super) fn nearest_to(self, known: &[N]) -> Nearest {
        let all = (0..self.wishes.len()).map(|at| (at, Miss::Not)).collect();
        let asked = Asked::new(self.limits.clone(), all);
        let given = vec![(true, None); self.wishes.len()];
        let side = match self.sides(&asked).as_slice() {
            [side] => *side,
            _ => self.side_of(known),
        };
        self.nearest(&Asked { side, ..asked }, &given, known)
    }

    /// The nearest of the allocations on either side of the valid credits, given one on any.
    fn on_either_side(
        self,
        asked: &Asked<N>,
        given: &[(bool, Option<Conflict>)],
        known: &[N],
    ) -> Planned {
        let sides = self.sides(asked);
        if let [side] = sides.as_slice() {
            let asked = Asked { side: *side, ..asked.clone() };
            return Planned::Found(Box::new(self.nearest(&asked, given, known)));
        }
        let mut best: Option<Planned> = None;
        for side in sides {
            let asked = Asked { side, ..asked.clone() };
            let mut task = self.clone();
            let own = match task.ask(&asked, &Stay::none()) {
                Found::Nothing => continue,
                Found::Open => Planned::NotDecided,
                Found::Units(units) => {
                    Planned::Found(Box::new(task.nearest(&asked, given, &units)))
                }
            };
            best = Some(match best {
                Some(best) => self.nearer(best, own),
                None => own,
            });
        }
        best.unwrap_or(Planned::NotDecided)
    }

    /// The nearer of two, neither of which is known to be out of reach.
    fn nearer(&self, one: Planned, other: Planned) -> Planned {
        let (mut best, rest) = match (one, other) {
            (Planned::Found(one), Planned::Found(other)) => {
                if self.rank(&one) <= self.rank(&other) {
                    (one, Some(other))
                } else {
                    (other, Some(one))
                }
            }
            (Planned::Found(own), _) | (_, Planned::Found(own)) => (own, None),
            (one, _) => return one,
        };
        // What is proved of the nearer one is proved of the other, too.
        if rest.as_ref().is_none_or(|rest| rest.changed.1 <= best.changed.0) {
            let as_many = rest.as_ref().filter(|rest| rest.changed.0 == best.changed.0);
            let moved = as_many.map_or_else(Exact::zero, |rest| rest.moved.1.clone());
            best.changed.1 = best.changed.1.min(rest.as_ref().map_or(0, |rest| rest.changed.1));
            best.moved.1 = best.moved.1.min(moved);
            best.first &= rest.is_some_and(|rest| rest.first);
        }
        Planned::Found(best)
    }

    /// The goals behind the wishes, the smaller the better.
    fn rank(&self, own: &Nearest) -> impl Ord + use<N> {
        let units = |all: &BTreeMap<TargetId, Exact>, id: &TargetId| {
            all.get(id).cloned().unwrap_or_else(Exact::zero)
        };
        let order = self.frame.ids.iter().map(|id| {
            let wish = self.wishes.iter().find(|wish| wish.product == *id);
            let (today, then) = (units(&self.holding.units, id), units(&own.units, id));
            let near = wish.map_or(&today, |wish| &wish.units);
            let distance = (&then - near).max(near - &then);
            ((wish.is_none() && then != today), (then != *near, then > *near, distance))
        });
        let (changed, near): (Vec<bool>, Vec<(bool, bool, Exact)>) = order.unzip();
        (own.changed.0, own.moved.0.clone(), changed, near)
    }

    /// Meets a wish as far as can be; whether that is proved, and why not farther. What is known
    /// keeps all that was asked before, and then the wish, too.
    fn meet(
        &mut self,
        at: usize,
        asked: &mut Asked<N>,
        known: &mut Vec<N>,
    ) -> (bool, Option<Conflict>) {
        let free = Stay::none();
        asked.wishes.insert(at, Miss::Not);
        let exact = self.ask(asked, &free);
        if let Found::Units(units) = exact {
            *known = units;
            return (true, None);
        }
        let whole = asked.clone();
        let Some((place, wanted)) = self.wish(at) else { return (false, None) };
        let missed = |units: &[N]| {
            let own = units.get(place).cloned().unwrap_or_else(N::zero);
            (own - wanted.clone()).abs()
        };
        let (mut below, mut best) = (N::zero(), missed(known));
        let mut proved = exact == Found::Nothing;
        let two = N::one() + N::one();
        while best.clone() - below.clone() > N::one() {
            let middle = (best.clone() + below.clone()).div_floor(&two);
            asked.wishes.insert(at, Miss::By(middle.clone()));
            match self.ask(asked, &free) {
                Found::Units(units) => {
                    best = missed(&units);
                    *known = units;
                }
                Found::Nothing => below = middle,
                Found::Open => {
                    proved = false;
                    below = middle;
                }
            }
        }
        asked.wishes.insert(at, Miss::By(best));
        let conflict = proved.then(|| {
            let mut own = conflict(self, &whole, Some(at));
            own.relaxations = relaxations(self, &whole, &own);
            own
        });
        (proved, conflict)
    }

    /// The allocation with the fewest and smallest changes. One that keeps all is known.
    fn nearest(
        mut self,
        asked: &Asked<N>,
        given: &[(bool, Option<Conflict>)],
        known: &[N],
    ) -> Nearest {
        let best = loop {
            let best = self.best(asked, known);
            if !self.is_to_be_covered(asked, &best.units) {
                break best;
            }
        };
        let wishes = given.iter().enumerate().map(|(at, (proved, conflict))| {
            let place = self.wish(at).map(|(place, _)| place);
            let steps = place.and_then(|at| best.units.get(at)).cloned();
            Given {
                units: self.frame.units(place.unwrap_or(0), &steps.unwrap_or_else(N::zero)),
                proved: *proved,
                conflict: conflict.clone(),
            }
        });
        Nearest {
            units: self.units(&best.units),
            wishes: wishes.collect(),
            changed: best.changed,
            moved: (self.frame.credits(&best.moved.0), self.frame.credits(&best.moved.1)),
            first: best.first,
        }
    }
}
