//! Products and licenses with their clauses.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::set::Set;
use super::timeline::Timeline;
use super::{InputId, TargetId, TierMode, UnitId};
use crate::period::{Layout, Term};
use crate::quantity::{Exact, Rounding};
use crate::source::Place;

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
#[derive(Debug, Clone)]
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
    /// Exceptions, one for each set of lines, in the order of their conditions.
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
    /// The products that the credits of a license are for, where not for all.
    pub only_for: Timeline<Vec<TargetId>>,
}

impl Target {
    /// The layouts of all clauses that a line may depend on, exceptions apart: of those there may be
    /// thousands.
    pub fn layouts(&self) -> impl Iterator<Item = &Layout> {
        let own = [
            &self.per.layout,
            &self.skus.layout,
            &self.count.layout,
            &self.rate.layout,
            &self.at_least.layout,
            &self.at_most.layout,
            &self.zero_charged.layout,
            &self.rounding.layout,
            &self.withdrawn.layout,
            &self.allow_falling.layout,
            &self.allow_loss.layout,
            &self.only_for.layout,
        ];
        own.into_iter().chain(self.grants.iter().map(|grant| &grant.units.layout))
    }

    /// The layouts of its exceptions.
    pub fn exception_layouts(&self) -> impl Iterator<Item = &Layout> {
        self.exceptions.iter().map(|exception| &exception.rate.layout)
    }
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
#[derive(Debug, Clone)]
pub struct GrantLine {
    /// The product.
    pub product: TargetId,
    /// How many base units of the product's dimension one unit of the license stands for.
    pub units: Timeline<Exact>,
}

/// An exception with its dated forms.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The lines it holds on.
    pub condition: Condition,
    /// What it charges there.
    pub rate: Timeline<Rate>,
}

/// A conjunction of sets, one an input: a box. An input that is not named admits everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
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

impl Target {
    /// The unit on its head.
    pub fn declared_unit(&self) -> Option<UnitId> {
        self.per.forms.first().map(|(_, per)| per.unit)
    }
}

impl Condition {
    /// Whether every line on which it holds is one on which the other holds.
    pub fn implies(&self, other: &Self) -> bool {
        other
            .sets
            .iter()
            .all(|(input, set)| self.sets.get(input).is_some_and(|own| own.is_subset(set)))
    }

    /// Whether a line can exist on which both hold.
    pub fn meets(&self, other: &Self) -> bool {
        self.sets.iter().all(|(input, set)| {
            other.sets.get(input).is_none_or(|other| !set.intersect(other).is_empty())
        })
    }
}
