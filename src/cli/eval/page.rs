//! What one thread makes of a block: its records as bytes, its refused lines, its sums.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::shape::Shape;
use super::stream::Work;
use crate::convert::{Converted, Converter, Credits, Memory};
use crate::evaluate::{Refusal, Step};
use crate::input::block::{Block, Record};
use crate::input::{Fault, Slot};
use crate::keyed::Map;
use crate::plan::{Plan, TargetId};
use crate::project::Compiled;
use crate::quantity::plain;
use crate::report::encode::{Encoder, scaled};
use crate::report::groups::{Added, Groups};
use crate::report::steps;
use crate::report::totals::Totals;
use crate::source::Place;

/// A block, converted.
#[derive(Default)]
pub(super) struct Page {
    /// Records as they are written.
    pub bytes: Vec<u8>,
    pub refused: Vec<RefusedLine>,
    pub totals: Totals,
    /// Keys that nothing asks for.
    pub ignored: Vec<String>,
    /// Whether objects already have a member `credits`, which cannot be appended twice.
    pub has_credits: bool,
}

/// A line that was refused.
pub(super) struct RefusedLine {
    pub number: u64,
    pub license_id: String,
    pub why: Why,
}

/// Why a line was refused.
pub(super) enum Why {
    Fault(Fault),
    /// With the SKU of the line.
    Refusal(Refusal, String),
}

/// Makes pages.
pub(super) struct Pages<'a> {
    pub ruleset: &'a Compiled,
    pub converter: &'a Converter<'a>,
    pub encoder: &'a Encoder,
    pub shape: &'a Shape,
    /// Sums of what is not listed.
    pub groups: &'a Groups,
    /// Decimals of credits.
    pub decimals: u32,
    pub explain: bool,
}

/// What one thread keeps from block to block.
pub(super) struct State<'a> {
    memory: Memory<'a>,
    written: Written,
}

/// What lines are written with.
#[derive(Default)]
struct Written {
    /// `file:line` of each place met, and whether it needs no quotes in a table.
    places: Map<Place, (Box<str>, bool)>,
    credits: Vec<u8>,
    number: String,
}

impl<'a> Work for Pages<'a> {
    type State = State<'a>;
    type Page = Page;

    fn state(&self) -> State<'a> {
        State { memory: self.converter.memory(), written: Written::default() }
    }

    fn page(&self, state: &mut State<'a>, block: &Block) -> Page {
        let mut page = Page { ignored: block.ignored().to_vec(), ..Page::default() };
        if let Shape::Grouped { account, name, .. } = self.shape {
            self.add_up(&mut state.memory, &mut page, block, (*account, *name));
            return page;
        }
        page.bytes.reserve(block.size() * 2);
        if self.explain {
            for row in 0..block.len() {
                let record = block.record(row);
                let (converted, steps) = self.converter.explained(record);
                self.line(&mut state.written, &mut page, record, converted, Some(&steps));
            }
            return page;
        }
        let State { memory, written } = state;
        self.converter.each(memory, block, |record, converted| {
            self.line(written, &mut page, record, converted, None);
        });
        page
    }
}

impl<'a> Pages<'a> {
    /// Adds up by account, name, or both.
    fn add_up(
        &self,
        memory: &mut Memory<'a>,
        page: &mut Page,
        block: &Block,
        (by_account, by_name): (bool, bool),
    ) {
        let mut added = Vec::with_capacity(block.len());
        self.converter.each(memory, block, |record, converted| {
            let Some((rule, credits, ..)) = counted(page, record, converted) else { return };
            added.push(Added {
                account: record.get(Slot::ACCOUNT).filter(|_| by_account),
                rule: Some(rule).filter(|_| by_name),
                credits,
            });
        });
        self.groups.add(&added);
    }

    fn line(
        &self,
        written: &mut Written,
        page: &mut Page,
        record: Record<'_>,
        converted: Converted,
        steps: Option<&[Step]>,
    ) {
        let Some((rule, credits, place, status)) = counted(page, record, converted) else { return };
        if matches!(self.shape, Shape::Appended)
            && record.object().is_none()
            && self.is_plain(record)
            && let Some(delimiter) = self.encoder.format.delimiter()
        {
            page.bytes.extend_from_slice(record.line().as_bytes());
            page.bytes.push(delimiter);
            self.credits_text(&mut page.bytes, credits);
            page.bytes.push(b'\n');
            return;
        }
        written.credits.clear();
        self.credits_text(&mut written.credits, credits);
        match self.shape {
            Shape::Columns(columns) => {
                self.list(written, page, record, (rule, place, status), (columns, steps));
            }
            Shape::Appended => {
                let credits = std::str::from_utf8(&written.credits).unwrap_or_default();
                self.append(page, record, credits);
            }
            Shape::Grouped { .. } => {}
        }
    }

