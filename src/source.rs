//! Rule text with a name: spans in bytes, and lines and columns computed from them when a person
//! has to be shown a place.

/// Identifies a [`Source`] within [`Sources`]; the number is its place in path order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A half-open range of bytes in one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte `start` up to, not including, byte `end`.
    ///
    /// Files are at most 16 MiB, so every offset fits; one that does not is clamped to the
    /// largest number, which no line index holds.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A span in a particular source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// Where in it.
    pub span: Span,
}

/// A line and a column, both from 1; columns count Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The text of one rule file.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

impl Source {
    /// Wraps the text of a rule file; `name` is its path relative to the ruleset, with `/`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|(offset, _)| Span::new(offset + 1, 0).start))
            .collect();
        Self { name: name.into(), text, line_starts }
    }

    /// The path relative to the ruleset.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty where the span is not one of this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: u32) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let column = self.slice(Span { start, end: offset }).chars().count() + 1;
        Position { line, column }
    }

    /// Line and column in UTF-16 code units, both from 0, as editors count.
    pub fn position_utf16(&self, offset: u32) -> (usize, usize) {
        let line = self.position(offset).line - 1;
        let start = self.line_starts.get(line).copied().unwrap_or_default();
        (line, self.slice(Span { start, end: offset }).encode_utf16().count())
    }
}

/// The sources of one ruleset, in path order.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Takes the sources in any order; the order of their names decides their ids.
    pub fn new(mut sources: Vec<Source>) -> Self {
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        Self(sources)
    }

    /// Every source with its id.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.0)
    }

    /// The source with this id.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.0.get(id.0 as usize)
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `file:line` of a place.
    pub fn file_and_line(&self, place: Place) -> String {
        self.get(place.source).map_or_else(String::new, |source| {
            format!("{}:{}", source.name, source.line(place.span.start))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_editors_count_utf16() {
        let source = Source::new("a.rules", "x\nä𝄞b\n");
        let b = u32::try_from(source.text().find('b').unwrap()).unwrap();
        assert_eq!(source.position(b), Position { line: 2, column: 3 });
        assert_eq!(source.position_utf16(b), (1, 3));
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
    }

    #[test]
    fn path_order_does_not_depend_on_the_order_given() {
        let sources = Sources::new(vec![Source::new("b", ""), Source::new("a", "")]);
        let names: Vec<_> = sources.iter().map(|(id, source)| (id.0, source.name())).collect();
        assert_eq!(names, [(0, "a"), (1, "b")]);
    }
}
