//! Figures along the quantity: a straight line, and steps beside it. Where such a figure rises, or
//! falls, it is read backwards: up to which quantity it stays below a bound.

mod teeth;

use crate::quantity::{Exact, Rounding, RoundingMode};

/// A place between numbers: before one, or behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The number.
    pub at: Exact,
    /// Whether the number itself lies before the cut.
    pub behind: bool,
}

/// The numbers between two cuts, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub low: Cut,
    /// Where it ends.
    pub high: Cut,
}

/// `once + each × quantity`, and so many times each of some steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stepped {
    each: Exact,
    once: Exact,
    steps: Vec<(Exact, Steps)>,
}

/// A figure gathered into whole ones.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Steps {
    of: Stepped,
    by: Gathered,
}

/// How a figure is gathered into steps; none of these ever turns it around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gathered {
    /// A begun one counts whole.
    Ceil,
    /// Only whole ones count.
    Floor,
    /// Credits from 0, cut and raised to bounds, then rounded.
    Credits {
        /// Upper bound.
        at_most: Option<Exact>,
        /// Lower bound, which goes before the upper one.
        at_least: Option<Exact>,
        /// How they are rounded.
        rounding: Rounding,
    },
}

/// A figure that rises and falls on a stretch: it is read backwards once that is cut here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mixed(pub Cut);

/// The parts of a stretch on which a figure is below a bound, and on which it is not.
pub type Halves = (Option<Stretch>, Option<Stretch>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    Flat,
    Rising,
    Falling,
    Mixed,
}

/// For which figures what is gathered out of them stays below a bound.
enum Bound {
    None,
    All,
    /// Below this one and, with the flag, on it.
    UpTo(Exact, bool),
}

impl Stretch {
    /// The numbers between two cuts; `None` where there are none.
    pub fn new(low: Cut, high: Cut) -> Option<Self> {
        (low < high).then_some(Self { low, high })
    }

    /// A number that lies in it; where there are several, none of its ends.
    pub fn inside(&self) -> Exact {
        (&self.low.at + &self.high.at) / Exact::from(2)
    }

    /// The parts before and behind a cut.
    pub fn at(&self, cut: &Cut) -> (Option<Self>, Option<Self>) {
        (
            Self::new(self.low.clone(), self.high.clone().min(cut.clone())),
            Self::new(self.low.clone().max(cut.clone()), self.high.clone()),
        )
    }

    /// The parts between cuts, rising.
    pub fn parts(self, mut cuts: Vec<Cut>) -> Vec<Self> {
        cuts.sort();
        cuts.dedup();
        let mut parts = Vec::with_capacity(cuts.len() + 1);
        let mut rest = Some(self);
        for cut in cuts {
            let Some((before, behind)) = rest.as_ref().map(|rest| rest.at(&cut)) else { break };
            parts.extend(before);
            rest = behind;
        }
        parts.extend(rest);
        parts
    }

    fn mirrored(&self) -> Self {
        Self { low: self.high.mirrored(), high: self.low.mirrored() }
    }
}

impl Cut {
    fn mirrored(&self) -> Self {
        Self { at: -self.at.clone(), behind: !self.behind }
    }
}

impl Stepped {
    /// A straight line.
    pub fn line(each: Exact, once: Exact) -> Self {
        Self { each, once, steps: Vec::new() }
    }

    /// The same figure for every quantity.
    pub fn constant(once: Exact) -> Self {
        Self::line(Exact::zero(), once)
    }

    /// The figure gathered into steps.
    #[must_use]
    pub fn gathered(self, by: Gathered) -> Self {
        if let Some(figure) = self.as_constant() {
            return Self::constant(by.value(figure));
        }
        let steps = vec![(Exact::one(), Steps { of: self, by })];
        Self { each: Exact::zero(), once: Exact::zero(), steps }
    }

    /// The figure, where it is the same for every quantity.
    pub fn as_constant(&self) -> Option<&Exact> {
        (self.each.is_zero() && self.steps.is_empty()).then_some(&self.once)
    }

    /// What it is for each of the quantity, and once.
    pub fn straight(&self) -> (&Exact, &Exact) {
        (&self.each, &self.once)
    }

    /// Its steps: how often each counts, the figure, and how that is gathered.
    pub fn steps(&self) -> impl Iterator<Item = (&Exact, &Self, &Gathered)> {
        self.steps.iter().map(|(count, steps)| (count, &steps.of, &steps.by))
    }

    /// Whether more of the quantity never give a higher figure; `None` where it rises and falls.
    pub fn falls(&self) -> Option<bool> {
        match self.added().trend() {
            Trend::Mixed => None,
            trend => Some(trend == Trend::Falling),
        }
    }

    /// So many times the figure.
    #[must_use]
    pub fn times(&self, factor: &Exact) -> Self {
        Self::constant(Exact::zero()).plus(self, factor)
    }

