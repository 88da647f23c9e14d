//! Tiers that no charged units reach.

use rust_decimal::Decimal;

use super::diagnostics::{self as found, What};
use super::rates::Form;
use super::reach::{Cause, Causes, Lines, both};
use super::units::{self, Units};
use super::witness;
use crate::check::region::Exhausted;
use crate::diagnostic::Diagnostic;
use crate::hir::set::Set;
use crate::hir::{Amount, Condition, Expression, Origin, Per, QUANTITY, Tier, TierMode};
use crate::period::{Days, stretches};
use crate::quantity::Exact;

/// How units are charged on days between which nothing of it changes.
pub(super) struct Charge<'a> {
    pub(super) per: (&'a Origin, &'a Per),
    pub(super) count: Option<&'a (Origin, Expression)>,
    /// Blocks that one counted unit is.
    pub(super) blocks: Exact,
    zero_charged: bool,
}

pub(super) fn check(
    lines: &Lines<'_>,
    form: &Form<'_>,
    (mode, inclusive): (TierMode, bool),
    tiers: &[Tier],
    against: &mut Vec<Diagnostic>,
) -> Result<(), Exhausted> {
    // Tiers that refuse stand for units that never come: the last row is compulsory.
    let mut pending: Vec<Option<Causes>> =
        tiers.iter().map(|tier| (tier.amount != Amount::Refused).then(Causes::new)).collect();
    let mut undecided = false;
    let target = lines.target;
    let layouts =
        || [&target.per.layout, &target.count.layout, &target.zero_charged.layout].into_iter();
    for days in form.days.iter().flat_map(|days| stretches(*days, layouts())) {
        let Some(charge) = charge(lines, days) else { return Ok(()) };
        for (at, causes) in pending.iter_mut().enumerate() {
            let Some(known) = causes else { continue };
            match tier(lines, form, &charge, (mode, inclusive, tiers), at, days)? {
                Reached::No(more) => known.extend(more),
                Reached::Yes => *causes = None,
                Reached::Unknown => {
                    undecided = true;
                    *causes = None;
                }
            }
        }
    }
    for (tier, causes) in tiers.iter().zip(pending) {
        if let Some(causes) = causes {
            against.push(found::unused(lines, What::Tier, tier.place, &causes));
        }
    }
    if undecided {
        against.push(found::count_undecided(form.origin.place));
    }
    Ok(())
}

enum Reached {
    Yes,
    No(Causes),
    Unknown,
}

fn charge<'a>(lines: &Lines<'a>, days: Days) -> Option<Charge<'a>> {
    let (program, target) = (lines.rules.program, lines.target);
    let (origin, per) = target.per.on(days.from)?;
    if program.is_lost(per.unit) || program.is_lost(target.declared_unit()?) {
        return None;
    }
    let (head, own) = (program.unit(target.declared_unit()?)?, program.unit(per.unit)?);
    let ratio = head.factor.clone() / own.factor.clone();
    Some(Charge {
        per: (origin, per),
        count: target.count.on(days.from),
        blocks: ratio / Exact::from(per.block),
        zero_charged: target.zero_charged.on(days.from).is_some(),
    })
}

