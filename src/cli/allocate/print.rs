//! Records of accounts, printed as text, JSON or rows.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::super::DataFormat;
use super::super::eval::format;
use super::super::eval::sink::Sink;
use super::super::failure::Failure;
use super::super::output::Output;
use super::options::{AllocateFormat, OutputOptions};
use crate::diagnostic::render::visible;
use crate::report::table::{Column, Kind};

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Form {
    Text,
    Json,
    Ndjson,
    Table(DataFormat),
}

/// The format that is asked for; without it, by the extension of the file, else text.
pub(in crate::cli) fn format(options: &OutputOptions) -> Result<Form, Failure> {
    let asked = options.format.map(|format| match format {
        AllocateFormat::Text => Form::Text,
        AllocateFormat::Json => Form::Json,
        AllocateFormat::Ndjson => Form::Ndjson,
        AllocateFormat::Csv => Form::Table(DataFormat::Csv),
    });
    of(asked, options.output.as_deref(), &[DataFormat::Csv, DataFormat::Json, DataFormat::Ndjson])
}

/// The same, of these formats.
pub(in crate::cli) fn of(
    asked: Option<Form>,
    path: Option<&Path>,
    known: &[DataFormat],
) -> Result<Form, Failure> {
    if let Some(asked) = asked {
        return Ok(asked);
    }
    let Some(path) = path.filter(|path| path.extension().is_some_and(|own| own != "txt")) else {
        return Ok(Form::Text);
    };
    let format = format::of_file(Some(path), None)?.format;
    if !known.contains(&format) {
        return Err(Failure::new(format!(
            "the extension of `{}` tells a format that is not written here: add `--format`",
            path.display()
        )));
    }
    Ok(match format {
        DataFormat::Json => Form::Json,
        DataFormat::Ndjson => Form::Ndjson,
        table => Form::Table(table),
    })
}

/// Records, and how they are told.
pub(in crate::cli) struct Records<'a, T, F> {
    pub records: &'a [T],
    pub told: Told<'a, T, F>,
}

/// How a record is told.
pub(in crate::cli) struct Told<'a, T, F> {
    pub columns: &'a [&'a str],
    pub rows: fn(&T) -> Vec<Vec<String>>,
    /// Its text, if it has anything to say.
    pub text: F,
}

impl<T: Serialize, F: Fn(&T) -> Option<String>> Records<'_, T, F> {
    pub(in crate::cli) fn print(&self, form: Form, options: &OutputOptions) -> Result<(), Failure> {
        self.print_to(form, options.output.as_deref())
    }

    pub(in crate::cli) fn print_to(&self, form: Form, path: Option<&Path>) -> Result<(), Failure> {
        let failed = |error: serde_json::Error| Failure::new(error.to_string());
        let text = match form {
            Form::Text => {
                let texts: Vec<String> = self.records.iter().filter_map(&self.told.text).collect();
                visible(&texts.join("\n"))
            }
            Form::Json => serde_json::to_string_pretty(self.records).map_err(failed)? + "\n",
            Form::Ndjson => {
                let lines: Result<Vec<String>, _> =
                    self.records.iter().map(serde_json::to_string).collect();
                lines.map_err(failed)?.into_iter().map(|line| line + "\n").collect()
            }
            Form::Table(format) => return self.table(format, path),
        };
        let mut output = Output::open(path)?;
        output.write_all(text.as_bytes()).map_err(|error| Failure::stream(&error))?;
        output.finish()
    }

    fn table(&self, asked: DataFormat, path: Option<&Path>) -> Result<(), Failure> {
        let form = format::of_file(path, Some(asked))?;
        let columns = self.told.columns.iter().map(|name| column(name)).collect();
        let mut sink = Sink::open(path, form, columns, 12)?;
        rows(&mut sink, self.records.iter().flat_map(self.told.rows))?;
        sink.finish()
    }
}

/// A sheet of a workbook.
pub(in crate::cli) struct Page<'a, T> {
    pub name: &'a str,
    pub columns: &'a [&'a str],
    pub rows: fn(&T) -> Vec<Vec<String>>,
}

/// Writes a workbook with a sheet for each page.
pub(in crate::cli) fn workbook<T>(
    records: &[T],
    pages: &[Page<'_, T>],
    path: Option<&Path>,
) -> Result<(), Failure> {
    let form = format::of_file(path, Some(DataFormat::Xlsx))?;
    let mut sink = Sink::open(path, form, Vec::new(), 12)?;
    for page in pages {
        sink.page(page.name, page.columns.iter().map(|name| column(name)).collect())?;
        rows(&mut sink, records.iter().flat_map(page.rows))?;
    }
    sink.finish()
}

fn rows(sink: &mut Sink, rows: impl Iterator<Item = Vec<String>>) -> Result<(), Failure> {
    let encoder = sink.encoder().clone();
    let mut bytes = Vec::new();
    for row in rows {
        let texts = row.iter().map(|text| Some(text.as_str()).filter(|text| !text.is_empty()));
        encoder.record(&mut bytes, texts);
    }
    sink.write(&bytes)
}

/// A column by its name: what is called like an amount holds one.
fn column(name: &str) -> Column {
    let kind = match name {
        "day" | "start" | "end" | "counts_until" | "last_day" => Kind::Date,
        "valid" | "allocated" | "balance" | "credits" | "required" | "buy" | "surplus"
        | "valid_after" => Kind::Credits,
        "units" | "percent" | "left" | "right" | "missing" => Kind::Quantity,
        _ => Kind::Text,
    };
    Column { name: name.to_owned(), kind }
}
