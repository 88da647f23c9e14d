//! Where a few bytes stand in a text, 64 bytes of it at a time: marks stand close together in a table,
//! and a search from each to the next would spend its time on setting out.

use wide::u8x16;

/// Bytes that are looked at together.
const WIDTH: usize = 64;

/// The places of three bytes in a text, rising.
pub(super) struct Marks<'a> {
    wanted: [u8x16; 3],
    /// What is looked at next, and where it begins.
    rest: &'a [u8],
    next: usize,
    /// Those of the last bytes that are still to be told, a bit each, and where those bytes begin.
    found: u64,
    base: usize,
}

impl<'a> Marks<'a> {
    /// Those from a place on.
    pub(super) fn new(wanted: [u8; 3], text: &'a [u8], from: usize) -> Self {
        let rest = text.get(from..).unwrap_or_default();
        Self { wanted: wanted.map(u8x16::splat), rest, next: from, found: 0, base: from }
    }

    /// Goes on to bytes of which one is wanted; whether there are any.
    fn go_on(&mut self) -> bool {
        while self.found == 0 {
            self.base = self.next;
            if let Some((bytes, rest)) = self.rest.split_first_chunk::<WIDTH>() {
                self.found = self.look(bytes);
                (self.rest, self.next) = (rest, self.next + WIDTH);
                continue;
            }
            if self.rest.is_empty() {
                return false;
            }
            let mut last = [0; WIDTH];
            last.iter_mut().zip(self.rest).for_each(|(own, byte)| *own = *byte);
            // What fills up is none of the text.
            self.found = self.look(&last) & ((1 << self.rest.len()) - 1);
            (self.next, self.rest) = (self.next + self.rest.len(), &[]);
        }
        true
    }

    /// A bit for each of the bytes that is wanted.
    #[inline]
    fn look(&self, bytes: &[u8; WIDTH]) -> u64 {
        let (parts, _) = bytes.as_chunks::<16>();
        let [a, b, c] = self.wanted;
        parts.iter().rev().fold(0, |found, part| {
            let part = u8x16::new(*part);
            let own = part.simd_eq(a) | part.simd_eq(b) | part.simd_eq(c);
            found << 16 | u64::from(own.to_bitmask())
        })
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all fields")]
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.found == 0 && !self.go_on() {
            return None;
        }
        let at = self.base + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Marks, WIDTH};

    #[test]
    fn marks_are_those_of_a_plain_search() {
        let mut state = 1u64;
        let mut text = Vec::new();
        for length in 0..=3 * WIDTH {
            for from in [0, 1, length / 2, length, length + 1] {
                let wanted = [b',', 0, b'"'];
                let plain = text.iter().enumerate().skip(from);
                let plain = plain.filter(|(_, byte)| wanted.contains(byte)).map(|(at, _)| at);
                let plain: Vec<usize> = plain.collect();
                assert_eq!(Marks::new(wanted, &text, from).collect::<Vec<_>>(), plain);
            }
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            text.push(*b",a\0\"\xff,".get((state >> 33) as usize % 6).unwrap());
        }
    }
}
