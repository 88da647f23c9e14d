//! What `always` states of credits: bounds on a unit, and products that never cost less than others.
//!
//! Credits are compared before rounding, as exact functions of the units.

use jiff::civil::Date;

use super::credits::cases::Case;
use super::credits::part::{Part, per_unit};
use super::credits::{Answer, Party, Shortfall, Why, compare, smallest, stretches, witness};
use super::region::Point;
use super::verdict::Property;
use super::{Findings, diagnostics as found};
use crate::diagnostic::Diagnostic;
use crate::hir::{Always, Comparison, Program, Statement, Target, TargetId};
use crate::quantity::Exact;

pub(super) fn check(program: &Program, findings: &mut Findings) {
    let complete = |id: TargetId| program.target(id).filter(|target| target.complete);
    for always in &program.always {
        let other = match &always.statement {
            // These are asked of every ruleset; that they are stated makes them errors.
            Statement::NeverFalls | Statement::KeepsValue => continue,
            Statement::CostsAtLeast(other) => match complete(*other) {
                Some(other) => Some(other),
                None => continue,
            },
            Statement::PerUnit(..) => None,
        };
        let Some(target) = complete(always.target) else { continue };
        let against = match first(program, always, target, other) {
            Ok(found) => found.into_iter().collect(),
            Err(why) => vec![found::not_decided(always.place, "this holds", why)],
        };
        findings.settle(Property::Stated, &target.name, always.place, against);
    }
}

/// The first day on which the statement fails.
fn first(
    program: &Program,
    always: &Always,
    target: &Target,
    other: Option<&Target>,
) -> Result<Option<Diagnostic>, Why> {
    let targets: Vec<&Target> = std::iter::once(target).chain(other).collect();
    let mut unknown = None;
    for (day, start) in stretches(program, &targets) {
        match on(program, always, (target, other), day) {
            Ok(Some(short)) => {
                let witness = witness(program, target, start, &short);
                return Ok(Some(found::statement_fails(
                    program, always, target, &short.0, witness,
                )));
            }
            Ok(None) => {}
            Err(why) => unknown = Some(why),
        }
    }
    unknown.map_or(Ok(None), Err)
}

fn on(
    program: &Program,
    always: &Always,
    (target, other): (&Target, Option<&Target>),
    day: Date,
) -> Result<Option<(Shortfall, Point)>, Why> {
    let Some(party) = Party::on(program, target, day) else { return Ok(None) };
    let mut lists = party.lists(day)?;
    let own = lists.len();
    let other = match other {
        Some(other) => {
            let Some(other) = Party::on(program, other, day) else { return Ok(None) };
            lists.extend(other.lists(day)?);
            Some(other)
        }
        None => None,
    };
    smallest(program, target, &lists, day, |chosen| {
        let (mine, theirs) = chosen.split_at_checked(own).unwrap_or_default();
        let Some(credits) = party.credits(program, (mine, chosen), day)? else {
            return Ok(Answer::Never);
        };
        let rounding = credits.first().map_or(program.rounding, |part| part.rounding);
        let held = match (&always.statement, &other) {
            (Statement::PerUnit(_, each), _) => vec![per_unit(*each, always.place, rounding)],
            (_, Some(other)) => match others(program, (target, other), (theirs, chosen), day)? {
                Some(parts) => parts,
                None => return Ok(Answer::Never),
            },
            (_, None) => return Ok(Answer::Never),
        };
        if credits.iter().chain(&held).any(|part| part.offset) {
            return Err("the units of a granted product are counted from inputs");
        }
        Ok(match &always.statement {
            Statement::PerUnit(Comparison::AtMost, _) => {
                reversed(compare::compare(&held, &credits))
            }
            _ => compare::compare(&credits, &held),
        })
    })
}

/// What as many units of the other cost.
fn others(
    program: &Program,
    (target, other): (&Target, &Party<'_>),
    chosen: (&[&Case], &[&Case]),
    day: Date,
) -> Result<Option<Vec<Part>>, Why> {
    let factor = |target: &Target| {
        target.declared_unit().and_then(|unit| program.unit(unit)).map(|unit| unit.factor.clone())
    };
    let (Some(own), Some(theirs)) = (factor(target), factor(other.target)) else { return Ok(None) };
    let ratio: Exact = own / theirs;
    let parts = other.credits(program, chosen, day)?;
    Ok(parts.map(|parts| {
        parts.into_iter().map(|part| Part { scale: part.scale * ratio.clone(), ..part }).collect()
    }))
}

/// Where the bound falls short of the credits, the credits exceed the bound.
fn reversed(answer: Answer) -> Answer {
    let swapped = |short: Shortfall| Shortfall {
        credits: short.other,
        other: short.credits,
        lines: short.lines,
    };
    match answer {
        Answer::Short(shortfalls) => Answer::Short(shortfalls.into_iter().map(swapped).collect()),
        other => other,
    }
}
