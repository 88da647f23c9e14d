//! Charges as whole numbers, in pools of plain columns.

use std::collections::BTreeMap;

use super::divisor::Divisor;
use super::scale::{After, Scaled};
use crate::evaluate::charges::Charge;
use crate::period::Term;
use crate::quantity::RoundingMode;
use crate::source::{Place, SourceId, Span};

/// What stays below this can be added once more without overflow.
const ROOM: i128 = 1 << 62;

/// Marks a piece on which lines are refused: no slope is below 0.
pub(super) const REFUSED: i64 = -1;

/// Charges, each as some pieces of straight lines and a shape: the numbers of [`Scaled`], with what
/// is added to `t` so that a division that rounds down rounds as it should. Those that 64 bits do not
/// hold are kept as they are.
#[derive(Debug, Default)]
pub(super) struct Pool {
    charges: Vec<Stored>,
    few: Vec<Few>,
    /// Of each piece of the charges with more: the last `n` on it; on the last one every `n` is.
    bounds: Vec<i64>,
    pieces: Vec<Straight>,
    /// Of each piece of every charge.
    places: Vec<Packed>,
    shapes: Vec<Shape>,
    known: BTreeMap<Shape, u16>,
    wide: Vec<Scaled>,
}

/// Bounds that are compared without a loop.
pub(super) const FEW: usize = 3;

/// The pieces of a charge that has few: those that are missing begin behind every `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Few {
    /// Of each piece but the last: the last `n` on it.
    pub bounds: [i64; FEW],
    pub slopes: [i64; FEW + 1],
    pub bases: [i64; FEW + 1],
}

/// Where the parts of a charge stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    /// Where its pieces stand, as `count` says.
    at: u32,
    /// The place of its first piece.
    place: u32,
    shape: u16,
    /// How many pieces it has among those of charges with more than few; or [`FLAT`] or [`IN_FEW`].
    count: u16,
}

/// One piece that begins at 0: `at` is its slope.
const FLAT: u16 = 0;
/// Its pieces stand together in a [`Few`].
const IN_FEW: u16 = 1;

/// A place in eight bytes.
#[derive(Debug, Clone, Copy)]
struct Packed(u64);

impl Packed {
    /// `None` behind the first 16 MiB of a file, or the first 2¹⁶ files.
    fn new(place: Place) -> Option<Self> {
        let source = u16::try_from(place.source.0).ok()?;
        let Span { start, end } = place.span;
        let fits = start < 1 << 24 && end < 1 << 24;
        fits.then(|| Self(u64::from(source) << 48 | u64::from(start) << 24 | u64::from(end)))
    }

    fn place(self) -> Place {
        let part =
            |shift: u32| u32::try_from(self.0 >> shift & ((1 << 24) - 1)).unwrap_or_default();
        Place { source: SourceId(part(48)), span: Span { start: part(24), end: part(0) } }
    }
}

/// What is known of lines: how they are charged, or that it must be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By one charge.
    One(Stored),
    /// By some charges of the pool, which add up.
    Several { first: u32, count: u32 },
    /// That depends on inputs.
    ByInputs,
    /// The exact evaluator knows.
    Odd,
}

/// Shapes that are none: they tell of other kinds.
const ODD: u16 = u16::MAX;
const BY_INPUTS: u16 = u16::MAX - 1;
const SEVERAL: u16 = u16::MAX - 2;
/// The shape of a charge that has none, for 64 bits do not hold it.
const WIDE: u16 = u16::MAX - 3;

impl Stored {
    /// A kind in as little room as a charge.
    pub(super) fn of(kind: Kind) -> Self {
        let other = |shape| Self { at: 0, place: 0, shape, count: FLAT };
        match kind {
            Kind::One(stored) => stored,
            Kind::Several { first, count } => Self { at: first, place: count, ..other(SEVERAL) },
            Kind::ByInputs => other(BY_INPUTS),
            Kind::Odd => other(ODD),
        }
    }

