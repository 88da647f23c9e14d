//! What one would write by hand for these rates alone: columns in whole numbers of 64 bits, one
//! shape for all kinds, no branch that depends on a line.
//!
//! Credits are `base[k] + packs(quantity) * rate[k]`, where `k` counts the bounds that the quantity
//! exceeds. Where nothing comes in packs the division is by one.

use crate::lines::Lines;
use crate::workload::{CREDIT_STEP, Kind, Product, QUANTITY_SCALE, Version};

/// Lines that are priced before the overflow flags are looked at.
const CHUNK: usize = 4_096;

const TIERS: usize = 4;
const VERSIONS: usize = 4;

/// One rate, padded: bounds that are missing are never exceeded. Two cache lines, so that a shift
/// finds it.
#[derive(Clone, Copy)]
#[repr(align(128))]
struct Slot {
    bounds: [i64; TIERS - 1],
    /// Wraps below zero where later tiers are dearer; the sum does not.
    base: [u64; TIERS],
    rate: [u64; TIERS],
    /// `floor((quantity + fill) / size)` as the upper half of a product.
    fill: u64,
    reciprocal: u64,
}

#[derive(Clone)]
struct Card {
    /// Days on which the later rates begin; those that are missing never do.
    changes: [i32; VERSIONS - 1],
    first: i32,
    slots: [Slot; VERSIONS],
}

/// The rates of products with at most four dated rates of at most four tiers.
pub struct Baseline {
    cards: Vec<Card>,
    /// Quantities of more bits could overflow.
    bits: u32,
}

/// Why a batch has to be priced in another way.
#[derive(Debug, Eq, PartialEq)]
pub enum Unfit {
    /// A quantity is negative, or so large that a product could overflow.
    Quantity,
    /// A line starts before the first rate, or names no product.
    NoRate,
}

impl Slot {
    fn new(kind: Kind, version: &Version) -> Self {
        let (bounds, base, rate) = shape(kind, version);
        let divisor = if kind == Kind::Package { version.size * QUANTITY_SCALE } else { 1 };
        let last = base.len() - 1;
        Self {
            bounds: std::array::from_fn(|at| bounds.get(at).copied().unwrap_or(i64::MAX)),
            base: std::array::from_fn(|at| base[at.min(last)]),
            rate: std::array::from_fn(|at| rate[at.min(last)]),
            fill: divisor as u64 - 1,
            reciprocal: ((1_u64 << 63) - 1) / divisor as u64 + 1,
        }
    }

    /// The largest power of two, as bits, below which no quantity overflows.
    fn bits(&self) -> u32 {
        let largest = self.rate.iter().max().copied().unwrap_or(1).max(1);
        let base = self.base.iter().map(|&base| (base as i64).max(0)).max().unwrap_or(0);
        // The reciprocal divides exactly while quantity times divisor stays below 2^63.
        let fits = ((i64::MAX - base - CREDIT_STEP) as u64 / largest)
            .min(i64::MAX as u64 / (self.fill + 1));
        fits.ilog2().saturating_sub(1)
    }
}

