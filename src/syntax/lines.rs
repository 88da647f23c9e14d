//! Cuts a file into lines before any of it is parsed: comments off, blanks mended, brackets and
//! conditions counted, so that whatever pest is given is short, shallow and printable.

use super::ast::{Comment, LineSpan};
use super::diagnostics as found;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::is_hidden;
use crate::source::{Place, SourceId, Span};

/// Longest line in bytes.
const MAX_LINE: usize = 1 << 20;
/// Deepest nesting of parentheses and conditions.
const MAX_NESTING: usize = 64;

/// A line that has something on it besides a comment.
#[derive(Debug)]
pub(super) struct Line {
    /// What pest parses: comment and ends cut off, tabs and no-break spaces replaced by blanks.
    pub code: String,
    /// Byte offset of `code` in the file.
    pub offset: usize,
    /// Whether it begins in column 0.
    pub head: bool,
    /// Whether the scan found a mistake that makes parsing pointless.
    pub broken: bool,
}

impl Line {
    /// The span of the whole line, without blanks around it.
    pub(super) fn span(&self) -> Span {
        Span::new(self.offset, self.offset + self.code.len())
    }
}

/// The lines of a file, its comments, and what is wrong with single characters.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub lines: Vec<Line>,
    pub comments: Vec<Comment>,
    pub blank_lines: Vec<LineSpan>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Cuts the text of a file into lines.
pub(super) fn split(source: SourceId, text: &str) -> Lines {
    let mut lines = Lines::default();
    let mut offset = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.strip_suffix('\n').unwrap_or(raw);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Scan { source, line, offset, lines: &mut lines }.run();
        offset += raw.len();
    }
    lines
}

/// The scan of one line.
struct Scan<'a> {
    source: SourceId,
    line: &'a str,
    offset: usize,
    lines: &'a mut Lines,
}

impl Scan<'_> {
    fn run(self) {
        let (source, offset) = (self.source, self.offset);
        let here = |start, end| Place { source, span: Span::new(offset + start, offset + end) };
        if self.line.len() > MAX_LINE {
            self.lines.diagnostics.push(found::line_too_long(here(0, 1)));
            return;
        }
        let mut broken = false;
        let mut report = |diagnostic: Diagnostic, stops: bool| {
            self.lines.diagnostics.push(diagnostic);
            broken |= stops;
        };
        let code_end = find_comment(self.line);
        let code = self.line.get(..code_end).unwrap_or_default();
        if let Some((at, c)) = hidden(self.line, code_end) {
            report(found::bad_character(here(at, at + c.len_utf8()), c), at < code_end);
        }
        let (mended, first_blank) = mend_blanks(code);
        if let Some((at, c)) = first_blank {
            report(found::bad_blank(here(at, at + c.len_utf8()), c), false);
        } else if let Some(at) = self.line.get(code_end..).and_then(|comment| comment.find('\t')) {
            report(found::bad_blank(here(code_end + at, code_end + at + 1), '\t'), false);
        }
        if let Some(at) = unclosed_string(code) {
            report(found::unclosed_string(here(at, code.trim_end().len())), true);
        } else if let Some((start, end)) = comma_in_number(&mended) {
            report(found::comma_in_number(here(start, end), mended.get(start..end)), true);
        } else if let Some((start, end)) = too_deep(&mended) {
            report(found::nested_too_deep(here(start, end), MAX_NESTING), true);
        }
        if code_end < self.line.len() {
            let span = here(code_end, self.line.trim_end().len()).span;
            let own_line = code.trim().is_empty();
            self.lines.comments.push(Comment { span, own_line });
        }
        let trimmed = mended.trim();
        if trimmed.is_empty() {
            if code_end == self.line.len() {
                self.lines.blank_lines.push(LineSpan(self.offset));
            }
            return;
        }
        let indent = mended.len() - mended.trim_start().len();
        self.lines.lines.push(Line {
            code: trimmed.to_owned(),
            offset: self.offset + indent,
            head: indent == 0,
            broken,
        });
    }
}

/// The first character that cannot be seen; a tab between words is mended instead.
fn hidden(line: &str, code_end: usize) -> Option<(usize, char)> {
    let mut strings = InString::default();
    line.char_indices().find(|(at, c)| {
        let inside = *at < code_end && strings.step(*c);
        is_hidden(*c) && (*c != '\t' || inside)
    })
}

/// Where the comment begins, or the end of the line; a `#` in a string is not one.
fn find_comment(line: &str) -> usize {
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'#' if !in_string => return at,
            _ => {}
        }
    }
    // An open string swallows the rest of the line; there is no comment then.
    line.len()
}

/// Where a string begins that does not end.
fn unclosed_string(code: &str) -> Option<usize> {
    let mut opened = None;
    let mut escaped = false;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if opened.is_some() => escaped = true,
            b'"' => opened = if opened.is_some() { None } else { Some(at) },
            _ => {}
        }
    }
    opened
}

