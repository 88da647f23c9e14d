//! Maps by hash, for lookups alone: they cannot be walked, so that no order of hashing shows.

use std::borrow::Borrow;
use std::hash::Hash;

use foldhash::fast::FixedState;

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
