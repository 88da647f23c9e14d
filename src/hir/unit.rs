//! Units and their conversions.

use std::collections::BTreeSet;

use super::diagnostics as found;
use super::program::LOST;
use super::resolve::Resolver;
use super::{Per, TargetId, Unit, UnitId};
use crate::quantity::Exact;
use crate::source::Place;
use crate::syntax::ast::{self, Name, Number};
use rust_decimal::Decimal;

impl Resolver<'_> {
    pub(super) fn unit(&mut self, names: &[Name], factor: Option<&(ast::Number, Name)>) {
        let Some(name) = names.first() else { return };
        let id = UnitId(u32::try_from(self.program.units.len()).unwrap_or(u32::MAX));
        let (base, factor) = match factor {
            None => (id, Exact::one()),
            Some((number, other)) => match self.unit_id(other) {
                Some(_) if number.value.is_zero() => {
                    let place = self.place(number.span);
                    self.report::<()>(found::bad_amount(
                        place,
                        "a unit cannot be 0 of another",
                        "write how many of the other unit it is",
                    ));
                    (id, Exact::one())
                }
                Some(base) if base == id => {
                    let place = self.place(name.span);
                    self.report::<()>(found::unit_cycle(place, &name.value));
                    (LOST, Exact::one())
                }
                Some(base) => (base, Exact::from(number.value)),
                None => (LOST, Exact::one()),
            },
        };
        let place = self.place(name.span);
        self.program.units.push(Unit { name: name.value.clone(), base, factor, place });
    }

    /// Follows every conversion to its base, each link once.
    pub(super) fn close_units(&mut self) {
        let links: Vec<(UnitId, Exact)> =
            self.program.units.iter().map(|unit| (unit.base, unit.factor.clone())).collect();
        let mut closed: Vec<Option<(UnitId, Exact)>> = vec![None; links.len()];
        for start in 0..links.len() {
            let mut path: Vec<usize> = Vec::new();
            let mut on_path = BTreeSet::new();
            let mut at = start;
            let end = loop {
                match (closed.get(at), links.get(at)) {
                    (Some(Some(known)), _) => break known.clone(),
                    (_, Some((next, _))) if next.0 as usize == at => break (*next, Exact::one()),
                    (_, Some((next, _))) if *next != LOST && on_path.insert(at) => {
                        path.push(at);
                        at = next.0 as usize;
                    }
                    (_, Some((next, _))) if *next != LOST => {
                        // One finding a circle: where it closes.
                        if let Some(unit) = self.program.units.get(at) {
                            let (place, name) = (unit.place, unit.name.clone());
                            self.report::<()>(found::unit_cycle(place, &name));
                        }
                        break (LOST, Exact::one());
                    }
                    _ => break (LOST, Exact::one()),
                }
            };
            let (base, mut factor) = end;
            for index in path.into_iter().rev() {
                let own = links.get(index).map_or_else(Exact::one, |(_, own)| own.clone());
                factor = factor * own;
                let long = base != LOST && factor.is_long();
                let base = if long { self.long_factor(index) } else { base };
                if let Some(slot) = closed.get_mut(index) {
                    *slot = Some((base, factor.clone()));
                }
            }
            if let Some(slot) = closed.get_mut(start).filter(|slot| slot.is_none()) {
                *slot = Some((base, factor));
            }
        }
        for (unit, closed) in self.program.units.iter_mut().zip(closed) {
            if let Some((base, factor)) = closed {
                (unit.base, unit.factor) = (base, factor);
            }
        }
    }

    /// A chain of conversions whose factor nobody could write down.
    fn long_factor(&mut self, index: usize) -> UnitId {
        if let Some(unit) = self.program.units.get(index) {
            let place = unit.place;
            self.report::<()>(found::bad_amount(
                place,
                "this unit is too long a number of its base",
                "let its chain of conversions have fewer digits",
            ));
        }
        LOST
    }

    /// The unit with this name or alias.
    pub(super) fn unit_id(&mut self, name: &Name) -> Option<UnitId> {
        if let Some((id, _)) = self.names.units.get(&name.value) {
            return Some(*id);
        }
        if self.names.may_be_lost(&name.value) {
            return None;
        }
        let place = self.place(name.span);
        let unknown = found::unknown_unit(place, &name.value, self.names.units.keys());
        self.report(unknown)
    }

    /// The unit and block of a head or a `per` clause.
    pub(super) fn per(&mut self, per: &ast::Per) -> Option<Per> {
        let unit = self.unit_id(&per.unit)?;
        let block = match &per.block {
            Some(block) if block.value.is_zero() => {
                let place = self.place(block.span);
                return self.report(found::bad_amount(
                    place,
                    "a block of 0 units holds nothing",
                    "write how many units a block has",
                ));
            }
            Some(block) => block.value,
            None => Decimal::ONE,
        };
        Some(Per { started: per.started, block, unit, term: per.term })
    }

    /// Whether two units convert into each other; if not, that is reported at `place`.
    pub(super) fn convertible(
        &mut self,
        from: UnitId,
        to: UnitId,
        place: Place,
        declared: Option<Place>,
    ) -> bool {
        let (Some(a), Some(b)) = (self.program.unit(from), self.program.unit(to)) else {
            return false;
        };
        if a.base == b.base || a.base == LOST || b.base == LOST {
            return true;
        }
        let diagnostic = found::unit_mismatch(place, &a.name, &b.name, declared);
        self.diagnostics.push(diagnostic);
        false
    }

    /// Whether two products are counted in units that convert into each other.
    pub(super) fn same_dimension(
        &mut self,
        first: TargetId,
        other: TargetId,
        place: Place,
    ) -> bool {
        let unit =
            |id| self.program.target(id).map(|target| (target.declared_unit(), target.place));
        let (Some((Some(first), declared)), Some((Some(other), _))) = (unit(first), unit(other))
        else {
            return false;
        };
        self.convertible(other, first, place, Some(declared))
    }

    /// `N UNIT` as a number of base units, where the unit fits the product or license.
    pub(super) fn base_units(
        &mut self,
        number: &Number,
        unit: &Name,
        of: TargetId,
    ) -> Option<Exact> {
        let id = self.unit_id(unit)?;
        let target = self.program.target(of)?;
        let (declared, head) = (target.declared_unit()?, target.place);
        let place = self.place(unit.span);
        if !self.convertible(id, declared, place, Some(head)) {
            return None;
        }
        let factor = &self.program.unit(id)?.factor;
        Some(&Exact::from(number.value) * factor)
    }
}
