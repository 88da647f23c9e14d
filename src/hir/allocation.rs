//! Limits on allocation, worked examples and stated properties.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Comparison, InputId, Origin, TargetId, UnitId, Value};
use crate::quantity::Exact;
use crate::source::Place;

/// The limit that every ruleset has.
pub const BALANCE: &str = "balance";

/// A limit on allocation.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct Given {
    /// What is held.
    pub target: TargetId,
    /// The code by which the line names it; none where it gives the name.
    pub code: Option<String>,
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
#[derive(Debug, Clone)]
pub struct Allocated {
    /// The product.
    pub product: TargetId,
    /// How many base units.
    pub units: Exact,
    /// Its line.
    pub place: Place,
}

/// What an example expects.
#[derive(Debug, Clone)]
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

/// An `always`: a stated property.
#[derive(Debug, Clone)]
pub struct Always {
    /// The product or license it speaks of.
    pub target: TargetId,
    /// What it states.
    pub statement: Statement,
    /// Its line.
    pub place: Place,
}

/// What `always` states.
#[derive(Debug, Clone)]
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
