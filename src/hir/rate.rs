//! Rates: amounts, tiers and tables.

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{Amount, Rate, Row, Tier};
use crate::syntax::ast::{self, AmountKind, RateForm};

impl Resolver<'_> {
    pub(super) fn rate(&mut self, rate: &ast::Rate) -> Option<Rate> {
        match &rate.form {
            RateForm::Plain(written, _) => Some(Rate::Plain(amount(written))),
            RateForm::Tiered(mode, tiers) => {
                let inclusive =
                    tiers.iter().find_map(|tier| tier.bound).is_none_or(|bound| bound.inclusive);
                let tiers = tiers
                    .iter()
                    .map(|tier| Tier {
                        bound: tier.bound.map(|bound| bound.number),
                        amount: amount(&tier.amount),
                        place: self.place(tier.span),
                        because: tier.because.as_ref().map(|because| because.value.clone()),
                    })
                    .collect();
                Some(Rate::Tiered { mode: *mode, inclusive, tiers })
            }
            RateForm::Table(names, rows) => {
                let mut columns = Vec::with_capacity(names.len());
                for name in names {
                    let column = self.input_id(name)?;
                    if columns.contains(&column) {
                        let place = self.place(name.span);
                        return self.report(found::duplicate_value(place, &name.value));
                    }
                    columns.push(column);
                }
                let mut resolved = Vec::with_capacity(rows.len());
                let mut complete = true;
                for row in rows {
                    match self.row(&columns, row) {
                        Some(row) => resolved.push(row),
                        None => complete = false,
                    }
                }
                complete.then_some(Rate::Table { columns, rows: resolved })
            }
        }
    }

    fn row(&mut self, columns: &[super::InputId], row: &ast::Row) -> Option<Row> {
        let cells = match &row.cells {
            None => None,
            Some(cells) => {
                if cells.len() != columns.len() {
                    return None;
                }
                let mut sets = Vec::with_capacity(cells.len());
                for (column, cell) in columns.iter().zip(cells) {
                    let set = match &cell.predicate {
                        None => None,
                        Some(predicate) => Some(self.predicate(*column, predicate, cell.span)?),
                    };
                    sets.push(set);
                }
                Some(sets)
            }
        };
        Some(Row {
            cells,
            amount: amount(&row.amount),
            place: self.place(row.span),
            because: row.because.as_ref().map(|because| because.value.clone()),
        })
    }
}

fn amount(written: &ast::Amount) -> Amount {
    match written.kind {
        AmountKind::Credits { each, flat } => Amount::Credits { each, flat },
        AmountKind::Refused => Amount::Refused,
    }
}
