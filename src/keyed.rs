//! Maps by hash, for lookups alone: they cannot be walked, so that no order of hashing shows.

use std::borrow::Borrow;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

#[expect(clippy::disallowed_types, reason = "what wraps it never walks it")]
type Hashed<K, V> = std::collections::HashMap<K, V, FixedState>;

/// A map that is only looked up.
#[derive(Debug, Clone)]
pub struct Map<K, V> {
    inner: Hashed<K, V>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { inner: Hashed::default() }
    }
}

impl<K: Eq + Hash, V> Map<K, V> {
    /// The value of a key.
    #[inline]
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.inner.get(key)
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        self.inner.insert(key, value);
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.inner.clear();
    }
}

/// Texts with a number each, for lookups alone; those of up to 32 bytes are compared without a look at
/// where they are kept.
#[derive(Debug, Default)]
pub struct Codes {
    index: HashTable<Code>,
    /// Those that are longer.
    long: Map<Box<str>, u32>,
}

/// A text of up to 32 bytes is known by its length and its words.
#[derive(Debug, Clone, Copy)]
struct Code {
    words: Words,
    length: u32,
    number: u32,
}

/// Compared one by one: as an array they would go through memory first.
type Words = (u64, u64, u64, u64);

/// The bytes of its words.
const SHORT: usize = 32;

impl Codes {
    /// Sets the number of a text.
    pub fn insert(&mut self, text: &str, number: u32) {
        if text.len() > SHORT {
            return self.long.insert(text.into(), number);
        }
        let words = wide_words(text.as_bytes());
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let code = Code { words, length, number };
        let is_same = |known: &Code| (known.words, known.length) == (words, length);
        let hash = mixed(words, length);
        if let Some(known) = self.index.find_mut(hash, is_same) {
            *known = code;
        } else {
            self.index.insert_unique(hash, code, |code| mixed(code.words, code.length));
        }
    }

    /// The number of a text.
    #[inline]
    pub fn get(&self, text: &str) -> Option<u32> {
        if text.len() > SHORT {
            return self.long.get(text).copied();
        }
        let words = wide_words(text.as_bytes());
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let is_same = |known: &Code| (known.words, known.length) == (words, length);
        self.index.find(mixed(words, length), is_same).map(|known| known.number)
    }
}

/// Four words of eight bytes that overlap as far as they must, from the first to the last byte of a text
/// of up to 32, without a branch that depends on how long it is; of one of less than eight its outer
/// words.
#[inline]
fn wide_words(text: &[u8]) -> Words {
    let Some(last) = text.len().checked_sub(8) else {
        let (first, last) = outer_words(text);
        return (first, last, 0, 0);
    };
    let word = |at: usize| {
        let word = text.get(at..).and_then(<[u8]>::first_chunk);
        word.map_or(0, |word| u64::from_le_bytes(*word))
    };
    (word(0), word(last.min(8)), word(last.saturating_sub(8)), word(last))
}

/// Digits of π, as good as any.
const ODD: [u64; 2] = [0x2437_1bff_3b42_55c5, 0x13c6_ef37_2fe9_4f83];

#[inline]
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ (product << 64 >> 64) as u64
}

/// A hash of a text of up to 16 bytes.
#[inline]
fn mixed_short((first, last): (u64, u64), length: u32) -> u64 {
    let [one, other] = ODD;
    folded(folded(first ^ one, last ^ other) ^ u64::from(length), one)
}

/// A hash of a text of up to 32 bytes.
#[inline]
fn mixed((a, b, c, d): Words, length: u32) -> u64 {
    mixed_short((a ^ c.rotate_left(29), d ^ b.rotate_left(41)), length)
}

/// Whether two texts are one; short ones are compared without a call.
#[inline]
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && outer_words(one.as_bytes()) == outer_words(other.as_bytes())
        && (one.len() <= 16 || one == other)
}

/// A hash of a text, the same everywhere.
#[inline]
pub fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// Texts by numbers from 0, each text once.
#[derive(Debug, Default)]
pub struct Texts {
    all: String,
    ends: Vec<usize>,
    index: HashTable<Entry>,
    hasher: FixedState,
}

/// A text of up to 16 bytes is known by its length and its outer words, so that it is found without
/// a look at where it is kept.
#[derive(Debug, Clone, Copy)]
struct Entry {
    words: (u64, u64),
    length: u32,
    number: u32,
}

/// A text that is looked for.
#[derive(Debug, Clone, Copy, Default)]
struct Sought<'t> {
    text: &'t str,
    words: (u64, u64),
    hash: u64,
}

/// Texts that are looked for at once.
const AHEAD: usize = 32;

impl Texts {
    /// The number of a text, which is kept if it is new.
    #[inline]
    pub fn number(&mut self, text: &str) -> u32 {
        let sought = self.sought(text);
        self.find(&sought).unwrap_or_else(|| self.add(&sought))
    }