    /// The kind that it was made of.
    pub(super) fn kind(self) -> Kind {
        match self.shape {
            ODD => Kind::Odd,
            BY_INPUTS => Kind::ByInputs,
            SEVERAL => Kind::Several { first: self.at, count: self.place },
            _ => Kind::One(self),
        }
    }
}

/// A piece of a straight line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Straight {
    pub slope: i64,
    pub base: i64,
}

/// What charges with the same blocks, bounds and rounding share.
#[expect(clippy::struct_excessive_bools, reason = "each lets lines take another way")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// Most quantity units for which nothing overflows; 0 where only wide numbers do.
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
    /// Whether units are quantity units or blocks of them, a step is one unit of the results, and
    /// nothing bounds credits or looks at ties.
    pub plain: bool,
    /// Whether ties must be looked at: half even, and there are some.
    pub even: bool,
    /// Whether no units cost nothing.
    pub free_at_zero: bool,
    /// Whether a quantity of 0 is charged otherwise.
    pub odd_at_zero: bool,
    pub term: Option<Term>,
}

/// A charge of a pool.
#[derive(Clone, Copy)]
pub(super) struct Stretched<'a> {
    pool: &'a Pool,
    stored: Stored,
    pub shape: &'a Shape,
}

/// A charge that needs the least: see [`Shape::plain`]; no line of it is refused.
pub(super) struct Plain<'a> {
    pub shape: &'a Shape,
    pub few: Few,
    /// The place of its first piece.
    pub place: u32,
}

impl<'a> Stretched<'a> {
    /// The charge with its few pieces, if it is plain.
    pub(super) fn plain(&self) -> Option<Plain<'a>> {
        let Stored { at, place, count, .. } = self.stored;
        let few = match count {
            FLAT => Few::of(&[Straight { slope: at.into(), base: 0 }], &[])?,
            IN_FEW => *self.pool.few.get(at as usize)?,
            _ => return None,
        };
        let plain = self.shape.plain && !few.slopes.contains(&REFUSED);
        plain.then_some(Plain { shape: self.shape, few, place })
    }

    /// The piece that so many charged units lie on, and its place in the pool.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn at(&self, n: i64) -> Option<(Straight, usize)> {
        let Stored { at, place, count, .. } = self.stored;
        let (at, place) = (at as usize, place as usize);
        if count == FLAT {
            return Some((Straight { slope: self.stored.at.into(), base: 0 }, place));
        }
        if count == IN_FEW {
            let few = self.pool.few.get(at)?;
            let piece = few.piece(n);
            return Some((few.straight(piece), place + piece));
        }
        let bounds = self.pool.bounds.get(at..at + usize::from(count))?;
        let piece = bounds.partition_point(|bound| *bound < n);
        Some((*self.pool.pieces.get(at + piece)?, place + piece))
    }
}

impl Few {
    /// Those of a charge; `None` where it has too many. The last piece stands for those missing.
    fn of(pieces: &[Straight], bounds: &[i64]) -> Option<Self> {
        let last = pieces.last().filter(|_| bounds.len() <= FEW)?;
        let piece = |at: usize| pieces.get(at).unwrap_or(last);
        Some(Self {
            bounds: std::array::from_fn(|at| bounds.get(at).copied().unwrap_or(i64::MAX)),
            slopes: std::array::from_fn(|at| piece(at).slope),
            bases: std::array::from_fn(|at| piece(at).base),
        })
    }

    /// The piece that so many charged units lie on.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn piece(&self, n: i64) -> usize {
        let [a, b, c] = self.bounds;
        usize::from(a < n) + usize::from(b < n) + usize::from(c < n)
    }

    /// One of its pieces.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[expect(clippy::indexing_slicing, reason = "three bounds leave four pieces")]
    #[inline(always)]
    pub(super) fn straight(&self, piece: usize) -> Straight {
        Straight { slope: self.slopes[piece & FEW], base: self.bases[piece & FEW] }
    }
}

