//! Spreadsheets: the cells of one sheet, row by row; its first row that is not empty is the header.
//!
//! Numbers in a spreadsheet are floats. The shortest text that gives a float back is the text that
//! was typed, as long as it has at most 15 digits: a longer one is no exact number.

use std::io::{Read, Seek};
use std::sync::Arc;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader};

use super::block::{Block, Columns};
use super::header::check_header;
use super::{CellFault, Fault, FaultKind, MAX_RECORD, Schema, Slot, Unreadable};

/// Records that are handed on at once.
const RECORDS: usize = 1_000;

/// Bytes of texts that are handed on at once.
const CHUNK: usize = 1 << 18;

/// Most digits that a float keeps.
const MOST_DIGITS: usize = 15;

/// Columns of a sheet.
const MOST_COLUMNS: u32 = 16_384;

/// A sheet whose header has been read.
pub struct Sheet<R> {
    workbook: Xlsx<R>,
    name: String,
    columns: Arc<Columns>,
    /// Where each column of the header stands in the sheet.
    first_column: u32,
}

impl<R: Read + Seek> Sheet<R> {
    /// Opens a workbook at the sheet of this name, or at its first one.
    pub fn open(input: R, name: Option<&str>, schema: &Schema) -> Result<Self, Unreadable> {
        let mut workbook: Xlsx<R> =
            guarded(|| Xlsx::new(input).map_err(|error| broken(&error.to_string())))?;
        let names = workbook.sheet_names();
        let name = match name {
            Some(name) if names.iter().any(|own| own == name) => name.to_owned(),
            Some(name) => return Err(no_sheet(name, &names)),
            None => names.first().cloned().ok_or_else(|| broken("it has no sheet"))?,
        };
        let mut header = Vec::new();
        guarded(|| Rows::open(&mut workbook, &name)?.next(&mut header))?;
        let first_column = header.first().map_or(0, |(column, _)| *column);
        let names = header_names(&header, first_column)?;
        drop(header);
        check_header(&names, schema)?;
        let columns = Arc::new(Columns::new(schema, names));
        Ok(Self { workbook, name, columns, first_column })
    }

    /// The columns.
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Hands out the records, some at a time.
    pub fn each_block<E: From<Unreadable>>(
        mut self,
        schema: &Schema,
        mut visit: impl FnMut(Block) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = guarded(|| Rows::open(&mut self.workbook, &self.name))?;
        guarded(|| rows.next(&mut Vec::new()))?;
        let records = Records { schema, columns: &self.columns, first_column: self.first_column };
        let mut first = 1;
        loop {
            let (block, more) = guarded(|| records.block(&mut rows, first))?;
            first += block.len() as u64;
            if !block.is_empty() {
                visit(block)?;
            }
            if !more {
                return Ok(());
            }
        }
    }
}

/// A damaged workbook is an error, even where its reader fails by itself.
fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    let read = std::panic::AssertUnwindSafe(read);
    std::panic::catch_unwind(read)
        .unwrap_or_else(|_| Err(broken("its parts contradict each other")))
}

fn broken(why: &str) -> Unreadable {
    Unreadable(format!("the input is not an xlsx workbook that can be read: {why}"))
}

fn no_sheet(name: &str, names: &[String]) -> Unreadable {
    let known: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    Unreadable(format!("there is no sheet `{name}`: the workbook has {}", known.join(", ")))
}

/// A cell, and whether it holds a formula.
type Cell<'a> = (DataRef<'a>, bool);

/// A cell with its row and its column.
type Placed<'a> = ((u32, u32), Cell<'a>);

/// The rows of a sheet that are not empty.
struct Rows<'a, R: Read + Seek> {
    cells: XlsxCellReader<'a, R>,
    /// The first cell of the next row.
    pending: Option<Placed<'a>>,
    /// Whether the sheet has no more cells: its reader must not be asked again.
    ended: bool,
}

