//! The answer that moves the fewest credits; among equals, by the order of the products.
//!
//! The search goes through the products in order, first with each as it is today, then changed; and
//! through those that change, first with fewer units, then with more, the nearest first. So the first
//! answer that it finds with the fewest credits moved is the first of its equals.

use super::amounts;
use super::infer::{Exhausted, Work};
use super::model::{Constraint, Model};
use super::number::Number;
use super::search::{Next, Parts, Search, Stay, Way, mosts};
use super::state::{Domain, State};

/// What bounds the credits moved.
#[derive(Debug, Clone)]
pub struct Moved<N> {
    /// The sum of the credits moved, by number of its constraint.
    pub sum: usize,
    /// The sum by which what is moved follows from the credits allocated.
    pub link: usize,
    /// What the most of the link is below the credits moved.
    pub below: N,
    /// What surely is moved.
    pub least: N,
}

/// The nearest answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest<N> {
    /// Units of each product.
    pub units: Vec<N>,
    /// Credits moved.
    pub moved: N,
    /// What surely is moved; all of it where the answer is proved.
    pub least: N,
    /// Whether no answer before it in the order moves as few.
    pub first: bool,
}

/// The nearest answer of a model, given any.
pub fn nearest<N: Number>(
    model: &Model<N>,
    stay: &Stay,
    bound: &Moved<N>,
    (units, moved): (Vec<N>, N),
    parts: &Parts<'_, N>,
    work: &mut Work,
) -> Nearest<N> {
    let least = bound.least.clone();
    let mut nearest = Nearest { units, moved: moved.clone(), least: least.clone(), first: false };
    let Ok(state) = State::new(model, &stay.open, stay.changes) else { return nearest };
    let mut search = Search::new(state, mosts(model), parts);
    let one = N::one();
    // As few as the known one: another may come before it.
    let mut most = moved;
    loop {
        if let (Some(sum), below) = (search.mosts.get_mut(bound.sum), &bound.below) {
            *sum = most.clone();
            if let Some(link) = search.mosts.get_mut(bound.link) {
                *link = most.clone() - below.clone();
            }
        }
        let own = most.clone();
        let found = search.run(work, &mut |search, work| choose(search, bound, &own, work));
        match found {
            Err(Exhausted) => return nearest,
            Ok(None) => {
                nearest.least = nearest.moved.clone();
                nearest.first = true;
                return nearest;
            }
            Ok(Some(units)) => {
                let moved = credits_moved(model, bound, &units);
                nearest.units = units;
                nearest.moved = moved.clone();
                if moved <= least {
                    nearest.least = moved;
                    nearest.first = true;
                    return nearest;
                }
                most = moved - one.clone();
            }
        }
    }
}

/// The credits that units move.
pub fn credits_moved<N: Number>(model: &Model<N>, bound: &Moved<N>, units: &[N]) -> N {
    let Some(Constraint::Sum(sum)) = model.constraints.get(bound.sum) else {
        return N::zero();
    };
    sum.terms.iter().fold(N::zero(), |moved, term| {
        let (Some(product), Some(units)) =
            (model.products.get(term.product), units.get(term.product))
        else {
            return moved;
        };
        if *units == product.current {
            return moved;
        }
        let own = product.cost.at(units).unwrap_or_else(N::zero);
        moved + (own - product.worth.clone()).abs()
    })
}

/// Whether nothing that is left moves fewer credits than what is tried. Where units cost less the
/// more they are, the nearest may not.
fn moves_least<N: Number>(search: &Search<'_, N>, bound: &Moved<N>) -> bool {
    let state = &search.state;
    let Some(Constraint::Sum(sum)) = state.model.constraints.get(bound.sum) else { return true };
    sum.terms.iter().all(|term| {
        let open = state.domains.get(term.product).is_some_and(|own| own.open);
        open || state.tried(term) == state.least(term)
    })
}

/// Whether none that changes has more units than it is to have, while it may have fewer.
fn comes_first<N: Number>(search: &Search<'_, N>) -> bool {
    let all = search.state.domains.iter().zip(&search.state.model.products);
    !all.into_iter()
        .any(|(own, product)| !own.open && product.wanted < own.at && own.low < product.wanted)
}

fn choose<N: Number>(
    search: &mut Search<'_, N>,
    bound: &Moved<N>,
    most: &N,
    work: &mut Work,
) -> Result<Next<N>, Exhausted> {
    // What is tried comes before all that are left: if it keeps everything and none of them moves
    // fewer credits, it is the answer.
    match search.mend() {
        Next::Solved if moves_least(search, bound) && comes_first(search) => {
            return Ok(Next::Solved);
        }
        Next::Split(..) | Next::Solved => {}
        next => return Ok(next),
    }
    if let Some(at) = search.state.open().next() {
        return Ok(Next::Split(Way::Pin(at), Way::Change(at)));
    }
    let own = search.state.domains.iter().zip(&search.state.model.products).enumerate();
    let mut unsettled = own.filter(|(_, (own, _))| own.low != own.high);
    // Whether it may have fewer units than it is to have, and more.
    let both = |own: &Domain<N>, wanted: &N| own.low < *wanted && *wanted < own.high;
    let Some((at, (own, product))) = unsettled.next() else { return Ok(Next::Dead) };
    if both(own, &product.wanted) {
        let wanted = product.wanted.clone();
        let below = wanted.clone() - N::one();
        return Ok(Next::Split(Way::AtMost(at, below), Way::AtLeast(at, wanted)));
    }
    if unsettled.any(|(_, (own, product))| both(own, &product.wanted)) {
        return Ok(search.halve(at));
    }
    if let Some(best) = amounts::best(search, bound, most, work)? {
        return Ok(best);
    }
    Ok(search.halve(at))
}
