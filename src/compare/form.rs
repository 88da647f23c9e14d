//! Credits and units as sums of products of what a line may have: exact, in one normal form, so
//! that equal forms are equal values.

use std::collections::BTreeMap;

use super::world::Var;
use crate::period::Term;
use crate::quantity::Exact;

/// Most terms of a form.
const MOST_TERMS: usize = 64;
/// Most atoms of one term.
const MOST_ATOMS: usize = 8;

/// A figure of a line that a form multiplies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    /// A number input; the quantity is one.
    Input(Var),
    /// The periods of the term.
    Periods(Term),
    /// A form, begun ones counted whole. It holds no whole constant.
    Ceil(Box<Form>),
}

impl Atom {
    /// Whether it is this atom, or counts it.
    fn has(&self, atom: &Self) -> bool {
        let counts = |form: &Form| form.atoms().any(|own| own.has(atom));
        self == atom || matches!(self, Self::Ceil(form) if counts(form))
    }
}

/// A sum of products of atoms; the empty product is the constant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Form {
    terms: BTreeMap<Vec<Atom>, Exact>,
}

/// A form as `base + factor × axis`: the first factor of the axis is 1, and it has no constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Along {
    /// What the form is made of.
    pub axis: Form,
    /// Its constant.
    pub base: Exact,
    /// What the axis is multiplied by; not 0.
    pub factor: Exact,
}

impl Form {
    /// A number.
    pub fn constant(number: Exact) -> Self {
        let mut form = Self::default();
        form.add(Vec::new(), number);
        form
    }

    /// A figure of a line.
    pub fn of(atom: Atom) -> Self {
        Self { terms: BTreeMap::from([(vec![atom], Exact::one())]) }
    }

    fn add(&mut self, product: Vec<Atom>, factor: Exact) {
        let sum = match self.terms.get(&product) {
            Some(own) => own + &factor,
            None => factor,
        };
        if sum.is_zero() {
            self.terms.remove(&product);
        } else {
            self.terms.insert(product, sum);
        }
    }

    /// The products of atoms with their factors; the constant has no atom.
    pub fn terms(&self) -> impl Iterator<Item = (&[Atom], &Exact)> {
        self.terms.iter().map(|(product, factor)| (product.as_slice(), factor))
    }

    /// Whether it is 0 for every line.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it has more terms, or longer ones, than anybody writes.
    pub fn is_long(&self) -> bool {
        self.terms.len() > MOST_TERMS || self.terms.keys().any(|product| product.len() > MOST_ATOMS)
    }

    /// Its constant.
    pub fn base(&self) -> Exact {
        self.terms.get(&Vec::new()).cloned().unwrap_or_else(Exact::zero)
    }

    /// The number that it is for every line, if it is one.
    pub fn as_constant(&self) -> Option<Exact> {
        self.terms.keys().all(Vec::is_empty).then(|| self.base())
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        for (product, factor) in &other.terms {
            sum.add(product.clone(), factor.clone());
        }
        sum
    }

