//! Plans for a person.

use super::{Clash, Goal, Member, Planning, Status, Way};
use crate::report::lines::{Side, lines, near};

impl Planning {
    /// The account with what changes, the wishes that are not met, and the goals.
    pub fn text(&self) -> String {
        let account = if self.account.is_empty() { "(no account)" } else { &self.account };
        let mut text = format!("{account} on {}: valid {}", self.day, near(&self.valid));
        let [before, after] = [&self.allocated, &self.planned].map(|own| own.as_deref().map(near));
        match (before, after) {
            (Some(before), Some(after)) if before == after => {
                text.push_str(&format!(", allocated {before}"));
            }
            (Some(before), Some(after)) => {
                text.push_str(&format!(", allocated {before} -> {after}"));
            }
            (None, Some(after)) => text.push_str(&format!(", allocated -> {after}")),
            (Some(before), None) => text.push_str(&format!(", allocated {before}")),
            (None, None) => {}
        }
        if let Some(balance) = &self.balance {
            text.push_str(&format!(", balance {}", near(balance)));
        }
        text.push('\n');
        text.push_str(&self.changes());
        for wish in self.wishes.iter().filter(|wish| wish.missed != "0") {
            let sure = if wish.proved { "" } else { "; more was not found within the work limit" };
            text.push_str(&format!(
                "  cannot give {} {} of {}: {} instead{sure}\n",
                wish.wanted, wish.unit, wish.product, wish.given
            ));
            text.push_str(&wish.conflict.as_ref().map_or_else(String::new, Clash::text));
        }
        match self.status {
            Status::Impossible => {
                text.push_str("  no allocation keeps the limits, whatever is wished for\n");
                text.push_str(&self.conflict.as_ref().map_or_else(String::new, Clash::text));
            }
            Status::NotDecided => {
                text.push_str("  whether an allocation keeps the limits was not found within the work limit\n");
            }
            _ => {}
        }
        for told in &self.warnings {
            let place = told.rule.as_deref().unwrap_or("by default");
            text.push_str(&format!("  warning  {}: {}  ({place})\n", told.limit, told.demand));
        }
        for own in &self.not_allocated {
            text.push_str(&format!("  refused  {}: {} [{}]\n", own.product, own.message, own.code));
        }
        for refused in &self.refused {
            text.push_str(&format!("  not planned  {}: {}\n", refused.product, refused.message));
        }
        text.push_str(&self.goals());
        text
    }

    fn changes(&self) -> String {
        let changed = self.products.iter().filter(|own| own.changed);
        let rows: Vec<Vec<String>> = changed
            .map(|own| {
                let sign = match (own.before.as_str(), own.after.as_str()) {
                    ("0", _) => "+",
                    (_, "0") => "-",
                    _ => "~",
                };
                let why = if own.wished {
                    let wish = self.wishes.iter().find(|wish| wish.product == own.product);
                    wish.map_or_else(String::new, |wish| format!("asked for {}", wish.wanted))
                } else {
                    let names = own.for_limits.iter().map(|limit| {
                        let place = limit.rule.as_deref().unwrap_or("by default");
                        format!("{} ({place})", limit.limit)
                    });
                    let names: Vec<String> = names.collect();
                    if names.is_empty() {
                        let refused = self.not_allocated.iter();
                        let mut refused = refused.filter(|refused| refused.product == own.product);
                        refused
                            .next()
                            .map_or_else(String::new, |own| format!("is refused: {}", own.code))
                    } else {
                        format!("for {}", names.join(", "))
                    }
                };
                vec![
                    sign.to_owned(),
                    own.product.clone(),
                    own.before.clone(),
                    format!("-> {}", own.after),
                    own.unit.clone(),
                    own.difference.as_deref().map_or_else(String::new, change),
                    why,
                ]
            })
            .collect();
        let sides =
            [Side::Left, Side::Left, Side::Right, Side::Left, Side::Left, Side::Right, Side::Left];
        let mut text = lines(&rows, &sides, 2);
        let unchanged = self.products.len() - rows.len();
        if unchanged > 0 {
            let plural = if unchanged == 1 { "product" } else { "products" };
            text.push_str(&format!("  {unchanged} {plural} unchanged\n"));
        }
        text
    }

    fn goals(&self) -> String {
        let Some(goals) = &self.goals else { return String::new() };
        let missed = self.wishes.iter().filter(|wish| wish.missed != "0").count();
        let wishes = match (self.wishes.len(), missed) {
            (0, _) => String::new(),
            (all, 0) => format!("{all} of {all} wishes met; "),
            (all, missed) => {
                let proved = self.wishes.iter().all(|wish| wish.proved);
                let sure = if proved { ", proved" } else { ", not proved" };
                format!("{} of {all} wishes met{sure}; ", all - missed)
            }
        };
        let goal = |goal: &Goal| {
            let sure = if goal.proved {
                "proved".to_owned()
            } else {
                format!("at least {}", near(&goal.at_least))
            };
            format!("{} ({sure})", near(&goal.value))
        };
        let first =
            if goals.first_in_file_order { "" } else { "; others as good may come before it" };
        format!(
            "  goals: {wishes}other products changed {}; credits moved {}{first}\n",
            goal(&goals.products_changed),
            goal(&goals.credits_moved)
        )
    }
}

/// As [`near`], of a number that may have a plus.
fn change(difference: &str) -> String {
    match difference.strip_prefix('+') {
        Some(more) => format!("+{}", near(more)),
        None => near(difference),
    }
}

impl Clash {
    pub(super) fn text(&self) -> String {
        let how = if self.minimal { ", and would not without any one of them" } else { "" };
        let mut text = format!("    these clash{how}:\n");
        for member in &self.members {
            text.push_str(&format!("      {}\n", member.text()));
        }
        if !self.any_one_of.is_empty() {
            text.push_str("    any one of these makes it fit:\n");
            for way in &self.any_one_of {
                text.push_str(&format!("      {}\n", way.text()));
            }
            // A limit that only warns may be breached, too.
            let warns = |way: &Way| matches!(way.of, Member::Limit { level: "warn", .. });
            if self.any_one_of.iter().any(warns) {
                text.push_str("      limits that warn may be breached: --allow-warnings\n");
            }
        }
        text
    }
}

impl Member {
    fn text(&self) -> String {
        match self {
            Self::Limit { limit, rule, demand, level } => {
                let place = rule.as_deref().unwrap_or("by default");
                let warns = if *level == "warn" { ", warns" } else { "" };
                format!("limit {limit}: {demand}{warns}  ({place})")
            }
            Self::Wish { wish, units, unit } => format!("wish {wish} = {units} {unit}"),
        }
    }
}

impl Way {
    fn text(&self) -> String {
        let amount = self.amount.as_deref().unwrap_or_default();
        let unit = self.unit.as_deref().unwrap_or_default();
        let sure = if self.proved { "" } else { ", or less" };
        match &self.of {
            Member::Limit { limit, .. } if self.how == "by" && limit == "balance" => {
                format!("{amount} more {unit}{sure}")
            }
            Member::Limit { limit, .. } if self.how == "by" => {
                format!("limit {limit} eased by {amount} {unit}{sure}")
            }
            Member::Limit { limit, .. } => format!("no limit {limit}"),
            Member::Wish { wish, .. } => format!("wish {wish} = {amount} {unit}"),
        }
    }
}
