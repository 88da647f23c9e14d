//! Hangs clauses on heads and rows on rates, and checks what each may carry.

mod rows;
mod words;

use super::Parse;
use super::ast::{Clause, Declaration, Head, Rate, RateForm, Row, Tier};
use super::diagnostics as found;
use super::grammar::{self, first_token};
use super::lines::Line;
use super::lower::{self, Context, LoweredClause};
use crate::diagnostic::Diagnostic;
use crate::source::{Place, SourceId, Span};
use rows::{check_rows, misplaced_was, rate_of, rate_of_mut};
use words::{clause_word, head_words, misplaced};

const HEADS: &[&str] = &[
    "ruleset", "credits", "unit", "input", "product", "license", "exclude", "together", "limit",
    "example", "always",
];
const CLAUSES: &[&str] = &[
    "sku",
    "count",
    "rate",
    "per",
    "at",
    "zero",
    "round",
    "when",
    "withdrawn",
    "allow",
    "note",
    "from",
    "grants",
    "on",
    "given",
    "expect",
    "allocate",
    "up",
    "below",
    "beyond",
    "|",
];

/// Reads the lines and puts the tree together.
pub(super) fn assemble(source: SourceId, lines: Vec<Line>, parse: &mut Parse) {
    let mut assembly = Assembly { source, parse, below: Below::Nothing, rows: Rows::None };
    for line in lines {
        if line.head {
            assembly.head(&line);
        } else {
            assembly.clause(&line);
        }
    }
    assembly.finish();
}

/// What an indented line stands below.
enum Below {
    /// No declaration yet.
    Nothing,
    /// A head that could not be read: its clauses belong to nobody.
    Broken,
    /// A declaration.
    Declaration(Box<Declaration>),
}

/// What a row stands below.
#[derive(Clone, Copy, PartialEq)]
enum Rows {
    /// No rate.
    None,
    /// A rate that could not be read.
    Broken,
    /// A rate that says neither `graduated` nor `volume`.
    Bare,
    /// The rate of the last clause.
    OfLast,
}

struct Assembly<'a> {
    source: SourceId,
    parse: &'a mut Parse,
    below: Below,
    rows: Rows,
}

