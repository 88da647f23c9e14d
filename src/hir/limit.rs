//! Limits: names, units and credits.

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{LimitBody, LimitMeasure, LimitTerm, TargetId};
use crate::quantity::Exact;
use crate::source::Place;
use crate::syntax::ast::{self, Name, Number};

/// What both sides of a comparison are measured in.
#[derive(Clone, Copy)]
enum Dimension {
    /// Units that convert into those of this product.
    UnitsOf(TargetId),
    /// Credits.
    Credits,
}

impl Resolver<'_> {
    pub(super) fn limit(&mut self, body: &ast::LimitBody) -> Option<LimitBody> {
        match body {
            ast::LimitBody::CountOf(comparison, number, names) => {
                let products = self.products(names)?;
                if !number.value.fract().is_zero() {
                    let place = self.place(number.span);
                    return self.report(found::bad_amount(
                        place,
                        "products are counted in whole numbers",
                        "write a whole number",
                    ));
                }
                Some(LimitBody::CountOf(*comparison, number.value, products))
            }
            ast::LimitBody::Needs(name, others) => {
                let product = self.product_id(name);
                let others = self.products(others);
                Some(LimitBody::Needs(product?, others?))
            }
            ast::LimitBody::UnitForUnit(name, other) => {
                let product = self.product_id(name);
                let needed = self.product_id(other)?;
                let place = self.place(other.span);
                self.same_dimension(product?, needed, place).then_some(())?;
                Some(LimitBody::UnitForUnit(product?, needed))
            }
            ast::LimitBody::InSteps(name, step, unit) => {
                let product = self.product_id(name)?;
                if step.value.is_zero() {
                    let place = self.place(step.span);
                    return self.report(found::bad_amount(
                        place,
                        "nothing comes in steps of 0",
                        "write a step above 0",
                    ));
                }
                let step = self.units_of(product, step, unit.as_ref())?;
                Some(LimitBody::InSteps(product, step))
            }
            ast::LimitBody::Compare(left, comparison, right, or_none) => {
                let or_none = match or_none {
                    Some(name) => Some(self.product_id(name)?),
                    None => None,
                };
                let dimension = self.dimension(left.iter().chain(right))?;
                let left = self.total(left, dimension)?;
                let right = self.total(right, dimension)?;
                Some(LimitBody::Compare(left, *comparison, right, or_none))
            }
        }
    }

    pub(super) fn products(&mut self, names: &[Name]) -> Option<Vec<TargetId>> {
        let mut products = Vec::with_capacity(names.len());
        let mut complete = true;
        for name in names {
            match self.product_id(name) {
                Some(id) if products.contains(&id) => {
                    let place = self.place(name.span);
                    self.report::<()>(found::duplicate_value(place, &name.value));
                }
                Some(id) => products.push(id),
                None => complete = false,
            }
        }
        complete.then_some(products)
    }

    /// `N [UNIT]` in base units of a product; without a unit, in the product's own.
    fn units_of(
        &mut self,
        product: TargetId,
        number: &Number,
        unit: Option<&Name>,
    ) -> Option<Exact> {
        if let Some(unit) = unit {
            return self.base_units(number, unit, product);
        }
        let declared = self.program.target(product)?.declared_unit()?;
        Some(&Exact::from(number.value) * &self.program.unit(declared)?.factor)
    }

    /// What a comparison is measured in: all its terms agree.
    fn dimension<'a>(
        &mut self,
        terms: impl Iterator<Item = &'a ast::LimitTerm>,
    ) -> Option<Dimension> {
        let mut dimension: Option<(Dimension, Place)> = None;
        for term in terms {
            let place = self.place(term.span);
            let own = match &term.measure {
                ast::LimitMeasure::Constant(Some(unit))
                    if self.names.targets.contains_key(&unit.value) =>
                {
                    let place = self.place(unit.span);
                    return self.report(found::product_behind_number(place, &unit.value));
                }
                ast::LimitMeasure::Constant(_) => continue,
                ast::LimitMeasure::Units(name) => Dimension::UnitsOf(self.product_id(name)?),
                ast::LimitMeasure::CreditsOf(name) => {
                    self.product_id(name)?;
                    Dimension::Credits
                }
                ast::LimitMeasure::Allocated | ast::LimitMeasure::Valid => Dimension::Credits,
            };
            match (dimension, own) {
                (None, _) => dimension = Some((own, place)),
                (Some((Dimension::UnitsOf(first), _)), Dimension::UnitsOf(other)) => {
                    self.same_dimension(first, other, place).then_some(())?;
                }
                (Some((Dimension::Credits, _)), Dimension::Credits) => {}
                _ => return self.report(found::credits_against_units(place)),
            }
        }
        // A comparison of numbers alone measures nothing: it is one of credits.
        Some(dimension.map_or(Dimension::Credits, |(dimension, _)| dimension))
    }

    fn total(&mut self, terms: &[ast::LimitTerm], dimension: Dimension) -> Option<Vec<LimitTerm>> {
        let mut total = Vec::with_capacity(terms.len());
        for term in terms {
            let written = term.factor.as_ref();
            let (factor, measure) = match &term.measure {
                ast::LimitMeasure::Constant(unit) => {
                    let number = written?;
                    let value = match (dimension, unit) {
                        (Dimension::UnitsOf(product), unit) => {
                            self.units_of(product, number, unit.as_ref())?
                        }
                        (Dimension::Credits, None) => Exact::from(number.value),
                        (Dimension::Credits, Some(unit)) => {
                            self.unit_id(unit)?;
                            let place = self.place(unit.span);
                            return self.report(found::credits_against_units(place));
                        }
                    };
                    (value, LimitMeasure::Constant)
                }
                measure => {
                    let factor =
                        written.map_or_else(Exact::one, |number| Exact::from(number.value));
                    let measure = match measure {
                        ast::LimitMeasure::Units(name) => {
                            LimitMeasure::Units(self.product_id(name)?)
                        }
                        ast::LimitMeasure::CreditsOf(name) => {
                            LimitMeasure::CreditsOf(self.product_id(name)?)
                        }
                        ast::LimitMeasure::Allocated => LimitMeasure::Allocated,
                        _ => LimitMeasure::Valid,
                    };
                    (factor, measure)
                }
            };
            total.push(LimitTerm { factor: if term.negative { -factor } else { factor }, measure });
        }
        Some(total)
    }
}
