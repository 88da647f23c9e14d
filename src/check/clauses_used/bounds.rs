//! Bounds that never change the credits of a line, and `zero charged` where 0 units cost 0 anyway.

use rust_decimal::Decimal;

use super::diagnostics as found;
use super::rates::days_of;
use crate::diagnostic::Diagnostic;
use crate::hir::timeline::Timeline;
use crate::hir::{Amount, Rate, Target, TargetKind};
use crate::period::{self, Days};

pub(super) fn check(target: &Target, against: &mut Vec<Diagnostic>) {
    let has_rate = !target.rate.is_empty() || !target.exceptions.is_empty();
    if target.kind == TargetKind::License && !has_rate {
        return;
    }
    at_most(target, against);
    if let [(origin, bound)] = target.at_least.forms.as_slice()
        && bound.is_zero()
    {
        against.push(found::at_least_nothing(origin.place));
    }
    zero_charged(target, against);
}

/// `at most` below an `at least` that holds on all its days: `at least` is applied last.
fn at_most(target: &Target, against: &mut Vec<Diagnostic>) {
    let forms = target.at_most.forms.iter().zip(days_of(&target.at_most));
    for ((origin, most), days) in forms {
        let lifted = |day| target.at_least.on(day).filter(|(_, least)| least > most);
        let stretches = stretches(&days, &target.at_least);
        let Some(first) = stretches.first().and_then(|days| lifted(days.from)) else { continue };
        if stretches.iter().all(|days| lifted(days.from).is_some()) {
            against.push(found::at_most_lifted(origin.place, first.0.place, first.1));
        }
    }
}

fn stretches<T>(days: &[Days], timeline: &Timeline<T>) -> Vec<Days> {
    days.iter().flat_map(|days| period::stretches(*days, [&timeline.layout])).collect()
}

/// `zero charged` on days on which no rate has a flat amount, or refuses, where it begins, and
/// nothing lies below `at least`.
fn zero_charged(target: &Target, against: &mut Vec<Diagnostic>) {
    let timelines =
        || std::iter::once(&target.rate).chain(target.exceptions.iter().map(|other| &other.rate));
    for ((origin, ()), days) in target.zero_charged.forms.iter().zip(days_of(&target.zero_charged))
    {
        let meets = |stretch: &Days| days.iter().any(|own| own.intersect(*stretch).is_some());
        let charges = timelines().any(|rate| {
            rate.stretches().any(|(days, (_, rate))| charges_zero(rate) && meets(&days))
        });
        let lifts = |(days, (_, least)): (Days, &(_, Decimal))| !least.is_zero() && meets(&days);
        if !days.is_empty() && !charges && !target.at_least.stretches().any(lifts) {
            against.push(found::zero_costs_nothing(origin.place));
        }
    }
}

/// Whether 0 units do not cost 0 by a rate.
fn charges_zero(rate: &Rate) -> bool {
    let charges = |amount: &Amount| match amount {
        Amount::Credits { flat, .. } => !flat.is_zero(),
        Amount::Refused => true,
    };
    match rate {
        Rate::Plain(amount) => charges(amount),
        Rate::Tiered { tiers, .. } => tiers.first().is_some_and(|tier| charges(&tier.amount)),
        Rate::Table { rows, .. } => rows.iter().any(|row| charges(&row.amount)),
    }
}
