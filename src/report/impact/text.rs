//! What becomes of a book, as text.

use std::cmp::Ordering;

use super::Impact;
use super::records::{Changed, Entry};

/// Most of each list.
const MOST: usize = 10;

/// The sums as text.
pub fn text(impact: &Impact) -> String {
    let Impact { total, accounts_by_change: [more, less, same], .. } = impact;
    let mut out = vec![format!(
        "book: {}, {} of them changed; credits {} -> {} ({})",
        counted(total.lines),
        total.changed,
        total.old,
        total.new,
        signed(&total.difference)
    )];
    let turns = impact.turns.iter().filter(|turn| turn.old != turn.new);
    out.extend(
        turns.map(|turn| format!("  {} -> {}: {}", turn.old, turn.new, counted(turn.lines))),
    );
    if let Some(stay) = impact.stay_refused() {
        out.push(format!("  refused before and after: {}", counted(stay)));
    }
    out.push(format!(
        "accounts: {more} gain, {less} lose, {same} get as much as before; {} have no line that changes",
        impact.accounts_untouched
    ));
    ends(&impact.accounts, &mut out);
    let changed = impact.products.iter().filter(|entry| entry.changed > 0).count();
    let rest = impact.products.len() - changed;
    out.push(format!("products and licenses: {changed} with lines that change, {rest} without"));
    ends(&impact.products, &mut out);
    lines("largest changes:", &impact.largest, &mut out);
    lines("lines that become something else:", &impact.turned, &mut out);
    let turned: u64 =
        impact.turns.iter().filter(|turn| turn.old != turn.new).map(|turn| turn.lines).sum();
    if let Some(more @ 1..) = turned.checked_sub(impact.turned.len().min(MOST) as u64) {
        out.push(format!("  and {more} more"));
    }
    out.join("\n")
}

/// The first and the last of a list: who gains, and who loses.
fn ends(entries: &[Entry], out: &mut Vec<String>) {
    let by = |wanted| move |entry: &&Entry| entry.change() == wanted;
    let gaining: Vec<&Entry> = entries.iter().filter(by(Ordering::Greater)).collect();
    let losing: Vec<&Entry> = entries.iter().rev().filter(by(Ordering::Less)).collect();
    for list in [gaining, losing] {
        for entry in list.iter().take(MOST) {
            let name = if entry.name.is_empty() { "(no account)" } else { entry.name.as_str() };
            let by = signed(&entry.difference);
            out.push(format!("  {name}: {} -> {} ({by})", entry.old, entry.new));
        }
        if let Some(more @ 1..) = list.len().checked_sub(MOST) {
            out.push(format!("  and {more} more"));
        }
    }
}

fn lines(head: &str, lines: &[Changed], out: &mut Vec<String>) {
    if lines.is_empty() {
        return;
    }
    out.push(head.to_owned());
    for line in lines.iter().take(MOST) {
        let Changed {
            line, license_id, account, sku, quantity, old, new, difference, refused, ..
        } = line;
        let by = difference.as_ref().map_or_else(String::new, |by| format!(" ({})", signed(by)));
        let account = if account.is_empty() { String::new() } else { format!(" of {account}") };
        out.push(format!(
            "  line {line} (license {license_id}{account}): {quantity} of {sku}: {old} -> {new}{by}"
        ));
        out.extend(refused.iter().map(|why| format!("    {} [{}]", why.message, why.code)));
    }
}

/// `1 line`, `2 lines`
pub(in crate::report) fn counted(lines: u64) -> String {
    format!("{lines} line{}", if lines == 1 { "" } else { "s" })
}

pub(in crate::report) fn signed(number: &str) -> String {
    if number.starts_with('-') || number == "0" { number.to_owned() } else { format!("+{number}") }
}
