//! JSON input: an array of objects, or one object a line. Numbers are read from their text.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::limit::{Bounded, MAX_RECORD, Mark};
use super::{Arrival, Fault, FaultKind, Raw, Record, Schema, Slot, Unreadable};

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

/// Keys that nothing asks for, as they are met.
#[derive(Debug, Default)]
pub struct Ignored(Vec<String>);

impl Ignored {
    /// The keys, in the order met.
    pub fn into_keys(self) -> Vec<String> {
        self.0
    }

    fn note(&mut self, key: &str) {
        // A thousand unknown keys are told apart no better than a hundred.
        if self.0.len() < 100 && !self.0.iter().any(|known| known == key) {
            self.0.push(key.to_owned());
        }
    }
}

/// Hands out the lines of newline-delimited JSON; blank lines are none.
pub fn each_line<E: From<Unreadable>>(
    input: impl Read,
    schema: &Schema,
    ignored: &mut Ignored,
    mut visit: impl FnMut(Arrival<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut record = schema.record();
    let mut line = Vec::new();
    let mut number = 0;
    let mut first = true;
    loop {
        line.clear();
        let failed = |error: std::io::Error| Unreadable(error.to_string());
        let read =
            input.by_ref().take(MAX_RECORD + 1).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        let whole = line.ends_with(b"\n") || read as u64 <= MAX_RECORD;
        if !whole {
            skip_line(&mut input).map_err(failed)?;
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| first).unwrap_or(&line);
        first = false;
        if whole && text.trim_ascii().is_empty() {
            continue;
        }
        number += 1;
        record.clear();
        let object = if whole { parse(text) } else { Err(FaultKind::TooLong) };
        let (members, fault) = match object {
            Ok(members) => {
                let fault = fill(&members, schema, ignored, &mut record);
                (members, fault)
            }
            Err(kind) => {
                let value =
                    String::from_utf8_lossy(text.get(..text.len().min(80)).unwrap_or_default());
                let value = value.trim().to_owned();
                (Members::new(), Some(Fault { kind, column: String::new(), value }))
            }
        };
        visit(Arrival { number, fault, record: &record, raw: Raw::Members(&members) })?;
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

/// Puts the members of an object where they belong; answers what is wrong with it.
fn fill(
    members: &Members,
    schema: &Schema,
    ignored: &mut Ignored,
    record: &mut Record,
) -> Option<Fault> {
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
        let Some(slot) = schema.slot(key) else {
            ignored.note(key);
            continue;
        };
        match text_of(value.get(), schema.is_yes_no(slot)) {
            Some(text) => record.set(slot, &text),
            None => {
                fault.get_or_insert_with(|| wrong(FaultKind::BadJsonValue));
            }
        }
    }
    for needed in [Slot::SKU, Slot::QUANTITY] {
        if record.get(needed).is_none() && fault.is_none() {
            let column = schema.name(needed).to_owned();
            fault = Some(Fault { kind: FaultKind::Missing, column, value: String::new() });
        }
    }
    fault
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

/// Hands out the objects of a JSON array, holding one at a time.
pub fn each_element<E: From<Unreadable>>(
    input: impl Read,
    schema: &Schema,
    ignored: &mut Ignored,
    visit: impl FnMut(Arrival<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let start = input.fill_buf().map_err(|error| Unreadable(error.to_string()))?;
    if start.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    let (bounded, mark) = Bounded::new(input);
    let mut deserializer = serde_json::Deserializer::from_reader(bounded);
    let mut stopped = None;
    let elements = Elements { schema, ignored, visit, stopped: &mut stopped, mark };
    let result = elements.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(error) = stopped {
        return Err(error);
    }
    result.map_err(|error| {
        E::from(Unreadable(format!("the input is not a JSON array of objects: {error}")))
    })
}

/// The elements of the array, one by one.
struct Elements<'a, V, E> {
    schema: &'a Schema,
    ignored: &'a mut Ignored,
    visit: V,
    stopped: &'a mut Option<E>,
    mark: Mark,
}

impl<'de, E, V: FnMut(Arrival<'_>) -> Result<(), E>> DeserializeSeed<'de> for Elements<'_, V, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, E, V: FnMut(Arrival<'_>) -> Result<(), E>> Visitor<'de> for Elements<'_, V, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut record = self.schema.record();
        let mut number = 0;
        self.mark.here();
        while let Some(Object(object)) = seq.next_element()? {
            self.mark.here();
            number += 1;
            record.clear();
            let (members, fault) = match object {
                Ok(members) => {
                    let fault = fill(&members, self.schema, self.ignored, &mut record);
                    (members, fault)
                }
                Err(what) => {
                    let kind = FaultKind::BadJson(what);
                    (
                        Members::new(),
                        Some(Fault { kind, column: String::new(), value: String::new() }),
                    )
                }
            };
            let arrival = Arrival { number, fault, record: &record, raw: Raw::Members(&members) };
            if let Err(error) = (self.visit)(arrival) {
                *self.stopped = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
