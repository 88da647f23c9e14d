//! Credits of one product over its units, in whole numbers.

use std::sync::Arc;

use super::ends::{first_from, last_below};
use super::number::Number;
use crate::quantity::RoundingMode;

/// Credits over units: of none they are 0, behind that piece by piece.
#[derive(Debug, Clone)]
pub struct Cost<N> {
    pieces: Arc<[Piece<N>]>,
    /// Whether more units never cost less.
    rises: bool,
}

/// Credits of some units.
#[derive(Debug, Clone)]
pub struct Piece<N> {
    /// The last of the units.
    pub last: N,
    /// Their credits; `None` where so many are refused.
    pub figure: Option<Figure<N>>,
    /// Whether more units of the piece never cost more.
    pub falls: bool,
}

/// `each × units + once`, and so many times each of some steps, all of it divided by `share`.
#[derive(Debug, Clone)]
pub struct Figure<N> {
    /// For each unit.
    pub each: N,
    /// Once.
    pub once: N,
    /// What all is divided by, above 0.
    pub share: N,
    /// Steps with what each of them counts.
    pub steps: Vec<(N, Steps<N>)>,
}

/// A figure gathered into whole numbers.
#[derive(Debug, Clone)]
pub struct Steps<N> {
    /// The figure.
    pub of: Figure<N>,
    /// How it is gathered.
    pub by: By<N>,
}

/// How a figure is gathered into whole numbers.
#[derive(Debug, Clone)]
pub enum By<N> {
    /// Begun ones count.
    Ceil,
    /// Whole ones count.
    Floor,
    /// Cut and raised to bounds, which are in shares of the figure, then rounded to steps.
    Rounded {
        /// Upper bound.
        most: Option<N>,
        /// Lower bound, which goes before the upper one.
        least: Option<N>,
        /// A step is `step.0 / step.1`.
        step: (N, N),
        /// Where halves go.
        mode: RoundingMode,
    },
}

impl<N: Number> Figure<N> {
    /// The figure for so many units, in shares.
    fn shares(&self, units: &N) -> N {
        let line = self.each.clone() * units.clone() + self.once.clone();
        self.steps.iter().fold(line, |sum, (count, steps)| sum + count.clone() * steps.value(units))
    }

    fn whole(&self, units: &N) -> N {
        let shares = self.shares(units);
        if self.share.is_one() { shares } else { shares.div_floor(&self.share) }
    }
}

impl<N: Number> Steps<N> {
    fn value(&self, units: &N) -> N {
        let mut shares = self.of.shares(units);
        match &self.by {
            By::Ceil => shares.div_ceil(&self.of.share),
            By::Floor => shares.div_floor(&self.of.share),
            By::Rounded { most, least, step: (above, below), mode } => {
                if let Some(most) = most {
                    shares = shares.min(most.clone());
                }
                if let Some(least) = least {
                    shares = shares.max(least.clone());
                }
                let share = self.of.share.clone() * above.clone();
                round(&(shares * below.clone()), &share, *mode)
            }
        }
    }
}

/// A fraction from 0 up, rounded to a whole number.
fn round<N: Number>(above: &N, below: &N, mode: RoundingMode) -> N {
    let (whole, rest) = above.div_mod_floor(below);
    let twice = rest.clone() + rest.clone();
    let up = match mode {
        RoundingMode::Up => !rest.is_zero(),
        RoundingMode::Down => false,
        RoundingMode::HalfUp => twice >= *below,
        RoundingMode::HalfDown => twice > *below,
        RoundingMode::HalfEven => twice > *below || (twice == *below && whole.is_odd()),
    };
    if up { whole + N::one() } else { whole }
}