    /// The difference of both.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.scaled(&Exact::from(-1)))
    }

    /// So many times it.
    #[must_use]
    pub fn scaled(&self, factor: &Exact) -> Self {
        if factor.is_zero() {
            return Self::default();
        }
        let terms = self.terms.iter().map(|(product, own)| (product.clone(), own * factor));
        Self { terms: terms.collect() }
    }

    /// The product of both.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut all = Self::default();
        for (product, factor) in &self.terms {
            for (other, by) in &other.terms {
                let mut both = [product.as_slice(), other.as_slice()].concat();
                both.sort();
                all.add(both, factor * by);
            }
        }
        all
    }

    /// Whether it is a whole number for every line: a sum of begun forms.
    pub(super) fn is_whole(&self) -> bool {
        let counted = |product: &[Atom]| matches!(product, [Atom::Ceil(_)] | []);
        self.terms().all(|(product, factor)| counted(product) && factor.floor() == *factor)
    }

    /// The smallest whole number that is not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        if let Some(number) = self.as_constant() {
            return Self::constant(number.ceil());
        }
        if self.is_whole() {
            return self.clone();
        }
        let whole = |number: &Exact| number.floor() == *number;
        let base = self.base();
        let rest = self.minus(&Self::constant(base.floor()));
        let mut inner = rest.clone();
        // ⌈⌈x⌉ / n⌉ = ⌈x / n⌉ for a whole n.
        if let [(product, factor)] = rest.terms().collect::<Vec<_>>().as_slice()
            && let [Atom::Ceil(begun)] = product
            && !factor.is_negative()
            && whole(&(Exact::one() / (*factor).clone()))
        {
            inner = begun.scaled(factor);
        }
        Self::of(Atom::Ceil(Box::new(inner))).plus(&Self::constant(base.floor()))
    }

    /// The largest whole number that is not above it.
    #[must_use]
    pub fn floor(&self) -> Self {
        let minus = Exact::from(-1);
        self.scaled(&minus).ceil().scaled(&minus)
    }

    /// Along its axis; `None` for a constant.
    pub fn along(&self) -> Option<Along> {
        let (_, factor) = self.terms.iter().find(|(product, _)| !product.is_empty())?;
        let base = self.base();
        let factor = factor.clone();
        let axis =
            self.minus(&Self::constant(base.clone())).scaled(&(Exact::one() / factor.clone()));
        Some(Along { axis, base, factor })
    }

    /// The only atom that it is, with the factor 1.
    pub fn as_atom(&self) -> Option<&Atom> {
        let mut terms = self.terms();
        match (terms.next(), terms.next()) {
            (Some(([atom], factor)), None) if factor.is_one() => Some(atom),
            _ => None,
        }
    }

    /// Every figure that its products are made of.
    pub fn atoms(&self) -> impl Iterator<Item = &Atom> {
        self.terms.keys().flatten()
    }

    /// A figure that all products of both have.
    pub(super) fn common(&self, other: &Self) -> Option<Atom> {
        let mut products = self.terms.keys().chain(other.terms.keys());
        let first = products.next()?;
        let both = || self.terms.keys().chain(other.terms.keys());
        first.iter().find(|atom| both().all(|product| product.contains(atom))).cloned()
    }

    /// Every product without a figure that it has.
    #[must_use]
    pub(super) fn without(&self, atom: &Atom) -> Self {
        let mut all = Self::default();
        for (product, factor) in &self.terms {
            let mut rest = product.clone();
            if let Some(at) = rest.iter().position(|own| own == atom) {
                rest.remove(at);
            }
            all.add(rest, factor.clone());
        }
        all
    }

    /// One of its inputs by the others, where it is this number.
    pub(super) fn solved(&self, number: &Exact) -> Option<(Atom, Self)> {
        let (atom, factor) = self.terms.iter().rev().find_map(|(product, factor)| {
            let [atom @ Atom::Input(_)] = product.as_slice() else { return None };
            let mut rest = self.terms.keys().filter(|other| *other != product).flatten();
            let once = !rest.any(|other| other.has(atom));
            once.then(|| (atom.clone(), factor.clone()))
        })?;
        let own = Self::of(atom.clone());
        let rest = Self::constant(number.clone()).minus(&self.minus(&own.scaled(&factor)));
        Some((atom, rest.scaled(&(Exact::one() / factor))))
    }

    /// Forms without begun ones that it lies between; `None` where a begun one is multiplied.
    pub(super) fn loosened(&self) -> Option<[Self; 2]> {
        let (mut low, mut high) = (Self::default(), Self::default());
        for (product, factor) in &self.terms {
            let [down, up] = match product.as_slice() {
                [Atom::Ceil(inner)] => {
                    let [down, up] = inner.loosened()?;
                    [down, up.plus(&Self::constant(Exact::one()))]
                }
                atoms if atoms.iter().any(|atom| matches!(atom, Atom::Ceil(_))) => return None,
                atoms => {
                    let own = Self { terms: BTreeMap::from([(atoms.to_vec(), Exact::one())]) };
                    [own.clone(), own]
                }
            };
            let (down, up) = if factor.is_negative() { (up, down) } else { (down, up) };
            low = low.plus(&down.scaled(factor));
            high = high.plus(&up.scaled(factor));
        }
        Some([low, high])
    }

    /// The form with what is known of its figures in their place.
    #[must_use]
    pub(super) fn with(&self, known: &dyn Fn(&Atom) -> Option<Self>) -> Self {
        let mut all = Self::default();
        for (product, factor) in self.terms() {
            let mut own = Self::constant(factor.clone());
            for atom in product {
                own = own.times(&match (known(atom), atom) {
                    (Some(form), _) => form,
                    (None, Atom::Ceil(form)) => form.with(known).ceil(),
                    (None, atom) => Self::of(atom.clone()),
                });
            }
            all = all.plus(&own);
        }
        all
    }

    /// Its value, where every atom but begun forms has one; `None` where one lacks.
    pub fn value(&self, of: &impl Fn(&Atom) -> Option<Exact>) -> Option<Exact> {
        let mut sum = Exact::zero();
        for (product, factor) in self.terms() {
            let values = product.iter().map(|atom| match atom {
                Atom::Ceil(form) => form.value(of).map(|value| value.ceil()),
                atom => of(atom),
            });
            let values: Vec<Option<Exact>> = values.collect();
            // Nothing of what is not known is nothing: no units need no term.
            if values.iter().flatten().any(Exact::is_zero) {
                continue;
            }
            let known: Option<Vec<Exact>> = values.into_iter().collect();
            sum = sum + known?.into_iter().fold(factor.clone(), |own, value| own * value);
        }
        Some(sum)
    }

    /// The form where one input has this value.
    #[must_use]
    pub fn at(&self, input: Var, value: &Exact) -> Self {
        self.with(&|atom| (*atom == Atom::Input(input)).then(|| Self::constant(value.clone())))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::compare) fn number(number: i64) -> Exact {
        Exact::from(number)
    }

    pub(in crate::compare) fn quantity() -> Form {
        Form::of(Atom::Input(Var::QUANTITY))
    }

    #[test]
    fn equal_sums_are_one_form() {
        let cores = Form::of(Atom::Input(Var(2)));
        let one = quantity().plus(&cores).times(&Form::constant(number(2)));
        let other = cores.scaled(&number(2)).plus(&quantity()).plus(&quantity());
        assert_eq!(one, other);
        assert!(one.minus(&other).is_zero());
        let square = quantity().plus(&Form::constant(number(1))).times(&cores);
        assert_eq!(square, cores.times(&quantity()).plus(&cores));
    }

    #[test]
    fn begun_forms_are_one_form() {
        let half = Exact::one() / number(2);
        let begun = quantity().scaled(&half).ceil();
        assert_eq!(begun.ceil(), begun);
        assert_eq!(
            begun.plus(&Form::constant(number(3))).ceil(),
            begun.plus(&Form::constant(number(3)))
        );
        assert_eq!(
            begun.scaled(&half).ceil(),
            quantity().scaled(&(Exact::one() / number(4))).ceil()
        );
        let shifted = quantity().plus(&Form::constant(number(5)));
        assert_eq!(shifted.ceil(), quantity().ceil().plus(&Form::constant(number(5))));
        let at = |form: &Form, value: i64| form.value(&|_| Some(number(value)));
        assert_eq!(at(&quantity().scaled(&half).floor(), 5), Some(number(2)));
        assert_eq!(at(&begun, 5), Some(number(3)));
        assert_eq!(begun.at(Var::QUANTITY, &number(5)), Form::constant(number(3)));
    }

    #[test]
    fn axes_have_no_constant_and_begin_with_one() {
        let form = quantity().scaled(&number(-2)).plus(&Form::constant(number(7)));
        let along = form.along().unwrap();
        assert_eq!((along.axis, along.base, along.factor), (quantity(), number(7), number(-2)));
        assert_eq!(Form::constant(number(3)).along(), None);
    }
}