    /// Adds the numbers of texts, in their order. Some are looked for at once, so that what is far
    /// away in memory is fetched for several of them together.
    #[inline]
    pub fn number_all<'t>(
        &mut self,
        texts: impl IntoIterator<Item = &'t str>,
        numbers: &mut Vec<u32>,
    ) {
        let mut texts = texts.into_iter();
        let mut some = [Sought::default(); AHEAD];
        loop {
            let mut count = 0;
            for (own, text) in some.iter_mut().zip(texts.by_ref()) {
                *own = self.sought(text);
                count += 1;
            }
            for sought in some.iter().take(count) {
                numbers.push(self.find(sought).unwrap_or_else(|| self.add(sought)));
            }
            if count < AHEAD {
                return;
            }
        }
    }

    #[inline]
    fn sought<'t>(&self, text: &'t str) -> Sought<'t> {
        let words = outer_words(text.as_bytes());
        let hash = match u32::try_from(text.len()) {
            Ok(length @ 0..=16) => mixed_short(words, length),
            _ => self.hasher.hash_one(text),
        };
        Sought { text, words, hash }
    }

    #[inline]
    fn find(&self, Sought { text, words, hash }: &Sought<'_>) -> Option<u32> {
        let known = self.index.find(*hash, |entry| {
            (entry.length as usize, entry.words) == (text.len(), *words)
                && (text.len() <= 16 || nth(&self.all, &self.ends, entry.number) == *text)
        });
        known.map(|known| known.number)
    }

    fn add(&mut self, Sought { text, words, hash }: &Sought<'_>) -> u32 {
        let Self { all, ends, index, hasher } = self;
        let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        all.push_str(text);
        ends.push(all.len());
        let hash_of = |entry: &Entry| match entry.length {
            0..=16 => mixed_short(entry.words, entry.length),
            _ => hasher.hash_one(nth(all, ends, entry.number)),
        };
        index.insert_unique(*hash, Entry { words: *words, length, number }, hash_of);
        number
    }

    /// The text with this number; empty where there is none.
    pub fn text(&self, number: u32) -> &str {
        nth(&self.all, &self.ends, number)
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

fn nth<'a>(all: &'a str, ends: &[usize], number: u32) -> &'a str {
    let at = number as usize;
    let from = at.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied());
    let range = from.zip(ends.get(at).copied()).map(|(from, to)| from..to);
    range.and_then(|range| all.get(range)).unwrap_or_default()
}

/// The first and the last eight bytes, which overlap in a text of less than 16; of one of less than
/// eight its outer four.
#[inline]
fn outer_words(text: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
        }
        _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::{Codes, Texts, same};

    #[test]
    fn codes_are_found_by_all_of_their_bytes() {
        let mut codes = Codes::default();
        // Of every length up to one that is long, and those that differ in one byte.
        let mut all: Vec<String> = (0..70).map(|length| "ab".repeat(length)).collect();
        all.extend((1..40).map(|length| "\0".repeat(length)));
        for length in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64] {
            all.extend((0..=length).map(|at| {
                (0..length).map(|own| if own == at { 'x' } else { 'y' }).collect::<String>()
            }));
        }
        for (number, text) in (0..).zip(&all) {
            assert_eq!(codes.get(text), None, "{text:?}");
            codes.insert(text, 7);
            codes.insert(text, number);
        }
        for (number, text) in (0..).zip(&all) {
            assert_eq!(codes.get(text), Some(number), "{text:?}");
            assert_eq!(codes.get(&format!("{text}y")).filter(|found| *found == number), None);
            let same = all.iter().filter(|other| same(text, other));
            assert!(same.eq(all.iter().filter(|other| *other == text)), "{text:?}");
        }
    }

    #[test]
    fn texts_have_one_number_each() {
        let mut texts = Texts::default();
        // Of equal outer words, of other lengths, with zeros, too short for a word.
        let mut all: Vec<String> = vec![String::new(), "\0".into(), "\0\0".into(), "a".into()];
        all.extend((1..40).map(|length| "ab".repeat(length)));
        all.extend(["x", "y"].map(|middle| format!("12345678{middle}12345678")));
        all.extend((0..2_000).map(|number| format!("ACC-{number:06}")));
        for (expected, text) in (0..).zip(&all) {
            assert_eq!(texts.number(text), expected, "{text:?}");
        }
        for (number, text) in (0..).zip(&all) {
            assert_eq!((texts.number(text), texts.text(number)), (number, text.as_str()));
        }
        assert_eq!(texts.len(), all.len());
        // All at once, some of them twice and close together.
        let (mut once, mut numbers) = (Texts::default(), Vec::new());
        once.number_all(all.iter().flat_map(|text| [text.as_str(), text]), &mut numbers);
        assert_eq!(numbers, (0..).take(all.len()).flat_map(|at| [at, at]).collect::<Vec<u32>>());
        once.number_all([], &mut numbers);
        assert_eq!((once.len(), numbers.len()), (all.len(), 2 * all.len()));
    }
}
