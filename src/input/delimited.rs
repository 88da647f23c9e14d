//! Comma- and tab-separated input: cut at the ends of records into chunks that can be parsed side by
//! side, then into fields.
//!
//! Quotes count only at the beginning of a field; lines end with `\n`, `\r\n` or `\r`; blank lines
//! are no records. What the quotes of a list should not get away with is a fault of its record.

use std::io::Read;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memchr2, memrchr2};

use super::block::{Block, Columns, Span};
use super::header::check_header;
use super::marks::Marks;
use super::{Fault, FaultKind, MAX_RECORD, QuoteFault, Schema, Unreadable};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// A delimited input whose header has been read.
pub struct Delimited<R> {
    input: R,
    delimiter: u8,
    /// Bytes read that no chunk holds yet.
    pending: Vec<u8>,
    ended: bool,
    columns: Arc<Columns>,
}

/// Whole records as they stand.
#[derive(Debug)]
pub struct Chunk {
    /// The number of the first, from 1.
    first: u64,
    bytes: Vec<u8>,
    delimiter: u8,
    columns: Arc<Columns>,
}

impl<R: Read> Delimited<R> {
    /// Reads the header.
    pub fn new(input: R, delimiter: u8, schema: &Schema) -> Result<Self, Unreadable> {
        let columns = Arc::new(Columns::new(schema, Vec::new()));
        let mut own = Self { input, delimiter, pending: Vec::new(), ended: false, columns };
        let too_long = || Unreadable("record 1 is longer than 1 MiB: is a quote missing?".into());
        let end = loop {
            if let Some(end) = own.first_record() {
                break end;
            }
            if own.ended {
                break own.pending.len();
            }
            if own.pending.len() > MAX_RECORD {
                return Err(too_long());
            }
            own.read()?;
        };
        let rest = own.pending.split_off(end);
        let mut line = std::mem::replace(&mut own.pending, rest);
        if line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        own.columns = Arc::new(Columns::new(schema, own.header(line, schema)?));
        Ok(own)
    }

    /// The columns.
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    fn read(&mut self) -> Result<(), Unreadable> {
        let failed = |error: std::io::Error| Unreadable(error.to_string());
        let before = self.pending.len();
        // Without room, each read would be as short as the rest of the chunk before.
        self.pending.reserve(CHUNK + 1);
        self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.pending).map_err(failed)?;
        self.ended = self.pending.len() - before < CHUNK;
        Ok(())
    }

    /// Where the first record that is not blank ends.
    fn first_record(&self) -> Option<usize> {
        let bytes = &self.pending;
        let begin = bytes.iter().position(|byte| !matches!(byte, b'\n' | b'\r'))?;
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut at = begin.max(mark);
        let mut fresh = true;
        loop {
            let byte = *bytes.get(at)?;
            match byte {
                b'"' if fresh => at = closing(bytes, at + 1)? + 1,
                b'\n' | b'\r' => return Some(at + 1),
                _ => at += 1,
            }
            fresh = byte == self.delimiter;
        }
    }

    fn header(&self, line: Vec<u8>, schema: &Schema) -> Result<Vec<String>, Unreadable> {
        let columns = Arc::clone(&self.columns);
        let is_text = std::str::from_utf8(&line).is_ok();
        let block = Chunk { first: 1, bytes: line, delimiter: self.delimiter, columns }.parse();
        if !is_text {
            let at = block.fields(0).position(|name| name.contains('\u{fffd}'));
            return Err(Unreadable(format!(
                "the name of column {} is not UTF-8: save the file as UTF-8",
                at.unwrap_or_default() + 1
            )));
        }
        if block.faults().any(|(_, fault)| matches!(fault.kind, FaultKind::BadQuote(_))) {
            return Err(Unreadable("the quotes of the header do not match".into()));
        }
        let header: Vec<String> = block.fields(0).map(str::to_owned).collect();
        check_header(&header, schema)?;
        Ok(header)
    }

    /// Hands out the records, some thousand at a time.
    pub fn each_chunk<E: From<Unreadable>>(
        mut self,
        mut visit: impl FnMut(Chunk) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first = 1;
        loop {
            if self.pending.len() < CHUNK && !self.ended {
                self.read()?;
            }
            let end = if self.ended {
                self.pending.len()
            } else {
                last_end(&self.pending, self.delimiter)
            };
            if end > 0 {
                let rest = self.pending.get(end..).unwrap_or_default().to_vec();
                let mut bytes = std::mem::replace(&mut self.pending, rest);
                bytes.truncate(end);
                let columns = Arc::clone(&self.columns);
                let chunk = Chunk { first, bytes, delimiter: self.delimiter, columns };
                first += chunk.count();
                visit(chunk)?;
            } else if self.ended {
                return Ok(());
            } else if self.pending.len() > MAX_RECORD {
                let text = format!("record {first} is longer than 1 MiB: is a quote missing?");
                return Err(Unreadable(text).into());
            } else {
                self.read()?;
            }
        }
    }
}

