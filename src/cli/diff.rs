//! `diff`: what two rulesets say differently.

use std::io::Write;
use std::path::Path;

use super::failure::Failure;
use super::output::Output;
use super::{Diff, DiffFormat, rules};
use crate::compare;
use crate::diagnostic::render::visible;
use crate::project::Compiled;
use crate::report::compare::{report, text};

/// Whether nothing differs.
pub(super) fn run(options: &Diff) -> Result<bool, Failure> {
    let (old, new) = (compiled(&options.old)?, compiled(&options.new)?);
    let (old, new) = both(old, new)?;
    let diff = compare::compare(old.rules(), new.rules());
    let report = report(&diff, [old.rules(), new.rules()], [&old.sources, &new.sources]);
    let printed = match options.format {
        DiffFormat::Text => visible(&text(&report)),
        DiffFormat::Json => serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new(error.to_string()))?,
    };
    let mut output = Output::open(None)?;
    writeln!(output, "{printed}").map_err(|error| Failure::stream(&error))?;
    output.finish()?;
    Ok(diff.is_equal())
}

/// Both rulesets, or which of them has errors.
fn both(old: Option<Compiled>, new: Option<Compiled>) -> Result<(Compiled, Compiled), Failure> {
    let failed = |which: &str| {
        Failure::new(format!("{which} has errors: only rulesets without errors are compared"))
    };
    match (old, new) {
        (Some(old), Some(new)) => Ok((old, new)),
        (None, Some(_)) => Err(failed("the old ruleset")),
        (Some(_), None) => Err(failed("the new ruleset")),
        (None, None) => Err(failed("each of the rulesets")),
    }
}

fn compiled(path: &Path) -> Result<Option<Compiled>, Failure> {
    rules::compile(path)
}
