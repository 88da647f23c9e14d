//! `test`: the examples of a ruleset.

use std::io::Write;

use super::failure::Failure;
use super::output::Output;
use super::{Test, rules};
use crate::project::Compiled;
use crate::report::steps;
use crate::selftest::{self, Ran, Verdict};

/// Whether every example that was run passed.
pub(super) fn run(options: &Test) -> Result<bool, Failure> {
    let Some(ruleset) = rules::compile(&options.rules)? else { return Ok(false) };
    let mut output = Output::open(None)?;
    let (mut passed, mut failed, mut not_run) = (0usize, 0usize, 0usize);
    for example in &ruleset.examples {
        let ran = selftest::run(&ruleset.plan, &ruleset.sources, example);
        match &ran.verdict {
            Verdict::Passed => passed += 1,
            Verdict::NotRun => not_run += 1,
            Verdict::Failed(_) => {
                failed += 1;
                let text = failure(&ruleset, &ran);
                output.write_all(text.as_bytes()).map_err(|error| Failure::stream(&error))?;
            }
        }
    }
    let not_run =
        if not_run > 0 { format!(", {not_run} not run (they allocate)") } else { String::new() };
    let total = ruleset.examples.len();
    let plural = if total == 1 { "" } else { "s" };
    writeln!(output, "{total} example{plural}: {passed} passed, {failed} failed{not_run}")
        .map_err(|error| Failure::stream(&error))?;
    output.finish()?;
    Ok(failed == 0)
}

/// A failed example: both figures, and the steps that led to the one found.
fn failure(ruleset: &Compiled, ran: &Ran<'_>) -> String {
    let place = |place| ruleset.sources.file_and_line(place);
    let mut text = format!("failed: \"{}\" at {}\n", ran.example.name, place(ran.example.place));
    if let Verdict::Failed(failures) = &ran.verdict {
        for failure in failures {
            text.push_str(&format!(
                "  {}: expected {}, found {}\n",
                place(failure.place),
                failure.expected,
                failure.found
            ));
        }
    }
    for (given, recorded) in &ran.steps {
        text.push_str(&format!("  given at {}\n", place(*given)));
        for line in steps::to_text(&ruleset.plan, &ruleset.sources, recorded) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    crate::diagnostic::render::visible(&text)
}
