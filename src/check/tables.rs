//! Tables are complete and unambiguous.

use super::region::{Boxes, Exhausted};
use super::verdict::Property;
use super::{Findings, diagnostics as found};
use crate::hir::set::Set;
use crate::hir::{InputId, Origin, Program, Rate, Row, Target};

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    for (origin, rate) in
        target.rate.forms.iter().chain(target.exceptions.iter().flat_map(|e| &e.rate.forms))
    {
        if let Rate::Table { columns, rows } = rate
            && target.complete
            && !rows.is_empty()
        {
            table(program, target, origin, columns, rows, findings);
        }
    }
}

fn table(
    program: &Program,
    target: &Target,
    origin: &Origin,
    columns: &[InputId],
    rows: &[Row],
    findings: &mut Findings,
) {
    let cells: Vec<Vec<Option<&Set>>> = rows
        .iter()
        .filter_map(|row| row.cells.as_ref())
        .map(|cells| cells.iter().map(Option::as_ref).collect())
        .collect();
    let boxes = Boxes::new(program, columns, &cells);
    let otherwise = rows.iter().find(|row| row.cells.is_none());
    let overlaps = overlaps(&boxes, rows);
    let gap = match boxes.gap_between_disjoint().filter(|_| overlaps.is_empty()) {
        Some(gap) => Ok(gap),
        None => boxes.gap(),
    };
    let mut complete = Vec::new();
    match (gap, otherwise) {
        (Ok(Some(witness)), None) => complete.push(found::table_gap(origin.place, witness)),
        (Ok(None), Some(otherwise)) => {
            findings.diagnostics.push(found::needless_otherwise(otherwise.place));
        }
        (Err(Exhausted), None) => {
            complete.push(found::too_much_work(origin.place, "this table covers every line"));
        }
        _ => {}
    }
    findings.settle(Property::TableComplete, &target.name, origin.place, complete);
    findings.settle(Property::TableUnambiguous, &target.name, origin.place, overlaps);
}

/// Each row against the first earlier one that covers a line of it.
fn overlaps(boxes: &Boxes<'_>, rows: &[Row]) -> Vec<crate::diagnostic::Diagnostic> {
    let mut found = Vec::new();
    let boxed: Vec<&Row> = rows.iter().filter(|row| row.cells.is_some()).collect();
    for (later, row) in boxed.iter().enumerate() {
        let first = boxed
            .iter()
            .take(later)
            .enumerate()
            .find_map(|(earlier, other)| Some((other.place, boxes.overlap(earlier, later)?)));
        if let Some((other, witness)) = first {
            found.push(found::table_overlap(row.place, other, witness));
        }
    }
    found
}
