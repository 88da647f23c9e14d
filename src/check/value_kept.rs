//! A license with its own rate converts to at least what its grants cost; and split over several
//! lines, its credits never fall short of what its grants cost together.
//!
//! Credits are compared before rounding: rounding several grants apart, or many small lines, is no
//! loss of the rates. The lines that are shown lose credits after rounding, too.

mod cases;
mod compare;
mod part;
mod split;

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::region::{self, Exhausted, Point};
use super::verdict::Property;
use super::witness::Line;
use super::{Findings, diagnostics as found};
use crate::diagnostic::{Diagnostic, Witness, WitnessExample};
use crate::hir::set::Set;
use crate::hir::{Condition, Program, QUANTITY, Statement, Target, TargetId, TargetKind, Value};
use crate::period::{BEGINNING, HORIZON, Layout, next_day, previous_day};
use crate::quantity::Exact;
use cases::{Case, cases};
use part::{Part, is_quantity, part_of_rate, parts_of_grants};

/// Most combinations of rates that one day may take.
const MOST_COMBINATIONS: usize = 20_000;

/// Lines that lose value; of two, the one with fewer units comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Loss {
    /// Units of each line.
    pub lines: Vec<Exact>,
    /// What the lines convert to.
    pub credits: Exact,
    /// What their grants cost together.
    pub cost: Exact,
}

