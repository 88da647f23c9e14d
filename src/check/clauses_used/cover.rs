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
        if let Some(left) = dodging(inside, outside) {
            let left: Vec<&Condition> = left.iter().collect();
            if self.leaves(inside, &left)? {
                return Ok(None);
            }
        }
        let all: Vec<&Condition> = outside.iter().map(|(condition, _)| *condition).collect();
        if self.leaves(inside, &all)? {
            return Ok(None);
        }
        let mut needed = outside.to_vec();
        if needed.len() <= MOST_WEIGHED {
            // The order of clauses never shows.
            needed.sort();
            for at in (0..outside.len()).rev() {
                let mut fewer = needed.clone();
                fewer.remove(at);
                let conditions: Vec<&Condition> =
                    fewer.iter().map(|(condition, _)| *condition).collect();
                if !self.leaves(inside, &conditions)? {
                    needed = fewer;
                }
            }
        }
        Ok(Some(needed.into_iter().map(|(_, cause)| cause).collect()))
    }

    /// Whether some line is left over.
    fn leaves(&self, inside: &Condition, outside: &[&Condition]) -> Result<bool, Exhausted> {
        self.work(outside.len() * outside.len() / 64)?;
        Ok(point(self.program, &[inside], outside)?.is_some())
    }

    pub(super) fn work(&self, steps: usize) -> Result<(), Exhausted> {
        let steps = self.steps.get().saturating_add(steps);
        self.steps.set(steps);
        if steps > WORK_LIMIT { Err(Exhausted) } else { Ok(()) }
    }
}

/// What a line with texts that no rule lists still meets, of conditions that stand before a clause:
/// whatever leaves some texts out holds on it. `None` where no text tells.
fn dodging(inside: &Condition, outside: &[(&Condition, Cause)]) -> Option<Vec<Condition>> {
    let lists = |set: &Set| matches!(set, Set::Text { negated: false, .. });
    let sets = outside.iter().flat_map(|(condition, _)| &condition.sets);
    let mut listed: BTreeSet<InputId> =
        sets.filter(|(_, set)| lists(set)).map(|(input, _)| *input).collect();
    listed.retain(|input| !inside.sets.get(input).is_some_and(lists));
    let unlisted = |(input, set): (&InputId, &Set)| !(listed.contains(input) && lists(set));
    let met = outside.iter().filter(|(condition, _)| condition.sets.iter().all(unlisted));
    let left = met.map(|(condition, _)| {
        let mut condition = (*condition).clone();
        condition.sets.retain(|input, _| !listed.contains(input));
        condition
    });
    (!listed.is_empty()).then(|| left.collect())
}
