//! Branch and bound: an allocation that meets all demands, or the proof that none does.
//!
//! Demands are taken up one after another, as allocations that meet the others break them. Depth is
//! that of a list of nodes, not of the stack.

use std::collections::VecDeque;

use super::allocation::Allocation;
use super::encode::{Demand, Market, System};
use crate::linear::{self, Exhausted, Relation, Row, Work};
use crate::quantity::Exact;

/// Whether demands can be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Some allocation was evaluated and meets them.
    Possible,
    /// None does, by these demands alone.
    Impossible(Vec<usize>),
    /// It was given up.
    Undecided(Why),
}

/// Why it was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The work limit.
    Work,
    /// It depends on credits that an allocation does not determine.
    Credits,
}

impl Why {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Work => "it takes more steps than the work limit allows",
            Self::Credits => {
                "it depends on credits that units alone do not determine, such as those of products that cost less together"
            }
        }
    }
}

/// Whether demands can be met together.
pub(super) fn decide(demands: &[Demand<'_>], market: &Market, work: &mut Work) -> Answer {
    let mut active: Vec<usize> = Vec::new();
    let mut found = Allocation::default();
    loop {
        let missed = (0..demands.len())
            .filter(|at| demands.get(*at).is_some_and(|demand| !found.meets(demand)));
        let fresh: Vec<usize> = missed.filter(|at| !active.contains(at)).collect();
        if fresh.is_empty() {
            return Answer::Possible;
        }
        active.extend(fresh);
        let own: Vec<Demand<'_>> =
            active.iter().filter_map(|at| demands.get(*at).copied()).collect();
        let system = System::of(&own, market);
        match solve(&system, market, &own, work) {
            Ok(Some(allocation)) => found = allocation,
            Ok(None) => {
                active.sort_unstable();
                return Answer::Impossible(active);
            }
            Err(why) => return Answer::Undecided(why),
        }
    }
}

/// Whole numbers below this many branches are looked into last.
const DEEP: usize = 30;

#[derive(Clone, Default)]
struct Node {
    rows: Vec<Row>,
    /// How many of them cut a variable between two whole numbers.
    cuts: usize,
}

fn solve(
    system: &System,
    market: &Market,
    demands: &[Demand<'_>],
    work: &mut Work,
) -> Result<Option<Allocation>, Why> {
    let mut vague = false;
    let mut open = VecDeque::from([Node::default()]);
    while let Some(node) = open.pop_back() {
        let rows: Vec<&Row> = system.rows.iter().chain(&node.rows).collect();
        work.spend(rows.len()).map_err(|Exhausted| Why::Work)?;
        let found = linear::point(&rows, system.variables, work);
        let Some(point) = found.map_err(|Exhausted| Why::Work)? else { continue };
        let allocation = Allocation::of(system, market, &point);
        let meets = |allocation: &Allocation| demands.iter().all(|demand| allocation.meets(demand));
        if let Ok(allocation) = allocation
            && meets(&allocation)
        {
            return Ok(Some(allocation));
        }
        let branches = branches(system, &node, &point);
        // Nothing is left to choose, and what was found is no allocation.
        vague |= branches.is_empty();
        for branch in branches {
            if branch.cuts > DEEP { open.push_front(branch) } else { open.push_back(branch) }
        }
    }
    if vague { Err(Why::Credits) } else { Ok(None) }
}

/// What follows from the first choice that a point leaves open, the nearest alternative last.
fn branches(system: &System, node: &Node, point: &[Exact]) -> Vec<Node> {
    let broken = |rows: &[Row]| rows.iter().filter(|row| !row.holds(point)).count();
    let with = |rows: &[Row], cuts: usize| {
        let mut longer = node.clone();
        longer.rows.extend(rows.iter().cloned());
        longer.cuts += cuts;
        longer
    };
    let open = system.choices.iter().find(|choice| choice.iter().all(|rows| broken(rows) > 0));
    if let Some(choice) = open {
        let mut ways: Vec<&Vec<Row>> = choice.iter().collect();
        ways.sort_by_key(|rows| std::cmp::Reverse(broken(rows)));
        return ways.into_iter().map(|rows| with(rows, 0)).collect();
    }
    let value = |variable: &usize| point.get(*variable).cloned().unwrap_or_else(Exact::zero);
    let cut = system.whole.iter().find(|variable| value(variable).floor() != value(variable));
    cut.map_or_else(Vec::new, |variable| {
        let row = |relation, bound| Row::new(vec![(*variable, Exact::one())], relation, bound);
        vec![
            with(&[row(Relation::AtMost, value(variable).floor())], 1),
            with(&[row(Relation::AtLeast, value(variable).ceil())], 1),
        ]
    })
}
