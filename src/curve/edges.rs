//! Where one piece of a curve ends and the next begins, as quantities that a line can have.

use super::Curve;
use crate::quantity::{Exact, MAX_DECIMALS};

/// How units are gathered into what a curve charges.
#[derive(Debug, Clone)]
pub struct Blocks {
    /// Units in one block.
    pub size: Exact,
    /// Whether a begun block counts whole.
    pub started: bool,
}

/// An end of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The piece that ends.
    pub piece: usize,
    /// Its upper end in charged units.
    pub upper: Exact,
    /// The last units that it charges, or round ones near to them.
    pub last: Exact,
    /// The first units behind it, or round ones near to them.
    pub first: Exact,
}

impl Curve {
    /// Every end of a piece that charges any units, rising.
    ///
    /// The end itself belongs to one side; the other side is told by the quantity with the fewest
    /// decimals next to it. Behind `up to 100` that is 101, where the next tier holds it.
    pub fn edges(&self, blocks: &Blocks) -> Vec<Edge> {
        let mut edges = Vec::new();
        let mut low = Exact::zero();
        for (index, piece) in self.pieces.iter().enumerate() {
            let Some(upper) = &piece.upper else { break };
            // With started blocks a piece ends at the last whole block that it holds.
            let (end, closed) = match (blocks.started, self.inclusive) {
                (false, closed) => (upper.clone(), closed),
                (true, true) => (upper.floor(), true),
                (true, false) => (upper.ceil() - Exact::one(), true),
            };
            let end = end * blocks.size.clone();
            if end <= low {
                continue;
            }
            let limit = if blocks.started {
                Some(&end + &blocks.size)
            } else {
                let next = self.pieces.get(index + 1).and_then(|piece| piece.upper.as_ref());
                next.map(|next| next * &blocks.size)
            };
            let sides = if closed {
                behind(&end, limit.as_ref()).map(|first| (end.clone(), first))
            } else {
                before(&end, &low).map(|last| (last, end.clone()))
            };
            let edge = |(last, first)| Edge { piece: index, upper: upper.clone(), last, first };
            edges.extend(sides.map(edge));
            low = end;
        }
        edges
    }
}

/// The roundest number above `end` and not above `limit`.
fn behind(end: &Exact, limit: Option<&Exact>) -> Option<Exact> {
    scales().find_map(|scale| {
        let first = ((end * &scale).floor() + Exact::one()) / scale;
        limit.is_none_or(|limit| first <= *limit).then_some(first)
    })
}

/// The roundest number below `end` and above `limit`.
fn before(end: &Exact, limit: &Exact) -> Option<Exact> {
    scales().find_map(|scale| {
        let last = ((end * &scale).ceil() - Exact::one()) / scale;
        (last > *limit).then_some(last)
    })
}

/// 1, 10, 100, … up to the most decimals that a quantity can have.
fn scales() -> impl Iterator<Item = Exact> {
    let next = |scale: &Exact| Some(scale * &Exact::from(10));
    std::iter::successors(Some(Exact::one()), next).take(MAX_DECIMALS + 1)
}
