//! Whether any line lies in a cell whose ends stand along several forms.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::form::{Along, Atom, Form};
use crate::linear::{self, Relation, Row, Work};
use crate::quantity::Exact;

/// Most steps for one cell; a cell that takes more may be reached.
const MOST_STEPS: usize = 20_000;

/// Whether it is known that no line lies in a cell: its ends contradict each other where each
/// product of figures may be any number that is not below 0, and a begun form lies less than 1
/// above what it counts.
pub(super) fn is_out_of_reach(cell: &Cell) -> bool {
    cell.spans.len() > 1 && System::of(cell).is_empty()
}

/// Whether it is known that a form is 0 on all lines of a cell.
pub(super) fn is_nothing(cell: &Cell, form: &Form) -> bool {
    let Some(Along { axis, base, factor }) = form.along() else { return form.is_zero() };
    let none = -base / factor;
    !cell.spans.is_empty()
        && [Relation::Above, Relation::Below].into_iter().all(|relation| {
            let mut system = System::of(cell);
            system.keep(&axis, relation, &none);
            system.is_empty()
        })
}

#[derive(Default)]
struct System {
    rows: Vec<Row>,
    /// The variable of each product; with a second one where it may be below 0.
    of: BTreeMap<Vec<Atom>, (usize, Option<usize>)>,
    variables: usize,
}

impl System {
    fn of(cell: &Cell) -> Self {
        let mut system = Self::default();
        for (form, span) in &cell.spans {
            if let Some(low) = &span.low {
                let relation = if low.closed { Relation::AtLeast } else { Relation::Above };
                system.keep(form, relation, &low.at);
            }
            if let Some(high) = &span.high {
                let relation = if high.closed { Relation::AtMost } else { Relation::Below };
                system.keep(form, relation, &high.at);
            }
        }
        system
    }

    fn is_empty(&self) -> bool {
        let rows: Vec<&Row> = self.rows.iter().collect();
        let found = linear::point(&rows, self.variables, &mut Work::new(MOST_STEPS));
        matches!(found, Ok(None))
    }

    fn keep(&mut self, form: &Form, relation: Relation, bound: &Exact) {
        let terms = self.terms(form);
        // A sum of begun ones is a whole number.
        let (relation, bound) = match relation {
            Relation::Above if form.is_whole() => (Relation::AtLeast, bound.floor() + Exact::one()),
            Relation::Below if form.is_whole() => (Relation::AtMost, bound.ceil() - Exact::one()),
            relation => (relation, bound.clone()),
        };
        self.rows.push(Row::new(terms, relation, &bound - &form.base()));
    }

    /// A form without its constant.
    fn terms(&mut self, form: &Form) -> Vec<(usize, Exact)> {
        let mut terms = Vec::new();
        for (product, factor) in form.terms().filter(|(product, _)| !product.is_empty()) {
            let (above, below) = self.variable(product);
            terms.push((above, factor.clone()));
            terms.extend(below.map(|below| (below, -factor.clone())));
        }
        terms
    }

    fn variable(&mut self, product: &[Atom]) -> (usize, Option<usize>) {
        if let Some(known) = self.of.get(product) {
            return *known;
        }
        let counts = product.iter().any(|atom| matches!(atom, Atom::Ceil(_)));
        let own = (self.variables, counts.then_some(self.variables + 1));
        self.variables += 1 + usize::from(counts);
        self.of.insert(product.to_vec(), own);
        if let [Atom::Ceil(inner)] = product {
            let by = Form::of(Atom::Ceil(inner.clone())).minus(inner);
            self.keep(&by, Relation::AtLeast, &Exact::zero());
            self.keep(&by, Relation::Below, &Exact::one());
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::cell::{End, Span};
    use crate::compare::world::Var;

    fn input(at: u32) -> Form {
        Form::of(Atom::Input(Var(at)))
    }

    /// From one number up to another.
    fn between(low: i64, high: i64) -> Span {
        let end = |at: i64| Some(End { at: Exact::from(at), closed: true });
        Span { low: end(low), high: end(high) }
    }

    fn cell(spans: impl IntoIterator<Item = (Form, Span)>) -> Cell {
        Cell { spans: spans.into_iter().collect(), ..Cell::default() }
    }

    #[test]
    fn ends_that_contradict_each_other_hold_no_line() {
        let (sum, rest) = (input(0).plus(&input(1)), input(0).minus(&input(1)));
        let far = cell([(sum.clone(), between(0, 5)), (rest.clone(), between(6, 9))]);
        assert!(is_out_of_reach(&far));
        assert!(!is_out_of_reach(&cell([(sum, between(0, 6)), (rest, between(6, 9))])));
    }

    #[test]
    fn sums_of_begun_forms_are_whole() {
        let fewer = (input(0).minus(&input(1)), between(-9, 0));
        let begun = |at: u32| input(at).ceil();
        let more = Span { low: Some(End { at: Exact::zero(), closed: false }), high: None };
        let apart = begun(0).minus(&begun(1));
        assert!(is_out_of_reach(&cell([fewer.clone(), (apart.clone(), more.clone())])));
        // Where the one is not below the other, and no more are begun, as many are.
        let (not_below, no_more) = ((fewer.0, more), (apart.clone(), between(-9, 0)));
        assert!(is_nothing(&cell([not_below, no_more.clone()]), &apart.scaled(&Exact::from(5))));
        assert!(!is_nothing(&cell([no_more]), &apart));
    }

    #[test]
    fn begun_forms_lie_near_what_they_count() {
        let begun = input(0).scaled(&(Exact::one() / Exact::from(10))).ceil();
        let over = begun.minus(&input(1));
        let of = |blocks: i64| {
            let cores = (input(1), between(3, 3));
            cell([(input(0), between(0, 20)), (over.clone(), between(blocks, 9)), cores])
        };
        assert!(is_out_of_reach(&of(0)));
        assert!(!is_out_of_reach(&of(-1)));
    }
}
