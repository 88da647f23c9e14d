//! Sums of credits: of a run, and by account and name.

use std::collections::BTreeMap;

use super::encode::scaled;
use crate::convert::Credits;
use crate::keyed::{Map, Texts};
use crate::plan::TargetId;
use crate::quantity::Exact;

/// A sum of credits in units of 10 to minus some decimals, and what does not fit that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    scaled: i128,
    long: Option<Box<Exact>>,
}

impl Sum {
    /// Adds credits; 10²⁰ lines and more fit.
    #[inline]
    pub fn add(&mut self, credits: Credits) {
        match credits {
            Credits::Scaled(credits) => self.scaled += i128::from(credits),
            Credits::Long(credits) => self.add_long(&Exact::from(credits)),
        }
    }

    fn add_long(&mut self, credits: &Exact) {
        let sum = self.long.take().map_or_else(|| credits.clone(), |long| &*long + credits);
        self.long = Some(Box::new(sum));
    }

    /// Adds another sum of as many decimals.
    pub fn merge(&mut self, other: Self) {
        self.scaled += other.scaled;
        if let Some(long) = other.long {
            self.add_long(&long);
        }
    }

    /// Whether nothing but zeros was added.
    pub fn is_empty(&self) -> bool {
        self.scaled == 0 && self.long.is_none()
    }

    /// The sum in its own units, where it fits.
    pub fn scaled(&self) -> Option<i128> {
        self.long.is_none().then_some(self.scaled)
    }

    /// The sum, where it was made in units of so many decimals.
    pub fn exact(&self, decimals: u32) -> Exact {
        let scaled = Exact::whole(self.scaled) / Exact::power_of_ten(decimals);
        self.long.as_ref().map_or(scaled.clone(), |long| &**long + &scaled)
    }
}

/// Counts and the sum of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records with credits.
    pub converted: u64,
    /// Records that convert to nothing.
    pub excluded: u64,
    /// Records that cannot be converted.
    pub refused: u64,
    /// The sum of all credits.
    pub credits: Sum,
}

impl Totals {
    /// Adds another run.
    pub fn merge(&mut self, other: Self) {
        self.converted += other.converted;
        self.excluded += other.excluded;
        self.refused += other.refused;
        self.credits.merge(other.credits);
    }

    /// Records of all kinds.
    pub fn lines(&self) -> u64 {
        self.converted + self.excluded + self.refused
    }

    /// `lines 3 = converted 2 + excluded 0 + refused 1; credits 12.5`
    pub fn text(&self, decimals: u32) -> String {
        format!(
            "lines {} = converted {} + excluded {} + refused {}; credits {}",
            self.lines(),
            self.converted,
            self.excluded,
            self.refused,
            self.credits.exact(decimals),
        )
    }
}

/// Credits added up by account, by name, or by both.
#[derive(Debug, Default)]
pub struct Groups {
    accounts: Texts,
    /// Sums by account, then by the number of a product or license.
    index: Map<(u32, u32), usize>,
    keys: Vec<(Option<u32>, Option<TargetId>)>,
    sums: Vec<i128>,
    /// What is too long for that.
    long: BTreeMap<usize, Exact>,
}

impl Groups {
    /// Adds credits of a line to those of its account and its product or license.
    #[inline]
    pub fn add(&mut self, account: Option<&str>, rule: Option<TargetId>, credits: Credits) {
        let at = self.row(account, rule);
        match credits {
            Credits::Scaled(credits) => self.add_scaled(at, i128::from(credits)),
            Credits::Long(credits) => self.add_long(at, &Exact::from(credits)),
        }
    }

    fn add_scaled(&mut self, at: usize, credits: i128) {
        self.sums.get_mut(at).into_iter().for_each(|sum| *sum += credits);
    }

    fn add_long(&mut self, at: usize, credits: &Exact) {
        let sum = self.long.entry(at).or_insert_with(Exact::zero);
        *sum = &*sum + credits;
    }

    /// The row of a sum, which is made if it is new.
    fn row(&mut self, account: Option<&str>, rule: Option<TargetId>) -> usize {
        let account = account.map(|account| self.accounts.number(account));
        let key = (account.unwrap_or(NONE), rule.map_or(NONE, |rule| rule.0));
        // Accounts alone are numbered as they come; an absent one is looked up as others are.
        if let (Some(account), None) = (account, rule)
            && self.keys.get(account as usize) == Some(&(Some(account), None))
        {
            return account as usize;
        }
        if let Some(known) = self.index.get(&key) {
            return *known;
        }
        let at = self.keys.len();
        if key != (u32::try_from(at).unwrap_or(NONE), NONE) {
            self.index.insert(key, at);
        }
        self.keys.push((account, rule));
        self.sums.push(0);
        at
    }

    /// Takes the sums of others in.
    pub fn merge(&mut self, other: &Self) {
        for (own, ((account, rule), sum)) in other.keys.iter().zip(&other.sums).enumerate() {
            let at = self.row(account.map(|account| other.accounts.text(account)), *rule);
            self.add_scaled(at, *sum);
            if let Some(long) = other.long.get(&own) {
                self.add_long(at, long);
            }
        }
    }

    /// Shows each account and name with its sum, in the order of what `key` makes of both; `name`
    /// is that of a product or license.
    pub fn each<'a, K: Ord>(
        &'a self,
        decimals: u32,
        name: impl Fn(TargetId) -> &'a str,
        key: impl Fn(Option<&'a str>, Option<&'a str>) -> K,
        mut show: impl FnMut(K, &str),
    ) {
        let key = |at: usize| {
            let (account, rule) = self.keys.get(at).copied().unwrap_or_default();
            key(account.map(|account| self.accounts.text(account)), rule.map(&name))
        };
        let mut rows: Vec<usize> = (0..self.keys.len()).collect();
        rows.sort_by_cached_key(|at| key(*at));
        let mut text = Vec::new();
        for at in rows {
            let sum = self.sums.get(at).copied().unwrap_or_default();
            text.clear();
            match i64::try_from(sum) {
                Ok(sum) if !self.long.contains_key(&at) => scaled(&mut text, sum, decimals),
                _ => {
                    let long = self.long.get(&at).cloned().map(Box::new);
                    text.extend(Sum { scaled: sum, long }.exact(decimals).text().as_bytes());
                }
            }
            show(key(at), std::str::from_utf8(&text).unwrap_or_default());
        }
    }
}

/// The number of no account, and of no rule.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::Groups;
    use crate::convert::Credits;
    use crate::plan::TargetId;

    type Row = (Option<&'static str>, Option<u32>, Credits);

    fn shown(groups: &Groups) -> Vec<String> {
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
                let mut parts = [Groups::default(), Groups::default()];
                for (at, row) in rows.iter().map(form).enumerate() {
                    let (account, rule, credits) = row;
                    parts[(dealt >> at & 1) as usize].add(account, rule.map(TargetId), credits);
                }
                let [mut all, other] = parts;
                all.merge(&other);
                assert_eq!(shown(&all), wanted, "{dealt}");
            }
        }
    }
}
