//! Figures that rise and fall from one quantity to the next: what they keep between, and cuts
//! between which fewer steps are left, until the figure only rises or only falls.

use super::{Bound, Cut, Gathered, Halves, Mixed, Stepped, Steps, Stretch, Trend};
use crate::quantity::Exact;

/// `once + each × quantity`.
struct Line {
    each: Exact,
    once: Exact,
}

impl Stepped {
    /// As [`Self::split`], of a figure made by [`Self::on`] for this stretch, with steps that are added
    /// alone.
    pub(super) fn split_teeth(
        &self,
        bound: &Exact,
        on_it: bool,
        stretch: &Stretch,
    ) -> Result<Halves, Mixed> {
        let trend = self.trend();
        if trend != Trend::Mixed {
            return Ok(self.halves(trend, bound, on_it, stretch));
        }
        if let [(count, steps)] = self.steps.as_slice()
            && self.each.is_zero()
            && !count.is_negative()
        {
            let bound = (bound - &self.once) / count.clone();
            return match steps.by.bound(&bound, on_it) {
                Bound::None => Ok((None, Some(stretch.clone()))),
                Bound::All => Ok((Some(stretch.clone()), None)),
                Bound::UpTo(bound, on_it) => steps.of.split_teeth(&bound, on_it, stretch),
            };
        }
        let (least, most) = self.range(stretch);
        if most < *bound || (on_it && most == *bound) {
            Ok((Some(stretch.clone()), None))
        } else if least > *bound || (!on_it && least == *bound) {
            Ok((None, Some(stretch.clone())))
        } else {
            Err(Mixed(self.cut_inside(stretch)))
        }
    }

    /// The same figure on a stretch: steps that stay on one level there are numbers.
    pub(super) fn on(&self, stretch: &Stretch) -> Self {
        let mut own = Self::line(self.each.clone(), self.once.clone());
        for (count, steps) in &self.steps {
            let steps = Steps { of: steps.of.on(stretch), by: steps.by.clone() };
            match steps.level(stretch) {
                Some(level) => own.once = &own.once + &(count * &level),
                None => own.steps.push((count.clone(), steps)),
            }
        }
        own
    }

    /// Two figures that it keeps between on a stretch, ends included.
    pub(super) fn range(&self, stretch: &Stretch) -> (Exact, Exact) {
        let ends = [&stretch.low.at, &stretch.high.at];
        let line = Line { each: self.each.clone(), once: self.once.clone() };
        let (mut least, mut most) = (line.least(ends), line.most(ends));
        for (count, steps) in &self.steps {
            let (low, high) = steps.of.range(stretch);
            let (low, high) = (count * &steps.by.value(&low), count * &steps.by.value(&high));
            least = least + low.clone().min(high.clone());
            most = most + low.max(high);
        }
        match self.between() {
            Some([below, above]) => (least.max(below.least(ends)), most.min(above.most(ends))),
            None => (least, most),
        }
    }

    /// Two straight lines that it keeps between everywhere.
    fn between(&self) -> Option<[Line; 2]> {
        let own = || Line { each: self.each.clone(), once: self.once.clone() };
        let (mut below, mut above) = (own(), own());
        for (count, steps) in &self.steps {
            let (less, more) = steps.by.moves()?;
            let [mut low, mut high] = steps.of.between()?;
            low.once = low.once - less;
            high.once = high.once + more;
            if count.is_negative() {
                std::mem::swap(&mut low, &mut high);
            }
            below.add(count, &low);
            above.add(count, &high);
        }
        Some([below, above])
    }

    /// A cut of a stretch on which it rises and falls.
    fn cut_inside(&self, stretch: &Stretch) -> Cut {
        let spread = |(count, steps): &&(Exact, Steps)| {
            let (low, high) = steps.of.range(stretch);
            let spread = count * &(steps.by.value(&high) - steps.by.value(&low));
            if spread.is_negative() { -spread } else { spread }
        };
        let widest = self.steps.iter().max_by_key(spread);
        let cut = widest.and_then(|(_, steps)| steps.cut_inside(stretch));
        cut.unwrap_or_else(|| Cut { at: stretch.inside(), behind: true })
    }
}

impl Steps {
    /// The level of all of a stretch.
    fn level(&self, stretch: &Stretch) -> Option<Exact> {
        let level = self.value(&stretch.inside());
        let passes = |on_it| self.cut_at(&level, on_it, stretch).is_some();
        (!passes(true) && !passes(false)).then_some(level)
    }

    /// Where a stretch passes a level, or where it is to be cut to see that.
    fn cut_at(&self, level: &Exact, on_it: bool, stretch: &Stretch) -> Option<Cut> {
        let Bound::UpTo(bound, on_it) = self.by.bound(level, on_it) else { return None };
        match self.of.split_teeth(&bound, on_it, stretch) {
            Ok((Some(a), Some(b))) => Some(a.low.max(b.low)),
            Ok(_) => None,
            Err(Mixed(cut)) => Some(cut),
        }
    }

    /// A cut about the middle of its levels on a stretch.
    fn cut_inside(&self, stretch: &Stretch) -> Option<Cut> {
        let ends = [&stretch.low.at, &stretch.high.at].map(|end| self.value(end));
        let [low, high] = &ends;
        let steps = (high - low) / (self.by.step() * Exact::from(2));
        let middle = low + &(steps.floor() * self.by.step());
        let level = self.value(&stretch.inside());
        [(&middle, true), (&level, true), (&level, false)]
            .into_iter()
            .find_map(|(level, on_it)| self.cut_at(level, on_it, stretch))
    }
}

impl Gathered {
    /// How far what is gathered out of a figure lies below it at most, and how far above; `None`
    /// where a bound holds it anywhere.
    fn moves(&self) -> Option<(Exact, Exact)> {
        match self {
            Self::Ceil => Some((Exact::zero(), Exact::one())),
            Self::Floor => Some((Exact::one(), Exact::zero())),
            Self::Credits { at_most: None, at_least: None, .. } => Some((self.step(), self.step())),
            Self::Credits { .. } => None,
        }
    }
}

impl Line {
    fn value(&self, quantity: &Exact) -> Exact {
        &self.once + &(&self.each * quantity)
    }

    fn least(&self, [a, b]: [&Exact; 2]) -> Exact {
        self.value(a).min(self.value(b))
    }

    fn most(&self, [a, b]: [&Exact; 2]) -> Exact {
        self.value(a).max(self.value(b))
    }

    fn add(&mut self, count: &Exact, other: &Self) {
        self.each = &self.each + &(&other.each * count);
        self.once = &self.once + &(&other.once * count);
    }
}