/// Where a quoted field that begins here is closed.
fn closing(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr(b'"', bytes.get(from..)?)?;
        match bytes.get(at + 1) {
            Some(b'"') => from = at + 2,
            _ => return Some(at),
        }
    }
}

/// Where the last whole record of bytes that begin with a record ends; 0 where none does.
fn last_end(bytes: &[u8], delimiter: u8) -> usize {
    let mut from = 0;
    let mut end = 0;
    let last = |from: usize, to: usize| {
        bytes.get(from..to).and_then(|part| memrchr2(b'\n', b'\r', part)).map(|at| from + at + 1)
    };
    while let Some(at) = bytes.get(from..).and_then(|rest| memchr(b'"', rest)) {
        let at = from + at;
        end = last(from, at).unwrap_or(end);
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let opens =
            before.is_none_or(|before| *before == delimiter || matches!(before, b'\n' | b'\r'));
        from = at + 1;
        if opens {
            // A quote at the very end may be the first of two.
            match closing(bytes, from).filter(|at| at + 1 < bytes.len()) {
                Some(close) => from = close + 1,
                None => return end,
            }
        }
    }
    last(from, bytes.len()).unwrap_or(end)
}

impl Chunk {
    /// Bytes of its records.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Number of its records.
    fn count(&self) -> u64 {
        let (mut count, mut begin) = (0, 0);
        let mut line = |begin: usize, end: usize| {
            count += u64::from(
                self.bytes.get(begin..end).is_some_and(|line| line != b"" && line != b"\r"),
            );
        };
        let marks = |from| Marks::new([b'\n', b'\r', b'"'], &self.bytes, from);
        let mut rest = marks(0);
        while let Some(at) = rest.next() {
            let before = at.checked_sub(1).and_then(|before| self.bytes.get(before));
            if self.bytes.get(at) != Some(&b'"') {
                line(begin, at);
                begin = at + 1;
            } else if at == begin || before == Some(&self.delimiter) {
                rest = marks(closing(&self.bytes, at + 1).map_or(self.bytes.len(), |at| at + 1));
            }
        }
        line(begin, self.bytes.len());
        count
    }

    /// The records, cut into fields.
    pub fn parse(self) -> Block {
        let plain = memchr2(b'"', b'\r', &self.bytes).is_none();
        let bytes = if !plain && lone_returns(&self.bytes) {
            line_ends(self.bytes, self.delimiter)
        } else {
            self.bytes
        };
        let mut fields = Fields {
            bytes: &bytes,
            delimiter: self.delimiter,
            width: self.columns.names.len(),
            unquoted: Vec::new(),
            block: Block::new(self.columns),
        };
        fields.read();
        let Fields { unquoted, mut block, .. } = fields;
        block.first = self.first;
        block.plain = plain.then_some(self.delimiter);
        let mut bytes = bytes;
        bytes.extend(unquoted);
        match String::from_utf8(bytes) {
            Ok(text) => block.text = text,
            Err(error) => mend(&mut block, error.as_bytes()),
        }
        block
    }
}

/// Whether a `\r` without `\n` behind it stands anywhere.
fn lone_returns(bytes: &[u8]) -> bool {
    memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// The same records with `\n` for every `\r` that ends one.
fn line_ends(mut bytes: Vec<u8>, delimiter: u8) -> Vec<u8> {
    let (mut from, mut fresh) = (0, true);
    while let Some(byte) = bytes.get(from).copied() {
        match byte {
            b'"' if fresh => match closing(&bytes, from + 1) {
                Some(close) => from = close,
                None => return bytes,
            },
            b'\r' => bytes.get_mut(from).into_iter().for_each(|byte| *byte = b'\n'),
            _ => {}
        }
        fresh = byte == delimiter || matches!(byte, b'\n' | b'\r');
        from += 1;
    }
    bytes
}

/// Cuts a chunk into fields.
struct Fields<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    width: usize,
    /// Texts of quoted fields with doubled quotes in them.
    unquoted: Vec<u8>,
    block: Block,
}

