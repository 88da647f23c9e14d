//! Charges as whole numbers, in pools of plain columns.

use std::collections::BTreeMap;

use super::divisor::Divisor;
use crate::evaluate::charges::{Charge, Charged};
use crate::period::Term;
use crate::plan::Piece;
use crate::quantity::{Exact, Rounding, RoundingMode};
use crate::source::Place;

/// What stays below this can be added once more without overflow.
const ROOM: i128 = 1 << 62;

/// Marks a piece on which lines are refused: no slope is below 0.
pub(super) const REFUSED: i64 = -1;

/// Charges, each as some pieces of straight lines and a shape; a charge's pieces end where the next
/// one's begin.
///
/// A line of `x` quantity units (of 10⁻ᵈ each) has `n = ⌊(x·num + once) / block⌋` charged units,
/// `t = base + slope·n` credits in parts of a step on the piece that `n` lies on, clamped to
/// `least … most`, and `⌊(t + add) / parts⌋` steps.
#[derive(Debug, Default)]
pub(super) struct Pool {
    charges: Vec<Stored>,
    /// Of each piece but the last of a charge: the last `n` on it.
    bounds: Vec<i64>,
    slopes: Vec<i64>,
    bases: Vec<i64>,
    places: Vec<Place>,
    shapes: Vec<Shape>,
    known: BTreeMap<Shape, u32>,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    /// Its first piece.
    piece: u32,
    shape: u32,
}

/// What charges with the same blocks, bounds and rounding share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// Most quantity units for which nothing overflows; none where only wide numbers do.
    pub limit: i64,
    pub num: i64,
    pub once: i64,
    pub block: Divisor,
    pub least: i64,
    pub most: i64,
    pub add: i64,
    /// Parts of a step.
    pub parts: Divisor,
    /// What a step is worth in the unit of the results.
    pub step: i64,
    pub mode: RoundingMode,
    /// Whether ties must be looked at: half even, and there are some.
    pub even: bool,
    /// Whether no units cost nothing.
    pub free_at_zero: bool,
    /// Whether a quantity of 0 is charged otherwise.
    pub odd_at_zero: bool,
    pub term: Option<TermKey>,
}

/// A term, ordered by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TermKey(pub Term);

impl Ord for TermKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |term: &Term| (term.unit.word(), term.proration.words());
        key(&self.0).cmp(&key(&other.0))
    }
}

impl PartialOrd for TermKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The pieces of a charge.
#[derive(Clone, Copy)]
pub(super) struct Pieces<'a> {
    pub shape: &'a Shape,
    pub bounds: &'a [i64],
    slopes: &'a [i64],
    bases: &'a [i64],
    first: usize,
}

