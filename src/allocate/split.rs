//! Which credits cover which product.
//!
//! A split covers the products in the order of the file, each as far as any split can. Of those that
//! do, it uses the lots in the order in which they expire, then of the input, each as far as it can;
//! and of those, it gives the lots in this order to the products in the order of the file. So there
//! is one such split, and it covers as much as any other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;

use super::Lot;
use crate::plan::TargetId;
use crate::quantity::Exact;

/// Which credits cover which product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// A lot, a product, and how many credits go from one to the other: lots by expiry, then
    /// products in file order. Lots by their positions.
    pub shares: Vec<(usize, TargetId, Exact)>,
    /// Credits of products that nothing covers, in file order.
    pub uncovered: Vec<(TargetId, Exact)>,
    /// The lots that count, by expiry, each with its credits that are left.
    pub left: Vec<(usize, Exact)>,
}

impl Split {
    /// All that nothing covers.
    pub fn missing(&self) -> Exact {
        self.uncovered.iter().fold(Exact::zero(), |sum, (_, own)| &sum + own)
    }
}

/// The positions of the lots that count on a day, in the order in which they expire.
pub fn by_expiry(lots: &[Lot], day: Date) -> Vec<usize> {
    let counted = lots.iter().enumerate().filter(|(_, lot)| lot.counts(day));
    let mut order: Vec<(bool, Option<Date>, usize)> =
        counted.map(|(at, lot)| (lot.until.is_none(), lot.until, at)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, at)| at).collect()
}

/// Covers the credits of products, which stand in file order, by the lots that count on a day.
pub fn split(lots: &[Lot], day: Date, needs: &BTreeMap<TargetId, Exact>) -> Split {
    let order = by_expiry(lots, day);
    let held: Vec<&Lot> = order.iter().filter_map(|at| lots.get(*at)).collect();
    let needs: Vec<(TargetId, &Exact)> =
        needs.iter().filter(|(_, need)| !need.is_zero()).map(|(id, need)| (*id, need)).collect();
    let mut flow = Flow {
        spare: held.iter().map(|lot| lot.credits.clone()).collect(),
        open: needs.iter().map(|(_, need)| (*need).clone()).collect(),
        may: held.iter().map(|lot| needs.iter().map(|(id, _)| lot.is_for(*id)).collect()).collect(),
        moved: BTreeMap::new(),
    };
    if held.iter().all(|lot| lot.only.is_none()) {
        flow.pour();
    } else {
        flow.cover();
        flow.use_early();
        flow.give_in_order();
    }
    let shares = flow.moved.into_iter().filter_map(|((lot, product), credits)| {
        Some((*order.get(lot)?, needs.get(product)?.0, credits))
    });
    let uncovered = needs.iter().zip(flow.open).map(|((id, _), open)| (*id, open));
    Split {
        shares: shares.collect(),
        uncovered: uncovered.filter(|(_, open)| !open.is_zero()).collect(),
        left: order.iter().copied().zip(flow.spare).collect(),
    }
}

/// Credits that go from lots to products, both by their positions.
struct Flow {
    /// What is left of each lot.
    spare: Vec<Exact>,
    /// What is uncovered of each product.
    open: Vec<Exact>,
    /// Whether a lot may go to a product.
    may: Vec<Vec<bool>>,
    /// What goes where; nothing is left out.
    moved: BTreeMap<(usize, usize), Exact>,
}

/// A lot or a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Lot(usize),
    Product(usize),
}

/// More from a lot to a product, or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    pair: (usize, usize),
    more: bool,
}

impl Flow {
    /// Where any lot may go to any product, both are taken in their order.
    fn pour(&mut self) {
        let mut lot = 0;
        for (product, open) in self.open.iter_mut().enumerate() {
            while let Some(spare) = self.spare.get_mut(lot).filter(|_| !open.is_zero()) {
                let part = spare.clone().min(open.clone());
                *spare = &*spare - &part;
                *open = &*open - &part;
                if !part.is_zero() {
                    self.moved.insert((lot, product), part);
                }
                if spare.is_zero() {
                    lot += 1;
                }
            }
        }
    }

    /// Covers the products in their order, each as far as possible.
    fn cover(&mut self) {
        for product in 0..self.open.len() {
            loop {
                let open = at(&self.open, product);
                if open.is_zero() {
                    break;
                }
                let is_end = |node| match node {
                    Node::Lot(lot) => !at(&self.spare, lot).is_zero(),
                    Node::Product(_) => false,
                };
                let found = self.path(Node::Product(product), false, |_| true, is_end);
                let Some((Node::Lot(lot), steps)) = found else { break };
                let part = self.push(&steps, open.min(at(&self.spare, lot)));
                less(&mut self.open, product, &part);
                less(&mut self.spare, lot, &part);
            }
        }
    }

