//! A hand-written kernel for any number of dated rates and tiers: compact pooled tables, and a
//! search that halves without a branch. The curves of growing rulesets compare with it.

use crate::baseline::shape;
use crate::lines::Lines;
use crate::workload::{CREDIT_STEP, Kind, Product, QUANTITY_SCALE};

/// Where the dated rates of a product lie in the pools.
#[derive(Clone, Copy)]
struct Span {
    first: u32,
    count: u32,
}

pub struct Search {
    products: Vec<Span>,
    /// The first days of the rates, product by product.
    froms: Vec<i32>,
    rates: Vec<Rate>,
    /// What a quantity must exceed to reach a tier, the first tier included.
    bounds: Vec<i64>,
    lines: Vec<Line>,
}

#[derive(Clone, Copy)]
struct Rate {
    tiers: Span,
    divisor: u32,
    reciprocal: u64,
}

#[derive(Clone, Copy)]
struct Line {
    base: u64,
    rate: u64,
}

impl Search {
    pub fn new(products: &[Product]) -> Self {
        let mut search = Self {
            products: Vec::new(),
            froms: Vec::new(),
            rates: Vec::new(),
            bounds: Vec::new(),
            lines: Vec::new(),
        };
        for product in products {
            let count = product.versions.len() as u32;
            search.products.push(Span { first: search.froms.len() as u32, count });
            for version in &product.versions {
                let (bounds, bases, rates) = shape(product.kind, version);
                search.froms.push(version.from);
                let packs = product.kind == Kind::Package;
                let divisor = if packs { version.size * QUANTITY_SCALE } else { 1 } as u32;
                search.rates.push(Rate {
                    tiers: Span { first: search.lines.len() as u32, count: bases.len() as u32 },
                    divisor,
                    reciprocal: ((1_u64 << 63) - 1) / u64::from(divisor) + 1,
                });
                search.bounds.push(i64::MIN);
                search.bounds.extend(bounds);
                let lines = bases.into_iter().zip(rates);
                search.lines.extend(lines.map(|(base, rate)| Line { base, rate }));
            }
        }
        search
    }

    #[inline(never)]
    pub fn price(&self, lines: &Lines, credits: &mut [i64]) {
        let columns = lines.product.iter().zip(&lines.quantity).zip(&lines.start);
        for (((&product, &quantity), &start), credits) in columns.zip(credits) {
            let version = last(&self.froms, self.products[product as usize], |from| from <= start);
            let rate = &self.rates[version];
            let tier = last(&self.bounds, rate.tiers, |bound| bound < quantity);
            let line = self.lines[tier];
            let filled = (quantity as u64).wrapping_add(u64::from(rate.divisor) - 1) << 1;
            let packs = ((u128::from(filled) * u128::from(rate.reciprocal)) >> 64) as u64;
            let exact = line.base.wrapping_add(packs.wrapping_mul(line.rate));
            *credits = ((exact + CREDIT_STEP as u64 / 2) / CREDIT_STEP as u64) as i64;
        }
    }
}

/// The last place of a span that holds; its first is taken to hold, and all before one that does.
#[inline(always)]
fn last<T: Copy>(pool: &[T], span: Span, holds: impl Fn(T) -> bool) -> usize {
    let (mut at, mut rest) = (span.first as usize, span.count as usize);
    while rest > 1 {
        let half = rest / 2;
        at = std::hint::select_unpredictable(holds(pool[at + half]), at + half, at);
        rest -= half;
    }
    at
}
