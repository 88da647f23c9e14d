//! A license with its own rate converts to at least what its grants cost; and split over several
//! lines, its credits never fall short of what its grants cost together.
//!
//! Credits are compared before rounding: rounding several grants apart, or many small lines, is no
//! loss of the rates. The lines that are shown lose credits after rounding, too.

mod split;

use jiff::civil::Date;

use super::credits::part::Part;
use super::credits::{Answer, Party, Why, compare, smallest, stretches, witness};
use super::verdict::Property;
use super::{Findings, diagnostics as found};
use crate::diagnostic::Diagnostic;
use crate::hir::{Program, Statement, Target, TargetId, TargetKind};

pub(super) fn check(program: &Program, id: TargetId, target: &Target, findings: &mut Findings) {
    let granted = || target.grants.iter().filter_map(|grant| program.target(grant.product));
    let judged = target.kind == TargetKind::License
        && target.complete
        && !target.grants.is_empty()
        && granted().all(|product| product.complete);
    if !judged {
        return;
    }
    let statement = |statement: &Statement| matches!(statement, Statement::KeepsValue);
    let stated = program.always.iter().find(|a| a.target == id && statement(&a.statement));
    let mut against = match first_loss(program, target) {
        Ok(None) => Vec::new(),
        Ok(Some((day, finding))) => vec![match (stated, target.allow_loss.on(day)) {
            (Some(always), _) => found::against_statement(finding, always.place),
            (None, Some((origin, ()))) => found::accepted(finding, origin),
            (None, None) => finding,
        }],
        Err(why) => {
            let property = format!("`{}` keeps the value of its grants", target.name);
            vec![found::not_decided(target.place, &property, why)]
        }
    };
    let needless = against.is_empty();
    findings.settle(Property::ValueKept, &target.name, target.place, std::mem::take(&mut against));
    for (origin, ()) in target.allow_loss.forms.iter().filter(|_| needless) {
        let why = "keeps the value of its grants";
        findings.diagnostics.push(found::needless_allow(origin.place, "loss", why));
    }
}

/// The first day on which value is lost, with what shows it; why that is not known, where it is not.
fn first_loss(program: &Program, target: &Target) -> Result<Option<(Date, Diagnostic)>, Why> {
    let mut unknown = None;
    for (day, start) in stretches(program, &[target]) {
        match on(program, target, day, start) {
            Ok(Some(finding)) => return Ok(Some((day, finding))),
            Ok(None) => {}
            Err(why) => unknown = Some(why),
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// A loss on one day.
fn on(
    program: &Program,
    target: &Target,
    day: Date,
    start: Option<Date>,
) -> Result<Option<Diagnostic>, Why> {
    let Some(party) = Party::on(program, target, day).filter(Party::grants) else {
        return Ok(None);
    };
    let loss = smallest(program, target, &party.lists(day)?, day, |chosen| {
        let Some(own) = party.own(program, chosen, day)? else { return Ok(Answer::Never) };
        let Some(cost) = party.cost(program, (chosen, chosen), day)? else {
            return Ok(Answer::Never);
        };
        Ok(judge(&own, &cost))
    })?;
    Ok(loss.map(|loss| {
        let witness = witness(program, target, start, &loss);
        found::value_lost(program, target, &loss.0, witness)
    }))
}

/// Whether a rate of its own, where there is one, keeps the value of the grants.
fn judge(own: &[Part], cost: &[Part]) -> Answer {
    let offset = cost.iter().any(|part| part.offset);
    if offset && !(own.is_empty() && cost.iter().all(Part::average_never_rises)) {
        return Answer::Unknown("the units of a granted product are counted from inputs");
    }
    if own.is_empty() {
        return split::check(cost, cost);
    }
    match compare::compare(own, cost) {
        Answer::Never => split::check(own, cost),
        other => other,
    }
}