impl<'a, R: Read + Seek> Rows<'a, R> {
    fn open(workbook: &'a mut Xlsx<R>, name: &str) -> Result<Self, Unreadable> {
        let cells = workbook.worksheet_cells_reader(name);
        Ok(Self {
            cells: cells.map_err(|error| broken(&error.to_string()))?,
            pending: None,
            ended: false,
        })
    }

    /// The next cell with something in it.
    fn cell(&mut self) -> Result<Option<Placed<'a>>, Unreadable> {
        while !self.ended {
            let next = self.cells.next_cell_with_formula_metadata();
            let Some(cell) = next.map_err(|error| broken(&error.to_string()))? else {
                self.ended = true;
                break;
            };
            if cell.pos.1 >= MOST_COLUMNS {
                return Err(broken("a cell stands behind the last column"));
            }
            let empty = match &cell.value {
                DataRef::Empty => cell.formula.is_none(),
                DataRef::String(text) => text.is_empty(),
                DataRef::SharedString(text) => text.is_empty(),
                _ => false,
            };
            if !empty {
                return Ok(Some((cell.pos, (cell.value, cell.formula.is_some()))));
            }
        }
        Ok(None)
    }

    /// Puts the cells of the next row into `row` with their columns; false where there is none.
    fn next(&mut self, row: &mut Vec<(u32, Cell<'a>)>) -> Result<bool, Unreadable> {
        row.clear();
        let first = match self.pending.take() {
            Some(first) => Some(first),
            None => self.cell()?,
        };
        let Some(((number, mut column), cell)) = first else { return Ok(false) };
        row.push((column, cell));
        while let Some(((at, next), cell)) = self.cell()? {
            if at > number {
                self.pending = Some(((at, next), cell));
                break;
            }
            if at < number || next <= column {
                return Err(broken(&format!("the cells of row {} are out of order", number + 1)));
            }
            column = next;
            row.push((next, cell));
        }
        Ok(true)
    }
}

