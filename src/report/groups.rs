//! Sums of credits by account and name, which any number of threads add to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use memchr::memchr_iter;

use super::encode::scaled;
use super::totals::Sum;
use crate::convert::Credits;
use crate::keyed::{Map, Texts, hash};
use crate::plan::TargetId;

/// Parts that threads add to side by side.
const PARTS: usize = 16;

/// Credits added up by account, by name, or by both.
#[derive(Debug, Default)]
pub struct Groups {
    /// Each account lies in one of them, by its text.
    parts: [Mutex<Part>; PARTS],
}

/// Credits of a line, and what they are added up by.
#[derive(Debug, Clone, Copy)]
pub struct Added<'a> {
    /// Its account.
    pub account: Option<&'a str>,
    /// Its product or license.
    pub rule: Option<TargetId>,
    /// How many.
    pub credits: Credits,
}

/// The number of no account, and of no rule.
const NONE: u32 = u32::MAX;

#[derive(Debug, Default)]
struct Part {
    accounts: Texts,
    /// Sums by account, then by the number of a product or license.
    index: Map<(u32, u32), u32>,
    keys: Vec<(u32, u32)>,
    sums: Vec<i64>,
    /// What is too long for that.
    long: BTreeMap<u32, Sum>,
}

impl Groups {
    /// Adds lines, some thousand at a time: each part is waited for once.
    pub fn add(&self, lines: &[Added<'_>]) {
        let of_lines: Vec<u8> = lines.iter().map(part).collect();
        for (own, part) in (0u8..).zip(&self.parts) {
            let mut lines = memchr_iter(own, &of_lines).filter_map(|at| lines.get(at)).peekable();
            if lines.peek().is_some() {
                let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
                lines.for_each(|line| part.add(line));
            }
        }
    }

    /// Shows each account and name with its sum, in the order of what `key` makes of both; `name`
    /// is that of a product or license.
    pub fn each<'a, K: Ord>(
        &'a mut self,
        decimals: u32,
        name: impl Fn(TargetId) -> &'a str,
        key: impl Fn(Option<&'a str>, Option<&'a str>) -> K,
        mut show: impl FnMut(K, &str),
    ) {
        let parts = self.parts.each_mut().map(|part| {
            let part: &'a Part = part.get_mut().unwrap_or_else(PoisonError::into_inner);
            part
        });
        let part = |at: u8| parts.get(usize::from(at));
        let key = |(at, row): (u8, u32)| {
            let part = part(at);
            let (account, rule) = part.map_or((NONE, NONE), |part| part.key(row));
            let account = part.filter(|_| account != NONE).map(|part| part.accounts.text(account));
            key(account, (rule != NONE).then(|| name(TargetId(rule))))
        };
        let mut rows: Vec<(u8, u32)> =
            Vec::with_capacity(parts.iter().map(|it| it.keys.len()).sum());
        for (at, part) in (0..).zip(&parts) {
            rows.extend((0..).zip(&part.keys).map(|(row, _)| (at, row)));
        }
        rows.sort_by_key(|row| key(*row));
        let mut text = Vec::new();
        for (at, row) in rows {
            text.clear();
            if let Some(part) = part(at) {
                part.sum(row, decimals, &mut text);
            }
            show(key((at, row)), std::str::from_utf8(&text).unwrap_or_default());
        }
    }
}

/// Where a line is added up.
fn part(line: &Added<'_>) -> u8 {
    // Of the hash the bits that are mixed best.
    let spread =
        line.account.map_or(line.rule.map_or(0, |rule| rule.0.into()), |it| hash(it) >> 40);
    u8::try_from(spread % PARTS as u64).unwrap_or_default()
}

impl Part {
    fn add(&mut self, line: &Added<'_>) {
        let row = self.row(line.account, line.rule);
        let own = self.sums.get_mut(row as usize);
        match (line.credits, own) {
            (Credits::Scaled(credits), Some(own)) if own.checked_add(credits).is_some() => {
                *own += credits;
            }
            (credits, _) => self.long.entry(row).or_default().add(credits),
        }
    }

