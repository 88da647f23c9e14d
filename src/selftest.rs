//! Runs the examples of a ruleset, and tells what of the rules they look at.

mod allocation;
pub mod bless;
pub mod coverage;
pub mod junit;
pub mod missing;
pub mod page;
pub mod text;
pub mod wire;
mod write;

pub use write::number as grouped;

use crate::allocate::Verified;
use crate::evaluate::{License, Outcome, Recording, Refusal, Step, evaluate};
use crate::hir::{Example, Expect, Given};
use crate::plan::Plan;
use crate::quantity::{Exact, plain};
use crate::report::holding::{NotAllocated, Rules};
use crate::report::refusal::{self, Refused};
use crate::source::{Place, Sources};

/// How an example ended.
#[derive(Debug)]
pub enum Verdict {
    /// Everything came out as expected.
    Passed,
    /// Something else came out.
    Failed(Vec<Failure>),
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
    /// What follows `expect` where that is expected.
    pub instead: String,
}

/// An example with what it became.
#[derive(Debug)]
pub struct Ran<'a> {
    /// The example.
    pub example: &'a Example,
    /// How it ended.
    pub verdict: Verdict,
    /// What became of each given line.
    pub lines: Vec<Line>,
    /// Limits that its allocation breaches, and rates that it charges products together by.
    pub touched: Vec<Place>,
}

/// A given line with what the evaluator did.
#[derive(Debug)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    /// The steps that were taken.
    pub steps: Vec<Step>,
    /// What came out.
    pub outcome: Result<Outcome, Refusal>,
}

/// `99.3 %`, never rounded up to 100.
pub fn percent(part: usize, whole: usize) -> String {
    let tenths = (part * 1_000).checked_div(whole).unwrap_or(1_000);
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        rest => format!("{}.{rest} %", tenths / 10),
    }
}

/// Runs every example.
pub fn run_all<'a>(plan: &Plan, sources: &Sources, examples: &'a [Example]) -> Vec<Ran<'a>> {
    examples.iter().map(|example| run(plan, sources, example)).collect()
}

/// Runs one example.
pub fn run<'a>(plan: &Plan, sources: &Sources, example: &'a Example) -> Ran<'a> {
    let mut lines = Vec::with_capacity(example.given.len());
    let mut came =
        Came { credits: Exact::zero(), refused: Vec::new(), excluded: 0, allocation: None };
    for given in &example.given {
        let mut recording = Recording::default();
        let outcome = license(plan, example, given, &mut recording);
        match &outcome {
            Ok(Outcome::Converted { credits, .. }) => {
                came.credits = came.credits + Exact::from(*credits);
            }
            Ok(Outcome::Excluded { .. }) => came.excluded += 1,
            Err(refusal) => {
                let sku = sku(plan, given);
                came.refused.push(refusal::of_refusal(plan, sources, refusal, sku, true));
            }
        }
        lines.push(Line { place: given.place, steps: recording.steps, outcome });
    }
    let mut touched = Vec::new();
    if allocation::is_spoken_of(example) {
        match allocation::verified(plan, example, &lines) {
            Ok(verified) => {
                touched = allocation::touched(plan, example, &verified);
                came.allocation = Some(Allocation::of(plan, &verified));
            }
            Err(refused) => {
                let rules = Rules { plan, sources };
                let refused = refused.iter().map(|own| {
                    let NotAllocated { product, code, message } = rules.refused(own);
                    Refused { code, message, column: String::new(), value: product, cause: None }
                });
                came.refused.extend(refused);
            }
        }
    }
    let mut failures: Vec<Failure> =
        example.expect.iter().filter_map(|(expect, place)| came.against(expect, *place)).collect();
    failures.extend(came.unexpected(example));
    let verdict = if failures.is_empty() { Verdict::Passed } else { Verdict::Failed(failures) };
    Ran { example, verdict, lines, touched }
}

/// How a line names what is held.
fn sku<'a>(plan: &'a Plan, given: &'a Given) -> &'a str {
    let name = || plan.rule(given.target).map_or("", |rule| &rule.name);
    given.code.as_deref().unwrap_or_else(name)
}

