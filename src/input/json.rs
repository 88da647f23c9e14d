//! JSON input: an array of objects, or one object a line. Numbers are read from their text.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::block::{Block, Columns};
use super::limit::{Bounded, Mark};
use super::{Fault, FaultKind, MAX_RECORD, Schema, Unreadable};

/// Bytes of lines that are handed on at once.
const CHUNK: usize = 1 << 18;

/// Objects of an array that are handed on at once.
const OBJECTS: usize = 1_000;

/// The members of an object in their order, with their texts.
type Members = Vec<(String, Box<RawValue>)>;

/// One record: an object, or the JSON of something else.
struct Object(Result<Members, String>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Members::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(Ok(members)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Object, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Object(Err("it is an array, not an object".into())))
            }
            fn visit_str<E>(self, _: &str) -> Result<Object, E> {
                Ok(Object(Err("it is a text, not an object".into())))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Object, E> {
                Ok(Object(Err("it is a boolean, not an object".into())))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Object, E> {
                Ok(Object(Err("it is a number, not an object".into())))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Object, E> {
                Ok(Object(Err("it is a number, not an object".into())))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Object, E> {
                Ok(Object(Err("it is a number, not an object".into())))
            }
            fn visit_unit<E>(self) -> Result<Object, E> {
                Ok(Object(Err("it is null, not an object".into())))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Lines of newline-delimited JSON as they stand.
#[derive(Debug)]
pub struct Lines {
    /// The number of the first, from 1.
    pub first: u64,
    bytes: Vec<u8>,
    /// Where each ends, and whether it is whole.
    ends: Vec<(usize, bool)>,
}

impl Lines {
    /// The records; `keep` their texts, too.
    pub fn parse(self, schema: &Schema, columns: Arc<Columns>, keep: bool) -> Block {
        let mut records = Records::new(schema, columns, keep);
        records.block.first = self.first;
        let mut from = 0;
        for (end, whole) in self.ends {
            let text = self.bytes.get(from..end).unwrap_or_default();
            from = end;
            match if whole { parse(text) } else { Err(FaultKind::TooLong) } {
                Ok(members) => records.object(&members),
                Err(kind) => {
                    let value =
                        String::from_utf8_lossy(text.get(..text.len().min(80)).unwrap_or_default());
                    let value = value.trim().to_owned();
                    records.broken(Fault { kind, column: String::new(), value });
                }
            }
        }
        records.block
    }
}

/// Hands out the lines of newline-delimited JSON; blank lines are none.
pub fn each_chunk<E: From<Unreadable>>(
    input: impl Read,
    mut visit: impl FnMut(Lines) -> Result<(), E>,
) -> Result<(), E> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let fresh = |first| Lines { first, bytes: Vec::with_capacity(CHUNK), ends: Vec::new() };
    let mut lines = fresh(1);
    let mut first = true;
    loop {
        let failed = |error: std::io::Error| Unreadable(error.to_string());
        let from = lines.bytes.len();
        let most = MAX_RECORD as u64 + 1;
        let read = input.by_ref().take(most).read_until(b'\n', &mut lines.bytes).map_err(failed)?;
        let number = lines.first + lines.ends.len() as u64;
        if read == 0 || from >= CHUNK {
            let rest = lines.bytes.split_off(from);
            if !lines.ends.is_empty() {
                visit(std::mem::replace(&mut lines, fresh(number)))?;
            }
            if read == 0 {
                return Ok(());
            }
            lines.bytes = rest;
        }
        let from = lines.bytes.len() - read;
        if std::mem::take(&mut first) && lines.bytes.starts_with(b"\xef\xbb\xbf") {
            lines.bytes.drain(..3);
        }
        let text = lines.bytes.get(from..).unwrap_or_default();
        let whole = text.ends_with(b"\n") || read <= MAX_RECORD;
        if !whole {
            skip_line(&mut input).map_err(failed)?;
            // Of what is refused, no more than its beginning is shown.
            lines.bytes.truncate(from + 80);
        } else if text.trim_ascii().is_empty() {
            lines.bytes.truncate(from);
            continue;
        }
        lines.ends.push((lines.bytes.len(), whole));
    }
}

fn parse(text: &[u8]) -> Result<Members, FaultKind> {
    let text = std::str::from_utf8(text)
        .map_err(|error| FaultKind::NotUtf8 { byte: error.valid_up_to() + 1 })?;
    match serde_json::from_str::<Object>(text) {
        Ok(Object(members)) => members.map_err(FaultKind::BadJson),
        Err(error) => {
            // Of the place only the column counts: the record is one line.
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            Err(FaultKind::BadJson(format!("{text} at byte {}", error.column())))
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

/// Makes records of objects.
struct Records<'a> {
    schema: &'a Schema,
    keep: bool,
    block: Block,
    /// The texts of the object at hand, by slot.
    texts: Vec<String>,
}

impl<'a> Records<'a> {
    fn new(schema: &'a Schema, columns: Arc<Columns>, keep: bool) -> Self {
        let texts = vec![String::new(); columns.names.len()];
        Self { schema, keep, block: Block::new(columns), texts }
    }

    /// A record that could not be read.
    fn broken(&mut self, fault: Fault) {
        self.texts.iter().for_each(|_| self.block.push(""));
        self.block.end(Some(fault));
    }

    /// Puts the members of an object where they belong, with what is wrong with it.
    fn object(&mut self, members: &Members) {
        self.texts.iter_mut().for_each(String::clear);
        let mut fault = None;
        let mut seen = BTreeSet::new();
        for (key, value) in members {
            let wrong = |kind| Fault {
                kind,
                column: key.clone(),
                value: value.get().chars().take(80).collect(),
            };
            if !seen.insert(key.as_str()) {
                fault.get_or_insert_with(|| wrong(FaultKind::DuplicateKey));
                continue;
            }
            let Some(slot) = self.schema.slot(key) else {
                self.block.ignore(key);
                continue;
            };
            match text_of(value.get(), self.schema.is_yes_no(slot)) {
                Some(text) => {
                    let own = self.texts.get_mut(slot.position());
                    own.into_iter().for_each(|own| own.clone_from(&text));
                }
                None => {
                    fault.get_or_insert_with(|| wrong(FaultKind::BadJsonValue));
                }
            }
        }
        for needed in self.schema.needed() {
            if self.texts.get(needed.position()).is_none_or(String::is_empty) && fault.is_none() {
                let column = self.schema.name(needed).to_owned();
                fault = Some(Fault { kind: FaultKind::Missing, column, value: String::new() });
            }
        }
        self.texts.iter().for_each(|text| self.block.push(text));
        self.block.end(fault);
        if self.keep {
            let member = |(key, value): &(String, Box<RawValue>)| {
                format!("{}:{},", serde_json::Value::from(key.as_str()), value.get())
            };
            let has = |name: &str| members.iter().any(|(key, _)| key == name);
            self.block.keep_object(members.iter().map(member).collect(), has("credits"));
        }
    }
}

/// The text of a scalar: numbers as they are written, never through a float; `true` and `false`
/// are `yes` and `no` where the rules ask for those.
fn text_of(json: &str, yes_no: bool) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b't' if yes_no => Some("yes".into()),
        b'f' if yes_no => Some("no".into()),
        b'n' => Some(String::new()),
        b'{' | b'[' => None,
        _ => Some(json.to_owned()),
    }
}

/// Hands out the objects of a JSON array, some at a time; `keep` their texts, too.
pub fn each_block<E: From<Unreadable>>(
    input: impl Read,
    schema: &Schema,
    columns: &Arc<Columns>,
    keep: bool,
    visit: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), E> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let start = input.fill_buf().map_err(|error| Unreadable(error.to_string()))?;
    if start.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    let (bounded, mark) = Bounded::new(input);
    let mut deserializer = serde_json::Deserializer::from_reader(bounded);
    let mut stopped = None;
    let records = Records::new(schema, Arc::clone(columns), keep);
    let elements = Elements { records, visit, stopped: &mut stopped, mark };
    let result = elements.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(error) = stopped {
        return Err(error);
    }
    result.map_err(|error| {
        E::from(Unreadable(format!("the input is not a JSON array of objects: {error}")))
    })
}

/// The elements of the array.
struct Elements<'a, V, E> {
    records: Records<'a>,
    visit: V,
    stopped: &'a mut Option<E>,
    mark: Mark,
}

impl<'de, E, V: FnMut(Block) -> Result<(), E>> DeserializeSeed<'de> for Elements<'_, V, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<V: FnMut(Block) -> Result<(), E>, E> Elements<'_, V, E> {
    fn hand_on<D: serde::de::Error>(&mut self) -> Result<(), D> {
        let first = self.records.block.first + self.records.block.len() as u64;
        let mut next = Block::new(Arc::clone(&self.records.block.columns));
        next.first = first;
        let block = std::mem::replace(&mut self.records.block, next);
        (self.visit)(block).map_err(|error| {
            *self.stopped = Some(error);
            D::custom("stopped")
        })
    }
}

impl<'de, E, V: FnMut(Block) -> Result<(), E>> Visitor<'de> for Elements<'_, V, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.mark.here();
        while let Some(Object(object)) = seq.next_element()? {
            self.mark.here();
            match object {
                Ok(members) => self.records.object(&members),
                Err(what) => self.records.broken(Fault::of_record(FaultKind::BadJson(what))),
            }
            if self.records.block.len() >= OBJECTS || self.records.block.size() >= CHUNK {
                self.hand_on()?;
            }
        }
        if self.records.block.is_empty() { Ok(()) } else { self.hand_on() }
    }
}
