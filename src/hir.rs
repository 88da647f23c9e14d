//! What the rules say, with every name resolved and every dated clause on a timeline; no text, no
//! comments, nothing of the parser.

mod condition;
pub mod diagnostics;
mod example;
mod expression;
mod limit;
mod names;
mod rate;
mod resolve;
pub mod set;
mod target;
pub mod timeline;
mod unit;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::period::{Claim, Term};
use crate::quantity::{Exact, Rounding};
use crate::source::Place;
pub use crate::syntax::ast::{Comparison, TierMode};
pub use resolve::resolve;
use set::Set;
use timeline::Timeline;

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

/// A whole ruleset.
#[derive(Debug)]
pub struct Program {
    /// Name and label.
    pub name: String,
    /// Its label.
    pub label: String,
    /// How the credits of a line are rounded unless its product says otherwise.
    pub rounding: Rounding,
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
    /// Limits on allocation.
    pub limits: Vec<Limit>,
    /// Worked examples.
    pub examples: Vec<Example>,
    /// Stated properties.
    pub properties: Vec<Property>,
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

/// A unit: one of it is `factor` of its base.
#[derive(Debug)]
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
#[derive(Debug)]
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
    /// What it is called in a sentence.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Choice(values) if values.len() == 2 && values.iter().any(|v| v == "yes") => {
                "yes/no"
            }
            Self::Choice(_) => "a choice",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
        }
    }
}

/// A value of an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// Whether a declaration is something to allocate or something to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// Something credits can be allocated to.
    Product,
    /// Something a customer holds.
    License,
}

impl TargetKind {
    /// `product` or `license`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::License => "license",
        }
    }
}

/// A product or license with all its clauses.
#[derive(Debug)]
pub struct Target {
    /// Product or license.
    pub kind: TargetKind,
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: Option<String>,
    /// Its head.
    pub place: Place,
    /// Whether every line below it could be read; if not, nothing is said about what is missing.
    pub complete: bool,
    /// The unit and block of a day; the head's from the beginning.
    pub per: Timeline<Per>,
    /// Codes.
    pub skus: Timeline<Vec<String>>,
    /// Units out of inputs.
    pub count: Timeline<Expression>,
    /// The rate.
    pub rate: Timeline<Rate>,
    /// Exceptions, one for each set of lines.
    pub exceptions: Vec<Exception>,
    /// Lower bound of credits.
    pub at_least: Timeline<Decimal>,
    /// Upper bound of credits.
    pub at_most: Timeline<Decimal>,
    /// Whether a quantity of 0 enters the first tier.
    pub zero_charged: Timeline<()>,
    /// Its own rounding.
    pub rounding: Timeline<Rounding>,
    /// Whether it is off sale.
    pub withdrawn: Timeline<()>,
    /// Whether a falling rate is accepted.
    pub allow_falling: Timeline<()>,
    /// Whether a loss of value is accepted.
    pub allow_loss: Timeline<()>,
    /// Text for the rate card.
    pub notes: Timeline<String>,
    /// What one unit of a license entitles to.
    pub grants: Vec<GrantLine>,
}

/// The unit that a rate is stated for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Per {
    /// Whether a begun block counts whole.
    pub started: bool,
    /// Units in a block, above 0.
    pub block: Decimal,
    /// The unit.
    pub unit: UnitId,
    /// The period.
    pub term: Option<Term>,
}

/// The grants of one product by a license.
#[derive(Debug)]
pub struct GrantLine {
    /// The product.
    pub product: TargetId,
    /// How many base units of the product's dimension one unit of the license stands for.
    pub units: Timeline<Exact>,
}

/// An exception with its dated forms.
#[derive(Debug)]
pub struct Exception {
    /// The lines it holds on.
    pub condition: Condition,
    /// What it charges there.
    pub rate: Timeline<Rate>,
}

/// A conjunction of sets, one an input: a box. An input that is not named admits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The sets, none of them full.
    pub sets: BTreeMap<InputId, Set>,
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rate {
    /// One amount.
    Plain(Amount),
    /// Tiers, the last without a bound.
    Tiered {
        /// How they charge.
        mode: TierMode,
        /// Whether a bound belongs to its own tier.
        inclusive: bool,
        /// Rising.
        tiers: Vec<Tier>,
    },
    /// A table over inputs.
    Table {
        /// The inputs.
        columns: Vec<InputId>,
        /// The rows.
        rows: Vec<Row>,
    },
}

/// An amount of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// For each unit, and once.
    Credits {
        /// For each unit.
        each: Decimal,
        /// Once, when the tier is reached.
        flat: Decimal,
    },
    /// The line is refused.
    Refused,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its upper bound in charged units.
    pub bound: Option<Decimal>,
    /// What it charges.
    pub amount: Amount,
    /// Its line.
    pub place: Place,
    /// Its reason.
    pub because: Option<String>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A set a column, `None` for `any`; no cells at all for `otherwise`.
    pub cells: Option<Vec<Option<Set>>>,
    /// What it charges.
    pub amount: Amount,
    /// Its line.
    pub place: Place,
    /// Its reason.
    pub because: Option<String>,
}

