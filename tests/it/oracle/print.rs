//! A ruleset as files, in one of the many layouts that mean the same.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::model::{Ruleset, Written};
use super::words::Words;

/// The files of a ruleset, by name, and what stands where in them.
#[derive(Debug, Clone)]
pub(crate) struct Printed {
    pub(crate) files: Vec<(String, String)>,
    /// Excludes in file order.
    pub(crate) excludes: Vec<usize>,
    /// File and line.
    pub(crate) places: BTreeMap<Written, (String, usize)>,
}

/// The lines of a declaration, each with what it writes.
type Block = Vec<(Option<Written>, String)>;

/// In path order.
const NAMES: [&str; 3] = ["a.rules", "b/c.rules", "z.rules"];

/// Prints a ruleset in the layout of a seed; `more` are further declarations as they stand.
pub(crate) fn print(ruleset: &Ruleset, layout: u32, more: &[&str]) -> Printed {
    let mut draw = Draw::seeded(layout);
    let mut blocks = blocks(ruleset, &mut draw);
    for text in more {
        blocks.push(text.lines().map(|line| (None, line.to_owned())).collect());
    }
    draw.shuffle(&mut blocks);
    let mut texts = vec![String::new(); 1 + draw.below(3)];
    let mut excludes = vec![Vec::new(); texts.len()];
    let mut places = BTreeMap::new();
    for block in blocks {
        let at = draw.below(texts.len());
        for (index, (written, line)) in block.iter().enumerate() {
            add_line(&mut draw, &mut texts[at], line, index == 0);
            let Some(written) = written else { continue };
            if let Written::Exclude(exclude) = written {
                excludes[at].push(*exclude);
            }
            places.insert(*written, (NAMES[at].to_owned(), texts[at].lines().count()));
        }
    }
    let named = NAMES.iter().zip(texts);
    let mut files: Vec<(String, String)> =
        named.map(|(name, text)| ((*name).to_owned(), ended(&mut draw, text))).collect();
    draw.shuffle(&mut files);
    Printed { files, excludes: excludes.concat(), places }
}

/// Every declaration of a ruleset.
fn blocks(ruleset: &Ruleset, draw: &mut Draw<'_>) -> Vec<Block> {
    let mut words = Words { ruleset, draw };
    let mut blocks = vec![
        vec![(None, "ruleset random \"Random\"".to_owned())],
        vec![(None, format!("credits {}", words.round(ruleset.round)))],
    ];
    for unit in &ruleset.units {
        blocks.push(vec![(None, words.unit(unit))]);
    }
    for input in &ruleset.inputs {
        blocks.push(vec![(None, words.input(input))]);
    }
    for (at, target) in ruleset.targets.iter().enumerate() {
        let mut block = vec![(None, words.head(target))];
        let mut clauses: Vec<Block> = Vec::new();
        for (clause, form) in target.clauses.iter().enumerate() {
            let lines = words.clause(target, form).into_iter().enumerate();
            let line = |(row, line)| (Some(Written::Clause(at, clause, row)), line);
            clauses.push(lines.map(line).collect());
        }
        words.draw.shuffle(&mut clauses);
        block.extend(clauses.into_iter().flatten());
        blocks.push(block);
    }
    for (at, condition) in ruleset.excludes.iter().enumerate() {
        let when = words.condition(condition);
        let line = format!("exclude when {when} because \"exclude {at}\"");
        blocks.push(vec![(Some(Written::Exclude(at)), line)]);
    }
    for together in &ruleset.togethers {
        let lines = words.together(together);
        blocks.push(lines.into_iter().map(|line| (None, line)).collect());
    }
    blocks
}

/// Adds a line with blanks, reasons and comments where they change nothing.
fn add_line(draw: &mut Draw<'_>, text: &mut String, line: &str, head: bool) {
    while draw.one_in(12) {
        text.push_str(draw.pick(&["\n", "# a comment\n", "    # \"another\n", "   \n"]));
    }
    if !head {
        text.push_str(&" ".repeat(2 + draw.below(7)));
    }
    let mut in_string = false;
    let mut escaped = false;
    for c in line.chars() {
        text.push(c);
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = c == '\\' && !escaped;
        if c == ' ' && !in_string && draw.one_in(12) {
            text.push_str("   ");
        }
    }
    if !line.contains("because") && draw.one_in(12) {
        text.push_str(" because \"a # reason\"");
    }
    if draw.one_in(12) {
        text.push_str(draw.pick(&["  ", " # a comment", "# because \"none\""]));
    }
    text.push('\n');
}

/// The ends of lines and of the file.
fn ended(draw: &mut Draw<'_>, mut text: String) -> String {
    if draw.one_in(8) {
        text = text.trim_end().to_owned();
    }
    if draw.one_in(8) {
        text = text.replace('\n', "\r\n");
    }
    text
}