impl Pieces<'_> {
    /// Slope and base of the piece that so many charged units lie on, and its place in the pool.
    #[inline]
    pub(super) fn at(&self, n: i64) -> Option<(i64, i64, usize)> {
        let piece = if self.bounds.len() <= 8 {
            self.bounds.iter().map(|bound| usize::from(*bound < n)).sum()
        } else {
            self.bounds.partition_point(|bound| *bound < n)
        };
        Some((*self.slopes.get(piece)?, *self.bases.get(piece)?, self.first + piece))
    }

    /// As [`Self::at`], where there may be more charged units than such a number holds.
    pub(super) fn wide(&self, n: i128) -> Option<(i64, i64, usize)> {
        self.at(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl Pool {
    /// Number of charges.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.charges.len()).unwrap_or(u32::MAX)
    }

    /// Bytes that the columns take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.charges.as_slice())
            + size_of_val(self.bounds.as_slice())
            + size_of_val(self.slopes.as_slice())
            + size_of_val(self.bases.as_slice())
            + size_of_val(self.places.as_slice())
            + size_of_val(self.shapes.as_slice())
    }

    pub(super) fn shrink(&mut self) {
        self.charges.shrink_to_fit();
        self.bounds.shrink_to_fit();
        self.slopes.shrink_to_fit();
        self.bases.shrink_to_fit();
        self.places.shrink_to_fit();
        self.known = BTreeMap::new();
    }

    #[inline]
    pub(super) fn pieces(&self, charge: u32) -> Option<Pieces<'_>> {
        let at = charge as usize;
        let stored = self.charges.get(at)?;
        let shape = self.shapes.get(stored.shape as usize)?;
        let first = stored.piece as usize;
        let end = self.charges.get(at + 1).map_or(self.slopes.len(), |next| next.piece as usize);
        // Every charge before has one bound less than pieces.
        Some(Pieces {
            shape,
            bounds: self.bounds.get(first - at..end - at - 1)?,
            slopes: self.slopes.get(first..end)?,
            bases: self.bases.get(first..end)?,
            first,
        })
    }

    /// The rule line of a piece.
    pub(super) fn place(&self, piece: usize) -> Option<Place> {
        self.places.get(piece).copied()
    }

    /// Adds a charge for quantities of so many decimals and results of so many; `None` where its
    /// numbers are too long.
    pub(super) fn add(&mut self, charge: &Charge<'_>, decimals: u32, results: u32) -> Option<()> {
        let single;
        let (pieces, inclusive): (&[Piece], bool) = match &charge.rate {
            Charged::Curve(curve) => (&curve.pieces, curve.inclusive),
            Charged::Piece(piece) => (std::slice::from_ref(*piece), true),
            Charged::Each(each) => {
                single = Piece {
                    upper: None,
                    base: Exact::zero(),
                    slope: each.clone(),
                    refused: false,
                    place: charge.place?,
                    because: None,
                };
                (std::slice::from_ref(&single), true)
            }
        };
        let step = Exact::from(charge.rounding.step);
        let each = charge.units.each.clone() / power(decimals);
        let once = charge.units.once.clone();
        let in_steps = |number: Exact| number / step.clone();
        // Where units need not be whole, they are folded into the lines: n is x itself.
        let (folded, shift) = if charge.started {
            (Exact::one(), Exact::zero())
        } else {
            (each.clone(), once.clone())
        };
        let lines: Vec<(Exact, Exact)> = pieces
            .iter()
            .map(|piece| {
                let slope = in_steps(&piece.slope * &folded);
                (slope, in_steps(&piece.base + &(&piece.slope * &shift)))
            })
            .collect();
        let least = charge.at_least.map(|least| in_steps(Exact::from(least)));
        let most = charge.at_most.map(|most| in_steps(Exact::from(most)));
        let ends = lines.iter().flat_map(|(slope, base)| [slope, base]);
        let parts = common_denominator(ends.chain(&least).chain(&most))?;
        let whole = |number: &Exact| whole(&(number * &Exact::from(parts)));

        let (num, shifted, block) = if charge.started {
            let block = common_denominator([&each, &once])?;
            let scaled = |number: &Exact| self::whole(&(number * &Exact::from(block)));
            (scaled(&each)?, scaled(&once)?.checked_add(block - 1)?, block)
        } else {
            (1, 0, 1)
        };
        let mut slopes = Vec::with_capacity(pieces.len());
        let mut bases = Vec::with_capacity(pieces.len());
        let mut bounds = Vec::with_capacity(pieces.len());
        for (piece, (slope, base)) in pieces.iter().zip(&lines) {
            slopes.push(if piece.refused { REFUSED } else { whole(slope)? });
            bases.push(if piece.refused { 0 } else { whole(base)? });
            if let Some(upper) = &piece.upper {
                let end = (upper - &shift) / folded.clone();
                let last =
                    if !inclusive && end.floor() == end { end - Exact::one() } else { end.floor() };
                bounds.push(self::whole(&last)?);
            }
        }
        if bounds.len() + 1 != pieces.len() {
            return None;
        }
        let least = least.as_ref().map_or(Some(0), whole)?;
        let most = most.as_ref().map_or(Some(i64::MAX), whole)?;
        let mode = charge.rounding.mode;
        let step = whole_step(charge.rounding, results)?;
        let mut shape = Shape {
            limit: -1,
            num,
            once: shifted,
            block: Divisor::new(block)?,
            least,
            most,
            add: added(mode, parts),
            parts: Divisor::new(parts)?,
            step,
            mode,
            even: mode == RoundingMode::HalfEven && parts % 2 == 0,
            free_at_zero: !charge.zero_charged,
            odd_at_zero: charge.odd_at_zero || !charge.units.once.is_zero(),
            term: charge.term.map(TermKey),
        };
        shape.limit = limit(&shape, &slopes, &bases);
        self.store(&shape, (&slopes, &bases, &bounds), pieces, charge.place)
    }

    fn store(
        &mut self,
        shape: &Shape,
        (slopes, bases, bounds): (&[i64], &[i64], &[i64]),
        pieces: &[Piece],
        place: Option<Place>,
    ) -> Option<()> {
        let next = u32::try_from(self.shapes.len()).ok()?;
        let piece = u32::try_from(self.slopes.len()).ok()?;
        let shape = *self.known.entry(*shape).or_insert_with(|| {
            self.shapes.push(*shape);
            next
        });
        self.charges.push(Stored { piece, shape });
        self.slopes.extend(slopes);
        self.bases.extend(bases);
        self.bounds.extend(bounds);
        self.places.extend(pieces.iter().map(|piece| place.unwrap_or(piece.place)));
        Some(())
    }
}

