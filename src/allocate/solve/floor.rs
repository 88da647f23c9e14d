//! The least that a sum comes to, where only so many products may change.

use super::number::Number;

/// The least that a sum comes to, and what each product can still take off it.
pub(super) struct Floor<N> {
    /// With every open product at today's units.
    pub sum: N,
    /// What each open product takes off at most.
    off: Vec<N>,
    /// How many of them may change.
    changes: usize,
}

/// A floor, once all products are in it.
pub(super) struct Laid<N> {
    /// With every open product at today's units.
    pub sum: N,
    /// The least that it comes to.
    pub least: N,
    all: Taken<N>,
    /// With one change fewer.
    fewer: Taken<N>,
}

impl<N: Number> Floor<N> {
    pub(super) fn new(changes: usize) -> Self {
        Self { sum: N::zero(), off: Vec::new(), changes }
    }

    /// Adds an open product; what it takes off at most.
    pub(super) fn open(&mut self, today: N, least: N) -> N {
        let off = (today.clone() - least).max(N::zero());
        self.sum = self.sum.clone() + today;
        if off.is_positive() {
            self.off.push(off.clone());
        }
        off
    }

    pub(super) fn laid(mut self) -> Laid<N> {
        let zero = N::zero;
        let mut next = None;
        if self.changes < self.off.len() {
            self.off.select_nth_unstable_by(self.changes, |a, b| b.cmp(a));
            next = self.off.get(self.changes).cloned();
            self.off.truncate(self.changes);
        }
        let taken = self.off.iter().fold(zero(), |sum, off| sum + off.clone());
        let all = Taken { sum: taken, next: next.unwrap_or_else(zero) };
        // Where one fewer may change, the last of them is the next one.
        let last = self.off.iter().min().filter(|_| self.off.len() == self.changes);
        let fewer = match last {
            Some(last) => Taken { sum: all.sum.clone() - last.clone(), next: last.clone() },
            None => all.clone(),
        };
        Laid { least: self.sum.clone() - all.sum.clone(), sum: self.sum, all, fewer }
    }
}

impl<N: Number> Laid<N> {
    /// What others take off at most, beside a product that takes off so much.
    pub(super) fn taken_beside(&self, off: &N) -> N {
        self.all.beside(off)
    }

    /// The same where one fewer may change.
    pub(super) fn taken_by_fewer(&self, off: &N) -> N {
        self.fewer.beside(off)
    }
}

/// What products take off that may change.
#[derive(Clone)]
struct Taken<N> {
    /// As many of them as may change, those that take off most.
    sum: N,
    /// What the next one would take off.
    next: N,
}

impl<N: Number> Taken<N> {
    fn beside(&self, off: &N) -> N {
        let Self { sum, next } = self;
        if off > next { sum.clone() - off.clone() + next.clone() } else { sum.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::Floor;

    /// What the products but one take off, so many of them at most.
    fn taken(offs: &[i128], changes: usize, without: Option<usize>) -> i128 {
        let others = offs.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        let mut others: Vec<i128> = others.map(|(_, off)| *off).collect();
        others.sort_unstable_by(|a, b| b.cmp(a));
        others.into_iter().take(changes).sum()
    }

    #[test]
    fn those_that_take_off_most_may_change() {
        let all: [&[i128]; 5] = [&[], &[4], &[5, 1, 3, 0], &[2, 2, 2, 2], &[1, 7, 7, 3, 7, 0, 2]];
        for offs in all {
            for changes in 0..offs.len() + 2 {
                let mut floor = Floor::new(changes);
                floor.sum = 100;
                for off in offs {
                    assert_eq!(floor.open(10, 10 - off), *off);
                }
                let laid = floor.laid();
                let sum = 100 + 10 * i128::try_from(offs.len()).unwrap();
                assert_eq!((laid.sum, laid.least), (sum, sum - taken(offs, changes, None)));
                for (at, off) in offs.iter().enumerate() {
                    let beside = |changes| taken(offs, changes, Some(at));
                    assert_eq!(laid.taken_beside(off), beside(changes), "{offs:?} {changes} {at}");
                    let fewer = beside(changes.saturating_sub(1));
                    assert_eq!(laid.taken_by_fewer(off), fewer, "{offs:?} {changes} {at}");
                }
            }
        }
        // What would take off less than nothing takes off nothing.
        assert_eq!(Floor::<i128>::new(1).open(3, 5), 0);
    }
}
