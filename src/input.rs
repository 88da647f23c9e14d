//! License lines and allocations out of tabular or JSON input: which column holds what, and its texts
//! as values.

pub mod allocations;
pub mod block;
#[cfg(feature = "parquet")]
pub mod columnar;
pub mod delimited;
mod header;
pub mod json;
mod limit;
mod marks;
pub mod numbers;
pub mod sheet;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::diagnostic::instead;
use crate::evaluate::License;
use crate::period::{day_number, parse_date};
use crate::plan::{ACCOUNT, InputId, InputKind, Plan, QUANTITY, Value};
use crate::quantity::{NumberFault, parse_plain};
use block::Record;

/// The columns that every input may have, besides declared inputs.
pub const COLUMNS: [&str; 7] = ["sku", "quantity", "license_id", "account", "unit", "start", "end"];

/// Inputs that every plan has: `quantity` and `account`, which stand first.
const ALWAYS: usize = 2;

/// What a column holds: the position of one of [`COLUMNS`], or behind them an input of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(usize);

impl Slot {
    /// `sku`.
    pub const SKU: Self = Self(0);
    /// `quantity`.
    pub const QUANTITY: Self = Self(1);
    /// `license_id`.
    pub const LICENSE_ID: Self = Self(2);
    /// `account`.
    pub const ACCOUNT: Self = Self(3);
    /// `unit`.
    pub const UNIT: Self = Self(4);
    /// `start`.
    pub const START: Self = Self(5);
    /// `end`.
    pub const END: Self = Self(6);

    /// Its position among all slots.
    fn position(self) -> usize {
        self.0
    }

    /// The slot of a list with columns of its own.
    const fn of(position: usize) -> Self {
        Self(position)
    }
}

/// Which names of columns hold what.
#[derive(Debug)]
pub struct Schema {
    slots: BTreeMap<String, Slot>,
    /// The columns that every such list may have.
    fixed: &'static [&'static str],
    /// Those of them that every list has.
    needed: &'static [Slot],
    /// Inputs behind the fixed columns; none where only another plan of the same list has one.
    inputs: Vec<Option<InputId>>,
    /// The name of each slot in the input.
    names: Vec<String>,
    /// Slots of inputs that are `yes` or `no`.
    yes_no: Vec<Slot>,
    /// The day of lines without `start`.
    on: Option<Date>,
    on_number: Option<i32>,
}

/// Why a record is not a license line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The column it stands in, by its name in the input; empty for the whole record.
    pub column: String,
    /// Its text there.
    pub value: String,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A compulsory column is empty.
    Missing,
    /// A quantity that is not a number.
    BadQuantity(NumberFault),
    /// A quantity below 0.
    NegativeQuantity,
    /// A date that is not a day of the calendar.
    BadDate,
    /// A unit that is not declared; [`instead`].
    UnknownUnit(String),
    /// A number input that is not a number.
    BadNumber(NumberFault),
    /// A value that is none of the choice's.
    BadChoice(Vec<String>),
    /// A record with more or fewer fields than the header.
    Ragged {
        /// Fields of the record.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// Quotes that do not match.
    BadQuote(QuoteFault),
    /// Bytes that are not UTF-8.
    NotUtf8 {
        /// The first such byte, counted from 1 in its field.
        byte: usize,
    },
    /// A JSON key that stands twice.
    DuplicateKey,
    /// A JSON value that is no number, text, boolean or null.
    BadJsonValue,
    /// A record that is not a JSON object, or not JSON; why.
    BadJson(String),
    /// A record of more bytes than allowed.
    TooLong,
    /// A cell without an exact value.
    BadCell(CellFault),
    /// A product that is not declared; [`instead`].
    UnknownProduct(String),
    /// A license where a product is meant.
    License,
    /// Units below 0.
    NegativeUnits,
    /// The priority of a wish is no whole number.
    BadPriority,
    /// The account wishes for the product in an earlier record.
    WishedTwice,
    /// A unit that does not convert to this one, in which the product is counted.
    OtherUnit(String),
    /// A product that this record gives the account already.
    Repeated(u64),
}

/// Why a cell of a spreadsheet or a typed column has no value that can be taken exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellFault {
    /// A float with more digits than a spreadsheet keeps.
    Inexact,
    /// The error of a formula.
    Error,
    /// A formula whose value is not in the file.
    Uncalculated,
    /// A time of day, alone or with a day.
    TimeOfDay,
    /// A day outside the calendar of the format.
    NoDay,
}

/// What is wrong with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteFault {
    /// Text stands behind the quote that ends a field.
    TextBehind,
    /// A quote is never closed: it swallows the rest of the input.
    Unclosed,
}