/// The names of the columns from the first one on; one in between may have none.
fn header_names(cells: &[(u32, Cell<'_>)], first: u32) -> Result<Vec<String>, Unreadable> {
    let mut names = Vec::new();
    for (column, (value, formula)) in cells {
        let name = text_of(value, *formula, false);
        let name = name.map_err(|(_, value)| {
            Unreadable(format!("the header has a cell `{value}`, which names no column"))
        })?;
        // No cell stands behind the last column of a sheet, so this stays small.
        names.resize((column - first) as usize, String::new());
        names.push(name);
    }
    Ok(names)
}

/// Makes records of rows.
struct Records<'a> {
    schema: &'a Schema,
    columns: &'a Arc<Columns>,
    first_column: u32,
}

impl Records<'_> {
    /// The next records, and whether there may be more.
    fn block<R: Read + Seek>(
        &self,
        rows: &mut Rows<'_, R>,
        first: u64,
    ) -> Result<(Block, bool), Unreadable> {
        let mut block = Block::new(Arc::clone(self.columns));
        block.first = first;
        let mut row = Vec::new();
        while block.len() < RECORDS && block.size() < CHUNK {
            if !rows.next(&mut row)? {
                return Ok((block, false));
            }
            self.record(&mut block, &row);
        }
        Ok((block, true))
    }

    fn record(&self, block: &mut Block, row: &[(u32, Cell<'_>)]) {
        let width = self.columns.names.len();
        let mut fault = None;
        let mut at = 0;
        let before = block.size();
        for (column, (value, formula)) in row {
            let place = column.checked_sub(self.first_column).map(|place| place as usize);
            let Some(place) = place.filter(|place| *place < width) else {
                let found = place.map_or(width, |place| place) + 1;
                let kind = FaultKind::Ragged { found, expected: width };
                fault.get_or_insert_with(|| Fault::of_record(kind));
                continue;
            };
            (at..place).for_each(|_| block.push(""));
            at = place + 1;
            let slot = self.columns.slots.get(place).copied().flatten();
            let yes_no = slot.is_some_and(|slot| self.schema.is_yes_no(slot));
            match text_of(value, *formula, yes_no) {
                Ok(text) => block.push(&text),
                Err((wrong, value)) => {
                    block.push(&value);
                    // What nothing asks for need not be exact.
                    if let Some(slot) = slot {
                        fault.get_or_insert_with(|| self.bad_cell(slot, wrong, value));
                    }
                }
            }
        }
        (at..width).for_each(|_| block.push(""));
        if block.size() - before > MAX_RECORD {
            fault.get_or_insert_with(|| Fault::of_record(FaultKind::TooLong));
        }
        block.end(fault);
    }

    fn bad_cell(&self, slot: Slot, wrong: CellFault, value: String) -> Fault {
        let column = self.schema.name(slot).to_owned();
        Fault { kind: FaultKind::BadCell(wrong), column, value }
    }
}

/// The text of a cell; or what is wrong with it, and its text all the same.
fn text_of(
    value: &DataRef<'_>,
    formula: bool,
    yes_no: bool,
) -> Result<String, (CellFault, String)> {
    match value {
        DataRef::Empty if formula => Err((CellFault::Uncalculated, String::new())),
        DataRef::Empty => Ok(String::new()),
        DataRef::String(text) => Ok(text.clone()),
        DataRef::SharedString(text) => Ok((*text).to_owned()),
        DataRef::Int(number) => Ok(number.to_string()),
        DataRef::Float(number) => {
            let text = shortest(*number);
            if digits(&text) > MOST_DIGITS { Err((CellFault::Inexact, text)) } else { Ok(text) }
        }
        DataRef::Bool(truth) => Ok(match (truth, yes_no) {
            (true, true) => "yes",
            (false, true) => "no",
            (true, false) => "true",
            (false, false) => "false",
        }
        .to_owned()),
        DataRef::DateTime(moment) => day(moment),
        DataRef::DateTimeIso(text) => {
            let day = text.strip_suffix("T00:00:00").unwrap_or(text);
            if day.contains('T') {
                Err((CellFault::TimeOfDay, text.clone()))
            } else {
                Ok(day.into())
            }
        }
        DataRef::DurationIso(text) => Err((CellFault::TimeOfDay, text.clone())),
        DataRef::Error(error) => Err((CellFault::Error, error.to_string())),
    }
}

/// The shortest text that gives a float back, in plain digits.
fn shortest(number: f64) -> String {
    let text = number.to_string();
    if text == "-0" { "0".to_owned() } else { text }
}

/// Digits of a number without the zeros before its first other one.
fn digits(text: &str) -> usize {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.skip_while(|digit| *digit == b'0').count()
}

/// The day of a serial number that is shown as a date. Day 60 of 1900 is one that never was, and
/// before it programs disagree.
fn day(moment: &ExcelDateTime) -> Result<String, (CellFault, String)> {
    const DAYS: std::ops::RangeInclusive<u32> = 61..=2_958_465;
    let serial = shortest(moment.as_f64());
    if !moment.is_datetime() {
        return Err((CellFault::TimeOfDay, serial));
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    match serial.parse::<u32>() {
        Ok(number) if DAYS.contains(&number) => Ok(format!("{year:04}-{month:02}-{day:02}")),
        Err(_) if serial.contains('.') && !serial.starts_with(['-', '0']) => {
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            Err((CellFault::TimeOfDay, text))
        }
        _ => Err((CellFault::NoDay, serial)),
    }
}

#[cfg(test)]
mod tests {
    use super::{digits, shortest};

    #[test]
    fn the_digits_of_floats() {
        for (number, text, count) in [
            (400.0, "400", 3),
            (0.1, "0.1", 1),
            (0.000_001, "0.000001", 1),
            (123_456_789_012_345.0, "123456789012345", 15),
            (0.300_000_000_000_000_04, "0.30000000000000004", 17),
            (434.999_999_999_999_94, "434.99999999999994", 17),
            (1e15, "1000000000000000", 16),
            (-0.0, "0", 0),
        ] {
            assert_eq!((shortest(number).as_str(), digits(text)), (text, count));
        }
    }
}
