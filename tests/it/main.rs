//! The one integration test binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and tests read and write files"
)]

mod allocate;
mod blocks;
mod check;
mod cli;
#[cfg(feature = "parquet")]
mod columnar;
mod corpus;
mod diff;
mod docs;
mod exact;
mod explain;
mod formats;
mod input;
mod limits;
mod missing;
mod oracle;
mod properties;
mod testing;
mod tidy;
