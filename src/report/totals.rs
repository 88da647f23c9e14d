//! Sums of credits: of a run, and by account and name.

use std::collections::BTreeMap;

use crate::convert::Credits;
use crate::keyed::Map;
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

    /// The sum, where it was made in units of so many decimals.
    pub fn exact(&self, decimals: u32) -> Exact {
        let scale = (0..decimals).fold(Exact::one(), |scale, _| scale * Exact::from(10));
        let scaled = Exact::whole(self.scaled) / scale;
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

    /// `lines 3 = converted 2 + excluded 0 + refused 1; credits 12.5`
    pub fn text(&self, decimals: u32) -> String {
        format!(
            "lines {} = converted {} + excluded {} + refused {}; credits {}",
            self.converted + self.excluded + self.refused,
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
    accounts: Map<Box<str>, u32>,
    names: Vec<Box<str>>,
    index: Map<(u32, u32), u32>,
    sums: Vec<(u32, Option<TargetId>, Sum)>,
}

/// The account of lines without one, and of sums that are not by account.
const NONE: u32 = u32::MAX;

impl Groups {
    /// Adds credits of a line to those of its account and its product or license.
    pub fn add(&mut self, account: Option<&str>, rule: Option<TargetId>, credits: Credits) {
        self.sum(account, rule).into_iter().for_each(|sum| sum.add(credits));
    }

    fn sum(&mut self, account: Option<&str>, rule: Option<TargetId>) -> Option<&mut Sum> {
        let account = match account {
            None => NONE,
            Some(name) => self.accounts.get(name).copied().unwrap_or_else(|| {
                let next = u32::try_from(self.names.len()).unwrap_or(NONE);
                self.names.push(name.into());
                self.accounts.insert(name.into(), next);
                next
            }),
        };
        let key = (account, rule.map_or(NONE, |rule| rule.0));
        let known = self.index.get(&key).map(|at| *at as usize);
        let at = known.unwrap_or(self.sums.len());
        if known.is_none() {
            self.index.insert(key, u32::try_from(at).unwrap_or(NONE));
            self.sums.push((account, rule, Sum::default()));
        }
        self.sums.get_mut(at).map(|(_, _, sum)| sum)
    }

    /// Takes the sums of others in.
    pub fn merge(&mut self, other: Self) {
        for (account, rule, sum) in other.sums {
            let name = other.names.get(account as usize).map(AsRef::as_ref);
            if let Some(own) = self.sum(name, rule) {
                own.merge(sum);
            }
        }
    }

    /// Accounts and rules with their sums, by account, then by the name that is given a rule.
    pub fn sorted<'a>(
        &'a self,
        name: impl Fn(TargetId) -> &'a str,
    ) -> BTreeMap<(Option<&'a str>, Option<&'a str>), &'a Sum> {
        let row = |(account, rule, sum): &'a (u32, Option<TargetId>, Sum)| {
            let account = self.names.get(*account as usize).map(AsRef::as_ref);
            ((account, rule.map(&name)), sum)
        };
        self.sums.iter().map(row).collect()
    }
}
