//! Turns software licenses into credits by rules that are checked before they run.
//!
//! ```text
//! text ──syntax::parse──▶ Parse ──hir::resolve──▶ Program ──check──▶ Checked
//!      ──plan::compile──▶ Plan ──evaluate──▶ Outcome ──report──▶ Line
//! ```
//!
//! Every stage is a type that only the stage before can make. Below [`cli`] nothing reads a file,
//! the clock or the environment, and there is no float anywhere: literals are exact decimals,
//! everything computed is an exact rational, and [`quantity::Rounding`] rounds once a line.
//!
//! [`project`] is the door: sources in, findings or a ruleset out.

pub mod allocate;
pub mod batch;
pub mod check;
pub mod cli;
pub mod compare;
pub mod convert;
pub mod curve;
pub mod diagnostic;
pub mod engine;
pub mod evaluate;
pub mod files;
pub mod hir;
pub mod holdings;
pub mod input;
pub mod invert;
pub mod keyed;
pub mod linear;
pub mod mutate;
pub mod packing;
pub mod period;
pub mod plan;
pub mod project;
pub mod quantity;
pub mod report;
pub mod selftest;
pub mod source;
pub mod syntax;
