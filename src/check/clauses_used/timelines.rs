//! Dated forms that other forms hide on all their days, or that hold on no day on which there is
//! anything to charge.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::diagnostics as found;
use super::rates::days_of;
use crate::diagnostic::Diagnostic;
use crate::hir::timeline::Timeline;
use crate::hir::{Rate, Target};
use crate::period::{BEGINNING, Claim, HORIZON, lay_out, previous_day, stretches};

/// Two forms of one clause claim a day: that was said, and nobody knows which of them holds.
pub(super) struct Collides;

/// The days on which a product can be charged at all.
struct Sale<'a> {
    withdrawn: &'a Timeline<()>,
    /// The first day of any rate.
    first: Date,
}

pub(super) fn check(target: &Target, against: &mut Vec<Diagnostic>) -> Result<(), Collides> {
    let rates = || {
        let exceptions = target.exceptions.iter().map(|exception| &exception.rate);
        std::iter::once(&target.rate).chain(exceptions)
    };
    let rated = rates().map(|rate: &Timeline<Rate>| &rate.layout);
    let granted = target.grants.iter().map(|grant| &grant.units.layout);
    let firsts = rated.chain(granted).filter_map(|layout| Some(layout.first()?.0.from));
    let sale = Sale { withdrawn: &target.withdrawn, first: firsts.min().unwrap_or(BEGINNING) };
    hidden("rate", &target.rate, against)?;
    for exception in &target.exceptions {
        hidden("when", &exception.rate, against)?;
    }
    hidden("sku", &target.skus, against)?;
    hidden("withdrawn", &target.withdrawn, against)?;
    hidden("allow falling", &target.allow_falling, against)?;
    hidden("allow loss", &target.allow_loss, against)?;
    hidden("note", &target.notes, against)?;
    hidden("credits only for", &target.only_for, against)?;
    for grant in &target.grants {
        hidden("grants", &grant.units, against)?;
        sale.idle(&grant.units, true, against);
    }
    hidden("per", &target.per, against)?;
    sale.idle(&target.per, false, against);
    hidden("count", &target.count, against)?;
    sale.idle(&target.count, false, against);
    hidden("at least", &target.at_least, against)?;
    sale.idle(&target.at_least, false, against);
    hidden("at most", &target.at_most, against)?;
    sale.idle(&target.at_most, false, against);
    hidden("zero charged", &target.zero_charged, against)?;
    sale.idle(&target.zero_charged, false, against);
    hidden("round", &target.rounding, against)?;
    sale.idle(&target.rounding, false, against);
    Ok(())
}

/// Forms that hold on no day.
pub(super) fn hidden<T>(
    clause: &str,
    timeline: &Timeline<T>,
    against: &mut Vec<Diagnostic>,
) -> Result<(), Collides> {
    if timeline.forms.len() == 1 {
        return Ok(());
    }
    let shown: BTreeSet<usize> = timeline.layout.iter().map(|(_, form)| *form).collect();
    if shown.len() == timeline.forms.len() {
        return Ok(());
    }
    let claims: Vec<Claim> = timeline.forms.iter().map(|(origin, _)| origin.claim).collect();
    if !lay_out(&claims).1.is_empty() {
        return Err(Collides);
    }
    for (index, (origin, _)) in timeline.forms.iter().enumerate() {
        if shown.contains(&index) {
            continue;
        }
        // Windows are never hidden: it stands until the next one does, and they fill its days.
        let first = origin.claim.first();
        let standing = claims.iter().filter(|claim| !matches!(claim, Claim::Window(_)));
        let next = standing.map(|claim| claim.first()).filter(|day| *day > first).min();
        let last = next.and_then(previous_day).unwrap_or(HORIZON);
        let windows = timeline.forms.iter().filter(|(other, _)| match other.claim {
            Claim::Window(days) => days.from <= last && days.to >= first,
            _ => false,
        });
        let places = windows.map(|(other, _)| other.place).collect();
        against.push(found::hidden(origin.place, clause, places));
    }
    Ok(())
}

impl Sale<'_> {
    /// Dated forms that hold only on days on which nothing is charged; `any` of them, or those
    /// that have a date of their own.
    fn idle<T>(&self, timeline: &Timeline<T>, any: bool, against: &mut Vec<Diagnostic>) {
        if self.withdrawn.is_empty() && self.first == BEGINNING {
            return;
        }
        for ((origin, _), days) in timeline.forms.iter().zip(days_of(timeline)) {
            if days.is_empty() || (!any && origin.claim == Claim::Undated) {
                continue;
            }
            let mut places = BTreeSet::new();
            let idle = days.iter().all(|days| {
                let stretches = stretches(*days, [&self.withdrawn.layout]);
                stretches.into_iter().all(|stretch| match self.withdrawn.on(stretch.from) {
                    Some((withdrawn, ())) => {
                        places.insert(withdrawn.place);
                        true
                    }
                    None => stretch.to < self.first,
                })
            });
            if idle {
                against.push(found::idle(origin.place, places));
            }
        }
    }
}
