//! `--watch`: runs again whenever a rule file changes.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::once;
use crate::cli::Test;
use crate::cli::failure::Failure;
use crate::cli::output::complain;
use crate::diagnostic::render::visible;
use crate::files;

/// How often the files are looked at.
const PAUSE: Duration = Duration::from_millis(300);

/// Ends only where standard output is closed, or by the user.
pub(super) fn run(options: &Test) -> Result<bool, Failure> {
    // What cannot be read at the start is a mistake of the command; later it is a file being saved.
    files::read(&options.rules).map_err(|files::Unreadable(reason)| Failure::new(reason))?;
    loop {
        let seen = texts(&options.rules);
        match once(options) {
            Ok(_) => {}
            Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
            Err(failure) => complain(&format!("error: {failure}\n")),
        }
        let shown = visible(&options.rules.display().to_string());
        complain(&format!("watching {shown}; Ctrl-C ends\n"));
        while texts(&options.rules) == seen {
            sleep(PAUSE);
        }
    }
}

/// Names and texts of the files, or why they cannot be read.
fn texts(rules: &Path) -> Result<Vec<(String, String)>, files::Unreadable> {
    let read = files::read(rules)?;
    let text = |(_, source): (_, &crate::source::Source)| {
        (source.name().to_owned(), source.text().to_owned())
    };
    Ok(read.sources.iter().map(text).collect())
}