impl Fields<'_> {
    fn read(&mut self) {
        // A guess that spares most of the growth.
        self.block.fields.reserve(self.bytes.len() / 8);
        let mut from = 0;
        let mut fault = None;
        let mut at = 0;
        'again: loop {
            for here in Marks::new([self.delimiter, b'\n', b'"'], self.bytes, at) {
                match self.bytes.get(here) {
                    Some(b'"') if here == from => {
                        (from, at) = self.quoted(here + 1, &mut fault);
                        continue 'again;
                    }
                    Some(b'"') => {}
                    Some(b'\n') => {
                        self.end(from, here, &mut fault);
                        from = here + 1;
                    }
                    _ => {
                        self.block.fields.push(Span::new(from..here));
                        from = here + 1;
                    }
                }
            }
            break;
        }
        self.end(from, self.bytes.len(), &mut fault);
    }

    /// Takes a quoted field; answers where the next field begins and where to go on, one behind
    /// the delimiter that was taken with it.
    fn quoted(&mut self, from: usize, fault: &mut Option<QuoteFault>) -> (usize, usize) {
        let bytes = self.bytes;
        let close = closing(bytes, from);
        if close.is_none() {
            *fault = Some(QuoteFault::Unclosed);
        }
        let close = close.unwrap_or(bytes.len());
        let behind = (close + 1).min(bytes.len());
        let rest = bytes.get(behind..).unwrap_or_default();
        let stop = behind + memchr2(self.delimiter, b'\n', rest).unwrap_or(rest.len());
        let text = bytes.get(behind..stop).unwrap_or_default();
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let inside = bytes.get(from..close).unwrap_or_default();
        let span = if text.is_empty() && memchr(b'"', inside).is_none() {
            Span::new(from..close)
        } else {
            let begin = bytes.len() + self.unquoted.len();
            let mut quotes = 0u32;
            for byte in inside {
                quotes = if *byte == b'"' { quotes + 1 } else { 0 };
                if quotes.is_multiple_of(2) {
                    self.unquoted.push(*byte);
                }
            }
            self.unquoted.extend(text);
            Span::new(begin..bytes.len() + self.unquoted.len())
        };
        if !text.is_empty() {
            fault.get_or_insert(QuoteFault::TextBehind);
        }
        self.block.fields.push(span);
        if bytes.get(stop) == Some(&self.delimiter) {
            return (stop + 1, stop + 1);
        }
        self.row(fault);
        (stop + 1, stop + 1)
    }

    /// Ends a record whose last field ends here; a blank line is none.
    fn end(&mut self, from: usize, to: usize, fault: &mut Option<QuoteFault>) {
        let begun = self.block.fields.len() > self.begin();
        let last = self.bytes.get(from..to).unwrap_or_default();
        let to = if last.ends_with(b"\r") { to - 1 } else { to };
        if from < to || begun {
            self.block.fields.push(Span::new(from.min(to)..to));
            self.row(fault);
        }
    }

    /// Where the fields of the record that is being made begin.
    fn begin(&self) -> usize {
        self.block.ends.last().map_or(0, |end| *end as usize)
    }

    #[inline]
    fn row(&mut self, fault: &mut Option<QuoteFault>) {
        let found = self.block.fields.len() - self.begin();
        if found == self.width && fault.is_none() {
            return self.block.end(None);
        }
        let ragged = FaultKind::Ragged { found, expected: self.width };
        let kind = fault.take().map_or(ragged, FaultKind::BadQuote);
        self.block.end(Some(Fault::of_record(kind)));
    }
}

/// Texts of which some are not UTF-8: each record that has one is at fault.
fn mend(block: &mut Block, bytes: &[u8]) {
    let (mut text, mut faults) = (String::with_capacity(bytes.len()), Vec::new());
    let mut first = 0;
    for (row, end) in block.ends.iter().enumerate() {
        let end = *end as usize;
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        let mut own = None;
        let names = block.columns.names.iter().map(String::as_str).chain(std::iter::repeat(""));
        for (span, name) in block.fields.get_mut(first..end).into_iter().flatten().zip(names) {
            let field = bytes.get(span.from as usize..span.to as usize).unwrap_or_default();
            let shown = String::from_utf8_lossy(field);
            if let Err(error) = std::str::from_utf8(field) {
                own.get_or_insert_with(|| Fault {
                    kind: FaultKind::NotUtf8 { byte: error.valid_up_to() + 1 },
                    column: name.to_owned(),
                    value: shown.clone().into_owned(),
                });
            }
            let from = text.len();
            text.push_str(&shown);
            *span = Span::new(from..text.len());
        }
        let earlier = block.faults.binary_search_by_key(&row, |(row, _)| *row).is_ok();
        faults.extend(own.filter(|_| !earlier).map(|fault| (row, fault)));
        first = end;
    }
    block.faults.append(&mut faults);
    block.faults.sort_by_key(|(row, _)| *row);
    block.text = text;
}
