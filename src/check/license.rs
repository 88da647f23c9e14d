//! A license without a rate of its own adds up its grants: clauses that shape a rate say nothing.

use super::{Findings, diagnostics as found};
use crate::hir::{Target, TargetKind};

pub(super) fn check(target: &Target, findings: &mut Findings) {
    let has_rate = !target.rate.is_empty() || !target.exceptions.is_empty();
    if target.kind != TargetKind::License || has_rate || !target.complete {
        return;
    }
    let mut report = |place: Option<crate::source::Place>, clause| {
        findings
            .diagnostics
            .extend(place.map(|place| found::no_effect_without_rate(place, clause)));
    };
    report(target.at_least.forms.first().map(|(origin, _)| origin.place), "at least");
    report(target.at_most.forms.first().map(|(origin, _)| origin.place), "at most");
    report(target.zero_charged.forms.first().map(|(origin, ())| origin.place), "zero charged");
    report(target.rounding.forms.first().map(|(origin, _)| origin.place), "round");
}
