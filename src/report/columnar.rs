//! Parquet and Arrow: credits as decimals, days as days, everything else as texts.

use std::io::Write;
use std::sync::{Arc, Mutex};

use arrow_array::builder::{Date32Builder, Decimal128Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::table::{Column, Kind, Table, Unwritable};
use crate::period::{day_number, parse_date};

/// Digits of a decimal of 128 bits.
const DIGITS: u8 = 38;

/// Rows of a batch.
const ROWS: usize = 1 << 16;

/// A form of typed columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A Parquet file.
    Parquet,
    /// An Arrow file.
    File,
    /// An Arrow stream.
    Stream,
}

/// A table of typed columns.
pub struct Columnar {
    columns: Vec<Column>,
    builders: Vec<Builder>,
    schema: SchemaRef,
    rows: usize,
    writer: Writer,
    out: Shared,
}

enum Builder {
    Text(StringBuilder),
    Credits(Decimal128Builder, u32),
    Date(Date32Builder),
}

enum Writer {
    // A Parquet writer is several times as large as the others.
    Parquet(Box<ArrowWriter<Shared>>),
    File(FileWriter<Shared>),
    Stream(StreamWriter<Shared>),
}

/// Bytes that a writer has written and nobody has taken yet.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        self.0.lock().map(|mut bytes| std::mem::take(&mut *bytes)).unwrap_or_default()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut own = self.0.lock().map_err(|_| std::io::Error::other("a thread failed"))?;
        own.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Columnar {
    /// A table with these columns, its credits with so many decimals.
    pub fn new(form: Form, columns: Vec<Column>, decimals: u32) -> Result<Self, Unwritable> {
        let scale = i8::try_from(decimals).unwrap_or(i8::MAX);
        let kind = |kind| match kind {
            Kind::Text | Kind::Quantity => DataType::Utf8,
            Kind::Credits => DataType::Decimal128(DIGITS, scale),
            Kind::Date => DataType::Date32,
        };
        let field = |column: &Column| Field::new(&column.name, kind(column.kind), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let out = Shared::default();
        let writer = match form {
            Form::Parquet => {
                let properties =
                    WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                let writer =
                    ArrowWriter::try_new(out.clone(), Arc::clone(&schema), Some(properties));
                Writer::Parquet(Box::new(writer.map_err(|error| parquet_failed(&error))?))
            }
            Form::File => {
                let writer = FileWriter::try_new(out.clone(), &schema);
                Writer::File(writer.map_err(|error| arrow_failed(&error))?)
            }
            Form::Stream => {
                let writer = StreamWriter::try_new(out.clone(), &schema);
                Writer::Stream(writer.map_err(|error| arrow_failed(&error))?)
            }
        };
        let builder = |column: &Column| match column.kind {
            Kind::Text | Kind::Quantity => Builder::Text(StringBuilder::new()),
            Kind::Credits => Builder::Credits(
                Decimal128Builder::new().with_data_type(kind(Kind::Credits)),
                decimals,
            ),
            Kind::Date => Builder::Date(Date32Builder::new()),
        };
        let builders = columns.iter().map(builder).collect();
        Ok(Self { columns, builders, schema, rows: 0, writer, out })
    }

    fn flush(&mut self) -> Result<(), Unwritable> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        let batch = batch.map_err(|error| arrow_failed(&error))?;
        match &mut self.writer {
            Writer::Parquet(writer) => {
                let written = writer.write(&batch).and_then(|()| writer.flush());
                written.map_err(|error| parquet_failed(&error))
            }
            Writer::File(writer) => writer.write(&batch).map_err(|error| arrow_failed(&error)),
            Writer::Stream(writer) => writer.write(&batch).map_err(|error| arrow_failed(&error)),
        }
    }
}

impl Table for Columnar {
    fn row(&mut self, cells: &[Option<&str>]) -> Result<(), Unwritable> {
        for ((builder, column), text) in self.builders.iter_mut().zip(&self.columns).zip(cells) {
            builder.push(*text).ok_or_else(|| {
                let text = text.unwrap_or_default();
                let kind = match column.kind {
                    Kind::Date => "a day",
                    _ => "a decimal of 38 digits",
                };
                Unwritable(format!(
                    "`{text}` in the column `{}` is not {kind}: write csv or json",
                    column.name
                ))
            })?;
        }
        self.rows += 1;
        if self.rows == ROWS { self.flush() } else { Ok(()) }
    }

    fn ready(&mut self) -> Vec<u8> {
        self.out.take()
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, Unwritable> {
        self.flush()?;
        match self.writer {
            Writer::Parquet(writer) => {
                writer.close().map_err(|error| parquet_failed(&error))?;
            }
            Writer::File(mut writer) => writer.finish().map_err(|error| arrow_failed(&error))?,
            Writer::Stream(mut writer) => writer.finish().map_err(|error| arrow_failed(&error))?,
        }
        Ok(self.out.take())
    }
}

impl Builder {
    /// Adds a cell; `None` where its column cannot hold it.
    fn push(&mut self, text: Option<&str>) -> Option<()> {
        match self {
            Self::Text(texts) => texts.append_option(text),
            Self::Credits(numbers, decimals) => {
                let number = text.map(|text| scaled(text, *decimals).ok_or(())).transpose();
                numbers.append_option(number.ok()?);
            }
            Self::Date(days) => {
                let day = text.map(|text| parse_date(text).map(day_number).ok_or(())).transpose();
                days.append_option(day.ok()?);
            }
        }
        Some(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(texts) => Arc::new(texts.finish()),
            Self::Credits(numbers, _) => Arc::new(numbers.finish()),
            Self::Date(days) => Arc::new(days.finish()),
        }
    }
}

/// A plain number in units of 10 to minus so many decimals, if it has no more of them and fits.
fn scaled(text: &str, decimals: u32) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = decimals.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let number = digits.checked_mul(10i128.checked_pow(missing)?)?;
    (number.unsigned_abs() < 10u128.pow(u32::from(DIGITS))).then_some(number)
}

fn arrow_failed(error: &ArrowError) -> Unwritable {
    Unwritable(format!("the Arrow output cannot be made: {error}"))
}

fn parquet_failed(error: &ParquetError) -> Unwritable {
    Unwritable(format!("the Parquet output cannot be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn credits_become_whole_numbers() {
        assert_eq!(scaled("12.5", 3), Some(12_500));
        assert_eq!(scaled("-0.05", 2), Some(-5));
        assert_eq!(scaled("7", 0), Some(7));
        assert_eq!(scaled("0.005", 2), None);
        assert_eq!(scaled("99999999999999999999999999999999999999", 0), Some(10i128.pow(38) - 1));
        assert_eq!(scaled("100000000000000000000000000000000000000", 0), None);
        assert_eq!(scaled("10000000000000000000000000000", 12), None);
    }
}
