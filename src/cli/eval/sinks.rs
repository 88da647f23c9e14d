//! Where converted lines and refused lines go.

use std::path::Path;

use super::super::Eval;
use super::super::failure::Failure;
use super::super::output::{Output, complain};
use crate::diagnostic::nearest;
use crate::diagnostic::render::visible;
use crate::input::Raw;
use crate::quantity::plain;
use crate::report::refusal::Refused;
use crate::report::write::{Format, Writer};
use crate::report::{COLUMNS, Groups, Line};
use rust_decimal::Decimal;

/// Converted lines: listed, appended to what came in, or added up.
pub(super) struct Listing {
    writer: Writer<Output>,
    shape: Shape,
}

enum Shape {
    /// These columns of each line.
    Columns(Vec<usize>),
    /// The input's columns and `credits`.
    Appended,
    /// Sums by these columns.
    Grouped(Vec<usize>, Groups),
}

impl Listing {
    pub(super) fn open(
        options: &Eval,
        format: Format,
        appended: Option<Vec<String>>,
    ) -> Result<Self, Failure> {
        let (shape, names) = if options.append {
            let table = matches!(format, Format::Csv | Format::Tsv);
            if table && appended.is_none() {
                return Err(Failure::new(
                    "`--append` gives columns as they stand, and json has none: add `--format json`",
                ));
            }
            if appended
                .as_ref()
                .is_some_and(|names| names.iter().rev().skip(1).any(|name| name == CREDITS))
            {
                return Err(has_credits());
            }
            let names = appended.unwrap_or_default();
            if names.iter().filter(|name| name.is_empty()).count() > 1 {
                return Err(Failure::new(
                    "two columns of the input have no name: name them, or leave out `--append`",
                ));
            }
            (Shape::Appended, names)
        } else if options.by.is_empty() {
            let columns = if options.columns.is_empty() {
                (0..COLUMNS.len()).collect()
            } else {
                columns("--columns", &options.columns, &COLUMNS)?
            };
            let names = names(&columns);
            (Shape::Columns(columns), names)
        } else {
            let columns = columns("--by", &options.by, &["account", "name"])?;
            let mut names = names(&columns);
            names.push("credits".to_owned());
            (Shape::Grouped(columns, Groups::default()), names)
        };
        let output = Output::open(options.output.as_deref())?;
        let writer = Writer::new(output, format, names).map_err(|error| Failure::stream(&error))?;
        Ok(Self { writer, shape })
    }

    pub(super) fn line(
        &mut self,
        line: &Line,
        credits: Decimal,
        raw: &Raw<'_>,
        steps: Option<serde_json::Value>,
    ) -> Result<(), Failure> {
        let text = |column: &usize| line.texts.get(*column).and_then(Option::as_deref);
        let written = match &mut self.shape {
            Shape::Columns(columns) => {
                self.writer.record(columns.iter().map(text), steps.map(|steps| ("steps", steps)))
            }
            Shape::Grouped(columns, groups) => {
                groups.add(
                    columns.iter().map(|column| text(column).map(str::to_owned)).collect(),
                    credits,
                );
                Ok(())
            }
            Shape::Appended => match raw {
                Raw::Fields(fields) => {
                    let credits = plain(credits);
                    self.writer.fields(fields.iter().chain(std::iter::once(credits.as_bytes())))
                }
                Raw::Members(members) if members.iter().any(|(key, _)| key == CREDITS) => {
                    return Err(has_credits());
                }
                Raw::Members(members) => {
                    let mut object = String::from("{");
                    for (key, value) in *members {
                        object.push_str(&format!(
                            "{}:{},",
                            serde_json::Value::from(key.as_str()),
                            value.get()
                        ));
                    }
                    object.push_str(&format!("\"credits\":\"{}\"}}", plain(credits)));
                    self.writer.raw(&object)
                }
            },
        };
        written.map_err(|error| Failure::stream(&error))
    }

    pub(super) fn finish(mut self) -> Result<(), Failure> {
        if let Shape::Grouped(_, groups) = &self.shape {
            for (key, credits) in groups.iter() {
                let credits = credits.text();
                let texts =
                    key.iter().map(Option::as_deref).chain(std::iter::once(Some(credits.as_str())));
                self.writer.record(texts, None).map_err(|error| Failure::stream(&error))?;
            }
        }
        self.writer.finish().map_err(|error| Failure::stream(&error))?.finish()
    }
}

/// The column behind those of the input.
const CREDITS: &str = "credits";

fn has_credits() -> Failure {
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
                let near = nearest(name, known.iter().copied());
                let help = near.map_or_else(
                    || format!("; there are {}", known.join(", ")),
                    |near| format!("; did you mean `{near}`?"),
                );
                Failure::new(format!("`{option}`: there is no column `{name}`{help}"))
            })
        })
        .collect()
}

fn names(columns: &[usize]) -> Vec<String> {
    columns.iter().filter_map(|at| COLUMNS.get(*at)).map(ToString::to_string).collect()
}

/// Refused lines: a file of all, or the first few on standard error.
pub(super) enum Rejects {
    File(Box<Writer<Output>>),
    Shown { count: u64 },
}

/// Refused lines that are shown.
const MOST_SHOWN: u64 = 20;

impl Rejects {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Shown { count: 0 }) };
        let columns = ["line", "license_id", "code", "message", "column", "value"];
        let output = Output::open(Some(path))?;
        let writer = Writer::new(output, Format::Csv, columns.map(str::to_owned).to_vec())
            .map_err(|error| Failure::file("write", path, &error))?;
        Ok(Self::File(Box::new(writer)))
    }

    pub(super) fn line(
        &mut self,
        number: u64,
        license_id: &str,
        refused: &Refused,
    ) -> Result<(), Failure> {
        match self {
            Self::File(writer) => {
                let number = number.to_string();
                let texts = [
                    number.as_str(),
                    license_id,
                    refused.code,
                    &refused.message,
                    &refused.column,
                    &refused.value,
                ];
                writer.record(texts.map(Some), None).map_err(|error| Failure::stream(&error))
            }
            Self::Shown { count } => {
                *count += 1;
                if *count <= MOST_SHOWN {
                    let Refused { code, message, .. } = refused;
                    complain(&visible(&format!(
                        "line {number} (license {license_id}): {message} [{code}]\n"
                    )));
                }
                Ok(())
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::File(writer) => {
                writer.finish().map_err(|error| Failure::stream(&error))?.finish()
            }
            Self::Shown { count } => {
                if let Some(more @ 1..) = count.checked_sub(MOST_SHOWN) {
                    complain(&format!(
                        "and {more} more refused lines: `--rejects FILE` keeps them all\n"
                    ));
                }
                Ok(())
            }
        }
    }
}