/// 10 to a power.
fn power(decimals: u32) -> Exact {
    (0..decimals).fold(Exact::one(), |power, _| power * Exact::from(10))
}

/// A whole number of 64 bits.
fn whole(number: &Exact) -> Option<i64> {
    number.ratio().filter(|(_, denominator)| *denominator == 1).map(|(number, _)| number)
}

/// What a step of a rounding is worth in units of 10⁻ʳ.
fn whole_step(rounding: Rounding, results: u32) -> Option<i64> {
    whole(&(Exact::from(rounding.step) * power(results)))
}

fn common_denominator<'a>(numbers: impl IntoIterator<Item = &'a Exact>) -> Option<i64> {
    numbers.into_iter().try_fold(1i64, |common, number| {
        let (_, denominator) = number.ratio()?;
        num_integer::lcm(i128::from(common), i128::from(denominator)).try_into().ok()
    })
}

/// What is added before a division that rounds down, so that it rounds by the mode; of half even
/// the ties are left to be looked at.
fn added(mode: RoundingMode, parts: i64) -> i64 {
    match mode {
        RoundingMode::Down => 0,
        RoundingMode::Up => parts - 1,
        RoundingMode::HalfUp | RoundingMode::HalfEven => parts / 2,
        RoundingMode::HalfDown => (parts - 1) / 2,
    }
}

/// Most quantity units for which no number of 64 bits overflows, a power of two less one so that
/// many charges share a shape; -1 where there are none.
fn limit(shape: &Shape, slopes: &[i64], bases: &[i64]) -> i64 {
    let wide = |number: i64| i128::from(number);
    let parts = wide(shape.parts.by);
    let highest = slopes.iter().copied().max().unwrap_or_default().max(1);
    let base = bases.iter().map(|base| wide(*base).abs()).max().unwrap_or_default();
    let most = ROOM.min(ROOM / wide(shape.step) * parts) - base - wide(shape.add);
    if shape.term.is_some() || most <= 0 || wide(shape.least) > most {
        return -1;
    }
    let charged = (most / wide(highest)).min(ROOM);
    let units = (charged.min(ROOM / wide(shape.block.by)) * wide(shape.block.by))
        .min(ROOM)
        .saturating_sub(wide(shape.once).max(0))
        / wide(shape.num.max(1));
    if shape.once < 0 || units < 1 {
        return -1;
    }
    let bits = 127 - units.leading_zeros();
    (1i64 << bits.min(62)) - 1
}
