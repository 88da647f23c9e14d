//! Records of an input, some thousand at a time: their texts side by side in one buffer.

use std::ops::Range;
use std::sync::Arc;

use super::{Fault, Schema, Slot};

/// Where a text stands in the buffer of its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: u32,
    pub to: u32,
}

impl Span {
    pub(super) fn new(range: Range<usize>) -> Self {
        let end = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { from: end(range.start), to: end(range.end) }
    }

    fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

/// The columns of an input: their names in its order, and where each slot stands.
#[derive(Debug)]
pub struct Columns {
    /// The names.
    pub names: Vec<String>,
    /// What each column holds.
    pub(super) slots: Vec<Option<Slot>>,
    /// The column of each slot.
    places: Vec<Option<usize>>,
}

impl Columns {
    /// The columns of a table with a header.
    pub fn new(schema: &Schema, names: Vec<String>) -> Self {
        let slots: Vec<Option<Slot>> = names.iter().map(|name| schema.slot(name)).collect();
        let place = |slot| slots.iter().position(|own| *own == Some(slot));
        let places = schema.slots().map(place).collect();
        Self { names, slots, places }
    }

    /// The slots themselves, for records whose members come in any order.
    pub fn of_slots(schema: &Schema) -> Self {
        Self::new(schema, schema.names().map(str::to_owned).collect())
    }

    /// Columns that nothing asks for.
    pub fn ignored(&self) -> Vec<String> {
        let unasked = self.names.iter().zip(&self.slots).filter(|(_, slot)| slot.is_none());
        unasked.map(|(name, _)| name.clone()).collect()
    }

    /// Whether a slot has a column.
    pub fn has(&self, slot: Slot) -> bool {
        self.places.get(slot.position()).is_some_and(Option::is_some)
    }
}

/// Records with the same columns. A record may have fewer fields or more: then it has a fault.
#[derive(Debug)]
pub struct Block {
    /// The number of its first record, from 1.
    pub first: u64,
    /// The columns.
    pub columns: Arc<Columns>,
    /// What stands between the fields of records that stand in the text as they came, none of them
    /// in quotes.
    pub(super) plain: Option<u8>,
    pub(super) text: String,
    pub(super) fields: Vec<Span>,
    /// Where the fields of each record end.
    pub(super) ends: Vec<u32>,
    /// Faults by row, rising.
    pub(super) faults: Vec<(u32, Fault)>,
    /// The members of each object as they stand, and whether one of them is `credits`.
    objects: Vec<(String, bool)>,
    /// Keys that nothing asks for, in the order met.
    ignored: Vec<String>,
}

/// Most unknown keys that are told: a thousand are told apart no better than a hundred.
const MOST_IGNORED: usize = 100;

impl Block {
    /// A block without records.
    pub fn new(columns: Arc<Columns>) -> Self {
        Self {
            first: 1,
            columns,
            plain: None,
            text: String::new(),
            fields: Vec::new(),
            ends: Vec::new(),
            faults: Vec::new(),
            objects: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all texts.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// Adds a text to the record that is being made.
    pub fn push(&mut self, text: &str) {
        let from = self.text.len();
        self.text.push_str(text);
        self.fields.push(Span::new(from..self.text.len()));
    }

    /// Ends the record that is being made.
    #[inline]
    pub fn end(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.faults.push((u32::try_from(self.ends.len()).unwrap_or(u32::MAX), fault));
        }
        self.ends.push(u32::try_from(self.fields.len()).unwrap_or(u32::MAX));
    }

    /// Keeps the members of the object that the last record was made of, and whether one of them
    /// is `credits`.
    pub(super) fn keep_object(&mut self, members: String, has_credits: bool) {
        self.objects.resize(self.ends.len().saturating_sub(1), (String::new(), false));
        self.objects.push((members, has_credits));
    }

    /// Notes a key that nothing asks for.
    pub fn ignore(&mut self, key: &str) {
        if self.ignored.len() < MOST_IGNORED && !self.ignored.iter().any(|known| known == key) {
            self.ignored.push(key.to_owned());
        }
    }

    /// Keys that nothing asks for, in the order met.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    #[inline]
    fn span(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn spans(&self, row: usize) -> &[Span] {
        let end = |row: usize| self.ends.get(row).map_or(0, |end| *end as usize);
        let from = row.checked_sub(1).map_or(0, end);
        self.fields.get(from..end(row)).unwrap_or_default()
    }

    /// All fields of a record as they stand.
    pub fn fields(&self, row: usize) -> impl Iterator<Item = &str> {
        self.record(row).fields()
    }

    /// Rows of records with something wrong with them, rising.
    pub fn faults(&self) -> impl Iterator<Item = (usize, &Fault)> {
        self.faults.iter().map(|(row, fault)| (*row as usize, fault))
    }

    /// What is wrong with a record.
    pub fn fault(&self, row: usize) -> Option<&Fault> {
        let row = u32::try_from(row).ok()?;
        let at = self.faults.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        self.faults.get(at).map(|(_, fault)| fault)
    }

    /// A record by itself.
    pub fn record(&self, row: usize) -> Record<'_> {
        Record { block: self, row, spans: self.spans(row) }
    }
}

/// One record of a block.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    block: &'a Block,
    row: usize,
    spans: &'a [Span],
}

impl<'a> Record<'a> {
    /// Its number, from 1.
    pub fn number(self) -> u64 {
        self.block.first + self.row as u64
    }

    /// The text of a slot; `None` where it is empty.
    #[inline]
    pub fn get(self, slot: Slot) -> Option<&'a str> {
        let place = (*self.block.columns.places.get(slot.position())?)?;
        let span = *self.spans.get(place)?;
        Some(self.block.span(span)).filter(|text| !text.is_empty())
    }

    /// Whether no field of its block holds this delimiter, a quote or the end of a line.
    pub fn is_plain(self, delimiter: u8) -> bool {
        self.block.plain == Some(delimiter)
    }

    /// The record as it came, where [`Self::is_plain`] says that.
    pub fn line(self) -> &'a str {
        match self.spans {
            [first, .., last] => self.block.span(Span { from: first.from, to: last.to }),
            [only] => self.block.span(*only),
            [] => "",
        }
    }

    /// What is wrong with it.
    pub fn fault(self) -> Option<&'a Fault> {
        self.block.fault(self.row)
    }

    /// All fields as they stand.
    pub fn fields(self) -> impl Iterator<Item = &'a str> {
        self.spans.iter().map(|span| self.block.span(*span))
    }

    /// The members of the object that it was made of, each with a comma behind it, and whether one
    /// of them is `credits`.
    pub fn object(self) -> Option<(&'a str, bool)> {
        let (members, has_credits) = self.block.objects.get(self.row)?;
        Some((members, *has_credits))
    }
}
