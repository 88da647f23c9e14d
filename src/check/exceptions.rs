//! Of two exceptions that can hold together, one implies the other.

use super::region::Boxes;
use super::{Findings, diagnostics as found};
use crate::hir::timeline::Timeline;
use crate::hir::{Condition, Exception, Program, Rate, Target};
use crate::period::Days;
use crate::source::Place;

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    if target.exceptions.len() < 2 {
        return;
    }
    let conditions: Vec<&Condition> = target.exceptions.iter().map(|e| &e.condition).collect();
    let boxes = Boxes::of_conditions(program, &conditions);
    let mut against = Vec::new();
    for (later, exception) in target.exceptions.iter().enumerate() {
        for (earlier, other) in target.exceptions.iter().take(later).enumerate() {
            if implies(&exception.condition, &other.condition)
                || implies(&other.condition, &exception.condition)
            {
                continue;
            }
            let Some(witness) = boxes.overlap(earlier, later) else { continue };
            let Some((days, places)) = together(exception, other) else { continue };
            let (first, second) = (places.0.min(places.1), places.0.max(places.1));
            against.push(found::exception_conflict(second, first, days.from, witness));
        }
    }
    findings.settle(against);
}

/// Whether every line on which `a` holds is one on which `b` holds.
pub(crate) fn implies(a: &Condition, b: &Condition) -> bool {
    b.sets.iter().all(|(input, set)| a.sets.get(input).is_some_and(|own| own.is_subset(set)))
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