impl<N: Number> Figure<N> {
    /// The same figure in other numbers.
    fn map<M>(&self, number: &impl Fn(&N) -> Option<M>) -> Option<Figure<M>> {
        let steps = self.steps.iter().map(|(count, steps)| {
            let by = match &steps.by {
                By::Ceil => By::Ceil,
                By::Floor => By::Floor,
                By::Rounded { most, least, step, mode } => By::Rounded {
                    most: most.as_ref().map(|most| number(most).ok_or(())).transpose().ok()?,
                    least: least.as_ref().map(|least| number(least).ok_or(())).transpose().ok()?,
                    step: (number(&step.0)?, number(&step.1)?),
                    mode: *mode,
                },
            };
            Some((number(count)?, Steps { of: steps.of.map(number)?, by }))
        });
        Some(Figure {
            each: number(&self.each)?,
            once: number(&self.once)?,
            share: number(&self.share)?,
            steps: steps.collect::<Option<_>>()?,
        })
    }

    /// The largest number that comes up while so many units are looked at.
    fn size(&self, units: &N) -> N {
        let own = self.each.abs() * units.clone() + self.once.abs() + self.share.clone();
        self.steps.iter().fold(own, |size, (count, steps)| {
            let inner = match &steps.by {
                By::Ceil | By::Floor => steps.of.size(units),
                By::Rounded { most, least, step, .. } => {
                    let bounds = most.iter().chain(least).map(N::abs);
                    let own = bounds.fold(steps.of.size(units), |size, bound| size + bound);
                    own * (step.0.clone() + step.1.clone())
                }
            };
            size + count.abs().max(N::one()) * inner
        })
    }
}

/// Credits in proportion to units, but for rounding.
#[derive(Debug, Clone)]
pub struct Straight<N> {
    /// Credits of `parts` units, not below 0.
    pub each: N,
    /// Above 0.
    pub parts: N,
    /// How far rounded credits may be off.
    pub spread: N,
}

impl<N: Number> Cost<N> {
    /// Its credits, where they are in proportion to units.
    pub fn straight(&self) -> Option<Straight<N>> {
        let [Piece { figure: Some(figure), .. }] = &*self.pieces else { return None };
        let [(count, Steps { of, by })] = figure.steps.as_slice() else { return None };
        let By::Rounded { most: None, least: None, step: (above, below), .. } = by else {
            return None;
        };
        let plain = figure.each.is_zero() && figure.once.is_zero();
        if !plain || !of.once.is_zero() || !of.steps.is_empty() || of.each.is_negative() {
            return None;
        }
        let (each, parts) = (of.each.clone() * below.clone(), of.share.clone() * above.clone());
        let whole = each.div_mod_floor(&parts).1.is_zero();
        let spread = if whole { N::zero() } else { count.div_ceil(&figure.share) };
        let (each, parts) = (each * count.clone(), parts * figure.share.clone());
        Some(Straight { each, parts, spread })
    }

    /// The same cost in other numbers; `None` where one does not fit.
    pub fn map<M>(&self, number: &impl Fn(&N) -> Option<M>) -> Option<Cost<M>> {
        let pieces = self.pieces.iter().map(|piece| {
            let figure = match &piece.figure {
                Some(figure) => Some(figure.map(number)?),
                None => None,
            };
            Some(Piece { last: number(&piece.last)?, figure, falls: piece.falls })
        });
        Some(Cost { pieces: pieces.collect::<Option<_>>()?, rises: self.rises })
    }

    /// More than any number that comes up on the way to its credits.
    pub fn size(&self) -> N {
        self.pieces.iter().fold(N::one(), |size, piece| {
            let figure = piece.figure.as_ref();
            figure.map_or(size.clone(), |figure| size.max(figure.size(&piece.last)))
        })
    }

    /// The cost of these pieces, rising, the last of which ends where units do.
    pub fn new(pieces: Vec<Piece<N>>) -> Self {
        let mut cost = Self { pieces: pieces.into(), rises: false };
        let (mut before, mut first) = (N::zero(), N::one());
        let mut rises = true;
        for piece in &*cost.pieces {
            let Some(figure) = &piece.figure else {
                rises = false;
                break;
            };
            rises &= !piece.falls && figure.whole(&first) >= before;
            before = figure.whole(&piece.last);
            first = piece.last.clone() + N::one();
        }
        cost.rises = rises;
        cost
    }

