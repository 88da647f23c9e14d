//! Names, strings, numbers, dates and values, with their forms checked.

use super::super::ast::{Day, Name, Number, Spanned, Text, Value};
use super::super::diagnostics as found;
use super::super::grammar::{Pair, Rule};
use super::{Context, Lowering, Parts};
use crate::diagnostic::render::is_hidden;
use crate::period::parse_date;
use crate::quantity::parse_literal;
use crate::source::Span;

impl Context {
    /// A name: lower-case ASCII letters, digits and `_`, beginning with a letter.
    pub(super) fn name(self, pair: &Pair<'_>) -> Lowering<Name> {
        let (text, span) = (pair.as_str(), self.span(pair));
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
        let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if starts && text.chars().all(part) {
            return Ok(Spanned { value: text.to_owned(), span });
        }
        let lower = text.to_lowercase();
        let mended: String = lower.chars().filter(|c| part(*c)).collect();
        let mended = mended.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        Self::fault(found::bad_name(
            self.place(span),
            text,
            if lower.is_ascii() { mended } else { "" },
        ))
    }

    /// The names of a list.
    pub(super) fn names(self, pair: Pair<'_>) -> Lowering<Vec<Name>> {
        Parts::of(self, pair)
            .filter(|part| part.as_rule() == Rule::name)
            .map(|part| self.name(&part))
            .collect()
    }

    /// A string, its escapes resolved.
    pub(super) fn string(self, pair: &Pair<'_>) -> Lowering<Text> {
        let span = self.span(pair);
        let inner = pair.as_str().get(1..pair.as_str().len() - 1).unwrap_or_default();
        let mut value = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some((before, escape)) = rest.split_once('\\') {
            value.push_str(before);
            let (c, length) = unescape(escape).ok_or_else(|| {
                let at = span.start as usize + 1 + (inner.len() - escape.len()) - 1;
                let end = escape.find('}').filter(|_| escape.starts_with('u'));
                let one = escape.chars().next().map_or(0, char::len_utf8);
                let shown = escape.get(..end.map_or(one, |end| end + 1)).unwrap_or(escape);
                let place = self.place(Span::new(at, at + 1 + shown.len()));
                Box::new(found::bad_escape(place, &format!("\\{shown}")))
            })?;
            value.push(c);
            rest = escape.get(length..).unwrap_or_default();
        }
        value.push_str(rest);
        Ok(Spanned { value, span })
    }

    /// A number literal.
    pub(super) fn number(self, pair: &Pair<'_>) -> Lowering<Number> {
        let (text, span) = (pair.as_str(), self.span(pair));
        match parse_literal(text) {
            Ok(value) => Ok(Spanned { value, span }),
            Err(fault) => Self::fault(found::bad_number(self.place(span), text, fault)),
        }
    }

    /// A date literal.
    pub(super) fn day(self, pair: &Pair<'_>) -> Lowering<Day> {
        let (text, span) = (pair.as_str(), self.span(pair));
        match parse_date(text) {
            Some(value) => Ok(Spanned { value, span }),
            None => Self::fault(found::bad_date(self.place(span), text)),
        }
    }

    /// A value, from a `value` or `scalar` pair.
    pub(super) fn value(self, pair: Pair<'_>) -> Lowering<Value> {
        let inner = Parts::need(&mut Parts::of(self, pair))?;
        Ok(match inner.as_rule() {
            Rule::string => Value::Text(self.string(&inner)?),
            Rule::date => Value::Date(self.day(&inner)?),
            Rule::number => Value::Number(self.number(&inner)?),
            _ => Value::Name(self.name(&inner).map_err(|found| {
                Box::new(
                    found.help(format!("a text is written in quotes: `\"{}\"`", inner.as_str())),
                )
            })?),
        })
    }
}

/// The character of an escape, without its backslash, and how many bytes it takes. What would not
/// be seen cannot be written as an escape either, but for the line break.
fn unescape(text: &str) -> Option<(char, usize)> {
    match text.chars().next()? {
        '"' => Some(('"', 1)),
        '\\' => Some(('\\', 1)),
        'n' => Some(('\n', 1)),
        'u' => {
            let (digits, _) = text.strip_prefix("u{")?.split_once('}')?;
            let well_formed = (1..=6).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = u32::from_str_radix(digits, 16).ok().filter(|_| well_formed)?;
            let c = char::from_u32(code).filter(|c| !is_hidden(*c))?;
            Some((c, digits.len() + 3))
        }
        _ => None,
    }
}
