//! Why a wish cannot be met: limits and wishes that clash, none of which could be missing, and what
//! would have to give way.

use num_bigint::BigInt;

use super::solve::model::{Constraint, Model};
use super::solve::number::Number;
use super::solve::price::MOST_UNITS;
use super::solve::search::{Found, Stay};
use super::task::{Ask, Asked, Miss, Task};
use crate::hir::BALANCE;
use crate::plan::{Comparison, LimitBody};
use crate::quantity::Exact;

/// Limits and wishes that no allocation keeps together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which: limits in file order, then wishes.
    pub members: Vec<Ask>,
    /// Whether some allocation keeps them without any one of them.
    pub minimal: bool,
    /// What would make it possible, each alone.
    pub relaxations: Vec<Relaxation>,
}

/// What alone would make a wish possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relaxation {
    /// What gives way.
    pub ask: Ask,
    /// How.
    pub how: How,
    /// Whether no less would do.
    pub least: bool,
}

/// How a limit or wish gives way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// A comparison is missed by so much: units or credits.
    By(Exact),
    /// A wish gets so many base units.
    Units(Exact),
    /// It does not hold.
    Without,
}

/// A set of limits and wishes that no allocation keeps, taken from one that none keeps. The wish is
/// in it.
pub(super) fn conflict<N: Number>(
    task: &mut Task<'_, N>,
    asked: &Asked<N>,
    wish: Option<usize>,
) -> Conflict {
    let limits = asked.limits.iter().map(|at| Ask::Limit(*at));
    let wishes = asked.wishes.iter().filter(|(_, miss)| !matches!(miss, Miss::Any));
    let wishes = wishes
        .map(|(at, _)| Ask::Wish(*at))
        .filter(|ask| *ask != Ask::Wish(wish.unwrap_or(usize::MAX)));
    let all: Vec<Ask> = limits.chain(wishes).collect();
    let mut minimal = true;
    let mut members: Vec<Ask> = all.clone();
    // Chunks that are still to be tried, the last one first.
    let mut chunks = vec![all];
    while let Some(chunk) = chunks.pop() {
        if chunk.is_empty() {
            continue;
        }
        let rest: Vec<Ask> = members.iter().copied().filter(|ask| !chunk.contains(ask)).collect();
        match task.ask(&only(asked, &rest, wish), &Stay::none()) {
            Found::Nothing => members = rest,
            found => {
                if let [_] = chunk.as_slice() {
                    minimal &= found != Found::Open;
                    continue;
                }
                let (first, second) = chunk.split_at(chunk.len() / 2);
                chunks.push(first.to_vec());
                chunks.push(second.to_vec());
            }
        }
    }
    members.extend(wish.map(Ask::Wish));
    members.sort_unstable();
    Conflict { members, minimal, relaxations: Vec::new() }
}

/// What is asked by these alone.
fn only<N: Number>(asked: &Asked<N>, members: &[Ask], wish: Option<usize>) -> Asked<N> {
    let keeps = |ask| members.contains(&ask);
    let limits = asked.limits.iter().copied().filter(|at| keeps(Ask::Limit(*at))).collect();
    let wishes = asked.wishes.iter().filter(|(at, _)| Some(**at) == wish || keeps(Ask::Wish(**at)));
    Asked::new(limits, wishes.map(|(at, miss)| (*at, miss.clone())).collect())
}

/// What would make all that is asked possible, for each member of a conflict that could alone.
pub(super) fn relaxations<N: Number>(
    task: &mut Task<'_, N>,
    asked: &Asked<N>,
    conflict: &Conflict,
) -> Vec<Relaxation> {
    let mut found = Vec::new();
    for ask in &conflict.members {
        let how = task.briefly(|task| match ask {
            Ask::Wish(at) => nearest_units(task, asked, *at),
            Ask::Limit(at) => relaxed(task, asked, *at),
        });
        found.extend(how.map(|(how, least)| Relaxation { ask: *ask, how, least }));
    }
    found
}