    fn append(&self, page: &mut Page, record: Record<'_>, credits: &str) {
        if let Some((members, has_credits)) = record.object() {
            page.has_credits |= has_credits;
            return self.encoder.object(&mut page.bytes, members, credits);
        }
        let is_table = self.encoder.format.is_table();
        let fields = record.fields().map(|text| Some(text).filter(|t| is_table || !t.is_empty()));
        self.encoder.record(&mut page.bytes, fields.chain([Some(credits)]));
    }

    /// Whether no text of a record needs quotes in the output.
    fn is_plain(&self, record: Record<'_>) -> bool {
        self.encoder.format.delimiter().is_some_and(|delimiter| record.is_plain(delimiter))
    }

    fn list(
        &self,
        written: &mut Written,
        page: &mut Page,
        record: Record<'_>,
        (rule, place, status): (TargetId, Place, &'static str),
        (columns, steps): (&[usize], Option<&[Step]>),
    ) {
        let Compiled { plan, sources, .. } = self.ruleset;
        written.number.clear();
        if record.get(Slot::LICENSE_ID).is_none() {
            let _ = write!(written.number, "{}", record.number());
        }
        if written.places.get(&place).is_none() {
            let text = sources.file_and_line(place);
            let plain = self.encoder.is_plain(&text);
            written.places.insert(place, (text.into(), plain));
        }
        let (line, plain) =
            written.places.get(&place).map_or(("", false), |(text, plain)| (text.as_ref(), *plain));
        let credits = std::str::from_utf8(&written.credits).unwrap_or_default();
        // In the order of `report::COLUMNS`.
        let text = |column: &usize| match column {
            0 => Some(record.get(Slot::LICENSE_ID).unwrap_or(&written.number)),
            1 => record.get(Slot::ACCOUNT),
            2 => record.get(Slot::SKU),
            3 => plan.rule(rule).map(|rule| rule.name.as_str()),
            4 => record.get(Slot::QUANTITY),
            5 => unit(plan, record, rule),
            6 => record.get(Slot::START),
            7 => record.get(Slot::END),
            8 => Some(credits),
            9 => Some(status),
            _ => Some(line),
        };
        let texts = columns.iter().map(text);
        let Some(steps) = steps else {
            // Names, units and numbers need no quotes.
            if plain && self.is_plain(record) {
                return self.encoder.plain_row(&mut page.bytes, texts);
            }
            return self.encoder.record(&mut page.bytes, texts);
        };
        let steps = steps::to_json(plan, sources, steps).to_string();
        self.encoder.record_with(&mut page.bytes, texts, Some(("steps", &steps)));
    }

    /// Adds credits as they are written.
    fn credits_text(&self, text: &mut Vec<u8>, credits: Credits) {
        match credits {
            Credits::Scaled(credits) => {
                scaled(text, credits, self.decimals);
            }
            Credits::Long(credits) => text.extend(plain(credits).as_bytes()),
        }
    }
}

/// Counts a line; answers what is written of it, if it is not refused.
fn counted(
    page: &mut Page,
    record: Record<'_>,
    converted: Converted,
) -> Option<(TargetId, Credits, Place, &'static str)> {
    match converted {
        Converted::Credits { rule, credits, place } => {
            page.totals.converted += 1;
            page.totals.credits.add(credits);
            Some((rule, credits, place, "converted"))
        }
        Converted::Excluded { rule, place } => {
            page.totals.excluded += 1;
            Some((rule, Credits::Long(Decimal::ZERO), place, "excluded"))
        }
        Converted::Faulty(fault) => {
            refuse(page, record, Why::Fault(*fault));
            None
        }
        Converted::Refused(refusal) => {
            let sku = record.get(Slot::SKU).unwrap_or_default().to_owned();
            refuse(page, record, Why::Refusal(*refusal, sku));
            None
        }
    }
}

fn refuse(page: &mut Page, record: Record<'_>, why: Why) {
    page.totals.refused += 1;
    let number = record.number();
    let own = record.get(Slot::LICENSE_ID);
    let license_id = own.map_or_else(|| number.to_string(), str::to_owned);
    page.refused.push(RefusedLine { number, license_id, why });
}

/// The declared unit; where the quantity is given in another one, that one, so that the two columns
/// stay true together.
fn unit<'a>(plan: &'a Plan, record: Record<'_>, rule: TargetId) -> Option<&'a str> {
    let declared = plan.rule(rule)?.unit;
    let name = plan.unit(declared).map(|unit| unit.name.as_str());
    if record.get(Slot::UNIT).is_none_or(|unit| Some(unit) == name) {
        return name;
    }
    let given = record.get(Slot::UNIT).and_then(|unit| plan.unit_names.get(unit)).copied();
    plan.unit(given.unwrap_or(declared)).map(|unit| unit.name.as_str())
}
