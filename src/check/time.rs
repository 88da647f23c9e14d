//! From its first day to the horizon, a product has a rate on every day and for every line.

use jiff::civil::Date;

use super::region::{Boxes, Exhausted};
use super::verdict::Property;
use super::witness::sought::Sought;
use super::{Findings, diagnostics as found};
use crate::diagnostic::Diagnostic;
use crate::hir::{Condition, Program, Target};
use crate::period::{Days, HORIZON, Layout, next_day, previous_day, stretches};

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    if !target.complete {
        return;
    }
    let layouts = || {
        let rates = std::iter::once(&target.rate.layout);
        rates
            .chain(target.exceptions.iter().map(|e| &e.rate.layout))
            .chain(target.grants.iter().map(|g| &g.units.layout))
    };
    let Some(first) =
        layouts().filter_map(|layout| layout.first()).map(|(days, _)| days.from).min()
    else {
        let found = found::missing_rate(target.place, target.kind, &target.name);
        findings.settle(Property::TimeCoverage, &target.name, target.place, vec![found]);
        return;
    };
    // Nearly every rate has one standing form or more, and no gap.
    if covers(&target.rate.layout, first) {
        findings.settle(Property::TimeCoverage, &target.name, target.place, Vec::new());
        return;
    }
    let layouts = layouts().chain(std::iter::once(&target.withdrawn.layout));
    let stretches = stretches(Days { from: first, to: HORIZON }, layouts);
    let against = stretches.into_iter().find_map(|days| gap(program, target, days));
    let against = against.into_iter().collect();
    findings.settle(Property::TimeCoverage, &target.name, target.place, against);
}

/// Whether a layout leaves no day out from `first` on.
fn covers(layout: &Layout, first: Date) -> bool {
    let mut expected = Some(first);
    for (days, _) in layout {
        if Some(days.from) != expected {
            return false;
        }
        expected = next_day(days.to);
    }
    expected.is_none()
}

/// What is missing on days between which nothing changes.
fn gap(program: &Program, target: &Target, days: Days) -> Option<Diagnostic> {
    let day = days.from;
    let granted = target.grants.iter().any(|grant| grant.units.on(day).is_some());
    if granted || target.rate.on(day).is_some() || target.withdrawn.on(day).is_some() {
        return None;
    }
    let conditions: Vec<&Condition> = target
        .exceptions
        .iter()
        .filter(|exception| exception.rate.on(day).is_some())
        .map(|exception| &exception.condition)
        .collect();
    let seen = match Boxes::of_conditions(program, &conditions).gap() {
        Ok(None) => return None,
        Ok(Some(seen)) => seen,
        Err(Exhausted) => {
            return Some(found::too_much_work(
                target.place,
                &format!("`{}` has a rate for every line", target.name),
            ));
        }
    };
    let sought = Sought { shows_day: days != Days::ALWAYS, ..Sought::on(program, target, &[days]) };
    let witness = sought.witness(&seen, Some("refused no-rate"));
    let before =
        previous_day(day).and_then(|day| target.rate.on(day)).map(|(origin, _)| origin.place);
    Some(found::rate_gap(target.place, &target.name, days, before, witness))
}
