//! Lines whose products and accounts are texts, and the baseline's way to turn these into numbers.

use crate::baseline::{Baseline, Unfit};
use crate::lines::Lines;
use crate::workload::Product;

/// Lines that are priced together.
const CHUNK: usize = 4_096;

/// Texts one behind the other.
pub struct Texts {
    pub text: String,
    /// Where each text ends; the first entry is 0.
    pub ends: Vec<u32>,
}

impl Texts {
    pub fn new(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut column = Self { text: String::new(), ends: vec![0] };
        texts.into_iter().for_each(|text| column.push(text.as_ref()));
        column
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("less than 4 GiB of text"));
    }

    fn count(&self) -> usize {
        self.ends.len() - 1
    }

    #[inline]
    pub fn get(&self, at: usize) -> &[u8] {
        self.text(at).as_bytes()
    }

    #[inline]
    pub fn text(&self, at: usize) -> &str {
        &self.text[self.ends[at] as usize..self.ends[at + 1] as usize]
    }
}

/// The two columns of text of a list of lines.
pub struct Keys {
    pub sku: Texts,
    pub account: Texts,
}

impl Keys {
    pub fn new(lines: &Lines, products: &[Product]) -> Self {
        Self {
            sku: Texts::new(lines.product.iter().map(|&at| products[at as usize].sku.as_str())),
            account: Texts::new(lines.account.iter().map(|&at| account(at))),
        }
    }
}

pub fn account(number: u32) -> String {
    format!("ACC-{number:06}")
}

/// Numbers texts in the order in which they first come.
pub struct Numbering {
    texts: Texts,
    /// A power of two of them.
    slots: Vec<Slot>,
}

/// The outer words of a text are all of it up to 16 bytes, so that most lookups end here.
#[derive(Clone, Copy, Default)]
struct Slot {
    words: (u64, u64),
    length: u32,
    /// One more than the number; 0 where there is none.
    number: u32,
}

impl Default for Numbering {
    fn default() -> Self {
        Self { texts: Texts::new(std::iter::empty::<&str>()), slots: vec![Slot::default(); 256] }
    }
}

impl Numbering {
    pub fn text(&self, number: usize) -> &[u8] {
        self.texts.get(number)
    }

    /// The number of a text that may be new.
    #[inline]
    pub fn number(&mut self, text: &[u8]) -> u32 {
        let place = self.place(text);
        match self.slots[place].number {
            0 => self.insert(text, place),
            number => number - 1,
        }
    }

    /// The number of a text, if it has one.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        self.slots[self.place(text)].number.checked_sub(1)
    }

    /// Where a text is, or where it belongs.
    #[inline]
    fn place(&self, text: &[u8]) -> usize {
        let (words, length) = (outer_words(text), text.len() as u32);
        let mixed = u128::from(words.0 ^ words.1.rotate_left(29) ^ u64::from(length))
            * 0x9E37_79B9_7F4A_7C15_u128;
        let mask = self.slots.len() - 1;
        let mut place = (mixed >> 64) as usize ^ mixed as usize;
        loop {
            place &= mask;
            let slot = &self.slots[place];
            let like = slot.words == words && slot.length == length;
            let same = || length <= 16 || self.texts.get(slot.number as usize - 1) == text;
            if slot.number == 0 || (like && same()) {
                return place;
            }
            place += 1;
        }
    }

    #[cold]
    fn insert(&mut self, text: &[u8], place: usize) -> u32 {
        let number = self.texts.count() as u32;
        self.texts.push(std::str::from_utf8(text).expect("made as text"));
        let slot = Slot { words: outer_words(text), length: text.len() as u32, number: number + 1 };
        self.slots[place] = slot;
        if self.texts.count() * 2 > self.slots.len() {
            let doubled = vec![Slot::default(); self.slots.len() * 2];
            let slots = std::mem::replace(&mut self.slots, doubled);
            for slot in slots.into_iter().filter(|slot| slot.number > 0) {
                let place = self.place(self.texts.get(slot.number as usize - 1));
                self.slots[place] = slot;
            }
        }
        number
    }
}

/// The first and the last eight bytes, which overlap in a shorter text.
#[inline]
fn outer_words(text: &[u8]) -> (u64, u64) {
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => {
            let mut word = [0; 8];
            word[..text.len()].copy_from_slice(text);
            (u64::from_le_bytes(word), 0)
        }
    }
}

/// Prices lines by the texts of their products and adds up by the texts of their accounts. Returns
/// the accounts as numbered, and their totals.
pub fn price(
    baseline: &Baseline,
    products: &[Product],
    keys: &Keys,
    lines: &Lines,
    credits: &mut [i64],
) -> Result<(Numbering, Vec<i64>), Unfit> {
    let mut skus = Numbering::default();
    for product in products {
        skus.number(product.sku.as_bytes());
    }
    let mut accounts = Numbering::default();
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
