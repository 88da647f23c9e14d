//! Rulesets for commands: read, or told why they cannot be.

use std::path::Path;

use super::failure::Failure;
use super::{output, style};
use crate::diagnostic::{Diagnostic, render};
use crate::files::{self, Rules};
use crate::project::{self, Compiled, Ruleset};

/// Reads a `.rules` file, or every one below a folder.
pub(super) fn read(path: &Path) -> Result<Rules, Failure> {
    files::read(path).map_err(|files::Unreadable(reason)| Failure::new(reason))
}

/// The ruleset, or its findings on standard error.
pub(super) fn compile(path: &Path) -> Result<Option<Compiled>, Failure> {
    Ok(compile_in(path)?.map(|(ruleset, _)| ruleset))
}

/// The same, with what stands before the names of its files when they are shown.
pub(super) fn compile_in(path: &Path) -> Result<Option<(Compiled, String)>, Failure> {
    let Rules { sources, folder } = read(path)?;
    let compiled = compiled(project::prepare(sources), &folder);
    Ok(compiled.map(|compiled| (compiled, folder)))
}

/// The ruleset, or its findings on standard error.
pub(super) fn compiled(ruleset: Ruleset, folder: &str) -> Option<Compiled> {
    match ruleset.compile() {
        Ok(ruleset) => Some(ruleset),
        Err(ruleset) => {
            show(&ruleset, folder, &ruleset.diagnostics);
            output::complain(&format!("{}\n", ruleset.summary.text()));
            None
        }
    }
}

/// Draws findings on standard error.
pub(super) fn show(ruleset: &Ruleset, folder: &str, diagnostics: &[Diagnostic]) {
    output::complain(&render::render(diagnostics, &ruleset.sources, folder, style()));
}