    /// The figure and so many times another.
    #[must_use]
    pub fn plus(&self, other: &Self, factor: &Exact) -> Self {
        let mut sum = self.clone();
        sum.each = &sum.each + &(&other.each * factor);
        sum.once = &sum.once + &(&other.once * factor);
        for (count, steps) in &other.steps {
            let count = count * factor;
            match sum.steps.iter_mut().find(|(_, own)| own == steps) {
                Some((own, _)) => *own = &*own + &count,
                None => sum.steps.push((count, steps.clone())),
            }
        }
        sum.steps.retain(|(count, _)| !count.is_zero());
        sum
    }

    /// The figure for a quantity.
    pub fn value(&self, quantity: &Exact) -> Exact {
        let line = &self.once + &(&self.each * quantity);
        self.steps.iter().fold(line, |sum, (count, steps)| sum + count * &steps.value(quantity))
    }

    /// The parts of a stretch on which the figure is below a bound (or on it, with the flag), and on
    /// which it is not.
    pub fn split(&self, bound: &Exact, on_it: bool, stretch: &Stretch) -> Result<Halves, Mixed> {
        let own = self.added();
        match own.trend() {
            Trend::Mixed => own.on(stretch).split_teeth(bound, on_it, stretch),
            trend => Ok(own.halves(trend, bound, on_it, stretch)),
        }
    }

    /// As [`Self::split`], of a figure that only rises or only falls.
    fn halves(&self, trend: Trend, bound: &Exact, on_it: bool, stretch: &Stretch) -> Halves {
        if trend == Trend::Falling {
            let cut = self.mirrored().reach(bound, on_it, &stretch.mirrored()).mirrored();
            let (above, below) = stretch.at(&cut);
            return (below, above);
        }
        stretch.at(&self.reach(bound, on_it, stretch))
    }

    /// No figure of a stretch is higher, ends included.
    pub fn most(&self, stretch: &Stretch) -> Exact {
        match self.added().trend() {
            Trend::Mixed => self.range(stretch).1,
            Trend::Falling => self.value(&stretch.low.at),
            Trend::Flat | Trend::Rising => self.value(&stretch.high.at),
        }
    }

    fn trend(&self) -> Trend {
        let line = Trend::of(&self.each);
        self.steps.iter().fold(line, |trend, (count, steps)| {
            let own = if count.is_negative() { Trend::Mixed } else { steps.of.trend() };
            match (trend, own) {
                (Trend::Flat, other) | (other, Trend::Flat) => other,
                (a, b) if a == b => a,
                _ => Trend::Mixed,
            }
        })
    }

    /// The same figure with steps that are added alone: less by begun ones is more by whole ones of
    /// the opposite.
    fn added(&self) -> Self {
        let steps = self.steps.iter().map(|(count, steps)| {
            let Steps { of, by } = steps;
            let by = match by {
                Gathered::Ceil if count.is_negative() => Gathered::Floor,
                Gathered::Floor if count.is_negative() => Gathered::Ceil,
                other => return (count.clone(), Steps { of: of.added(), by: other.clone() }),
            };
            let minus = Exact::from(-1);
            (count * &minus, Steps { of: of.times(&minus).added(), by })
        });
        Self { each: self.each.clone(), once: self.once.clone(), steps: steps.collect() }
    }

    /// The figure over the quantity below 0 that is its opposite: what fell, rises.
    fn mirrored(&self) -> Self {
        let steps = self.steps.iter().map(|(count, steps)| {
            (count.clone(), Steps { of: steps.of.mirrored(), by: steps.by.clone() })
        });
        Self { each: -self.each.clone(), once: self.once.clone(), steps: steps.collect() }
    }

    /// Of a figure that does not fall: the cut of a stretch up to which it is below a bound.
    fn reach(&self, bound: &Exact, on_it: bool, stretch: &Stretch) -> Cut {
        let reached = match self.steps.as_slice() {
            [] if self.each.is_zero() => self.constant_reach(bound, on_it, stretch),
            [] => Cut { at: (bound - &self.once) / self.each.clone(), behind: on_it },
            [(count, steps)] if self.each.is_zero() => {
                let bound = (bound - &self.once) / count.clone();
                match steps.by.bound(&bound, on_it) {
                    Bound::None => stretch.low.clone(),
                    Bound::All => stretch.high.clone(),
                    Bound::UpTo(bound, on_it) => steps.of.reach(&bound, on_it, stretch),
                }
            }
            _ => self.reach_of_several(bound, on_it, stretch),
        };
        reached.clamp(stretch.low.clone(), stretch.high.clone())
    }

    fn constant_reach(&self, bound: &Exact, on_it: bool, stretch: &Stretch) -> Cut {
        let holds = self.once < *bound || (on_it && self.once == *bound);
        if holds { stretch.high.clone() } else { stretch.low.clone() }
    }