/// What is known of one combination of rates.
pub(super) enum Kept {
    Yes,
    No(Loss),
    Unknown(&'static str),
}

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
fn first_loss(
    program: &Program,
    target: &Target,
) -> Result<Option<(Date, Diagnostic)>, &'static str> {
    let days = days(program, target);
    let ends: Vec<Date> = days.iter().skip(1).filter_map(|day| previous_day(*day)).collect();
    let mut unknown = None;
    for (day, last) in days.into_iter().zip(ends.into_iter().chain(std::iter::once(HORIZON))) {
        // The days on which nothing changes: the first, or where there is none, the last is shown.
        let start = match (day, last) {
            (BEGINNING, HORIZON) => None,
            (BEGINNING, last) => Some(last),
            (day, _) => Some(day),
        };
        match on(program, target, day, start) {
            Ok(Some(finding)) => return Ok(Some((day, finding))),
            Ok(None) => {}
            Err(why) => unknown = Some(why),
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// The first day of every stretch on which the same clauses hold.
fn days(program: &Program, target: &Target) -> BTreeSet<Date> {
    let mut days = BTreeSet::from([BEGINNING]);
    let mut note = |layout: &Layout| {
        for (stretch, _) in layout {
            days.insert(stretch.from);
            days.extend(next_day(stretch.to));
        }
    };
    let products = target.grants.iter().filter_map(|grant| program.target(grant.product));
    for target in products.chain(std::iter::once(target)) {
        note(&target.per.layout);
        note(&target.count.layout);
        note(&target.rate.layout);
        note(&target.at_least.layout);
        note(&target.at_most.layout);
        note(&target.rounding.layout);
        note(&target.zero_charged.layout);
        note(&target.withdrawn.layout);
        note(&target.allow_loss.layout);
        target.exceptions.iter().for_each(|exception| note(&exception.rate.layout));
        target.grants.iter().for_each(|grant| note(&grant.units.layout));
    }
    program.togethers.iter().for_each(|group| note(&group.rate.layout));
    days
}

/// A loss on one day.
fn on(
    program: &Program,
    target: &Target,
    day: Date,
    start: Option<Date>,
) -> Result<Option<Diagnostic>, &'static str> {
    if target.withdrawn.on(day).is_some() {
        return Ok(None);
    }
    let granted: Vec<(TargetId, &Target, &Exact)> = target
        .grants
        .iter()
        .filter_map(|grant| {
            Some((grant.product, program.target(grant.product)?, &grant.units.on(day)?.1))
        })
        .collect();
    if granted.is_empty()
        || granted.iter().any(|(_, product, _)| product.withdrawn.on(day).is_some())
    {
        return Ok(None);
    }
    let mut lists: Vec<Vec<Case>> = vec![cases(target, day)?];
    for (_, product, _) in &granted {
        lists.push(cases(product, day)?);
    }
    let count = lists.iter().try_fold(1usize, |product, list| product.checked_mul(list.len()));
    let Some(count) = count.filter(|count| *count <= MOST_COMBINATIONS) else {
        return Err("there are more combinations of rates than the work limit allows");
    };
    let (mut first, mut unknown): (Option<(Loss, Point)>, Option<&str>) = (None, None);
    for index in 0..count {
        let chosen = choose(&lists, index);
        match combination(program, (target, &granted), &chosen, day) {
            Ok(found) => first = first.into_iter().chain(found).min(),
            Err(why) => unknown = unknown.into_iter().chain([why]).min(),
        }
    }
    let Some((loss, point)) = first else { return unknown.map_or(Ok(None), Err) };
    let line = |quantity: &Exact| Line {
        program,
        target,
        quantity: quantity.clone(),
        start,
        end: None,
        point: point.clone(),
    };
    let lines: Vec<_> = loss.lines.iter().map(line).collect();
    let given = lines.iter().map(Line::line).collect();
    let values = lines.first().map(Line::values).unwrap_or_default();
    let example = WitnessExample { on: start, given, expect: loss.credits.text() };
    let witness = Witness { values, examples: vec![example] };
    Ok(Some(found::value_lost(program, target, &loss, witness)))
}

/// A loss under one combination of rates, the license's first, with inputs under which it applies.
fn combination(
    program: &Program,
    (target, granted): (&Target, &[(TargetId, &Target, &Exact)]),
    chosen: &[&Case],
    day: Date,
) -> Result<Option<(Loss, Point)>, &'static str> {
    let Some((own, costs)) = chosen.split_first() else { return Ok(None) };
    let own = match &own.curve {
        Some(curve) => match part_of_rate(program, target, curve, Exact::one(), day)? {
            Some(part) => Some(vec![part]),
            None => return Ok(None),
        },
        None => None,
    };
    let Some(cost) = parts_of_grants(program, granted, costs, chosen, day)? else {
        return Ok(None);
    };
    let loss = match judge(own.as_deref(), &cost) {
        Kept::Yes => return Ok(None),
        Kept::Unknown(why) => return Err(why),
        Kept::No(loss) => loss,
    };
    if target.count.on(day).is_some_and(|(_, count)| !is_quantity(count)) {
        return Err("its units are counted from inputs");
    }
    let excludes = excludes(program, &loss.lines);
    let inside: Vec<&Condition> = chosen.iter().flat_map(|case| &case.inside).collect();
    let outside: Vec<&Condition> =
        chosen.iter().flat_map(|case| &case.outside).chain(&excludes).collect();
    match region::point(program, &inside, &outside) {
        Ok(point) => Ok(point.map(|point| (loss, point))),
        Err(Exhausted) => Err("it takes more steps than the work limit allows"),
    }
}

/// The excludes that look at one of these quantities, without the quantity.
fn excludes(program: &Program, lines: &[Exact]) -> Vec<Condition> {
    let looks = |set: &Set| {
        let mut numbers = lines.iter().filter_map(Exact::to_decimal);
        numbers.any(|number| set.contains(&Value::Number(number)))
    };
    let conditions = program.excludes.iter().map(|exclude| &exclude.condition);
    let looking = conditions.filter(|condition| condition.sets.get(&QUANTITY).is_none_or(looks));
    let others = looking.map(|condition| Condition {
        sets: condition
            .sets
            .iter()
            .filter(|(input, _)| **input != QUANTITY)
            .map(|(input, set)| (*input, set.clone()))
            .collect(),
    });
    others.collect()
}

/// One combination: a case of each list.
fn choose(lists: &[Vec<Case>], mut index: usize) -> Vec<&Case> {
    let mut chosen = Vec::with_capacity(lists.len());
    for list in lists {
        chosen.extend(list.get(index % list.len().max(1)));
        index /= list.len().max(1);
    }
    chosen
}

/// Whether a rate of its own, where there is one, keeps the value of the grants.
fn judge(own: Option<&[Part]>, cost: &[Part]) -> Kept {
    let offset = cost.iter().any(|part| part.offset);
    if offset && (own.is_some() || !cost.iter().all(Part::average_never_rises)) {
        return Kept::Unknown("the units of a granted product are counted from inputs");
    }
    if let Some(own) = own {
        match compare::compare(own, cost) {
            Kept::Yes => {}
            other => return other,
        }
    }
    split::check(own.unwrap_or(cost), cost)
}
