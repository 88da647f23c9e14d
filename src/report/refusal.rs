//! Refusals in words: a code, a sentence, and the column to look at.

mod cause;

use jiff::civil::Date;

use crate::evaluate::Refusal;
use crate::input::{CellFault, Fault, FaultKind, QuoteFault};
use crate::plan::{Plan, TargetId, UnitId};
use crate::quantity::NumberFault;
use crate::source::{Place, Sources};
pub use cause::Cause;

/// Every code of a refused line.
pub const CODES: &[&str] = &[
    "unknown-sku",
    "missing-value",
    "bad-quantity",
    "negative-quantity",
    "bad-date",
    "unknown-unit",
    "unit-mismatch",
    "bad-value",
    "missing-input",
    "missing-start",
    "missing-end",
    "end-before-start",
    "no-rate",
    "withdrawn",
    "rate-refused",
    "negative-count",
    "overflow",
    "ragged-row",
    "invalid-utf8",
    "duplicate-key",
    "bad-record",
    "bad-cell",
];

/// A refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// One of [`CODES`].
    pub code: &'static str,
    /// What is wrong and the way out.
    pub message: String,
    /// The column to look at; empty for the whole record.
    pub column: String,
    /// Its text.
    pub value: String,
    /// The clause that refuses the line, where it is one.
    pub cause: Option<Cause>,
}

/// A record that could not be read.
pub fn of_fault(fault: Fault) -> Refused {
    let Fault { kind, column, value } = fault;
    let (code, message) = match &kind {
        FaultKind::Missing => {
            ("missing-value", format!("`{column}` is empty: every line needs one"))
        }
        FaultKind::BadQuantity(wrong) => {
            ("bad-quantity", number_message("quantity", &value, *wrong))
        }
        FaultKind::NegativeQuantity => (
            "negative-quantity",
            format!("the quantity `{value}` is below 0: licenses are counted from 0 up"),
        ),
        FaultKind::BadDate => (
            "bad-date",
            format!("`{value}` is not a day of the calendar: write it as in 2025-11-30"),
        ),
        FaultKind::UnknownUnit(instead) => {
            ("unknown-unit", format!("there is no unit `{value}`{instead}"))
        }
        FaultKind::BadNumber(wrong) => ("bad-value", number_message(&column, &value, *wrong)),
        FaultKind::BadChoice(values) => {
            let shown: Vec<String> =
                values.iter().take(12).map(|value| format!("`{value}`")).collect();
            let more = if values.len() > 12 { ", …" } else { "" };
            (
                "bad-value",
                format!(
                    "`{value}` is not a value of `{column}`: its values are {}{more}",
                    shown.join(", ")
                ),
            )
        }
        FaultKind::Ragged { found, expected } => {
            ("ragged-row", format!("the record has {found} fields, the header has {expected}"))
        }
        FaultKind::BadQuote(QuoteFault::TextBehind) => (
            "bad-record",
            "text stands behind the quote that ends a field: a quote inside one is doubled"
                .to_owned(),
        ),
        FaultKind::BadQuote(QuoteFault::Unclosed) => (
            "bad-record",
            "a quote of this record is never closed, and swallows the rest of the input".to_owned(),
        ),
        FaultKind::NotUtf8 { byte } => (
            "invalid-utf8",
            format!("byte {byte} of the field is not UTF-8: save the file as UTF-8"),
        ),
        FaultKind::DuplicateKey => {
            ("duplicate-key", format!("the key `{column}` stands twice: remove one of them"))
        }
        FaultKind::BadJsonValue => {
            ("bad-record", format!("`{column}` is neither a number, a text, a boolean nor null"))
        }
        FaultKind::BadJson(why) => {
            ("bad-record", format!("the record is not a JSON object: {why}"))
        }
        FaultKind::TooLong => ("bad-record", "the record is longer than 1 MiB".to_owned()),
        FaultKind::BadCell(wrong) => ("bad-cell", cell_message(&column, &value, *wrong)),
        FaultKind::UnknownProduct(instead) => {
            ("unknown-sku", format!("there is no product `{value}`{}{instead}", blanks(&value)))
        }
        FaultKind::License => {
            ("bad-value", format!("`{value}` is a license: units are allocated to products"))
        }
        FaultKind::NegativeUnits => {
            ("bad-value", format!("the {column} `{value}` are below 0: what is not allocated is 0"))
        }
        FaultKind::BadPriority => (
            "bad-value",
            format!("the {column} `{value}` is no whole number from 0 up: write it as in 1"),
        ),
        FaultKind::WishedTwice => (
            "bad-value",
            format!("the account wishes for `{value}` already: keep one of the two records"),
        ),
        FaultKind::OtherUnit(declared) => (
            "unit-mismatch",
            format!("`{value}` does not convert to `{declared}`, in which the product is counted"),
        ),
        FaultKind::Repeated(first) => (
            "bad-value",
            format!("record {first} gives this account `{value}` already: add both up in one"),
        ),
    };
    Refused { code, message, column, value, cause: None }
}

