//! What keeps a command from doing its work, as opposed to what it finds.

use std::fmt;
use std::io;
use std::path::Path;

use crate::diagnostic::render::visible;
use crate::files::said;
use crate::input::Unreadable;
use crate::report::table::Unwritable;

/// Why a command could not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// Arguments that do not fit together, or a file that cannot be read or written.
    Stopped(String),
    /// Nobody reads the output any more.
    ClosedPipe,
    /// An answer that its own check does not confirm: a fault of the program.
    Unconfirmed(String),
}

impl Failure {
    /// A failure with its reason.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self::Stopped(reason.into())
    }

    /// What the system said about a file.
    pub(super) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        let missing = doing == "write" && error.kind() == io::ErrorKind::NotFound;
        let help = if missing { "; make the folder first" } else { "" };
        Self::Stopped(format!("cannot {doing} `{}`: {}{help}", path.display(), said(path, error)))
    }

    /// What the system said about a standard stream.
    pub(super) fn stream(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Self::Stopped(format!("cannot write the output: {error}"))
    }
}

impl From<Unreadable> for Failure {
    fn from(Unreadable(reason): Unreadable) -> Self {
        Self::Stopped(reason)
    }
}

impl From<Unwritable> for Failure {
    fn from(Unwritable(reason): Unwritable) -> Self {
        Self::Stopped(reason)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(reason) => f.write_str(&visible(reason)),
            Self::ClosedPipe => f.write_str("the output was closed"),
            Self::Unconfirmed(what) => {
                write!(
                    f,
                    "this is a fault of credit-rules, and nothing is answered: {}",
                    visible(what)
                )
            }
        }
    }
}
