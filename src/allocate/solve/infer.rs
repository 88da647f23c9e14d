//! What follows from each constraint alone.

use std::collections::VecDeque;

use super::floor::{Floor, Laid};
use super::model::{Constraint, Sum, Term};
use super::number::Number;
use super::state::{Empty, State};

/// Steps that may still be taken.
#[derive(Debug, Clone)]
pub struct Work(u64);

/// There are none left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

impl Work {
    /// So many steps.
    pub fn new(steps: u64) -> Self {
        Self(steps)
    }

    /// How many are left.
    pub fn left(&self) -> u64 {
        self.0
    }

    /// Takes some.
    pub fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Why inference stopped.
pub(super) enum Stop {
    /// Nothing is left.
    Empty,
    /// Work ran out.
    Exhausted,
}

impl From<Empty> for Stop {
    fn from(Empty: Empty) -> Self {
        Self::Empty
    }
}

impl From<Exhausted> for Stop {
    fn from(Exhausted: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// Which constraints speak of a product.
pub(super) struct Index {
    of: Vec<Vec<usize>>,
    /// Sums that speak of the whole allocation.
    totals: Vec<usize>,
    constraints: usize,
}

impl Index {
    pub(super) fn new<N: Number>(constraints: &[Constraint<N>], products: usize) -> Self {
        let mut of = vec![Vec::new(); products];
        let mut totals = Vec::new();
        for (at, constraint) in constraints.iter().enumerate() {
            for product in constraint.products() {
                // A constraint may name a product twice.
                if let Some(of) = of.get_mut(product).filter(|of| of.last() != Some(&at)) {
                    of.push(at);
                }
            }
            if let Constraint::Sum(sum) = constraint
                && !sum.total.is_zero()
            {
                totals.push(at);
            }
        }
        Self { of, totals, constraints: constraints.len() }
    }

    /// The constraints that speak of a product.
    pub(super) fn of(&self, product: usize) -> &[usize] {
        self.of.get(product).map_or(&[], Vec::as_slice)
    }

    /// The sums that speak of the whole allocation.
    pub(super) fn totals(&self) -> &[usize] {
        &self.totals
    }
}

/// Rounds of inference at one place of the search: behind them, it splits.
const ROUNDS: usize = 24;

/// Narrows ranges until nothing follows any more.
pub(super) fn infer<N: Number>(
    state: &mut State<'_, N>,
    index: &Index,
    mosts: &[N],
    work: &mut Work,
    all: bool,
) -> Result<(), Stop> {
    // The last one stands for the sum of all credits.
    let mut waiting = vec![false; index.constraints + 1];
    let mut queue = VecDeque::new();
    let push = |queue: &mut VecDeque<usize>, waiting: &mut Vec<bool>, at: usize| {
        if let Some(own) = waiting.get_mut(at)
            && !*own
        {
            *own = true;
            queue.push_back(at);
        }
    };
    if all {
        (0..=index.constraints).for_each(|at| push(&mut queue, &mut waiting, at));
    }
    let mut left = ROUNDS * (index.constraints + 1);
    loop {
        for product in std::mem::take(&mut state.touched) {
            push(&mut queue, &mut waiting, index.constraints);
            for at in index.of(product) {
                push(&mut queue, &mut waiting, *at);
            }
        }
        let Some(at) = queue.pop_front() else { return Ok(()) };
        if let Some(own) = waiting.get_mut(at) {
            *own = false;
        }
        left -= 1;
        if left == 0 {
            state.touched.clear();
            return Ok(());
        }
        let total = match state.model.constraints.get(at) {
            None => whole(state, work)?,
            Some(Constraint::Sum(sum)) => {
                let most = mosts.get(at).unwrap_or(&sum.most);
                self::sum(state, sum, most, work)?
            }
            Some(Constraint::Needs(product, of)) => {
                work.spend(of.len() + 1)?;
                needs(state, *product, of)?;
                false
            }
            Some(Constraint::Count { of, least, most }) => {
                work.spend(of.len())?;
                count(state, of, *least, *most)?;
                for other in &state.model.constraints {
                    if let Constraint::Count { of: others, most, .. } = other {
                        work.spend(others.len())?;
                        if state.at_most_of(of, others, *most) < *least {
                            return Err(Empty.into());
                        }
                    }
                }
                false
            }
        };
        if total {
            for at in &index.totals {
                push(&mut queue, &mut waiting, *at);
            }
            push(&mut queue, &mut waiting, index.constraints);
        }
    }
}

fn none<N: Number>(state: &mut State<'_, N>, at: usize) -> Result<(), Empty> {
    state.bound(at, &N::zero(), &N::zero())
}

fn some<N: Number>(state: &mut State<'_, N>, at: usize) -> Result<(), Empty> {
    let Some(product) = state.model.products.get(at) else { return Err(Empty) };
    let high = product.range.1.clone().max(product.current.clone());
    state.bound(at, &N::one(), &high)
}

fn needs<N: Number>(state: &mut State<'_, N>, product: usize, of: &[usize]) -> Result<(), Empty> {
    let mut able = of.iter().copied().filter(|at| state.may_be_some(*at));
    match (able.next(), able.next()) {
        (None, _) => none(state, product),
        (Some(only), None) if !state.may_be_none(product) => some(state, only),
        _ => Ok(()),
    }
}

fn count<N: Number>(
    state: &mut State<'_, N>,
    of: &[usize],
    least: usize,
    most: usize,
) -> Result<(), Empty> {
    let able: Vec<usize> = of.iter().copied().filter(|at| state.may_be_some(*at)).collect();
    let (open, sure): (Vec<usize>, Vec<usize>) =
        able.into_iter().partition(|at| state.may_be_none(*at));
    if sure.len() > most || sure.len() + open.len() < least {
        return Err(Empty);
    }
    if sure.len() == most {
        return open.into_iter().try_for_each(|at| none(state, at));
    }
    if sure.len() + open.len() == least {
        return open.into_iter().try_for_each(|at| some(state, at));
    }
    Ok(())
}

/// What is known of the credits of all products: their sum, and so of each.
fn whole<N: Number>(state: &mut State<'_, N>, work: &mut Work) -> Result<bool, Stop> {
    let products = state.model.products.len();
    work.spend(products)?;
    let one = N::one();
    let (mut floor, mut most) = (Floor::new(state.changes), N::zero());
    let mut offs = vec![N::zero(); products];
    for (at, product) in state.model.products.iter().enumerate() {
        let Some(domain) = state.domains.get(at).filter(|_| product.shared.is_none()) else {
            continue;
        };
        let (low, high) = &domain.credits;
        if domain.open {
            let off = floor.open(product.worth.clone(), low.clone());
            if let Some(own) = offs.get_mut(at) {
                *own = off;
            }
            most = most + high.clone().max(product.worth.clone());
        } else {
            floor.sum = floor.sum.clone() + low.clone();
            most = most + high.clone();
        }
    }
    for (at, shared) in state.model.shared.iter().enumerate() {
        let Some((low, high)) = state.shared_bounds(at, false) else { return Err(Stop::Empty) };
        // Where all are open and none changes, they cost what they cost today.
        let open = shared.members.iter().all(|at| state.domains.get(*at).is_some_and(|d| d.open));
        if open && let Some((_, tried)) = state.shared_bounds(at, true) {
            floor.open(tried.max(low.clone()), low);
        } else {
            floor.sum = floor.sum.clone() + low;
        }
        most = most + high;
    }
    let floor = floor.laid();
    let mut total = state.bound_total(&floor.least, &most)?;
    let bound = state.total.1.clone();
    for (at, off) in offs.iter().enumerate() {
        let Some(product) = state.model.products.get(at).filter(|own| own.shared.is_none()) else {
            continue;
        };
        let term = Term::credits(at, one.clone());
        narrow(state, &term, &floor, &bound, (&product.worth, off))?;
    }
    // Enough of them, where a sum asks for it.
    if most != state.total.1 || state.total.0.is_positive() {
        let spare = most - state.total.0.clone();
        for at in 0..products {
            let Some(domain) = state.domains.get(at).filter(|own| !own.is_settled()) else {
                continue;
            };
            let Some(product) = state.model.products.get(at).filter(|own| own.shared.is_none())
            else {
                continue;
            };
            let high = if domain.open {
                domain.credits.1.clone().max(product.worth.clone())
            } else {
                domain.credits.1.clone()
            };
            let wanted = high - spare.clone();
            if !wanted.is_positive()
                || (domain.open && product.worth < wanted) && state.changes == 0
            {
                continue;
            }
            if domain.open && product.worth < wanted {
                state.change(at)?;
            }
            let Some(domain) = state.domains.get(at) else { continue };
            if domain.credits.0 < wanted {
                let (low, high) = (domain.low.clone(), domain.high.clone());
                let low = product.cost.first_at_least(&wanted, &low, &high);
                let low = low.ok_or(Empty).or_else(|empty| {
                    if domain.open { Ok(high.clone() + N::one()) } else { Err(empty) }
                })?;
                state.bound_changed(at, &low, &high)?;
            }
        }
    }
    total |= !state.touched.is_empty();
    Ok(total)
}

/// What follows from a sum; whether it told of the whole allocation.
fn sum<N: Number>(
    state: &mut State<'_, N>,
    sum: &Sum<N>,
    most: &N,
    work: &mut Work,
) -> Result<bool, Stop> {
    work.spend(sum.terms.len() + 1)?;
    if sum.or_none.is_some_and(|at| !state.may_be_some(at)) {
        return Ok(false);
    }
    let mut floor = Floor::new(state.changes);
    let mut todays = Vec::with_capacity(sum.terms.len());
    for term in &sum.terms {
        let Some(domain) = state.domains.get(term.product) else { continue };
        let least = state.least(term);
        if domain.open {
            let today = state.tried(term);
            // A member's part in shared credits may fall though it stays as it is.
            let shared = state.model.products.get(term.product).is_some_and(|p| p.shared.is_some());
            let today = if shared { today.min(least.clone()) } else { today };
            let off = floor.open(today.clone(), least);
            todays.push((today, off));
        } else {
            floor.sum = floor.sum.clone() + least;
            todays.push((N::zero(), N::zero()));
        }
    }
    if !sum.total.is_zero() {
        let (low, high) = &state.total;
        let total = if sum.total.is_negative() { high } else { low };
        floor.sum = floor.sum.clone() + sum.total.clone() * total.clone();
    }
    let floor = floor.laid();
    let least = floor.least.clone();
    if let Some(at) = sum.or_none
        && state.may_be_none(at)
    {
        if least > *most {
            none(state, at)?;
        }
        return Ok(false);
    }
    if least > *most {
        return Err(Stop::Empty);
    }
    let mut total = false;
    if !sum.total.is_zero() {
        let (low, high) = state.total.clone();
        let own = if sum.total.is_negative() { high.clone() } else { low.clone() };
        let spare = most.clone() - (least.clone() - sum.total.clone() * own);
        total = if sum.total.is_negative() {
            let low = -(spare.div_floor(&-sum.total.clone()));
            state.bound_total(&low, &high)?
        } else {
            state.bound_total(&low, &spare.div_floor(&sum.total))?
        };
    }
    for (term, (today, off)) in sum.terms.iter().zip(&todays) {
        narrow(state, term, &floor, most, (today, off))?;
    }
    Ok(total)
}

/// What a sum leaves to one of its products, which today adds so much and takes off at most so much.
fn narrow<N: Number>(
    state: &mut State<'_, N>,
    term: &Term<N>,
    floor: &Laid<N>,
    most: &N,
    (today, off): (&N, &N),
) -> Result<(), Stop> {
    let at = term.product;
    let Some(domain) = state.domains.get(at) else { return Ok(()) };
    if domain.is_settled() {
        return Ok(());
    }
    let own = state.least(term);
    if !domain.open {
        let spare = most.clone() - (floor.least.clone() - own.clone());
        return fit(state, term, &own, &spare);
    }
    // Where today's units keep the sum, nothing has to change for it.
    if floor.sum <= *most {
        return Ok(());
    }
    // It was narrowed since the floor was laid: what it took off then is enough.
    if floor.sum.clone() - floor.taken_beside(off) > *most {
        state.change(at)?;
    }
    let others = floor.sum.clone() - today.clone() - floor.taken_by_fewer(off);
    let spare = most.clone() - others;
    fit(state, term, &own, &spare)
}

/// Leaves out units with which a product adds more than this.
fn fit<N: Number>(
    state: &mut State<'_, N>,
    term: &Term<N>,
    own: &N,
    spare: &N,
) -> Result<(), Stop> {
    let at = term.product;
    let (Some(domain), Some(product)) = (state.domains.get(at), state.model.products.get(at))
    else {
        return Ok(());
    };
    let (mut low, mut high) = (domain.low.clone(), domain.high.clone());
    // Each part of what it adds may grow by what is left behind the least of all parts.
    let room = spare.clone() - own.clone();
    if room.is_negative() {
        return if domain.open { Ok(state.pin(at)?) } else { Err(Stop::Empty) };
    }
    if !term.units.is_zero() {
        let units = room.div_floor(&term.units.abs());
        if term.units.is_positive() {
            high = high.min(domain.low.clone() + units);
        } else {
            low = low.max(domain.high.clone() - units);
        }
    }
    if product.shared.is_none() && low <= high {
        if !term.credits.is_zero() {
            let credits = room.div_floor(&term.credits.abs());
            if term.credits.is_positive() {
                let most = domain.credits.0.clone() + credits;
                if most < domain.credits.1 {
                    (low, high) = at_most(product, &most, low, high);
                }
            } else {
                let least = domain.credits.1.clone() - credits;
                if least > domain.credits.0 {
                    (low, high) = at_least(product, &least, low, high);
                }
            }
        }
        if term.moved.is_positive() && low <= high {
            let nearest = (domain.credits.0.clone() - product.worth.clone())
                .max(product.worth.clone() - domain.credits.1.clone())
                .max(N::zero());
            let far = nearest + room.div_floor(&term.moved);
            let (least, most) = (product.worth.clone() - far.clone(), product.worth.clone() + far);
            if most < domain.credits.1 {
                (low, high) = at_most(product, &most, low, high);
            }
            if least > domain.credits.0 && low <= high {
                (low, high) = at_least(product, &least, low, high);
            }
        }
    }
    Ok(state.bound_changed(at, &low, &high)?)
}

type Range<N> = (N, N);

fn at_most<N: Number>(product: &super::model::Product<N>, most: &N, low: N, high: N) -> Range<N> {
    let first = product.cost.first_at_most(most, &low, &high);
    let last = product.cost.last_at_most(most, &low, &high);
    first.zip(last).unwrap_or((high, low - N::one()))
}

fn at_least<N: Number>(product: &super::model::Product<N>, least: &N, low: N, high: N) -> Range<N> {
    let first = product.cost.first_at_least(least, &low, &high);
    let last = product.cost.last_at_least(least, &low, &high);
    first.zip(last).unwrap_or((high, low - N::one()))
}
