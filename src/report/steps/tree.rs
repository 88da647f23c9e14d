//! Recorded steps as a tree: below each grant the steps of its product, below each rate those that
//! do not apply.

use crate::evaluate::Step;
use crate::evaluate::unused::{Unused, UnusedKind};

/// A step with what belongs to it.
pub(super) struct Node<'a> {
    pub step: &'a Step,
    pub steps: Vec<Self>,
    pub unused: &'a [Unused],
}

impl<'a> Node<'a> {
    fn of(step: &'a Step) -> Self {
        let unused: &[Unused] = if let Step::Unused { rates } = step { rates } else { &[] };
        Self { step, steps: Vec::new(), unused }
    }

    /// Whether nothing but rates that do not apply was recorded: no rate does.
    pub(super) fn is_unused(&self) -> bool {
        matches!(self.step, Step::Unused { .. })
    }
}

/// The tree of the steps of one line.
pub(super) fn tree(steps: &[Step]) -> Vec<Node<'_>> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    // The grant, or the products together, whose steps these are.
    let mut open: Option<usize> = None;
    for step in steps {
        match step {
            Step::Granted { .. } | Step::Together { .. } => {
                open = Some(nodes.len());
                nodes.push(Node::of(step));
            }
            Step::Summed { .. } => {
                open = None;
                nodes.push(Node::of(step));
            }
            Step::Charged { product, units } => {
                open = nodes.iter().position(|node| {
                    matches!(node.step, Step::Granted { product: own, .. } if own == product)
                });
                let grant = open.and_then(|at| nodes.get_mut(at));
                // Where products together took no units, the count has told them already.
                if let Some(grant) = grant
                    && !grant.steps.iter().any(|node| counted(node.step) == Some(units))
                {
                    grant.steps.push(Node::of(step));
                }
            }
            Step::Unused { rates } if is_of_together(rates) => nodes.push(Node::of(step)),
            _ => {
                let list = match open.and_then(|at| nodes.get_mut(at)) {
                    Some(node) => &mut node.steps,
                    None => &mut nodes,
                };
                match (step, list.last_mut()) {
                    (Step::Unused { rates }, _) if rates.is_empty() => {}
                    (Step::Unused { rates }, Some(last))
                        if matches!(last.step, Step::Rated { .. }) =>
                    {
                        last.unused = rates;
                    }
                    _ => list.push(Node::of(step)),
                }
            }
        }
    }
    nodes
}

/// Whether these rates are those of products together, which belong to no grant.
pub(super) fn is_of_together(rates: &[Unused]) -> bool {
    rates.first().is_some_and(|rate| rate.kind == UnusedKind::Together)
}

fn counted(step: &Step) -> Option<&crate::quantity::Exact> {
    if let Step::Counted { units, .. } = step { Some(units) } else { None }
}
