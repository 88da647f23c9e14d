//! Of two exceptions that can hold together, one implies the other.

use std::collections::BTreeMap;

use super::region::Boxes;
use super::verdict::Property;
use super::{Findings, diagnostics as found};
use crate::hir::set::Set;
use crate::hir::timeline::Timeline;
use crate::hir::{Exception, InputId, Program, Rate, Target};
use crate::period::Days;
use crate::source::Place;

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    let exceptions = &target.exceptions;
    if exceptions.len() < 2 {
        return;
    }
    let neighbors = Neighbors::new(exceptions);
    let mut against = Vec::new();
    for (later, exception) in exceptions.iter().enumerate() {
        // One conflict an exception says enough: the mend may well clear the others.
        let conflict = neighbors.before(exceptions, later).find_map(|other| {
            let (a, b) = (&exception.condition, &other.condition);
            if a.implies(b) || b.implies(a) || !a.meets(b) {
                return None;
            }
            let (days, places) = together(exception, other)?;
            let witness = Boxes::of_conditions(program, &[b, a]).overlap(0, 1)?;
            Some((days, places, witness))
        });
        if let Some((days, places, witness)) = conflict {
            let (first, second) = (places.0.min(places.1), places.0.max(places.1));
            against.push(found::exception_conflict(second, first, days.from, witness));
        }
    }
    findings.settle(Property::ExceptionUnambiguous, &target.name, target.place, against);
}

/// Which exceptions can meet at all: thousands of contract rates, one an account, never do.
struct Neighbors<'a> {
    /// The text input that most exceptions list values of.
    input: Option<InputId>,
    /// Exceptions by the values that they list.
    by_value: BTreeMap<&'a str, Vec<usize>>,
    /// Exceptions that list none.
    others: Vec<usize>,
}

impl<'a> Neighbors<'a> {
    fn new(exceptions: &'a [Exception]) -> Self {
        let mut counts: BTreeMap<InputId, usize> = BTreeMap::new();
        for exception in exceptions {
            for (input, set) in &exception.condition.sets {
                if matches!(set, Set::Text { negated: false, .. }) {
                    *counts.entry(*input).or_default() += 1;
                }
            }
        }
        let input = counts.into_iter().max_by_key(|(_, count)| *count).map(|(input, _)| input);
        let mut neighbors = Self { input, by_value: BTreeMap::new(), others: Vec::new() };
        for (index, exception) in exceptions.iter().enumerate() {
            match neighbors.listed(exception) {
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

    fn listed(&self, exception: &'a Exception) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        match exception.condition.sets.get(&self.input?)? {
            Set::Text { listed, negated: false } => Some(listed.iter().map(String::as_str)),
            _ => None,
        }
    }

    /// The exceptions before one that it may meet.
    fn before(
        &self,
        exceptions: &'a [Exception],
        later: usize,
    ) -> impl Iterator<Item = &'a Exception> {
        let own = exceptions.get(later).and_then(|exception| self.listed(exception));
        let candidates: Vec<usize> = match own {
            None => (0..later).collect(),
            Some(values) => {
                let same = values.filter_map(|value| self.by_value.get(value)).flatten();
                let mut candidates: Vec<usize> =
                    same.chain(&self.others).copied().filter(|other| *other < later).collect();
                candidates.sort_unstable();
                candidates.dedup();
                candidates
            }
        };
        candidates.into_iter().filter_map(|index| exceptions.get(index))
    }
}

/// The first days on which both are in force, and where they stand.
fn together(a: &Exception, b: &Exception) -> Option<(Days, (Place, Place))> {
    let stretches = |timeline: &Timeline<Rate>| -> Vec<(Days, Place)> {
        timeline.stretches().map(|(days, (origin, _))| (days, origin.place)).collect()
    };
    let (a, b) = (stretches(&a.rate), stretches(&b.rate));
    a.iter().find_map(|(days, here)| {
        b.iter().find_map(|(other, there)| Some((days.intersect(*other)?, (*here, *there))))
    })
}