    /// A product that costs nothing, whatever its units.
    pub fn free(last: N) -> Self {
        let (each, once) = (N::zero(), N::zero());
        let figure = Figure { each, once, share: N::one(), steps: Vec::new() };
        Self::new(vec![Piece { last, figure: Some(figure), falls: false }])
    }

    /// The last units that it knows.
    pub fn last(&self) -> Option<&N> {
        self.pieces.last().map(|piece| &piece.last)
    }

    /// Whether more units never cost less.
    pub fn rises(&self) -> bool {
        self.rises
    }

    fn piece(&self, units: &N) -> Option<&Piece<N>> {
        let at = self.pieces.partition_point(|piece| piece.last < *units);
        self.pieces.get(at)
    }

    /// Credits of so many units; `None` where they are refused.
    pub fn at(&self, units: &N) -> Option<N> {
        if !units.is_positive() {
            return Some(N::zero());
        }
        Some(self.piece(units)?.figure.as_ref()?.whole(units))
    }

    /// The parts of a range of units that are not refused, each with the credits of its ends.
    fn parts(&self, low: &N, high: &N) -> impl DoubleEndedIterator<Item = Part<'_, N>> {
        let none = low.is_zero().then(|| Part { ends: (N::zero(), N::zero()), piece: None });
        let from = self.pieces.partition_point(|piece| piece.last < *low);
        let to = self.pieces.partition_point(|piece| piece.last < *high);
        let firsts = (from..=to).map(move |at| match at.checked_sub(1) {
            None => N::one(),
            Some(before) => {
                self.pieces.get(before).map_or_else(N::one, |piece| piece.last.clone() + N::one())
            }
        });
        let pieces = self.pieces.get(from..).unwrap_or_default();
        let (low, high) = (low.clone(), high.clone());
        let some = pieces.iter().zip(firsts).collect::<Vec<_>>().into_iter();
        let some = some.filter_map(move |(piece, first)| {
            let ends = (first.max(low.clone()), piece.last.clone().min(high.clone()));
            (piece.figure.is_some() && ends.0 <= ends.1)
                .then_some(Part { ends, piece: Some(piece) })
        });
        none.into_iter().chain(some)
    }

    /// The fewest and the most credits of a range of units; `None` where all are refused.
    pub fn range(&self, low: &N, high: &N) -> Option<(N, N)> {
        if self.rises {
            return Some((self.at(low)?, self.at(high)?));
        }
        let mut range: Option<(N, N)> = None;
        for part in self.parts(low, high) {
            let (a, b) = part.credits();
            let (least, most) = if a <= b { (a, b) } else { (b, a) };
            range = Some(match range {
                None => (least, most),
                Some((own, other)) => (own.min(least), other.max(most)),
            });
        }
        range
    }

    /// The last units of a range that cost at most so many credits.
    pub fn last_at_most(&self, credits: &N, low: &N, high: &N) -> Option<N> {
        if self.rises {
            return last_below(low, high, |units| self.at(units), credits);
        }
        self.parts(low, high).rev().find_map(|part| part.last_at_most(credits))
    }

    /// The first units of a range that cost at least so many credits.
    pub fn first_at_least(&self, credits: &N, low: &N, high: &N) -> Option<N> {
        if self.rises {
            return first_from(low, high, |units| self.at(units), credits);
        }
        self.parts(low, high).find_map(|part| part.first_at_least(credits))
    }

    /// The last units of a range that cost at least so many credits.
    pub fn last_at_least(&self, credits: &N, low: &N, high: &N) -> Option<N> {
        if self.rises {
            return self.at(high).filter(|own| own >= credits).map(|_| high.clone());
        }
        self.parts(low, high).rev().find_map(|part| part.last_at_least(credits))
    }

    /// The first units of a range that cost at most so many credits.
    pub fn first_at_most(&self, credits: &N, low: &N, high: &N) -> Option<N> {
        if self.rises {
            return self.at(low).filter(|own| own <= credits).map(|_| low.clone());
        }
        self.parts(low, high).find_map(|part| part.first_at_most(credits))
    }
}

