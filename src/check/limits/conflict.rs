//! The smallest part of a set for which something still holds.

/// Leaves out whatever is not needed: `needed` holds of the whole, and of every set with one that
/// it holds of. The last are left out last.
pub(super) fn minimal(whole: &[usize], mut holds: impl FnMut(&[usize]) -> bool) -> Vec<usize> {
    let mut kept = whole.to_vec();
    let mut size = kept.len().div_ceil(2);
    // Whole chunks first: most of a large set has nothing to do with the matter.
    while size > 0 {
        let mut at = 0;
        while at < kept.len() {
            let rest: Vec<usize> =
                kept.iter().take(at).chain(kept.iter().skip(at + size)).copied().collect();
            if holds(&rest) {
                kept = rest;
            } else {
                at += size;
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::minimal;

    #[test]
    fn only_what_is_needed_is_left() {
        let whole: Vec<usize> = (0..20).collect();
        let needs = |these: &'static [usize]| {
            move |set: &[usize]| these.iter().all(|one| set.contains(one))
        };
        assert_eq!(minimal(&whole, needs(&[3, 4, 19])), [3, 4, 19]);
        assert_eq!(minimal(&whole, needs(&[])), [0usize; 0]);
        assert_eq!(minimal(&[], needs(&[])), [0usize; 0]);
        let either = |set: &[usize]| set.contains(&2) || set.contains(&7);
        assert_eq!(minimal(&whole, either), [7]);
    }
}
