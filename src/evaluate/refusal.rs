//! Why a line cannot be converted: data, without wording.

use jiff::civil::Date;

use crate::plan::{InputId, TargetId, UnitId};
use crate::source::Place;

/// Why a line that could be read cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No declaration has this code or name.
    UnknownSku,
    /// The code belongs to the rule on other days.
    CodeNotInForce {
        /// The rule.
        rule: TargetId,
    },
    /// The unit does not convert to the declared one.
    UnitMismatch {
        /// The unit of the line.
        given: UnitId,
        /// The declared unit.
        declared: UnitId,
    },
    /// What holds depends on the day, and the line has none.
    MissingStart {
        /// The rule.
        rule: TargetId,
    },
    /// Credits depend on the term, and the line has no last day.
    MissingEnd {
        /// The rule.
        rule: TargetId,
    },
    /// The last day is before the first.
    EndBeforeStart {
        /// First day.
        start: Date,
        /// Last day.
        end: Date,
    },
    /// An input that the rule looks at has no value and no default.
    MissingInput {
        /// The input.
        input: InputId,
    },
    /// The rule has no rate on this day or for this line.
    NoRate {
        /// The rule.
        rule: TargetId,
        /// The day; none where nothing is dated.
        day: Option<Date>,
    },
    /// The rule is not sold on this day.
    Withdrawn {
        /// The rule.
        rule: TargetId,
        /// The day; none where nothing is dated.
        day: Option<Date>,
        /// The `withdrawn`.
        place: Place,
    },
    /// The rate that applies is `refused`.
    RateRefused {
        /// The rule.
        rule: TargetId,
        /// The amount, tier or row.
        place: Place,
    },
    /// The count of units is below 0.
    NegativeCount {
        /// The rule.
        rule: TargetId,
    },
    /// The result has more digits than a number may have.
    Overflow,
}
