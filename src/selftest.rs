//! Runs the examples of a ruleset.

use crate::evaluate::{License, Outcome, Recording, Refusal, Step, evaluate};
use crate::hir::{Example, Expect, Given};
use crate::plan::{Plan, TargetId};
use crate::quantity::{Exact, plain};
use crate::report::refusal::{self, Refused};
use crate::source::{Place, Sources};

/// How an example ended.
#[derive(Debug)]
pub enum Verdict {
    /// Everything came out as expected.
    Passed,
    /// Something else came out.
    Failed(Vec<Failure>),
    /// It speaks of allocation, which this command does not run.
    NotRun,
}

/// One expectation that was not met.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// The `expect` line.
    pub place: Place,
    /// What was expected.
    pub expected: String,
    /// What came out.
    pub found: String,
}

/// An example with what it became.
#[derive(Debug)]
pub struct Ran<'a> {
    /// The example.
    pub example: &'a Example,
    /// How it ended.
    pub verdict: Verdict,
    /// The steps of each given line.
    pub steps: Vec<(Place, Vec<Step>)>,
}

/// Runs one example.
pub fn run<'a>(plan: &Plan, sources: &Sources, example: &'a Example) -> Ran<'a> {
    let speaks_of_allocation = !example.allocate.is_empty()
        || example
            .expect
            .iter()
            .any(|(expect, _)| matches!(expect, Expect::Balance(_) | Expect::Breach(_)));
    if speaks_of_allocation {
        return Ran { example, verdict: Verdict::NotRun, steps: Vec::new() };
    }
    let mut steps = Vec::with_capacity(example.given.len());
    let mut came = Came { credits: Exact::zero(), refused: Vec::new(), excluded: 0 };
    for given in &example.given {
        let mut recording = Recording::default();
        match license(plan, example, given, &mut recording) {
            Ok(Outcome::Converted { credits, .. }) => {
                came.credits = came.credits + Exact::from(credits);
            }
            Ok(Outcome::Excluded { .. }) => came.excluded += 1,
            Err(refusal) => {
                let sku = name(plan, given.target);
                came.refused.push(refusal::of_refusal(plan, sources, &refusal, sku, true));
            }
        }
        steps.push((given.place, recording.steps));
    }
    let failures: Vec<Failure> =
        example.expect.iter().filter_map(|(expect, place)| came.against(expect, *place)).collect();
    let verdict = if failures.is_empty() { Verdict::Passed } else { Verdict::Failed(failures) };
    Ran { example, verdict, steps }
}

fn name(plan: &Plan, target: TargetId) -> &str {
    plan.rule(target).map_or("", |rule| &rule.name)
}

fn license(
    plan: &Plan,
    example: &Example,
    given: &Given,
    recording: &mut Recording,
) -> Result<Outcome, Refusal> {
    let mut license = License::new(plan, name(plan, given.target), given.quantity);
    license.unit = Some(given.unit);
    license.start = example.on;
    license.end = given.until;
    for (input, value) in &given.facts {
        license.set(*input, value.clone());
    }
    evaluate(plan, &license, recording)
}

/// What the given lines came to.
struct Came {
    credits: Exact,
    refused: Vec<Refused>,
    excluded: usize,
}

impl Came {
    /// The failure of an expectation, if it is one.
    fn against(&self, expect: &Expect, place: Place) -> Option<Failure> {
        let (met, expected) = match expect {
            Expect::Credits(number) => {
                (self.refused.is_empty() && self.credits == Exact::from(*number), plain(*number))
            }
            Expect::Refused(code) => {
                (self.refused.iter().any(|refused| refused.code == code), format!("refused {code}"))
            }
            Expect::Excluded => {
                (self.excluded > 0 && self.refused.is_empty(), "excluded".to_owned())
            }
            Expect::Balance(_) | Expect::Breach(_) => return None,
        };
        (!met).then(|| Failure { place, expected, found: self.text() })
    }

    fn text(&self) -> String {
        if let Some(refused) = self.refused.first() {
            return format!("refused {} ({})", refused.code, refused.message);
        }
        if self.excluded > 0 && self.credits.is_zero() {
            return "excluded".to_owned();
        }
        self.credits.text()
    }
}
