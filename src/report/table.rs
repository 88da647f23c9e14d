//! Formats that are made of whole tables: each takes rows of cells and gives back bytes of its file.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Texts as they stand.
    Text,
    /// Numbers as they were given.
    Quantity,
    /// Exact credits.
    Credits,
    /// Days.
    Date,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// Why a table cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable(pub String);

/// A table that is being written.
pub trait Table {
    /// Adds a row: a cell for each column, `None` where it is absent.
    fn row(&mut self, cells: &[Option<&str>]) -> Result<(), Unwritable>;

    /// Begins a page of its own, with this name and these columns, where the format has any.
    fn page(&mut self, _name: &str, _columns: Vec<Column>) -> Result<(), Unwritable> {
        Err(Unwritable("the format has no pages".to_owned()))
    }

    /// Bytes of the file that are ready.
    fn ready(&mut self) -> Vec<u8>;

    /// The rest of the file.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, Unwritable>;
}

/// The length of a cell that is absent.
const ABSENT: u32 = u32::MAX;

/// Adds a cell to rows that [`each_row`] takes apart again.
pub(super) fn cell(out: &mut Vec<u8>, text: Option<&str>) {
    // An empty text is an absent value in every format.
    let text = text.filter(|text| !text.is_empty());
    let length = text.map_or(ABSENT, |text| u32::try_from(text.len()).unwrap_or(ABSENT));
    out.extend(length.to_le_bytes());
    out.extend(text.unwrap_or_default().as_bytes());
}

/// Takes rows of so many cells apart.
pub fn each_row(
    mut bytes: &[u8],
    width: usize,
    mut visit: impl FnMut(&[Option<&str>]) -> Result<(), Unwritable>,
) -> Result<(), Unwritable> {
    let mut cells = Vec::with_capacity(width);
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length);
        let size = if length == ABSENT { 0 } else { length as usize };
        let (text, rest) = rest.split_at_checked(size).unwrap_or_default();
        cells.push((length != ABSENT).then(|| std::str::from_utf8(text).unwrap_or_default()));
        bytes = rest;
        if cells.len() == width {
            visit(&cells)?;
            cells.clear();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{cell, each_row};

    #[test]
    fn rows_come_out_as_they_went_in() {
        let rows = [[Some("a"), None], [Some(""), Some("b\n,\"")], [Some("ü"), Some("c")]];
        let mut bytes = Vec::new();
        rows.iter().flatten().for_each(|text| cell(&mut bytes, *text));
        let mut seen = Vec::new();
        each_row(&bytes, 2, |cells| {
            seen.push(cells.iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
        let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let expected: Vec<Vec<_>> =
            rows.iter().map(|row| row.iter().map(|text| owned(*text)).collect()).collect();
        assert_eq!(seen, expected);
    }
}
