//! Findings as JSON: the wire form, apart from the types of the engine.

use serde::Serialize;

use super::{Diagnostic, Label, Witness};
use crate::source::{Place, Sources};

/// The counts at the end of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Products declared.
    pub products: usize,
    /// Licenses declared.
    pub licenses: usize,
    /// Limits declared.
    pub limits: usize,
    /// Rule files.
    pub files: usize,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Properties that hold for every input.
    pub proved: usize,
    /// Properties that were not decided.
    pub not_decided: usize,
    /// Properties that do not hold, accepted or not.
    pub refuted: usize,
    /// Of those, how many the rules accept.
    pub accepted: usize,
}

impl Summary {
    /// `checked 42 products, 18 licenses, 9 limits in 3 files: 0 errors, 2 warnings; …`
    pub fn text(&self) -> String {
        let count = |number: usize, word: &str| {
            let plural = if number == 1 { "" } else { "s" };
            format!("{number} {word}{plural}")
        };
        format!(
            "checked {}, {}, {} in {}: {}, {}; {} proved, {} not decided",
            count(self.products, "product"),
            count(self.licenses, "license"),
            count(self.limits, "limit"),
            count(self.files, "file"),
            count(self.errors, "error"),
            count(self.warnings, "warning"),
            match self.proved {
                1 => "1 property".to_owned(),
                number => format!("{number} properties"),
            },
            self.not_decided,
        )
    }
}

/// One finding.
#[derive(Debug, Serialize)]
pub struct Finding {
    code: &'static str,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    place: Located,
    labels: Vec<Labeled>,
    help: Vec<String>,
    witness: Option<Record>,
    examples: Vec<String>,
}

/// What shows a finding, as examples that can be pasted.
pub(crate) fn examples(name: &str, witness: Option<&Witness>) -> Vec<String> {
    witness.map(|witness| witness.examples(name)).unwrap_or_default()
}

/// An input record.
pub(crate) type Record = serde_json::Map<String, serde_json::Value>;

#[derive(Debug, Serialize)]
struct Labeled {
    message: String,
    #[serde(flatten)]
    place: Located,
}

#[derive(Debug, Serialize)]
struct Located {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Finding {
    /// The wire form of a finding.
    pub fn new(diagnostic: &Diagnostic, sources: &Sources) -> Self {
        let labeled = |label: &Label| Labeled {
            message: label.message.clone(),
            place: locate(label.place, sources),
        };
        let primary = Some(&diagnostic.primary).filter(|label| !label.message.is_empty());
        Self {
            code: diagnostic.code.word(),
            severity: diagnostic.severity.word(),
            message: diagnostic.message.clone(),
            place: locate(diagnostic.primary.place, sources),
            labels: primary.into_iter().chain(&diagnostic.labels).map(labeled).collect(),
            help: diagnostic.help.clone(),
            witness: diagnostic.witness.as_ref().map(record),
            examples: examples(diagnostic.code.word(), diagnostic.witness.as_ref()),
        }
    }
}

/// A witness as an input record.
pub(crate) fn record(witness: &Witness) -> Record {
    witness.values.iter().map(|seen| (seen.column.clone(), seen.value.clone().into())).collect()
}

fn locate(place: Place, sources: &Sources) -> Located {
    let Some(source) = sources.get(place.source) else {
        return Located { file: String::new(), line: 0, column: 0, end_line: 0, end_column: 0 };
    };
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    Located {
        file: source.name().to_owned(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
