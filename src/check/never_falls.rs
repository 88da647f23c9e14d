//! More units never give fewer credits.
//!
//! Rates have no negative numbers, so credits rise within a tier; bounds and rounding keep an order
//! as it is. Credits can fall only where one span of units ends and another begins: at a bound of
//! `volume` tiers, or where a condition on `quantity` chooses another rate.

mod axis;
mod falls;

use jiff::civil::Date;

use super::credits::part::{Part, is_quantity};
use super::credits::{Why, shown};
use super::verdict::Property;
use super::witness::Line;
use super::{Findings, diagnostics as found};
use crate::diagnostic::{Witness, WitnessExample};
use crate::hir::{Program, QUANTITY, Rate, Statement, Target, TargetId, TierMode};
use crate::period::{self, Days, Term, parse_date, previous_day};
use crate::quantity::Exact;
use axis::Axis;
pub(super) use falls::Fall;
use falls::{Settled, first};

pub(super) fn check(program: &Program, id: TargetId, target: &Target, findings: &mut Findings) {
    let stated = program
        .always
        .iter()
        .find(|always| always.target == id && matches!(always.statement, Statement::NeverFalls));
    let is_rated = !target.rate.is_empty() || !target.exceptions.is_empty();
    // What grants cost is asked of their products; of a license alone, where that is stated.
    if !target.complete || !(is_rated || (stated.is_some() && !target.grants.is_empty())) {
        return;
    }
    let fall = match first_day(program, target) {
        Ok(fall) => fall,
        Err(why) => {
            let property = format!("`{}` never gives fewer credits for more units", target.name);
            let found = found::not_decided(target.place, &property, why);
            findings.settle(Property::NeverFalls, &target.name, target.place, vec![found]);
            return;
        }
    };
    let Some((day, fall)) = fall else {
        findings.settle(Property::NeverFalls, &target.name, target.place, Vec::new());
        for (origin, ()) in &target.allow_falling.forms {
            findings.diagnostics.push(found::needless_allow(
                origin.place,
                "falling",
                "never gives fewer credits for more units",
            ));
        }
        return;
    };
    let unit =
        target.declared_unit().and_then(|unit| program.unit(unit)).map_or("", |unit| &unit.name);
    let witness = witness(program, target, day, &fall);
    let finding = found::falling_rate(&fall.0, (&target.name, unit), witness);
    let found = match (stated, target.allow_falling.on(day)) {
        (Some(always), _) => found::against_statement(finding, always.place),
        (None, Some((origin, ()))) => found::accepted(finding, origin),
        (None, None) => finding,
    };
    findings.settle(Property::NeverFalls, &target.name, target.place, vec![found]);
}

/// The first day on which credits fall; why that is not known, where it is not.
fn first_day(program: &Program, target: &Target) -> Result<Option<(Date, Dated)>, Why> {
    if !has_volume(target) && !looks_at_quantity(target) && grants_rise(program, target) {
        return Ok(None);
    }
    let layouts = target.layouts().chain(target.exception_layouts());
    let mut unknown = None;
    for days in period::stretches(Days::ALWAYS, layouts) {
        match on(program, target, days.from, shown(days)) {
            Ok(Some(fall)) => return Ok(Some((days.from, fall))),
            Ok(None) => {}
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// Whether what each granted product costs rises with its units, whatever `together` leaves of them.
fn grants_rise(program: &Program, target: &Target) -> bool {
    let products = || target.grants.iter().map(|grant| program.target(grant.product));
    products().all(|product| {
        product.is_some_and(|product| {
            let plain = product.count.is_empty() && product.zero_charged.is_empty();
            plain && !has_volume(product) && !looks_at_quantity(product)
        })
    })
}

/// Whether a condition on the quantity chooses between rates.
fn looks_at_quantity(target: &Target) -> bool {
    let mut rates =
        target.rate.forms.iter().chain(target.exceptions.iter().flat_map(|e| &e.rate.forms));
    target.exceptions.iter().any(|e| e.condition.sets.contains_key(&QUANTITY))
        || rates.any(|(_, rate)| match rate {
            // A table without rows was reported.
            Rate::Table { columns, rows } => columns.contains(&QUANTITY) && !rows.is_empty(),
            _ => false,
        })
}

/// Whether any rate has `volume` tiers.
fn has_volume(target: &Target) -> bool {
    let mut rates =
        target.rate.forms.iter().chain(target.exceptions.iter().flat_map(|e| &e.rate.forms));
    rates.any(|(_, rate)| matches!(rate, Rate::Tiered { mode: TierMode::Volume, .. }))
}

/// Terms of this many periods are tried.
const MOST_PERIODS: i64 = 40;

/// A fall, the day on which it shows, where that is not every day, and the last day of a term.
struct Dated(Fall, Option<Date>, Option<Date>);

/// The first fall on a day, if there is one.
fn on(
    program: &Program,
    target: &Target,
    day: Date,
    start: Option<Date>,
) -> Result<Option<Dated>, Why> {
    let Some((_, per)) = target.per.on(day).filter(|_| target.withdrawn.on(day).is_none()) else {
        return Ok(None);
    };
    let axis = Axis::new(program, target, day)?;
    let rounded = |part: &Part| Settled { part: part.clone(), rounded: true };
    let found = match per.term {
        None => first(&axis, rounded)?.map(|fall| Dated(fall, start, None)),
        Some(term) => in_term(&axis, term, start)?,
    };
    if found.is_some() && axis.is_excluded_apart {
        return Err("lines are excluded by their quantity, and its units are counted from inputs");
    }
    if found.is_none() && axis.is_granted && !grants_rise(program, target) {
        return Err("what its grants cost may fall");
    }
    Ok(found)
}

/// The first fall that some term shows: what bounds and rounding hide depends on it.
fn in_term(axis: &Axis<'_>, term: Term, start: Option<Date>) -> Result<Option<Dated>, Why> {
    let bare = |part: &Part| Settled {
        part: Part { at_least: None, at_most: None, ..part.clone() },
        rounded: false,
    };
    if first(axis, bare)?.is_none() {
        return Ok(None);
    }
    let start = start.or_else(|| parse_date("2025-01-01"));
    let found = (1..=MOST_PERIODS).find_map(|count| {
        let start = start?;
        let end = previous_day(term.after(start, count)?)?;
        let periods = term.periods(start, end)?;
        let fall = first(axis, |part| Settled {
            part: Part { periods: periods.clone(), ..part.clone() },
            rounded: true,
        });
        Some(Dated(fall.ok()??, Some(start), Some(end)))
    });
    found.map(Some).ok_or("no term was found that shows it behind bounds and rounding")
}

/// The line with more units, and both lines as examples; `None` where the units are counted from
/// inputs.
fn witness(program: &Program, target: &Target, day: Date, dated: &Dated) -> Option<Witness> {
    let Dated(fall, start, end) = dated;
    if target.count.on(day).is_some_and(|(_, count)| !is_quantity(count)) {
        return None;
    }
    let line = |quantity: &Exact| Line {
        program,
        target,
        quantity: quantity.clone(),
        start: *start,
        end: *end,
        point: fall.point.clone(),
    };
    let example = |(units, credits): &(Exact, Exact)| WitnessExample {
        on: *start,
        given: vec![line(units).line()],
        expect: credits.text(),
    };
    let examples = vec![example(&fall.fewer), example(&fall.more)];
    Some(Witness { values: line(&fall.more.0).values(), examples })
}
