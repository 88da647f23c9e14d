//! How many products surely change: constraints that today's units of some of them break, no two
//! of which have a product in common that could mend them.

use super::model::{Constraint, Sum};
use super::number::Number;
use super::state::State;

/// Whether more products must change than may; `mosts` are those of the constraints.
pub(super) fn too_many<N: Number>(state: &State<'_, N>, mosts: &[N]) -> bool {
    state.changes < state.domains.len() && surely(state, mosts) > state.changes
}

fn surely<N: Number>(state: &State<'_, N>, mosts: &[N]) -> usize {
    let mut taken = vec![false; state.domains.len()];
    let mut changes = 0;
    for (constraint, most) in state.model.constraints.iter().zip(mosts) {
        let broken = match constraint {
            Constraint::Sum(sum) => breaks_sum(state, sum, most),
            Constraint::Needs(product, of) => {
                has(state, *product) && !of.iter().any(|at| may_have(state, *at))
            }
            Constraint::Count { of, least, most } => {
                of.iter().filter(|at| has(state, **at)).count() > *most
                    || of.iter().filter(|at| may_have(state, **at)).count() < *least
            }
        };
        if !broken {
            continue;
        }
        let open = || {
            let all = constraint.products().into_iter();
            all.filter(|at| state.domains.get(*at).is_some_and(|own| own.open))
        };
        if open().any(|at| taken.get(at) == Some(&true)) {
            continue;
        }
        changes += 1;
        for at in open() {
            if let Some(taken) = taken.get_mut(at) {
                *taken = true;
            }
        }
    }
    changes
}

/// Whether a sum exceeds its most whatever those do that change.
fn breaks_sum<N: Number>(state: &State<'_, N>, sum: &Sum<N>, most: &N) -> bool {
    if !sum.total.is_zero() || sum.or_none.is_some_and(|at| !has(state, at)) {
        return false;
    }
    let mut least = N::zero();
    for term in &sum.terms {
        let (Some(domain), Some(product)) =
            (state.domains.get(term.product), state.model.products.get(term.product))
        else {
            return false;
        };
        // What it shares with others depends on those.
        if product.shared.is_some() && !(term.credits.is_zero() && term.moved.is_zero()) {
            return false;
        }
        least = least
            + if domain.open {
                state.adds(term, &product.current, &product.worth)
            } else {
                state.least(term)
            };
    }
    least > *most
}

/// Whether a product has units: those of today where it stays, else whatever it changes to.
fn has<N: Number>(state: &State<'_, N>, at: usize) -> bool {
    today(state, at)
        .unwrap_or_else(|| state.domains.get(at).is_some_and(|own| own.low.is_positive()))
}

/// Whether a product may have units, if it has those of today where it stays.
fn may_have<N: Number>(state: &State<'_, N>, at: usize) -> bool {
    today(state, at)
        .unwrap_or_else(|| state.domains.get(at).is_some_and(|own| own.high.is_positive()))
}

/// Whether a product that may stay has units today.
fn today<N: Number>(state: &State<'_, N>, at: usize) -> Option<bool> {
    let open = state.domains.get(at)?.open;
    open.then(|| state.model.products.get(at).is_some_and(|own| own.current.is_positive()))
}
