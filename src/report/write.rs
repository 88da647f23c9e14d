//! Records in each output format.

use std::io::{Error, Result, Write};

use serde_json::{Map, Value};

/// A format of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// Tab-separated, with a header.
    Tsv,
    /// An array of objects.
    Json,
    /// An object a line.
    Ndjson,
}

/// Writes records with the same columns.
pub struct Writer<W: Write> {
    sink: Sink<W>,
    columns: Vec<String>,
    records: u64,
}

enum Sink<W: Write> {
    Delimited(Box<csv::Writer<W>>),
    Json { out: W, lines: bool },
}

impl<W: Write> Writer<W> {
    /// Begins the output: a header, or the opening of an array.
    pub fn new(mut out: W, format: Format, columns: Vec<String>) -> Result<Self> {
        let sink = match format {
            Format::Csv | Format::Tsv => {
                let delimiter = if format == Format::Csv { b',' } else { b'\t' };
                let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
                writer.write_record(&columns).map_err(of_csv)?;
                Sink::Delimited(Box::new(writer))
            }
            Format::Json => {
                out.write_all(b"[")?;
                Sink::Json { out, lines: false }
            }
            Format::Ndjson => Sink::Json { out, lines: true },
        };
        Ok(Self { sink, columns, records: 0 })
    }

    /// Writes a record; in JSON absent texts are left out and `extra` members follow.
    pub fn record<'a>(
        &mut self,
        texts: impl IntoIterator<Item = Option<&'a str>>,
        extra: Option<(&str, Value)>,
    ) -> Result<()> {
        match &mut self.sink {
            Sink::Delimited(writer) => {
                writer
                    .write_record(texts.into_iter().map(Option::unwrap_or_default))
                    .map_err(of_csv)?;
            }
            Sink::Json { .. } => {
                let mut object = Map::new();
                for (column, text) in self.columns.iter().zip(texts) {
                    if let Some(text) = text {
                        object.insert(column.clone(), text.into());
                    }
                }
                if let Some((key, value)) = extra {
                    object.insert(key.to_owned(), value);
                }
                let text = serde_json::to_string(&object)?;
                return self.raw(&text);
            }
        }
        self.records += 1;
        Ok(())
    }

    /// Writes the fields of a delimited record as they stand; in JSON as texts, absent ones left
    /// out.
    pub fn fields<'a>(&mut self, fields: impl IntoIterator<Item = &'a [u8]>) -> Result<()> {
        if let Sink::Delimited(writer) = &mut self.sink {
            writer.write_record(fields).map_err(of_csv)?;
            self.records += 1;
            return Ok(());
        }
        let texts: Vec<String> =
            fields.into_iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        self.record(
            texts.iter().map(|text| Some(text.as_str()).filter(|text| !text.is_empty())),
            None,
        )
    }

    /// Writes the text of one JSON object.
    pub fn raw(&mut self, object: &str) -> Result<()> {
        if let Sink::Json { out, lines } = &mut self.sink {
            if *lines {
                writeln!(out, "{object}")?;
            } else {
                let separator = if self.records == 0 { "\n" } else { ",\n" };
                write!(out, "{separator}{object}")?;
            }
        }
        self.records += 1;
        Ok(())
    }

    /// Ends the output and gives the sink back, everything written.
    pub fn finish(self) -> Result<W> {
        let mut out = match self.sink {
            Sink::Delimited(writer) => {
                writer.into_inner().map_err(csv::IntoInnerError::into_error)?
            }
            Sink::Json { mut out, lines } => {
                if !lines {
                    out.write_all(if self.records == 0 { b"]\n" } else { b"\n]\n" })?;
                }
                out
            }
        };
        out.flush()?;
        Ok(out)
    }
}

/// What the system said, where it is what stopped the csv writer.
fn of_csv(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => Error::other(format!("{other:?}")),
    }
}
