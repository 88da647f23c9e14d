//! Parquet and Arrow: typed columns, each value by its exact text.
//!
//! Floats have no exact text: a column of them is refused, unless it is allowed by its name and then
//! read by the shortest text that gives the float back. Times have no place in a license list.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::block::{Block, Columns};
use super::header::check_header;
use super::{CellFault, Fault, FaultKind, MAX_RECORD, Schema, Slot, Unreadable};
use crate::period::numbered_day;

/// Records that are handed on at once.
const RECORDS: usize = 4_096;

/// What is asked of the columns.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which columns are read.
    pub schema: &'a Schema,
    /// Columns whose floats are read by their shortest text.
    pub floats: &'a [String],
    /// Whether the other columns are wanted, too.
    pub all: bool,
}

/// A typed input whose columns are known.
pub struct Columnar {
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
    columns: Arc<Columns>,
    /// Which columns are read; the others stay empty.
    read: Arc<[bool]>,
    form: &'static str,
    records: Option<u64>,
}

/// Some records of a batch.
pub struct Slice {
    first: u64,
    batch: RecordBatch,
    columns: Arc<Columns>,
    read: Arc<[bool]>,
}

impl Columnar {
    /// Opens a Parquet file.
    pub fn parquet(file: File, wanted: Wanted<'_>) -> Result<Self, Unreadable> {
        let form = "Parquet";
        guarded(form, || {
            let failed = |error: parquet::errors::ParquetError| broken(form, &error.to_string());
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
            let fields = fields(builder.schema());
            let (columns, read) = choose(&fields, wanted)?;
            let records = u64::try_from(builder.metadata().file_metadata().num_rows()).ok();
            let chosen = (0..).zip(&read).filter(|(_, read)| **read).map(|(at, _)| at);
            let mask = ProjectionMask::roots(builder.parquet_schema(), chosen);
            let reader = builder.with_projection(mask).with_batch_size(RECORDS).build();
            let batches = Box::new(reader.map_err(failed)?);
            Ok(Self { batches, columns, read: read.into(), form, records })
        })
    }

    /// Opens an Arrow file, or stream.
    pub fn arrow(mut file: File, wanted: Wanted<'_>) -> Result<Self, Unreadable> {
        let form = "Arrow";
        let mut mark = [0; 6];
        let whole = file.read_exact(&mut mark).is_ok() && &mark == b"ARROW1";
        file.seek(SeekFrom::Start(0)).map_err(|error| Unreadable(error.to_string()))?;
        guarded(form, || {
            let failed = |error: ArrowError| broken(form, &error.to_string());
            let file = BufReader::new(file);
            let batches: Box<dyn RecordBatchReader> = if whole {
                Box::new(FileReader::try_new(file, None).map_err(failed)?)
            } else {
                Box::new(StreamReader::try_new(file, None).map_err(failed)?)
            };
            let fields = fields(&batches.schema());
            let (columns, read) = choose(&fields, wanted)?;
            // The columns that are not read are dropped with each batch.
            let chosen: Vec<usize> =
                (0..).zip(&read).filter(|(_, read)| **read).map(|(at, _)| at).collect();
            let batches = batches.map(move |batch| batch.and_then(|batch| batch.project(&chosen)));
            Ok(Self { batches: Box::new(batches), columns, read: read.into(), form, records: None })
        })
    }

    /// The columns.
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// How many records there are, where the file says so.
    pub fn records(&self) -> Option<u64> {
        self.records
    }

    /// Hands out the records, some thousand at a time.
    pub fn each_slice<E: From<Unreadable>>(
        mut self,
        mut visit: impl FnMut(Slice) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first = 1;
        loop {
            let next = guarded(self.form, || Ok(self.batches.next()))?;
            let Some(batch) = next else { break };
            let batch = batch.map_err(|error| broken(self.form, &error.to_string()))?;
            for from in (0..batch.num_rows()).step_by(RECORDS) {
                let length = RECORDS.min(batch.num_rows() - from);
                let batch = batch.slice(from, length);
                let (columns, read) = (Arc::clone(&self.columns), Arc::clone(&self.read));
                visit(Slice { first, batch, columns, read })?;
                first += length as u64;
            }
        }
        match self.records {
            Some(stated) if stated != first - 1 => {
                let text = format!("it states {stated} records and holds {}", first - 1);
                Err(broken(self.form, &text).into())
            }
            _ => Ok(()),
        }
    }
}

