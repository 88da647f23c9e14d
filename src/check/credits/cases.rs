//! The rates of a product or license on a day: each with the lines that it charges.

use jiff::civil::Date;

use crate::curve::Curve;
use crate::hir::{Condition, InputId, Origin, QUANTITY, Rate, Row, Target, TargetKind};

/// Most exceptions and rows of one product or license.
const MOST_CASES: usize = 500;

/// A rate and the lines that it charges: those on which all conditions of one list hold and none of
/// the other.
pub(in crate::check) struct Case {
    pub inside: Vec<Condition>,
    pub outside: Vec<Condition>,
    /// `None` where a license has no rate of its own.
    pub curve: Option<Curve>,
}

/// The rates in force on a day, in file order; why they cannot be told apart, where they cannot.
pub(in crate::check) fn cases(target: &Target, day: Date) -> Result<Vec<Case>, &'static str> {
    let exceptions: Vec<(&Condition, &(Origin, Rate))> = target
        .exceptions
        .iter()
        .filter_map(|exception| Some((&exception.condition, exception.rate.on(day)?)))
        .collect();
    if exceptions.len() > MOST_CASES {
        return Err("it has more exceptions than the work limit allows");
    }
    let mut found = Vec::new();
    let outside = exceptions.iter().map(|(condition, _)| (*condition).clone()).collect();
    if let Some(rate) = target.rate.on(day) {
        cases_of(rate, Vec::new(), outside, &mut found);
    } else if target.kind == TargetKind::License {
        found.push(Case { inside: Vec::new(), outside, curve: None });
    }
    for (condition, rate) in &exceptions {
        let narrower = exceptions.iter().filter(|(other, _)| other != condition);
        let outside = narrower.filter(|(other, _)| other.implies(condition));
        let outside = outside.map(|(other, _)| (*other).clone()).collect();
        cases_of(rate, vec![(*condition).clone()], outside, &mut found);
    }
    let on_quantity = |condition: &Condition| condition.sets.contains_key(&QUANTITY);
    if found.len() > MOST_CASES {
        return Err("it has more rows than the work limit allows");
    }
    if found.iter().any(|case| case.inside.iter().chain(&case.outside).any(on_quantity)) {
        return Err("a condition on the quantity chooses between its rates");
    }
    Ok(found)
}

fn cases_of(
    (origin, rate): &(Origin, Rate),
    inside: Vec<Condition>,
    outside: Vec<Condition>,
    found: &mut Vec<Case>,
) {
    let Rate::Table { columns, rows } = rate else {
        found.push(Case { inside, outside, curve: Curve::of(origin, rate) });
        return;
    };
    for row in rows {
        let curve = Some(Curve::plain(row.amount, row.place));
        let (mut inside, mut outside) = (inside.clone(), outside.clone());
        match condition(columns, row) {
            Some(cells) => inside.push(cells),
            None => outside.extend(rows.iter().filter_map(|row| condition(columns, row))),
        }
        found.push(Case { inside, outside, curve });
    }
}

/// The cells of a row as a condition; `otherwise` has none.
fn condition(columns: &[InputId], row: &Row) -> Option<Condition> {
    let cells = row.cells.as_ref()?;
    let sets = columns.iter().zip(cells).filter_map(|(input, set)| Some((*input, set.clone()?)));
    Some(Condition { sets: sets.collect() })
}
