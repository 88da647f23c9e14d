//! Rulesets for commands: read, or told why they cannot be.

use std::path::Path;

use super::failure::Failure;
use super::{output, style};
use crate::diagnostic::{Diagnostic, render};
use crate::files::{self, Rules};
use crate::project::{self, Analysis, Ruleset};

/// Reads a `.rules` file, or every one below a folder.
pub(super) fn read(path: &Path) -> Result<Rules, Failure> {
    files::read(path).map_err(|files::Unreadable(reason)| Failure::new(reason))
}

/// The ruleset, or its findings on standard error.
pub(super) fn compile(path: &Path) -> Result<Option<Ruleset>, Failure> {
    let Rules { sources, folder } = read(path)?;
    match project::analyze(sources).compile() {
        Ok(ruleset) => Ok(Some(ruleset)),
        Err(analysis) => {
            show(&analysis, &folder, &analysis.diagnostics);
            output::complain(&format!("{}\n", analysis.summary.text()));
            Ok(None)
        }
    }
}

/// Draws findings on standard error.
pub(super) fn show(analysis: &Analysis, folder: &str, diagnostics: &[Diagnostic]) {
    output::complain(&render::render(diagnostics, &analysis.sources, folder, style()));
}
