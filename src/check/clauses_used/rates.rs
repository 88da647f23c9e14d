//! Rates, exceptions and table rows that no line reaches.

use super::diagnostics::{self as found, What};
use super::reach::{Cause, Causes, Lines, both};
use super::tiers;
use crate::check::neighbors::Neighbors;
use crate::check::region::Exhausted;
use crate::diagnostic::Diagnostic;
use crate::hir::set::Set;
use crate::hir::timeline::Timeline;
use crate::hir::{Amount, Condition, InputId, Origin, QUANTITY, Rate, Row};
use crate::period::Days;

/// A dated form of a rate or an exception.
pub(super) struct Form<'a> {
    pub(super) origin: &'a Origin,
    pub(super) rate: &'a Rate,
    /// The days on which it holds.
    pub(super) days: Vec<Days>,
    /// The lines that it is for.
    pub(super) inside: &'a Condition,
    /// The exceptions that stand before it.
    pub(super) before: &'a [usize],
    pub(super) exception: bool,
}

/// The days of each form of a timeline.
pub(super) fn days_of<T>(timeline: &Timeline<T>) -> Vec<Vec<Days>> {
    let mut days = vec![Vec::new(); timeline.forms.len()];
    for (stretch, form) in &timeline.layout {
        if let Some(days) = days.get_mut(*form) {
            days.push(*stretch);
        }
    }
    days
}

pub(super) fn check(lines: &Lines<'_>, against: &mut Vec<Diagnostic>) -> Result<(), Exhausted> {
    let target = lines.target;
    let everything = Condition::default();
    let all: Vec<usize> = (0..target.exceptions.len()).collect();
    forms(lines, &target.rate, &everything, &all, against)?;
    let neighbors = Neighbors::new(target.exceptions.iter().map(|other| &other.condition));
    for (at, exception) in target.exceptions.iter().enumerate() {
        let condition = &exception.condition;
        if condition.sets.is_empty() {
            // It was said of it that it is no exception.
            continue;
        }
        let mut narrower = neighbors.of(condition);
        narrower.retain(|other| {
            let other = (*other != at).then(|| target.exceptions.get(*other)).flatten();
            other.is_some_and(|other| other.condition.implies(condition))
        });
        forms(lines, &exception.rate, condition, &narrower, against)?;
    }
    Ok(())
}

fn forms(
    lines: &Lines<'_>,
    timeline: &Timeline<Rate>,
    inside: &Condition,
    before: &[usize],
    against: &mut Vec<Diagnostic>,
) -> Result<(), Exhausted> {
    for ((origin, rate), days) in timeline.forms.iter().zip(days_of(timeline)) {
        let exception = !inside.sets.is_empty();
        let form = Form { origin, rate, days, inside, before, exception };
        if form.days.is_empty() {
            continue;
        }
        if let Some(causes) = unreached(lines, &form)? {
            if !is_guard(&form) && !behind_an_unconditional(lines, &causes) {
                let what = if exception { What::Exception } else { What::Rate };
                against.push(found::unused(lines, what, origin.place, &causes));
            }
            continue;
        }
        match rate {
            Rate::Plain(_) => {}
            Rate::Table { columns, rows } => table(lines, &form, columns, rows, against)?,
            Rate::Tiered { mode, inclusive, tiers } => {
                tiers::check(lines, &form, (*mode, *inclusive), tiers, against)?;
            }
        }
    }
    Ok(())
}

/// Whether a standing rate says of lines that never come that they are refused: every product must
/// have a rate.
fn is_guard(form: &Form<'_>) -> bool {
    !form.exception && *form.rate == Rate::Plain(Amount::Refused)
}

/// Whether an exception that holds on every line stands before a rate: that was said there.
fn behind_an_unconditional(lines: &Lines<'_>, causes: &Causes) -> bool {
    let mut unconditional =
        lines.target.exceptions.iter().filter(|exception| exception.condition.sets.is_empty());
    unconditional.any(|exception| {
        let mut forms = exception.rate.forms.iter();
        forms.any(|(origin, _)| causes.contains(&Cause::Exception(origin.place)))
    })
}

/// Why no line reaches a form; an exception for 0 units alone is not reached, as they cost 0.
fn unreached(lines: &Lines<'_>, form: &Form<'_>) -> Result<Option<Causes>, Exhausted> {
    let causes = lines.kept_out(form.inside, form.before, &[], &form.days)?;
    let target = lines.target;
    let counts = !target.zero_charged.is_empty() || !target.count.is_empty();
    if causes.is_some() || !form.exception || counts || !lines.asks_quantity() {
        return Ok(causes);
    }
    let some = Set::numbers(Some((rust_decimal::Decimal::ZERO, false)), None);
    let some = Condition { sets: [(QUANTITY, some)].into() };
    let Some(inside) = both(form.inside, &some) else {
        return Ok(Some(Causes::from([Cause::NoUnits])));
    };
    let mut causes = lines.kept_out(&inside, form.before, &[], &form.days)?;
    if let Some(causes) = &mut causes {
        causes.insert(Cause::NoUnits);
    }
    Ok(causes)
}

/// Rows that no line reaches. Rows that refuse may stand for lines that never come: a table must
/// cover those too.
fn table(
    lines: &Lines<'_>,
    form: &Form<'_>,
    columns: &[InputId],
    rows: &[Row],
    against: &mut Vec<Diagnostic>,
) -> Result<(), Exhausted> {
    let conditions: Vec<(&Row, Option<Condition>)> = rows
        .iter()
        .map(|row| (row, row.cells.as_ref().map(|cells| condition(columns, cells))))
        .collect();
    for (row, condition) in &conditions {
        if row.amount == Amount::Refused {
            continue;
        }
        let causes = match condition.as_ref().map(|condition| both(form.inside, condition)) {
            Some(Some(inside)) => lines.kept_out(&inside, form.before, &[], &form.days)?,
            Some(None) => Some(Causes::from([Cause::Condition(form.origin.place)])),
            None => otherwise(lines, form, &conditions)?,
        };
        if let Some(causes) = causes {
            let what = if condition.is_some() { What::Row } else { What::Otherwise };
            against.push(found::unused(lines, what, row.place, &causes));
        }
    }
    Ok(())
}

/// Why no line reaches `otherwise`.
fn otherwise(
    lines: &Lines<'_>,
    form: &Form<'_>,
    rows: &[(&Row, Option<Condition>)],
) -> Result<Option<Causes>, Exhausted> {
    let above = rows.iter().filter_map(|(row, condition)| {
        let condition = condition.as_ref()?;
        condition.meets(form.inside).then_some((condition, Cause::Row(row.place)))
    });
    let above: Vec<_> = above.collect();
    let mut causes = lines.kept_out(form.inside, form.before, &above, &form.days)?;
    if let Some(causes) = causes.as_mut().filter(|_| form.exception) {
        causes.insert(Cause::Condition(form.origin.place));
    }
    Ok(causes)
}

fn condition(columns: &[InputId], cells: &[Option<Set>]) -> Condition {
    let cells = columns.iter().zip(cells);
    Condition { sets: cells.filter_map(|(input, set)| Some((*input, set.clone()?))).collect() }
}
