//! Comma- and tab-separated input, record by record.

use std::collections::BTreeSet;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::limit::Bounded;
use super::quotes::{Faults, Watched};
use super::{Arrival, Fault, FaultKind, Raw, Schema, Slot, Unreadable};

/// A delimited input whose header has been read.
pub struct Delimited<R> {
    reader: csv::Reader<Watched<Bounded<R>>>,
    faults: Faults,
    mark: super::limit::Mark,
    /// The names of the columns.
    pub header: Vec<String>,
    /// What each column holds.
    slots: Vec<Option<Slot>>,
}

impl<R: Read> Delimited<R> {
    /// Reads the header.
    pub fn new(input: R, delimiter: u8, schema: &Schema) -> Result<Self, Unreadable> {
        let (bounded, mark) = Bounded::new(input);
        let (watched, faults) = Watched::new(bounded, delimiter);
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(watched);
        let header =
            reader.byte_headers().map_err(|error| Unreadable(unreadable(&error, 1)))?.clone();
        if header.is_empty() {
            return Err(Unreadable(
                "the input is empty: expected a header with `sku` and `quantity`".into(),
            ));
        }
        let header = header
            .iter()
            .enumerate()
            .map(|(index, name)| {
                String::from_utf8(name.to_vec()).map_err(|_| {
                    Unreadable(format!(
                        "the name of column {} is not UTF-8: save the file as UTF-8",
                        index + 1
                    ))
                })
            })
            .collect::<Result<Vec<String>, Unreadable>>()?;
        let mut seen = BTreeSet::new();
        for name in &header {
            if !name.is_empty() && !seen.insert(name) {
                return Err(Unreadable(format!("the column `{name}` stands twice in the header")));
            }
        }
        let slots: Vec<Option<Slot>> = header.iter().map(|name| schema.slot(name)).collect();
        for needed in [Slot::SKU, Slot::QUANTITY] {
            if !slots.contains(&Some(needed)) {
                return Err(Unreadable(missing_column(needed, schema.name(needed), &header)));
            }
        }
        if faults.before(reader.position().byte()).is_some() {
            return Err(Unreadable("the quotes of the header do not match".into()));
        }
        Ok(Self { reader, faults, mark, header, slots })
    }

    /// Columns that nothing asks for.
    pub fn ignored(&self) -> Vec<String> {
        let unasked = self.header.iter().zip(&self.slots).filter(|(_, slot)| slot.is_none());
        unasked.map(|(name, _)| name.clone()).collect()
    }

    /// Hands out every record; stops with what the visitor answers, or at the end.
    pub fn each<E: From<Unreadable>>(
        mut self,
        schema: &Schema,
        mut visit: impl FnMut(Arrival<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut fields = ByteRecord::new();
        let mut record = schema.record();
        let mut number = 0;
        loop {
            self.mark.set(self.reader.position().byte());
            let more = self
                .reader
                .read_byte_record(&mut fields)
                .map_err(|error| Unreadable(unreadable(&error, number + 1)))?;
            if !more {
                return Ok(());
            }
            number += 1;
            record.clear();
            let mut fault = (fields.len() != self.header.len()).then(|| Fault {
                kind: FaultKind::Ragged { found: fields.len(), expected: self.header.len() },
                column: String::new(),
                value: String::new(),
            });
            if let Some(quote) = self.faults.before(self.reader.position().byte()) {
                let kind = FaultKind::BadQuote(quote);
                fault = Some(Fault { kind, column: String::new(), value: String::new() });
            }
            for ((field, slot), name) in fields.iter().zip(&self.slots).zip(&self.header) {
                match std::str::from_utf8(field) {
                    Ok(text) => slot.iter().for_each(|slot| record.set(*slot, text)),
                    Err(error) => {
                        let kind = FaultKind::NotUtf8 { byte: error.valid_up_to() + 1 };
                        let value = String::from_utf8_lossy(field).into_owned();
                        fault.get_or_insert(Fault { kind, column: name.clone(), value });
                    }
                }
            }
            visit(Arrival { number, fault, record: &record, raw: Raw::Fields(&fields) })?;
        }
    }
}

fn unreadable(error: &csv::Error, record: u64) -> String {
    let text = error.to_string();
    if text.contains(super::limit::TOO_LONG) {
        return format!("record {record} is longer than 1 MiB: is a quote missing?");
    }
    text
}

fn missing_column(slot: Slot, name: &str, header: &[String]) -> String {
    if name != slot.own_name() {
        return format!(
            "the input has no column `{name}`, which `--map` names for `{}`",
            slot.own_name()
        );
    }
    let only = header.first().map_or("", String::as_str);
    let separator =
        [';', '\t', ',', '|'].into_iter().find(|c| header.len() == 1 && only.contains(*c));
    let help = match separator {
        Some('\t') => "; it looks separated by tabs: use `--input-format tsv`".to_owned(),
        Some(c) => format!("; it looks separated by `{c}`: save it with commas"),
        None if only.contains('\0') => "; it looks like UTF-16: save it as UTF-8".to_owned(),
        None => format!("; `--map {name}=COLUMN` renames a column"),
    };
    format!("the input has no column `{name}`{help}")
}