impl Assembly<'_> {
    fn place(&self, span: Span) -> Place {
        Place { source: self.source, span }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.parse.diagnostics.push(diagnostic);
    }

    fn head(&mut self, line: &Line) {
        self.finish();
        let declaration = if line.broken { None } else { self.read_head(line) };
        self.below = if let Some(declaration) = declaration {
            Below::Declaration(Box::new(declaration))
        } else {
            let words = line.code.split(|c: char| !c.is_alphanumeric() && c != '_');
            self.parse
                .lost_names
                .extend(words.skip(1).filter(|word| !word.is_empty()).map(str::to_lowercase));
            Below::Broken
        };
    }

    fn read_head(&mut self, line: &Line) -> Option<Declaration> {
        let word = first_token(&line.code);
        if !HEADS.contains(&word) {
            let place = self.place(Span::new(line.offset, line.offset + word.len()));
            let is_clause = CLAUSES.contains(&word);
            self.report(found::unknown_declaration(place, word, HEADS, is_clause));
            return None;
        }
        let context = Context { source: self.source, offset: line.offset };
        let read = grammar::parse_line(self.source, line)
            .and_then(|pair| lower::head_line(context, pair, line.span()));
        match read {
            Ok(declaration) => {
                if matches!(declaration.head, Head::Exclude(_)) && declaration.because.is_none() {
                    let place = self.place(line.span());
                    self.report(found::missing_reason(place, "exclude"));
                }
                Some(declaration)
            }
            Err(diagnostic) => {
                self.report(*diagnostic);
                None
            }
        }
    }

    fn clause(&mut self, line: &Line) {
        if matches!(self.below, Below::Nothing) {
            if !line.broken {
                let place = self.place(line.span());
                self.report(found::clause_without_declaration(place));
            }
            self.below = Below::Broken;
            return;
        }
        let read = if line.broken { None } else { self.read_clause(line) };
        let Some(lowered) = read else {
            if let Below::Declaration(declaration) = &mut self.below {
                declaration.has_broken_line = true;
            }
            // Rows of a broken rate say nothing more; a broken row leaves its rate as it is.
            let word = first_token(&line.code);
            if !matches!(word, "up" | "below" | "beyond" | "|") {
                self.end_rate();
                self.rows = Rows::Broken;
            } else if self.rows == Rows::OfLast {
                self.rows = Rows::Broken;
            }
            return;
        };
        match lowered {
            LoweredClause::Clause(clause) => self.add(clause),
            LoweredClause::BareRate(clause) => {
                self.end_rate();
                self.rows = Rows::Bare;
                if let Below::Declaration(declaration) = &mut self.below {
                    declaration.has_broken_line = true;
                    declaration.clauses.push(clause);
                }
            }
            LoweredClause::Tier(tier) => self.add_tier(tier),
            LoweredClause::Row(row) => self.add_row(row),
        }
    }

    fn read_clause(&mut self, line: &Line) -> Option<LoweredClause> {
        let word = first_token(&line.code);
        if !CLAUSES.contains(&word) {
            let place = self.place(Span::new(line.offset, line.offset + word.len()));
            let is_head = HEADS.contains(&word);
            self.report(found::unknown_clause(place, word, CLAUSES, is_head));
            return None;
        }
        let context = Context { source: self.source, offset: line.offset };
        let read = grammar::parse_line(self.source, line)
            .and_then(|pair| lower::clause_line(context, pair, line.span()));
        read.map_err(|diagnostic| self.report(*diagnostic)).ok()
    }

    fn add(&mut self, clause: Clause) {
        self.end_rate();
        let (word, span) = (clause_word(&clause.body), clause.span);
        let mut rows = Rows::None;
        if let Below::Declaration(declaration) = &mut self.below {
            if let Some(takes) = misplaced(&declaration.head, &clause) {
                let owner = head_words(&declaration.head);
                let place = Place { source: self.source, span };
                declaration.has_broken_line = true;
                rows = if rate_of(&clause).is_some() { Rows::Broken } else { Rows::None };
                self.parse.diagnostics.push(found::misplaced_clause(place, word, owner, takes));
            } else {
                rows = if rate_of(&clause).is_some() { Rows::OfLast } else { Rows::None };
                if let Some(diagnostic) = misplaced_was(self.source, &clause) {
                    self.parse.diagnostics.push(diagnostic);
                }
                declaration.clauses.push(clause);
            }
        } else if rate_of(&clause).is_some() {
            rows = Rows::Broken;
        }
        self.rows = rows;
    }

    /// The rate of the last clause, where rows hang on it.
    fn last_rate(&mut self) -> Option<&mut Rate> {
        match &mut self.below {
            Below::Declaration(declaration) => rate_of_mut(declaration.clauses.last_mut()?),
            _ => None,
        }
    }

    fn add_tier(&mut self, tier: Tier) {
        let place = self.place(tier.span);
        match self.rows {
            Rows::Broken => {}
            Rows::Bare => self.report_bare(),
            Rows::None => {
                if !matches!(self.below, Below::Broken) {
                    self.report(found::misplaced_row(
                        place,
                        "this tier stands below no rate",
                        "tiers stand below `rate graduated` or `rate volume`",
                    ));
                }
            }
            Rows::OfLast => match self.last_rate().map(|rate| &mut rate.form) {
                Some(RateForm::Tiered(_, tiers)) => {
                    let last = tiers.last().filter(|last| last.bound.is_none()).map(|last| last.span);
                    tiers.push(tier);
                    if let Some(beyond) = last {
                        let beyond = self.place(beyond);
                        self.report(
                            found::misplaced_row(place, "this tier stands after `beyond`", "`beyond` is the last row")
                                .label(beyond, "the tiers end here"),
                        );
                    }
                }
                Some(RateForm::Plain(..)) => {
                    self.report_unnamed();
                    self.rows = Rows::Broken;
                }
                _ => self.report(found::misplaced_row(
                    place,
                    "a tier stands in a table",
                    "rows of a table begin with `|`; tiers stand below `rate graduated` or `rate volume`",
                )),
            },
        }
    }

    /// Tiers below a plain `rate N`.
    fn report_unnamed(&mut self) {
        if let Some(span) = self.last_rate().map(|rate| rate.span) {
            let place = self.place(span);
            self.report(found::unnamed_tiers(place));
        }
        if let Below::Declaration(declaration) = &mut self.below {
            declaration.has_broken_line = true;
        }
    }

    /// Tiers below a bare `rate`.
    fn report_bare(&mut self) {
        self.report_unnamed();
        if let Below::Declaration(declaration) = &mut self.below {
            declaration.clauses.pop();
        }
        self.rows = Rows::Broken;
    }

    fn add_row(&mut self, row: Row) {
        let place = self.place(row.span);
        match self.rows {
            Rows::Broken => {}
            Rows::Bare => {
                self.report(found::misplaced_row(
                    place,
                    "this row belongs to no table",
                    "name the inputs of its columns: `rate by INPUT, INPUT`",
                ));
                if let Below::Declaration(declaration) = &mut self.below {
                    declaration.clauses.pop();
                }
                self.rows = Rows::Broken;
            }
            Rows::None => {
                if !matches!(self.below, Below::Broken) {
                    self.report(found::misplaced_row(
                        place,
                        "this row stands below no table",
                        "rows stand below `rate by INPUT, INPUT`",
                    ));
                }
            }
            Rows::OfLast => match self.last_rate().map(|rate| &mut rate.form) {
                Some(RateForm::Table(_, rows)) => {
                    let last = rows.last().filter(|last| last.cells.is_none()).map(|last| last.span);
                    rows.push(row);
                    if let Some(otherwise) = last {
                        let otherwise = self.place(otherwise);
                        self.report(
                            found::misplaced_row(place, "this row stands after `otherwise`", "`otherwise` is the last row")
                                .label(otherwise, "the table ends here"),
                        );
                    }
                }
                _ => self.report(found::misplaced_row(
                    place,
                    "this row stands below a rate that is not a table",
                    "rows stand below `rate by INPUT, INPUT`; tiers begin with `up to`, `below` or `beyond`",
                )),
            },
        }
    }

    /// Checks the rate that the last clause holds, once no more rows can follow.
    fn end_rate(&mut self) {
        match self.rows {
            Rows::OfLast => {
                let source = self.source;
                let found =
                    self.last_rate().map(|rate| check_rows(source, rate)).unwrap_or_default();
                self.parse.diagnostics.extend(found);
            }
            Rows::Bare => {
                let span = self.last_rate().map(|rate| rate.span);
                if let Below::Declaration(declaration) = &mut self.below {
                    declaration.clauses.pop();
                }
                if let Some(span) = span {
                    let place = self.place(span);
                    self.report(found::unexpected(
                        place,
                        "",
                        &["an amount", "`by`", "`graduated`", "`volume`"],
                    ));
                }
            }
            Rows::None | Rows::Broken => {}
        }
        self.rows = Rows::None;
    }

    fn finish(&mut self) {
        self.end_rate();
        if let Below::Declaration(declaration) = std::mem::replace(&mut self.below, Below::Nothing)
        {
            self.parse.declarations.push(*declaration);
        }
    }
}
