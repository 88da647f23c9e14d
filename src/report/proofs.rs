//! Every property with what became of it, as a person reads it.

use super::columns::{Side, row, widths};
use crate::check::verdict::{Status, Verdict};
use crate::diagnostic::render::visible;
use crate::source::Sources;

/// A line of the list, with what stands below it.
struct Entry<'a> {
    status: Status,
    cells: [String; 4],
    below: Option<&'a Verdict>,
}

/// The list: the proved properties of one subject on one line, every other on a line of its own
/// with the reason and what shows it; `folder` stands in front of the names of files.
pub fn text(verdicts: &[Verdict], sources: &Sources, folder: &str, color: bool) -> String {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for group in verdicts.chunk_by(|a, b| a.subject == b.subject) {
        let proved: Vec<&Verdict> =
            group.iter().filter(|verdict| verdict.status == Status::Proved).collect();
        let entry = |verdict: &Verdict, words: String| {
            let place = format!("{folder}{}", sources.file_and_line(verdict.place));
            [words_for(verdict.status).to_owned(), verdict.subject.clone(), place, words]
                .map(|cell| visible(&cell))
        };
        if let [first, ..] = proved.as_slice() {
            let words: Vec<&str> = proved.iter().map(|verdict| verdict.property.word()).collect();
            entries.push(Entry {
                status: Status::Proved,
                cells: entry(first, words.join(", ")),
                below: None,
            });
        }
        let open = group.iter().filter(|verdict| verdict.status != Status::Proved);
        entries.extend(open.map(|verdict| Entry {
            status: verdict.status,
            cells: entry(verdict, verdict.property.word().to_owned()),
            below: Some(verdict),
        }));
    }
    let cells: Vec<[String; 4]> = entries.iter().map(|entry| entry.cells.clone()).collect();
    // The last column is not filled up, however long it is.
    let [status, subject, place, _] = widths(&cells);
    let widths = [status, subject, place, 0];
    let mut text = String::new();
    for entry in &entries {
        let line = row(&entry.cells, &widths, &[Side::Left; 4]);
        text.push_str(&painted(&line, status, entry.status, color));
        text.push('\n');
        if let Some(verdict) = entry.below {
            text.push_str(&below(verdict, status + 2));
        }
    }
    text
}

fn words_for(status: Status) -> &'static str {
    match status {
        Status::Refuted { accepted: true } => "refuted, accepted",
        other => other.word(),
    }
}

/// The line with its status in color.
fn painted(line: &str, width: usize, status: Status, color: bool) -> String {
    if !color {
        return line.to_owned();
    }
    let code = match status {
        Status::Proved => "32",
        Status::Refuted { accepted: false } => "31",
        Status::Refuted { accepted: true } | Status::NotDecided => "33",
    };
    let (head, rest) = line.split_at_checked(width).unwrap_or((line, ""));
    format!("\u{1b}[{code}m{head}\u{1b}[0m{rest}")
}

/// Why a property was not proved, and what shows it.
fn below(verdict: &Verdict, indent: usize) -> String {
    let Some((message, witness)) = &verdict.found else { return String::new() };
    let mut lines = vec![message.clone()];
    if let Some(witness) = witness {
        let text = witness.text();
        if !text.is_empty() {
            lines.push(format!("for example where {text}"));
        }
        for example in witness.examples(verdict.property.word()) {
            lines.extend(example.lines().map(str::to_owned));
        }
    }
    lines.iter().map(|line| format!("{:indent$}{}\n", "", visible(line))).collect()
}