impl Pool {
    /// Bytes that the columns take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.charges.as_slice())
            + size_of_val(self.few.as_slice())
            + size_of_val(self.bounds.as_slice())
            + size_of_val(self.pieces.as_slice())
            + size_of_val(self.places.as_slice())
            + size_of_val(self.shapes.as_slice())
            + self.wide.iter().map(Scaled::bytes).sum::<usize>()
    }

    pub(super) fn shrink(&mut self) {
        self.charges.shrink_to_fit();
        self.few.shrink_to_fit();
        self.bounds.shrink_to_fit();
        self.pieces.shrink_to_fit();
        self.places.shrink_to_fit();
        self.wide.shrink_to_fit();
        self.known = BTreeMap::new();
    }

    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn charge(&self, stored: Stored) -> Option<Stretched<'_>> {
        let shape = self.shapes.get(usize::from(stored.shape))?;
        Some(Stretched { pool: self, stored, shape })
    }

    /// The charges of a kind.
    pub(super) fn charges<'a>(&'a self, kind: &'a Kind) -> &'a [Stored] {
        match kind {
            Kind::One(stored) => std::slice::from_ref(stored),
            Kind::Several { first, count } => {
                let first = *first as usize;
                self.charges.get(first..first + *count as usize).unwrap_or_default()
            }
            Kind::ByInputs | Kind::Odd => &[],
        }
    }

    /// Adds charges that add up.
    pub(super) fn add_all(&mut self, charges: &[Charge<'_>], decimals: u32, results: u32) -> Kind {
        let first = self.charges.len();
        let mut stored = Vec::with_capacity(charges.len());
        for charge in charges {
            let Some(one) = self.add(charge, decimals, results) else { return Kind::Odd };
            stored.push(one);
        }
        if let [one] = stored.as_slice() {
            return Kind::One(*one);
        }
        self.charges.extend(stored);
        match (u32::try_from(first), u32::try_from(self.charges.len() - first)) {
            (Ok(first), Ok(count @ 1..)) => Kind::Several { first, count },
            _ => Kind::Odd,
        }
    }

    /// The rule line of a piece.
    #[inline]
    pub(super) fn place(&self, piece: usize) -> Option<Place> {
        self.places.get(piece).map(|packed| packed.place())
    }

    /// Adds a charge for quantities of so many decimals and results of so many; `None` where its
    /// numbers are too long.
    fn add(&mut self, charge: &Charge<'_>, decimals: u32, results: u32) -> Option<Stored> {
        let (scaled, places) = Scaled::new(charge, decimals, results)?;
        let place = u32::try_from(self.places.len()).ok()?;
        for own in places {
            self.places.push(Packed::new(own)?);
        }
        // Shapes and pieces are counted in 16 bits.
        let room = self.shapes.len().max(scaled.pieces.len()) < usize::from(WIDE);
        let narrow = narrow(&scaled).filter(|_| room);
        let Some((shape, pieces, bounds)) = narrow else {
            let at = u32::try_from(self.wide.len()).ok()?;
            self.wide.push(scaled);
            return Some(Stored { at, place, shape: WIDE, count: FLAT });
        };
        let next = u16::try_from(self.shapes.len()).ok()?;
        let shape = *self.known.entry(shape).or_insert_with(|| {
            self.shapes.push(shape);
            next
        });
        let (at, count) = self.store(&pieces, &bounds)?;
        Some(Stored { at, place, shape, count })
    }

    /// The charge that [`Self::charge`] does not know, and the place of its first piece.
    pub(super) fn wide(&self, stored: Stored) -> Option<(&Scaled, usize)> {
        let wide = (stored.shape == WIDE).then(|| self.wide.get(stored.at as usize))?;
        Some((wide?, stored.place as usize))
    }

    /// Keeps the pieces of a charge, as its [`Stored`] says.
    fn store(&mut self, pieces: &[Straight], bounds: &[i64]) -> Option<(u32, u16)> {
        if let [Straight { slope, base: 0 }] = pieces
            && let Ok(slope) = u32::try_from(*slope)
        {
            return Some((slope, FLAT));
        }
        if let Some(few) = Few::of(pieces, bounds) {
            let at = u32::try_from(self.few.len()).ok()?;
            self.few.push(few);
            return Some((at, IN_FEW));
        }
        let at = u32::try_from(self.pieces.len()).ok()?;
        self.pieces.extend(pieces);
        self.bounds.extend(bounds);
        self.bounds.push(i64::MAX);
        Some((at, u16::try_from(pieces.len()).ok()?))
    }
}

