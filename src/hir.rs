//! What the rules say, with every name resolved and every dated clause on a timeline; no text, no
//! comments, nothing of the parser.

mod allocation;
mod clauses;
mod condition;
mod diagnostics;
mod example;
mod expression;
mod in_force;
mod input;
mod kept;
mod limit;
mod names;
mod program;
mod rate;
mod resolve;
pub mod set;
mod target;
pub mod timeline;
mod together;
mod unit;

pub use crate::syntax::ast::{Comparison, TierMode};
pub use allocation::{
    Allocated, Always, BALANCE, Example, Expect, Given, Limit, LimitBody, LimitMeasure, LimitTerm,
    Statement,
};
pub use clauses::{
    Amount, Condition, Exception, Expression, GrantLine, Per, Rate, Row, Target, TargetKind, Tier,
};
pub use kept::{Kept, Measured};
pub use program::{
    ACCOUNT, Exclude, Grace, Input, InputId, InputKind, Origin, Program, QUANTITY, TargetId,
    Together, Unit, UnitId, Value,
};
pub use resolve::resolve;
