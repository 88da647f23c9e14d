//! Changes of the rules that no example notices.
//!
//! Each mutant is an edit of the rule text, such as a person could make by mistake. The edited text
//! is checked, compiled and run like any other; a mutant that no example and no finding notices
//! shows what nobody would notice either.

mod clauses;
mod literal;
pub mod text;
pub mod wire;

use rayon::prelude::*;

use crate::compare::compare;
use crate::diagnostic::Severity;
use crate::project::{self, Compiled};
use crate::selftest::{self, Verdict};
use crate::source::{Place, Source, Sources, Span};
use crate::syntax;

/// A change of the rule text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What is changed.
    pub place: Place,
    /// What that is, in words.
    pub what: &'static str,
    /// The text before.
    pub old: String,
    /// The text after; empty where it is dropped.
    pub new: String,
    /// The edits that make it, in the order of the text.
    edits: Vec<(Span, String)>,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// An example fails.
    Killed {
        /// The name of the first that does.
        example: String,
    },
    /// The check finds an error.
    Rejected {
        /// The code of the first.
        code: &'static str,
    },
    /// Nothing notices it.
    Survived,
    /// No license line can tell it from the rules, and no allocation can.
    Equivalent,
    /// No example can tell it from the rules: grace periods, what is only retained, and limits that
    /// would only warn.
    NotTested,
}

/// Every mutant of a ruleset with its fate, by place.
#[derive(Debug)]
pub struct Mutation {
    /// The mutants.
    pub mutants: Vec<(Mutant, Fate)>,
}

/// How many mutants met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Noticed by an example.
    pub by_examples: usize,
    /// Noticed by the check.
    pub by_check: usize,
    /// Not noticed.
    pub survived: usize,
    /// Not to be noticed.
    pub equivalent: usize,
    /// Not to be noticed by examples.
    pub not_tested: usize,
}

impl Score {
    /// Noticed by anything.
    pub fn killed(self) -> usize {
        self.by_examples + self.by_check
    }

    /// Those that could be noticed.
    pub fn total(self) -> usize {
        self.killed() + self.survived
    }
}

impl Mutation {
    /// The counts.
    pub fn score(&self) -> Score {
        let mut score = Score::default();
        for (_, fate) in &self.mutants {
            let count = match fate {
                Fate::Killed { .. } => &mut score.by_examples,
                Fate::Rejected { .. } => &mut score.by_check,
                Fate::Survived => &mut score.survived,
                Fate::Equivalent => &mut score.equivalent,
                Fate::NotTested => &mut score.not_tested,
            };
            *count += 1;
        }
        score
    }
}

/// Every change of the rules that is tried, by place.
pub fn mutants(sources: &Sources) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (id, source) in sources.iter() {
        let parse = syntax::parse(id, source);
        for declaration in &parse.declarations {
            all.extend(clauses::mutants(id, source, declaration));
        }
    }
    // A stable sort: what is tried of one place keeps its order.
    all.sort_by_key(|mutant| (mutant.place.source, mutant.place.span.start));
    all
}

/// Tries every mutant of a ruleset whose examples pass, on all cores; `tick` is told of each.
pub fn run(ruleset: &Compiled, mutants: Vec<Mutant>, tick: &(dyn Fn() + Sync)) -> Mutation {
    let tried = mutants.into_par_iter().map(|mutant| {
        let fate = fate(&mutant, ruleset);
        tick();
        (mutant, fate)
    });
    Mutation { mutants: tried.collect() }
}

fn fate(mutant: &Mutant, ruleset: &Compiled) -> Fate {
    let mutated = match project::prepare(mutant.apply(&ruleset.sources)).compile() {
        Ok(mutated) => mutated,
        Err(broken) => {
            let error = broken.diagnostics.iter().find(|found| found.severity == Severity::Error);
            return Fate::Rejected { code: error.map_or("", |found| found.code.word()) };
        }
    };
    let failed = mutated.examples.iter().find(|example| {
        let ran = selftest::run(&mutated.plan, &mutated.sources, example);
        matches!(ran.verdict, Verdict::Failed(_))
    });
    if let Some(example) = failed {
        return Fate::Killed { example: example.name.clone() };
    }
    // An example expects a breach, whether it refuses or warns.
    if (mutant.what, mutant.new.as_str()) == ("level", "warn") {
        return Fate::NotTested;
    }
    let (old, new) = (ruleset.rules(), mutated.rules());
    let diff = compare(old, new);
    let alike = mutant.what == "default" && diff.lines_are_equal();
    if diff.is_equal() || alike {
        Fate::Equivalent
    } else if diff.is_equal_in_examples() {
        Fate::NotTested
    } else {
        Fate::Survived
    }
}

impl Mutant {
    /// The rule files with the change made.
    pub fn apply(&self, sources: &Sources) -> Sources {
        let edited = sources.iter().map(|(id, source)| {
            if id != self.place.source {
                return source.clone();
            }
            let mut text = source.text().to_owned();
            for (span, new) in self.edits.iter().rev() {
                let range = span.start as usize..span.end as usize;
                if text.get(range.clone()).is_some() {
                    text.replace_range(range, new);
                }
            }
            Source::new(source.name(), text)
        });
        Sources::new(edited.collect())
    }
}
