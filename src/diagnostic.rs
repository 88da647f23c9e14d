//! Findings about rules: one value for every kind, shown as text, as JSON or as SARIF.

pub mod code;
pub mod machine;
pub mod render;
pub mod sarif;
mod witness;

pub use code::{Code, Severity};
pub use witness::{Witness, WitnessExample, WitnessLine, WitnessValue};

use crate::source::Place;

/// A place and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What; may be empty for the primary label.
    pub message: String,
}

/// A finding about the rules.
///
/// Messages are lower case without a full stop, with the author's words in backticks; advice
/// stands in `help`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of finding.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where it begins.
    pub primary: Label,
    /// Other places that have to do with it, such as the colliding rule.
    pub labels: Vec<Label>,
    /// Ways out, one each.
    pub help: Vec<String>,
    /// An input line on which the finding shows.
    pub witness: Option<Witness>,
    /// Why the rules accept it, where they do.
    pub accepted: Option<String>,
}

impl Diagnostic {
    /// A finding of this kind, with the severity of the catalogue.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: Label { place, message: String::new() },
            labels: Vec::new(),
            help: Vec::new(),
            witness: None,
            accepted: None,
        }
    }

    /// Says something at the primary place.
    #[must_use]
    pub fn here(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn label(mut self, place: Place, message: impl Into<String>) -> Self {
        self.labels.push(Label { place, message: message.into() });
        self
    }

    /// Adds a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds the witness, also as a sentence among the help.
    #[must_use]
    pub fn witness(mut self, witness: Witness) -> Self {
        let text = witness.text();
        if !text.is_empty() {
            self.help.push(format!("for example where {text}"));
        }
        self.witness = Some(witness);
        self
    }
}

/// Sorts findings by place, so that the order of checks never shows.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| {
        let key = |found: &Diagnostic| (found.primary.place, found.code);
        (key(a), &a.message).cmp(&(key(b), &b.message))
    });
}

/// Most names that are all told where none is near.
const ALL_SHOWN: usize = 12;
/// Names that are told of more.
const FIRST_SHOWN: usize = 10;

/// What to say behind a name that was not found: the candidate nearest to it, or else the first of
/// those there are.
pub fn instead<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return format!("; did you mean `{near}`?");
    }
    match candidates.len() {
        0 => String::new(),
        1..=ALL_SHOWN => format!("; there are {}", candidates.join(", ")),
        count => {
            let shown: Vec<&str> = candidates.into_iter().take(FIRST_SHOWN).collect();
            format!("; there are {} and {} more", shown.join(", "), count - FIRST_SHOWN)
        }
    }
}

/// The candidate nearest to a word that was not found, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let length = word.chars().count();
    if length > 64 {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| {
            candidate.chars().count().abs_diff(length) <= limit || contains_word(candidate, word)
        })
        .map(|candidate| {
            // Of those as near, one that begins alike: the first letter is seldom the wrong one.
            let begins_otherwise = candidate.chars().next() != word.chars().next();
            (distance(word, candidate), begins_otherwise, candidate)
        })
        .filter(|(distance, _, candidate)| *distance <= limit || contains_word(candidate, word))
        .min()
        .map(|(.., candidate)| candidate)
}

/// Whether `word` is one of the parts of a name joined by `_`, as `sensor` in `xdr_sensor`.
fn contains_word(candidate: &str, word: &str) -> bool {
    word.len() > 3 && candidate.split('_').any(|part| part == word)
}

/// Number of characters to insert, delete, replace or swap with a neighbour.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut previous: Option<char> = None;
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(from != *to))
                .min(at(&row, j + 1) + 1)
                .min(at(&next, j) + 1);
            let swapped = j > 0 && previous == Some(*to) && b.get(j - 1) == Some(&from);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        previous = Some(from);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        assert_eq!(nearest("endpiont", ["endpoint", "user"]), Some("endpoint"));
        assert_eq!(nearest("sensor", ["email_core", "xdr_sensor"]), Some("xdr_sensor"));
        assert_eq!(nearest("gb", ["tb", "mb"]), None);
        assert_eq!(nearest("seat", ["account"]), None);
        assert_eq!(nearest("rat", ["at", "rate"]), Some("rate"));
        assert_eq!(instead("endpiont", ["endpoint", "user"]), "; did you mean `endpoint`?");
        assert_eq!(instead("seat", ["account", "user"]), "; there are account, user");
        assert_eq!(instead("seat", []), "");
        let names: Vec<String> = (10..24).map(|at| format!("p{at}")).collect();
        let first = "; there are p10, p11, p12, p13, p14, p15, p16, p17, p18, p19 and 4 more";
        assert_eq!(instead("seat", names.iter().map(String::as_str)), first);
        assert_eq!(distance("abc", "acb"), 1);
    }
}