/// The units nearest to a wish with which all else can be kept, and whether none are nearer.
fn nearest_units<N: Number>(
    task: &mut Task<'_, N>,
    asked: &Asked<N>,
    at: usize,
) -> Option<(How, bool)> {
    let (place, wanted) = task.wish(at)?;
    let mut asked = asked.clone();
    asked.wishes.insert(at, Miss::Any);
    let units_of = |units: &[N]| units.get(place).cloned().unwrap_or_else(N::zero);
    let Found::Units(units) = task.ask(&asked, &Stay::none()) else { return None };
    let mut units = units_of(&units);
    let first = (units.clone() - wanted.clone()).abs();
    let (_, least) = smallest(first, |miss| {
        asked.wishes.insert(at, Miss::By(miss.clone()));
        let found = task.ask(&asked, &Stay::none());
        if let Found::Units(found) = &found {
            units = units_of(found);
        }
        found
    });
    Some((How::Units(task.frame.units(place, &units)), least))
}

/// How a limit must give way for all else to be kept, and whether no less would do.
fn relaxed<N: Number>(
    task: &mut Task<'_, N>,
    asked: &Asked<N>,
    limit: usize,
) -> Option<(How, bool)> {
    let mut without = asked.clone();
    without.limits.retain(|own| *own != limit);
    let Found::Units(_) = task.ask(&without, &Stay::none()) else { return None };
    let body = &task.prices.plan().limits.get(limit)?.body;
    let is_sum = match body {
        LimitBody::Compare(_, comparison, ..) => *comparison != Comparison::Exactly,
        LimitBody::UnitForUnit(..) => true,
        _ => false,
    };
    let asks = |own| asked.limits.contains(&own);
    let Some((at, scale)) = task.frame.sum_of(limit, &asks).filter(|_| is_sum) else {
        return Some((How::Without, true));
    };
    let Some(most) = most_of::<N>(&scale) else { return Some((How::Without, false)) };
    let credits = |more: &N| Exact::big(more.clone().into()) / Exact::big(scale.clone());
    // What covers more is bought: credits for any product.
    let is_balance = task.prices.plan().limits.get(limit)?.name == BALANCE;
    let covers = is_balance && task.holding.lots.iter().any(|lot| lot.only.is_some());
    let mut ask = |more: &N| {
        let bought = if covers { credits(more) } else { Exact::zero() };
        let asked = Asked { bought, ..asked.clone() };
        task.ask_of(&asked, &Stay::none(), |model: &mut Model<N>| {
            if let Some(Constraint::Sum(sum)) = model.constraints.get_mut(at) {
                sum.most = sum.most.clone() + more.clone();
            }
        })
    };
    // Twice as much until it is enough.
    let mut enough = N::one();
    while !matches!(ask(&enough), Found::Units(_)) {
        if enough >= most {
            return Some((How::Without, false));
        }
        enough = (enough.clone() + enough).min(most.clone());
    }
    let mut fits = None;
    let (enough, least) = smallest(enough, |more| {
        let found = ask(more);
        if let Found::Units(units) = &found {
            fits = Some(units.clone());
        }
        found
    });
    let enough = credits(&enough);
    // What is missed may be a part of the steps that are looked at.
    let missed = fits.and_then(|units| task.missed(limit, &units));
    Some(match missed.filter(|missed| *missed < enough && !covers) {
        Some(missed) => (How::By(missed), false),
        None => (How::By(enough), least),
    })
}

/// More than any sum needs: that much in credits or units.
fn most_of<N: Number>(scale: &BigInt) -> Option<N> {
    let most = BigInt::from(10).pow(MOST_UNITS) * scale;
    // Room for sums in 128 bits.
    if most.bits() > u64::from(u128::BITS) - 10 { None } else { N::try_from(most).ok() }
}

/// The smallest number for which there is an answer, given one for which there is; and whether
/// there surely is none for less.
fn smallest<N: Number>(enough: N, mut ask: impl FnMut(&N) -> Found<N>) -> (N, bool) {
    let (mut below, mut enough, mut least) = (N::zero(), enough, true);
    let two = N::one() + N::one();
    while enough.clone() - below.clone() > N::one() {
        let middle = (enough.clone() + below.clone()).div_floor(&two);
        match ask(&middle) {
            Found::Units(_) => enough = middle,
            found => {
                least &= found == Found::Nothing;
                below = middle;
            }
        }
    }
    (enough, least)
}