/// A count expression. Depth follows nesting, at most 64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A literal.
    Number(Decimal),
    /// `quantity` or a number input.
    Input(InputId),
    /// Terms and whether each is subtracted.
    Sum(Vec<(bool, Expression)>),
    /// Factors.
    Product(Vec<Expression>),
    /// A value divided by a constant other than 0.
    Quotient(Box<Expression>, Exact),
    /// The smallest.
    Min(Vec<Expression>),
    /// The largest.
    Max(Vec<Expression>),
    /// The smallest whole number that is not below.
    Ceil(Box<Expression>),
    /// The largest whole number that is not above.
    Floor(Box<Expression>),
    /// The first branch whose condition holds, or the last value.
    Choice(Vec<(Condition, Expression)>, Box<Expression>),
}

/// Lines that convert to nothing.
#[derive(Debug)]
pub struct Exclude {
    /// Which lines.
    pub condition: Condition,
    /// Where and why.
    pub origin: Origin,
}

/// Products that cost less together.
#[derive(Debug)]
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

/// A limit on allocation.
#[derive(Debug)]
pub struct Limit {
    /// Its name.
    pub name: String,
    /// Where, when and why.
    pub origin: Origin,
    /// What it demands.
    pub body: LimitBody,
    /// Whether a breach is only a warning.
    pub warn: bool,
}

/// What a limit demands.
#[derive(Debug)]
pub enum LimitBody {
    /// How many of the products have any units.
    CountOf(Comparison, Decimal, Vec<TargetId>),
    /// Any units of the first need some of one of the others.
    Needs(TargetId, Vec<TargetId>),
    /// The first has no more units than the second.
    UnitForUnit(TargetId, TargetId),
    /// Units are a multiple of so many base units.
    InSteps(TargetId, Exact),
    /// Two sums compare; where a product is named, it may also have no units at all.
    Compare(Vec<LimitTerm>, Comparison, Vec<LimitTerm>, Option<TargetId>),
}

/// A term of a sum: units in base units, credits in credits.
#[derive(Debug)]
pub struct LimitTerm {
    /// The factor, negative where the term is subtracted; of a constant, its value.
    pub factor: Exact,
    /// What it multiplies.
    pub measure: LimitMeasure,
}

/// What a term of a limit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitMeasure {
    /// Nothing.
    Constant,
    /// Allocated units of a product.
    Units(TargetId),
    /// Credits of a product's allocation.
    CreditsOf(TargetId),
    /// Credits of the whole allocation.
    Allocated,
    /// Total valid credits.
    Valid,
}

/// A worked example.
#[derive(Debug)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// Its head.
    pub place: Place,
    /// The day.
    pub on: Option<Date>,
    /// License lines.
    pub given: Vec<Given>,
    /// Allocated units.
    pub allocate: Vec<Allocated>,
    /// What must come out, each with its line.
    pub expect: Vec<(Expect, Place)>,
}

/// A license line of an example.
#[derive(Debug)]
pub struct Given {
    /// What is held.
    pub target: TargetId,
    /// How many.
    pub quantity: Decimal,
    /// Of which unit.
    pub unit: UnitId,
    /// Values of inputs.
    pub facts: Vec<(InputId, Value)>,
    /// The last day.
    pub until: Option<Date>,
    /// Its line.
    pub place: Place,
}

/// Units of a product in an example.
#[derive(Debug)]
pub struct Allocated {
    /// The product.
    pub product: TargetId,
    /// How many base units.
    pub units: Exact,
    /// Its line.
    pub place: Place,
}

/// What an example expects.
#[derive(Debug)]
pub enum Expect {
    /// Total credits.
    Credits(Decimal),
    /// A refusal with this code.
    Refused(String),
    /// An excluded line.
    Excluded,
    /// A balance.
    Balance(Exact),
    /// A breached limit.
    Breach(String),
}

/// A stated property.
#[derive(Debug)]
pub struct Property {
    /// The product or license it speaks of.
    pub target: TargetId,
    /// What it states.
    pub statement: Statement,
    /// Its line.
    pub place: Place,
}

/// What `always` states.
#[derive(Debug)]
pub enum Statement {
    /// More units never give fewer credits.
    NeverFalls,
    /// A license converts to at least what its grants cost.
    KeepsValue,
    /// Credits per unit are bounded.
    PerUnit(Comparison, Decimal),
    /// Equal units never cost less than of another.
    CostsAtLeast(TargetId),
}

impl Program {
    /// The unit with this id.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.0 as usize)
    }

    /// The input with this id.
    pub fn input(&self, id: InputId) -> Option<&Input> {
        self.inputs.get(id.0 as usize)
    }

    /// The product or license with this id.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.targets.get(id.0 as usize)
    }
}

impl Target {
    /// The unit on its head.
    pub fn declared_unit(&self) -> Option<UnitId> {
        self.per.forms.first().map(|(_, per)| per.unit)
    }
}

impl Program {
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
}
