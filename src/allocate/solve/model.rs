//! What is searched: products with their units, and what must hold of them together.

use super::cost::Cost;
use super::number::Number;
use super::shared::Shared;

/// Products and what must hold of their units. Credits are whole numbers of one small unit.
#[derive(Debug, Clone)]
pub struct Model<N> {
    /// Products, by number, in the order of the file.
    pub products: Vec<Product<N>>,
    /// Products that cost less together.
    pub shared: Vec<Shared<N>>,
    /// What must hold.
    pub constraints: Vec<Constraint<N>>,
    /// The fewest and the most credits that may be allocated.
    pub total: (N, N),
}

/// A product.
#[derive(Debug, Clone)]
pub struct Product<N> {
    /// The fewest and the most units.
    pub range: (N, N),
    /// Units are multiples of this.
    pub stride: N,
    /// Units of today.
    pub current: N,
    /// Credits of those by its own rate; of units that have none, 0.
    pub worth: N,
    /// The units that are tried first.
    pub wanted: N,
    /// Credits of its units; of a member of `shared`, of those that are charged by its own rate.
    pub cost: Cost<N>,
    /// Which of `shared` it belongs to.
    pub shared: Option<usize>,
}

/// What must hold of an allocation.
#[derive(Debug, Clone)]
pub enum Constraint<N> {
    /// A sum has a most.
    Sum(Sum<N>),
    /// Any units of the first need some of one of the others.
    Needs(usize, Vec<usize>),
    /// The number of products with any units.
    Count {
        /// The products.
        of: Vec<usize>,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
}

/// A sum over products that is at most something.
#[derive(Debug, Clone)]
pub struct Sum<N> {
    /// What each product adds.
    pub terms: Vec<Term<N>>,
    /// How often the credits of the whole allocation are added.
    pub total: N,
    /// The most.
    pub most: N,
    /// The sum may be anything where this product has no units.
    pub or_none: Option<usize>,
}

/// What a product adds to a sum.
#[derive(Debug, Clone)]
pub struct Term<N> {
    /// The product.
    pub product: usize,
    /// For each unit.
    pub units: N,
    /// For each credit.
    pub credits: N,
    /// For each credit by which its units, by its own rate, differ from today's; not below 0.
    pub moved: N,
}

impl<N: Number> Model<N> {
    /// The same with a constraint broken, in every way in which it can be.
    pub fn breaking(&self, constraint: &Constraint<N>) -> Vec<Self> {
        let with = |some: Option<usize>, none: &[usize], constraint: Option<Constraint<N>>| {
            let mut model = self.clone();
            if let Some(product) = some.and_then(|at| model.products.get_mut(at)) {
                product.range.0 = product.range.0.clone().max(N::one());
            }
            for at in none {
                if let Some(product) = model.products.get_mut(*at) {
                    product.range.1 = product.range.1.clone().min(N::zero());
                }
            }
            model.constraints.extend(constraint);
            model
        };
        match constraint {
            Constraint::Sum(sum) => {
                let terms = sum.terms.iter().map(|term| Term {
                    product: term.product,
                    units: -term.units.clone(),
                    credits: -term.credits.clone(),
                    moved: -term.moved.clone(),
                });
                let broken = Sum {
                    terms: terms.collect(),
                    total: -sum.total.clone(),
                    most: -sum.most.clone() - N::one(),
                    or_none: None,
                };
                vec![with(sum.or_none, &[], Some(Constraint::Sum(broken)))]
            }
            Constraint::Needs(product, others) => vec![with(Some(*product), others, None)],
            Constraint::Count { of, least, most } => {
                let count = |least, most| Constraint::Count { of: of.clone(), least, most };
                let fewer = least.checked_sub(1).map(|most| count(0, most));
                let more = (*most < of.len()).then(|| count(most + 1, of.len()));
                fewer.into_iter().chain(more).map(|own| with(None, &[], Some(own))).collect()
            }
        }
    }
}

impl<N: Number> Product<N> {
    /// Whether today's units are among those that it may have.
    pub fn may_stay(&self) -> bool {
        let (least, most) = &self.range;
        let today = &self.current;
        least <= today && today <= most && today.is_multiple_of(&self.stride)
    }
}

impl<N: Number> Term<N> {
    /// So much for each unit.
    pub fn units(product: usize, units: N) -> Self {
        Self { product, units, credits: N::zero(), moved: N::zero() }
    }

    /// So much for each credit.
    pub fn credits(product: usize, credits: N) -> Self {
        Self { product, units: N::zero(), credits, moved: N::zero() }
    }

    /// So much for each credit by which it differs from today's.
    pub fn moved(product: usize, moved: N) -> Self {
        Self { product, units: N::zero(), credits: N::zero(), moved }
    }
}

impl<N: Number> Constraint<N> {
    /// The same constraint in other numbers; `None` where one does not fit.
    pub fn map<M>(&self, number: &impl Fn(&N) -> Option<M>) -> Option<Constraint<M>> {
        Some(match self {
            Self::Needs(product, of) => Constraint::Needs(*product, of.clone()),
            Self::Count { of, least, most } => {
                Constraint::Count { of: of.clone(), least: *least, most: *most }
            }
            Self::Sum(sum) => {
                let terms = sum.terms.iter().map(|term| {
                    Some(Term {
                        product: term.product,
                        units: number(&term.units)?,
                        credits: number(&term.credits)?,
                        moved: number(&term.moved)?,
                    })
                });
                Constraint::Sum(Sum {
                    terms: terms.collect::<Option<_>>()?,
                    total: number(&sum.total)?,
                    most: number(&sum.most)?,
                    or_none: sum.or_none,
                })
            }
        })
    }

    /// The products that it speaks of; the whole allocation is not among them.
    pub(super) fn products(&self) -> Vec<usize> {
        match self {
            Self::Sum(sum) => {
                let own = sum.terms.iter().map(|term| term.product);
                own.chain(sum.or_none).collect()
            }
            Self::Needs(product, of) => {
                std::iter::once(*product).chain(of.iter().copied()).collect()
            }
            Self::Count { of, .. } => of.clone(),
        }
    }
}