fn license(
    plan: &Plan,
    example: &Example,
    given: &Given,
    recording: &mut Recording,
) -> Result<Outcome, Refusal> {
    let mut license = License::new(plan, sku(plan, given), given.quantity);
    license.unit = Some(given.unit);
    license.start = example.on;
    license.end = given.until;
    for (input, value) in &given.facts {
        license.set(*input, value.clone());
    }
    evaluate(plan, &license, recording)
}

/// A balance as an example expects it.
fn balance(balance: &Exact) -> String {
    let text = balance.text();
    match text.strip_prefix('-') {
        Some(size) => format!("balance -{}", write::number(size)),
        None => format!("balance {}", write::number(&text)),
    }
}

/// What the given lines came to.
struct Came {
    credits: Exact,
    refused: Vec<Refused>,
    excluded: usize,
    allocation: Option<Allocation>,
}

/// What an allocation came to.
struct Allocation {
    balance: Exact,
    /// Breached limits, and whether each refuses.
    breaches: Vec<(String, bool)>,
}

impl Allocation {
    fn of(plan: &Plan, verified: &Verified) -> Self {
        let limits = verified.breaches().filter_map(|line| plan.limits.get(line.limit));
        let breaches = limits.map(|limit| (limit.name.clone(), !limit.warn)).collect();
        Self { balance: verified.balance(), breaches }
    }

    fn text(&self) -> String {
        let names: Vec<&str> = self.breaches.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            "no breach".to_owned()
        } else {
            format!("breach of {}", names.join(", "))
        }
    }
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
            Expect::Balance(balance) => {
                let met = |own: &Allocation| self.refused.is_empty() && own.balance == *balance;
                (self.allocation.as_ref().is_some_and(met), format!("balance {balance}"))
            }
            Expect::Breach(name) => {
                let met =
                    |own: &Allocation| own.breaches.iter().any(|(breached, _)| breached == name);
                (self.allocation.as_ref().is_some_and(met), format!("breach of {name}"))
            }
        };
        (!met).then(|| self.failure(place, expected, Some(expect)))
    }

    /// A breach that refuses, in an example that expects a balance and no such breach.
    fn unexpected(&self, example: &Example) -> Option<Failure> {
        let expects = |wanted: &dyn Fn(&Expect) -> bool| {
            example.expect.iter().find(|(expect, _)| wanted(expect))
        };
        let (_, place) = expects(&|expect| matches!(expect, Expect::Balance(_)))?;
        let known =
            |name: &str| expects(&|expect| matches!(expect, Expect::Breach(own) if own == name));
        let mut breaches = self.allocation.iter().flat_map(|own| &own.breaches);
        let (name, _) = breaches.find(|(name, refuses)| *refuses && known(name).is_none())?;
        let (expected, found) = ("no breach that refuses".to_owned(), format!("breach of {name}"));
        Some(Failure { place: *place, expected, instead: found.clone(), found })
    }

    fn failure(&self, place: Place, expected: String, expect: Option<&Expect>) -> Failure {
        let allocation = self.allocation.as_ref().filter(|_| self.refused.is_empty());
        let (found, instead) = match (expect, allocation) {
            (Some(Expect::Balance(_)), Some(own)) => {
                (format!("balance {}", own.balance), balance(&own.balance))
            }
            (Some(Expect::Breach(_)), Some(own)) => {
                let first = own.breaches.first();
                let instead = first.map(|(name, _)| format!("breach of {name}"));
                (own.text(), instead.unwrap_or_else(|| balance(&own.balance)))
            }
            _ => (self.text(), self.expectation()),
        };
        Failure { place, expected, found, instead }
    }

    fn text(&self) -> String {
        match self.refused.first() {
            Some(refused) => format!("refused {} ({})", refused.code, refused.message),
            None if self.is_excluded() => "excluded".to_owned(),
            None => self.credits.text(),
        }
    }

    /// What follows `expect` in a rule file that expects it.
    fn expectation(&self) -> String {
        match self.refused.first() {
            Some(refused) => format!("refused {}", refused.code),
            None if self.is_excluded() => "excluded".to_owned(),
            None => write::number(&self.credits.text()),
        }
    }

    fn is_excluded(&self) -> bool {
        self.excluded > 0 && self.credits.is_zero()
    }
}
