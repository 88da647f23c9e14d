//! Products that go back to today's units, one after another, while all constraints are kept.

use super::infer::Index;
use super::model::{Constraint, Model, Sum, Term};
use super::number::{Number, down_to, up_to};

/// An allocation that keeps all constraints, out of another that does: products that may stay are as
/// they are today wherever that alone breaks none, the others as near to it as can be told by halving.
/// Those that take the fewest credits go first, so that many go all the way. Where products share
/// credits, nothing goes back.
pub fn restored<N: Number>(model: &Model<N>, open: &[bool], units: Vec<N>) -> Vec<N> {
    if !model.shared.is_empty() {
        return units;
    }
    let Some(mut own) = Allocated::new(model, &units) else { return units };
    let places = open.iter().enumerate().filter(|(_, open)| **open).map(|(at, _)| at);
    let taken = |at: &usize| {
        let worth = model.products.get(*at).map(|product| product.worth.clone());
        worth.zip(own.credits.get(*at)).map(|(worth, credits)| worth - credits.clone())
    };
    let mut places: Vec<usize> = places.collect();
    places.sort_by_cached_key(taken);
    loop {
        let before = places.len();
        places.retain(|at| !own.goes_back(*at));
        if places.len() == before {
            break;
        }
    }
    places.into_iter().for_each(|at| own.goes_near(at));
    own.units
}

/// Units of products, with what they add up to.
struct Allocated<'m, N> {
    model: &'m Model<N>,
    index: Index,
    units: Vec<N>,
    /// Credits of each.
    credits: Vec<N>,
    /// Credits of all.
    total: N,
    /// What each constraint that is a sum comes to.
    sums: Vec<N>,
}

impl<'m, N: Number> Allocated<'m, N> {
    /// `None` where units are refused.
    fn new(model: &'m Model<N>, units: &[N]) -> Option<Self> {
        let all = model.products.iter().zip(units);
        let credits: Option<Vec<N>> = all.map(|(product, units)| product.cost.at(units)).collect();
        let credits = credits?;
        let total = credits.iter().fold(N::zero(), |sum, own| sum + own.clone());
        let mut own = Self {
            model,
            index: Index::new(&model.constraints, model.products.len()),
            units: units.to_vec(),
            credits,
            total,
            sums: Vec::new(),
        };
        own.sums = model.constraints.iter().map(|constraint| own.sum(constraint)).collect();
        Some(own)
    }

    fn sum(&self, constraint: &Constraint<N>) -> N {
        let Constraint::Sum(sum) = constraint else { return N::zero() };
        let terms = sum.terms.iter().map(|term| self.adds(term));
        terms.fold(sum.total.clone() * self.total.clone(), |sum, own| sum + own)
    }

    fn adds(&self, term: &Term<N>) -> N {
        let at = term.product;
        let (Some(product), Some(units), Some(credits)) =
            (self.model.products.get(at), self.units.get(at), self.credits.get(at))
        else {
            return N::zero();
        };
        let moved = (credits.clone() - product.worth.clone()).abs();
        term.units.clone() * units.clone()
            + term.credits.clone() * credits.clone()
            + term.moved.clone() * moved
    }

    /// Whether a product is, or goes back to be, as it is today.
    fn goes_back(&mut self, at: usize) -> bool {
        let Some(product) = self.model.products.get(at) else { return false };
        let (units, credits) = (product.current.clone(), product.worth.clone());
        self.units.get(at) == Some(&units) || self.goes(at, (units, credits))
    }

    /// Goes as far back as can be told by halving what is left.
    fn goes_near(&mut self, at: usize) {
        let (Some(product), Some(units)) = (self.model.products.get(at), self.units.get(at)) else {
            return;
        };
        let stride = &product.stride;
        let (mut kept, mut broken) = (units.clone(), product.current.clone());
        let two = N::one() + N::one();
        loop {
            let sum = kept.clone() + broken.clone();
            // From what is broken towards what is kept, so that it is between them or what is kept.
            let middle = if kept < broken {
                down_to(&sum.div_floor(&two), stride)
            } else {
                up_to(&sum.div_ceil(&two), stride)
            };
            if middle == kept {
                return;
            }
            let credits = product.cost.at(&middle);
            if credits.is_some_and(|credits| self.goes(at, (middle.clone(), credits))) {
                kept = middle;
            } else {
                broken = middle;
            }
        }
    }

    /// Whether a product may have other units, which it then has.
    fn goes(&mut self, at: usize, to: (N, N)) -> bool {
        let (Some(units), Some(credits)) = (self.units.get(at), self.credits.get(at)) else {
            return false;
        };
        let before = (units.clone(), credits.clone());
        self.set(at, to);
        let keeps = self.keeps(at);
        if !keeps {
            self.set(at, before);
        }
        keeps
    }

    fn set(&mut self, at: usize, (units, credits): (N, N)) {
        let of: Vec<usize> = self.index.of(at).to_vec();
        self.turn(&of, at, &|sum, adds| sum - adds);
        let more = match self.credits.get_mut(at) {
            Some(own) => credits.clone() - std::mem::replace(own, credits),
            None => N::zero(),
        };
        if let Some(own) = self.units.get_mut(at) {
            *own = units;
        }
        self.turn(&of, at, &|sum, adds| sum + adds);
        self.total = self.total.clone() + more.clone();
        for at in self.index.totals() {
            if let (Some(Constraint::Sum(sum)), Some(own)) =
                (self.model.constraints.get(*at), self.sums.get_mut(*at))
            {
                *own = own.clone() + sum.total.clone() * more.clone();
            }
        }
    }

