//! Of two exceptions that can hold together, one implies the other.

use super::neighbors::Neighbors;
use super::region::Boxes;
use super::verdict::Property;
use super::witness::sought::Sought;
use super::{Findings, diagnostics as found};
use crate::hir::timeline::Timeline;
use crate::hir::{Exception, Program, Rate, Target};
use crate::period::{BEGINNING, Days};
use crate::source::Place;

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    let exceptions = &target.exceptions;
    if exceptions.len() < 2 {
        return;
    }
    let neighbors = Neighbors::new(exceptions.iter().map(|exception| &exception.condition));
    let mut against = Vec::new();
    for (later, exception) in exceptions.iter().enumerate() {
        // One conflict an exception says enough: the mend may well clear the others.
        let earlier = neighbors.of(&exception.condition).into_iter().filter(|other| *other < later);
        let conflict = earlier.filter_map(|other| exceptions.get(other)).find_map(|other| {
            let (a, b) = (&exception.condition, &other.condition);
            if a.implies(b) || b.implies(a) || !a.meets(b) {
                return None;
            }
            let (days, places) = together(exception, other)?;
            let seen = Boxes::of_conditions(program, &[b, a]).overlap(0, 1)?;
            let sought = Sought { exceptions: vec![a, b], ..Sought::on(program, target, &[days]) };
            let shows_day = days.from > BEGINNING;
            Some((places, Sought { shows_day, ..sought }.witness(&seen, None)))
        });
        if let Some((places, witness)) = conflict {
            let (first, second) = (places.0.min(places.1), places.0.max(places.1));
            against.push(found::exception_conflict(second, first, witness));
        }
    }
    findings.settle(Property::ExceptionUnambiguous, &target.name, target.place, against);
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
