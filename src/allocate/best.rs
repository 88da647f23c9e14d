//! The allocation with the fewest and smallest changes.
//!
//! Each part of the products that no constraint ties to others is looked at alone, without the
//! constraints on the credits of all. Where what is best for the parts keeps those, too, it is the
//! best of all: changes and credits moved add up, and so does the order of equals. Else the whole is
//! searched, and what the parts need is a bound for it.

use super::solve::apart::{Part, apart};
use super::solve::model::{Constraint, Model, Sum, Term};
use super::solve::nearest::{Moved, credits_moved, nearest};
use super::solve::number::Number;
use super::solve::restore::restored;
use super::solve::search::{self, Found, Stay, find};
use super::task::{Asked, Task};
use crate::quantity::Exact;

/// The best allocation that was found.
pub(super) struct Best<N> {
    /// Steps of each product.
    pub units: Vec<N>,
    /// Products that change though none is wished for them, and how many surely must.
    pub changed: (usize, usize),
    /// Credits that these move, and how many they surely must.
    pub moved: (N, N),
    /// Whether it is proved to be the first of its equals.
    pub first: bool,
}

/// Some of the products of a task.
struct Group<'m, N> {
    model: &'m Model<N>,
    /// Their places among all; none where they are all.
    products: Option<&'m [usize]>,
    /// Which may stay as they are today.
    open: Vec<bool>,
    /// Which are not wished for.
    others: Vec<bool>,
}

impl<N: Number> Group<'_, N> {
    /// How many products change that could stay.
    fn changes(&self, units: &[N]) -> usize {
        let all = self.model.products.iter().zip(units).zip(&self.open);
        all.filter(|((product, units), open)| **open && **units != product.current).count()
    }

    /// Products that cannot stay, though none is wished for them.
    fn must(&self) -> usize {
        self.open.iter().zip(&self.others).filter(|(open, other)| **other && !**open).count()
    }

    fn changed(&self, units: &[N]) -> usize {
        let all = self.model.products.iter().zip(units).zip(&self.others);
        all.filter(|((product, units), other)| **other && **units != product.current).count()
    }

    /// Only these units.
    fn fixed(&self, units: &[N]) -> Model<N> {
        let mut model = self.model.clone();
        for (product, units) in model.products.iter_mut().zip(units) {
            product.range = (units.clone(), units.clone());
        }
        model
    }
}

/// What is known of the fewest changes.
struct Fewest<N> {
    units: Vec<N>,
    /// How many there are at most.
    changes: usize,
    /// How many there surely are.
    least: usize,
}

