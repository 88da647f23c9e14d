//! What is known of each product on the way, and how to take it back.

use super::model::{Model, Term};
use super::number::{Number, down_to, nearest, up_to};

/// No allocation is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Empty;

/// What is known of a product.
#[derive(Debug, Clone)]
pub(super) struct Domain<N> {
    /// The fewest and the most units, where it may change.
    pub low: N,
    pub high: N,
    /// Whether it may still stay at today's units, whatever the range.
    pub open: bool,
    /// Credits of the range.
    pub credits: (N, N),
    /// The units that are tried.
    pub at: N,
    /// Their credits.
    pub worth: N,
    /// Whether so many are refused.
    pub refused: bool,
}

impl<N: Number> Domain<N> {
    pub(super) fn is_settled(&self) -> bool {
        !self.open && self.low == self.high
    }
}

/// What was before.
enum Undo<N> {
    Domain(usize, Box<Domain<N>>),
    Total((N, N)),
    Changes(usize),
}

/// What is known of all products.
pub(super) struct State<'a, N> {
    pub model: &'a Model<N>,
    pub domains: Vec<Domain<N>>,
    /// Credits of the whole allocation.
    pub total: (N, N),
    /// How many of the products that are open may change.
    pub changes: usize,
    /// Products that changed since this was last emptied.
    pub touched: Vec<usize>,
    trail: Vec<Undo<N>>,
}

