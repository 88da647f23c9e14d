//! Lines whose products and accounts are texts, and the baseline's way to turn these into numbers.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use crate::baseline::{Baseline, Unfit};
use crate::lines::Lines;
use crate::workload::Product;

/// Lines that are priced together.
const CHUNK: usize = 4_096;

/// Texts one behind the other.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) bytes: Vec<u8>,
    /// Where each text ends; the first entry is 0.
    pub(crate) ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn new(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut column = Self { bytes: Vec::new(), ends: vec![0] };
        texts.into_iter().for_each(|text| column.push(text.as_ref().as_bytes()));
        column
    }

    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(u32::try_from(self.bytes.len()).expect("less than 4 GiB of text"));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        &self.bytes[self.ends[at] as usize..self.ends[at + 1] as usize]
    }
}

/// The two columns of text of a list of lines.
pub(crate) struct Keys {
    pub(crate) sku: Texts,
    pub(crate) account: Texts,
}

impl Keys {
    pub(crate) fn new(lines: &Lines, products: &[Product]) -> Self {
        Self {
            sku: Texts::new(lines.product.iter().map(|&at| products[at as usize].sku.as_str())),
            account: Texts::new(lines.account.iter().map(|&at| account(at))),
        }
    }
}

pub(crate) fn account(number: u32) -> String {
    format!("ACC-{number:06}")
}

/// Numbers texts in the order in which they first come.
pub(crate) struct Numbering {
    texts: Texts,
    /// A number and the upper half of its hash, both 0 where there is none; a power of two of them.
    slots: Vec<(u32, u32)>,
    hasher: FxBuildHasher,
}

impl Numbering {
    pub(crate) fn new() -> Self {
        Self {
            texts: Texts::new(std::iter::empty::<&str>()),
            slots: vec![(0, 0); 256],
            hasher: FxBuildHasher,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn text(&self, number: usize) -> &[u8] {
        self.texts.get(number)
    }

    /// The number of a text that may be new.
    #[inline]
    pub(crate) fn number(&mut self, text: &[u8]) -> u32 {
        let (place, mark) = self.place(text);
        match self.slots[place] {
            (0, _) => self.insert(text, place, mark),
            (number, _) => number - 1,
        }
    }

    /// The number of a text, if it has one.
    #[inline]
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        let (place, _) = self.place(text);
        self.slots[place].0.checked_sub(1)
    }

    #[inline]
    fn place(&self, text: &[u8]) -> (usize, u32) {
        let hash = self.hash(text);
        let mark = (hash >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let (number, found) = self.slots[place];
            let same = found == mark && number > 0;
            if number == 0 || (same && self.texts.get(number as usize - 1) == text) {
                return (place, mark);
            }
            place = (place + 1) & mask;
        }
    }

    /// Two words of the text, and its length: enough for codes; equal hashes only cost time.
    #[inline]
    fn hash(&self, text: &[u8]) -> u64 {
        match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            (Some(first), Some(last)) => {
                let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
                let mixed = (first ^ last.rotate_left(29) ^ text.len() as u64)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15);
                mixed ^ (mixed >> 32)
            }
            _ => self.hasher.hash_one(text),
        }
    }

    #[cold]
    fn insert(&mut self, text: &[u8], place: usize, mark: u32) -> u32 {
        let number = self.texts.len() as u32;
        self.texts.push(text);
        self.slots[place] = (number + 1, mark);
        if self.texts.len() * 2 > self.slots.len() {
            self.slots = vec![(0, 0); self.slots.len() * 2];
            for number in 0..self.texts.len() {
                let (place, mark) = self.place(self.texts.get(number));
                self.slots[place] = (number as u32 + 1, mark);
            }
        }
        number
    }
}

/// Prices lines by the texts of their products and adds up by the texts of their accounts. Returns
/// the accounts as numbered, and their totals.
pub(crate) fn price(
    baseline: &Baseline,
    products: &[Product],
    keys: &Keys,
    lines: &Lines,
    credits: &mut [i64],
) -> Result<(Numbering, Vec<i64>), Unfit> {
    let mut skus = Numbering::new();
    for product in products {
        skus.number(product.sku.as_bytes());
    }
    let mut accounts = Numbering::new();
    let mut totals = Vec::new();
    let mut numbers = vec![0; CHUNK];
    for (chunk, credits) in credits.chunks_mut(CHUNK).enumerate() {
        let from = chunk * CHUNK;
        let range = from..from + credits.len();
        for (at, number) in range.clone().zip(&mut numbers) {
            *number = skus.find(keys.sku.get(at)).unwrap_or(u32::MAX);
        }
        let quantities = &lines.quantity[range.clone()];
        let numbers = &numbers[..credits.len()];
        baseline.price_chunk(numbers, quantities, &lines.start[range.clone()], credits)?;
        for (at, &credits) in range.zip(&*credits) {
            let account = accounts.number(keys.account.get(at)) as usize;
            if account == totals.len() {
                totals.push(0);
            }
            totals[account] += credits;
        }
    }
    Ok((accounts, totals))
}