    /// Uses the lots in their order, each as far as possible, in place of later ones.
    fn use_early(&mut self) {
        for lot in 0..self.spare.len() {
            loop {
                let spare = at(&self.spare, lot);
                if spare.is_zero() {
                    break;
                }
                let is_end = |node| matches!(node, Node::Lot(other) if other > lot);
                let found = self.path(Node::Lot(lot), true, |_| true, is_end);
                let Some((Node::Lot(other), steps)) = found else { break };
                let part = self.push(&steps, spare);
                less(&mut self.spare, lot, &part);
                less(&mut self.spare, other, &-part);
            }
        }
    }

    /// Gives each lot to the products in their order, in place of later ones.
    fn give_in_order(&mut self) {
        for lot in 0..self.spare.len() {
            for product in 0..self.open.len() {
                let pair = (lot, product);
                if !self.allows(pair) {
                    continue;
                }
                loop {
                    let is_end = |node| node == Node::Lot(lot);
                    let later = |step: Step| step.pair > pair;
                    let found = self.path(Node::Product(product), true, later, is_end);
                    let Some((_, mut steps)) = found else { break };
                    // Nothing bounds it but what is taken away elsewhere.
                    steps.push(Step { pair, more: true });
                    let most = at(&self.spare, lot) + self.given(lot);
                    self.push(&steps, most);
                }
            }
        }
    }

    fn given(&self, lot: usize) -> Exact {
        let own = self.moved.range((lot, 0)..=(lot, usize::MAX));
        own.fold(Exact::zero(), |sum, (_, part)| &sum + part)
    }

    fn allows(&self, (lot, product): (usize, usize)) -> bool {
        self.may.get(lot).and_then(|products| products.get(product)).is_some_and(|may| *may)
    }

    /// The shortest way from a node to an end, by steps that may be taken; from lots to products by
    /// giving more and from products to lots by giving less, or the other way round.
    fn path(
        &self,
        start: Node,
        lots_give: bool,
        may: impl Fn(Step) -> bool,
        is_end: impl Fn(Node) -> bool,
    ) -> Option<(Node, Vec<Step>)> {
        let mut from: BTreeMap<Node, (Node, Step)> = BTreeMap::new();
        let mut seen = BTreeSet::from([start]);
        let mut waiting = VecDeque::from([start]);
        while let Some(node) = waiting.pop_front() {
            let next: Vec<(Node, (usize, usize), bool)> = match node {
                Node::Lot(lot) => (0..self.open.len())
                    .map(|product| (Node::Product(product), (lot, product), lots_give))
                    .collect(),
                Node::Product(product) => (0..self.spare.len())
                    .map(|lot| (Node::Lot(lot), (lot, product), !lots_give))
                    .collect(),
            };
            for (other, pair, more) in next {
                let step = Step { pair, more };
                let possible =
                    if more { self.allows(pair) } else { self.moved.contains_key(&pair) };
                if !possible || !may(step) || !seen.insert(other) {
                    continue;
                }
                from.insert(other, (node, step));
                if is_end(other) {
                    return Some((other, steps_to(other, &from)));
                }
                waiting.push_back(other);
            }
        }
        None
    }

    /// Takes steps as far as possible, up to a bound; answers how far.
    fn push(&mut self, steps: &[Step], most: Exact) -> Exact {
        let taken = steps.iter().filter(|step| !step.more);
        let part = taken
            .filter_map(|step| self.moved.get(&step.pair))
            .fold(most, |part, moved| part.min(moved.clone()));
        for Step { pair, more } in steps {
            let moved = self.moved.entry(*pair).or_insert_with(Exact::zero);
            *moved = if *more { &*moved + &part } else { &*moved - &part };
            if moved.is_zero() {
                self.moved.remove(pair);
            }
        }
        part
    }
}

fn steps_to(end: Node, from: &BTreeMap<Node, (Node, Step)>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut node = end;
    while let Some((before, step)) = from.get(&node) {
        steps.push(*step);
        node = *before;
    }
    steps
}

fn at(amounts: &[Exact], position: usize) -> Exact {
    amounts.get(position).cloned().unwrap_or_else(Exact::zero)
}

fn less(amounts: &mut [Exact], position: usize, part: &Exact) {
    if let Some(own) = amounts.get_mut(position) {
        *own = &*own - part;
    }
}