impl<'a, N: Number> State<'a, N> {
    /// What is known at first. At most so many products that are open change.
    pub(super) fn new(model: &'a Model<N>, open: &[bool], changes: usize) -> Result<Self, Empty> {
        let mut domains = Vec::with_capacity(model.products.len());
        for (at, product) in model.products.iter().enumerate() {
            let zero = (N::zero(), N::zero());
            domains.push(Domain {
                low: up_to(&product.range.0, &product.stride),
                high: down_to(&product.range.1, &product.stride),
                open: open.get(at).copied().unwrap_or(false) && product.may_stay(),
                credits: zero,
                at: product.current.clone(),
                worth: product.worth.clone(),
                refused: false,
            });
        }
        let total = model.total.clone();
        let mut state =
            Self { model, domains, total, changes, touched: Vec::new(), trail: Vec::new() };
        for at in 0..model.products.len() {
            let Some(domain) = state.domains.get(at) else { continue };
            if domain.open && domain.low > domain.high {
                state.pin(at)?;
            } else {
                let (low, high) = (domain.low.clone(), domain.high.clone());
                state.narrow(at, low, high)?;
            }
        }
        state.trail.clear();
        Ok(state)
    }

    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    pub(super) fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            match self.trail.pop() {
                Some(Undo::Domain(at, domain)) => {
                    if let Some(own) = self.domains.get_mut(at) {
                        *own = *domain;
                    }
                }
                Some(Undo::Total(total)) => self.total = total,
                Some(Undo::Changes(changes)) => self.changes = changes,
                None => {}
            }
        }
        self.touched.clear();
    }

    fn keep(&mut self, at: usize) -> Option<&mut Domain<N>> {
        let domain = self.domains.get_mut(at)?;
        self.trail.push(Undo::Domain(at, Box::new(domain.clone())));
        self.touched.push(at);
        Some(domain)
    }

    /// Credits of the whole allocation lie here.
    pub(super) fn bound_total(&mut self, least: &N, most: &N) -> Result<bool, Empty> {
        let narrower = *least > self.total.0 || *most < self.total.1;
        if narrower {
            self.trail.push(Undo::Total(self.total.clone()));
            self.total.0 = self.total.0.clone().max(least.clone());
            self.total.1 = self.total.1.clone().min(most.clone());
        }
        if self.total.0 > self.total.1 { Err(Empty) } else { Ok(narrower) }
    }

    /// Whether a product may have no units.
    pub(super) fn may_be_none(&self, at: usize) -> bool {
        let Some(domain) = self.domains.get(at) else { return false };
        let stays = domain.open && self.today(at).is_zero();
        stays || (domain.low.is_zero() && (!domain.open || self.changes > 0))
    }

    /// Whether a product may have units.
    pub(super) fn may_be_some(&self, at: usize) -> bool {
        let Some(domain) = self.domains.get(at) else { return false };
        let stays = domain.open && self.today(at).is_positive();
        stays || (domain.high.is_positive() && (!domain.open || self.changes > 0))
    }

    fn today(&self, at: usize) -> N {
        self.model.products.get(at).map_or_else(N::zero, |product| product.current.clone())
    }

    /// It stays at today's units.
    pub(super) fn pin(&mut self, at: usize) -> Result<(), Empty> {
        let today = self.today(at);
        let domain = self.keep(at).ok_or(Empty)?;
        domain.open = false;
        domain.low = today.clone();
        domain.high = today;
        self.refresh(at)
    }

    /// It does not stay at today's units.
    pub(super) fn change(&mut self, at: usize) -> Result<(), Empty> {
        if self.changes == 0 {
            return Err(Empty);
        }
        self.trail.push(Undo::Changes(self.changes));
        self.changes -= 1;
        let domain = self.keep(at).ok_or(Empty)?;
        domain.open = false;
        if domain.low > domain.high {
            return Err(Empty);
        }
        self.refresh(at)?;
        if self.changes == 0 {
            let open: Vec<usize> = self.open().collect();
            for at in open {
                self.pin(at)?;
            }
        }
        Ok(())
    }

    pub(super) fn open(&self) -> impl Iterator<Item = usize> {
        self.domains.iter().enumerate().filter(|(_, domain)| domain.open).map(|(at, _)| at)
    }

    /// Its units lie here, even if they are those of today.
    pub(super) fn bound(&mut self, at: usize, low: &N, high: &N) -> Result<(), Empty> {
        let today = self.today(at);
        let Some(domain) = self.domains.get(at) else { return Err(Empty) };
        let fits = *low <= today && today <= *high;
        if domain.open && !fits {
            self.change(at)?;
        }
        self.bound_changed(at, low, high)
    }

    /// Its units lie here if they are not those of today.
    pub(super) fn bound_changed(&mut self, at: usize, low: &N, high: &N) -> Result<(), Empty> {
        let Some(domain) = self.domains.get(at) else { return Err(Empty) };
        if *low <= domain.low && domain.high <= *high {
            return Ok(());
        }
        let (low, high) =
            (domain.low.clone().max(low.clone()), domain.high.clone().min(high.clone()));
        let stride = self.model.products.get(at).map_or_else(N::one, |own| own.stride.clone());
        let (low, high) = (up_to(&low, &stride), down_to(&high, &stride));
        if low > high {
            return if domain.open { self.pin(at) } else { Err(Empty) };
        }
        self.narrow(at, low, high)
    }

    fn narrow(&mut self, at: usize, low: N, high: N) -> Result<(), Empty> {
        let domain = self.keep(at).ok_or(Empty)?;
        domain.low = low;
        domain.high = high;
        self.refresh(at)
    }

    /// What follows from the range of a product.
    fn refresh(&mut self, at: usize) -> Result<(), Empty> {
        let model = self.model;
        let product = model.products.get(at).ok_or(Empty)?;
        let domain = self.domains.get_mut(at).ok_or(Empty)?;
        if domain.low > domain.high {
            return Err(Empty);
        }
        domain.at = if domain.open {
            product.current.clone()
        } else {
            let nearest = nearest(&product.wanted, &product.stride);
            nearest.clamp(domain.low.clone(), domain.high.clone())
        };
        let Some(shared) = product.shared.and_then(|at| model.shared.get(at)) else {
            let Some(range) = product.cost.range(&domain.low, &domain.high) else {
                return if domain.open { self.pin(at) } else { Err(Empty) };
            };
            let worth =
                if domain.open { Some(product.worth.clone()) } else { product.cost.at(&domain.at) };
            domain.refused = worth.is_none();
            domain.worth = worth.unwrap_or_else(|| range.1.clone());
            domain.credits = range;
            return Ok(());
        };
        let of = |member: &usize| self.domains.get(*member);
        let ranges = shared.members.iter().map(|member| {
            of(member).map_or_else(
                || (N::zero(), N::zero()),
                |own| {
                    let today = model.products.get(*member).map(|own| own.current.clone());
                    let today = today.filter(|_| own.open);
                    let low = today.clone().map_or(own.low.clone(), |now| now.min(own.low.clone()));
                    (low, today.map_or(own.high.clone(), |now| now.max(own.high.clone())))
                },
            )
        });
        let ranges: Vec<(N, N)> = ranges.collect();
        let bounds = shared.bounds(&model.products, &ranges).ok_or(Empty)?;
        let tried: Vec<(N, N)> = shared
            .members
            .iter()
            .filter_map(of)
            .map(|own| (own.at.clone(), own.at.clone()))
            .collect();
        let worth = shared.bounds(&model.products, &tried);
        for (position, member) in shared.members.iter().enumerate() {
            let each = bounds.each.get(position).cloned().ok_or(Empty)?;
            let Some(own) = self.domains.get(*member) else { continue };
            let tried = worth.as_ref().and_then(|worth| worth.each.get(position));
            // Of a member's part in what is shared nothing is known before the units are.
            let (refused, worth) = match tried {
                None => (true, each.1.clone()),
                Some((_, most)) => (false, most.clone()),
            };
            if own.credits != each || own.worth != worth || own.refused != refused {
                let own = self.keep(*member).ok_or(Empty)?;
                own.credits = each;
                own.worth = worth;
                own.refused = refused;
            }
        }
        Ok(())
    }

    /// Bounds of the credits of products that share a rate: of their ranges, or as tried.
    pub(super) fn shared_bounds(&self, at: usize, tried: bool) -> Option<(N, N)> {
        let shared = self.model.shared.get(at)?;
        let ranges = shared.members.iter().map(|member| {
            let domain = self.domains.get(*member)?;
            let today = self.model.products.get(*member)?.current.clone();
            Some(if tried {
                (domain.at.clone(), domain.at.clone())
            } else if domain.open {
                (today.clone().min(domain.low.clone()), today.max(domain.high.clone()))
            } else {
                (domain.low.clone(), domain.high.clone())
            })
        });
        let ranges: Option<Vec<(N, N)>> = ranges.collect();
        Some(shared.bounds(&self.model.products, &ranges?)?.all)
    }

    /// How many of some products may have units where so many of others may.
    pub(super) fn at_most_of(&self, of: &[usize], others: &[usize], most: usize) -> usize {
        let outside = of.iter().filter(|at| !others.contains(at) && self.may_be_some(**at));
        let surely = others.iter().filter(|at| !of.contains(at) && !self.may_be_none(**at));
        outside.count() + most.saturating_sub(surely.count())
    }

    /// The least that a product adds to a sum, where it may change.
    pub(super) fn least(&self, term: &Term<N>) -> N {
        let (Some(domain), Some(product)) =
            (self.domains.get(term.product), self.model.products.get(term.product))
        else {
            return N::zero();
        };
        let mut sum = N::zero();
        if !term.units.is_zero() {
            let units = if term.units.is_negative() { &domain.high } else { &domain.low };
            sum = sum + term.units.clone() * units.clone();
        }
        let (least, most) = &domain.credits;
        if !term.credits.is_zero() {
            let credits = if term.credits.is_negative() { most } else { least };
            sum = sum + term.credits.clone() * credits.clone();
        }
        if !term.moved.is_zero() {
            let worth = &product.worth;
            let own = product.shared.and_then(|_| product.cost.range(&domain.low, &domain.high));
            let (least, most) = own.as_ref().unwrap_or(&domain.credits);
            let above = least.clone() - worth.clone();
            let below = worth.clone() - most.clone();
            sum = sum + term.moved.clone() * above.max(below).max(N::zero());
        }
        sum
    }

    /// What a product adds to a sum with some units that cost so much.
    pub(super) fn adds(&self, term: &Term<N>, units: &N, credits: &N) -> N {
        let mut sum = N::zero();
        if !term.units.is_zero() {
            sum = sum + term.units.clone() * units.clone();
        }
        if !term.credits.is_zero() {
            sum = sum + term.credits.clone() * credits.clone();
        }
        if !term.moved.is_zero()
            && let Some(product) = self.model.products.get(term.product)
        {
            let own = product.shared.and_then(|_| product.cost.at(units));
            let credits = own.as_ref().unwrap_or(credits);
            sum = sum + term.moved.clone() * (credits.clone() - product.worth.clone()).abs();
        }
        sum
    }

    /// What a product adds to a sum as it is tried.
    pub(super) fn tried(&self, term: &Term<N>) -> N {
        self.domains
            .get(term.product)
            .map_or_else(N::zero, |domain| self.adds(term, &domain.at, &domain.worth))
    }
}
