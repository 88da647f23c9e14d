//! A comparison as text.

use super::{Besides, Changed, Counts, Item, Rename, Report, Where};

/// What a product or license was called, and how that is known.
pub(super) fn of_rename(renamed: &Rename) -> String {
    match &renamed.code {
        Some(code) => format!("renamed from `{}`: both have the code \"{code}\"", renamed.from),
        None => format!("renamed? `{}` converts every line alike", renamed.from),
    }
}

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    for Changed { item, renamed, lines: places, others } in &report.changed {
        lines.push(head(item));
        if let Some(renamed) = renamed {
            lines.push(format!("  {}", of_rename(renamed)));
        }
        lines.extend(places.iter().map(|place| format!("  {}", of_lines(place))));
        lines.extend(others.iter().map(|other| format!("  {}", of_other(other))));
        lines.push(String::new());
    }
    let items = |word: &str, items: &[Item]| {
        items.iter().map(|item| format!("{word} {}", head(item))).collect::<Vec<_>>()
    };
    let groups = [
        items("added:", &report.added),
        items("dropped:", &report.dropped),
        report.excluded.iter().map(of_lines).collect(),
        report.others.iter().map(of_other).collect(),
    ];
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        lines.extend(group);
        lines.push(String::new());
    }
    lines.push(counts(&report.summary, report.equal));
    lines.join("\n")
}

/// `equal: …` or `differs: …`
pub(super) fn counts(counts: &Counts, equal: bool) -> String {
    let Counts { compared, changed, added, dropped, others } = counts;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    if equal {
        return format!(
            "equal: every line becomes the same, of {compared} product{} and license{}",
            plural(*compared),
            plural(*compared)
        );
    }
    format!(
        "differs: {changed} of {compared} products and licenses changed, {added} added, {dropped} dropped; {others} other difference{}",
        plural(*others)
    )
}

pub(super) fn head(item: &Item) -> String {
    let label = item.label.as_ref().map_or_else(String::new, |label| format!(" \"{label}\""));
    format!("{} {}{label}", item.kind, item.name)
}

/// `from 2025-11-11, segment is education: +5 per endpoint (20 -> 25, +25%)`
pub(super) fn of_lines(place: &Where) -> String {
    let mut conditions = Vec::new();
    conditions.extend(days(place.from.as_deref(), place.to.as_deref()));
    if place.without_start {
        conditions.push("without `start`".to_owned());
    }
    conditions.extend(place.conditions.iter().cloned());
    if conditions.is_empty() {
        conditions.push("every line".to_owned());
    }
    format!("{}: {}", conditions.join(", "), place.text)
}

pub(super) fn of_other(other: &Besides) -> String {
    let Besides { subject, name, old, new, .. } = other;
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    let days = days(other.from.as_deref(), other.to.as_deref());
    let days = days.map_or_else(String::new, |days| format!(" {days}"));
    let word = match (old, new) {
        (Some(_), None) => "dropped: ",
        (None, _) => "added: ",
        _ => "",
    };
    format!("{subject}{name}{days}: {word}{}", change(other).1)
}

/// The word of a difference, and what it is.
fn change(other: &Besides) -> (&'static str, String) {
    match (&other.old, &other.new) {
        (Some(old), Some(new)) => ("changed", format!("{old} -> {new}")),
        (Some(old), None) => ("dropped", old.clone()),
        (None, new) => ("added", new.clone().unwrap_or_default()),
    }
}

fn days(from: Option<&str>, to: Option<&str>) -> Option<String> {
    match (from, to) {
        (Some(from), Some(to)) if from == to => Some(format!("on {from}")),
        (Some(from), Some(to)) => Some(format!("from {from} to {to}")),
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("to {to}")),
        (None, None) => None,
    }
}

/// The differences as rows of a table: kind, name, first and last day, conditions, the word of the
/// change, and the change.
pub fn rows(report: &Report) -> Vec<[String; 7]> {
    let mut rows = Vec::new();
    let line = |kind: &str, name: &str, place: &Where| {
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        let mut conditions = place.conditions.clone();
        if place.without_start {
            conditions.insert(0, "without `start`".to_owned());
        }
        [
            kind.to_owned(),
            name.to_owned(),
            day(&place.from),
            day(&place.to),
            conditions.join(", "),
            place.change.to_owned(),
            place.text.clone(),
        ]
    };
    let other = |kind: &str, name: &str, other: &Besides| {
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        let (change, text) = change(other);
        let subject = match other.name.as_str() {
            "" => other.subject.to_owned(),
            own => format!("{} {own}", other.subject),
        };
        let (kind, name) = (kind.to_owned(), name.to_owned());
        [kind, name, day(&other.from), day(&other.to), subject, change.to_owned(), text]
    };
    let item = |item: &Item, change: &str, text: String| {
        let empty = String::new;
        let (kind, name) = (item.kind.to_owned(), item.name.clone());
        [kind, name, empty(), empty(), empty(), change.to_owned(), text]
    };
    for changed in &report.changed {
        let Item { kind, name, .. } = &changed.item;
        if let Some(renamed) = &changed.renamed {
            rows.push(item(&changed.item, "renamed", format!("{} -> {name}", renamed.from)));
        }
        rows.extend(changed.lines.iter().map(|place| line(kind, name, place)));
        rows.extend(changed.others.iter().map(|own| other(kind, name, own)));
    }
    rows.extend(report.added.iter().map(|own| item(own, "added", String::new())));
    rows.extend(report.dropped.iter().map(|own| item(own, "dropped", String::new())));
    rows.extend(report.excluded.iter().map(|place| line("exclude", "", place)));
    rows.extend(report.others.iter().map(|own| other("ruleset", "", own)));
    rows
}