/// Most bytes of one record.
pub const MAX_RECORD: usize = 1 << 20;

/// Why an input cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

impl Fault {
    /// What is wrong with a whole record.
    pub fn of_record(kind: FaultKind) -> Self {
        Self { kind, column: String::new(), value: String::new() }
    }
}

impl Schema {
    /// The columns of a plan's input. `renamed` lists pairs of the name here and the name in the
    /// input; `on` is the day of lines without one.
    pub fn new(
        plan: &Plan,
        renamed: &[(String, String)],
        on: Option<Date>,
    ) -> Result<Self, Unreadable> {
        Self::of_all(plan, &[plan], renamed, on)
    }

    /// The columns of one list that several plans read: they stand at the same places for each.
    pub fn of_all(
        plan: &Plan,
        all: &[&Plan],
        renamed: &[(String, String)],
        on: Option<Date>,
    ) -> Result<Self, Unreadable> {
        let mut input_names: Vec<String> = Vec::new();
        for input in all.iter().flat_map(|plan| plan.inputs.iter().skip(ALWAYS)) {
            if !input_names.contains(&input.name) {
                input_names.push(input.name.clone());
            }
        }
        let own = |name: &String| {
            let mut named = (0..).map(InputId).zip(&plan.inputs).skip(ALWAYS);
            named.find(|(_, input)| input.name == *name).map(|(id, _)| id)
        };
        let inputs: Vec<Option<InputId>> = input_names.iter().map(own).collect();
        let is_yes_no = |name: &String| {
            let inputs = all.iter().flat_map(|plan| &plan.inputs);
            inputs.filter(|input| input.name == *name).any(|input| input.kind.is_yes_no())
        };
        let yes_no = (COLUMNS.len()..)
            .map(Slot)
            .zip(&input_names)
            .filter(|(_, name)| is_yes_no(name))
            .map(|(slot, _)| slot)
            .collect();
        let (names, slots) = named(COLUMNS.iter().copied(), &input_names, renamed)?;
        let needed = &[Slot::SKU, Slot::QUANTITY];
        let on_number = on.map(day_number);
        Ok(Self { slots, fixed: &COLUMNS, needed, inputs, names, yes_no, on, on_number })
    }

