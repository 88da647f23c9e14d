//! How much products give up that are known to give up something, where nothing but the credits
//! of the whole allocation asks for it.

use super::infer::{Exhausted, Work};
use super::model::{Constraint, Product, Term};
use super::nearest::Moved;
use super::number::{Number, down_to};
use super::search::{Next, Search};
use super::state::State;

/// A product that gives something up.
struct Giver<'a, N> {
    at: usize,
    product: &'a Product<N>,
    /// The fewest and the most units it can be left with.
    range: (N, N),
    /// Credits that it gives up at most.
    most: N,
}

impl<N: Number> Giver<'_, N> {
    fn given(&self, units: &N) -> Option<N> {
        Some(self.product.worth.clone() - self.product.cost.at(units)?)
    }

    /// The most units with which it gives up so much.
    fn units_for(&self, wanted: &N) -> Option<N> {
        let credits = self.product.worth.clone() - wanted.clone();
        let (low, high) = &self.range;
        let units = self.product.cost.last_at_most(&credits, low, high)?;
        let units = down_to(&units, &self.product.stride);
        (units >= *low).then_some(units)
    }
}

/// The best answer behind this place of the search, or none; `None` where something else than the
/// credits of the whole allocation counts.
pub(super) fn best<N: Number>(
    search: &Search<'_, N>,
    bound: &Moved<N>,
    most: &N,
    work: &mut Work,
) -> Result<Option<Next<N>>, Exhausted> {
    let state = &search.state;
    let mut givers = Vec::new();
    let (mut fixed, mut moved) = (N::zero(), N::zero());
    let mut units: Vec<N> = state.domains.iter().map(|own| own.at.clone()).collect();
    let counted = counted(state, bound);
    for (at, (own, product)) in state.domains.iter().zip(&state.model.products).enumerate() {
        if own.low == own.high {
            fixed = fixed + if product.shared.is_none() { own.worth.clone() } else { N::zero() };
            if counted.get(at) == Some(&true) {
                moved = moved + (own.worth.clone() - product.worth.clone()).abs();
            }
            continue;
        }
        if product.shared.is_some() || !product.cost.rises() || counted.get(at) != Some(&true) {
            return Ok(None);
        }
        if own.low >= product.current {
            // The fewest more are the nearest, and the cheapest.
            fixed = fixed + own.credits.0.clone();
            moved = moved + own.credits.0.clone() - product.worth.clone();
            continue;
        }
        let range = (own.low.clone(), own.high.clone());
        let most = product.worth.clone() - own.credits.0.clone();
        givers.push(Giver { at, product, range, most });
    }
    for at in 0..state.model.shared.len() {
        fixed = fixed + state.shared_bounds(at, true).map_or_else(N::zero, |(_, worth)| worth);
    }
    if givers.is_empty() || !only_total_counts(search, bound) {
        return Ok(None);
    }
    let today = givers.iter().fold(N::zero(), |sum, giver| sum + giver.product.worth.clone());
    let needed = fixed + today - state.total.1.clone();
    let mut left = Vec::with_capacity(givers.len());
    let mut rest = N::zero();
    for giver in givers.iter().rev() {
        left.push(rest.clone());
        rest = rest + giver.most.clone();
    }
    left.reverse();
    let mut hunt = Hunt {
        givers: &givers,
        left,
        needed,
        most: most.clone() - moved.clone(),
        least: bound.least.clone() - moved,
        best: None,
        work,
    };
    hunt.run()?;
    let Some(best) = hunt.best else { return Ok(Some(Next::Dead)) };
    for (giver, own) in givers.iter().zip(best) {
        if let Some(slot) = units.get_mut(giver.at) {
            *slot = own;
        }
    }
    Ok(Some(Next::Answer(units)))
}

/// Which products count among those that move credits.
fn counted<N: Number>(state: &State<'_, N>, bound: &Moved<N>) -> Vec<bool> {
    let mut counted = vec![false; state.domains.len()];
    if let Some(Constraint::Sum(sum)) = state.model.constraints.get(bound.sum) {
        for term in &sum.terms {
            if let Some(own) = counted.get_mut(term.product) {
                *own = true;
            }
        }
    }
    counted
}

