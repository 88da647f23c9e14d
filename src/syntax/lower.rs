//! From pest's pairs to the tree, by hand.

mod clause;
mod expression;
mod head;
mod limit;
mod literal;
mod policy;

use pest::iterators::Pairs;

use super::ast::{Declaration, Text};
use super::diagnostics as found;
use super::grammar::{Pair, Rule};
use crate::diagnostic::Diagnostic;
use crate::period::{Claim, Days};
use crate::source::{Place, SourceId, Span};

pub(super) use clause::Lowered as LoweredClause;
pub(super) use policy::policy_line;

/// A line that cannot be lowered says why; the line is then broken.
pub(super) type Lowering<T> = Result<T, Box<Diagnostic>>;

/// Where a line stands.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// The file.
    pub source: SourceId,
    /// Byte offset of the line's code in it.
    pub offset: usize,
}

impl Context {
    /// The span of a pair from its first to its last token: pest lets a rule that ends in an
    /// optional part swallow the blanks behind it.
    fn span(self, pair: &Pair<'_>) -> Span {
        let start = self.offset + pair.as_span().start();
        Span::new(start, start + pair.as_str().trim_end().len())
    }

    fn place(self, span: Span) -> Place {
        Place { source: self.source, span }
    }

    fn fault<T>(diagnostic: Diagnostic) -> Lowering<T> {
        Err(Box::new(diagnostic))
    }
}

/// The pairs inside a pair, taken one by one. The grammar fixes which come; where it does not
/// hold, that is a mistake of this program, reported at the line instead of a panic.
struct Parts<'i> {
    pairs: Pairs<'i, Rule>,
    whole: Place,
}

impl<'i> Parts<'i> {
    fn of(context: Context, pair: Pair<'i>) -> Self {
        let whole = context.place(context.span(&pair));
        Self { pairs: pair.into_inner(), whole }
    }

    fn need(&mut self) -> Lowering<Pair<'i>> {
        self.pairs.next().ok_or_else(|| Box::new(found::unexpected(self.whole, "", &[])))
    }

    fn peek(&self) -> Option<Rule> {
        self.pairs.peek().map(|pair| pair.as_rule())
    }

    fn accept(&mut self, rule: Rule) -> Option<Pair<'i>> {
        if self.peek() == Some(rule) { self.pairs.next() } else { None }
    }

    /// Steps over keywords and punctuation.
    fn pass(&mut self, rules: &[Rule]) {
        while self.peek().is_some_and(|rule| rules.contains(&rule)) {
            self.pairs.next();
        }
    }

    fn pass_one(&mut self) {
        self.pairs.next();
    }
}

impl<'i> Iterator for Parts<'i> {
    type Item = Pair<'i>;

    fn next(&mut self) -> Option<Pair<'i>> {
        self.pairs.next()
    }
}

/// A head line as a declaration without clauses.
pub(super) fn head_line(context: Context, line: Pair<'_>, span: Span) -> Lowering<Declaration> {
    let mut parts = Parts::of(context, line);
    let head = context.head(Parts::need(&mut parts)?)?;
    let because = context.because(&mut parts)?;
    let declaration =
        Declaration { head, because, span, clauses: Vec::new(), has_broken_line: false };
    Ok(declaration)
}

/// A clause line as a clause or a row.
pub(super) fn clause_line(context: Context, line: Pair<'_>, span: Span) -> Lowering<LoweredClause> {
    let mut parts = Parts::of(context, line);
    let claim = match parts.accept(Rule::dated) {
        Some(pair) => context.claim(pair)?,
        None => Claim::Undated,
    };
    let body = Parts::need(&mut parts)?;
    let because = context.because(&mut parts)?;
    context.clause(claim, body, because, span)
}

impl Context {
    fn because(self, parts: &mut Parts<'_>) -> Lowering<Option<Text>> {
        let Some(pair) = parts.accept(Rule::because) else { return Ok(None) };
        let mut inner = Parts::of(self, pair);
        inner.pass(&[Rule::kw_because]);
        let reason = self.string(&Parts::need(&mut inner)?)?;
        if reason.value.trim().is_empty() {
            return Self::fault(found::empty_text(self.place(reason.span), "the reason"));
        }
        Ok(Some(reason))
    }

    /// `from DATE [to DATE]`
    fn claim(self, pair: Pair<'_>) -> Lowering<Claim> {
        let span = self.span(&pair);
        let mut days = Parts::of(self, pair).filter(|part| part.as_rule() == Rule::date_here);
        let first = days.next().map(|day| self.day(&day)).transpose()?;
        let last = days.next().map(|day| self.day(&day)).transpose()?;
        match (first, last) {
            (Some(from), Some(to)) if from.value > to.value => {
                Self::fault(found::dates_reversed(self.place(span)))
            }
            (Some(from), Some(to)) => Ok(Claim::Window(Days { from: from.value, to: to.value })),
            (Some(from), None) => Ok(Claim::From(from.value)),
            _ => Ok(Claim::Undated),
        }
    }
}
