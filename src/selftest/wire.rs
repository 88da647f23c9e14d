//! Examples, and what they look at, as JSON.

use serde::Serialize;

use super::coverage::{Coverage, Item, Kind};
use super::text::Counts;
use super::{Ran, Verdict, percent};
use crate::source::{Place, Sources};

/// The whole of it; what was not asked for is left out.
#[derive(Debug, Serialize)]
pub struct Report<M> {
    /// Every example, by place.
    pub examples: Vec<Example>,
    /// What they look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Covered>,
    /// What they notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation: Option<M>,
    /// The counts.
    pub summary: Summary,
}

/// The counts.
#[derive(Debug, Serialize)]
pub struct Summary {
    examples: usize,
    passed: usize,
    failed: usize,
    not_run: usize,
}

impl From<Counts> for Summary {
    fn from(counts: Counts) -> Self {
        let Counts { passed, failed, not_run } = counts;
        Self { examples: counts.total(), passed, failed, not_run }
    }
}

/// An example.
#[derive(Debug, Serialize)]
pub struct Example {
    name: String,
    file: String,
    line: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
struct Failure {
    line: usize,
    expected: String,
    found: String,
}

impl Example {
    /// The wire form of an example that ran.
    pub fn new(ran: &Ran<'_>, sources: &Sources) -> Self {
        let (file, line) = place(ran.example.place, sources);
        let (status, failures) = match &ran.verdict {
            Verdict::Passed => ("passed", Vec::new()),
            Verdict::NotRun => ("not run", Vec::new()),
            Verdict::Failed(failures) => {
                let failure = |failure: &super::Failure| Failure {
                    line: place(failure.place, sources).1,
                    expected: failure.expected.clone(),
                    found: failure.found.clone(),
                };
                ("failed", failures.iter().map(failure).collect())
            }
        };
        Self { name: ran.example.name.clone(), file, line, status, failures }
    }
}

/// What the examples look at.
#[derive(Debug, Serialize)]
pub struct Covered {
    items: Vec<Touched>,
    needs_allocations: Vec<Untested>,
    kinds: Vec<Share>,
    touched: usize,
    total: usize,
    percent: String,
}

#[derive(Debug, Serialize)]
struct Touched {
    kind: &'static str,
    subject: String,
    file: String,
    line: usize,
    wants: String,
    examples: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Untested {
    kind: &'static str,
    name: String,
    file: String,
    line: usize,
}

#[derive(Debug, Serialize)]
struct Share {
    kind: &'static str,
    touched: usize,
    total: usize,
}

impl Covered {
    /// The wire form of a coverage by these examples.
    pub fn new(coverage: &Coverage, ran: &[Ran<'_>], sources: &Sources) -> Self {
        let item = |item: &Item| {
            let (file, line) = place(item.place, sources);
            let examples = item.examples.iter().filter_map(|index| ran.get(*index));
            Touched {
                kind: item.kind.word(),
                subject: item.subject.clone(),
                file,
                line,
                wants: item.wants.clone(),
                examples: examples.map(|one| one.example.name.clone()).collect(),
            }
        };
        let untested = |(kind, name, at): &(&'static str, String, Place)| {
            let (file, line) = place(*at, sources);
            Untested { kind, name: name.clone(), file, line }
        };
        let share = |kind: Kind| {
            let (touched, total) = coverage.count(Some(kind));
            Share { kind: kind.word(), touched, total }
        };
        let (touched, total) = coverage.count(None);
        Self {
            items: coverage.items.iter().map(item).collect(),
            needs_allocations: coverage.allocations.iter().map(untested).collect(),
            kinds: Kind::ALL.into_iter().map(share).filter(|share| share.total > 0).collect(),
            touched,
            total,
            percent: percent(touched, total).replace(" %", ""),
        }
    }
}

fn place(place: Place, sources: &Sources) -> (String, usize) {
    sources.get(place.source).map_or_else(
        || (String::new(), 0),
        |source| (source.name().to_owned(), source.line(place.span.start)),
    )
}
