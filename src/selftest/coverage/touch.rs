//! Which items the steps of one line touch.

use std::collections::BTreeMap;

use super::{Key, Side};
use crate::evaluate::observe::RatedForm;
use crate::evaluate::{Outcome, Refusal, Step};
use crate::period::next_day;
use crate::plan::{Blocks, Curve, Plan, Rate, TargetId};
use crate::quantity::Exact;
use crate::source::Place;

/// Reads the steps of lines by a plan.
pub(in crate::selftest) struct Touch<'a> {
    plan: &'a Plan,
    /// Tiered rates by the places of their tiers.
    curves: BTreeMap<Place, &'a Curve>,
}

/// What the steps so far have told.
struct Walk {
    rule: TargetId,
    /// Units by product; none where `together` took some of them.
    units: BTreeMap<TargetId, Exact>,
    charged: Exact,
    started: bool,
    credits: Exact,
}

impl<'a> Touch<'a> {
    pub(in crate::selftest) fn new(plan: &'a Plan) -> Self {
        let mut curves = BTreeMap::new();
        for rule in &plan.rules {
            let exceptions = rule.exceptions.iter().flat_map(|exception| &exception.rate.forms);
            for (_, rate) in rule.rates.iter().chain(exceptions) {
                if let Rate::Curve(curve) = rate {
                    curves.extend(curve.pieces.iter().map(|piece| (piece.place, curve)));
                }
            }
        }
        Self { plan, curves }
    }

    /// Shows the keys that a line touches.
    pub(in crate::selftest) fn line(
        &self,
        steps: &[Step],
        outcome: &Result<Outcome, Refusal>,
        seen: &mut dyn FnMut(Key),
    ) {
        let zero = Exact::zero;
        let mut walk = Walk {
            rule: TargetId(u32::MAX),
            units: BTreeMap::new(),
            charged: zero(),
            started: false,
            credits: zero(),
        };
        // Where one of the products is not sold, nothing is charged for any.
        let withdrawn = matches!(outcome, Err(Refusal::Withdrawn { .. }));
        for step in steps {
            match step {
                Step::Granted { product, .. } if withdrawn => walk.rule = *product,
                _ => self.step(step, &mut walk, seen),
            }
        }
        match outcome {
            Err(Refusal::RateRefused { place, .. }) => {
                seen(Key::Amount(*place));
                self.bounds(*place, &walk, seen);
            }
            Err(Refusal::Withdrawn { place, .. }) => seen(Key::Clause(*place)),
            _ => {}
        }
    }

    fn step(&self, step: &Step, walk: &mut Walk, seen: &mut dyn FnMut(Key)) {
        match step {
            Step::Matched { rule, .. } => walk.rule = *rule,
            Step::Granted { origin, product, .. } => {
                walk.rule = *product;
                seen(Key::Clause(origin.place));
            }
            Step::Charged { product, .. } => walk.rule = *product,
            Step::Dated { day, .. } => {
                if let Some(day) = day {
                    seen(Key::Change(walk.rule, *day, Side::Behind));
                    next_day(*day)
                        .into_iter()
                        .for_each(|next| seen(Key::Change(walk.rule, next, Side::Before)));
                }
            }
            Step::Counted { count, units, .. } => {
                walk.units.insert(walk.rule, units.clone());
                if let Some((origin, _)) = count {
                    seen(Key::Clause(origin.place));
                }
            }
            Step::Blocks { origin, per, charged } => {
                (walk.charged, walk.started) = (charged.clone(), per.started);
                seen(Key::Clause(origin.place));
                let units = self.plan.rule(walk.rule).and_then(|rule| {
                    let (declared, own) = (self.plan.unit(rule.unit)?, self.plan.unit(per.unit)?);
                    let units = walk.units.get(&walk.rule)?;
                    Some(units * &declared.factor / own.factor.clone())
                });
                if let Some(units) = units.filter(|units| per.started && !units.is_zero()) {
                    let full = units == charged * &Exact::from(per.block);
                    let side = if full { Side::Before } else { Side::Behind };
                    seen(Key::Sided(origin.place, side));
                }
            }
            Step::Rated { place, form, credits, .. } => {
                walk.credits = credits.clone();
                match form {
                    RatedForm::NoUnits => {}
                    RatedForm::Line { .. } => {
                        seen(Key::Amount(*place));
                        self.bounds(*place, walk, seen);
                    }
                    RatedForm::Slices(slices) => {
                        for (.., place) in slices {
                            seen(Key::Amount(*place));
                        }
                        if let Some((.., place)) = slices.last() {
                            self.bounds(*place, walk, seen);
                        }
                    }
                }
            }
            Step::Prorated { credits, .. } => walk.credits = credits.clone(),
            Step::Bounded { origin, credits, .. } => {
                let decides = *credits != walk.credits;
                let side = if decides { Side::Behind } else { Side::Before };
                seen(Key::Sided(origin.place, side));
                walk.credits = credits.clone();
            }
            Step::Excluded { origin } | Step::Rounded { origin, .. } => {
                seen(Key::Clause(origin.place));
            }
            Step::Together { origin, .. } => {
                walk.units.clear();
                seen(Key::Clause(origin.place));
            }
            // What did not apply is not touched.
            Step::Summed { .. } | Step::Unused { .. } => {}
        }
    }

    /// Bounds of the tiers among which one was charged, that the charged units lie at.
    fn bounds(&self, place: Place, walk: &Walk, seen: &mut dyn FnMut(Key)) {
        let Some(curve) = self.curves.get(&place) else { return };
        for edge in curve.edges(&Blocks { size: Exact::one(), started: walk.started }) {
            let Some(piece) = curve.pieces.get(edge.piece) else { continue };
            // One of both is the bound itself; the other tells how far "just past it" goes.
            let closed = walk.started || curve.inclusive;
            let (at, near) = if closed {
                (walk.charged == edge.last, walk.charged > edge.last && walk.charged <= edge.first)
            } else {
                (walk.charged == edge.first, walk.charged >= edge.last && walk.charged < edge.first)
            };
            let (before, behind) = if closed { (at, near) } else { (near, at) };
            if before {
                seen(Key::Bound(piece.place, Side::Before));
            }
            if behind {
                seen(Key::Bound(piece.place, Side::Behind));
            }
        }
    }
}
