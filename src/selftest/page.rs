//! What examples look at, written beside the rules: one page, which needs nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::Ran;
use super::coverage::{Allocatable, Coverage, Item, Kind, text};
use super::text::Counts;
use crate::diagnostic::render::visible;
use crate::plan::Plan;
use crate::source::{Place, Source, SourceId, Sources};

const STYLE: &str = include_str!("page.css");

/// What is known of a line of a rule file.
#[derive(Default)]
struct Marks<'a> {
    items: Vec<&'a Item>,
    allocations: Vec<&'a Allocatable>,
}

/// The page.
pub fn page(plan: &Plan, sources: &Sources, coverage: &Coverage, ran: &[Ran<'_>]) -> String {
    let mut marks: BTreeMap<(SourceId, usize), Marks<'_>> = BTreeMap::new();
    let at = |place: Place| {
        let source = sources.get(place.source);
        (place.source, source.map_or(0, |source| source.line(place.span.start)))
    };
    for item in &coverage.items {
        marks.entry(at(item.place)).or_default().items.push(item);
    }
    for own in &coverage.allocations {
        marks.entry(at(own.place)).or_default().allocations.push(own);
    }
    let title = format!("Coverage of {}", escaped(&plan.name));
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    html.push_str(&format!(
        "<p>{}.<br>{}.</p>\n",
        escaped(&text::summary(coverage)),
        escaped(&Counts::of(ran).text())
    ));
    html.push_str(&kinds(coverage));
    html.push_str(
        "<p class=\"key\"><span class=\"yes\">touched</span> <span class=\"part\">in part</span> \
         <span class=\"no\">not touched</span> <span class=\"later\">only retained</span></p>\n",
    );
    html.push_str(&list(sources, &marks));
    for (id, source) in sources.iter() {
        html.push_str(&file(id, source, &marks, ran));
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

/// A table of the kinds.
fn kinds(coverage: &Coverage) -> String {
    let mut rows = String::new();
    let lines = Kind::ALL.into_iter().map(|kind| {
        let (touched, all) = coverage.count(Some(kind));
        (kind.word(), touched, all)
    });
    for (kind, touched, all) in lines.chain(text::counts(coverage)) {
        if all > 0 {
            rows.push_str(&format!(
                "<tr><th scope=\"row\">{kind}</th><td>{touched} of {all}</td>\
                 <td><meter min=\"0\" max=\"{all}\" low=\"{all}\" optimum=\"{all}\" value=\"{touched}\">\
                 {touched} of {all}</meter></td></tr>\n"
            ));
        }
    }
    format!("<table>\n{rows}</table>\n")
}

type AllMarks<'a> = BTreeMap<(SourceId, usize), Marks<'a>>;

/// The files with how much of each is touched.
fn list(sources: &Sources, marks: &AllMarks<'_>) -> String {
    let mut rows = String::new();
    for (id, source) in sources.iter() {
        let (touched, all) = share(id, marks);
        if all > 0 {
            rows.push_str(&format!(
                "<li><a href=\"#f{}\">{}</a> {touched} of {all}</li>\n",
                id.0,
                escaped(source.name())
            ));
        }
    }
    format!("<ul class=\"files\">\n{rows}</ul>\n")
}

fn share(id: SourceId, marks: &AllMarks<'_>) -> (usize, usize) {
    let own = marks.range((id, 0)..=(id, usize::MAX)).flat_map(|(_, marks)| &marks.items);
    let touched = own.clone().filter(|item| !item.examples.is_empty()).count();
    let allocated = marks.range((id, 0)..=(id, usize::MAX)).flat_map(|(_, own)| &own.allocations);
    let allocated = allocated.filter(|own| own.can_be_touched);
    let reached = allocated.clone().filter(|own| !own.examples.is_empty()).count();
    (touched + reached, own.count() + allocated.count())
}

/// A rule file, line by line; one that holds nothing to touch is left out.
fn file(id: SourceId, source: &Source, marks: &AllMarks<'_>, ran: &[Ran<'_>]) -> String {
    if marks.range((id, 0)..=(id, usize::MAX)).next().is_none() {
        return String::new();
    }
    let mut html =
        format!("<section id=\"f{}\">\n<h2>{}</h2>\n<ol>\n", id.0, escaped(source.name()));
    for (index, line) in source.text().lines().enumerate() {
        let marks = marks.get(&(id, index + 1));
        let class = marks.map_or("", class);
        html.push_str(&format!("<li class=\"{class}\"><code>{}</code>", escaped(line)));
        for item in marks.iter().flat_map(|marks| &marks.items) {
            html.push_str(&note(&item.words(), &item.examples, ran));
        }
        for own in marks.iter().flat_map(|marks| &marks.allocations) {
            if own.can_be_touched {
                html.push_str(&note(&own.words(), &own.examples, ran));
            }
        }
        html.push_str("</li>\n");
    }
    html.push_str("</ol>\n</section>\n");
    html
}

fn class(marks: &Marks<'_>) -> &'static str {
    let items = marks.items.iter().map(|item| &item.examples);
    let allocations = marks.allocations.iter().filter(|own| own.can_be_touched);
    let all = items.chain(allocations.map(|own| &own.examples));
    let touched = all.clone().filter(|examples| !examples.is_empty()).count();
    match (touched, all.count()) {
        (_, 0) if !marks.allocations.is_empty() => "later",
        (_, 0) => "",
        (0, _) => "no",
        (touched, all) if touched == all => "yes",
        _ => "part",
    }
}

/// What an item wants where nothing touches it; else the examples that do, folded away.
fn note(words: &str, examples: &BTreeSet<usize>, ran: &[Ran<'_>]) -> String {
    let words = escaped(words);
    if examples.is_empty() {
        return format!("<span class=\"note\">no example touches the {words}</span>");
    }
    let names = examples.iter().filter_map(|index| ran.get(*index));
    let names: String =
        names.map(|one| format!("<li>{}</li>", escaped(&one.example.name))).collect();
    let count = examples.len();
    let plural = if count == 1 { "" } else { "s" };
    format!(
        "<details><summary>{words}, {count} example{plural}</summary><ul>{names}</ul></details>"
    )
}

fn escaped(text: &str) -> String {
    let text = visible(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