    /// The columns of a list that no rules declare, and those of them that it needs.
    fn of_columns(
        fixed: &'static [&'static str],
        needed: &'static [Slot],
        renamed: &[(String, String)],
    ) -> Result<Self, Unreadable> {
        let (names, slots) = named(fixed.iter().copied(), &[], renamed)?;
        let (inputs, yes_no) = (Vec::new(), Vec::new());
        Ok(Self { slots, fixed, needed, inputs, names, yes_no, on: None, on_number: None })
    }

    /// Columns that every list has.
    pub fn needed(&self) -> impl Iterator<Item = Slot> {
        self.needed.iter().copied()
    }

    /// The name that a slot has where nothing renames it; empty for a declared input.
    pub fn own_name(&self, slot: Slot) -> &'static str {
        self.fixed.get(slot.0).copied().unwrap_or_default()
    }

    /// What a column of the input holds; `None` where nothing asks for it.
    pub fn slot(&self, column: &str) -> Option<Slot> {
        self.slots.get(column).copied()
    }

    /// The name of a slot in the input.
    pub fn name(&self, slot: Slot) -> &str {
        self.names.get(slot.0).map_or("", String::as_str)
    }

    /// Whether a slot is an input that is `yes` or `no`.
    pub fn is_yes_no(&self, slot: Slot) -> bool {
        self.yes_no.contains(&slot)
    }

    /// The names of all columns that are asked for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Declared inputs with their slots.
    pub fn inputs(&self) -> impl Iterator<Item = (InputId, Slot)> {
        let slots = (COLUMNS.len()..).map(Slot);
        self.inputs.iter().zip(slots).filter_map(|(input, slot)| Some(((*input)?, slot)))
    }

    /// Whether a text is a value of the input of a slot.
    pub fn is_value(&self, plan: &Plan, slot: Slot, text: &str) -> bool {
        let input = slot.0.checked_sub(COLUMNS.len()).and_then(|at| *self.inputs.get(at)?);
        match input.and_then(|input| plan.input(input)).map(|input| &input.kind) {
            Some(InputKind::Text) => true,
            Some(kind) => read_value(kind, text).is_ok(),
            None => false,
        }
    }

    /// The slot of a declared input.
    pub fn slot_of(&self, input: InputId) -> Option<Slot> {
        self.inputs().find(|(own, _)| *own == input).map(|(_, slot)| slot)
    }

    /// The day of lines without `start`, in days since 1970-01-01.
    pub fn on(&self) -> Option<i32> {
        self.on_number
    }

    /// All slots.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        (0..self.names.len()).map(Slot)
    }

    /// The license line of a record.
    pub fn license(&self, plan: &Plan, record: Record<'_>) -> Result<License, Fault> {
        let fault = |slot: Slot, kind| Fault {
            kind,
            column: self.name(slot).to_owned(),
            value: record.get(slot).unwrap_or_default().to_owned(),
        };
        let sku = record.get(Slot::SKU).ok_or_else(|| fault(Slot::SKU, FaultKind::Missing))?;
        let quantity =
            record.get(Slot::QUANTITY).ok_or_else(|| fault(Slot::QUANTITY, FaultKind::Missing))?;
        let quantity = parse_plain(quantity).map_err(|wrong| {
            let negative = wrong == NumberFault::Sign { negative: true };
            let kind =
                if negative { FaultKind::NegativeQuantity } else { FaultKind::BadQuantity(wrong) };
            fault(Slot::QUANTITY, kind)
        })?;
        let mut license = License::new(plan, sku, quantity);
        if let Some(unit) = record.get(Slot::UNIT) {
            let id = plan.unit_names.get(unit).copied().ok_or_else(|| {
                let known = plan.unit_names.keys().map(String::as_str);
                fault(Slot::UNIT, FaultKind::UnknownUnit(instead(unit, known)))
            })?;
            license.unit = Some(id);
        }
        let day = |slot| match record.get(slot) {
            None => Ok(None),
            Some(text) => parse_date(text).map(Some).ok_or_else(|| fault(slot, FaultKind::BadDate)),
        };
        license.start = day(Slot::START)?.or(self.on);
        license.end = day(Slot::END)?;
        if let Some(account) = record.get(Slot::ACCOUNT) {
            license.set(ACCOUNT, Value::Text(account.to_owned()));
        }
        for (input, slot) in self.inputs() {
            let (Some(text), Some(declared)) = (record.get(slot), plan.input(input)) else {
                continue;
            };
            let value = read_value(&declared.kind, text).map_err(|kind| fault(slot, kind))?;
            license.set(input, value);
        }
        Ok(license)
    }
}

/// The names of columns in the input, by slot, and the slots by these names.
fn named(
    fixed: impl Iterator<Item = &'static str>,
    inputs: &[String],
    renamed: &[(String, String)],
) -> Result<(Vec<String>, BTreeMap<String, Slot>), Unreadable> {
    let mut names: Vec<String> =
        fixed.map(ToOwned::to_owned).chain(inputs.iter().cloned()).collect();
    let known = names.clone();
    for (index, (name, column)) in renamed.iter().enumerate() {
        if renamed.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(Unreadable(format!("`{name}` is mapped to two columns")));
        }
        if let Some(slot) = known.iter().position(|known| known == name) {
            names.get_mut(slot).into_iter().for_each(|known| known.clone_from(column));
        } else {
            let help = instead(name, known.iter().map(String::as_str));
            return Err(Unreadable(format!("there is no column `{name}` to map{help}")));
        }
    }
    let mut slots = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        if slots.insert(name.clone(), Slot(index)).is_some() {
            return Err(Unreadable(format!(
                "the column `{name}` of the input would be two columns at once"
            )));
        }
    }
    Ok((names, slots))
}

/// A text as a value of the input with this name; `None` where there is no such input, or it has no
/// such value.
pub fn value(plan: &Plan, name: &str, text: &str) -> Option<(InputId, Value)> {
    let at = plan.inputs.iter().position(|input| input.name == name)?;
    let id = InputId(u32::try_from(at).ok()?);
    let declared = plan.input(id).filter(|_| id != QUANTITY && id != ACCOUNT)?;
    Some((id, read_value(&declared.kind, text).ok()?))
}

/// A text as a value of an input.
fn read_value(kind: &InputKind, text: &str) -> Result<Value, FaultKind> {
    match kind {
        InputKind::Choice(values) => values
            .iter()
            .position(|value| value == text)
            .map(Value::Choice)
            .ok_or_else(|| FaultKind::BadChoice(values.clone())),
        InputKind::Number => parse_plain(text).map(Value::Number).map_err(FaultKind::BadNumber),
        InputKind::Text => Ok(Value::Text(text.to_owned())),
        InputKind::Date => parse_date(text).map(Value::Date).ok_or(FaultKind::BadDate),
    }
}