/// Whether charged units of some line of the form decide by a tier on these days.
fn tier(
    lines: &Lines<'_>,
    form: &Form<'_>,
    charge: &Charge<'_>,
    (mode, inclusive, tiers): (TierMode, bool, &[Tier]),
    at: usize,
    days: Days,
) -> Result<Reached, Exhausted> {
    let no = |cause| Ok(Reached::No(Causes::from([cause])));
    let bound = |at: usize| tiers.get(at).and_then(|tier| tier.bound).map(Exact::from);
    // Units of a graduated tier are those of lines above it too, up to where lines are refused.
    let last = if mode == TierMode::Volume {
        at
    } else {
        match tiers.iter().position(|tier| tier.amount == Amount::Refused) {
            Some(refused) if refused < at => {
                return no(Cause::Refused(
                    tiers.get(refused).map_or(form.origin.place, |t| t.place),
                ));
            }
            Some(refused) => refused - 1,
            None => tiers.len() - 1,
        }
    };
    let low = at.checked_sub(1).and_then(bound).map(|low| (low, !inclusive));
    // 0 units cost 0, unless they are charged.
    let low = low.unwrap_or((Exact::zero(), charge.zero_charged));
    let mut wanted = Units { low, high: bound(last).map(|high| (high, inclusive)) };
    let (origin, per) = charge.per;
    if per.started {
        match wanted.whole() {
            Some(whole) => wanted = whole,
            None => return no(Cause::Blocks(origin.place)),
        }
    }
    let each = match charge.count {
        None => Some(Exact::one()),
        Some((_, count)) => units::multiple_of_quantity(count),
    };
    let Some(each) = each.filter(|each| !each.is_zero() && !each.is_negative()) else {
        return by_count(lines, form, charge, &wanted, days);
    };
    if lines.shared {
        wanted.high = None;
    }
    let Some(quantities) = quantities(&wanted, &(each * charge.blocks.clone()), per.started) else {
        return Ok(Reached::Yes);
    };
    let quantities = Condition { sets: [(QUANTITY, quantities)].into() };
    let Some(inside) = both(form.inside, &quantities) else {
        return no(Cause::Condition(form.origin.place));
    };
    Ok(match lines.kept_out(&inside, form.before, &[], &[days])? {
        None => Reached::Yes,
        Some(causes) => Reached::No(causes),
    })
}

/// The quantities that are charged as units of an interval, of whole ones where blocks are
/// started; rather too many than too few. `None` where no number that can be written is near.
fn quantities(wanted: &Units, blocks: &Exact, started: bool) -> Option<Set> {
    let (mut low, mut closed) = wanted.low.clone();
    if started && !low.is_zero() {
        // More than one block less is rounded up to it.
        (low, closed) = (low - Exact::one(), false);
    }
    let low = low / blocks.clone();
    let low = match low.to_decimal() {
        Some(low) => (low, closed),
        None => (near(&low, false)?, true),
    };
    let high = wanted.high.clone().and_then(|(high, closed)| {
        let high = high / blocks.clone();
        match high.to_decimal() {
            Some(high) => Some((high, closed)),
            None => Some((near(&high, true)?, true)),
        }
    });
    Some(Set::numbers(Some(low), high))
}

/// The next number that can be written, below or above.
fn near(number: &Exact, above: bool) -> Option<Decimal> {
    let scale = Exact::from(1_000_000_000_000);
    let scaled = number * &scale;
    let whole = if above { scaled.ceil() } else { scaled.floor() };
    (whole / scale).to_decimal()
}

/// Where `count` is no multiple of the quantity: its bounds, and then a line that shows it.
fn by_count(
    lines: &Lines<'_>,
    form: &Form<'_>,
    charge: &Charge<'_>,
    wanted: &Units,
    days: Days,
) -> Result<Reached, Exhausted> {
    if let Some(causes) = lines.kept_out(form.inside, form.before, &[], &[days])? {
        return Ok(Reached::No(causes));
    }
    let Some((origin, count)) = charge.count else { return Ok(Reached::Yes) };
    let open = |inside: &Condition, above: &[&Condition]| {
        let above: Vec<_> =
            above.iter().map(|condition| (*condition, Cause::Count(origin.place))).collect();
        // What is not decided may be reached.
        !matches!(lines.kept_out(inside, form.before, &above, &[days]), Ok(Some(_)))
    };
    let meets = |span: units::Span| {
        let span = span.times(&charge.blocks);
        let span = if charge.per.1.started { span.started() } else { span };
        span.meets(wanted, lines.shared)
    };
    let meets = units::spans(count, form.inside, &open).into_iter().any(meets);
    if !meets {
        return Ok(Reached::No(Causes::from([Cause::Count(origin.place)])));
    }
    let shown = witness::charged(lines, form, charge, count, wanted, days)?;
    Ok(if shown { Reached::Yes } else { Reached::Unknown })
}
