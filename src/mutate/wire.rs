//! Mutants as JSON.

use serde::Serialize;

use super::{Fate, Mutation};
use crate::selftest::percent;
use crate::source::Sources;

/// Every mutant, and the counts.
#[derive(Debug, Serialize)]
pub struct Report {
    mutants: Vec<Record>,
    score: Counts,
}

#[derive(Debug, Serialize)]
struct Record {
    file: String,
    line: usize,
    what: &'static str,
    old: String,
    new: Option<String>,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Counts {
    killed: usize,
    total: usize,
    percent: String,
    by_examples: usize,
    by_check: usize,
    survived: usize,
    equivalent: usize,
    not_tested: usize,
}

impl Report {
    /// The wire form of a run.
    pub fn new(mutation: &Mutation, sources: &Sources) -> Self {
        let record = |(mutant, fate): &(super::Mutant, Fate)| {
            let source = sources.get(mutant.place.source);
            let (word, example, code) = match fate {
                Fate::Killed { example } => ("killed", Some(example.clone()), None),
                Fate::Rejected { code } => ("killed by check", None, Some(*code)),
                Fate::Survived => ("survived", None, None),
                Fate::Equivalent => ("equivalent", None, None),
                Fate::NotTested => ("not tested", None, None),
            };
            Record {
                file: source.map_or_else(String::new, |source| source.name().to_owned()),
                line: source.map_or(0, |source| source.line(mutant.place.span.start)),
                what: mutant.what,
                old: mutant.old.clone(),
                new: Some(mutant.new.clone()).filter(|new| !new.is_empty()),
                fate: word,
                example,
                code,
            }
        };
        let score = mutation.score();
        Self {
            mutants: mutation.mutants.iter().map(record).collect(),
            score: Counts {
                killed: score.killed(),
                total: score.total(),
                percent: percent(score.killed(), score.total()).replace(" %", ""),
                by_examples: score.by_examples,
                by_check: score.by_check,
                survived: score.survived,
                equivalent: score.equivalent,
                not_tested: score.not_tested,
            },
        }
    }
}
