//! The exact solver: whole units of products under constraints that are proved in whole numbers.

mod amounts;
pub mod apart;
mod changes;
pub mod cost;
mod ends;
mod floor;
pub mod frame;
mod grid;
mod infer;
pub mod model;
pub mod nearest;
pub mod number;
pub mod price;
pub mod restore;
pub mod search;
pub mod shared;
mod state;

pub use infer::Work;