fn cell_message(column: &str, value: &str, wrong: CellFault) -> String {
    match wrong {
        CellFault::Inexact => format!(
            "the cell of `{column}` holds the float `{value}`, and a float keeps 15 digits: round it \
             in the sheet, or enter it as a text"
        ),
        CellFault::Error => {
            format!("the formula of `{column}` gives the error `{value}`: mend it in the sheet")
        }
        CellFault::Uncalculated => format!(
            "the formula of `{column}` was never calculated: open the file in a spreadsheet program \
             and save it"
        ),
        CellFault::TimeOfDay => {
            format!("`{value}` in `{column}` has a time of day: only days are taken")
        }
        CellFault::NoDay => {
            format!("`{value}` in `{column}` is the number of no day that every program knows")
        }
    }
}

fn number_message(column: &str, value: &str, wrong: NumberFault) -> String {
    let help = match wrong {
        NumberFault::Comma => "write thousands without a separator and decimals with a point",
        NumberFault::Exponent => "write all digits",
        NumberFault::Digits | NumberFault::Decimals => {
            "numbers are exact: at most 28 significant digits and 12 decimals"
        }
        NumberFault::LeadingZero => "write it without the zeros in front",
        _ => "write digits with at most one decimal point",
    };
    format!("the {column} `{value}` {}: {help}", wrong.reason())
}

/// `on 2025-11-30`
fn on(day: Option<Date>) -> String {
    day.map_or_else(|| "on any day".to_owned(), |day| format!("on {day}"))
}

/// What else may be wrong with a text that was not found.
fn blanks(text: &str) -> &'static str {
    if text.trim() == text { "" } else { "; a blank stands before or behind it" }
}

/// A line that could be read and not converted. `sku` is the text of that column; `suggest` asks for
/// the nearest known one, which takes a look at all of them.
pub fn of_refusal(
    plan: &Plan,
    sources: &Sources,
    refusal: &Refusal,
    sku: &str,
    suggest: bool,
) -> Refused {
    let name = |rule: &TargetId| plan.rule(*rule).map_or("", |rule| rule.name.as_str());
    let unit = |id: &UnitId| plan.unit(*id).map_or("", |unit| unit.name.as_str());
    let refused = |code, column: &str, value: String, message: String| Refused {
        code,
        message,
        column: column.to_owned(),
        value,
        cause: Cause::of(plan, refusal),
    };
    let by = |place: Place| {
        let cause = Cause::of(plan, refusal);
        cause.map_or_else(|| sources.file_and_line(place), |cause| cause.text(sources))
    };
    match refusal {
        Refusal::UnknownSku => {
            let known = plan.owners.keys().map(String::as_str).filter(|_| suggest);
            let near = crate::diagnostic::nearest(sku, known);
            let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            refused(
                "unknown-sku",
                "sku",
                sku.into(),
                format!("no product or license has the code or name `{sku}`{}{help}", blanks(sku)),
            )
        }
        Refusal::CodeNotInForce { rule } => refused(
            "unknown-sku",
            "sku",
            sku.into(),
            format!("the code `{sku}` belongs to `{}` on other days than this", name(rule)),
        ),
        Refusal::UnitMismatch { given, declared } => refused(
            "unit-mismatch",
            "unit",
            unit(given).into(),
            format!(
                "`{}` does not convert to `{}`, in which `{sku}` is counted",
                unit(given),
                unit(declared)
            ),
        ),
        Refusal::MissingStart { rule } => refused(
            "missing-start",
            "start",
            String::new(),
            format!(
                "what `{}` converts to depends on the day: give the line a `start`, or a day to all such lines with `--on DATE`",
                name(rule)
            ),
        ),
        Refusal::MissingEnd { rule } => refused(
            "missing-end",
            "end",
            String::new(),
            format!("credits of `{}` depend on the term: give the line an `end`", name(rule)),
        ),
        Refusal::EndBeforeStart { start, end } => refused(
            "end-before-start",
            "end",
            end.to_string(),
            format!("the last day {end} is before the first, {start}"),
        ),
        Refusal::MissingInput { input } => {
            let input = plan.input(*input).map_or("", |input| input.name.as_str());
            refused(
                "missing-input",
                input,
                String::new(),
                format!("the rules look at `{input}`, which is empty and has no default"),
            )
        }
        Refusal::NoRate { rule, day } => refused(
            "no-rate",
            "start",
            day.map_or_else(String::new, |day| day.to_string()),
            format!("`{}` has no rate {}", name(rule), on(*day)),
        ),
        Refusal::Withdrawn { rule, day, place } => refused(
            "withdrawn",
            "start",
            day.map_or_else(String::new, |day| day.to_string()),
            format!("`{}` is withdrawn {}, at {}", name(rule), on(*day), by(*place)),
        ),
        Refusal::RateRefused { rule, place } => refused(
            "rate-refused",
            "quantity",
            String::new(),
            format!("the rate of `{}` for such a line is `refused`, at {}", name(rule), by(*place)),
        ),
        Refusal::NegativeCount { rule } => refused(
            "negative-count",
            "quantity",
            String::new(),
            format!(
                "the `count` of `{}` is below 0 for this line: `max(0, …)` keeps it from falling there",
                name(rule)
            ),
        ),
        Refusal::Overflow => refused(
            "overflow",
            "quantity",
            String::new(),
            "the credits have more than 28 digits".to_owned(),
        ),
    }
}