/// A charge in numbers of 64 bits, where all fit.
fn narrow(scaled: &Scaled) -> Option<(Shape, Vec<Straight>, Vec<i64>)> {
    let short = |number: i128| i64::try_from(number).ok();
    let After { least, most, parts, step, mode, term } = scaled.after;
    let straight = |piece: &Option<(i128, i128)>| match piece {
        Some((slope, base)) => Some(Straight { slope: short(*slope)?, base: short(*base)? }),
        None => Some(Straight { slope: REFUSED, base: 0 }),
    };
    let pieces = scaled.pieces.iter().map(straight).collect::<Option<Vec<_>>>()?;
    let bounds = scaled.bounds.iter().map(|bound| short(*bound)).collect::<Option<_>>()?;
    let (num, step, parts) = (short(scaled.num)?, short(step)?, short(parts)?);
    let (least, most) = (short(least)?, most.map_or(Some(i64::MAX), short)?);
    let even = mode == RoundingMode::HalfEven && parts % 2 == 0;
    let mut shape = Shape {
        limit: 0,
        num,
        once: short(scaled.once)?,
        block: Divisor::new(short(scaled.block)?)?,
        least,
        most,
        add: added(mode, parts),
        parts: Divisor::new(parts)?,
        step,
        mode,
        even,
        plain: num == 1 && step == 1 && least == 0 && most == i64::MAX && !even,
        free_at_zero: scaled.free_at_zero,
        odd_at_zero: scaled.odd_at_zero,
        term,
    };
    shape.limit = limit(&shape, &pieces);
    Some((shape, pieces, bounds))
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
/// many charges share a shape; 0 where there are none.
fn limit(shape: &Shape, pieces: &[Straight]) -> i64 {
    let wide = |number: i64| i128::from(number);
    let highest = pieces.iter().map(|piece| piece.slope).max().unwrap_or_default().max(1);
    let base = pieces.iter().map(|piece| wide(piece.base).abs()).max().unwrap_or_default();
    let add = wide(shape.add);
    let steps = ROOM / wide(shape.step) * wide(shape.parts.by);
    let most = steps.min(wide(shape.parts.most())) - base - add;
    if shape.term.is_some() || most <= 0 || wide(shape.least) > most || shape.once < 0 {
        return 0;
    }
    let charged = (most / wide(highest)).min(ROOM);
    let begun = (charged * wide(shape.block.by)).min(wide(shape.block.most()));
    let units = (begun - wide(shape.once)) / wide(shape.num.max(1));
    if units < 1 {
        return 0;
    }
    let bits = 127 - units.leading_zeros();
    (1i64 << bits.min(62)) - 1
}

#[cfg(test)]
mod tests {
    use super::{Packed, Place, SourceId, Span};

    #[test]
    fn places_are_kept_as_they_are() {
        let most = (1 << 24) - 1;
        for (source, start, end) in [(0, 0, 0), (1, 2, 3), (65_535, most, most), (7, 0, most)] {
            let place = Place { source: SourceId(source), span: Span { start, end } };
            assert_eq!(Packed::new(place).map(Packed::place), Some(place));
        }
        for (source, end) in [(65_536, 1), (0, most + 1)] {
            let place = Place { source: SourceId(source), span: Span { start: 0, end } };
            assert!(Packed::new(place).is_none());
        }
    }
}