    /// Several steps, or steps beside a line: their jumps are numbered, and bisected by number until
    /// none lies between a quantity below the bound and one that is not; there, it is a line.
    fn reach_of_several(&self, bound: &Exact, on_it: bool, stretch: &Stretch) -> Cut {
        let holds = |quantity: &Exact| {
            let figure = self.value(quantity);
            figure < *bound || (on_it && figure == *bound)
        };
        let (mut below, mut above) = (stretch.low.at.clone(), stretch.high.at.clone());
        if !holds(&below) {
            return stretch.low.clone();
        }
        if holds(&above) {
            return stretch.high.clone();
        }
        let all = Stretch {
            low: Cut { at: below.clone(), behind: false },
            high: Cut { at: above.clone(), behind: true },
        };
        let two = Exact::from(2);
        for (_, steps) in &self.steps {
            let level = |quantity: &Exact| steps.value(quantity) / steps.by.step();
            let (mut low, mut high) = (level(&below) - Exact::one(), level(&above));
            while &high - &low > Exact::one() {
                let middle = ((&low + &high) / two.clone()).floor();
                // The last quantity on this level, or the first behind it.
                let jump = match steps.by.bound(&(&middle * &steps.by.step()), true) {
                    Bound::None => below.clone(),
                    Bound::All => above.clone(),
                    Bound::UpTo(bound, on_it) => steps.of.reach(&bound, on_it, &all).at,
                };
                if holds(&jump) {
                    low = middle;
                    below = below.max(jump);
                } else {
                    high = middle;
                    above = above.min(jump);
                }
            }
        }
        let middle = (&below + &above) / two;
        if self.each.is_zero() {
            let holds = holds(&middle);
            return Cut { at: if holds { above } else { below }, behind: !holds };
        }
        let met = &middle + &((bound - &self.value(&middle)) / self.each.clone());
        if met >= above {
            Cut { at: above, behind: false }
        } else if met <= below {
            Cut { at: below, behind: true }
        } else {
            Cut { at: met, behind: on_it }
        }
    }
}

impl Trend {
    fn of(slope: &Exact) -> Self {
        match (slope.is_zero(), slope.is_negative()) {
            (true, _) => Self::Flat,
            (false, true) => Self::Falling,
            (false, false) => Self::Rising,
        }
    }
}

impl Steps {
    fn value(&self, quantity: &Exact) -> Exact {
        self.by.value(&self.of.value(quantity))
    }
}

impl Gathered {
    fn value(&self, figure: &Exact) -> Exact {
        match self {
            Self::Ceil => figure.ceil(),
            Self::Floor => figure.floor(),
            Self::Credits { at_most, at_least, rounding } => {
                let mut credits = figure.clone();
                at_most.iter().for_each(|most| credits = credits.clone().min(most.clone()));
                at_least.iter().for_each(|least| credits = credits.clone().max(least.clone()));
                rounding.round(&credits)
            }
        }
    }

    /// The distance of two levels.
    fn step(&self) -> Exact {
        match self {
            Self::Ceil | Self::Floor => Exact::one(),
            Self::Credits { rounding, .. } => Exact::from(rounding.step),
        }
    }

    /// The figures out of which at most a bound is gathered; without the flag, less.
    fn bound(&self, bound: &Exact, on_it: bool) -> Bound {
        // The highest level that is allowed.
        let steps = bound.clone() / self.step();
        let level = if on_it { steps.floor() } else { steps.ceil() - Exact::one() };
        match self {
            Self::Ceil => Bound::UpTo(level, true),
            Self::Floor => Bound::UpTo(level + Exact::one(), false),
            Self::Credits { at_most, at_least, rounding } => {
                if level.is_negative() {
                    return Bound::None;
                }
                let (credits, on_it) = rounded_up_to(*rounding, &level);
                let holds = |end: &Exact| *end < credits || (on_it && *end == credits);
                match (at_most, at_least) {
                    (_, Some(least)) if !holds(least) => Bound::None,
                    (Some(most), _) if holds(most) => Bound::All,
                    _ => Bound::UpTo(credits, on_it),
                }
            }
        }
    }
}

/// The credits that are rounded to so many steps at most, and whether the last of them is, too.
fn rounded_up_to(rounding: Rounding, steps: &Exact) -> (Exact, bool) {
    let half = Exact::one() / Exact::from(2);
    let even = (steps.clone() / Exact::from(2)).floor() * Exact::from(2) == *steps;
    let (up_to, on_it) = match rounding.mode {
        RoundingMode::Up => (steps.clone(), true),
        RoundingMode::Down => (steps + &Exact::one(), false),
        RoundingMode::HalfUp => (steps + &half, false),
        RoundingMode::HalfDown => (steps + &half, true),
        RoundingMode::HalfEven => (steps + &half, even),
    };
    (up_to * Exact::from(rounding.step), on_it)
}
