//! Which changes are tried of what is written.

mod limit;

use super::Mutant;
use super::literal::{At, days, literals, steps};
use crate::period::{Claim, Proration, TermUnit};
use crate::quantity::{Exact, RoundingMode, plain};
use crate::source::{Place, Source, SourceId, Span};
use crate::syntax::ast::{
    Amount, AmountKind, Clause, ClauseBody, Condition, Declaration, Expression, ExpressionKind,
    Head, InputKind, Per, Predicate, Rate, RateForm, RoundClause, Row, Tier, TierMode, Value,
};

/// The changes of one declaration.
pub(super) fn mutants(id: SourceId, source: &Source, declaration: &Declaration) -> Vec<Mutant> {
    let mut walk = Walk { id, source, found: Vec::new() };
    walk.declaration(declaration);
    walk.found
}

struct Walk<'a> {
    id: SourceId,
    source: &'a Source,
    found: Vec<Mutant>,
}

impl Walk<'_> {
    fn declaration(&mut self, declaration: &Declaration) {
        let whole = || {
            let clauses = declaration.clauses.iter().flat_map(lines);
            std::iter::once(declaration.span).chain(clauses).collect::<Vec<_>>()
        };
        match &declaration.head {
            Head::Credits(round) => self.rounding(declaration.span, round),
            Head::Unit(_, Some((number, _))) => self.number("unit", number.span),
            Head::Product(_, _, per) => self.per(per),
            Head::Exclude(condition) => {
                self.drop("exclude", &whole());
                self.condition(condition);
            }
            Head::Together(..) => self.drop("together", &whole()),
            Head::Limit(limit) => {
                self.drop("limit", &whole());
                self.limit(declaration.span, limit);
            }
            Head::Grace(days, counts) => {
                self.drop("grace", &whole());
                self.number("grace", days.span);
                let other = if counts.value { "does not count" } else { "counts" };
                self.replace("grace", counts.span, other);
            }
            Head::License(..) | Head::Unit(_, None) => {}
            Head::Input(_, kind) => self.default(declaration.span, kind),
            Head::Ruleset(..) | Head::Example(_) | Head::Always(..) => return,
        }
        for clause in &declaration.clauses {
            self.clause(clause);
        }
    }

    fn clause(&mut self, clause: &Clause) {
        // These charge nothing.
        let unseen = matches!(
            clause.body,
            ClauseBody::Note(_) | ClauseBody::AllowFalling | ClauseBody::AllowLoss
        );
        if !unseen {
            self.claim(clause);
        }
        let dated = clause.claim != Claim::Undated;
        let drop = match &clause.body {
            ClauseBody::Rate(_) if dated => Some("dated rate"),
            ClauseBody::Per(_) => Some("block"),
            ClauseBody::Count(_) => Some("count"),
            ClauseBody::AtLeast(_) => Some("at least"),
            ClauseBody::AtMost(_) => Some("at most"),
            ClauseBody::ZeroCharged => Some("zero charged"),
            ClauseBody::Round(_) => Some("rounding"),
            ClauseBody::When(..) => Some("exception"),
            ClauseBody::Withdrawn => Some("withdrawn"),
            ClauseBody::Grants(_) => Some("grant"),
            ClauseBody::OnlyFor(_) => Some("only for"),
            _ => None,
        };
        if let Some(what) = drop {
            self.drop(what, &lines(clause));
        }
        match &clause.body {
            ClauseBody::Rate(rate) => self.rate(rate),
            ClauseBody::When(condition, rate) => {
                self.condition(condition);
                self.rate(rate);
            }
            ClauseBody::Per(per) => self.per(per),
            ClauseBody::Count(count) => self.expression(count),
            ClauseBody::AtLeast(number) => self.number("at least", number.span),
            ClauseBody::AtMost(number) => self.number("at most", number.span),
            ClauseBody::Round(round) => self.rounding(clause.span, round),
            ClauseBody::Grants(granted) => self.number("grant", granted.number.span),
            ClauseBody::OnlyFor(names) => {
                let spans: Vec<Span> = names.iter().map(|name| name.span).collect();
                self.drop_one("only for", &spans);
            }
            ClauseBody::Sku(codes) => {
                for code in codes {
                    let slice = self.source.slice(code.span);
                    self.replace("code", code.span, &other_text(slice));
                }
            }
            _ => {}
        }
    }

    /// The default of an input: another value, and none.
    fn default(&mut self, line: Span, kind: &InputKind) {
        let (values, default) = match kind {
            InputKind::Choice(values, default) => (values.as_slice(), default),
            InputKind::Number(default)
            | InputKind::YesNo(default)
            | InputKind::Text(default)
            | InputKind::Date(default) => (&[][..], default),
        };
        let Some(default) = default else { return };
        let span = default.span();
        let slice = |value: &Value| self.source.slice(value.span());
        let own = slice(default);
        let others = match default {
            Value::Number(_) => steps(own),
            Value::Date(_) => days(own),
            Value::Name(_) if values.is_empty() => {
                vec![if own == "yes" { "no" } else { "yes" }.to_owned()]
            }
            _ if values.is_empty() => vec![other_text(own)],
            _ => {
                let others = values.iter().map(slice).filter(|other| *other != own);
                others.map(str::to_owned).collect()
            }
        };
        for other in others {
            self.replace("default", span, &other);
        }
        let before = Span { start: line.start, end: span.start };
        if let Some(at) = self.source.slice(before).rfind(',') {
            let cut = Span { end: span.end, ..part(line, at..at) };
            self.push("default", span, (own.to_owned(), String::new()), vec![(cut, String::new())]);
        }
    }

    /// The days of `from DATE [to DATE]`.
    fn claim(&mut self, clause: &Clause) {
        let count = match clause.claim {
            Claim::Undated => return,
            Claim::From(_) => 1,
            Claim::Window(_) => 2,
        };
        let (_, dates) = literals(self.source.slice(clause.span));
        let own: Vec<At> = dates.into_iter().take(count).collect();
        self.literals("date", clause.span, &own, days);
    }

    fn rate(&mut self, rate: &Rate) {
        match &rate.form {
            RateForm::Plain(amount, _) => self.amount("rate", amount),
            RateForm::Tiered(mode, tiers) => self.tiers(rate.span, *mode, tiers),
            RateForm::Table(_, rows) => {
                for row in rows {
                    self.row(row);
                }
            }
        }
    }

    fn tiers(&mut self, rate: Span, mode: TierMode, tiers: &[Tier]) {
        let (word, other) = match mode {
            TierMode::Graduated => ("graduated", "volume"),
            TierMode::Volume => ("volume", "graduated"),
        };
        if let Some(at) = self.source.slice(rate).find(word) {
            self.replace("mode", part(rate, at..at + word.len()), other);
        }
        let words: Vec<(Span, String)> = tiers
            .iter()
            .filter_map(|tier| {
                let bound = tier.bound?;
                let other = if bound.inclusive { "below " } else { "up to " };
                Some((Span { start: tier.span.start, end: bound.span.start }, other.to_owned()))
            })
            .collect();
        if let Some((first, new)) = words.first() {
            let (old, new) = (self.source.slice(*first).trim().to_owned(), new.trim().to_owned());
            self.push("bounds", *first, (old, new), words);
        }
        for tier in tiers {
            if let Some(bound) = tier.bound {
                self.drop("tier", &[tier.span]);
                self.number("bound", bound.span);
            }
            self.amount("tier", &tier.amount);
        }
    }

    fn row(&mut self, row: &Row) {
        self.drop("table row", &[row.span]);
        for cell in row.cells.iter().flatten() {
            if let Some(predicate) = &cell.predicate {
                self.predicate(predicate);
            }
        }
        self.amount("table row", &row.amount);
    }

    fn amount(&mut self, what: &'static str, amount: &Amount) {
        if amount.kind == AmountKind::Refused {
            let slice = self.source.slice(amount.span);
            if let Some(at) = slice.find("refused") {
                self.replace("refusal", part(amount.span, at..at + "refused".len()), "0");
            }
            return;
        }
        let (numbers, _) = literals(self.source.slice(amount.span));
        self.literals(what, amount.span, &numbers, steps);
    }

    fn per(&mut self, per: &Per) {
        if let Some(block) = &per.block {
            self.number("block", block.span);
            let head = Span { start: per.span.start, end: block.span.start };
            let other = if per.started { "per " } else { "per started " };
            self.replace("block", head, other);
        }
        let Some(term) = per.term else { return };
        let slice = self.source.slice(per.span);
        let (word, other) = match term.unit {
            TermUnit::Year => ("year", "month"),
            TermUnit::Month => ("month", "year"),
        };
        let (unit, way) = (slice.rfind(word), slice.rfind(" by "));
        let end = slice.len();
        if let Some(at) = unit {
            self.replace("term", part(per.span, at..at + word.len()), other);
        }
        let all = [
            Proration::ByDay,
            Proration::ByDayOf365,
            Proration::ByDayOf360,
            Proration::ByStartedPeriod,
            Proration::ByWholePeriod,
        ];
        for way_of in all.into_iter().filter(|way| *way != term.proration) {
            if let Some(at) = way {
                self.replace("term", part(per.span, at + 1..end), way_of.words());
            }
        }
    }

    fn rounding(&mut self, line: Span, round: &RoundClause) {
        let before = Span { start: line.start, end: round.step_span.start };
        let Some(at) = self.source.slice(before).find("round ") else { return };
        let mode = Span { start: before.start + Span::new(at + "round ".len(), 0).start, ..before };
        let all = [
            RoundingMode::HalfUp,
            RoundingMode::HalfEven,
            RoundingMode::HalfDown,
            RoundingMode::Up,
            RoundingMode::Down,
        ];
        for other in all.into_iter().filter(|mode| *mode != round.mode) {
            let words = (round.mode.words().to_owned(), other.words().to_owned());
            let edits = vec![(mode, format!("{} to ", other.words()))];
            self.push("rounding", mode, words, edits);
        }
        let step = Exact::from(round.step);
        for step in [&step * &Exact::from(10), step / Exact::from(10)] {
            if let Some(step) = step.to_decimal() {
                self.replace("rounding", round.step_span, &plain(step));
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        let spans: Vec<Span> = condition.tests.iter().map(|test| test.span).collect();
        self.drop_one("condition", &spans);
        for test in &condition.tests {
            self.predicate(&test.predicate);
        }
    }

    fn predicate(&mut self, predicate: &Predicate) {
        let values: Vec<&Value> = match predicate {
            Predicate::Values { values, .. } => {
                let spans: Vec<Span> = values.iter().map(Value::span).collect();
                self.drop_one("value", &spans);
                values.iter().collect()
            }
            Predicate::Range { lower, upper } => {
                lower.iter().chain(upper).map(|(value, _)| value).collect()
            }
        };
        for value in values {
            match value {
                Value::Number(number) => self.number("value", number.span),
                Value::Date(day) => {
                    let whole = 0..self.source.slice(day.span).len();
                    self.literals("value", day.span, &[whole], days);
                }
                Value::Text(_) | Value::Name(_) => {}
            }
        }
    }

    /// Recursion follows nesting, which the parser bounds.
    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Number(_) => self.number("count", expression.span),
            ExpressionKind::Name(_) => {}
            ExpressionKind::Sum(parts) | ExpressionKind::Product(parts) => {
                parts.iter().for_each(|(_, part)| self.expression(part));
            }
            ExpressionKind::Call(name, arguments) => {
                let other = match name.value.as_str() {
                    "min" => "max",
                    "max" => "min",
                    "ceil" => "floor",
                    _ => "ceil",
                };
                self.replace("count", name.span, other);
                arguments.iter().for_each(|argument| self.expression(argument));
            }
            ExpressionKind::Choice(branches, otherwise) => {
                for (condition, value) in branches {
                    self.condition(condition);
                    self.expression(value);
                }
                self.expression(otherwise);
            }
        }
    }

    fn number(&mut self, what: &'static str, span: Span) {
        let whole = 0..self.source.slice(span).len();
        self.literals(what, span, &[whole], steps);
    }

    /// Each of these literals of a span, changed a little.
    fn literals(
        &mut self,
        what: &'static str,
        span: Span,
        all: &[At],
        near: fn(&str) -> Vec<String>,
    ) {
        for at in all {
            let own = part(span, at.clone());
            for new in near(self.source.slice(own)) {
                self.replace(what, own, &new);
            }
        }
    }

    fn replace(&mut self, what: &'static str, span: Span, new: &str) {
        let old = self.source.slice(span).trim().to_owned();
        let edits = vec![(span, new.to_owned())];
        self.push(what, span, (old, new.trim().to_owned()), edits);
    }

    /// Whole lines go.
    fn drop(&mut self, what: &'static str, lines: &[Span]) {
        let Some(first) = lines.first() else { return };
        let line = self.source.slice(*first);
        let old = line.split(" because ").next().unwrap_or(line).trim().to_owned();
        let edits = lines.iter().map(|line| (*line, String::new())).collect();
        self.push(what, *first, (old, String::new()), edits);
    }

    /// Of several parts that stand behind each other, one goes with what joins it to the others.
    fn drop_one(&mut self, what: &'static str, spans: &[Span]) {
        for (index, own) in spans.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| spans.get(before));
            let cut = match (before, spans.get(index + 1)) {
                (Some(before), _) => Span { start: before.end, end: own.end },
                (None, Some(next)) => Span { start: own.start, end: next.start },
                (None, None) => return,
            };
            let old = self.source.slice(*own).to_owned();
            self.push(what, *own, (old, String::new()), vec![(cut, String::new())]);
        }
    }

    fn push(
        &mut self,
        what: &'static str,
        span: Span,
        (old, new): (String, String),
        edits: Vec<(Span, String)>,
    ) {
        let place = Place { source: self.id, span };
        self.found.push(Mutant { place, what, old, new, edits });
    }
}

/// A quoted text with another last character.
fn other_text(quoted: &str) -> String {
    let text = quoted.strip_suffix('"').unwrap_or(quoted);
    let last = text.chars().next_back().filter(char::is_ascii_alphanumeric);
    // What stands behind a backslash is no character of its own.
    let last = last.filter(|_| !text.contains('\\'));
    let kept = text.strip_suffix(|c| Some(c) == last).unwrap_or(text);
    format!("{kept}{}\"", if last == Some('1') { '2' } else { '1' })
}

/// The line of a clause, and those of its rows.
fn lines(clause: &Clause) -> Vec<Span> {
    let mut lines = vec![clause.span];
    if let ClauseBody::Rate(rate) | ClauseBody::When(_, rate) = &clause.body {
        match &rate.form {
            RateForm::Plain(..) => {}
            RateForm::Tiered(_, tiers) => lines.extend(tiers.iter().map(|tier| tier.span)),
            RateForm::Table(_, rows) => lines.extend(rows.iter().map(|row| row.span)),
        }
    }
    lines
}

/// A part of a span.
fn part(span: Span, at: At) -> Span {
    let Span { start, end } = Span::new(at.start, at.end);
    Span { start: span.start + start, end: span.start + end }
}
