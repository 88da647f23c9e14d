//! Findings as SARIF 2.1.0, which code hosts and editors read.

use serde::Serialize;

use super::machine::{Record, examples, record};
use super::{Code, Diagnostic, Label};
use crate::source::{Place, Sources};

/// Where the schema of the format is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What `check --format sarif` prints.
#[derive(Debug, Serialize)]
pub struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// As [`crate::source::Position`] counts.
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Help {
    text: String,
    markdown: &'static str,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct Message {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    properties: Properties,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Debug, Serialize)]
struct Properties {
    help: Vec<String>,
    witness: Option<Record>,
    examples: Vec<String>,
}

impl Log {
    /// The log of one check; `folder` stands in front of the names of files.
    pub fn new(diagnostics: &[Diagnostic], sources: &Sources, folder: &str) -> Self {
        let occurs = |code: &Code| diagnostics.iter().any(|found| found.code == *code);
        let codes: Vec<Code> = Code::ALL.iter().copied().filter(occurs).collect();
        let outcome = |found: &Diagnostic| {
            let index = codes.iter().position(|code| *code == found.code);
            Outcome::new(found, index.unwrap_or_default(), sources, folder)
        };
        Self {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: env!("CARGO_PKG_NAME"),
                        version: env!("CARGO_PKG_VERSION"),
                        information_uri: Some(env!("CARGO_PKG_HOMEPAGE"))
                            .filter(|page| !page.is_empty()),
                        rules: codes.iter().copied().map(Rule::new).collect(),
                    },
                },
                column_kind: "unicodeCodePoints",
                results: diagnostics.iter().map(outcome).collect(),
            }],
        }
    }
}

impl Rule {
    fn new(code: Code) -> Self {
        Self {
            id: code.word(),
            short_description: Message { text: code.meaning().to_owned() },
            help: Help {
                text: format!("See `credit-rules check --explain {code}`."),
                markdown: code.page(),
            },
            default_configuration: Configuration { level: code.severity().word() },
        }
    }
}

impl Outcome {
    fn new(found: &Diagnostic, rule_index: usize, sources: &Sources, folder: &str) -> Self {
        let located = |label: &Label| Location::new(label, sources, folder);
        let related = found.labels.iter().filter_map(located).zip(1..);
        let justify = |because: &String| Suppression {
            kind: "inSource",
            status: "accepted",
            justification: because.clone(),
        };
        Self {
            rule_id: found.code.word(),
            rule_index,
            level: found.severity.word(),
            message: Message { text: found.message.clone() },
            locations: located(&found.primary).into_iter().collect(),
            related_locations: related
                .map(|(location, id)| Location { id: Some(id), ..location })
                .collect(),
            suppressions: found.accepted.iter().map(justify).collect(),
            properties: Properties {
                help: found.help.clone(),
                witness: found.witness.as_ref().map(record),
                examples: examples(found.code.word(), found.witness.as_ref()),
            },
        }
    }
}

impl Location {
    fn new(label: &Label, sources: &Sources, folder: &str) -> Option<Self> {
        let Place { source, span } = label.place;
        let source = sources.get(source)?;
        let (start, end) = (source.position(span.start), source.position(span.end));
        let message = Some(&label.message).filter(|message| !message.is_empty());
        Some(Self {
            id: None,
            physical_location: Physical {
                artifact_location: Artifact { uri: uri(&format!("{folder}{}", source.name())) },
                region: Region {
                    start_line: start.line,
                    start_column: start.column,
                    end_line: end.line,
                    end_column: end.column,
                },
            },
            message: message.map(|text| Message { text: text.clone() }),
        })
    }
}

/// A path as a URI: relative as the path is, with every other character than the unreserved ones
/// as its bytes in UTF-8.
fn uri(path: &str) -> String {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("rules/a b.rules"), "rules/a%20b.rules");
        assert_eq!(uri("./ä:%.rules"), "%C3%A4%3A%25.rules");
        assert_eq!(uri("../x.rules"), "../x.rules");
        assert_eq!(uri("/tmp/x.rules"), "file:///tmp/x.rules");
    }
}
