//! Which conditions can meet at all: thousands of contract rates, one an account, never do.

use std::collections::BTreeMap;

use crate::hir::set::Set;
use crate::hir::{Condition, InputId};

/// Conditions, found by the texts that they list.
pub(super) struct Neighbors<'a> {
    /// The text input that most conditions list values of.
    input: Option<InputId>,
    /// Conditions by the values that they list.
    by_value: BTreeMap<&'a str, Vec<usize>>,
    /// Conditions that list none.
    others: Vec<usize>,
    count: usize,
}

impl<'a> Neighbors<'a> {
    pub(super) fn new(conditions: impl IntoIterator<Item = &'a Condition>) -> Self {
        let conditions: Vec<&Condition> = conditions.into_iter().collect();
        let mut counts: BTreeMap<InputId, usize> = BTreeMap::new();
        for condition in &conditions {
            for (input, set) in &condition.sets {
                if matches!(set, Set::Text { negated: false, .. }) {
                    *counts.entry(*input).or_default() += 1;
                }
            }
        }
        let input = counts.into_iter().max_by_key(|(_, count)| *count).map(|(input, _)| input);
        let count = conditions.len();
        let mut neighbors = Self { input, by_value: BTreeMap::new(), others: Vec::new(), count };
        for (index, condition) in conditions.into_iter().enumerate() {
            match neighbors.listed(condition) {
                Some(values) => {
                    for value in values {
                        neighbors.by_value.entry(value).or_default().push(index);
                    }
                }
                None => neighbors.others.push(index),
            }
        }
        neighbors
    }

    fn listed<'b>(
        &self,
        condition: &'b Condition,
    ) -> Option<impl Iterator<Item = &'b str> + use<'b>> {
        match condition.sets.get(&self.input?)? {
            Set::Text { listed, negated: false } => Some(listed.iter().map(String::as_str)),
            _ => None,
        }
    }

    /// The conditions, by position, that a condition may meet, rising; itself, where it is one.
    pub(super) fn of(&self, condition: &Condition) -> Vec<usize> {
        match self.listed(condition) {
            None => (0..self.count).collect(),
            Some(values) => {
                let same = values.filter_map(|value| self.by_value.get(value)).flatten();
                let mut candidates: Vec<usize> = same.chain(&self.others).copied().collect();
                candidates.sort_unstable();
                candidates.dedup();
                candidates
            }
        }
    }
}
