//! The rules as the evaluator runs them: for each product and license the versions that hold from
//! day to day, and every rate as pieces of straight lines.

mod compile;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

pub use crate::curve::edges::{Blocks, Edge};
pub use crate::curve::stepped::{Cut, Gathered, Mixed, Stepped, Stretch};
pub use crate::curve::{Curve, Piece};
pub use crate::hir::set::{Interval, Set};
pub use crate::hir::timeline::Timeline;
pub use crate::hir::{
    ACCOUNT, Comparison, Condition, Exclude, Expression, Grace, Input, InputId, InputKind, Kept,
    LimitBody, LimitMeasure, LimitTerm, Measured, Origin, Per, QUANTITY, TargetId, TargetKind,
    TierMode, Unit, UnitId, Value,
};
use crate::period::Days;
use crate::quantity::{Exact, Rounding};
use crate::source::Place;
pub use compile::compile;

/// A compiled ruleset.
#[derive(Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// How the credits of a line are rounded unless its rule says otherwise, and where that stands.
    pub rounding: (Origin, Rounding),
    /// Units, by id.
    pub units: Vec<Unit>,
    /// Units by name and alias.
    pub unit_names: BTreeMap<String, UnitId>,
    /// Inputs, by id.
    pub inputs: Vec<Input>,
    /// Products and licenses, by id.
    pub rules: Vec<Rule>,
    /// Rules by code and by name.
    pub owners: BTreeMap<String, Owner>,
    /// Lines that convert to nothing, in file order.
    pub excludes: Vec<Exclude>,
    /// Products that cost less together: those with more members first, then by name.
    pub togethers: Vec<Together>,
    /// How long credits outlive their license; none, where not at all.
    pub grace: Option<Grace>,
    /// Limits on allocation, in file order; behind them the `balance` that holds where none is
    /// declared.
    pub limits: Vec<Limit>,
}

/// A limit on allocation.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Its name.
    pub name: String,
    /// Where, when and why; of a limit by default, the line that rounds credits.
    pub origin: Origin,
    /// What it demands.
    pub body: LimitBody,
    /// Whether a breach is only a warning.
    pub warn: bool,
    /// The days on which it is in force, rising.
    pub days: Vec<Days>,
    /// Whether it holds because no other `balance` is declared.
    pub by_default: bool,
}

impl Limit {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.days.iter().any(|days| days.from <= day && day <= days.to)
    }
}

/// Whose a code or name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The rule.
    pub rule: TargetId,
    /// Whether it is a code, which may hold on some days only, or a name.
    pub is_code: bool,
}

/// A product or license.
#[derive(Debug)]
pub struct Rule {
    /// Product or license.
    pub kind: TargetKind,
    /// Its name.
    pub name: String,
    /// Its head.
    pub place: Place,
    /// The unit on its head.
    pub unit: UnitId,
    /// Units and blocks.
    pub pers: Vec<(Origin, Per)>,
    /// Codes, each list in order.
    pub skus: Vec<(Origin, Vec<String>)>,
    /// Count programs.
    pub counts: Vec<(Origin, Expression)>,
    /// Own rates.
    pub rates: Vec<(Origin, Rate)>,
    /// Exceptions, each with its own timeline: there may be thousands, on as many days.
    pub exceptions: Vec<Exception>,
    /// Lower bounds.
    pub at_least: Vec<(Origin, Decimal)>,
    /// Upper bounds.
    pub at_most: Vec<(Origin, Decimal)>,
    /// Own roundings.
    pub roundings: Vec<(Origin, Rounding)>,
    /// Withdrawals.
    pub withdrawn: Vec<(Origin, ())>,
    /// Grants: how many base units of a product one unit stands for.
    pub grants: Vec<(Origin, TargetId, Exact)>,
    /// Products that its credits are only for.
    pub only_for: Vec<(Origin, Vec<TargetId>)>,
    /// What holds from which day on; the first holds from the beginning.
    pub versions: Vec<Version>,
}

/// The clauses in force from one day until the next version: places in the lists of the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clauses {
    /// Unit and block.
    pub per: Option<usize>,
    /// Codes.
    pub sku: Option<usize>,
    /// Count program.
    pub count: Option<usize>,
    /// Own rate.
    pub rate: Option<usize>,
    /// Lower bound.
    pub at_least: Option<usize>,
    /// Upper bound.
    pub at_most: Option<usize>,
    /// Whether a quantity of 0 enters the first tier.
    pub zero_charged: bool,
    /// Own rounding.
    pub rounding: Option<usize>,
    /// Withdrawal.
    pub withdrawn: Option<usize>,
    /// Grants.
    pub grants: Vec<usize>,
    /// What its credits are only for.
    pub only_for: Option<usize>,
    /// Inputs that any of these looks at, without `quantity` and `account`.
    pub inputs: Vec<InputId>,
}

/// An exception.
#[derive(Debug)]
pub struct Exception {
    /// The lines it holds on.
    pub condition: Condition,
    /// What it charges there.
    pub rate: Timeline<Rate>,
}

/// The clauses in force from a day on.
#[derive(Debug)]
pub struct Version {
    /// The first day.
    pub from: Date,
    /// What holds.
    pub clauses: Clauses,
}

/// A rate.
#[derive(Debug)]
pub enum Rate {
    /// Credits over charged units.
    Curve(Curve),
    /// A table over inputs.
    Table(Table),
}

/// A table over inputs.
#[derive(Debug)]
pub struct Table {
    /// The inputs.
    pub columns: Vec<InputId>,
    /// A set a column, `None` for `any`; no cells for `otherwise`, which stands last.
    pub rows: Vec<(Option<Vec<Option<Set>>>, Piece)>,
}

/// Products that cost less together.
#[derive(Debug)]
pub struct Together {
    /// Its name.
    pub name: String,
    /// The products.
    pub members: Vec<TargetId>,
    /// Credits for as many units as all have.
    pub rate: Timeline<Decimal>,
}

impl Plan {
    /// The rule with this id.
    #[inline]
    pub fn rule(&self, id: TargetId) -> Option<&Rule> {
        self.rules.get(id.0 as usize)
    }

    /// The unit with this id.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.0 as usize)
    }

    /// The input with this id.
    pub fn input(&self, id: InputId) -> Option<&Input> {
        self.inputs.get(id.0 as usize)
    }
}

impl Rule {
    /// The clauses in force on a day. Without a day they are known only where nothing of the rule
    /// is dated.
    pub fn on(&self, day: Option<Date>) -> Option<&Version> {
        let Some(day) = day else {
            let dated = self.exceptions.iter().any(|exception| exception.rate.is_dated());
            return self.versions.first().filter(|_| self.versions.len() == 1 && !dated);
        };
        let after = self.versions.partition_point(|version| version.from <= day);
        self.versions.get(after.checked_sub(1)?)
    }
}
