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
    "ruleset", "credits", "grace", "unit", "input", "product", "license", "exclude", "together",
    "limit", "example", "always",
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
    "credits",
    "on",
    "given",
    "expect",
    "allocate",
    "up",
    "below",
    "beyond",
    "|",
];

const ROWS: &[&str] = &["up", "below", "beyond", "|"];

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
        let word = first_token(&line.code);
        let is_clause = match word {
            "credits" => second_word(&line.code) == "only",
            _ => CLAUSES.contains(&word),
        };
        if is_clause && matches!(self.below, Below::Declaration(_)) {
            // A clause that is not indented belongs to what stands above it.
            if !line.broken {
                let place = self.place(Span::new(line.offset, line.offset + word.len()));
                self.report(found::unknown_declaration(place, word, HEADS, true));
            }
            self.broken_clause(word);
            return;
        }
        self.finish();
        let declaration = if line.broken { None } else { self.read_head(line) };
        self.below = if let Some(declaration) = declaration {
            Below::Declaration(Box::new(declaration))
        } else {
            self.lose_names(&line.code);
            Below::Broken
        };
    }

    /// Notes the words of a head that could not be read: it may have declared any of them.
    fn lose_names(&mut self, code: &str) {
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_').skip(1);
        self.parse.lost_names.extend(words.filter(|word| !word.is_empty()).map(str::to_lowercase));
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
        match read {
            Some(LoweredClause::Clause(clause)) => self.add(clause),
            Some(LoweredClause::BareRate(clause)) => {
                self.end_rate();
                if let Below::Declaration(declaration) = &mut self.below {
                    declaration.has_broken_line = true;
                    declaration.clauses.push(clause);
                    self.rows = Rows::Bare;
                }
            }
            Some(LoweredClause::Tier(tier)) => self.add_tier(tier),
            Some(LoweredClause::Row(row)) => self.add_row(row),
            None => {
                let word = undated(&line.code);
                if HEADS.contains(&word) && (word != "credits" || declares_rounding(&line.code)) {
                    // A head that is indented: what follows it is its own.
                    self.finish();
                    self.lose_names(&line.code);
                    self.below = Below::Broken;
                } else {
                    self.broken_clause(word);
                }
            }
        }
    }

    /// A clause or row that could not be read: nothing is said about what may be missing then.
    fn broken_clause(&mut self, word: &str) {
        // A word that begins nothing may have been meant to begin a row.
        if !ROWS.contains(&word) && CLAUSES.contains(&word) {
            self.end_rate();
        }
        self.lose_rows();
    }

    /// The rows that follow, and what is missing in the rate above them, are not spoken of.
    fn lose_rows(&mut self) {
        if let Below::Declaration(declaration) = &mut self.below {
            declaration.has_broken_line = true;
            if self.rows == Rows::Bare {
                declaration.clauses.pop();
            }
        }
        self.rows = Rows::Broken;
    }

    fn read_clause(&mut self, line: &Line) -> Option<LoweredClause> {
        let word = first_token(&line.code);
        if !CLAUSES.contains(&word) || declares_rounding(&line.code) {
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
        let form = match self.rows {
            Rows::Broken => return,
            Rows::Bare => return self.unnamed_tiers(),
            Rows::None => None,
            Rows::OfLast => self.last_rate().map(|rate| &mut rate.form),
        };
        let (message, help) = match form {
            Some(RateForm::Tiered(_, tiers)) => {
                let Some(last) = tiers.last().filter(|last| last.bound.is_none()) else {
                    tiers.push(tier);
                    return;
                };
                let last = last.span;
                return self.row_after_last(place, last, "`beyond`");
            }
            Some(RateForm::Plain(..)) => return self.unnamed_tiers(),
            Some(RateForm::Table(..)) => (
                "a tier stands in a table",
                "rows of a table begin with `|`; tiers stand below `rate graduated` or `rate volume`",
            ),
            None => (
                "this tier stands below no rate",
                "tiers stand below `rate graduated` or `rate volume`",
            ),
        };
        self.misplaced_row(place, message, help);
    }

    /// Tiers below a rate that does not say how they charge.
    fn unnamed_tiers(&mut self) {
        if let Some(span) = self.last_rate().map(|rate| rate.span) {
            let place = self.place(span);
            self.report(found::unnamed_tiers(place));
        }
        self.lose_rows();
    }

    fn add_row(&mut self, row: Row) {
        let place = self.place(row.span);
        let form = match self.rows {
            Rows::Broken => return,
            Rows::Bare | Rows::None => None,
            Rows::OfLast => self.last_rate().map(|rate| &mut rate.form),
        };
        let (message, help) = match form {
            Some(RateForm::Table(_, rows)) => {
                let Some(last) = rows.last().filter(|last| last.cells.is_none()) else {
                    rows.push(row);
                    return;
                };
                let last = last.span;
                return self.row_after_last(place, last, "`otherwise`");
            }
            Some(_) => (
                "this row stands below a rate that is not a table",
                "rows stand below `rate by INPUT, INPUT`; tiers begin with `up to`, `below` or `beyond`",
            ),
            None => (
                "this row stands below no table",
                "rows stand below `rate by INPUT, INPUT`, which names the inputs of their columns",
            ),
        };
        self.misplaced_row(place, message, help);
    }

    /// A row behind the one that covers the rest.
    fn row_after_last(&mut self, place: Place, last: Span, word: &str) {
        let last = self.place(last);
        let message = format!("this row stands after {word}");
        let found = found::misplaced_row(place, &message, &format!("{word} is the last row"));
        self.report(found.label(last, "the rate ends here"));
        self.lose_rows();
    }

    fn misplaced_row(&mut self, place: Place, message: &str, help: &str) {
        if !matches!(self.below, Below::Broken) {
            self.report(found::misplaced_row(place, message, help));
        }
        self.lose_rows();
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

/// Whether a line is `credits round …`, which is a declaration; other lines with `credits` are clauses.
fn declares_rounding(code: &str) -> bool {
    first_token(code) == "credits" && second_word(code) == "round"
}

fn second_word(code: &str) -> &str {
    code.split_whitespace().nth(1).unwrap_or_default()
}

/// The word that a line begins with, behind its date if it has one.
fn undated(code: &str) -> &str {
    let mut words = code.split_whitespace();
    let first = first_token(code);
    if first != "from" {
        return first;
    }
    match words.nth(2) {
        Some("to") => words.nth(1).unwrap_or(first),
        other => other.unwrap_or(first),
    }
}
