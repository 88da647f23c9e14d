//! Mutants for a person.

use super::{Fate, Mutant, Mutation, Score};
use crate::diagnostic::render::visible;
use crate::selftest::percent;
use crate::source::Sources;

/// What survived, what cannot be noticed, and the score. `folder` stands before the names of files.
pub fn text(mutation: &Mutation, sources: &Sources, folder: &str) -> String {
    let mut text = String::new();
    for (word, wanted) in [("survived", Fate::Survived), ("equivalent", Fate::Equivalent)] {
        for (mutant, _) in mutation.mutants.iter().filter(|(_, fate)| *fate == wanted) {
            let place = sources.file_and_line(mutant.place);
            text.push_str(&format!("{word:<10}  {folder}{place}  {}\n", mutant.words()));
        }
    }
    text.push_str(&format!("{}\n", mutation.score().text()));
    visible(&text)
}

impl Mutant {
    /// `rate: 8_000 → 8_001`
    pub fn words(&self) -> String {
        let new = if self.new.is_empty() { "dropped" } else { &self.new };
        let old: Vec<&str> = self.old.split_whitespace().collect();
        format!("{}: {} → {new}", self.what, old.join(" "))
    }
}

impl Score {
    /// `score: 310 of 312 mutants killed, 99.3 % (250 by examples, 60 by check); …`
    pub fn text(self) -> String {
        let (killed, total) = (self.killed(), self.total());
        let mut text = format!(
            "score: {killed} of {total} mutants killed, {} ({} by examples, {} by check)",
            percent(killed, total),
            self.by_examples,
            self.by_check
        );
        if self.equivalent > 0 {
            text.push_str(&format!("; {} equivalent", self.equivalent));
        }
        if self.not_tested > 0 {
            text.push_str(&format!("; {} that no example can tell", self.not_tested));
        }
        text
    }
}
