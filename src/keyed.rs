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

/// Texts by numbers from 0, each text once.
#[derive(Debug, Default)]
pub struct Texts {
    all: String,
    ends: Vec<usize>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Texts {
    /// The number of a text, which is kept if it is new.
    #[inline]
    pub fn number(&mut self, text: &str) -> u32 {
        let Self { all, ends, index, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(known) = index.find(hash, |number| nth(all, ends, *number) == text) {
            return *known;
        }
        let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        all.push_str(text);
        ends.push(all.len());
        index.insert_unique(hash, number, |number| hasher.hash_one(nth(all, ends, *number)));
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
