//! The steps in which products are allocated, and which of them cost less together.

use std::collections::BTreeMap;

use num_integer::Integer;

use super::price::Prices;
use crate::allocate::Holding;
use crate::plan::{Comparison, LimitBody, LimitMeasure, LimitTerm, Plan, TargetId};
use crate::quantity::Exact;

/// Base units in whose multiples each product is allocated: the declared unit, or finer where today's
/// units, a wish or a limit are.
pub(super) fn steps(
    plan: &Plan,
    holding: &Holding,
    limits: &[usize],
    wishes: &BTreeMap<TargetId, Vec<Exact>>,
    ids: &[TargetId],
) -> Vec<Exact> {
    let bodies = || limits.iter().filter_map(|at| Some(&plan.limits.get(*at)?.body));
    let mut steps: BTreeMap<TargetId, Exact> = ids
        .iter()
        .map(|id| {
            let unit = plan.rule(*id).and_then(|rule| plan.unit(rule.unit));
            let own = unit.map_or_else(Exact::one, |unit| unit.factor.clone());
            let today = holding.units.get(id);
            let others = today.into_iter().chain(wishes.get(id).into_iter().flatten());
            let others = others.filter(|other| !other.is_zero());
            (*id, others.fold(own, |own, other| common(&own, other)))
        })
        .collect();
    let mut finer = |id: TargetId, other: &Exact| {
        if let Some(own) = steps.get_mut(&id).filter(|_| !other.is_zero()) {
            *own = common(own, other);
        }
    };
    for body in bodies() {
        match body {
            LimitBody::InSteps(id, step) => finer(*id, step),
            // A bound that is no multiple of the unit is to be reached.
            LimitBody::Compare(left, _, right, _) => {
                let (terms, constant) = units(left, right);
                if let ([(id, factor)], Some(constant)) = (terms.as_slice(), constant) {
                    finer(*id, &(constant / factor.clone()));
                }
            }
            _ => {}
        }
    }
    // What is exactly a part of others is as fine as those ask for.
    for body in bodies() {
        let LimitBody::Compare(left, Comparison::Exactly, right, _) = body else { continue };
        let (terms, constant) = units(left, right);
        for (id, factor) in &terms {
            let others = terms.iter().filter(|(other, _)| other != id);
            let mut asked: Vec<Exact> = others
                .filter_map(|(other, times)| Some(steps.get(other)? * times))
                .chain(constant.clone())
                .map(|amount| amount / factor.clone())
                .collect();
            asked.retain(|amount| !amount.is_zero());
            if let Some(own) = steps.get_mut(id) {
                *own = asked.iter().fold(own.clone(), |own, amount| common(&own, amount));
            }
        }
    }
    ids.iter().map(|id| steps.get(id).cloned().unwrap_or_else(Exact::one)).collect()
}

/// The products of a comparison of units with what each counts, and the constant; no products where
/// it compares anything else.
fn units(left: &[LimitTerm], right: &[LimitTerm]) -> (Vec<(TargetId, Exact)>, Option<Exact>) {
    let mut terms: BTreeMap<TargetId, Exact> = BTreeMap::new();
    let mut constant = Exact::zero();
    let right = right.iter().map(|term| (term.measure, -term.factor.clone()));
    for (measure, factor) in left.iter().map(|own| (own.measure, own.factor.clone())).chain(right) {
        match measure {
            LimitMeasure::Units(id) => {
                let own = terms.entry(id).or_insert_with(Exact::zero);
                *own = &*own + &factor;
            }
            LimitMeasure::Constant => constant = &constant + &factor,
            _ => return (Vec::new(), None),
        }
    }
    terms.retain(|_, factor| !factor.is_zero());
    (terms.into_iter().collect(), Some(constant))
}

/// The largest number of which both are multiples.
pub(super) fn common(a: &Exact, b: &Exact) -> Exact {
    let ((above, below), (other, under)) = (a.fraction(), b.fraction());
    let top = (above * &under).gcd(&(other * &below));
    Exact::big(top) / Exact::big(below * under)
}

/// Products that cost less together, each with all that it shares a rate with.
pub(super) fn groups(prices: &Prices<'_>, places: &BTreeMap<TargetId, usize>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for together in &prices.plan().togethers {
        let members: Vec<usize> =
            together.members.iter().filter_map(|id| places.get(id).copied()).collect();
        let in_force = together.rate.on_or_always(Some(prices.day())).is_some();
        if !in_force || members.len() < together.members.len() {
            continue;
        }
        let (apart, joined): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().all(|at| !members.contains(at)));
        let mut all: Vec<usize> = joined.into_iter().flatten().chain(members).collect();
        all.sort_unstable();
        all.dedup();
        groups = apart;
        groups.push(all);
    }
    groups
}
