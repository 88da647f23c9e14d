//! The bounds of tiers as a table for a person.

use super::{Boundary, Figure};
use crate::diagnostic::render::visible;
use crate::quantity::{Exact, plain};
use crate::report::columns::{Side, row, widths};
use crate::source::Sources;

const HEAD: [&str; 9] =
    ["name", "place", "days", "bound", "last", "credits", "first", "credits", "jump"];

const SIDES: [Side; 9] = [
    Side::Left,
    Side::Left,
    Side::Left,
    Side::Left,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
];

/// The table; empty where no rate has tiers. `folder` stands in front of the names of files.
pub fn text(boundaries: &[Boundary], sources: &Sources, folder: &str, color: bool) -> String {
    if boundaries.is_empty() {
        return String::new();
    }
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(boundaries.iter().map(|boundary| {
        let place = format!("{folder}{}", sources.file_and_line(boundary.place));
        [
            subject(boundary),
            place,
            days(boundary),
            bound(boundary),
            boundary.last.quantity.text(),
            credits(&boundary.last),
            boundary.first.quantity.text(),
            credits(&boundary.first),
            boundary.jump().map_or_else(|| "-".to_owned(), |jump| signed(&jump)),
        ]
        .map(|cell| visible(&cell))
    }));
    let widths = widths(&rows);
    let mut text = String::new();
    for (index, cells) in rows.iter().enumerate() {
        let line = row(cells, &widths, &SIDES);
        if color && index == 0 {
            text.push_str(&format!("\u{1b}[1m{line}\u{1b}[0m\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

fn subject(boundary: &Boundary) -> String {
    let exception = if boundary.exception { " (when)" } else { "" };
    format!("{}{exception}", boundary.subject)
}

/// The days, and for how long where that matters.
fn days(boundary: &Boundary) -> String {
    let days = match boundary.limits() {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("until {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    };
    match &boundary.term {
        None => days,
        Some(span) if span.periods.is_one() => {
            format!("{days}, for a {}", span.term.unit.word())
        }
        Some(span) => format!("{days}, for {} to {}", boundary.start, span.end),
    }
}

/// `up to 500 flow_action = 5 started 100 flow_action`.
fn bound(boundary: &Boundary) -> String {
    let word = if boundary.inclusive { "up to" } else { "below" };
    let counted = if boundary.counted { " (counted)" } else { "" };
    let block = boundary.block.as_ref().map_or_else(String::new, |block| {
        let started = if block.started { "started " } else { "" };
        let size = plain(block.size);
        format!(" = {} × {started}{size} {}", block.bound, block.unit)
    });
    format!("{word} {} {}{counted}{block}", boundary.bound, boundary.unit)
}

fn credits(figure: &Figure) -> String {
    figure.credits.as_ref().map_or_else(|| "refused".to_owned(), Exact::text)
}

fn signed(jump: &Exact) -> String {
    let plus = if *jump > Exact::zero() { "+" } else { "" };
    format!("{plus}{jump}")
}
