//! More units never give fewer credits.
//!
//! Rates have no negative numbers, so credits rise within a tier; bounds and rounding keep an order
//! as it is. Credits can fall only where one stretch of units ends and the next begins: at a bound
//! of `volume` tiers, or where a condition on `quantity` chooses another rate.

use std::cell::Cell;

use jiff::civil::Date;

use super::credits::part::{Part, Side, is_quantity, part};
use super::credits::{Why, excludes, shown};
use super::region::{self, Exhausted, Point};
use super::verdict::Property;
use super::witness::Line;
use super::{Findings, diagnostics as found};
use crate::curve::Curve;
use crate::diagnostic::{Witness, WitnessExample};
use crate::hir::set::Interval;
use crate::hir::{Condition, Program, QUANTITY, Rate, Statement, Target, TargetId, TierMode};
use crate::period::{self, Days, parse_date, previous_day};
use crate::quantity::{Exact, MAX_DECIMALS};
use crate::source::Place;

pub(super) fn check(program: &Program, id: TargetId, target: &Target, findings: &mut Findings) {
    if !target.complete || (target.rate.is_empty() && target.exceptions.is_empty()) {
        return;
    }
    if looks_at_quantity(target) {
        // Conditions on the quantity choose between rates within one curve: not decided.
        let why = "a condition on the quantity chooses between its rates";
        undecided(target, why, findings);
        return;
    }
    let layouts = target.layouts().chain(target.exception_layouts());
    let days =
        if has_volume(target) { period::stretches(Days::ALWAYS, layouts) } else { Vec::new() };
    let fall = days
        .into_iter()
        .find_map(|days| Some((days.from, on(program, target, days.from, shown(days))?)));
    let fall = match fall {
        Some((day, Falls::At(fall))) => Some((day, *fall)),
        Some((_, Falls::Undecided(why))) => {
            undecided(target, why, findings);
            return;
        }
        None => None,
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
    let Fall { fewer, more, place, .. } = &fall;
    let finding = found::falling_rate(
        *place,
        (&target.name, unit),
        fewer,
        more,
        witness(program, target, day, &fall),
    );
    let stated = program
        .always
        .iter()
        .find(|always| always.target == id && matches!(always.statement, Statement::NeverFalls));
    let found = match (stated, target.allow_falling.on(day)) {
        (Some(always), _) => found::against_statement(finding, always.place),
        (None, Some((origin, ()))) => found::accepted(finding, origin),
        (None, None) => finding,
    };
    findings.settle(Property::NeverFalls, &target.name, target.place, vec![found]);
}

fn undecided(target: &Target, why: &str, findings: &mut Findings) {
    let property = format!("`{}` never gives fewer credits for more units", target.name);
    let found = found::not_decided(target.place, &property, why);
    findings.settle(Property::NeverFalls, &target.name, target.place, vec![found]);
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

/// Fewer units that give more credits than more units.
struct Fall {
    /// Units and their credits.
    fewer: (Exact, Exact),
    /// More units and their fewer credits.
    more: (Exact, Exact),
    /// The line that charges the more units.
    place: Place,
    /// A day on which it shows, where that is not every day.
    start: Option<Date>,
    /// The last day of a term on which it shows.
    end: Option<Date>,
    /// Inputs of a line on which it shows.
    point: Point,
}

/// What is known of a rate that falls.
enum Falls {
    /// Here.
    At(Box<Fall>),
    /// It is not known whether it does.
    Undecided(Why),
}

/// Terms of this many periods are tried.
const MOST_PERIODS: i64 = 40;

/// The first fall on a day, if there is one.
fn on(program: &Program, target: &Target, day: Date, start: Option<Date>) -> Option<Falls> {
    if target.withdrawn.on(day).is_some() {
        return None;
    }
    let term = target.per.on(day)?.1.term;
    let rates: Vec<(Part, Option<&Condition>)> = target
        .exceptions
        .iter()
        .filter_map(|exception| Some((exception.rate.on(day)?, Some(&exception.condition))))
        .chain(target.rate.on(day).map(|rate| (rate, None)))
        .filter_map(|((origin, rate), condition)| {
            let curve = Curve::of(origin, rate)?;
            Some((part(program, target, &curve, Exact::one(), day)?, condition))
        })
        .collect();
    let unwritable = rates.iter().any(|(part, _)| has_unwritable_end(part));
    let unknown: Cell<Option<Why>> =
        Cell::new(unwritable.then_some("a tier ends at no finite decimal in the unit of the head"));
    let falls = |settled: &dyn Fn(&Part) -> Settled| {
        rates.iter().find_map(|(part, condition)| {
            let fall = first_fall(&settled(part))?;
            let point = inputs(program, (target, day), *condition, &fall);
            match point {
                Ok(point) => Some(Fall { point: point?, ..fall }),
                Err(why) => {
                    unknown.set(Some(why));
                    None
                }
            }
        })
    };
    let undecided = || unknown.get().map(Falls::Undecided);
    let Some(term) = term else {
        let fall = falls(&|part| Settled { part: part.clone(), rounded: true });
        let fall = fall.map(|fall| Falls::At(Box::new(Fall { start, ..fall })));
        return fall.or_else(undecided);
    };
    // What bounds and rounding hide depends on the term.
    let bare = |part: &Part| Settled {
        part: Part { at_least: None, at_most: None, ..part.clone() },
        rounded: false,
    };
    if falls(&bare).is_none() {
        return undecided();
    }
    let start = start.or_else(|| parse_date("2025-01-01"))?;
    let shown = (1..=MOST_PERIODS).find_map(|count| {
        let end = previous_day(term.after(start, count)?)?;
        let periods = term.periods(start, end)?;
        let fall = falls(&|part| Settled {
            part: Part { periods: periods.clone(), ..part.clone() },
            rounded: true,
        })?;
        Some(Fall { start: Some(start), end: Some(end), ..fall })
    });
    let hidden = "no term was found that shows it behind bounds and rounding";
    Some(shown.map_or(Falls::Undecided(hidden), |fall| Falls::At(Box::new(fall))))
}

/// A rate, with its credits rounded or as they are before.
struct Settled {
    part: Part,
    rounded: bool,
}

impl Settled {
    fn credits(&self, units: &Exact) -> Option<Exact> {
        let credits = self.part.credits(units, Side::At)?;
        Some(if self.rounded { self.part.rounding.round(&credits) } else { credits })
    }
}

/// Whether a tier ends at no finite decimal in the head's unit.
fn has_unwritable_end(part: &Part) -> bool {
    let ends = part.curve.pieces.iter().filter_map(|piece| piece.upper.as_ref());
    ends.map(|end| end.clone() / part.scale.clone()).any(|units| units.to_decimal().is_none())
}

/// Inputs of a line that is charged by the rate of an exception, or else by the standing one, with
/// either number of units; `None` where there are none.
fn inputs(
    program: &Program,
    (target, day): (&Target, Date),
    condition: Option<&Condition>,
    fall: &Fall,
) -> Result<Option<Point>, Why> {
    let excludes = excludes(program, &[fall.fewer.0.clone(), fall.more.0.clone()]);
    let others = target.exceptions.iter().filter(|other| other.rate.on(day).is_some());
    let others = others.map(|other| &other.condition);
    let narrower =
        others.filter(|other| condition.is_none_or(|own| *other != own && other.implies(own)));
    let outside: Vec<&Condition> = narrower.chain(&excludes).collect();
    let inside: Vec<&Condition> = condition.into_iter().collect();
    let by_quantity =
        program.excludes.iter().any(|exclude| exclude.condition.sets.contains_key(&QUANTITY));
    match region::point(program, &inside, &outside) {
        Err(Exhausted) => Err("it takes more steps than the work limit allows"),
        // Other quantities may fall, too, and not be excluded.
        Ok(None) if by_quantity => Err("the lines tried are excluded by their quantity"),
        Ok(point) => Ok(point),
    }
}

/// The stretches of units that the pieces of a curve charge, each with its piece.
fn stretches(part: &Part) -> Vec<(Interval, usize)> {
    let (curve, block) = (&part.curve, Exact::one() / part.scale.clone());
    let mut stretches = Vec::with_capacity(curve.pieces.len());
    let mut low = Interval::ALL.low;
    for (position, piece) in curve.pieces.iter().enumerate() {
        // With started blocks a piece ends at the last whole block it holds.
        let high = match (&piece.upper, part.started) {
            (None, _) => None,
            (Some(upper), false) => Some((upper.clone(), curve.inclusive)),
            (Some(upper), true) if curve.inclusive => Some((upper.floor(), true)),
            (Some(upper), true) => Some((upper.ceil() - Exact::one(), true)),
        };
        let high = match high {
            None => None,
            Some((blocks, closed)) => match (blocks * block.clone()).to_decimal() {
                Some(units) => Some((units, closed)),
                // A bound beyond every number that can be written: nothing lies behind it.
                None => return stretches,
            },
        };
        let units = Interval { low, high };
        if let Some((end, closed)) = high {
            low = (end, !closed);
        }
        if !piece.refused && !units.is_empty() {
            stretches.push((units, position));
        }
    }
    stretches
}

/// The first pair of stretches across which credits fall, told by the roundest quantities.
fn first_fall(rate: &Settled) -> Option<Fall> {
    let credits = |units: &Exact| rate.credits(units);
    let mut highest: Option<(Vec<Exact>, Exact)> = None;
    for (units, piece) in stretches(&rate.part) {
        if let Some((ends, most)) = &highest
            && let Some((more, fewer)) = near_low(&units)
                .into_iter()
                .filter_map(|more| Some((credits(&more)?, more)))
                .find(|(credits, _)| credits < most)
                .map(|(least, more)| {
                    (
                        (more, least.clone()),
                        ends.iter().find_map(|end| {
                            let most = credits(end).filter(|most| *most > least)?;
                            Some((end.clone(), most))
                        }),
                    )
                })
        {
            let place = rate.part.curve.pieces.get(piece)?.place;
            return Some(Fall {
                fewer: fewer?,
                more,
                place,
                start: None,
                end: None,
                point: Point::new(),
            });
        }
        let ends = near_high(&units);
        if let Some(most) = ends.last().and_then(&credits)
            && highest.as_ref().is_none_or(|(_, before)| most > *before)
        {
            highest = Some((ends, most));
        }
    }
    None
}

/// The first units of a stretch: those with the fewest decimals, then ever nearer to its end.
fn near_low(units: &Interval) -> Vec<Exact> {
    let (low, closed) = units.low;
    if closed {
        return vec![Exact::from(low)];
    }
    near(units, |scale| (&Exact::from(low) * scale).floor() + Exact::one())
}

/// The last units of a stretch: those with the fewest decimals, then ever nearer to its end.
fn near_high(units: &Interval) -> Vec<Exact> {
    let Some((high, closed)) = units.high else { return Vec::new() };
    if closed {
        return vec![Exact::from(high)];
    }
    near(units, |scale| (&Exact::from(high) * scale).ceil() - Exact::one())
}

/// The numbers of a stretch that a function finds at one decimal after another.
fn near(units: &Interval, at: impl Fn(&Exact) -> Exact) -> Vec<Exact> {
    let mut found: Vec<Exact> = Vec::new();
    let mut scale = Exact::one();
    for _ in 0..=MAX_DECIMALS {
        let next = at(&scale) / scale.clone();
        if next.to_decimal().is_some_and(|next| units.contains(next)) && found.last() != Some(&next)
        {
            found.push(next);
        }
        scale = scale * Exact::from(10);
    }
    found
}

/// The line with more units, and both lines as examples; `None` where the units are counted from
/// inputs.
fn witness(program: &Program, target: &Target, day: Date, fall: &Fall) -> Option<Witness> {
    if target.count.on(day).is_some_and(|(_, count)| !is_quantity(count)) {
        return None;
    }
    let line = |quantity: &Exact| Line {
        program,
        target,
        quantity: quantity.clone(),
        start: fall.start,
        end: fall.end,
        point: fall.point.clone(),
    };
    let example = |(units, credits): &(Exact, Exact)| WitnessExample {
        on: fall.start,
        given: vec![line(units).line()],
        expect: credits.text(),
    };
    let examples = vec![example(&fall.fewer), example(&fall.more)];
    Some(Witness { values: line(&fall.more.0).values(), examples })
}
