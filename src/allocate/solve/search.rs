//! Branch and bound: an allocation that keeps all constraints, or the proof that none does.
//!
//! Today's allocation, as near as the ranges allow, is tried at every place. Where it breaks a
//! constraint, the search splits at the product that can mend most of it. Depth is that of a list,
//! not of the stack.

use super::changes;
use super::ends;
use super::infer::{Exhausted, Index, Stop, Work, infer};
use super::model::{Constraint, Model, Sum, Term};
use super::number::Number;
use super::state::{Empty, State};
use crate::quantity::Exact;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<N> {
    /// Units of each product.
    Units(Vec<N>),
    /// No allocation keeps all constraints.
    Nothing,
    /// The work limit was reached.
    Open,
}

/// One way of two.
#[derive(Debug, Clone)]
pub(super) enum Way<N> {
    /// It stays as it is today.
    Pin(usize),
    /// It changes.
    Change(usize),
    /// At most so many units.
    AtMost(usize, N),
    /// At least so many units.
    AtLeast(usize, N),
}

/// What is to be done at one place of a search.
pub(super) enum Next<N> {
    /// What is tried keeps everything.
    Solved,
    /// It is known that nothing does.
    Dead,
    /// The first way, then the second.
    Split(Way<N>, Way<N>),
    /// The best answer behind this place.
    Answer(Vec<N>),
}

/// The products that may stay as they are today, and how many of them may change.
#[derive(Debug, Clone)]
pub struct Stay {
    /// Whether each does.
    pub open: Vec<bool>,
    /// How many may change.
    pub changes: usize,
}

impl Stay {
    /// All may change.
    pub fn none() -> Self {
        Self { open: Vec::new(), changes: usize::MAX }
    }
}

/// Credits of each product with so many units, what it shares with others in it, in small units;
/// `None` where a product is refused.
pub type Parts<'p, N> = dyn Fn(&[N]) -> Option<Vec<Exact>> + 'p;

/// An allocation that keeps all constraints.
pub fn find<N: Number>(
    model: &Model<N>,
    stay: &Stay,
    parts: &Parts<'_, N>,
    work: &mut Work,
) -> Found<N> {
    let Ok(state) = State::new(model, &stay.open, stay.changes) else { return Found::Nothing };
    let mosts: Vec<N> = mosts(model);
    let mut search = Search::new(state, mosts, parts);
    match search.run(work, &mut |search, _| Ok(search.mend())) {
        Ok(Some(units)) => Found::Units(units),
        Ok(None) => Found::Nothing,
        Err(Exhausted) => Found::Open,
    }
}

/// What is known before anything is tried: the range of units of each product, today's in it, and
/// that of the credits of all. `None` where no allocation keeps all constraints.
pub fn known<N: Number>(model: &Model<N>, stay: &Stay, work: &mut Work) -> Option<Known<N>> {
    let mut state = State::new(model, &stay.open, stay.changes).ok()?;
    let index = Index::new(&model.constraints, model.products.len());
    if let Err(Stop::Empty) = infer(&mut state, &index, &mosts(model), work, true) {
        return None;
    }
    let ranges = state.domains.iter().zip(&model.products).map(|(own, product)| {
        let (low, high) = (own.low.clone(), own.high.clone());
        let today = &product.current;
        if own.open { (low.min(today.clone()), high.max(today.clone())) } else { (low, high) }
    });
    Some(Known { units: ranges.collect(), total: state.total.clone() })
}

/// Ranges.
#[derive(Debug, Clone)]
pub struct Known<N> {
    /// Of the units of each product.
    pub units: Vec<(N, N)>,
    /// Of the credits of all.
    pub total: (N, N),
}

/// The most of each constraint that is a sum.
pub(super) fn mosts<N: Number>(model: &Model<N>) -> Vec<N> {
    let most = |constraint: &Constraint<N>| match constraint {
        Constraint::Sum(sum) => sum.most.clone(),
        _ => N::zero(),
    };
    model.constraints.iter().map(most).collect()
}

/// How the next split is chosen.
pub(super) type Choose<'c, 'a, N> =
    dyn FnMut(&mut Search<'a, N>, &mut Work) -> Result<Next<N>, Exhausted> + 'c;

pub(super) struct Search<'a, N> {
    pub state: State<'a, N>,
    pub index: Index,
    /// The most of each sum: a better one is sought as answers are found.
    pub mosts: Vec<N>,
    parts: &'a Parts<'a, N>,
    /// Where the search turned, and the way that is left.
    levels: Vec<(usize, Way<N>)>,
    begun: bool,
    /// Steps that exact shares of credits are worth at each place.
    toll: usize,
}

/// Steps that it takes to tell what each product costs exactly.
const EXACT: usize = 400;

