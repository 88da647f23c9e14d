//! From text to a tree: the only place that knows pest.
//!
//! A file is cut into lines and each is parsed alone, so that a broken line costs only itself.
//! Parsing always gives a tree; what is wrong stands beside it.

pub mod ast;
mod diagnostics;
mod grammar;
mod lines;
mod lower;
pub mod policy;
mod structure;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourceId};

/// What was read of one file.
#[derive(Debug, Default)]
pub struct Parse {
    /// The declarations, in the order of the file.
    pub declarations: Vec<ast::Declaration>,
    /// Words on heads that could not be read: names they may have declared.
    pub lost_names: Vec<String>,
    /// Comments, for the formatter.
    pub comments: Vec<ast::Comment>,
    /// Lines without anything on them, for the formatter.
    pub blank_lines: Vec<ast::LineSpan>,
    /// What is wrong with the form of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one file.
pub fn parse(id: SourceId, source: &Source) -> Parse {
    let lines = lines::split(id, source.text());
    let mut parse = Parse {
        comments: lines.comments,
        blank_lines: lines.blank_lines,
        diagnostics: lines.diagnostics,
        ..Parse::default()
    };
    structure::assemble(id, lines.lines, &mut parse);
    parse
}

/// Whether a text can stand as a value without quotes: a name that is no reserved word.
pub fn is_bare_value(text: &str) -> bool {
    grammar::is_name(text)
}
