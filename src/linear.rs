//! Linear inequalities in exact numbers: a point that satisfies them, or the answer that none does.
//!
//! The simplex method with Bland's rule, which never cycles. Variables are at least 0. Strict
//! inequalities share one slack of at most 1, which is made as large as need be to be above 0.

use std::collections::BTreeMap;

use crate::quantity::Exact;

/// How a sum compares with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// At most the bound.
    AtMost,
    /// At least the bound.
    AtLeast,
    /// The bound.
    Equal,
    /// Less than the bound.
    Below,
    /// More than the bound.
    Above,
}

/// One inequality: a sum of variables, each times a factor, against a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Variables, by number, and their factors; a variable may stand more than once.
    pub terms: Vec<(usize, Exact)>,
    /// How they compare.
    pub relation: Relation,
    /// With what.
    pub bound: Exact,
}

impl Row {
    /// An inequality.
    pub fn new(terms: Vec<(usize, Exact)>, relation: Relation, bound: Exact) -> Self {
        Self { terms, relation, bound }
    }

    /// Whether it holds at a point; variables that the point leaves out are 0.
    pub fn holds(&self, point: &[Exact]) -> bool {
        let values = self.terms.iter().map(|(variable, factor)| {
            point.get(*variable).map_or_else(Exact::zero, |value| value * factor)
        });
        let sum = values.fold(Exact::zero(), |sum, value| sum + value);
        match self.relation {
            Relation::AtMost => sum <= self.bound,
            Relation::AtLeast => sum >= self.bound,
            Relation::Equal => sum == self.bound,
            Relation::Below => sum < self.bound,
            Relation::Above => sum > self.bound,
        }
    }
}

/// The steps that are left to take; a step is about one multiplication. Counting steps and never
/// time keeps every answer the same on every machine.
#[derive(Debug)]
pub struct Work {
    left: usize,
}

/// No steps are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

impl Work {
    /// So many steps.
    pub fn new(left: usize) -> Self {
        Self { left }
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes so many steps.
    pub fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Exhausted)
    }
}

/// Values of the variables at which all rows hold, if there are any.
pub fn point(
    rows: &[&Row],
    variables: usize,
    work: &mut Work,
) -> Result<Option<Vec<Exact>>, Exhausted> {
    let mut tableau = Tableau::new(rows, variables);
    if !tableau.fill(work)? {
        return Ok(None);
    }
    let strict = rows.iter().any(|row| matches!(row.relation, Relation::Below | Relation::Above));
    if strict && !tableau.raise(variables, work)? {
        return Ok(None);
    }
    Ok(Some((0..variables).map(|variable| tableau.value(variable)).collect()))
}

type Sparse = BTreeMap<usize, Exact>;

/// Equations, each solved for its basic variable; all other variables are 0. Columns from
/// `columns` on are artificial: they stand for what an equation lacks, and never come back.
struct Tableau {
    equations: Vec<Equation>,
    columns: usize,
}

struct Equation {
    basic: usize,
    factors: Sparse,
    /// At least 0.
    right: Exact,
}

impl Equation {
    /// Takes a multiple of another equation away.
    fn subtract(&mut self, factor: &Exact, other: &Sparse, right: &Exact) {
        subtract(&mut self.factors, factor, other);
        self.right = &self.right - &(factor * right);
    }
}

fn subtract(factors: &mut Sparse, factor: &Exact, other: &Sparse) {
    for (column, value) in other {
        let old = factors.remove(column).unwrap_or_else(Exact::zero);
        let new = old - factor * value;
        if !new.is_zero() {
            factors.insert(*column, new);
        }
    }
}

impl Tableau {
    fn new(rows: &[&Row], variables: usize) -> Self {
        let shared = variables;
        let columns = shared + rows.len() + 2;
        let mut equations = Vec::with_capacity(rows.len() + 1);
        let least = Row::new(vec![(shared, Exact::one())], Relation::AtMost, Exact::one());
        for (index, row) in rows.iter().copied().chain([&least]).enumerate() {
            let mut factors = Sparse::new();
            for (variable, factor) in &row.terms {
                subtract(
                    &mut factors,
                    &-factor.clone(),
                    &Sparse::from([(*variable, Exact::one())]),
                );
            }
            let slack = match row.relation {
                Relation::AtMost | Relation::Below => Some(Exact::one()),
                Relation::AtLeast | Relation::Above => Some(-Exact::one()),
                Relation::Equal => None,
            };
            if let Some(slack) = &slack {
                factors.insert(shared + 1 + index, slack.clone());
                if matches!(row.relation, Relation::Below | Relation::Above) {
                    factors.insert(shared, slack.clone());
                }
            }
            let rises = slack.as_ref().is_some_and(|slack| !slack.is_negative());
            // The side above 0 stands right; at 0, the slack is to be the basic variable.
            let flip =
                row.bound.is_negative() || (row.bound.is_zero() && slack.is_some() && !rises);
            let mut right = row.bound.clone();
            if flip {
                factors = factors.into_iter().map(|(column, factor)| (column, -factor)).collect();
                right = -right;
            }
            let basic =
                if slack.is_some() && rises != flip { shared + 1 + index } else { columns + index };
            equations.push(Equation { basic, factors, right });
        }
        Self { equations, columns }
    }

