//! Tables are complete and unambiguous.

use super::region::{Boxes, Exhausted};
use super::verdict::Property;
use super::witness::sought::Sought;
use super::{Findings, diagnostics as found};
use crate::diagnostic::Diagnostic;
use crate::hir::set::Set;
use crate::hir::timeline::Timeline;
use crate::hir::{Condition, InputId, Origin, Program, Rate, Row, Target};
use crate::period::Days;

/// A table as a rate of some lines.
struct Table<'a> {
    program: &'a Program,
    target: &'a Target,
    origin: &'a Origin,
    columns: &'a [InputId],
    rows: &'a [Row],
    /// The exception that it is the rate of.
    exception: Option<&'a Condition>,
    /// The days on which it is in force.
    days: Vec<Days>,
}

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    let exceptions = target.exceptions.iter().map(|e| (Some(&e.condition), &e.rate));
    for (exception, timeline) in std::iter::once((None, &target.rate)).chain(exceptions) {
        for (at, (origin, rate)) in timeline.forms.iter().enumerate() {
            if let Rate::Table { columns, rows } = rate
                && target.complete
                && !rows.is_empty()
            {
                let days = days_of(timeline, at);
                Table { program, target, origin, columns, rows, exception, days }.check(findings);
            }
        }
    }
}

/// The days of one form.
fn days_of(timeline: &Timeline<Rate>, at: usize) -> Vec<Days> {
    timeline.layout.iter().filter(|(_, form)| *form == at).map(|(days, _)| *days).collect()
}

impl<'a> Table<'a> {
    fn check(&self, findings: &mut Findings) {
        let cells: Vec<Vec<Option<&Set>>> = self
            .boxed()
            .filter_map(|row| row.cells.as_ref())
            .map(|cells| cells.iter().map(Option::as_ref).collect())
            .collect();
        let boxes = Boxes::new(self.program, self.columns, &cells);
        let otherwise = self.rows.iter().find(|row| row.cells.is_none());
        let overlaps = self.overlaps(&boxes);
        let gap = match boxes.gap_between_disjoint().filter(|_| overlaps.is_empty()) {
            Some(gap) => Ok(gap),
            None => boxes.gap(),
        };
        let place = self.origin.place;
        let mut complete = Vec::new();
        match (gap, otherwise) {
            (Ok(Some(seen)), None) => {
                let outside = self.boxed().map(|row| self.condition(row)).collect();
                let witness =
                    Sought { outside, ..self.sought() }.witness(&seen, Some("refused no-rate"));
                complete.push(found::table_gap(place, witness));
            }
            (Ok(None), Some(otherwise)) => {
                findings.diagnostics.push(found::needless_otherwise(otherwise.place));
            }
            (Err(Exhausted), None) => {
                complete.push(found::too_much_work(place, "this table covers every line"));
            }
            _ => {}
        }
        let name = &self.target.name;
        findings.settle(Property::TableComplete, name, place, complete);
        findings.settle(Property::TableUnambiguous, name, place, overlaps);
    }

    /// The rows, `otherwise` apart.
    fn boxed(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(|row| row.cells.is_some())
    }

    /// Each row against the first earlier one that covers a line of it.
    fn overlaps(&self, boxes: &Boxes) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (later, row) in self.boxed().enumerate() {
            let first = self
                .boxed()
                .take(later)
                .enumerate()
                .find_map(|(earlier, other)| Some((other, boxes.overlap(earlier, later)?)));
            if let Some((other, seen)) = first {
                let inside = vec![self.condition(other), self.condition(row)];
                let witness = Sought { inside, ..self.sought() }.witness(&seen, None);
                found.push(found::table_overlap(row.place, other.place, witness));
            }
        }
        found
    }

    /// The lines that it charges.
    fn sought(&self) -> Sought<'a> {
        let exceptions = self.exception.into_iter().collect();
        Sought { exceptions, ..Sought::on(self.program, self.target, &self.days) }
    }

    /// The cells of a row as a condition.
    fn condition(&self, row: &Row) -> Condition {
        let cells = self.columns.iter().zip(row.cells.iter().flatten());
        Condition { sets: cells.filter_map(|(input, set)| Some((*input, set.clone()?))).collect() }
    }
}
