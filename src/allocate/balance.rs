//! What is left of an account's credits: how they are distributed, how they came about, and how many
//! to buy.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Holding, LimitLine, Lot, Refused, Verified, credits, valid_on, verify};
use crate::hir::BALANCE;
use crate::plan::{LimitBody, Plan, TargetId};
use crate::quantity::Exact;

/// Shares that add up to 100 %.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The part of the whole, from 0 to 1.
    pub exact: Exact,
    /// Rounded, in tenths of a percent.
    pub tenths: Exact,
}

/// Each part's share of their sum. Tenths of a percent are rounded down, and those that are missing
/// go to the parts that lost most, earlier ones first. There are none where the sum is 0.
pub fn shares(parts: &[Exact]) -> Vec<Share> {
    let whole = parts.iter().fold(Exact::zero(), |sum, part| &sum + part);
    if whole.is_zero() {
        return Vec::new();
    }
    let thousand = Exact::from(1_000);
    let mut shares: Vec<Share> = parts
        .iter()
        .map(|part| {
            let exact = part.clone() / whole.clone();
            let tenths = (&exact * &thousand).floor();
            Share { exact, tenths }
        })
        .collect();
    let given = shares.iter().fold(Exact::zero(), |sum, share| &sum + &share.tenths);
    let mut missing = &thousand - &given;
    let lost = |share: &Share| &(&share.exact * &thousand) - &share.tenths;
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let losses: Vec<Exact> = shares.iter().map(lost).collect();
    // A stable sort: of equals the earlier one stays first.
    order.sort_by(|a, b| losses.get(*b).cmp(&losses.get(*a)));
    for at in order {
        if missing.is_zero() {
            break;
        }
        if let Some(share) = shares.get_mut(at) {
            share.tenths = &share.tenths + &Exact::one();
            missing = &missing - &Exact::one();
        }
    }
    shares
}

/// A day of the history of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The last day of a month, or the day itself.
    pub day: Date,
    /// What was valid.
    pub valid: Exact,
    /// What the allocation cost by the rates of the day; `None` where a product was refused.
    pub allocated: Option<Exact>,
}

/// The ends of so many months up to a day, which stands for its own month.
pub fn history(plan: &Plan, holding: &Holding, months: u16) -> Vec<Past> {
    let past = |back: u16| {
        let day = if back == 0 {
            holding.day
        } else {
            let first = holding.day.first_of_month();
            first.checked_sub(i64::from(back).months()).ok()?.last_of_month()
        };
        let allocated = credits(plan, &holding.account, day, &holding.units).ok();
        let valid = valid_on(&holding.lots, day);
        Some(Past { day, valid, allocated: allocated.map(|credits| credits.total) })
    };
    (0..months).rev().filter_map(past).collect()
}

/// What more units would cost, and how many credits to buy for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// What the units cost on top of the allocation.
    pub required: Exact,
    /// Credits for any product to buy, so that the limit `balance` is kept.
    pub buy: Exact,
    /// Credits that are left without a purchase.
    pub surplus: Exact,
}

/// How many credits to buy for units on top of an allocation.
pub fn purchase(
    plan: &Plan,
    holding: &Holding,
    more: &BTreeMap<TargetId, Exact>,
) -> Result<Purchase, Vec<Refused>> {
    let now = credits(plan, &holding.account, holding.day, &holding.units)?.total;
    let mut then = holding.clone();
    for (product, own) in more {
        let sum = then.units.entry(*product).or_insert_with(Exact::zero);
        *sum = &*sum + own;
    }
    let own = verify(plan, &then)?;
    let left = own.split.left.iter().fold(Exact::zero(), |sum, (_, left)| &sum + left);
    let required = &own.credits.total - &now;
    Ok(Purchase { required, buy: to_buy(plan, then, &own)?, surplus: left })
}

/// The fewest credits for any product with which an allocation keeps the limit `balance`.
fn to_buy(plan: &Plan, mut then: Holding, own: &Verified) -> Result<Exact, Vec<Refused>> {
    let is_balance = |at: usize| plan.limits.get(at).filter(|limit| limit.name == BALANCE);
    let line = own.lines.iter().find_map(|line| Some((line, is_balance(line.limit)?)));
    let Some((line, limit)) = line.filter(|(line, _)| !line.kept) else {
        return Ok(Exact::zero());
    };
    // Where credits are left for others only, nothing less than all that is uncovered will do.
    let uncovered = if own.stranded.is_zero() { Exact::zero() } else { own.split.missing() };
    let LimitBody::Compare(_, comparison, ..) = &limit.body else { return Ok(uncovered) };
    if comparison.holds(&line.left, &line.right) {
        return Ok(uncovered);
    }
    // Both sides are sums of valid credits: one credit tells what any number of them does.
    then.lots.push(Lot::bought(&Exact::one()));
    let with = verify(plan, &then)?;
    let with = with.lines.iter().find(|own| own.limit == line.limit);
    let apart = |own: &LimitLine| &own.left - &own.right;
    let step = with.map_or_else(Exact::zero, |with| &apart(line) - &apart(with));
    if step.is_zero() {
        return Ok(uncovered);
    }
    let buy = apart(line) / step.clone();
    let whole = step == Exact::one() || -step == Exact::one();
    Ok((if whole { buy } else { buy.ceil() }).max(uncovered))
}