/// The records of a batch, some thousand at a time.
pub fn slices(batch: &RecordBatch, wanted: Wanted<'_>) -> Result<Vec<Slice>, Unreadable> {
    let (columns, read) = choose(&fields(&batch.schema()), wanted)?;
    let read: Arc<[bool]> = read.into();
    let chosen: Vec<usize> =
        (0..).zip(read.iter()).filter(|(_, read)| **read).map(|(at, _)| at).collect();
    let batch = batch.project(&chosen).map_err(|error| Unreadable(error.to_string()))?;
    let slice = |from: usize| Slice {
        first: from as u64 + 1,
        batch: batch.slice(from, RECORDS.min(batch.num_rows() - from)),
        columns: Arc::clone(&columns),
        read: Arc::clone(&read),
    };
    Ok((0..batch.num_rows()).step_by(RECORDS).map(slice).collect())
}

/// A damaged file is an error, even where its reader fails by itself.
fn guarded<T>(form: &str, read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    let read = std::panic::AssertUnwindSafe(read);
    std::panic::catch_unwind(read)
        .unwrap_or_else(|_| Err(broken(form, "its parts contradict each other")))
}

fn broken(form: &str, why: &str) -> Unreadable {
    let kind = if form == "Parquet" { "a Parquet file" } else { "an Arrow file or stream" };
    Unreadable(format!("the input is not {kind} that can be read: {why}"))
}

fn fields(schema: &arrow_schema::Schema) -> Vec<(String, DataType)> {
    let fields = schema.fields().iter();
    fields.map(|field| (field.name().clone(), field.data_type().clone())).collect()
}

/// The columns, and which of them are read.
fn choose(
    fields: &[(String, DataType)],
    wanted: Wanted<'_>,
) -> Result<(Arc<Columns>, Vec<bool>), Unreadable> {
    let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    check_header(&names, wanted.schema)?;
    for float in wanted.floats {
        let own = fields.iter().find(|(name, _)| name == float);
        let Some((_, kind)) = own else {
            return Err(Unreadable(format!(
                "`--allow-float {float}`: the input has no such column"
            )));
        };
        if !inner(kind).is_floating() {
            return Err(Unreadable(format!(
                "`--allow-float {float}`: that column holds no floats, but {kind}"
            )));
        }
    }
    let mut read = Vec::new();
    for (name, kind) in fields {
        let chosen = wanted.all || wanted.schema.slot(name).is_some();
        if chosen {
            readable(name, inner(kind), wanted.floats.contains(name))?;
        }
        read.push(chosen);
    }
    Ok((Arc::new(Columns::new(wanted.schema, names)), read))
}

/// The type of the values, which a dictionary only numbers.
fn inner(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// Whether the values of a column have exact texts.
fn readable(name: &str, kind: &DataType, float_allowed: bool) -> Result<(), Unreadable> {
    let why = match kind {
        DataType::Null
        | DataType::Boolean
        | DataType::Date32
        | DataType::Date64
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => return Ok(()),
        kind if kind.is_integer() => return Ok(()),
        kind if kind.is_floating() && float_allowed => return Ok(()),
        kind if kind.is_floating() => format!(
            "floats, which are not exact: make it decimals, or take each by its shortest text with \
             `--allow-float {name}`"
        ),
        DataType::Timestamp(..) => "timestamps: make it days (date32)".to_owned(),
        other => format!("{other}: make it texts, decimals, integers, days or booleans"),
    };
    Err(Unreadable(format!("the column `{name}` holds {why}")))
}

impl Slice {
    /// Bytes of its columns.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records as texts.
    pub fn parse(self, schema: &Schema) -> Block {
        let Self { first, batch, columns, read } = self;
        let mut block = Block::new(Arc::clone(&columns));
        block.first = first;
        let mut arrays = batch.columns().iter();
        let mut texts: Vec<Option<Texts<'_>>> = Vec::new();
        for (slot, read) in columns.slots.iter().zip(read.iter()) {
            let yes_no = slot.is_some_and(|slot| schema.is_yes_no(slot));
            texts.push(read.then(|| arrays.next()).flatten().map(|array| texts_of(array, yes_no)));
        }
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            let before = block.size();
            let mut fault = None;
            for (texts, slot) in texts.iter().zip(&columns.slots) {
                text.clear();
                let wrong = texts.as_ref().and_then(|texts| texts(row, &mut text));
                if let (Some(wrong), Some(slot)) = (wrong, slot) {
                    fault.get_or_insert_with(|| bad_cell(schema, *slot, wrong, &text));
                }
                block.push(&text);
            }
            if block.size() - before > MAX_RECORD {
                fault.get_or_insert_with(|| Fault::of_record(FaultKind::TooLong));
            }
            block.end(fault);
        }
        block
    }
}

fn bad_cell(schema: &Schema, slot: Slot, wrong: CellFault, value: &str) -> Fault {
    let column = schema.name(slot).to_owned();
    Fault { kind: FaultKind::BadCell(wrong), column, value: value.to_owned() }
}

