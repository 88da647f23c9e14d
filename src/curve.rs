//! Rates as pieces of straight lines over charged units.

pub mod edges;
pub mod stepped;

use crate::hir;
use crate::hir::{Amount, TierMode};
use crate::quantity::Exact;
use crate::source::Place;

/// Credits over charged units: `base + slope × units` on each piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// How the tiers that it was made of charge; `None` for a plain rate.
    pub mode: Option<TierMode>,
    /// Whether an upper end belongs to its own piece.
    pub inclusive: bool,
    /// Rising, the last without an upper end.
    pub pieces: Vec<Piece>,
}

/// One piece of a curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The upper end in charged units.
    pub upper: Option<Exact>,
    /// Credits that do not depend on the units.
    pub base: Exact,
    /// Credits for each unit.
    pub slope: Exact,
    /// Whether lines that reach it are refused.
    pub refused: bool,
    /// The line that it was made of.
    pub place: Place,
    /// The reason on that line.
    pub because: Option<String>,
}

impl Piece {
    /// The piece of one amount.
    pub(crate) fn of(amount: Amount, place: Place, because: Option<String>) -> Self {
        let (slope, base, refused) = match amount {
            Amount::Credits { each, flat } => (Exact::from(each), Exact::from(flat), false),
            Amount::Refused => (Exact::zero(), Exact::zero(), true),
        };
        Self { upper: None, base, slope, refused, place, because }
    }

    /// Credits for so many units.
    pub fn credits(&self, units: &Exact) -> Exact {
        let each = &self.slope * units;
        if self.base.is_zero() { each } else { &self.base + &each }
    }
}

impl Curve {
    /// The curve of a plain rate.
    pub(crate) fn plain(amount: Amount, place: Place) -> Self {
        Self { mode: None, inclusive: true, pieces: vec![Piece::of(amount, place, None)] }
    }

    /// The curve of a rate; a table has one for each row.
    pub(crate) fn of(origin: &hir::Origin, rate: &hir::Rate) -> Option<Self> {
        match rate {
            hir::Rate::Plain(amount) => Some(Self::plain(*amount, origin.place)),
            hir::Rate::Tiered { mode, inclusive, tiers } => {
                Some(Self::tiers(*mode, *inclusive, tiers))
            }
            hir::Rate::Table { .. } => None,
        }
    }

    /// The curve of tiers.
    ///
    /// `volume` takes each tier as it stands. `graduated` charges each unit by its own tier and
    /// the flat amount of every tier entered, which is the line through the same point at the
    /// lower bound, moved up by the tier's flat amount.
    pub(crate) fn tiers(mode: TierMode, inclusive: bool, tiers: &[hir::Tier]) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(tiers.len());
        for tier in tiers {
            let mut piece = Piece::of(tier.amount, tier.place, tier.because.clone());
            if let (TierMode::Graduated, Some(before)) = (mode, pieces.last())
                && let Some(lower) = &before.upper
            {
                let carried = before.credits(lower) - &piece.slope * lower;
                piece.base = piece.base + carried;
                piece.refused |= before.refused;
            }
            piece.upper = tier.bound.map(Exact::from);
            pieces.push(piece);
        }
        Self { mode: Some(mode), inclusive, pieces }
    }

    /// The piece that a number of charged units lies on, with its position.
    pub fn piece(&self, units: &Exact) -> Option<(usize, &Piece)> {
        let at = self.pieces.partition_point(|piece| match &piece.upper {
            Some(upper) => {
                if self.inclusive {
                    upper < units
                } else {
                    upper <= units
                }
            }
            None => false,
        });
        Some((at, self.pieces.get(at)?))
    }

    /// Of graduated tiers: for each tier entered its lower and upper end in these units, its rate,
    /// its flat amount and its line.
    pub fn slices(&self, units: &Exact) -> Vec<Slice<'_>> {
        let Some((last, _)) = self.piece(units) else { return Vec::new() };
        let mut slices = Vec::with_capacity(last + 1);
        let mut before: Option<&Piece> = None;
        for piece in self.pieces.iter().take(last + 1) {
            let from = before.and_then(|before| before.upper.clone()).unwrap_or_else(Exact::zero);
            let to =
                piece.upper.clone().filter(|upper| upper < units).unwrap_or_else(|| units.clone());
            let carried = before.map_or_else(Exact::zero, |before| before.credits(&from));
            let flat = piece.credits(&from) - carried;
            slices.push(Slice { from, to, rate: &piece.slope, flat, piece });
            before = Some(piece);
        }
        slices
    }
}

/// The part of a quantity that lies in one tier.
#[derive(Debug)]
pub struct Slice<'a> {
    /// Where it begins.
    pub from: Exact,
    /// Where it ends.
    pub to: Exact,
    /// Credits for each unit in it.
    pub rate: &'a Exact,
    /// Credits for entering it.
    pub flat: Exact,
    /// The piece of its tier.
    pub piece: &'a Piece,
}
