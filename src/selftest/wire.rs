//! Examples, and what they look at, as JSON.

use std::collections::BTreeSet;

use serde::Serialize;

use super::coverage::{Allocatable, Coverage, Item, Kind};
use super::text::Counts;
use super::{Ran, Verdict, missing, percent};
use crate::source::{Place, Sources};

/// The whole of it; what was not asked for is left out.
#[derive(Debug, Serialize)]
pub struct Report<M> {
    /// Every example, by place.
    pub examples: Vec<Example>,
    /// What they look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Covered>,
    /// Examples for what they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
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
}

impl From<Counts> for Summary {
    fn from(counts: Counts) -> Self {
        let Counts { passed, failed } = counts;
        Self { examples: counts.total(), passed, failed }
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
    allocations: Vec<Allocated>,
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
struct Allocated {
    kind: &'static str,
    name: String,
    file: String,
    line: usize,
    can_be_touched: bool,
    examples: Vec<String>,
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
        let names = |examples: &BTreeSet<usize>| {
            let examples = examples.iter().filter_map(|index| ran.get(*index));
            examples.map(|one| one.example.name.clone()).collect()
        };
        let item = |item: &Item| {
            let (file, line) = place(item.place, sources);
            Touched {
                kind: item.kind.word(),
                subject: item.subject.clone(),
                file,
                line,
                wants: item.wants.clone(),
                examples: names(&item.examples),
            }
        };
        let allocated = |own: &Allocatable| {
            let (file, line) = place(own.place, sources);
            Allocated {
                kind: own.kind,
                name: own.name.clone(),
                file,
                line,
                can_be_touched: own.can_be_touched,
                examples: names(&own.examples),
            }
        };
        let share = |kind: Kind| {
            let (touched, total) = coverage.count(Some(kind));
            Share { kind: kind.word(), touched, total }
        };
        let (touched, total) = coverage.count(None);
        Self {
            items: coverage.items.iter().map(item).collect(),
            allocations: coverage.allocations.iter().map(allocated).collect(),
            kinds: Kind::ALL.into_iter().map(share).filter(|share| share.total > 0).collect(),
            touched,
            total,
            percent: percent(touched, total).replace(" %", ""),
        }
    }
}

/// Examples to add.
#[derive(Debug, Serialize)]
pub struct Missing {
    examples: Vec<Skeleton>,
    not_found: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Skeleton {
    name: String,
    shows: Vec<String>,
    text: String,
}

impl From<missing::Missing> for Missing {
    fn from(missing: missing::Missing) -> Self {
        let skeleton = |own: missing::Skeleton| {
            let missing::Skeleton { shows, name, text } = own;
            Skeleton { name, shows, text }
        };
        let examples = missing.examples.into_iter().map(skeleton).collect();
        Self { examples, not_found: missing.not_found }
    }
}

fn place(place: Place, sources: &Sources) -> (String, usize) {
    sources.get(place.source).map_or_else(
        || (String::new(), 0),
        |source| (source.name().to_owned(), source.line(place.span.start)),
    )
}