/// Replaces tabs and other white space outside strings by as many blanks as they have bytes.
fn mend_blanks(code: &str) -> (String, Option<(usize, char)>) {
    let mut first = None;
    let mut mended = String::with_capacity(code.len());
    let mut strings = InString::default();
    for (at, c) in code.char_indices() {
        let inside = strings.step(c);
        if !inside && c != ' ' && c.is_whitespace() && (c == '\t' || !is_hidden(c)) {
            first = first.or(Some((at, c)));
            mended.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            mended.push(c);
        }
    }
    (mended, first)
}

/// Follows a line through its strings.
#[derive(Default)]
struct InString {
    inside: bool,
    escaped: bool,
}

impl InString {
    /// Whether the character belongs to a string, its quotes included.
    fn step(&mut self, c: char) -> bool {
        if !self.inside {
            self.inside = c == '"';
            return self.inside;
        }
        if self.escaped {
            self.escaped = false;
        } else if c == '\\' {
            self.escaped = true;
        } else if c == '"' {
            self.inside = false;
        }
        true
    }
}

/// A number with a comma directly between two digits.
fn comma_in_number(code: &str) -> Option<(usize, usize)> {
    let mut strings = InString::default();
    let bytes = code.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    for (at, c) in code.char_indices() {
        let outside = !strings.step(c);
        if outside && c == ',' && at > 0 && digit(at - 1) && digit(at + 1) {
            let part = |byte: &&u8| byte.is_ascii_digit() || matches!(**byte, b',' | b'.' | b'_');
            let before = bytes.iter().take(at).rev().take_while(part).count();
            let after = bytes.iter().skip(at).take_while(part).count();
            return Some((at - before, at + after));
        }
    }
    None
}

/// What is open at a point of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Parenthesis,
    Condition { has_then: bool, has_else: bool },
}

/// The first bracket or `if` that is nested deeper than allowed.
fn too_deep(code: &str) -> Option<(usize, usize)> {
    let mut strings = InString::default();
    let mut stack: Vec<Open> = Vec::new();
    let mut after_else = false;
    let mut word_start = None;
    for (at, c) in code.char_indices().chain(std::iter::once((code.len(), ' '))) {
        let inside = strings.step(c);
        let in_word = !inside && (c.is_alphanumeric() || c == '_');
        if let Some(start) = word_start.filter(|_| !in_word) {
            word_start = None;
            match code.get(start..at) {
                Some("if") => {
                    if !after_else {
                        stack.push(Open::Condition { has_then: false, has_else: false });
                        if stack.len() > MAX_NESTING {
                            return Some((start, at));
                        }
                    } else if let Some(open @ Open::Condition { .. }) = stack.last_mut() {
                        *open = Open::Condition { has_then: false, has_else: false };
                    }
                    after_else = false;
                }
                Some("then") => {
                    if let Some(Open::Condition { has_then, .. }) = stack.last_mut() {
                        *has_then = true;
                    }
                    after_else = false;
                }
                Some("else") => {
                    while let Some(Open::Condition { has_else: true, .. }) = stack.last() {
                        stack.pop();
                    }
                    if let Some(Open::Condition { has_else, .. }) = stack.last_mut() {
                        *has_else = true;
                    }
                    after_else = true;
                }
                _ => after_else = false,
            }
        }
        match c {
            _ if in_word => {
                word_start = word_start.or(Some(at));
                continue;
            }
            _ if inside => {}
            '(' => {
                stack.push(Open::Parenthesis);
                if stack.len() > MAX_NESTING {
                    return Some((at, at + 1));
                }
            }
            ')' => {
                while let Some(Open::Condition { .. }) = stack.last() {
                    stack.pop();
                }
                stack.pop();
            }
            // Between arguments a comma ends what is open; in a list of values it ends nothing.
            ',' if stack.contains(&Open::Parenthesis) => {
                while let Some(Open::Condition { has_then: true, .. }) = stack.last() {
                    stack.pop();
                }
            }
            ' ' => continue,
            _ => {}
        }
        after_else = false;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_by_brackets_and_conditions() {
        let nested = |count: usize| format!("count {}1{}", "(".repeat(count), ")".repeat(count));
        assert_eq!(too_deep(&nested(64)), None);
        assert_eq!(too_deep(&nested(65)), Some((6 + 64, 6 + 65)));
        let chain = "if a is 1 then 2 else ".repeat(1000) + "3";
        assert_eq!(too_deep(&chain), None);
        let inner = |count: usize| "if a is 1 then ".repeat(count) + "2" + &" else 3".repeat(count);
        assert_eq!(too_deep(&inner(64)), None);
        assert!(too_deep(&inner(65)).is_some());
        let side_by_side = "(1) + ".repeat(1000) + "(2)";
        assert_eq!(too_deep(&side_by_side), None);
    }

    #[test]
    fn comments_begin_outside_strings() {
        assert_eq!(find_comment(r#"note "a # b" # c"#), 13);
        assert_eq!(find_comment(r#"note "a \" # b" "#), 16);
        assert_eq!(unclosed_string(r#"note "a # b"#), Some(5));
    }

    #[test]
    fn commas_between_digits() {
        assert_eq!(comma_in_number("rate 1,500"), Some((5, 10)));
        assert_eq!(comma_in_number("sku \"1,500\", \"2\""), None);
        assert_eq!(comma_in_number("max(1, 2)"), None);
    }
}
