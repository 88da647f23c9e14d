//! What became of each property.

use crate::diagnostic::{Code, Diagnostic, Severity, Witness};
use crate::source::Place;

/// A property that every ruleset is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// A rate for every day from the first on, and for every line.
    TimeCoverage,
    /// A table covers every line.
    TableComplete,
    /// No two rows of a table cover one line.
    TableUnambiguous,
    /// Of two exceptions that can hold together, one implies the other.
    ExceptionUnambiguous,
    /// Something can reach every clause.
    ClausesUsed,
    /// More units never give fewer credits.
    NeverFalls,
    /// A license converts to at least what its grants cost.
    ValueKept,
    /// No result is too long for quantities up to 10¹².
    NoOverflow,
    /// Some allocation keeps the limit, or all limits.
    LimitsPossible,
    /// Some allocation that keeps the other limits breaks this one.
    LimitBinds,
    /// What an `always` states.
    Stated,
}

impl Property {
    /// The word by which it is known.
    pub fn word(self) -> &'static str {
        match self {
            Self::TimeCoverage => "time-coverage",
            Self::TableComplete => "table-complete",
            Self::TableUnambiguous => "table-unambiguous",
            Self::ExceptionUnambiguous => "exception-unambiguous",
            Self::ClausesUsed => "clauses-used",
            Self::NeverFalls => "never-falls",
            Self::ValueKept => "value-kept",
            Self::NoOverflow => "no-overflow",
            Self::LimitsPossible => "limits-possible",
            Self::LimitBinds => "limit-binds",
            Self::Stated => "stated",
        }
    }
}

/// How a property ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It holds for every input and day.
    Proved,
    /// It does not hold.
    Refuted {
        /// Whether the rules accept it.
        accepted: bool,
    },
    /// It was given up.
    NotDecided,
}

impl Status {
    /// `proved`, `refuted` or `not decided`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Refuted { .. } => "refuted",
            Self::NotDecided => "not decided",
        }
    }
}

/// A property of a product, license, limit or table with what became of it.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Which property.
    pub property: Property,
    /// Whose.
    pub subject: String,
    /// Its declaration or clause.
    pub place: Place,
    /// How it ended.
    pub status: Status,
    /// What was found where it was not proved: the message and what shows it.
    pub found: Option<(String, Option<Witness>)>,
}

impl Verdict {
    /// The verdict over a property: proved where nothing was found against it.
    pub(super) fn new(
        property: Property,
        subject: &str,
        place: Place,
        against: &[Diagnostic],
    ) -> Self {
        let open = |found: &&Diagnostic| found.code == Code::NotDecided;
        let refuting = against.iter().find(|found| !open(found));
        let status = match (refuting, against.first()) {
            (Some(_), _) => Status::Refuted {
                accepted: against.iter().all(|found| found.severity == Severity::Note),
            },
            (None, Some(_)) => Status::NotDecided,
            (None, None) => Status::Proved,
        };
        let found = refuting.or(against.first());
        Self {
            property,
            subject: subject.to_owned(),
            place,
            status,
            found: found.map(|found| (found.message.clone(), found.witness.clone())),
        }
    }
}
