//! Rates and their rows.

use super::super::ast::{AmountKind, Clause, ClauseBody, Rate, RateForm};
use super::super::diagnostics as found;
use crate::diagnostic::Diagnostic;
use crate::period::Claim;
use crate::quantity::plain;
use crate::source::{Place, SourceId};

/// Whether tiers rise, are of one kind and end; whether a table has rows of the right width.
pub(super) fn check_rows(source: SourceId, rate: &Rate) -> Vec<Diagnostic> {
    let place = |span| Place { source, span };
    let mut diagnostics = Vec::new();
    match &rate.form {
        RateForm::Plain(..) => {}
        RateForm::Tiered(_, tiers) => {
            let bounds: Vec<_> = tiers.iter().filter_map(|tier| tier.bound).collect();
            if tiers.is_empty() {
                diagnostics.push(found::missing_rows(place(rate.span), "tiers"));
            } else if tiers.iter().all(|tier| tier.bound.is_some()) {
                diagnostics.push(found::missing_beyond(place(rate.span)));
            }
            if let Some(first) = bounds.first() {
                let other = bounds.iter().find(|bound| bound.inclusive != first.inclusive);
                if let Some(other) = other {
                    diagnostics.push(found::mixed_bounds(place(other.span), place(first.span)));
                }
                if first.number.is_zero() {
                    let text = plain(first.number);
                    diagnostics.push(found::bounds_not_rising(
                        place(first.span),
                        place(rate.span),
                        &text,
                    ));
                }
            }
            for pair in bounds.windows(2) {
                if let [before, bound] = pair
                    && bound.number <= before.number
                {
                    let text = plain(bound.number);
                    diagnostics.push(found::bounds_not_rising(
                        place(bound.span),
                        place(before.span),
                        &text,
                    ));
                }
            }
        }
        RateForm::Table(columns, rows) => {
            if rows.is_empty() {
                diagnostics.push(found::missing_rows(place(rate.span), "rows"));
            }
            for row in rows {
                let cells = row.cells.as_ref().map(Vec::len);
                if let Some(count) = cells.filter(|count| *count != columns.len()) {
                    diagnostics.push(found::wrong_cell_count(
                        place(row.span),
                        count,
                        columns.len(),
                    ));
                }
            }
        }
    }
    diagnostics
}

/// The rate that rows below a clause belong to.
pub(super) fn rate_of(clause: &Clause) -> Option<&Rate> {
    match &clause.body {
        ClauseBody::Rate(rate) | ClauseBody::When(_, rate) => Some(rate),
        _ => None,
    }
}

pub(super) fn rate_of_mut(clause: &mut Clause) -> Option<&mut Rate> {
    match &mut clause.body {
        ClauseBody::Rate(rate) | ClauseBody::When(_, rate) => Some(rate),
        _ => None,
    }
}

/// `was` stands after a dated plain rate alone.
pub(super) fn misplaced_was(source: SourceId, clause: &Clause) -> Option<Diagnostic> {
    let RateForm::Plain(amount, Some(was)) = &rate_of(clause)?.form else { return None };
    let place = Place { source, span: was.span };
    let plain = matches!(amount.kind, AmountKind::Credits { flat, .. } if flat.is_zero());
    let message = if matches!(clause.body, ClauseBody::When(..)) {
        "`was` does not stand after an exception"
    } else if !plain {
        "`was` stands after a rate that is one number"
    } else if clause.claim == Claim::Undated {
        "there is no day before a rate without a date"
    } else {
        return None;
    };
    Some(found::misplaced_was(place, message))
}
