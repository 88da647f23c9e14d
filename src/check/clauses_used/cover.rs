//! What covers every line of a condition.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::reach::Cause;
use crate::check::region::{Exhausted, point};
use crate::hir::set::Set;
use crate::hir::{Condition, InputId, Program};

/// Most steps of one search; a step looks at one clause that stands before another.
const WORK_LIMIT: usize = 20_000_000;

/// Of more clauses than these it is not found out which are needed to cover a line.
const MOST_WEIGHED: usize = 16;

/// A search that ends, found or not.
pub(super) struct Search<'a> {
    program: &'a Program,
    steps: Cell<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        Self { program, steps: Cell::new(0) }
    }

    /// What covers every line of a condition; `None` where something is left.
    pub(super) fn covering(
        &self,
        inside: &Condition,
        outside: &[(&Condition, Cause)],
    ) -> Result<Option<Vec<Cause>>, Exhausted> {
        if outside.is_empty() {
            return Ok(None);
        }
        self.work(outside.len())?;
        if let Some((_, cause)) = outside.iter().find(|(condition, _)| inside.implies(condition)) {
            return Ok(Some(vec![*cause]));
        }
        let left = dodging(inside, outside);
        if left.len() < outside.len() && self.leaves(inside, &left)? {
            return Ok(None);
        }
        if self.leaves(inside, outside)? {
            return Ok(None);
        }
        let mut needed = outside.to_vec();
        if needed.len() <= MOST_WEIGHED {
            // The order of clauses never shows.
            needed.sort();
            for at in (0..outside.len()).rev() {
                let mut fewer = needed.clone();
                fewer.remove(at);
                if !self.leaves(inside, &fewer)? {
                    needed = fewer;
                }
            }
        }
        Ok(Some(needed.into_iter().map(|(_, cause)| cause).collect()))
    }

    /// Whether some line is left over.
    fn leaves(
        &self,
        inside: &Condition,
        outside: &[(&Condition, Cause)],
    ) -> Result<bool, Exhausted> {
        self.work(outside.len() * outside.len() / 64)?;
        let outside: Vec<&Condition> = outside.iter().map(|(condition, _)| *condition).collect();
        Ok(point(self.program, &[inside], &outside)?.is_some())
    }

    pub(super) fn work(&self, steps: usize) -> Result<(), Exhausted> {
        let steps = self.steps.get().saturating_add(steps);
        self.steps.set(steps);
        if steps > WORK_LIMIT { Err(Exhausted) } else { Ok(()) }
    }
}

/// What a text that no rule lists still meets, of conditions that stand before a clause.
fn dodging<'a>(
    inside: &Condition,
    outside: &[(&'a Condition, Cause)],
) -> Vec<(&'a Condition, Cause)> {
    let mut listed: BTreeSet<InputId> = BTreeSet::new();
    let mut left_out: BTreeSet<InputId> = BTreeSet::new();
    for (condition, _) in outside {
        for (input, set) in &condition.sets {
            match set {
                Set::Text { negated: false, .. } => listed.insert(*input),
                Set::Text { .. } => left_out.insert(*input),
                _ => false,
            };
        }
    }
    listed.retain(|input| !left_out.contains(input) && !inside.sets.contains_key(input));
    let meets = |condition: &Condition| condition.sets.keys().all(|input| !listed.contains(input));
    outside.iter().filter(|(condition, _)| meets(condition)).copied().collect()
}
