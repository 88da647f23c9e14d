//! The rates of a product or license on a day: each with the lines that it charges.

use jiff::civil::Date;

use crate::curve::Curve;
use crate::hir::{Condition, InputId, Origin, QUANTITY, Rate, Row, Target, TargetKind};

/// Most exceptions and rows of one product or license.
pub(in crate::check) const MOST_CASES: usize = 500;

/// A rate in force on a day: a row of a table stands for itself.
pub(in crate::check) struct Form<'a> {
    /// The exception that it is the rate of.
    exception: Option<&'a Condition>,
    /// The table that it is a row of, and which.
    row: Option<(&'a [InputId], &'a [Row], &'a Row)>,
    /// `None` where a license has no rate of its own.
    pub curve: Option<Curve>,
}

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
    if in_force(target, day).count() > MOST_CASES {
        return Err("it has more exceptions than the work limit allows");
    }
    let forms = forms(target, day);
    if forms.len() > MOST_CASES {
        return Err("it has more rows than the work limit allows");
    }
    if forms.iter().any(Form::on_quantity) {
        return Err("a condition on the quantity chooses between its rates");
    }
    let case = |form: Form<'_>| Case {
        inside: form.inside(),
        outside: form.outside(target, day),
        curve: form.curve,
    };
    Ok(forms.into_iter().map(case).collect())
}

/// The rates in force on a day, in file order.
pub(in crate::check) fn forms(target: &Target, day: Date) -> Vec<Form<'_>> {
    let mut found = Vec::new();
    if let Some(rate) = target.rate.on(day) {
        forms_of(rate, None, &mut found);
    } else if target.kind == TargetKind::License {
        found.push(Form { exception: None, row: None, curve: None });
    }
    for (condition, rate) in in_force(target, day) {
        forms_of(rate, Some(condition), &mut found);
    }
    found
}

/// The exceptions in force on a day.
fn in_force(target: &Target, day: Date) -> impl Iterator<Item = (&Condition, &(Origin, Rate))> {
    target
        .exceptions
        .iter()
        .filter_map(move |exception| Some((&exception.condition, exception.rate.on(day)?)))
}

fn forms_of<'a>(
    (origin, rate): &'a (Origin, Rate),
    exception: Option<&'a Condition>,
    found: &mut Vec<Form<'a>>,
) {
    let Rate::Table { columns, rows } = rate else {
        found.push(Form { exception, row: None, curve: Curve::of(origin, rate) });
        return;
    };
    found.extend(rows.iter().map(|row| Form {
        exception,
        row: Some((columns, rows, row)),
        curve: Some(Curve::plain(row.amount, row.place)),
    }));
}

impl Form<'_> {
    /// What holds on the lines that it charges.
    pub(in crate::check) fn inside(&self) -> Vec<Condition> {
        let row = self.row.and_then(|(columns, _, row)| condition(columns, row));
        self.exception.cloned().into_iter().chain(row).collect()
    }

    /// What does not: exceptions that stand before it, and the rows above `otherwise`.
    pub(in crate::check) fn outside(&self, target: &Target, day: Date) -> Vec<Condition> {
        let before = in_force(target, day)
            .map(|(other, _)| other)
            .filter(|other| self.exception.is_none_or(|own| *other != own && other.implies(own)));
        let mut outside: Vec<Condition> = before.cloned().collect();
        if let Some((columns, rows, row)) = self.row
            && row.cells.is_none()
        {
            outside.extend(rows.iter().filter_map(|row| condition(columns, row)));
        }
        outside
    }

    /// Whether the quantity is among what chooses it.
    pub(in crate::check) fn on_quantity(&self) -> bool {
        self.inside().iter().any(|condition| condition.sets.contains_key(&QUANTITY))
    }
}

/// The cells of a row as a condition; `otherwise` has none.
fn condition(columns: &[InputId], row: &Row) -> Option<Condition> {
    let cells = row.cells.as_ref()?;
    let sets = columns.iter().zip(cells).filter_map(|(input, set)| Some((*input, set.clone()?)));
    Some(Condition { sets: sets.collect() })
}
