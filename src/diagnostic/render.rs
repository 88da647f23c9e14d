//! Findings as text for a person: the only place that knows miette.

use std::borrow::Cow;
use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use super::{Diagnostic, Label, Severity};
use crate::source::{Source, Sources};

/// How text is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Most bytes shown before and behind a label.
const MOST_CONTEXT: usize = 400;

/// Most findings that are drawn; the rest is counted.
pub const MOST_SHOWN: usize = 100;

/// Draws the findings, at most [`MOST_SHOWN`]; `folder` stands in front of the names of files.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, folder: &str, style: Style) -> String {
    let theme =
        if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_context_lines(1)
        .with_links(false);
    let texts: Vec<Cow<'_, str>> =
        sources.iter().map(|(_, source)| masked(source.text())).collect();
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        let own = texts.get(diagnostic.primary.place.source.0 as usize);
        let shown = Shown::new(diagnostic, sources, own.map_or("", |text| text), folder);
        // Writing to a string fails only where a span lies outside its text: then the plain line
        // still says everything.
        if handler.render_report(&mut text, &shown).is_err() {
            text.push_str(&format!(
                "{}[{}] {}: {}\n",
                diagnostic.severity.word(),
                diagnostic.code,
                whereabouts(diagnostic, sources, folder),
                diagnostic.message
            ));
        }
        text.push('\n');
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(MOST_SHOWN) {
        text.push_str(&format!("and {more} more\n"));
    }
    text
}

/// `file:line:column` of where a finding begins.
fn whereabouts(diagnostic: &Diagnostic, sources: &Sources, folder: &str) -> String {
    let place = diagnostic.primary.place;
    sources.get(place.source).map_or_else(String::new, |source| {
        let position = source.position(place.span.start);
        visible(&format!("{folder}{}:{}:{}", source.name(), position.line, position.column))
    })
}

/// A finding as miette wants to see it.
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<Excerpt<'a>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
    at: String,
}

impl<'a> Shown<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &'a Sources, text: &'a str, folder: &str) -> Self {
        let primary = diagnostic.primary.place.source;
        let source = sources.get(primary);
        let in_file = |label: &&Label| label.place.source == primary;
        let labels = std::iter::once(&diagnostic.primary)
            .chain(diagnostic.labels.iter().filter(in_file))
            .filter_map(|label| {
                Some(labeled(label, source?, std::ptr::eq(label, &raw const diagnostic.primary)))
            })
            .collect();
        let elsewhere = diagnostic
            .labels
            .iter()
            .filter(|label| !in_file(label))
            .map(|label| format!("{}: {}", sources.file_and_line(label.place), label.message));
        let help: Vec<String> = elsewhere.chain(diagnostic.help.iter().cloned()).collect();
        Self {
            diagnostic,
            source: source.map(|source| {
                let name = visible(&format!("{folder}{}", source.name()));
                Excerpt { source, text, name }
            }),
            labels,
            at: whereabouts(diagnostic, sources, folder),
            help: (!help.is_empty()).then(|| help.join("\n")),
        }
    }
}

/// A label at least one character wide: one of width 0, as at the end of a file, is not drawn.
fn labeled(label: &Label, source: &Source, primary: bool) -> LabeledSpan {
    let length = source.text().len();
    let start = (label.place.span.start as usize).min(length.saturating_sub(1));
    let end = (label.place.span.end as usize).clamp(start, length).max(start + 1);
    let message = (!label.message.is_empty()).then(|| label.message.clone());
    let span = SourceSpan::new(start.into(), end - start);
    if primary {
        LabeledSpan::new_primary_with_span(message, span)
    } else {
        LabeledSpan::new_with_span(message, span)
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.diagnostic, f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.diagnostic.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        let Diagnostic { severity, code, .. } = self.diagnostic;
        Some(Box::new(format!("{}[{code}] {}", severity.word(), self.at)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(visible(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// The lines around a span, cut out here because miette counts lines from the start of the whole
/// text for every label, which is slow at the end of a long file.
struct Excerpt<'a> {
    source: &'a Source,
    text: &'a str,
    name: String,
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.text;
        let offset = span.offset().min(text.len());
        let end = span.offset().saturating_add(span.len()).min(text.len());
        let head = text.get(..offset).ok_or(MietteError::OutOfBounds)?;
        // Without context miette asks where the span itself begins.
        let start = if before == 0 {
            offset
        } else {
            head.rmatch_indices('\n').nth(before).map_or(0, |(at, _)| at + 1)
        };
        let tail = text.get(end..).ok_or(MietteError::OutOfBounds)?;
        let stop = tail.match_indices('\n').nth(after).map_or(text.len(), |(at, _)| end + at);
        // Of a line that is long beyond reading, only what stands around the label is shown.
        let near =
            |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(at);
        let start = start.max(near(offset.saturating_sub(MOST_CONTEXT)));
        let stop = stop.min(near(end.saturating_add(MOST_CONTEXT))).max(start);
        let position = self.source.position(u32::try_from(start).unwrap_or(u32::MAX));
        let data = text.as_bytes().get(start..stop).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            data,
            (start, stop - start).into(),
            position.line - 1,
            position.column - 1,
            after,
        )))
    }
}

/// The text with hidden characters replaced by visible ones of the same length in bytes, so that
/// every span still fits.
fn masked(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            '\t' | '\r' => shown.push(' '),
            _ if !is_hidden(c) => shown.push(c),
            _ => match c.len_utf8() {
                2 => shown.push('\u{bf}'),
                3 => shown.push(char::REPLACEMENT_CHARACTER),
                length => shown.extend(std::iter::repeat_n('?', length)),
            },
        }
    }
    Cow::Owned(shown)
}

/// The text with every control, bidirectional or invisible character as its code point, so that
/// what a file or an input holds can never steer a terminal.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_hidden(c) {
            shown.push(c);
        } else {
            shown.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
        }
    }
    shown
}

/// Whether a character is a control, a bidirectional mark or an invisible format character.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    ) || c.is_control()
}
