//! Charges as whole numbers, in pools of plain columns.

use std::collections::BTreeMap;

use super::divisor::Divisor;
use super::scale::{After, Scaled};
use crate::evaluate::charges::Charge;
use crate::period::Term;
use crate::quantity::RoundingMode;
use crate::source::Place;

/// What stays below this can be added once more without overflow.
const ROOM: i128 = 1 << 62;

/// Marks a piece on which lines are refused: no slope is below 0.
pub(super) const REFUSED: i64 = -1;

/// Charges, each as some pieces of straight lines and a shape: the numbers of [`Scaled`], with what
/// is added to `t` so that a division that rounds down rounds as it should. Those that 64 bits do not
/// hold are kept as they are.
#[derive(Debug)]
pub(super) struct Pool {
    charges: Vec<Stored>,
    /// Of each piece but the last of a charge: the last `n` on it. There are at least [`FEW`] for
    /// each charge, so that most are searched without a loop; those with one piece share theirs.
    bounds: Vec<i64>,
    pieces: Vec<Straight>,
    places: Vec<Place>,
    shapes: Vec<Shape>,
    known: BTreeMap<Shape, u16>,
    wide: Vec<Scaled>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            charges: Vec::new(),
            bounds: vec![i64::MAX; FEW],
            pieces: Vec::new(),
            places: Vec::new(),
            shapes: Vec::new(),
            known: BTreeMap::new(),
            wide: Vec::new(),
        }
    }
}

/// Bounds that are compared without a loop.
pub(super) const FEW: usize = 3;

/// Where the parts of a charge stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    /// Its first bound.
    bounds: u32,
    /// Its first piece.
    piece: u32,
    shape: u16,
    /// Its bounds, where there are more than [`FEW`]; else 0.
    many: u16,
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
        let other = |shape| Self { bounds: 0, piece: 0, shape, many: 0 };
        match kind {
            Kind::One(stored) => stored,
            Kind::Several { first, count } => {
                Self { bounds: count, piece: first, ..other(SEVERAL) }
            }
            Kind::ByInputs => other(BY_INPUTS),
            Kind::Odd => other(ODD),
        }
    }

    /// The kind that it was made of.
    pub(super) fn kind(self) -> Kind {
        match self.shape {
            ODD => Kind::Odd,
            BY_INPUTS => Kind::ByInputs,
            SEVERAL => Kind::Several { first: self.piece, count: self.bounds },
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
    pub bounds: &'a [i64; FEW],
    pub pieces: &'a [Straight],
    /// The first of the pieces.
    pub piece: u32,
}

impl<'a> Stretched<'a> {
    /// The charge with its few pieces, if it is plain.
    pub(super) fn plain(&self) -> Option<Plain<'a>> {
        if !self.shape.plain || self.stored.many > 0 {
            return None;
        }
        let first = self.stored.bounds as usize;
        let bounds = self.pool.bounds.get(first..first + FEW)?.first_chunk()?;
        let used = bounds.iter().filter(|bound| **bound < i64::MAX).count();
        let first = self.stored.piece as usize;
        let pieces = self.pool.pieces.get(first..=first + used)?;
        let refuses = pieces.iter().any(|piece| piece.slope == REFUSED);
        (!refuses).then_some(Plain { shape: self.shape, bounds, pieces, piece: self.stored.piece })
    }
    /// The piece that so many charged units lie on, and its place in the pool.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn at(&self, n: i64) -> Option<(Straight, usize)> {
        let first = self.stored.bounds as usize;
        let piece = if self.stored.many == 0 {
            let [a, b, c] = *self.pool.bounds.get(first..first + FEW)?.first_chunk::<FEW>()?;
            usize::from(a < n) + usize::from(b < n) + usize::from(c < n)
        } else {
            let bounds = self.pool.bounds.get(first..first + usize::from(self.stored.many))?;
            bounds.partition_point(|bound| *bound < n)
        };
        let at = self.stored.piece as usize + piece;
        Some((*self.pool.pieces.get(at)?, at))
    }
}

impl Pool {
    /// Bytes that the columns take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.charges.as_slice())
            + size_of_val(self.bounds.as_slice())
            + size_of_val(self.pieces.as_slice())
            + size_of_val(self.places.as_slice())
            + size_of_val(self.shapes.as_slice())
            + self.wide.iter().map(Scaled::bytes).sum::<usize>()
    }

    pub(super) fn shrink(&mut self) {
        self.charges.shrink_to_fit();
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
    pub(super) fn place(&self, piece: usize) -> Option<Place> {
        self.places.get(piece).copied()
    }

    /// Adds a charge for quantities of so many decimals and results of so many; `None` where its
    /// numbers are too long.
    fn add(&mut self, charge: &Charge<'_>, decimals: u32, results: u32) -> Option<Stored> {
        let (scaled, places) = Scaled::new(charge, decimals, results)?;
        // Shapes and bounds are counted in 16 bits.
        let room = self.shapes.len().max(scaled.bounds.len()) < usize::from(WIDE);
        match narrow(&scaled).filter(|_| room) {
            Some((shape, straight, bounds)) => self.store(&shape, &straight, &bounds, places),
            None => self.store_wide(scaled, places),
        }
    }

    /// Keeps a charge that 64 bits do not hold. Its pieces are only there for their places.
    fn store_wide(&mut self, scaled: Scaled, places: Vec<Place>) -> Option<Stored> {
        let piece = u32::try_from(self.pieces.len()).ok()?;
        let at = u32::try_from(self.wide.len()).ok()?;
        self.pieces.extend(scaled.pieces.iter().map(|_| Straight { slope: REFUSED, base: 0 }));
        self.places.extend(places);
        self.wide.push(scaled);
        Some(Stored { bounds: at, piece, shape: WIDE, many: 0 })
    }

    /// The charge that [`Self::charge`] does not know, and its first piece.
    pub(super) fn wide(&self, stored: Stored) -> Option<(&Scaled, usize)> {
        let wide = (stored.shape == WIDE).then(|| self.wide.get(stored.bounds as usize))?;
        Some((wide?, stored.piece as usize))
    }

    fn store(
        &mut self,
        shape: &Shape,
        straight: &[Straight],
        bounds: &[i64],
        places: Vec<Place>,
    ) -> Option<Stored> {
        let next = u16::try_from(self.shapes.len()).ok()?;
        let piece = u32::try_from(self.pieces.len()).ok()?;
        let first = if bounds.is_empty() { 0 } else { u32::try_from(self.bounds.len()).ok()? };
        let many = if bounds.len() > FEW { u16::try_from(bounds.len()).ok()? } else { 0 };
        let shape = *self.known.entry(*shape).or_insert_with(|| {
            self.shapes.push(*shape);
            next
        });
        self.pieces.extend(straight);
        if !bounds.is_empty() {
            self.bounds.extend(bounds);
            self.bounds.extend((bounds.len()..FEW).map(|_| i64::MAX));
        }
        self.places.extend(places);
        Some(Stored { bounds: first, piece, shape, many })
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