/// Units of one piece, or none.
struct Part<'a, N> {
    ends: (N, N),
    piece: Option<&'a Piece<N>>,
}

impl<N: Number> Part<'_, N> {
    fn at(&self, units: &N) -> N {
        let figure = self.piece.and_then(|piece| piece.figure.as_ref());
        figure.map_or_else(N::zero, |figure| figure.whole(units))
    }

    fn credits(&self) -> (N, N) {
        (self.at(&self.ends.0), self.at(&self.ends.1))
    }

    fn falls(&self) -> bool {
        self.piece.is_some_and(|piece| piece.falls)
    }

    fn last_at_most(&self, credits: &N) -> Option<N> {
        let (low, high) = &self.ends;
        if self.falls() {
            return (self.at(high) <= *credits).then(|| high.clone());
        }
        last_below(low, high, |units| Some(self.at(units)), credits)
    }

    fn first_at_most(&self, credits: &N) -> Option<N> {
        let (low, high) = &self.ends;
        if self.falls() {
            return first_from(low, high, |units| Some(-self.at(units)), &-credits.clone());
        }
        (self.at(low) <= *credits).then(|| low.clone())
    }

    fn last_at_least(&self, credits: &N) -> Option<N> {
        let (low, high) = &self.ends;
        if self.falls() {
            return last_below(low, high, |units| Some(-self.at(units)), &-credits.clone());
        }
        (self.at(high) >= *credits).then(|| high.clone())
    }

    fn first_at_least(&self, credits: &N) -> Option<N> {
        let (low, high) = &self.ends;
        if self.falls() {
            return (self.at(low) >= *credits).then(|| low.clone());
        }
        first_from(low, high, |units| Some(self.at(units)), credits)
    }
}

#[cfg(test)]
mod tests {
    use super::{By, Cost, Figure, Piece, Steps};
    use crate::quantity::RoundingMode;

    /// So many hundredths each, rounded to whole credits; then, behind 20 units, so many.
    fn cost(each: i128, once: i128, then: i128) -> Cost<i128> {
        let piece = |last, each: i128, once| {
            let of = Figure { each, once, share: 100, steps: Vec::new() };
            let step = (1, 1);
            let by = By::Rounded { most: None, least: None, step, mode: RoundingMode::HalfUp };
            let figure = Figure { each: 0, once: 0, share: 1, steps: vec![(1, Steps { of, by })] };
            Piece { last, figure: Some(figure), falls: each < 0 }
        };
        Cost::new(vec![piece(20, each, once), piece(60, then, once)])
    }

    #[test]
    fn the_ends_of_what_costs_at_most_and_at_least_so_much_are_exact() {
        let mut found = 0;
        let costs = [(3, 0, 3), (150, 0, 150), (730, 900, 1), (1, 0, 9_999), (900, 0, 450)];
        let falling = [(-70, 9_000, -70), (-1, 500, 30)];
        for (each, once, then) in costs.into_iter().chain(falling) {
            let own = cost(each, once, then);
            for (low, high) in [(0, 60), (1, 19), (7, 41), (21, 60), (30, 30)] {
                for credits in -1..200 {
                    let credits = credits * 7 / 3;
                    let units = || low..=high;
                    let at_most = |units: &i128| own.at(units).unwrap() <= credits;
                    let at_least = |units: &i128| own.at(units).unwrap() >= credits;
                    let context = format!("{each} {once} {then} of {low} to {high}: {credits}");
                    let (first, last) = (
                        own.first_at_most(&credits, &low, &high),
                        own.last_at_most(&credits, &low, &high),
                    );
                    assert_eq!(last, units().rev().find(at_most), "{context}");
                    assert_eq!(first, units().find(at_most), "{context}");
                    let (first, last) = (
                        own.first_at_least(&credits, &low, &high),
                        own.last_at_least(&credits, &low, &high),
                    );
                    assert_eq!(last, units().rev().find(at_least), "{context}");
                    assert_eq!(first, units().find(at_least), "{context}");
                    found += usize::from(last.is_some() && first != Some(low));
                }
            }
        }
        assert!(found > 500, "{found}");
    }
}