    /// The row of a sum, which is made if it is new.
    fn row(&mut self, account: Option<&str>, rule: Option<TargetId>) -> u32 {
        let account = account.map_or(NONE, |account| self.accounts.number(account));
        let key = (account, rule.map_or(NONE, |rule| rule.0));
        // Accounts alone are numbered as they come; an absent one is looked up as others are.
        if key.1 == NONE && self.keys.get(account as usize) == Some(&key) {
            return account;
        }
        if let Some(known) = self.index.get(&key) {
            return *known;
        }
        let row = u32::try_from(self.keys.len()).unwrap_or(NONE);
        if key != (row, NONE) {
            self.index.insert(key, row);
        }
        self.keys.push(key);
        self.sums.push(0);
        row
    }

    fn key(&self, row: u32) -> (u32, u32) {
        self.keys.get(row as usize).copied().unwrap_or((NONE, NONE))
    }

    /// Adds the sum of a row to a text.
    fn sum(&self, row: u32, decimals: u32, text: &mut Vec<u8>) {
        let own = self.sums.get(row as usize).copied().unwrap_or_default();
        let Some(long) = self.long.get(&row) else {
            return scaled(text, own, decimals);
        };
        let mut sum = long.clone();
        sum.add(Credits::Scaled(own));
        text.extend(sum.exact(decimals).text().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{Added, Groups};
    use crate::convert::Credits;
    use crate::plan::TargetId;

    type Row = (Option<&'static str>, Option<u32>, Credits);

    fn shown(groups: &mut Groups) -> Vec<String> {
        let names = ["ant", "bee", "cat"];
        let mut rows = Vec::new();
        groups.each(
            2,
            |rule| names[rule.0 as usize],
            |account, name| (account.unwrap_or("-"), name.unwrap_or("-")),
            |(account, name), sum| rows.push(format!("{account} {name} {sum}")),
        );
        rows
    }

    #[test]
    fn sums_do_not_depend_on_how_lines_are_dealt_out() {
        let long = Decimal::from_str_exact("1234567890123456789012345678").unwrap();
        let forms: [fn(&Row) -> Row; 3] = [
            |row| *row,
            |(account, _, credits)| (*account, None, *credits),
            |(_, rule, credits)| (None, *rule, *credits),
        ];
        let rows: [Row; 7] = [
            (Some("b"), Some(1), Credits::Scaled(150)),
            (Some("a"), Some(0), Credits::Scaled(5)),
            (None, Some(2), Credits::Scaled(7)),
            (Some("b"), Some(1), Credits::Long(long)),
            (Some("b"), Some(0), Credits::Scaled(i64::MAX)),
            (Some("b"), Some(0), Credits::Scaled(i64::MAX)),
            (Some("a"), Some(0), Credits::Scaled(-5)),
        ];
        let wanted = [
            vec![
                "- cat 0.07",
                "a ant 0",
                "b ant 184467440737095516.14",
                "b bee 1234567890123456789012345679.5",
            ],
            vec!["- - 0.07", "a - 0", "b - 1234567890307924229749441195.64"],
            vec![
                "- ant 184467440737095516.14",
                "- bee 1234567890123456789012345679.5",
                "- cat 0.07",
            ],
        ];
        for (form, wanted) in forms.into_iter().zip(wanted) {
            for dealt in 0..128u32 {
                let groups = &mut Groups::default();
                let [one, other] = [0, 1].map(|part| {
                    let own =
                        rows.iter().enumerate().filter(move |(at, _)| dealt >> at & 1 == part);
                    own.map(|(_, row)| form(row)).map(|(account, rule, credits)| Added {
                        account,
                        rule: rule.map(TargetId),
                        credits,
                    })
                });
                std::thread::scope(|scope| {
                    let groups = &*groups;
                    scope.spawn(move || groups.add(&one.collect::<Vec<_>>()));
                    groups.add(&other.collect::<Vec<_>>());
                });
                assert_eq!(shown(groups), wanted, "{dealt}");
            }
        }
    }

    #[test]
    fn many_accounts_have_a_sum_each() {
        let mut groups = Groups::default();
        let accounts: Vec<String> = (0..3_000).map(|number| format!("ACC-{number:05}")).collect();
        for round in 0..3 {
            let all = accounts.iter().zip(0..).map(|(account, number)| Added {
                account: Some(account),
                rule: None,
                credits: Credits::Scaled(number * 100 + round),
            });
            groups.add(&all.collect::<Vec<_>>());
        }
        let expected = (0..3_000).map(|number| format!("ACC-{number:05} - {}.03", number * 3));
        assert_eq!(shown(&mut groups), expected.collect::<Vec<_>>());
    }
}