/// Whether all other constraints hold, whatever the products give up.
fn only_total_counts<N: Number>(search: &Search<'_, N>, bound: &Moved<N>) -> bool {
    let state = &search.state;
    let lowest = |at: usize| state.domains.get(at).map_or_else(N::zero, |own| own.low.clone());
    let highest = |at: usize| state.domains.get(at).map_or_else(N::zero, |own| own.high.clone());
    let some = |at: &usize| lowest(*at).is_positive();
    let none = |at: &usize| !highest(*at).is_positive();
    let mut most = N::zero();
    state.domains.iter().for_each(|own| most = most.clone() + own.credits.0.clone());
    if most < state.total.0 {
        return false;
    }
    state.model.constraints.iter().enumerate().all(|(at, constraint)| match constraint {
        Constraint::Sum(_) if at == bound.sum || at == bound.link => true,
        Constraint::Sum(sum) => {
            if sum.or_none.is_some_and(|at| none(&at)) {
                return true;
            }
            let total = if sum.total.is_negative() { &state.total.0 } else { &state.total.1 };
            let own = sum.terms.iter().fold(sum.total.clone() * total.clone(), |own, term| {
                let opposite = Term {
                    product: term.product,
                    units: -term.units.clone(),
                    credits: -term.credits.clone(),
                    moved: N::zero(),
                };
                own - state.least(&opposite)
            });
            let most = search.mosts.get(at).unwrap_or(&sum.most);
            own <= *most && sum.terms.iter().all(|term| term.moved.is_zero())
        }
        Constraint::Needs(product, of) => none(product) || of.iter().any(some),
        Constraint::Count { of, least, most } => {
            of.iter().filter(|at| some(at)).count() >= *least
                && of.iter().filter(|at| !none(at)).count() <= *most
        }
    })
}

/// All ways to give up enough, the nearest first.
struct Hunt<'h, 'a, N> {
    givers: &'h [Giver<'a, N>],
    /// What those behind each can give up.
    left: Vec<N>,
    needed: N,
    /// The most that may be given up.
    most: N,
    /// What surely is given up.
    least: N,
    best: Option<Vec<N>>,
    work: &'h mut Work,
}

/// A giver that has chosen.
struct Choice<N> {
    units: N,
    /// What those before it give up.
    before: N,
}

impl<N: Number> Hunt<'_, '_, N> {
    /// Finds the best choices of all givers.
    fn run(&mut self) -> Result<(), Exhausted> {
        let mut choices = Vec::with_capacity(self.givers.len());
        let mut fresh = self.first(0, N::zero());
        loop {
            self.work.spend(1)?;
            match fresh.take() {
                Some(choice) => choices.push(choice),
                None => self.next(&mut choices),
            }
            let Some((choice, giver)) = choices.last().zip(self.of(choices.len())) else {
                return Ok(());
            };
            let given = giver.given(&choice.units).map(|own| choice.before.clone() + own);
            let Some(given) = given.filter(|given| *given <= self.most) else {
                choices.pop();
                continue;
            };
            if choices.len() < self.givers.len() {
                fresh = self.first(choices.len(), given);
                continue;
            }
            self.best = Some(choices.iter().map(|choice| choice.units.clone()).collect());
            self.most = given.clone() - N::one();
            if given <= self.least {
                return Ok(());
            }
            // Of the last one, more is never better.
            choices.pop();
        }
    }

    /// The giver of the last of so many choices.
    fn of(&self, count: usize) -> Option<&Giver<'_, N>> {
        count.checked_sub(1).and_then(|at| self.givers.get(at))
    }

    /// The first choice of a giver: those behind it give up the rest, as far as they can.
    fn first(&self, at: usize, before: N) -> Option<Choice<N>> {
        let (giver, left) = (self.givers.get(at)?, self.left.get(at)?.clone());
        let units = giver.units_for(&(self.needed.clone() - before.clone() - left))?;
        Some(Choice { units, before })
    }

    /// The next choice of the last giver that has one left.
    fn next(&self, choices: &mut Vec<Choice<N>>) {
        while let (Some(giver), Some(choice)) = (self.of(choices.len()), choices.last_mut()) {
            choice.units = choice.units.clone() - giver.product.stride.clone();
            if choice.units >= giver.range.0 {
                return;
            }
            choices.pop();
        }
    }
}
