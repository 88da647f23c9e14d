//! One workload, the ways to price it that are compared, and what drives and reports them.

pub mod baseline;
pub mod chart;
pub mod clock;
pub mod contender;
pub mod decimal;
pub mod driver;
pub mod engine;
pub mod lines;
pub mod oracle;
pub mod report;
pub mod results;
pub mod ruleset;
pub mod search;
pub mod tables;
pub mod text;
pub mod workload;
#[cfg(feature = "expressions")]
pub mod zen;
#[cfg(feature = "decision-table")]
pub mod zen_table;

/// Why a bench stops.
pub type Failure = Box<dyn std::error::Error>;
