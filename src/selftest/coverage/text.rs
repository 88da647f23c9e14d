//! What examples look at, for a person.

use super::{Coverage, Item, Kind, Side};
use crate::diagnostic::render::visible;
use crate::selftest::coverage::Key;
use crate::source::Sources;

impl Item {
    /// `cloud.rules:7 boundary of cloud_account: 501 resources`
    pub fn text(&self, sources: &Sources) -> String {
        format!("{} {}", sources.file_and_line(self.place), self.words())
    }

    /// `boundary of cloud_account: 501 resources`
    pub fn words(&self) -> String {
        let of =
            if self.subject.is_empty() { String::new() } else { format!(" of {}", self.subject) };
        let wants = if self.wants.is_empty() { String::new() } else { format!(": {}", self.wants) };
        format!("{}{of}{wants}", self.kind.word())
    }

    /// The name of an example that touches it.
    pub(in crate::selftest) fn title(&self, rule: &str) -> String {
        let subject = if self.subject.is_empty() { rule } else { &self.subject };
        match (&self.key, self.kind) {
            (Key::Change(_, _, Side::Before), _) => format!("{subject}, the eve of a change"),
            (Key::Change(_, _, Side::Behind), _) => format!("{subject}, the day of a change"),
            _ if self.wants.is_empty() => format!("{subject}, {}", self.kind.word()),
            _ => format!("{subject}, {}", self.wants),
        }
    }
}

/// The list of what no example touches, and the counts. `folder` stands before the names of files.
pub fn text(coverage: &Coverage, sources: &Sources, folder: &str) -> String {
    let mut text = String::new();
    for item in coverage.missing() {
        text.push_str(&format!("not touched  {folder}{}\n", item.text(sources)));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for kind in Kind::ALL {
        let (touched, all) = coverage.count(Some(kind));
        if all > 0 {
            text.push_str(&format!("{:<18}{touched:>5} of {all}\n", kind.word()));
        }
    }
    text.push_str(&format!("{}\n", summary(coverage)));
    visible(&text)
}

/// `touched 310 of 312, 99.3 %; not tested: …`
pub fn summary(coverage: &Coverage) -> String {
    let (touched, all) = coverage.count(None);
    let share = crate::selftest::percent(touched, all);
    format!("touched {touched} of {all}, {share}{}", not_tested(coverage))
}

/// `; not tested: 9 limits, 1 together need allocations`
fn not_tested(coverage: &Coverage) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for (kind, ..) in &coverage.allocations {
        match kinds.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.sort_unstable();
    let told: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} {kind}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if told.is_empty() {
        return String::new();
    }
    format!("; not tested: {} (they need allocations)", told.join(", "))
}
