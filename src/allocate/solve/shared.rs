//! Products that cost less together: for as many units as all have, one rate replaces theirs.

use super::cost::{Cost, Straight};
use super::model::Product;
use super::number::Number;

/// Products with `together` rates among them; no other product shares a rate with one of these.
#[derive(Debug, Clone)]
pub struct Shared<N> {
    /// The products.
    pub members: Vec<usize>,
    /// The rates in the order in which they apply.
    pub rates: Vec<Rate<N>>,
    /// By how much all credits together may be less for more units; `None` where it is not known.
    pub falls: Option<N>,
}

/// A rate for units that several products have.
#[derive(Debug, Clone)]
pub struct Rate<N> {
    /// Positions in `members`.
    pub of: Vec<usize>,
    /// Credits of so many charged units.
    pub cost: Cost<N>,
    /// The parts of the members in them, where they are the same for any number of units.
    pub weights: Option<Vec<N>>,
}

/// Bounds of credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounds<N> {
    /// Of all members together.
    pub all: (N, N),
    /// Of each member, shared credits in it.
    pub each: Vec<(N, N)>,
}

impl<N: Number> Shared<N> {
    /// Products with rates among them.
    pub fn new(members: Vec<usize>, mut rates: Vec<Rate<N>>, products: &[Product<N>]) -> Self {
        for rate in &mut rates {
            let of = rate.of.iter().filter_map(|at| products.get(*members.get(*at)?));
            rate.weights = weights(of);
        }
        let falls = falls(&members, &rates, products);
        Self { members, rates, falls }
    }

    /// Credits of so many units of each.
    fn credits(&self, products: &[Product<N>], mut units: Vec<N>) -> Option<N> {
        let mut credits = N::zero();
        for rate in &self.rates {
            let of = rate.of.iter().filter_map(|at| units.get(*at));
            let Some(all) = of.min().cloned() else { continue };
            credits = credits + rate.cost.at(&all)?;
            for at in &rate.of {
                if let Some(own) = units.get_mut(*at) {
                    *own = own.clone() - all.clone();
                }
            }
        }
        for (own, member) in units.iter().zip(&self.members) {
            credits = credits + products.get(*member)?.cost.at(own)?;
        }
        Some(credits)
    }

    /// Bounds of the credits of units in these ranges: exact where each range is one number, but for
    /// the part of each member in shared credits.
    pub(super) fn bounds(&self, products: &[Product<N>], ranges: &[(N, N)]) -> Option<Bounds<N>> {
        let mut left: Vec<(N, N)> = ranges.to_vec();
        let mut shared = vec![(N::zero(), N::zero()); ranges.len()];
        let (mut least, mut most) = (N::zero(), N::zero());
        for rate in &self.rates {
            let of = || rate.of.iter().filter_map(|at| left.get(*at));
            let Some(low) = of().map(|(low, _)| low.clone()).min() else { continue };
            let Some(high) = of().map(|(_, high)| high.clone()).min() else { continue };
            let (from, to) = rate.cost.range(&low, &high)?;
            least = least + from.clone();
            most = most + to.clone();
            for (position, at) in rate.of.iter().enumerate() {
                if let (Some(own), Some(shared)) = (left.get_mut(*at), shared.get_mut(*at)) {
                    own.0 = (own.0.clone() - high.clone()).max(N::zero());
                    own.1 = own.1.clone() - low.clone();
                    let (least, most) = rate.part(position, &from, &to);
                    *shared = (shared.0.clone() + least, shared.1.clone() + most);
                }
            }
        }
        let mut each = Vec::with_capacity(ranges.len());
        for (((low, high), member), shared) in left.iter().zip(&self.members).zip(shared) {
            let (own, other) = products.get(*member)?.cost.range(low, high)?;
            least = least + own.clone();
            most = most + other.clone();
            each.push((own + shared.0, other + shared.1));
        }
        if let Some(falls) = &self.falls {
            let [low, high] = [|own: &(N, N)| own.0.clone(), |own: &(N, N)| own.1.clone()]
                .map(|end| self.credits(products, ranges.iter().map(end).collect()));
            least = least.max(low? - falls.clone());
            most = most.min(high? + falls.clone());
        }
        Some(Bounds { all: (least, most), each })
    }
}

impl<N: Number> Rate<N> {
    /// Bounds of the part of a member in credits between these.
    fn part(&self, position: usize, from: &N, to: &N) -> (N, N) {
        let Some(weights) = &self.weights else { return (N::zero(), to.clone()) };
        let own = weights.get(position).cloned().unwrap_or_else(N::zero);
        let all = weights.iter().fold(N::zero(), |sum, own| sum + own.clone());
        ((from.clone() * own.clone()).div_floor(&all), (to.clone() * own).div_ceil(&all))
    }

    /// More than any number that comes up on the way to its credits and their parts.
    pub fn size(&self) -> N {
        let all = self.weights.iter().flatten().fold(N::one(), |sum, own| sum + own.clone());
        self.cost.size() * all
    }
}

/// What each adds to the credits of units that all have, by their own rates, as small whole numbers;
/// equal where that is nothing; `None` where it is not in proportion to the units.
fn weights<'p, N: Number + 'p>(of: impl Iterator<Item = &'p Product<N>>) -> Option<Vec<N>> {
    let straight: Vec<Straight<N>> = of.map(|own| own.cost.straight()).collect::<Option<_>>()?;
    let parts = straight.iter().fold(N::one(), |parts, own| parts.lcm(&own.parts));
    let each = straight.iter().map(|own| own.each.clone() * (parts.clone() / own.parts.clone()));
    let each: Vec<N> = each.collect();
    let common = each.iter().fold(N::zero(), |common, own| common.gcd(own));
    if common.is_zero() {
        return Some(vec![N::one(); each.len()]);
    }
    Some(each.into_iter().map(|own| own / common.clone()).collect())
}

/// One more unit of a product is charged by its own rate, or it is the one that all others have
/// waited for: then the rate of all replaces those of the others. So with straight rates nothing
/// falls but by rounding, where the rate of all is at least the sum of any others.
fn falls<N: Number>(members: &[usize], rates: &[Rate<N>], products: &[Product<N>]) -> Option<N> {
    let [rate] = rates else { return None };
    let own = members.iter().map(|at| products.get(*at)?.cost.straight());
    let own: Vec<Straight<N>> = own.collect::<Option<_>>()?;
    let all = rate.cost.straight()?;
    // Over one divisor.
    let parts = own.iter().fold(all.parts.clone(), |parts, own| parts.lcm(&own.parts));
    let each = |one: &Straight<N>| one.each.clone() * (parts.clone() / one.parts.clone());
    let sum = own.iter().fold(N::zero(), |sum, one| sum + each(one));
    if own.iter().any(|one| each(&all) < sum.clone() - each(one)) {
        return None;
    }
    let spread = own.iter().fold(all.spread.clone(), |sum, one| sum + one.spread.clone());
    Some(spread.clone() + spread)
}