/// Bounds in thousandths, and for each tier the line `base + rate * quantity` that prices it.
pub fn shape(kind: Kind, version: &Version) -> (Vec<i64>, Vec<u64>, Vec<u64>) {
    let (mut bounds, mut bases, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    let mut base = 0_i64;
    let mut below: Option<(i64, i64)> = None;
    for tier in &version.tiers {
        let rate = if kind == Kind::Package { tier.rate * QUANTITY_SCALE } else { tier.rate };
        if let (Kind::Graduated, Some((bound, cheaper))) = (kind, below) {
            base += bound * (cheaper - rate);
        }
        if let Some(up_to) = tier.up_to {
            bounds.push(up_to * QUANTITY_SCALE);
            below = Some((up_to * QUANTITY_SCALE, rate));
        }
        bases.push(base as u64);
        rates.push(rate as u64);
    }
    (bounds, bases, rates)
}

impl Baseline {
    pub fn new(products: &[Product]) -> Self {
        let cards: Vec<Card> = products.iter().map(Card::new).collect();
        let slots = cards.iter().flat_map(|card| &card.slots);
        let bits = slots.map(Slot::bits).min().unwrap_or(0);
        Self { cards, bits }
    }

    /// Prices all lines, and adds to the totals of their accounts where these are asked for.
    pub fn price(
        &self,
        lines: &Lines,
        credits: &mut [i64],
        totals: Option<&mut [i64]>,
    ) -> Result<(), Unfit> {
        let whole = 0..lines.count();
        match totals {
            None => self.price_part(lines, whole, credits, |_, _| ()),
            Some(totals) => self.price_part(lines, whole, credits, |accounts, credits| {
                add_up(accounts, credits, totals);
            }),
        }
    }

    /// The same with the list cut into as many parts as there are threads.
    pub fn price_by_threads(
        &self,
        lines: &Lines,
        credits: &mut [i64],
        totals: &mut [i64],
        threads: usize,
    ) -> Result<(), Unfit> {
        let part = lines.count().div_ceil(threads);
        let accounts = totals.len();
        std::thread::scope(|scope| {
            let mut running = Vec::new();
            for (number, credits) in credits.chunks_mut(part).enumerate() {
                let range = number * part..number * part + credits.len();
                running.push(scope.spawn(move || {
                    let mut own = vec![0; accounts];
                    self.price_part(lines, range, credits, |accounts, credits| {
                        add_up(accounts, credits, &mut own);
                    })?;
                    Ok(own)
                }));
            }
            for thread in running {
                let own = thread.join().expect("a thread that prices does not panic")?;
                for (total, own) in totals.iter_mut().zip(own) {
                    *total += own;
                }
            }
            Ok(())
        })
    }

    fn price_part(
        &self,
        lines: &Lines,
        range: std::ops::Range<usize>,
        credits: &mut [i64],
        mut after: impl FnMut(&[u32], &[i64]),
    ) -> Result<(), Unfit> {
        let accounts = lines.account[range.clone()].chunks(CHUNK);
        let products = lines.product[range.clone()].chunks(CHUNK);
        let quantities = lines.quantity[range.clone()].chunks(CHUNK);
        let starts = lines.start[range].chunks(CHUNK);
        let columns = products.zip(quantities).zip(starts).zip(accounts);
        for ((((products, quantities), starts), accounts), credits) in
            columns.zip(credits.chunks_mut(CHUNK))
        {
            self.price_chunk(products, quantities, starts, credits)?;
            after(accounts, credits);
        }
        Ok(())
    }

    #[inline(never)]
    pub fn price_chunk(
        &self,
        products: &[u32],
        quantities: &[i64],
        starts: &[i32],
        credits: &mut [i64],
    ) -> Result<(), Unfit> {
        let (mut wide, mut early) = (0, 0);
        let columns = products.iter().zip(quantities).zip(starts).zip(credits);
        for (((&product, &quantity), &start), credits) in columns {
            let card = self.cards.get(product as usize).ok_or(Unfit::NoRate)?;
            wide |= quantity;
            early |= start.wrapping_sub(card.first);
            *credits = card.price(quantity, start);
        }
        if (wide as u64) >> self.bits != 0 {
            return Err(Unfit::Quantity);
        }
        if early < 0 { Err(Unfit::NoRate) } else { Ok(()) }
    }
}

impl Card {
    fn new(product: &Product) -> Self {
        let versions = &product.versions;
        let last = versions.len() - 1;
        Self {
            changes: std::array::from_fn(|at| versions.get(at + 1).map_or(i32::MAX, |v| v.from)),
            first: versions[0].from,
            slots: std::array::from_fn(|at| Slot::new(product.kind, &versions[at.min(last)])),
        }
    }

    #[inline(always)]
    fn price(&self, quantity: i64, start: i32) -> i64 {
        let version: usize = self.changes.iter().map(|&change| usize::from(start >= change)).sum();
        let slot = &self.slots[version & (VERSIONS - 1)];
        let tier: usize = slot.bounds.iter().map(|&bound| usize::from(quantity > bound)).sum();
        let tier = tier & (TIERS - 1);
        let filled = (quantity as u64).wrapping_add(slot.fill) << 1;
        let packs = ((u128::from(filled) * u128::from(slot.reciprocal)) >> 64) as u64;
        let exact = slot.base[tier].wrapping_add(packs.wrapping_mul(slot.rate[tier]));
        (exact.wrapping_add(CREDIT_STEP as u64 / 2) / CREDIT_STEP as u64) as i64
    }
}

fn add_up(accounts: &[u32], credits: &[i64], totals: &mut [i64]) {
    for (&account, &credits) in accounts.iter().zip(credits) {
        totals[account as usize] = totals[account as usize].wrapping_add(credits);
    }
}

/// The least that pricing can cost: every column is read, eight bytes a line are written.
pub fn floor(lines: &Lines, credits: &mut [i64]) {
    let columns = lines.account.iter().zip(&lines.product).zip(&lines.quantity).zip(&lines.start);
    for ((((&account, &product), &quantity), &start), credits) in columns.zip(credits) {
        *credits = quantity ^ i64::from(start) ^ i64::from(product ^ account);
    }
}
