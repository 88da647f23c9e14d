//! A comparison as one page: nothing is fetched, and it reads on a phone and in the dark.

use super::text::{counts, head, of_lines, of_other, of_rename};
use super::{Changed, Report};
use crate::quantity::{Exact, Rounding, RoundingMode};
use crate::report::impact::{self, Entry, Impact};

/// Most bars of a chart, half of them who gains most and half who loses most.
const MOST_BARS: usize = 20;

/// The page; the names are those of both rulesets.
pub fn html(report: &Report, impact: Option<&Impact>, [old, new]: [&str; 2]) -> String {
    let mut body = format!(
        "<h1>What changes</h1>\n<p class=\"names\"><code>{}</code> → <code>{}</code></p>\n<p>{}</p>\n",
        escaped(old),
        escaped(new),
        escaped(&counts(&report.summary, report.equal)),
    );
    if let Some(impact) = impact {
        book(impact, &mut body);
    }
    if !report.changed.is_empty() {
        body.push_str("<h2>Products and licenses</h2>\n");
    }
    for Changed { item, renamed, lines, others } in &report.changed {
        body.push_str(&format!("<h3>{}</h3>\n<ul>\n", escaped(&head(item))));
        let renamed = renamed.as_ref().map(of_rename);
        let lines = lines.iter().map(of_lines).chain(others.iter().map(of_other));
        for text in renamed.into_iter().chain(lines) {
            body.push_str(&format!("<li>{}</li>\n", escaped(&text)));
        }
        body.push_str("</ul>\n");
    }
    let named = |items: &[super::Item]| items.iter().map(head).collect::<Vec<_>>();
    let rest = report.excluded.iter().map(of_lines).chain(report.others.iter().map(of_other));
    for (title, texts) in [
        ("Added", named(&report.added)),
        ("Dropped", named(&report.dropped)),
        ("Everything else", rest.collect()),
    ] {
        if texts.is_empty() {
            continue;
        }
        let items: String =
            texts.iter().map(|text| format!("<li>{}</li>\n", escaped(text))).collect();
        body.push_str(&format!("<h2>{title}</h2>\n<ul>\n{items}</ul>\n"));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>What changes</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

const STYLE: &str = include_str!("page.css");

/// The heads of the tables of lines, and whether numbers stand below.
const HEADS: [(&str, bool); 8] = [
    ("line", true),
    ("license", false),
    ("account", false),
    ("sku", false),
    ("quantity", true),
    ("before", true),
    ("now", true),
    ("difference", true),
];

fn class(number: bool) -> &'static str {
    if number { " class=\"n\"" } else { "" }
}

/// What becomes of the book.
fn book(impact: &Impact, body: &mut String) {
    let Impact { total, accounts_by_change: [more, less, same], .. } = impact;
    let fact = |name: &str, value: &str| {
        format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", escaped(value))
    };
    let facts = [
        fact("lines", &total.lines.to_string()),
        fact("lines that change", &total.changed.to_string()),
        fact("credits before", &total.old),
        fact("credits now", &total.new),
        fact("difference", &impact::signed(&total.difference)),
        fact("accounts that gain", &more.to_string()),
        fact("accounts that lose", &less.to_string()),
        fact("accounts that get as much as before", &same.to_string()),
        fact("accounts without a line that changes", &impact.accounts_untouched.to_string()),
    ];
    let stay = impact.stay_refused().map(|lines| lines.to_string());
    let stay = stay.map(|lines| fact("lines refused before and after", &lines));
    let facts = facts.concat() + &stay.unwrap_or_default();
    body.push_str(&format!("<h2>The book</h2>\n<dl>\n{facts}</dl>\n"));
    let turns: Vec<_> = impact.turns.iter().filter(|turn| turn.old != turn.new).collect();
    if !turns.is_empty() {
        body.push_str("<ul>\n");
        for turn in turns {
            let lines = impact::counted(turn.lines);
            let text = format!("<li>{} → {}: {lines}</li>\n", turn.old, turn.new);
            body.push_str(&text);
        }
        body.push_str("</ul>\n");
    }
    chart("By account", &impact.accounts, body);
    chart("By product and license", &impact.products, body);
    for (title, lines) in
        [("Largest changes", &impact.largest), ("Lines that become something else", &impact.turned)]
    {
        if lines.is_empty() {
            continue;
        }
        body.push_str(&format!(
            "<h2>{title}</h2>\n<table>\n<tr>{}</tr>\n",
            HEADS.map(|(head, number)| format!("<th{}>{head}</th>", class(number))).concat()
        ));
        for line in lines {
            let by = line.difference.as_deref().map_or_else(String::new, impact::signed);
            let number = line.line.to_string();
            let texts = [
                &number,
                &line.license_id,
                &line.account,
                &line.sku,
                &line.quantity,
                &line.old,
                &line.new,
                &by,
            ];
            let cell = |(text, (head, number)): (&String, (&str, bool))| {
                let text = escaped(text);
                format!("<td{} data-of=\"{head}\">{text}</td>", class(number))
            };
            let cells: String = texts.into_iter().zip(HEADS).map(cell).collect();
            body.push_str(&format!("<tr>{cells}</tr>\n"));
            if let Some(why) = &line.refused {
                body.push_str(&format!(
                    "<tr class=\"why\"><td></td><td colspan=\"7\">{} <code>{}</code></td></tr>\n",
                    escaped(&why.message),
                    why.code
                ));
            }
        }
        body.push_str("</table>\n");
    }
}

/// Bars to both sides of a middle line: who gains and who loses.
fn chart(title: &str, entries: &[Entry], body: &mut String) {
    let moved: Vec<&Entry> = entries.iter().filter(|entry| entry.change().is_ne()).collect();
    body.push_str(&format!("<h2>{title}</h2>\n"));
    let Some(most) = moved.iter().map(|entry| size(entry.by())).max() else {
        body.push_str("<p>Nothing changes.</p>\n");
        return;
    };
    let hidden = moved.len().saturating_sub(MOST_BARS);
    let half = MOST_BARS / 2;
    let shown = moved
        .iter()
        .enumerate()
        .filter(|(at, _)| hidden == 0 || *at < half || *at >= moved.len().saturating_sub(half));
    body.push_str("<ol class=\"bars\">\n");
    for (_, entry) in shown {
        let share = size(entry.by()) * Exact::from(100) / most.clone();
        // A bar is drawn to a hundredth of a percent, and never vanishes.
        let step = rust_decimal::Decimal::new(1, 2);
        let width = Rounding { mode: RoundingMode::Up, step }.round(&share);
        let (x, class) = if entry.change().is_lt() {
            (Exact::from(100) - width.clone(), "less")
        } else {
            (Exact::from(100), "more")
        };
        let name = if entry.name.is_empty() { "(no account)" } else { entry.name.as_str() };
        let by = impact::signed(&entry.difference);
        body.push_str(&format!(
            "<li><span class=\"name\">{name}</span><span class=\"n\">{by}</span>\
             <svg viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{name} {by}\">\
             <rect class=\"{class}\" x=\"{x}\" y=\"1\" width=\"{width}\" height=\"8\"/>\
             <rect class=\"middle\" x=\"99.8\" y=\"0\" width=\"0.4\" height=\"10\"/></svg>\
             <span class=\"of\">{} → {}</span></li>\n",
            entry.old,
            entry.new,
            name = escaped(name),
            by = escaped(&by),
        ));
    }
    body.push_str("</ol>\n");
    if hidden > 0 {
        let text = "<p>The ends of the list; between them stand";
        body.push_str(&format!("{text} {hidden} more that change less.</p>\n"));
    }
}

fn size(number: Exact) -> Exact {
    if number.is_negative() { -number } else { number }
}

fn escaped(text: &str) -> String {
    let text = crate::diagnostic::render::visible(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
