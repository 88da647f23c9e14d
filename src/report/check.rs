//! What `check --format json` prints: findings, properties, boundaries and counts.

use serde::Serialize;

use super::boundaries::{Boundary, Figure};
use crate::check::verdict::{Status, Verdict};
use crate::diagnostic::machine::{Finding, Record, Summary, examples, record};
use crate::quantity::plain;
use crate::source::{Place, Sources};

/// The whole of it; what was not asked for is left out.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Every finding, by place.
    pub findings: Vec<Finding>,
    /// Every property, by place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proofs: Option<Vec<Proof>>,
    /// Every bound of a tier, by place; `null` where the rules have errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundaries: Option<Option<Vec<Bound>>>,
    /// The counts.
    pub summary: Summary,
}

/// A property with what became of it.
#[derive(Debug, Serialize)]
pub struct Proof {
    property: &'static str,
    subject: String,
    status: &'static str,
    accepted: bool,
    file: String,
    line: usize,
    message: Option<String>,
    witness: Option<Record>,
    examples: Vec<String>,
}

impl Proof {
    /// The wire form of a verdict.
    pub fn new(verdict: &Verdict, sources: &Sources) -> Self {
        let (file, line) = file_and_line(verdict.place, sources);
        let word = verdict.property.word();
        let found = verdict.found.as_ref();
        let witness = found.and_then(|(_, witness)| witness.as_ref());
        Self {
            property: word,
            subject: verdict.subject.clone(),
            status: verdict.status.word(),
            accepted: verdict.status == Status::Refuted { accepted: true },
            file,
            line,
            message: found.map(|(message, _)| message.clone()),
            witness: witness.map(record),
            examples: examples(word, witness),
        }
    }
}

/// A bound of a tier. Numbers are texts, so that no reader turns them into something inexact.
#[derive(Debug, Serialize)]
pub struct Bound {
    kind: &'static str,
    subject: String,
    file: String,
    line: usize,
    exception: bool,
    from: Option<String>,
    to: Option<String>,
    start: Option<String>,
    end: Option<String>,
    periods: Option<String>,
    unit: String,
    counted: bool,
    bound: String,
    inclusive: bool,
    block: Option<Block>,
    last: Side,
    first: Side,
    jump: Option<String>,
}

#[derive(Debug, Serialize)]
struct Block {
    size: String,
    unit: String,
    started: bool,
    bound: String,
}

/// `credits` are `null` where the line is refused.
#[derive(Debug, Serialize)]
struct Side {
    quantity: String,
    credits: Option<String>,
}

impl Bound {
    /// The wire form of a boundary.
    pub fn new(boundary: &Boundary, sources: &Sources) -> Self {
        let (file, line) = file_and_line(boundary.place, sources);
        let side = |figure: &Figure| Side {
            quantity: figure.quantity.text(),
            credits: figure.credits.as_ref().map(ToString::to_string),
        };
        let (from, to) = boundary.limits();
        let day = |day: jiff::civil::Date| day.to_string();
        let term = boundary.term.as_ref();
        Self {
            kind: boundary.kind.word(),
            subject: boundary.subject.clone(),
            file,
            line,
            exception: boundary.exception,
            from: from.map(day),
            to: to.map(day),
            start: term.map(|_| day(boundary.start)),
            end: term.map(|term| day(term.end)),
            periods: term.map(|term| term.periods.text()),
            unit: boundary.unit.clone(),
            counted: boundary.counted,
            bound: boundary.bound.text(),
            inclusive: boundary.inclusive,
            block: boundary.block.as_ref().map(|block| Block {
                size: plain(block.size),
                unit: block.unit.clone(),
                started: block.started,
                bound: block.bound.text(),
            }),
            last: side(&boundary.last),
            first: side(&boundary.first),
            jump: boundary.jump().map(|jump| jump.text()),
        }
    }
}

pub(super) fn file_and_line(place: Place, sources: &Sources) -> (String, usize) {
    sources.get(place.source).map_or_else(
        || (String::new(), 0),
        |source| (source.name().to_owned(), source.line(place.span.start)),
    )
}
