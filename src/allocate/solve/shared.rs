//! Products that cost less together: for as many units as all have, one rate replaces theirs.

use super::cost::Cost;
use super::model::Product;
use super::number::Number;

/// Products with `together` rates among them; no other product shares a rate with one of these.
#[derive(Debug, Clone)]
pub struct Shared<N> {
    /// The products.
    pub members: Vec<usize>,
    /// The rates in the order in which they apply.
    pub rates: Vec<Rate<N>>,
}

/// A rate for units that several products have.
#[derive(Debug, Clone)]
pub struct Rate<N> {
    /// Positions in `members`.
    pub of: Vec<usize>,
    /// Credits of so many charged units.
    pub cost: Cost<N>,
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
    /// Bounds of the credits of units in these ranges: exact where each range is one number, but for
    /// the part of each member in shared credits.
    pub(super) fn bounds(&self, products: &[Product<N>], ranges: &[(N, N)]) -> Option<Bounds<N>> {
        let mut left: Vec<(N, N)> = ranges.to_vec();
        let mut shared = vec![N::zero(); ranges.len()];
        let (mut least, mut most) = (N::zero(), N::zero());
        for rate in &self.rates {
            let of = || rate.of.iter().filter_map(|at| left.get(*at));
            let Some(low) = of().map(|(low, _)| low.clone()).min() else { continue };
            let Some(high) = of().map(|(_, high)| high.clone()).min() else { continue };
            let (from, to) = rate.cost.range(&low, &high)?;
            least = least + from;
            most = most + to.clone();
            for at in &rate.of {
                if let (Some(own), Some(shared)) = (left.get_mut(*at), shared.get_mut(*at)) {
                    own.0 = (own.0.clone() - high.clone()).max(N::zero());
                    own.1 = own.1.clone() - low.clone();
                    *shared = shared.clone() + to.clone();
                }
            }
        }
        let mut each = Vec::with_capacity(ranges.len());
        for (((low, high), member), shared) in left.iter().zip(&self.members).zip(shared) {
            let (own, other) = products.get(*member)?.cost.range(low, high)?;
            least = least + own.clone();
            most = most + other.clone();
            // A share of what is shared, from nothing to all.
            each.push((own, other + shared));
        }
        Some(Bounds { all: (least, most), each })
    }
}