/// Adds the text of a row; answers what is wrong with it.
type Texts<'a> = Box<dyn Fn(usize, &mut String) -> Option<CellFault> + 'a>;

/// The texts of an array; those of absent values are empty.
fn texts_of(array: &ArrayRef, yes_no: bool) -> Texts<'_> {
    let array: &dyn Array = array.as_ref();
    match array.data_type() {
        DataType::Boolean => booleans(array, yes_no),
        DataType::Utf8 => strings(array.as_string::<i32>(), array),
        DataType::LargeUtf8 => strings(array.as_string::<i64>(), array),
        DataType::Utf8View => strings(array.as_string_view(), array),
        DataType::Dictionary(..) => dictionary(array, yes_no),
        DataType::Decimal32(..) => decimals::<Decimal32Type>(array),
        DataType::Decimal64(..) => decimals::<Decimal64Type>(array),
        DataType::Decimal128(..) => decimals::<Decimal128Type>(array),
        DataType::Decimal256(..) => decimals::<Decimal256Type>(array),
        DataType::Int8 => numbers::<Int8Type>(array),
        DataType::Int16 => numbers::<Int16Type>(array),
        DataType::Int32 => numbers::<Int32Type>(array),
        DataType::Int64 => numbers::<Int64Type>(array),
        DataType::UInt8 => numbers::<UInt8Type>(array),
        DataType::UInt16 => numbers::<UInt16Type>(array),
        DataType::UInt32 => numbers::<UInt32Type>(array),
        DataType::UInt64 => numbers::<UInt64Type>(array),
        DataType::Float16 => numbers::<Float16Type>(array),
        DataType::Float32 => numbers::<Float32Type>(array),
        DataType::Float64 => numbers::<Float64Type>(array),
        DataType::Date32 => days::<Date32Type>(array, 1),
        DataType::Date64 => days::<Date64Type>(array, 86_400_000),
        // Nulls; everything else was refused with its column.
        _ => Box::new(|_, _| None),
    }
}

fn strings<'a, S>(texts: S, array: &'a dyn Array) -> Texts<'a>
where
    S: arrow_array::ArrayAccessor<Item = &'a str> + 'a,
{
    Box::new(move |row, out| {
        if !array.is_null(row) {
            out.push_str(texts.value(row));
        }
        None
    })
}

fn booleans(array: &dyn Array, yes_no: bool) -> Texts<'_> {
    let values = array.as_boolean();
    let [no, yes] = if yes_no { ["no", "yes"] } else { ["false", "true"] };
    Box::new(move |row, out| {
        if !values.is_null(row) {
            out.push_str(if values.value(row) { yes } else { no });
        }
        None
    })
}

fn dictionary(array: &dyn Array, yes_no: bool) -> Texts<'_> {
    let dictionary = array.as_any_dictionary();
    let values = texts_of(dictionary.values(), yes_no);
    let empty = dictionary.values().is_empty();
    let keys = if empty { Vec::new() } else { dictionary.normalized_keys() };
    Box::new(move |row, out| {
        if array.is_null(row) {
            return None;
        }
        values(*keys.get(row)?, out)
    })
}

fn numbers<T: ArrowPrimitiveType<Native: std::fmt::Display>>(array: &dyn Array) -> Texts<'_> {
    let values = array.as_primitive::<T>();
    Box::new(move |row, out| {
        if !values.is_null(row) {
            let text = values.value(row).to_string();
            out.push_str(if text == "-0" { "0" } else { &text });
        }
        None
    })
}

fn decimals<T: DecimalType>(array: &dyn Array) -> Texts<'_> {
    let values = array.as_primitive::<T>();
    Box::new(move |row, out| {
        if !values.is_null(row) {
            let text = values.value_as_string(row);
            let plain = if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.')
            } else {
                &text
            };
            out.push_str(plain);
        }
        None
    })
}

fn days<T: ArrowPrimitiveType<Native: Into<i64> + Copy>>(
    array: &dyn Array,
    length: i64,
) -> Texts<'_> {
    let values = array.as_primitive::<T>();
    Box::new(move |row, out| {
        if values.is_null(row) {
            return None;
        }
        let number: i64 = values.value(row).into();
        let date = i32::try_from(number.div_euclid(length)).ok().and_then(numbered_day);
        let Some(date) = date.filter(|date| date.year() >= 0) else {
            out.push_str(&number.to_string());
            return Some(CellFault::NoDay);
        };
        out.push_str(&date.to_string());
        let rest = number.rem_euclid(length);
        (rest != 0).then(|| {
            out.push_str(&format!(" and {rest} ms"));
            CellFault::TimeOfDay
        })
    })
}
