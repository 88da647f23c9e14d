//! Charges as whole numbers of 128 bits, and what lines cost by them.

use super::price::ByPiece;
use crate::evaluate::charges::{Charge, Charged};
use crate::period::Term;
use crate::plan::Piece;
use crate::quantity::{Exact, RoundingMode};
use crate::source::Place;

/// A charge in whole numbers.
///
/// A line of `x` quantity units (of 10⁻ᵈ each) has `n = ⌊(x·num + once) / block⌋` charged units, and
/// `t = base + slope·n` credits in parts of a step on the piece that `n` lies on.
#[derive(Debug)]
pub(super) struct Scaled {
    pub num: i128,
    pub once: i128,
    pub block: i128,
    /// Of each piece but the last: the last `n` on it.
    pub bounds: Vec<i128>,
    /// Slope and base of each piece; `None` where lines are refused.
    pub pieces: Vec<Option<(i128, i128)>>,
    /// Whether no units cost nothing.
    pub free_at_zero: bool,
    /// Whether a quantity of 0 is charged otherwise.
    pub odd_at_zero: bool,
    pub after: After,
}

/// What becomes of the credits `t`: they are taken for each period, clamped to `least … most` and
/// rounded to steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct After {
    pub least: i128,
    pub most: Option<i128>,
    /// Parts of a step.
    pub parts: i128,
    /// What a step is worth in the unit of the results.
    pub step: i128,
    pub mode: RoundingMode,
    pub term: Option<Term>,
}

impl Scaled {
    /// A charge for quantities of so many decimals and results of so many, and the rule lines of its
    /// pieces; `None` where its numbers are too long.
    pub(super) fn new(
        charge: &Charge<'_>,
        decimals: u32,
        results: u32,
    ) -> Option<(Self, Vec<Place>)> {
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
        let each = charge.units.each.clone() / Exact::power_of_ten(decimals);
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
        let in_parts = |number: &Exact| whole(&(number * &Exact::whole(parts)));

        let (num, once, block) = if charge.started {
            let block = common_denominator([&each, &once])?;
            let scaled = |number: &Exact| whole(&(number * &Exact::whole(block)));
            (scaled(&each)?, scaled(&once)?.checked_add(block - 1)?, block)
        } else {
            (1, 0, 1)
        };
        let mut scaled = Vec::with_capacity(pieces.len());
        let mut bounds = Vec::with_capacity(pieces.len());
        for (piece, (slope, base)) in pieces.iter().zip(&lines) {
            let line = || Some((in_parts(slope)?, in_parts(base)?));
            scaled.push(if piece.refused { None } else { Some(line()?) });
            if let Some(upper) = &piece.upper {
                let end = (upper - &shift) / folded.clone();
                let last =
                    if !inclusive && end.floor() == end { end - Exact::one() } else { end.floor() };
                bounds.push(whole(&last)?);
            }
        }
        if bounds.len() + 1 != pieces.len() {
            return None;
        }
        let after = After {
            least: least.as_ref().map_or(Some(0), in_parts)?,
            most: most.as_ref().map(in_parts).map_or(Some(None), |most| most.map(Some))?,
            parts,
            // What a step is worth in units of 10⁻ʳ.
            step: whole(&(step * Exact::power_of_ten(results)))?,
            mode: charge.rounding.mode,
            term: charge.term,
        };
        let places = pieces.iter().map(|piece| charge.place.unwrap_or(piece.place)).collect();
        let own = Self {
            num,
            once,
            block,
            bounds,
            pieces: scaled,
            free_at_zero: !charge.zero_charged,
            odd_at_zero: charge.odd_at_zero || !charge.units.once.is_zero(),
            after,
        };
        Some((own, places))
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self)
            + size_of_val(self.bounds.as_slice())
            + size_of_val(self.pieces.as_slice())
    }

    /// The piece that a line of no units lies on.
    pub(super) fn piece(&self, n: i128) -> usize {
        self.bounds.partition_point(|bound| *bound < n)
    }

    /// Credits of so many quantity units, and the piece that decides; `None` where the exact evaluator
    /// must be asked.
    #[cold]
    pub(super) fn price(&self, x: i64, periods: Option<(i64, i64)>) -> Option<ByPiece> {
        let units = i128::from(x).checked_mul(self.num)?.checked_add(self.once)?;
        let n = units.checked_div_euclid(self.block)?;
        let piece = self.piece(n);
        let (slope, base) = (*self.pieces.get(piece)?)?;
        let credits = slope.checked_mul(n)?.checked_add(base)?;
        Some((self.after.credits(credits, periods)?, piece))
    }
}

impl After {
    /// Rounded credits in units of the results.
    pub(super) fn credits(&self, credits: i128, periods: Option<(i64, i64)>) -> Option<i64> {
        let (count, over) = match (self.term, periods) {
            (None, _) => (1, 1),
            (Some(_), Some((count, over))) => (i128::from(count), i128::from(over)),
            (Some(_), None) => return None,
        };
        let credits = credits.checked_mul(count)?;
        let credits = match self.most {
            Some(most) => credits.min(most.checked_mul(over)?),
            None => credits,
        };
        let credits = credits.max(self.least.checked_mul(over)?);
        let steps = rounded(self.mode, credits, self.parts.checked_mul(over)?)?;
        i64::try_from(steps.checked_mul(self.step)?).ok()
    }
}

