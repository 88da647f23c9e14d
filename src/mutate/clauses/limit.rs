//! Which changes are tried of a limit.

use super::super::literal::{days, literals, steps};
use super::{Walk, part};
use crate::source::Span;
use crate::syntax::ast::{Comparison, Limit, LimitBody};

impl Walk<'_> {
    pub(super) fn limit(&mut self, line: Span, limit: &Limit) {
        let (numbers, dates) = literals(self.source.slice(line));
        self.literals("limit", line, &numbers, steps);
        self.literals("limit", line, &dates, days);
        if let LimitBody::CountOf(comparison, ..) | LimitBody::Compare(_, comparison, ..) =
            &limit.body
        {
            let (word, others) = match comparison {
                Comparison::AtMost => ("at most", &["at least"][..]),
                Comparison::AtLeast => ("at least", &["at most"][..]),
                Comparison::Exactly => ("exactly", &["at most", "at least"][..]),
            };
            others.iter().for_each(|other| self.word("limit", line, word, other));
        }
        match &limit.body {
            LimitBody::UnitForUnit(..) => self.word("limit", line, "unit for unit", ""),
            LimitBody::Compare(.., Some(_)) => self.word("limit", line, "or none", ""),
            _ => {}
        }
        self.level(line, limit.warn);
    }

    /// What stands in front of the reason.
    fn body(&self, line: Span) -> &str {
        let slice = self.source.slice(line);
        slice.split(" because ").next().unwrap_or(slice).trim_end()
    }

    /// Words of the language, which no name is: other ones in their place, or none.
    fn word(&mut self, what: &'static str, line: Span, word: &str, other: &str) {
        let body = format!("{} ", self.body(line));
        if let Some(at) = body.find(&format!(" {word} ")) {
            let at = at + 1;
            self.replace(what, part(line, at..at + word.len()), other);
        }
    }

    /// Whether a breach refuses or warns.
    fn level(&mut self, line: Span, warns: bool) {
        let (level, other) = if warns { ("warn", "refuse") } else { ("refuse", "warn") };
        let body = self.body(line);
        if body.ends_with(&format!(" {level}")) {
            return self.word("level", line, level, other);
        }
        let end = part(line, body.len()..body.len());
        let words = (level.to_owned(), other.to_owned());
        self.push("level", end, words, vec![(end, format!(" {other}"))]);
    }
}
