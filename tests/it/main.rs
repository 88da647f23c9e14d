//! The one integration test binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and tests read and write files"
)]

mod check;
mod cli;
mod corpus;
mod docs;
mod input;
mod limits;
mod oracle;
mod properties;
mod tidy;