/// A quotient from 0, rounded.
fn rounded(mode: RoundingMode, credits: i128, parts: i128) -> Option<i128> {
    let (below, rest) = (credits.checked_div(parts)?, credits.checked_rem(parts)?);
    let half = rest.cmp(&parts.checked_sub(rest)?);
    let up = match mode {
        _ if rest == 0 => false,
        RoundingMode::Up => true,
        RoundingMode::Down => false,
        RoundingMode::HalfUp => half.is_ge(),
        RoundingMode::HalfDown => half.is_gt(),
        RoundingMode::HalfEven => half.is_gt() || (half.is_eq() && below & 1 == 1),
    };
    below.checked_add(i128::from(up))
}

/// A whole number of 128 bits.
fn whole(number: &Exact) -> Option<i128> {
    number.wide_ratio().filter(|(_, denominator)| *denominator == 1).map(|(number, _)| number)
}

fn common_denominator<'a>(numbers: impl IntoIterator<Item = &'a Exact>) -> Option<i128> {
    numbers.into_iter().try_fold(1i128, |common, number| {
        let (_, denominator) = number.wide_ratio()?;
        (common / num_integer::gcd(common, denominator)).checked_mul(denominator)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Kernel, Numbers, Worker};
    use crate::evaluate::Outcome;
    use crate::plan::{self, Plan};
    use crate::quantity::Exact;
    use crate::source::{Source, Sources};
    use crate::{check, hir, syntax};

    const RULES: &str = "ruleset r \"R\"\ncredits round half up to 0.01\nunit seat\n\
        product whole per seat\n  rate 20\n\
        product fine per seat\n  rate 0.123456789012\n\
        product tiers per seat\n  rate graduated\n    up to 1_000.5  98_765_432.123456789012\n    \
        beyond  0.000000000001 + 7.000000000003 flat\n\
        product begun per started 0.7 seat\n  rate 3.141592653589\n  at least 2.000000000007\n\
        product even per 7 seat\n  rate 2.718281828459\n  round half even to 0.05\n  at most 1_000_000\n\
        product yearly per seat per year, by day\n  rate 10.000000000001\n";

    fn plan() -> Plan {
        let sources = Sources::new(vec![Source::new("r.rules", RULES)]);
        let files: Vec<_> =
            sources.iter().map(|(id, text)| (id, syntax::parse(id, text))).collect();
        let (program, found) = hir::resolve(&files, &[]);
        plan::compile(
            check::check(program, found, check::Scope::Errors, &mut |_, _| false).1.unwrap(),
        )
    }

    /// What converts a line.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Lane {
        /// 64 bits.
        Narrow,
        /// 128 bits, by a charge that 64 hold.
        Wide,
        /// 128 bits, by a charge that 64 do not hold.
        WideCharge,
        Exact,
    }

    /// How many lines each lane converts; each gives what the exact evaluator gives.
    fn lanes(products: &[&str], quantities: &[(i64, u32)]) -> BTreeMap<Lane, usize> {
        let plan = plan();
        let kernel = Kernel::new(&plan);
        let mut worker = Worker::new(&plan, &kernel);
        let mut lanes = BTreeMap::new();
        for product in products {
            for (quantity, decimals) in quantities {
                let (key, quantity) = (kernel.key(product).unwrap(), *quantity);
                let (start, end) = (Some(20_000), Some(20_499));
                let line = Numbers { key, quantity, unit: None, start, end, context: 0 };
                let tables = kernel.tables(&plan, *decimals).unwrap();
                let (_, kind, _) = kernel.find(tables, &line).unwrap();
                let charge = tables.pool.charges(&kind).first().copied();
                let narrow = charge.and_then(|charge| tables.pool.charge(charge));
                let priced = worker.price(&line, *decimals);
                let exact = worker.exactly(&line, *decimals).unwrap();
                let Outcome::Converted { credits, place, .. } = exact else { panic!("{exact:?}") };
                let lane = match (priced, narrow) {
                    (None, _) => Lane::Exact,
                    (Some(_), None) => Lane::WideCharge,
                    (Some(_), Some(charge)) if quantity > charge.shape.limit => Lane::Wide,
                    (Some(_), Some(_)) => Lane::Narrow,
                };
                if let Some(priced) = priced {
                    let found = (priced.credits, priced.place);
                    let exact = (kernel.scaled(&Exact::from(credits)).unwrap(), place);
                    assert_eq!(found, exact, "{product} {quantity} {decimals} {lane:?}");
                }
                *lanes.entry(lane).or_default() += 1;
            }
        }
        lanes
    }

    #[test]
    fn rates_of_twelve_decimals_are_priced_in_columns() {
        let trillion = 1_000_000_000_000;
        let long = [
            (trillion * 1_000, 3),
            (trillion * 1_000 - 1, 3),
            (trillion * 1_000_000, 6),
            (trillion * 999_999 + 1, 6),
            // The most that 64 bits hold of so many decimals.
            (i64::MAX, 12),
            (i64::MAX / 2, 12),
        ];
        let fine = ["fine", "tiers", "begun", "even", "yearly"];
        let found = lanes(&fine, &long);
        assert_eq!(found.get(&Lane::Exact), None, "{found:?}");
        assert!(found[&Lane::Wide] > 10 && found[&Lane::WideCharge] > 4, "{found:?}");
        let short = [(0, 3), (1, 3), (1_500, 3), (7_000_001, 3), (0, 12), (1, 12), (1 << 40, 12)];
        let found = lanes(&fine, &short);
        assert_eq!(found.get(&Lane::Exact), None, "{found:?}");
        let found = lanes(&["whole"], &[(1_000, 3), (trillion, 3)]);
        assert_eq!(found, BTreeMap::from([(Lane::Narrow, 2)]));
    }
}
