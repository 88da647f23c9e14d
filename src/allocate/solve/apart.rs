//! A model cut into parts that no constraint ties together, but those on the credits of all.

use super::model::{Constraint, Model, Sum, Term};
use super::number::Number;
use super::shared::Shared;

/// Products that constraints tie together.
#[derive(Debug)]
pub struct Part<N> {
    /// Their places in the whole.
    pub products: Vec<usize>,
    /// They alone, in this order.
    pub model: Model<N>,
}

/// The parts of a model. Constraints on the credits of the whole allocation are left out.
pub fn apart<N: Number>(model: &Model<N>) -> Vec<Part<N>> {
    let mut ties = Ties((0..model.products.len()).collect());
    let own = |constraint: &&Constraint<N>| !is_of_all(constraint);
    for constraint in model.constraints.iter().filter(own) {
        ties.tie(&constraint.products());
    }
    for shared in &model.shared {
        ties.tie(&shared.members);
    }
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); model.products.len()];
    let mut places = vec![0; model.products.len()];
    let mut of = vec![0; model.products.len()];
    for at in 0..model.products.len() {
        let root = ties.root(at);
        if let (Some(part), Some(place), Some(own)) =
            (parts.get_mut(root), places.get_mut(at), of.get_mut(at))
        {
            (*place, *own) = (part.len(), root);
            part.push(at);
        }
    }
    let place = |at: usize| places.get(at).copied().unwrap_or_default();
    let root = |at: Option<&usize>| at.and_then(|at| of.get(*at)).copied();
    let mut constraints: Vec<Vec<Constraint<N>>> = vec![Vec::new(); parts.len()];
    for constraint in model.constraints.iter().filter(own) {
        let root = root(constraint.products().first()).unwrap_or_default();
        if let Some(own) = constraints.get_mut(root) {
            own.push(moved(constraint, &place));
        }
    }
    let mut shared: Vec<Vec<Shared<N>>> = vec![Vec::new(); parts.len()];
    let mut positions = vec![None; model.shared.len()];
    for (own, position) in model.shared.iter().zip(&mut positions) {
        let root = root(own.members.first()).unwrap_or_default();
        if let Some(part) = shared.get_mut(root) {
            *position = Some(part.len());
            let members = own.members.iter().map(|at| place(*at)).collect();
            part.push(Shared { members, ..own.clone() });
        }
    }
    let all = parts.into_iter().zip(constraints).zip(shared);
    all.filter(|((products, _), _)| !products.is_empty())
        .map(|((products, constraints), shared)| {
            let own = products.iter().filter_map(|at| model.products.get(*at).cloned());
            let own = own.map(|mut product| {
                product.shared = product.shared.and_then(|at| positions.get(at).copied().flatten());
                product
            });
            // The least credits are those of all parts together.
            let total = (N::zero(), model.total.1.clone());
            let model = Model { products: own.collect(), shared, constraints, total };
            Part { products, model }
        })
        .collect()
}

fn is_of_all<N: Number>(constraint: &Constraint<N>) -> bool {
    let products = constraint.products();
    products.is_empty() || matches!(constraint, Constraint::Sum(sum) if !sum.total.is_zero())
}

fn moved<N: Number>(constraint: &Constraint<N>, place: &impl Fn(usize) -> usize) -> Constraint<N> {
    let all = |of: &[usize]| of.iter().map(|at| place(*at)).collect();
    match constraint {
        Constraint::Needs(product, of) => Constraint::Needs(place(*product), all(of)),
        Constraint::Count { of, least, most } => {
            Constraint::Count { of: all(of), least: *least, most: *most }
        }
        Constraint::Sum(sum) => {
            let terms = sum.terms.iter();
            let terms = terms.map(|term| Term { product: place(term.product), ..term.clone() });
            Constraint::Sum(Sum {
                terms: terms.collect(),
                or_none: sum.or_none.map(place),
                ..sum.clone()
            })
        }
    }
}

/// Of each product another that it is tied to, or itself.
struct Ties(Vec<usize>);

impl Ties {
    fn root(&self, mut at: usize) -> usize {
        while let Some(next) = self.0.get(at).copied().filter(|next| *next != at) {
            at = next;
        }
        at
    }

    fn tie(&mut self, products: &[usize]) {
        let Some(first) = products.iter().map(|at| self.root(*at)).min() else { return };
        for at in products {
            let mut at = *at;
            // The way to the root is made short as it is gone.
            while let Some(next) = self.0.get_mut(at).filter(|next| **next != first) {
                at = std::mem::replace(next, first);
            }
        }
    }
}
