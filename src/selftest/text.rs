//! Examples that ran, for a person.

use super::{Ran, Verdict};
use crate::diagnostic::render::visible;
use crate::plan::Plan;
use crate::report::steps;
use crate::source::Sources;

/// How many examples ended which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Everything came out as expected.
    pub passed: usize,
    /// Something else came out.
    pub failed: usize,
}

impl Counts {
    /// Counts the verdicts.
    pub fn of<'a, 'b: 'a>(ran: impl IntoIterator<Item = &'a Ran<'b>>) -> Self {
        let mut counts = Self::default();
        for one in ran {
            match one.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed(_) => counts.failed += 1,
            }
        }
        counts
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.passed + self.failed
    }

    /// `136 examples: 136 passed, 0 failed`
    pub fn text(self) -> String {
        let total = self.total();
        let plural = if total == 1 { "" } else { "s" };
        format!("{total} example{plural}: {} passed, {} failed", self.passed, self.failed)
    }
}

/// A failed example: both figures, and the steps that led to the one found.
pub fn failure(plan: &Plan, sources: &Sources, ran: &Ran<'_>) -> String {
    let place = |place| sources.file_and_line(place);
    let head = format!("failed: \"{}\" at {}\n", ran.example.name, place(ran.example.place));
    visible(&(head + &details(plan, sources, ran)))
}

/// What was expected and found, and the steps.
pub(super) fn details(plan: &Plan, sources: &Sources, ran: &Ran<'_>) -> String {
    let place = |place| sources.file_and_line(place);
    let mut text = String::new();
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
    for line in &ran.lines {
        text.push_str(&format!("  given at {}\n", place(line.place)));
        for step in steps::to_text(plan, sources, &line.steps) {
            text.push_str(&format!("    {step}\n"));
        }
    }
    text
}
