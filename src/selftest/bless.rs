//! Wrong expectations, written anew with what comes out today.

use similar::TextDiff;

use super::{Ran, Verdict};
use crate::diagnostic::render::visible;
use crate::source::{Place, Source, SourceId, Sources, Span};

/// Rule files with other expectations.
#[derive(Debug, Default)]
pub struct Blessed {
    /// The files that change, with their new texts, in the order of the ruleset.
    pub files: Vec<(SourceId, String)>,
    /// How many expectations change.
    pub changed: usize,
    /// Failed examples that expect several things: what each should say, only a person knows.
    pub left: Vec<Place>,
}

/// Expects of every failed example what comes out.
pub fn bless(sources: &Sources, ran: &[Ran<'_>]) -> Blessed {
    let mut edits: Vec<(Place, &str)> = Vec::new();
    let mut blessed = Blessed::default();
    for one in ran {
        let Verdict::Failed(failures) = &one.verdict else { continue };
        match failures.as_slice() {
            [failure] if one.example.expect.len() == 1 => {
                edits.push((failure.place, &failure.instead));
            }
            _ => blessed.left.push(one.example.place),
        }
    }
    blessed.changed = edits.len();
    edits.sort_by_key(|(place, _)| *place);
    for (id, source) in sources.iter() {
        let mut text = source.text().to_owned();
        for (place, instead) in edits.iter().rev().filter(|(place, _)| place.source == id) {
            if let Some(range) = expected(source, place.span) {
                text.replace_range(range, instead);
            }
        }
        if text != source.text() {
            blessed.files.push((id, text));
        }
    }
    blessed
}

/// Where in the file the words behind `expect` stand.
fn expected(source: &Source, line: Span) -> Option<std::ops::Range<usize>> {
    let text = source.slice(line);
    let behind = text.strip_prefix("expect")?;
    let own = behind.trim_start();
    let from = text.len() - own.len();
    let words = own.split_once(" because ").map_or(own, |(words, _)| words);
    let length = words.trim_end().len();
    let start = line.start as usize + from;
    Some(start..start + length)
}

impl Blessed {
    /// The rule files as they are to be.
    pub fn sources(&self, sources: &Sources) -> Sources {
        let new = sources.iter().map(|(id, source)| {
            let changed = self.files.iter().find(|(own, _)| *own == id);
            changed.map_or_else(|| source.clone(), |(_, text)| Source::new(source.name(), text))
        });
        Sources::new(new.collect())
    }

    /// What changes, as a unified diff. `folder` stands before the names of files.
    pub fn diff(&self, sources: &Sources, folder: &str) -> String {
        let mut text = String::new();
        for (id, new) in &self.files {
            let Some(source) = sources.get(*id) else { continue };
            let name = format!("{folder}{}", source.name());
            let diff = TextDiff::from_lines(source.text(), new);
            text.push_str(&diff.unified_diff().context_radius(2).header(&name, &name).to_string());
        }
        visible(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::expected;
    use crate::source::{Source, Span};

    #[test]
    fn what_is_expected_is_found() {
        let cases = [
            ("expect 8_000", "8_000"),
            ("expect  12.5 because \"page 3\"", "12.5"),
            ("expect refused   no-rate because \"x\"", "refused   no-rate"),
            ("expect excluded", "excluded"),
            ("expect balance -2_500 because \"x\"", "balance -2_500"),
            ("expect breach of cap", "breach of cap"),
        ];
        for (line, wanted) in cases {
            let source = Source::new("a.rules", format!("  {line}\n"));
            let range = expected(&source, Span::new(2, 2 + line.len())).unwrap();
            assert_eq!(&source.text()[range], wanted, "{line}");
        }
    }
}
