//! The split of lots over products, against all splits of small cases.

#![expect(clippy::indexing_slicing, reason = "lots and products are known by their positions")]

use std::collections::BTreeMap;

use proptest::collection::vec;

use credit_rules::allocate::{Lot, split};
use credit_rules::plan::TargetId;
use credit_rules::quantity::Exact;

use super::day;
use crate::oracle::for_all;

/// Lots by credits, months to live (0 for ever) and the products that they are for, as bits.
#[derive(Debug)]
struct Case {
    lots: Vec<(i64, u8, u8)>,
    needs: Vec<i64>,
}

impl Case {
    fn of(drawn: &[u8]) -> Self {
        let mut bytes = drawn.iter().copied();
        let mut next = |most: u8| bytes.next().unwrap_or_default() % most;
        let lots = (0..=next(3)).map(|_| (i64::from(next(3)), next(4), next(8))).collect();
        let needs = (0..=next(3)).map(|_| i64::from(next(4))).collect();
        Self { lots, needs }
    }

    fn only(bits: u8) -> Option<Vec<TargetId>> {
        // All bits are a lot for everything.
        (bits != 7).then(|| (0..3).filter(|at| bits >> at & 1 == 1).map(TargetId).collect())
    }

    fn built(&self) -> (Vec<Lot>, BTreeMap<TargetId, Exact>) {
        let lots = self.lots.iter().map(|(credits, months, bits)| {
            let until = (*months > 0).then(|| day(&format!("2027-{months:02}-01")));
            Lot {
                license_id: String::new(),
                record: 1,
                rule: TargetId(9),
                credits: Exact::from(*credits),
                from: None,
                end: until,
                until,
                grace: until,
                only: Self::only(*bits),
            }
        });
        let needs = (0..).map(TargetId).zip(self.needs.iter().map(|need| Exact::from(*need)));
        (lots.collect(), needs.collect())
    }

    /// Lots in the order in which they are used.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.lots.len()).collect();
        order.sort_by_key(|at| match self.lots[*at].1 {
            0 => u8::MAX,
            months => months,
        });
        order
    }

    /// The best of all splits in whole credits: what products get, what lots give, what goes where.
    fn best(&self) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
        let order = self.order();
        let pairs: Vec<(usize, usize)> = order
            .iter()
            .flat_map(|lot| (0..self.needs.len()).map(move |product| (*lot, product)))
            .collect();
        let mut best: Option<(Vec<i64>, Vec<i64>, Vec<i64>)> = None;
        let mut open = vec![Vec::new()];
        while let Some(given) = open.pop() {
            let given: Vec<i64> = given;
            let got = |product: usize| {
                pairs.iter().zip(&given).filter(|((_, p), _)| *p == product).map(|(_, n)| n).sum()
            };
            let gave = |lot: usize| {
                pairs.iter().zip(&given).filter(|((l, _), _)| *l == lot).map(|(_, n)| n).sum()
            };
            let Some((lot, product)) = pairs.get(given.len()).copied() else {
                let got: Vec<i64> = (0..self.needs.len()).map(got).collect();
                let gave: Vec<i64> = order.iter().copied().map(gave).collect();
                let this = (got, gave, given);
                if best.as_ref().is_none_or(|best| *best < this) {
                    best = Some(this);
                }
                continue;
            };
            let spare: i64 = self.lots[lot].0 - gave(lot);
            let need: i64 = self.needs[product] - got(product);
            let may = Self::only(self.lots[lot].2)
                .is_none_or(|only| only.contains(&TargetId(u32::try_from(product).unwrap())));
            let most = if may { spare.min(need) } else { 0 };
            open.extend((0..=most).map(|more| {
                let mut given = given.clone();
                given.push(more);
                given
            }));
        }
        best.unwrap()
    }
}

fn whole(number: &Exact) -> i64 {
    number.ratio().unwrap().0
}

#[test]
fn splits_are_the_best_of_all() {
    for_all("splits", 600, &vec(0u8..=255, 16), |drawn| {
        let case = Case::of(&drawn);
        let (lots, needs) = case.built();
        let found = split(&lots, day("2026-01-01"), &needs);
        let order = case.order();
        let moved: BTreeMap<(usize, TargetId), i64> = found
            .shares
            .iter()
            .map(|(lot, product, credits)| ((*lot, *product), whole(credits)))
            .collect();
        let products = || (0..).map(TargetId).take(case.needs.len());
        let given: Vec<i64> = order
            .iter()
            .flat_map(|lot| products().map(|id| moved.get(&(*lot, id)).copied().unwrap_or(0)))
            .collect();
        let open: BTreeMap<TargetId, i64> =
            found.uncovered.iter().map(|(id, open)| (*id, whole(open))).collect();
        let got: Vec<i64> = products()
            .zip(&case.needs)
            .map(|(id, need)| need - open.get(&id).copied().unwrap_or(0))
            .collect();
        let gave: Vec<i64> =
            found.left.iter().map(|(lot, left)| case.lots[*lot].0 - whole(left)).collect();
        let best = case.best();
        if (got, gave, given) == best {
            return Ok(());
        }
        Err(format!("{case:?}\n{found:?}\nexpected {best:?}"))
    });
}
