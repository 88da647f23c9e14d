//! Verified allocations for a person.

use super::{Status, Told, Verification};
use crate::report::lines::near;

impl Verification {
    /// The account with its figures, and a few lines for each limit that is told.
    pub fn text(&self) -> String {
        let mut text = self.head();
        text.push_str(&self.findings());
        text
    }

    /// `ACME on 2026-11-24: valid 12000, allocated 11640, balance 360`
    pub(in crate::report) fn head(&self) -> String {
        let account = if self.account.is_empty() { "(no account)" } else { &self.account };
        let mut text = format!("{account} on {}: valid {}", self.day, self.valid);
        if let (Some(allocated), Some(balance)) = (&self.allocated, &self.balance) {
            text.push_str(&format!(", allocated {allocated}, balance {balance}"));
        }
        text.push('\n');
        text
    }

    pub(in crate::report) fn findings(&self) -> String {
        let mut text = String::new();
        for refused in &self.refused {
            text.push_str(&format!(
                "  refused   {}: {} [{}]\n",
                refused.product, refused.message, refused.code
            ));
        }
        for told in &self.limits {
            let word = match (told.kept, told.level) {
                (true, _) => "kept",
                (false, "warn") => "warning",
                (false, _) => "breached",
            };
            let place = told.rule.as_deref().unwrap_or("by default");
            text.push_str(&format!("  {word:<8}  {}: {}  ({place})\n", told.limit, told.demand));
            text.push_str(&format!("            {}\n", told.figures()));
            if let Some(because) = told.because.as_ref().filter(|_| !told.kept) {
                text.push_str(&format!("            because \"{because}\"\n"));
            }
        }
        if !self.stranded.is_empty() {
            let parts: Vec<String> = self
                .stranded
                .iter()
                .map(|part| format!("{} of {}", near(&part.credits), part.product))
                .collect();
            text.push_str(&format!(
                "            credits that are left are for other products: uncovered are {}\n",
                parts.join(", ")
            ));
        }
        if self.kept > 0 && self.limits.iter().all(|told| !told.kept) {
            let plural = if self.kept == 1 { "limit is" } else { "limits are" };
            text.push_str(&format!("  {} {plural} kept\n", self.kept));
        }
        text
    }
}

impl Told {
    /// Both sides, and how far apart they are.
    fn figures(&self) -> String {
        let Self { relation, unit, .. } = self;
        let (left, right) = (near(&self.left), near(&self.right));
        let amount = |text: &Option<String>| text.as_deref().map(near);
        let apart = match (amount(&self.missing), amount(&self.room), *relation) {
            (Some(missing), _, "at most") => format!(", {missing} too many"),
            (Some(missing), _, "exactly") => format!(", off by {missing}"),
            (Some(missing), ..) => format!(", {missing} missing"),
            (None, Some(room), _) => format!(", room for {room}"),
            (None, None, _) => String::new(),
        };
        if *relation == "needs any of" {
            let found = if self.kept { "some" } else { "none" };
            return format!("{left} {unit} and {found} of {right}");
        }
        format!("{left} {relation} {right} {unit}{apart}")
    }
}

/// How many accounts ended which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// By the order of [`Status`].
    by: [usize; 4],
}

impl Counts {
    /// Counts the accounts.
    pub fn of(all: impl IntoIterator<Item = Status>) -> Self {
        let mut counts = Self::default();
        for status in all {
            counts.by.iter_mut().skip(status as usize).take(1).for_each(|count| *count += 1);
        }
        counts
    }

    /// `accounts 12 = kept 9 + warned 1 + breached 2 + refused 0`
    pub fn text(self) -> String {
        let [kept, warned, breached, refused] = self.by;
        let all = kept + warned + breached + refused;
        format!(
            "accounts {all} = kept {kept} + warned {warned} + breached {breached} + refused {refused}"
        )
    }
}