    fn value(&self, variable: usize) -> Exact {
        let found = self.equations.iter().find(|equation| equation.basic == variable);
        found.map_or_else(Exact::zero, |equation| equation.right.clone())
    }

    /// Drives what the equations lack down to 0; whether that is possible.
    fn fill(&mut self, work: &mut Work) -> Result<bool, Exhausted> {
        let mut goal = Sparse::new();
        for equation in self.equations.iter().filter(|equation| equation.basic >= self.columns) {
            subtract(&mut goal, &-Exact::one(), &equation.factors);
        }
        loop {
            let columns = self.columns;
            let lacking =
                |equation: &&Equation| equation.basic >= columns && !equation.right.is_zero();
            if !self.equations.iter().any(|equation| lacking(&equation)) {
                break;
            }
            if !self.step(&mut goal, work)? {
                return Ok(false);
            }
        }
        // An artificial variable that is 0 makes room for another one, or its equation says nothing.
        while let Some(at) =
            self.equations.iter().position(|equation| equation.basic >= self.columns)
        {
            let column =
                self.equations.get(at).and_then(|equation| equation.factors.keys().next().copied());
            match column {
                Some(column) => self.pivot(at, column, &mut goal, work)?,
                None => drop(self.equations.swap_remove(at)),
            }
        }
        Ok(true)
    }

    /// Raises a variable that has an upper bound above 0; whether that is possible.
    fn raise(&mut self, variable: usize, work: &mut Work) -> Result<bool, Exhausted> {
        let mut goal = match self.equations.iter().find(|equation| equation.basic == variable) {
            Some(equation) => {
                let others = equation.factors.iter().filter(|(column, _)| **column != variable);
                others.map(|(column, factor)| (*column, -factor.clone())).collect()
            }
            None => Sparse::from([(variable, Exact::one())]),
        };
        while self.value(variable).is_zero() {
            if !self.step(&mut goal, work)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One step of Bland's rule towards a goal; false at its maximum.
    fn step(&mut self, goal: &mut Sparse, work: &mut Work) -> Result<bool, Exhausted> {
        let rises = goal.iter().find(|(_, factor)| **factor > Exact::zero());
        let Some(column) = rises.map(|(column, _)| *column) else { return Ok(false) };
        work.spend(self.equations.len())?;
        let leaving = self
            .equations
            .iter()
            .enumerate()
            .filter_map(|(at, equation)| {
                let factor = equation.factors.get(&column).filter(|f| **f > Exact::zero())?;
                Some((equation.right.clone() / factor.clone(), equation.basic, at))
            })
            .min();
        // Goals are bounded: some equation always holds the variable back.
        let Some((_, _, at)) = leaving else { return Ok(false) };
        self.pivot(at, column, goal, work)?;
        Ok(true)
    }

    /// Solves an equation for another of its variables and puts that into all others.
    fn pivot(
        &mut self,
        at: usize,
        column: usize,
        goal: &mut Sparse,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let Some(equation) = self.equations.get_mut(at) else { return Ok(()) };
        let Some(by) = equation.factors.get(&column).cloned() else { return Ok(()) };
        for factor in equation.factors.values_mut() {
            *factor = factor.clone() / by.clone();
        }
        equation.right = equation.right.clone() / by;
        equation.basic = column;
        let (factors, right) = (equation.factors.clone(), equation.right.clone());
        // Long numbers are slow ones.
        let weight = if factors.values().any(Exact::is_long) { 16 } else { 1 };
        for (other, equation) in self.equations.iter_mut().enumerate() {
            if other != at
                && let Some(factor) = equation.factors.get(&column).cloned()
            {
                work.spend((factors.len() + 1) * weight)?;
                equation.subtract(&factor, &factors, &right);
            }
        }
        if let Some(factor) = goal.get(&column).cloned() {
            subtract(goal, &factor, &factors);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