impl<N: Number> Task<'_, N> {
    /// The nearest allocation that keeps what is asked, given one that does.
    pub(super) fn best(&mut self, asked: &Asked<N>, known: &[N]) -> Best<N> {
        let model = self.model(asked);
        let (open, others) = self.open(&model);
        let whole = Group { model: &model, products: None, open, others };
        let mut units: Vec<N> = model.products.iter().map(|own| own.current.clone()).collect();
        let mut sum =
            Best { units: Vec::new(), changed: (0, 0), moved: (N::zero(), N::zero()), first: true };
        for Part { products, model } in apart(&model) {
            let pick = |of: &[bool]| {
                products.iter().map(|at| of.get(*at).copied().unwrap_or_default()).collect()
            };
            let (open, others) = (pick(&whole.open), pick(&whole.others));
            let group = Group { model: &model, products: Some(&products), open, others };
            let own = products.iter().filter_map(|at| known.get(*at).cloned()).collect();
            let best = self.best_of(&group, own, None);
            sum.changed.0 += best.changed.0;
            sum.changed.1 += best.changed.1;
            sum.moved.0 = sum.moved.0 + best.moved.0;
            sum.moved.1 = sum.moved.1 + best.moved.1;
            sum.first &= best.first;
            for (at, own) in products.iter().zip(best.units) {
                if let Some(units) = units.get_mut(*at) {
                    *units = own;
                }
            }
        }
        sum.units = units;
        if self.keeps(&whole, &sum.units) {
            return sum;
        }
        self.best_of(&whole, known.to_vec(), Some(&sum))
    }

    /// Which products may stay, and which are not wished for.
    fn open(&self, model: &Model<N>) -> (Vec<bool>, Vec<bool>) {
        let others: Vec<bool> = (0..self.frame.ids.len()).map(|at| !self.is_wished(at)).collect();
        let all = self.frame.may_stay.iter().zip(&model.products).zip(&others);
        let open = all.map(|((may, product), other)| *may && *other && product.may_stay());
        (open.collect(), others)
    }

    /// Whether these units keep all constraints.
    fn keeps(&mut self, group: &Group<'_, N>, units: &[N]) -> bool {
        let model = group.fixed(units);
        matches!(self.find(group, &model, &Stay::none()), Found::Units(_))
    }

    fn find(&mut self, group: &Group<'_, N>, model: &Model<N>, stay: &Stay) -> Found<N> {
        let mut work = self.work();
        let found = find(model, stay, &|units| self.parts_of(group, units), &mut work);
        self.spent(&work);
        found
    }

    /// Credits of each product of a group.
    fn parts_of(&self, group: &Group<'_, N>, units: &[N]) -> Option<Vec<Exact>> {
        let Some(products) = group.products else { return self.parts(units) };
        let mut all = vec![N::zero(); self.frame.ids.len()];
        for (at, units) in products.iter().zip(units) {
            if let Some(own) = all.get_mut(*at) {
                *own = units.clone();
            }
        }
        let parts = self.parts(&all)?;
        Some(products.iter().filter_map(|at| parts.get(*at).cloned()).collect())
    }

    /// The fewest changes of products that could stay, given units that keep all constraints.
    fn fewest(&mut self, group: &Group<'_, N>, known: Vec<N>, from: usize) -> Fewest<N> {
        let known = restored(group.model, &group.open, known);
        let mut best = Fewest { changes: group.changes(&known), units: known, least: from };
        let stay = |changes| Stay { open: group.open.clone(), changes };
        // So few that no allocation is left before anything is tried.
        let mut enough = best.changes;
        let mut work = self.work();
        while best.least < enough {
            let middle = best.least.midpoint(enough);
            match search::known(group.model, &stay(middle), &mut work) {
                None => best.least = middle + 1,
                Some(_) => enough = middle,
            }
        }
        self.spent(&work);
        while best.least < best.changes {
            match self.find(group, group.model, &stay(best.least)) {
                Found::Units(units) => {
                    best.changes = group.changes(&units);
                    best.units = units;
                    break;
                }
                Found::Nothing => best.least += 1,
                Found::Open => {
                    self.fewer(group, &mut best);
                    break;
                }
            }
        }
        best.least = best.least.min(best.changes);
        best
    }

    /// Fewer changes, where it is not decided which are the fewest.
    fn fewer(&mut self, group: &Group<'_, N>, best: &mut Fewest<N>) {
        // Where no products share credits, all that may go back alone did.
        if !group.model.shared.is_empty() {
            self.go_back(group, best);
        }
        best.changes = group.changes(&best.units);
        let mut low = best.least + 1;
        while low < best.changes {
            let middle = low.midpoint(best.changes);
            let stay = Stay { open: group.open.clone(), changes: middle };
            match self.find(group, group.model, &stay) {
                Found::Units(units) => {
                    best.changes = group.changes(&units);
                    best.units = units;
                }
                Found::Nothing | Found::Open => low = middle + 1,
            }
        }
    }

    /// Takes products back to today's units, one after another, where all constraints stay kept.
    fn go_back(&mut self, group: &Group<'_, N>, best: &mut Fewest<N>) {
        for at in 0..group.model.products.len() {
            let Some(current) = group.model.products.get(at).map(|own| own.current.clone()) else {
                continue;
            };
            let changed = best.units.get(at).is_some_and(|units| *units != current);
            if !changed || group.open.get(at) != Some(&true) {
                continue;
            }
            let mut units = best.units.clone();
            if let Some(own) = units.get_mut(at) {
                *own = current;
            }
            if self.keeps(group, &units) {
                best.units = units;
            }
        }
    }

    /// The nearest allocation of a group, given one that keeps its constraints; of parts it is known
    /// what they surely need.
    fn best_of(&mut self, group: &Group<'_, N>, known: Vec<N>, parts: Option<&Best<N>>) -> Best<N> {
        let must = group.must();
        let from = parts.map_or(0, |parts| parts.changed.1.saturating_sub(must));
        let fewest = self.fewest(group, known, from);
        let stay = Stay { open: group.open.clone(), changes: fewest.changes };
        let mut model = group.model.clone();
        let mut work = self.work();
        let mut bound = moved(&mut model, group, &self.frame.most(), &stay, &mut work);
        let proved = fewest.changes <= fewest.least;
        // With as few changes as the parts need, each of them moves at least what it needs.
        if let Some(parts) = parts.filter(|parts| fewest.changes + must == parts.changed.1) {
            bound.least = bound.least.max(parts.moved.1.clone());
        }
        let first = credits_moved(&model, &bound, &fewest.units);
        let best = nearest(
            &model,
            &stay,
            &bound,
            (fewest.units, first),
            &|units| self.parts_of(group, units),
            &mut work,
        );
        self.spent(&work);
        let changed = group.changed(&best.units);
        Best {
            changed: (changed, (fewest.least + must).min(changed)),
            moved: (best.moved, if proved { best.least } else { N::zero() }),
            first: best.first && proved,
            units: best.units,
        }
    }
}

/// Adds the sums that count credits moved to a model of a group.
fn moved<N: Number>(
    model: &mut Model<N>,
    group: &Group<'_, N>,
    most: &N,
    stay: &Stay,
    work: &mut super::solve::Work,
) -> Moved<N> {
    let (sum, link) = (model.constraints.len(), model.constraints.len() + 1);
    let (others, wished): (Vec<usize>, Vec<usize>) = (0..model.products.len())
        .partition(|at| group.others.get(*at).copied().unwrap_or_default());
    // What others give up makes room for what is wished for.
    let alone = |at: &usize| model.products.get(*at).is_some_and(|own| own.shared.is_none());
    let counted = wished.iter().chain(others.iter().filter(|at| !alone(at)));
    let counted: Vec<Term<N>> = counted.map(|at| Term::credits(*at, N::one())).collect();
    let worth = others.iter().filter(|at| alone(at)).filter_map(|at| model.products.get(*at));
    let below = worth.fold(N::zero(), |sum, own| sum + own.worth.clone());
    let moved = others.iter().map(|at| Term::moved(*at, N::one())).collect();
    let sum_of =
        |terms, total| Constraint::Sum(Sum { terms, total, most: most.clone(), or_none: None });
    model.constraints.push(sum_of(moved, N::zero()));
    model.constraints.push(sum_of(counted.clone(), -N::one()));
    let least = search::known(model, stay, work).map_or_else(N::zero, |known| {
        let own = counted.iter().filter_map(|term| {
            let (low, high) = known.units.get(term.product)?;
            let product = model.products.get(term.product)?;
            if product.shared.is_some() {
                return None;
            }
            product.cost.range(low, high).map(|range| range.0)
        });
        let own = own.fold(N::zero(), |sum, own| sum + own);
        (own + below.clone() - known.total.1).max(N::zero())
    });
    Moved { sum, link, below, least }
}
