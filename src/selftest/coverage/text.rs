//! What examples look at, for a person.

use super::{Allocatable, Coverage, Item, Kind, Side};
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
    for own in coverage.allocations.iter().filter(|own| own.is_missing()) {
        let place = sources.file_and_line(own.place);
        text.push_str(&format!("not touched  {folder}{place} {}\n", own.words()));
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
    for (kind, touched, all) in counts(coverage) {
        text.push_str(&format!("{kind:<18}{touched:>5} of {all}\n"));
    }
    text.push_str(&format!("{}\n", summary(coverage)));
    visible(&text)
}

/// `touched 310 of 312, 99.3 %; 4 grants only tell what is retained`
pub fn summary(coverage: &Coverage) -> String {
    let (mut touched, mut all) = coverage.count(None);
    for (_, own, whole) in counts(coverage) {
        (touched, all) = (touched + own, all + whole);
    }
    let share = crate::selftest::percent(touched, all);
    let grants = coverage.allocations.iter().filter(|own| !own.can_be_touched).count();
    let grants = match grants {
        0 => String::new(),
        1 => "; not tested: 1 grant (it only tells what is retained)".to_owned(),
        count => format!("; not tested: {count} grants (they only tell what is retained)"),
    };
    format!("touched {touched} of {all}, {share}{grants}")
}

/// What only allocations can touch: each kind, how many are touched, and how many there are.
pub(in crate::selftest) fn counts(coverage: &Coverage) -> Vec<(&'static str, usize, usize)> {
    let count = |(kind, word): (&str, &'static str)| {
        let own = || coverage.allocations.iter().filter(|own| own.kind == kind);
        let touched = own().filter(|own| !own.examples.is_empty()).count();
        (word, touched, own().count())
    };
    let kinds = [("limit", "limit"), ("together", "allocated together")];
    kinds.into_iter().map(count).filter(|(_, _, all)| *all > 0).collect()
}

impl Allocatable {
    /// `limit static_ip: an allocation that breaches it`
    pub(in crate::selftest) fn words(&self) -> String {
        let wants = match self.kind {
            "limit" => "an allocation that breaches it",
            _ => "an allocation of all its products",
        };
        format!("{} {}: {wants}", self.kind, self.name)
    }
}
