//! Examples for what no example touches, with today's answers.
//!
//! Lines and allocations are tried on the evaluator until one touches what is sought, so that an
//! example shows what it says it shows.

mod allocation;
mod search;

use std::collections::{BTreeMap, BTreeSet};

use super::coverage::{Allocatable, Coverage, Item, Key, Touch};
use super::write::quoted;
use crate::plan::Plan;
use crate::source::Sources;
use search::Search;

/// Examples to add.
#[derive(Debug, Default)]
pub struct Missing {
    /// The examples.
    pub examples: Vec<Skeleton>,
    /// What none was found for.
    pub not_found: Vec<String>,
}

/// An example to add.
#[derive(Debug)]
pub struct Skeleton {
    /// What it shows.
    pub shows: Vec<String>,
    /// Its name.
    pub name: String,
    /// Its text in a rule file.
    pub text: String,
}

impl Missing {
    /// The examples as text of a rule file.
    pub fn text(&self) -> String {
        let example = |Skeleton { shows, text, .. }: &Skeleton| {
            let shows: String = shows.iter().map(|shown| format!("# {shown}\n")).collect();
            format!("{shows}{text}")
        };
        let mut parts: Vec<String> = self.examples.iter().map(example).collect();
        if !self.not_found.is_empty() {
            let lines = self.not_found.iter().map(|item| format!("#   {item}\n"));
            parts.push(format!("# No example was found for:\n{}", lines.collect::<String>()));
        }
        parts.join("\n")
    }
}

/// An example for everything that none touches; what one shows by the way needs no other.
pub fn missing(plan: &Plan, sources: &Sources, coverage: &Coverage) -> Missing {
    let mut names = Names { taken: coverage.names.clone() };
    let mut found = lines(plan, sources, coverage, &mut names);
    let mut open: Vec<&Allocatable> =
        coverage.allocations.iter().filter(|own| own.is_missing()).collect();
    while let Some(own) = open.first().copied() {
        let shown =
            |own: &Allocatable| format!("{} {}", sources.file_and_line(own.place), own.words());
        let Some(one) = allocation::found(plan, sources, own) else {
            found.not_found.push(shown(own));
            open.remove(0);
            continue;
        };
        let (touched, rest) =
            open.into_iter().partition(|other| one.touched.contains(&other.place));
        let touched: Vec<&Allocatable> = touched;
        open = rest;
        let shows = touched.into_iter().map(shown).collect();
        found.examples.push(names.skeleton(
            shows,
            &format!("{} {}", own.kind, own.name),
            &one.lines,
        ));
    }
    found
}

/// Examples of license lines.
fn lines(plan: &Plan, sources: &Sources, coverage: &Coverage, names: &mut Names) -> Missing {
    let touch = Touch::new(plan);
    let mut open: BTreeMap<&Key, &Item> =
        coverage.missing().map(|item| (&item.key, item)).collect();
    let (mut found, mut lost) = (Missing::default(), Vec::new());
    for item in coverage.missing() {
        if !open.contains_key(&item.key) {
            continue;
        }
        let search = Search { plan, touch: &touch, item };
        let example = search.line().and_then(|(line, outcome, keys)| {
            Some((line.example(plan, sources, &outcome)?, line, keys))
        });
        let Some((lines, line, keys)) = example else {
            lost.push(item);
            continue;
        };
        let shown: Vec<&Item> = keys.iter().filter_map(|key| open.remove(key)).collect();
        let shows = shown.iter().map(|item| item.text(sources)).collect();
        let rule = plan.rule(line.rule).map_or("", |rule| &rule.name);
        let name = line.titled(plan, item.title(rule));
        found.examples.push(names.skeleton(shows, &name, &lines));
    }
    // What was found for another may show it by the way.
    lost.retain(|item| open.contains_key(&item.key));
    found.not_found.extend(lost.iter().map(|item| item.text(sources)));
    found
}

/// Names of examples: each is given once.
struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    fn skeleton(&mut self, shows: Vec<String>, name: &str, lines: &str) -> Skeleton {
        let others = (2_usize..).map(|other| format!("{name} ({other})"));
        let mut names = std::iter::once(name.to_owned()).chain(others);
        let name = names.find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(name.clone());
        let text = format!("example {}\n{lines}", quoted(&name));
        Skeleton { shows, name, text }
    }
}
