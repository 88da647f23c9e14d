//! Spreadsheets. Their numbers are floats: a number becomes one only where no digit can be lost.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::table::{Column, Kind, Table, Unwritable};
use crate::period::parse_date;

/// Most rows of a sheet, its header among them.
const MOST_ROWS: u32 = 1_048_576;

/// Most digits that a float keeps.
const MOST_DIGITS: usize = 15;

/// A workbook with one sheet, or with one for each page.
pub struct Sheet {
    workbook: Workbook,
    sheet: Worksheet,
    columns: Vec<Column>,
    day: Format,
    row: u32,
    paged: bool,
}

impl Sheet {
    /// A sheet with a header.
    pub fn new(columns: Vec<Column>) -> Result<Self, Unwritable> {
        let mut workbook = Workbook::new();
        // The same records give the same bytes on any day.
        let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| failed(&error))?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
        let mut own = Self {
            workbook,
            sheet: Worksheet::new(),
            columns,
            day: Format::new().set_num_format("yyyy-mm-dd"),
            row: 0,
            paged: false,
        };
        own.header()?;
        Ok(own)
    }

    fn header(&mut self) -> Result<(), Unwritable> {
        for (at, column) in (0..).zip(&self.columns) {
            let written = self.sheet.write_string(0, at, &column.name);
            written.map_err(|error| in_column(&column.name, 0, &error))?;
        }
        self.sheet.set_freeze_panes(1, 0).map_err(|error| failed(&error))?;
        Ok(())
    }
}

impl Table for Sheet {
    fn row(&mut self, cells: &[Option<&str>]) -> Result<(), Unwritable> {
        self.row += 1;
        if self.row >= MOST_ROWS {
            return Err(Unwritable(format!(
                "a sheet holds {} records: write csv or parquet, or add up with `--by`",
                MOST_ROWS - 1
            )));
        }
        for (at, (column, text)) in (0..).zip(self.columns.iter().zip(cells)) {
            let Some(text) = text else { continue };
            let written = write(&mut self.sheet, (self.row, at), (column.kind, &self.day), text);
            written.map_err(|error| in_column(&column.name, self.row, &error))?;
        }
        Ok(())
    }

    fn page(&mut self, name: &str, columns: Vec<Column>) -> Result<(), Unwritable> {
        let done = std::mem::take(&mut self.sheet);
        // The sheet of the beginning has no name and no rows.
        if self.paged {
            self.workbook.push_worksheet(done);
        }
        (self.paged, self.row, self.columns) = (true, 0, columns);
        self.sheet.set_name(name).map_err(|error| failed(&error))?;
        self.header()
    }

    fn ready(&mut self) -> Vec<u8> {
        // The parts of a workbook are known when the last row is.
        Vec::new()
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, Unwritable> {
        self.workbook.push_worksheet(self.sheet);
        self.workbook.save_to_buffer().map_err(|error| failed(&error))
    }
}

/// Writes a cell. Texts stay texts, whatever they begin with: none becomes a formula.
fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    (kind, day): (Kind, &Format),
    text: &str,
) -> Result<(), XlsxError> {
    match kind {
        Kind::Quantity | Kind::Credits if fits(text) => {
            if let Ok(number) = text.parse::<f64>() {
                return sheet.write_number(row, column, number).map(drop);
            }
        }
        Kind::Date => {
            if let Some(date) = parse_date(text).and_then(excel_date) {
                return sheet.write_datetime_with_format(row, column, date, day).map(drop);
            }
        }
        _ => {}
    }
    sheet.write_string(row, column, text).map(drop)
}

/// Whether a float gives back exactly this text: few enough digits, and none that says nothing.
fn fits(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = (whole == "0" || !whole.starts_with('0'))
        && (!fraction.ends_with('0') || !text.contains('.'));
    let count =
        whole.trim_start_matches('0').len() + text.split_once('.').map_or(0, |_| fraction.len());
    digits(whole) && digits(fraction) && shortest && count <= MOST_DIGITS
}

/// A day of a spreadsheet: they begin in 1900, and that year's February has a day too many.
fn excel_date(date: jiff::civil::Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok().filter(|year| *year > 1900)?;
    let number = |part: i8| u8::try_from(part).ok();
    ExcelDateTime::from_ymd(year, number(date.month())?, number(date.day())?).ok()
}

fn failed(error: &XlsxError) -> Unwritable {
    Unwritable(format!("the sheet cannot be made: {error}"))
}

fn in_column(column: &str, row: u32, error: &XlsxError) -> Unwritable {
    Unwritable(format!("record {row} of the output, column `{column}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn numbers_that_a_float_gives_back() {
        for text in ["0", "7", "-7.5", "0.000001", "123456789012345", "1234567890123.45"] {
            assert!(fits(text), "{text}");
            assert_eq!(text.parse::<f64>().unwrap().to_string(), text);
        }
        for text in
            ["", "-", "1.", ".5", "1.50", "007", "1e3", "1234567890123456", "1000000000000000", "a"]
        {
            assert!(!fits(text), "{text}");
        }
    }
}