    /// Takes what a product adds off some sums, or puts it there.
    fn turn(&mut self, of: &[usize], product: usize, with: &impl Fn(N, N) -> N) {
        for at in of {
            let Some(Constraint::Sum(sum)) = self.model.constraints.get(*at) else { continue };
            for term in sum.terms.iter().filter(|term| term.product == product) {
                let adds = self.adds(term);
                if let Some(own) = self.sums.get_mut(*at) {
                    *own = with(own.clone(), adds);
                }
            }
        }
    }

    /// Whether all is kept that a product has to do with.
    fn keeps(&self, at: usize) -> bool {
        let (least, most) = &self.model.total;
        let all = self.index.of(at).iter().chain(self.index.totals());
        *least <= self.total
            && self.total <= *most
            && all.copied().all(|at| self.keeps_one(at).unwrap_or(true))
    }

    fn keeps_one(&self, at: usize) -> Option<bool> {
        let has = |at: usize| self.units.get(at).is_some_and(N::is_positive);
        Some(match self.model.constraints.get(at)? {
            Constraint::Sum(Sum { most, or_none, .. }) => {
                or_none.is_some_and(|at| !has(at)) || self.sums.get(at)? <= most
            }
            Constraint::Needs(product, of) => !has(*product) || of.iter().any(|at| has(*at)),
            Constraint::Count { of, least, most } => {
                let count = of.iter().filter(|at| has(**at)).count();
                *least <= count && count <= *most
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::restored;
    use crate::allocate::solve::cost::Cost;
    use crate::allocate::solve::cost::{Figure, Piece};
    use crate::allocate::solve::model::{Constraint, Model, Product, Sum, Term};

    /// So many credits a unit, with so many units today.
    fn product(each: i128, current: i128) -> Product<i128> {
        let figure = Figure { each, once: 0, share: 1, steps: Vec::new() };
        let piece = Piece { last: 1000, figure: Some(figure), falls: false };
        Product {
            range: (0, 1000),
            stride: 1,
            current,
            worth: each * current,
            wanted: current,
            cost: Cost::new(vec![piece]),
            shared: None,
        }
    }

    fn model(constraints: Vec<Constraint<i128>>, most: i128) -> Model<i128> {
        let products = vec![product(3, 10), product(2, 10), product(1, 10), product(1, 0)];
        Model { products, shared: Vec::new(), constraints, total: (0, most) }
    }

    const OPEN: [bool; 4] = [true, true, true, false];

    #[test]
    fn what_takes_the_fewest_credits_goes_back_first() {
        let own = restored(&model(Vec::new(), 49), &OPEN, vec![0, 0, 0, 19]);
        assert_eq!(own, [0, 10, 10, 19]);
        // Then the next one as far as the credits go.
        let own = restored(&model(Vec::new(), 48), &OPEN, vec![0, 0, 0, 19]);
        assert_eq!(own, [0, 9, 10, 19]);
    }

    #[test]
    fn units_come_near_in_steps_and_from_above() {
        let mut own = model(Vec::new(), 48);
        own.products.get_mut(1).unwrap().stride = 5;
        assert_eq!(restored(&own, &OPEN, vec![0, 0, 0, 19]), [3, 5, 10, 19]);
        // At least 12 units, of which today there are 10.
        let least = Sum { terms: vec![Term::units(1, -1)], total: 0, most: -12, or_none: None };
        let own = model(vec![Constraint::Sum(least)], 500);
        assert_eq!(restored(&own, &OPEN, vec![0, 40, 0, 19]), [10, 12, 10, 19]);
    }

    #[test]
    fn only_what_keeps_every_constraint_goes_back() {
        let sum = |terms, total, most, or_none| Sum { terms, total, most, or_none };
        let units = vec![0, 0, 0, 19];
        let needs = vec![Constraint::Needs(2, vec![0])];
        // What needs another goes back behind it.
        assert_eq!(restored(&model(needs.clone(), 99), &OPEN, units.clone()), [10, 10, 10, 19]);
        assert_eq!(restored(&model(needs, 48), &OPEN, units.clone()), [3, 10, 0, 19]);
        let count = vec![Constraint::Count { of: vec![0, 1, 2], least: 0, most: 1 }];
        assert_eq!(restored(&model(count, 100), &OPEN, units.clone()), [0, 0, 10, 19]);
        // Half of the credits of all at most: 10 of 29, 30 of 59, and then 30 of 79.
        let half = sum(vec![Term::credits(2, 2), Term::credits(1, 2)], -1, 0, None);
        let half = vec![Constraint::Sum(half)];
        assert_eq!(restored(&model(half, 100), &OPEN, units.clone()), [10, 10, 10, 19]);
        // At least 12 units, or none.
        let some = Sum { or_none: Some(1), ..sum(vec![Term::units(1, -1)], 0, -12, None) };
        let some = vec![Constraint::Sum(some)];
        assert_eq!(restored(&model(some, 100), &OPEN, units.clone()), [10, 0, 10, 19]);
        let few = |or_none| vec![Constraint::Sum(sum(vec![Term::units(1, 1)], 0, 9, or_none))];
        assert_eq!(restored(&model(few(None), 100), &OPEN, units.clone()), [10, 9, 10, 19]);
        assert_eq!(restored(&model(few(Some(0)), 49), &OPEN, units), [0, 10, 10, 19]);
    }
}