impl<'a, N: Number> Search<'a, N> {
    pub(super) fn new(state: State<'a, N>, mosts: Vec<N>, parts: &'a Parts<'a, N>) -> Self {
        let index = Index::new(&state.model.constraints, state.model.products.len());
        let mut search =
            Self { state, index, mosts, parts, levels: Vec::new(), begun: false, toll: 0 };
        let constraints = &search.state.model.constraints;
        let exact = constraints.iter().any(|own| match own {
            Constraint::Sum(sum) => search.shares(sum),
            _ => false,
        });
        search.toll = if exact { EXACT } else { 0 };
        search
    }

    /// The next answer; after one, the search goes on behind it.
    pub(super) fn run(
        &mut self,
        work: &mut Work,
        choose: &mut Choose<'_, 'a, N>,
    ) -> Result<Option<Vec<N>>, Exhausted> {
        let mut all = true;
        if self.begun {
            if !self.turn() {
                return Ok(None);
            }
        } else {
            self.begun = true;
        }
        loop {
            let inferred = infer(&mut self.state, &self.index, &self.mosts, work, all);
            all = false;
            let next = match inferred {
                Ok(()) => {
                    work.spend(self.state.domains.len() + self.toll)?;
                    if changes::too_many(&self.state, &self.mosts) {
                        Next::Dead
                    } else {
                        choose(self, work)?
                    }
                }
                Err(Stop::Empty) => Next::Dead,
                Err(Stop::Exhausted) => return Err(Exhausted),
            };
            match next {
                Next::Solved => {
                    let units = self.state.domains.iter().map(|own| own.at.clone());
                    return Ok(Some(units.collect()));
                }
                Next::Answer(units) => return Ok(Some(units)),
                Next::Dead => {
                    if !self.turn() {
                        return Ok(None);
                    }
                }
                Next::Split(first, second) => {
                    self.levels.push((self.state.mark(), second));
                    if self.take(&first).is_err() && !self.turn() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Goes back to the last place that has a way left, and takes it.
    fn turn(&mut self) -> bool {
        while let Some((mark, way)) = self.levels.pop() {
            self.state.undo(mark);
            if self.take(&way).is_ok() {
                return true;
            }
        }
        false
    }

    fn take(&mut self, way: &Way<N>) -> Result<(), Empty> {
        match way {
            Way::Pin(at) => self.state.pin(*at),
            Way::Change(at) => self.state.change(*at),
            Way::AtMost(at, high) => {
                let low = self.state.domains.get(*at).map(|own| own.low.clone()).ok_or(Empty)?;
                self.state.bound_changed(*at, &low, high)
            }
            Way::AtLeast(at, low) => {
                let high = self.state.domains.get(*at).map(|own| own.high.clone()).ok_or(Empty)?;
                self.state.bound_changed(*at, low, &high)
            }
        }
    }

    /// Splits where what is tried breaks a constraint.
    pub(super) fn mend(&self) -> Next<N> {
        let state = &self.state;
        if let Some(at) = state.domains.iter().position(|own| own.refused && !own.is_settled()) {
            let open = state.domains.get(at).is_some_and(|own| own.open);
            return if open { Next::Split(Way::Change(at), Way::Pin(at)) } else { self.halve(at) };
        }
        if state.domains.iter().any(|own| own.refused) {
            return Next::Dead;
        }
        let total = self.total();
        let one = N::one();
        for (bound, sign) in [(&state.total.1, one.clone()), (&state.total.0, -one.clone())] {
            let excess = (total.clone() - bound.clone()) * sign.clone();
            if excess.is_positive() {
                let none = Sum {
                    terms: Vec::new(),
                    total: sign.clone(),
                    most: bound.clone() * sign,
                    or_none: None,
                };
                return self.mend_sum(&none, &excess);
            }
        }
        // What only few products can mend is mended first.
        let mut broken: Option<(usize, Next<N>)> = None;
        for (at, constraint) in state.model.constraints.iter().enumerate() {
            let size = match constraint {
                Constraint::Sum(sum) if sum.total.is_zero() => sum.terms.len(),
                Constraint::Sum(_) => usize::MAX,
                Constraint::Needs(_, of) => of.len() + 1,
                Constraint::Count { of, .. } => of.len(),
            };
            if broken.as_ref().is_some_and(|(least, _)| *least <= size) {
                continue;
            }
            let next = match constraint {
                Constraint::Sum(sum) => self.broken_sum(sum, self.mosts.get(at), &total),
                Constraint::Needs(product, of) => self.broken_needs(*product, of),
                Constraint::Count { of, least, most } => self.broken_count(of, *least, *most),
            };
            match next {
                None => {}
                Some(Next::Dead) => return Next::Dead,
                Some(next) => broken = Some((size, next)),
            }
        }
        broken.map_or(Next::Solved, |(_, next)| next)
    }

    /// Credits of what is tried.
    pub(super) fn total(&self) -> N {
        let state = &self.state;
        let own = state.domains.iter().zip(&state.model.products);
        let own = own.filter(|(_, product)| product.shared.is_none());
        let own = own.fold(N::zero(), |sum, (domain, _)| sum + domain.worth.clone());
        let shared = (0..state.model.shared.len()).filter_map(|at| state.shared_bounds(at, true));
        shared.fold(own, |sum, (_, worth)| sum + worth)
    }

    fn has(&self, at: usize) -> bool {
        self.state.domains.get(at).is_some_and(|own| own.at.is_positive())
    }

    fn broken_needs(&self, product: usize, of: &[usize]) -> Option<Next<N>> {
        if !self.has(product) || of.iter().any(|at| self.has(*at)) {
            return None;
        }
        let able = of.iter().copied().filter(|at| self.state.may_be_some(*at));
        // The cheapest of those that can be had.
        let cheapest = able.min_by_key(|at| {
            self.state.model.products.get(*at).and_then(|own| own.cost.at(&own.stride))
        });
        Some(cheapest.map_or_else(|| self.give_up(product), |at| self.take_some(at)))
    }

    fn broken_count(&self, of: &[usize], least: usize, most: usize) -> Option<Next<N>> {
        let (has, not): (Vec<usize>, Vec<usize>) = of.iter().copied().partition(|at| self.has(*at));
        let worth = |at: &usize| self.state.domains.get(*at).map(|own| own.worth.clone());
        if has.len() > most {
            let able = has.into_iter().filter(|at| self.state.may_be_none(*at));
            return Some(able.min_by_key(worth).map_or(Next::Dead, |at| self.give_up(at)));
        }
        if has.len() < least {
            let mut able = not.into_iter().filter(|at| self.state.may_be_some(*at));
            return Some(able.next().map_or(Next::Dead, |at| self.take_some(at)));
        }
        None
    }

    /// Nothing of a product, or something.
    fn give_up(&self, at: usize) -> Next<N> {
        match self.state.domains.get(at) {
            Some(own) if own.open => Next::Split(Way::Change(at), Way::Pin(at)),
            Some(own) if own.low.is_zero() && own.high.is_positive() => {
                Next::Split(Way::AtMost(at, N::zero()), Way::AtLeast(at, N::one()))
            }
            _ => Next::Dead,
        }
    }

    /// Something of a product, or nothing.
    fn take_some(&self, at: usize) -> Next<N> {
        match self.give_up(at) {
            Next::Split(first @ Way::AtMost(..), second) => Next::Split(second, first),
            next => next,
        }
    }

    /// The half of its units that is nearer to what is tried, then the other.
    pub(super) fn halve(&self, at: usize) -> Next<N> {
        let Some(own) = self.state.domains.get(at) else { return Next::Dead };
        let middle = (own.low.clone() + own.high.clone()).div_floor(&(N::one() + N::one()));
        let (below, above) =
            (Way::AtMost(at, middle.clone()), Way::AtLeast(at, middle.clone() + N::one()));
        if own.at <= middle { Next::Split(below, above) } else { Next::Split(above, below) }
    }

    fn broken_sum(&self, sum: &Sum<N>, most: Option<&N>, total: &N) -> Option<Next<N>> {
        if sum.or_none.is_some_and(|at| !self.has(at)) {
            return None;
        }
        let most = most.unwrap_or(&sum.most).clone();
        let excess = if self.shares(sum) {
            self.excess(sum, total, &most)?
        } else {
            let own = sum.terms.iter().fold(N::zero(), |own, term| own + self.state.tried(term));
            own + sum.total.clone() * total.clone() - most
        };
        if !excess.is_positive() {
            return None;
        }
        let next = self.mend_sum(sum, &excess);
        Some(match (next, sum.or_none) {
            (Next::Dead, Some(at)) => self.give_up(at),
            (next, _) => next,
        })
    }

    /// Whether a sum counts credits of products that share some.
    fn shares(&self, sum: &Sum<N>) -> bool {
        sum.terms.iter().any(|term| {
            let product = self.state.model.products.get(term.product);
            !term.credits.is_zero() && product.is_some_and(|own| own.shared.is_some())
        })
    }

    /// By how much what is tried exceeds such a sum, rounded up.
    fn excess(&self, sum: &Sum<N>, total: &N, most: &N) -> Option<N> {
        let units: Vec<N> = self.state.domains.iter().map(|own| own.at.clone()).collect();
        let parts = (self.parts)(&units)?;
        let exact = |number: &N| Exact::big(number.clone().into());
        let zero = Exact::zero();
        let start = exact(&(sum.total.clone() * total.clone() - most.clone()));
        let excess = sum.terms.iter().fold(start, |own, term| {
            let rest = Term { credits: N::zero(), ..term.clone() };
            let credits = parts.get(term.product).unwrap_or(&zero);
            &(&own + &exact(&self.state.tried(&rest))) + &(credits * &exact(&term.credits))
        });
        N::try_from(excess.ceil().numerator()).ok()
    }

    /// Splits at a product that shares credits which a sum counts.
    fn split_group(&self, sum: &Sum<N>) -> Next<N> {
        let state = &self.state;
        let counted = |at: &usize| {
            let terms = sum.terms.iter().map(|term| term.product);
            !sum.total.is_zero() || terms.into_iter().any(|own| own == *at)
        };
        let groups = state.model.shared.iter();
        let groups = groups.filter(|shared| shared.members.iter().any(counted));
        for at in groups.flat_map(|shared| shared.members.iter().copied()) {
            match state.domains.get(at) {
                Some(own) if own.open && state.changes > 0 => {
                    return Next::Split(Way::Change(at), Way::Pin(at));
                }
                Some(own) if !own.open && own.low < own.high => return self.halve(at),
                _ => {}
            }
        }
        Next::Dead
    }

    /// Splits at the product that can take most off a sum.
    fn mend_sum(&self, sum: &Sum<N>, excess: &N) -> Next<N> {
        let state = &self.state;
        let mut best: Option<(N, Term<N>)> = None;
        let mut look = |term: Term<N>| {
            let Some(own) = state.domains.get(term.product).filter(|own| !own.is_settled()) else {
                return;
            };
            if own.open && state.changes == 0 {
                return;
            }
            let off = state.tried(&term) - state.least(&term);
            if off.is_positive() && best.as_ref().is_none_or(|(most, _)| off > *most) {
                best = Some((off, term));
            }
        };
        if sum.total.is_zero() {
            sum.terms.iter().cloned().for_each(&mut look);
        } else {
            let mut own = vec![None; state.model.products.len()];
            for term in &sum.terms {
                if let Some(slot) = own.get_mut(term.product) {
                    *slot = Some(term.clone());
                }
            }
            for (at, term) in own.into_iter().enumerate() {
                let mut term = term.unwrap_or_else(|| Term::credits(at, N::zero()));
                term.credits = term.credits + sum.total.clone();
                look(term);
            }
        }
        let Some((off, term)) = best else { return self.split_group(sum) };
        let at = term.product;
        match state.domains.get(at) {
            Some(own) if own.open => Next::Split(Way::Change(at), Way::Pin(at)),
            Some(_) => self.split(&term, excess.clone().min(off)),
            None => Next::Dead,
        }
    }

    /// Splits the units of a product where it takes so much off a sum.
    fn split(&self, term: &Term<N>, off: N) -> Next<N> {
        let at = term.product;
        let (Some(own), Some(product)) =
            (self.state.domains.get(at), self.state.model.products.get(at))
        else {
            return Next::Dead;
        };
        if product.shared.is_some() {
            return self.split_shared(term);
        }
        let wanted = self.state.tried(term) - off;
        let holds = |units: &N| {
            let credits = product.cost.at(units);
            credits.is_some_and(|credits| self.state.adds(term, units, &credits) <= wanted)
        };
        // Down first, where both ways help: what is free is free at once.
        let fewer = || ends::last(&own.low, &own.at, holds).filter(|units| *units < own.at);
        let more = || ends::first(&own.at, &own.high, holds).filter(|units| *units > own.at);
        let one = N::one();
        if let Some(units) = fewer() {
            let units = super::number::down_to(&units, &product.stride);
            if units >= own.low {
                return Next::Split(Way::AtMost(at, units.clone()), Way::AtLeast(at, units + one));
            }
        }
        if let Some(units) = more() {
            let units = super::number::up_to(&units, &product.stride);
            if units <= own.high {
                return Next::Split(Way::AtLeast(at, units.clone()), Way::AtMost(at, units - one));
            }
        }
        self.halve(at)
    }

    /// Splits the units of a product of a group at what is tried, then in the middle.
    fn split_shared(&self, term: &Term<N>) -> Next<N> {
        let at = term.product;
        let Some(own) = self.state.domains.get(at) else { return Next::Dead };
        if own.low < own.at && own.at < own.high {
            let below = own.at.clone() - N::one();
            return Next::Split(Way::AtLeast(at, own.at.clone()), Way::AtMost(at, below));
        }
        self.halve(at)
    }
}
