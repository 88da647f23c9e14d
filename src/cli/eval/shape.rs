//! What is written of each line.

use super::super::Eval;
use super::super::failure::Failure;
use crate::diagnostic::instead;
use crate::input::{Schema, Slot};
use crate::report::COLUMNS;
use crate::report::encode::Format;
use crate::report::table::{Column, Kind};

/// What is written of converted lines.
pub(super) enum Shape {
    /// These columns of each line.
    Columns(Vec<usize>),
    /// The input's columns and `credits`.
    Appended,
    /// Sums by these columns.
    Grouped { account: bool, name: bool, columns: Vec<usize> },
}

impl Shape {
    /// The shape that is asked for, and its columns. `header` are the columns of an input that is a
    /// table.
    pub(super) fn new(
        options: &Eval,
        format: Format,
        header: Option<&[String]>,
        schema: &Schema,
    ) -> Result<(Self, Vec<Column>), Failure> {
        if options.append {
            let names = appended(format, header)?;
            return Ok((Self::Appended, of_input(names, schema)));
        }
        if options.by.is_empty() {
            let columns = if options.columns.is_empty() {
                (0..COLUMNS.len()).collect()
            } else {
                columns("--columns", &options.columns, &COLUMNS)?
            };
            let names = names(&columns);
            return Ok((Self::Columns(columns), of_record(names)));
        }
        let columns = columns("--by", &options.by, &["account", "name"])?;
        let mut names = names(&columns);
        let has = |name: &str| names.iter().any(|own| own == name);
        let (account, name) = (has("account"), has("name"));
        names.push(CREDITS.to_owned());
        Ok((Self::Grouped { account, name, columns }, of_record(names)))
    }
}

/// The column behind those of the input.
const CREDITS: &str = "credits";

fn appended(format: Format, header: Option<&[String]>) -> Result<Vec<String>, Failure> {
    let Some(header) = header else {
        if format.is_table() {
            return Err(Failure::new(
                "`--append` gives columns as they stand, and json has none: add `--format json`",
            ));
        }
        return Ok(Vec::new());
    };
    if header.iter().any(|name| name == CREDITS) {
        return Err(has_credits());
    }
    if header.iter().filter(|name| name.is_empty()).count() > 1 {
        return Err(Failure::new(
            "two columns of the input have no name: name them, or leave out `--append`",
        ));
    }
    Ok(header.iter().cloned().chain([CREDITS.to_owned()]).collect())
}

pub(super) fn has_credits() -> Failure {
    Failure::new("the input has a column `credits` already: rename it, or leave out `--append`")
}

/// The positions of named columns, each once.
fn columns(option: &str, wanted: &[String], known: &[&str]) -> Result<Vec<usize>, Failure> {
    if let Some(twice) = wanted
        .iter()
        .enumerate()
        .find(|(at, name)| wanted.iter().take(*at).any(|other| other == *name))
    {
        return Err(Failure::new(format!("`{option}` names the column `{}` twice", twice.1)));
    }
    wanted
        .iter()
        .map(|name| {
            let at = COLUMNS.iter().position(|column| column == name);
            at.filter(|_| known.contains(&name.as_str())).ok_or_else(|| {
                let help = instead(name, known.iter().copied());
                Failure::new(format!("`{option}`: there is no column `{name}`{help}"))
            })
        })
        .collect()
}

fn names(columns: &[usize]) -> Vec<String> {
    columns.iter().filter_map(|at| COLUMNS.get(*at)).map(ToString::to_string).collect()
}

/// Columns of a record with what they hold.
fn of_record(names: Vec<String>) -> Vec<Column> {
    let kind = |name: &str| match name {
        "quantity" => Kind::Quantity,
        "start" | "end" => Kind::Date,
        CREDITS => Kind::Credits,
        _ => Kind::Text,
    };
    names.into_iter().map(|name| Column { kind: kind(&name), name }).collect()
}

/// Columns of an input, and credits behind them, with what they hold.
fn of_input(names: Vec<String>, schema: &Schema) -> Vec<Column> {
    let last = names.len().saturating_sub(1);
    let kind = |at: usize, name: &str| match schema.slot(name) {
        _ if at == last => Kind::Credits,
        Some(Slot::QUANTITY) => Kind::Quantity,
        Some(Slot::START | Slot::END) => Kind::Date,
        _ => Kind::Text,
    };
    names.into_iter().enumerate().map(|(at, name)| Column { kind: kind(at, &name), name }).collect()
}
