//! A whole ruleset: names, units, inputs, and what holds for every line.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::timeline::Timeline;
use super::{Always, Condition, Example, Limit, Target};
use crate::period::Claim;
use crate::quantity::{Exact, Rounding};
use crate::source::Place;

/// A unit, by its place in [`Program::units`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u32);

/// An input, by its place in [`Program::inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputId(pub u32);

/// A product or license, by its place in [`Program::targets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub u32);

/// The input `quantity`, which every line has.
pub const QUANTITY: InputId = InputId(0);

/// The input `account`, which every line has.
pub const ACCOUNT: InputId = InputId(1);

/// The base of a unit that could not be resolved: nothing is said about what it converts to.
pub(super) const LOST: UnitId = UnitId(u32::MAX);

/// A whole ruleset.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: String,
    /// How the credits of a line are rounded unless its product says otherwise.
    pub rounding: Rounding,
    /// Where that stands.
    pub rounding_origin: Origin,
    /// Every unit.
    pub units: Vec<Unit>,
    /// Units by name and alias.
    pub unit_names: BTreeMap<String, UnitId>,
    /// Every input; [`QUANTITY`] and [`ACCOUNT`] first.
    pub inputs: Vec<Input>,
    /// Products and licenses.
    pub targets: Vec<Target>,
    /// What converts to nothing, in file order.
    pub excludes: Vec<Exclude>,
    /// Products that cost less together.
    pub togethers: Vec<Together>,
    /// How long credits outlive their license; none, where not at all.
    pub grace: Option<Grace>,
    /// Limits on allocation.
    pub limits: Vec<Limit>,
    /// Worked examples.
    pub examples: Vec<Example>,
    /// Stated properties.
    pub always: Vec<Always>,
}

/// Where a clause stands, when it holds, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its line.
    pub place: Place,
    /// When it claims to hold.
    pub claim: Claim,
    /// Its reason and source.
    pub because: Option<String>,
}

/// How long credits outlive their license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grace {
    /// Days behind the last one.
    pub days: u16,
    /// Whether credits count on them.
    pub counts: bool,
    /// Where and why.
    pub origin: Origin,
}

/// A unit: one of it is `factor` of its base.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The unit that its conversions end at; units of one base convert into each other.
    pub base: UnitId,
    /// How many of the base one of it is.
    pub factor: Exact,
    /// Where it is declared.
    pub place: Place,
}

/// A column of the license input that rules may look at.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Which values it takes.
    pub kind: InputKind,
    /// The value of a line without one.
    pub default: Option<Value>,
    /// Where it is declared; the columns that are always there have no place.
    pub place: Option<Place>,
}

/// Which values an input takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    /// One of these; `yes/no` is the choice of `yes` and `no`.
    Choice(Vec<String>),
    /// A number, at least 0.
    Number,
    /// Any text.
    Text,
    /// A day.
    Date,
}

impl InputKind {
    /// Whether it is the choice of `yes` and `no`.
    pub fn is_yes_no(&self) -> bool {
        matches!(self, Self::Choice(values) if *values == ["yes", "no"])
    }

    /// What it is called in a sentence.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Choice(_) if self.is_yes_no() => "yes/no",
            Self::Choice(_) => "a choice",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
        }
    }
}

/// A value of an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A value of a choice, by its place.
    Choice(usize),
    /// A number.
    Number(Decimal),
    /// A text.
    Text(String),
    /// A day.
    Date(Date),
}

/// Lines that convert to nothing.
#[derive(Debug, Clone)]
pub struct Exclude {
    /// Which lines.
    pub condition: Condition,
    /// Where and why.
    pub origin: Origin,
}

/// Products that cost less together.
#[derive(Debug, Clone)]
pub struct Together {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: Option<String>,
    /// At least two products.
    pub members: Vec<TargetId>,
    /// Credits for as many units as all have.
    pub rate: Timeline<Decimal>,
    /// Its head.
    pub place: Place,
}

impl Program {
    /// The unit with this id.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.0 as usize)
    }

    /// Whether a unit could not be resolved.
    pub fn is_lost(&self, id: UnitId) -> bool {
        self.unit(id).is_none_or(|unit| unit.base == LOST)
    }

    /// The input with this id.
    pub fn input(&self, id: InputId) -> Option<&Input> {
        self.inputs.get(id.0 as usize)
    }

    /// The product or license with this id.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.targets.get(id.0 as usize)
    }

    /// A value of an input as it is written.
    pub fn describe(&self, input: InputId, value: &Value) -> String {
        match (self.input(input).map(|input| &input.kind), value) {
            (Some(InputKind::Choice(names)), Value::Choice(index)) => {
                names.get(*index).cloned().unwrap_or_default()
            }
            (_, Value::Choice(index)) => index.to_string(),
            (_, Value::Number(number)) => crate::quantity::plain(*number),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Date(date)) => date.to_string(),
        }
    }

    /// A value of an input as a rule file writes it.
    pub fn write(&self, input: InputId, value: &Value) -> String {
        let text = self.describe(input, value);
        let bare = match value {
            Value::Text(_) => false,
            Value::Choice(_) => crate::syntax::is_bare_value(&text),
            Value::Number(_) | Value::Date(_) => true,
        };
        if bare {
            text
        } else {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
        }
    }
}
