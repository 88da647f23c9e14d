//! Watching the evaluator.

use jiff::civil::Date;

use crate::period::Term;
use crate::plan::{InputId, Origin, Per, TargetId, TierMode, UnitId, Value};
use crate::quantity::{Exact, Rounding};
use crate::source::Place;

use super::unused::Unused;

/// Sees each step as it is taken; the step is made only where somebody looks.
pub trait Observer {
    /// Takes note of a step.
    fn record(&mut self, step: impl FnOnce() -> Step);
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn record(&mut self, _: impl FnOnce() -> Step) {}
}

/// Keeps every step.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Observer for Recording {
    fn record(&mut self, step: impl FnOnce() -> Step) {
        self.steps.push(step());
    }
}

/// One step with its figures and the clauses that they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// 1: the product or license that the line names.
    Matched {
        /// The rule.
        rule: TargetId,
        /// The clause of the code; none where the line gives its name.
        code: Option<Origin>,
    },
    /// The line converts to nothing.
    Excluded {
        /// The `exclude`.
        origin: Origin,
    },
    /// 2: the clauses in force.
    Dated {
        /// The day; none where nothing is dated.
        day: Option<Date>,
        /// The day since which exactly these clauses hold.
        since: Date,
    },
    /// 3: units.
    Counted {
        /// The quantity in the declared unit.
        quantity: Exact,
        /// The declared unit.
        unit: UnitId,
        /// The `count`, and the inputs that it looks at.
        count: Option<(Origin, Seen)>,
        /// Units.
        units: Exact,
    },
    /// 4: charged units.
    Blocks {
        /// The clause.
        origin: Origin,
        /// Block and unit.
        per: Per,
        /// Charged units.
        charged: Exact,
    },
    /// 5: exact credits.
    Rated {
        /// The clause of the rate.
        origin: Origin,
        /// The row, tier or amount that decides.
        place: Place,
        /// The reason on its line, where it is not the clause's own.
        because: Option<String>,
        /// Whether the rate is an exception.
        exception: bool,
        /// Charged units.
        charged: Exact,
        /// How it charges.
        form: RatedForm,
        /// Credits.
        credits: Exact,
    },
    /// Beside 5: the rates that do not apply, and why not.
    Unused {
        /// Exceptions, own rates, then rows.
        rates: Vec<Unused>,
    },
    /// 6: periods.
    Prorated {
        /// The clause.
        origin: Origin,
        /// Period and proration.
        term: Term,
        /// First and last day.
        days: (Date, Date),
        /// Number of periods.
        periods: Exact,
        /// Credits.
        credits: Exact,
    },
    /// 7: a bound that was looked at.
    Bounded {
        /// The clause.
        origin: Origin,
        /// Whether it is `at most`; else `at least`.
        at_most: bool,
        /// The bound.
        bound: Exact,
        /// Credits.
        credits: Exact,
    },
    /// 8: rounded credits.
    Rounded {
        /// The clause, or the line of the ruleset's rounding.
        origin: Origin,
        /// Mode and step.
        rounding: Rounding,
        /// Credits.
        credits: Exact,
    },
    /// The steps of a granted product begin.
    Granted {
        /// The grant.
        origin: Origin,
        /// The product.
        product: TargetId,
        /// Units of the product in its declared unit.
        quantity: Exact,
    },
    /// The remaining steps of a granted product begin.
    Charged {
        /// The product.
        product: TargetId,
        /// Its units that are not charged together with others.
        units: Exact,
    },
    /// Products charged together.
    Together {
        /// Position in [`crate::plan::Plan::togethers`].
        together: usize,
        /// The rate's clause.
        origin: Origin,
        /// Units that all have.
        units: Exact,
        /// Credits a unit.
        rate: Exact,
        /// Credits.
        credits: Exact,
    },
    /// The sum over grants.
    Summed {
        /// Credits.
        credits: Exact,
    },
}

/// Inputs that a clause looked at, with their values.
pub type Seen = Vec<(InputId, Option<Value>)>;

/// A slice of `graduated` tiers: from, to, rate, flat amount, and the tier's line.
pub type Slice = (Exact, Exact, Exact, Exact, Place);

/// How a rate came to its credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RatedForm {
    /// No units, no credits.
    NoUnits,
    /// `each × units + flat`, by a plain rate, a row or a `volume` tier.
    Line {
        /// Credits for each unit.
        each: Exact,
        /// Credits once.
        flat: Exact,
        /// The mode, where it is a tier.
        mode: Option<TierMode>,
    },
    /// The slices of `graduated` tiers.
    Slices(Vec<Slice>),
}
