//! The inputs of two rulesets as those of one: by name, with the values that both know.

use crate::plan::{ACCOUNT, Input, InputId, InputKind, Plan, QUANTITY, Set, Value};

/// An input of either ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Var(pub u32);

impl Var {
    /// The quantity in the declared unit.
    pub const QUANTITY: Self = Self(0);
}

/// Which of both rulesets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The one before.
    Old,
    /// The one after.
    New,
}

/// An input of either ruleset.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The values of both, those of the old ruleset first.
    pub kind: InputKind,
    /// The values that every ruleset knows which has the input.
    pub known: Set,
    /// Its place in both.
    ids: [Option<InputId>; 2],
    /// The value of lines that leave it out, in both.
    defaults: [Option<Value>; 2],
    /// Whether it makes a difference to leave it out: some ruleset that has it has no default, or
    /// both have not the same.
    pub may_lack: bool,
}

/// The inputs of both.
#[derive(Debug)]
pub struct World {
    variables: Vec<Variable>,
    of: [Vec<Var>; 2],
}

impl World {
    /// Inputs of one name and kind are one.
    pub fn new(old: &Plan, new: &Plan) -> Self {
        let mut variables: Vec<Variable> = Vec::new();
        let mut of = [Vec::new(), Vec::new()];
        for (side, plan) in [old, new].into_iter().enumerate() {
            for (at, input) in (0..).map(InputId).zip(&plan.inputs) {
                let same = variables.iter().position(|other| {
                    other.name == input.name
                        && std::mem::discriminant(&other.kind)
                            == std::mem::discriminant(&input.kind)
                });
                let known = same.and_then(|same| Some((same, variables.get_mut(same)?)));
                let index = if let Some((same, other)) = known {
                    other.join(input, at);
                    same
                } else {
                    variables.push(Variable::new(input, at, side));
                    variables.len() - 1
                };
                if let Some(of) = of.get_mut(side) {
                    of.push(Var(u32::try_from(index).unwrap_or(u32::MAX)));
                }
            }
        }
        Self { variables, of }
    }

    /// The variable of an input.
    pub fn var(&self, side: Side, input: InputId) -> Var {
        let [old, new] = &self.of;
        let of = if side == Side::Old { old } else { new };
        of.get(input.0 as usize).copied().unwrap_or(Var(u32::MAX))
    }

    /// The input with this number.
    pub fn variable(&self, var: Var) -> Option<&Variable> {
        self.variables.get(var.0 as usize)
    }

    /// Whether an input of this name is of another kind in the other ruleset.
    pub(super) fn is_of_two_kinds(&self, var: Var) -> bool {
        let Some(own) = self.variable(var) else { return false };
        self.variables.iter().filter(|other| other.name == own.name).count() > 1
    }

    /// Every value that is compared.
    pub fn known(&self, var: Var) -> Set {
        self.variable(var).map_or(Set::Choice(Vec::new()), |own| own.known.clone())
    }

    /// A set of values of an input as one of the values of both.
    pub fn set(&self, plan: &Plan, var: Var, input: InputId, set: &Set) -> Set {
        let kinds = self.variable(var).map(|own| &own.kind).zip(plan.input(input));
        match (kinds, set) {
            (Some((InputKind::Choice(all), input)), Set::Choice(members)) => {
                let InputKind::Choice(names) = &input.kind else { return set.clone() };
                let holds = |name: &String| {
                    let at = names.iter().position(|own| own == name);
                    at.and_then(|at| members.get(at)) == Some(&true)
                };
                Set::Choice(all.iter().map(holds).collect())
            }
            _ => set.clone(),
        }
    }
}

impl Variable {
    fn new(input: &Input, id: InputId, side: usize) -> Self {
        let mut ids = [None, None];
        ids.get_mut(side).into_iter().for_each(|own| *own = Some(id));
        let mut defaults = [None, None];
        defaults.get_mut(side).into_iter().for_each(|own| own.clone_from(&input.default));
        let always = id == QUANTITY || id == ACCOUNT;
        Self {
            name: input.name.clone(),
            kind: input.kind.clone(),
            known: Set::full(&input.kind),
            ids,
            defaults,
            may_lack: input.default.is_none() && !always,
        }
    }

    /// The same input of the other ruleset.
    fn join(&mut self, input: &Input, id: InputId) {
        let [_, new] = &mut self.ids;
        *new = Some(id);
        let [before, after] = &mut self.defaults;
        after.clone_from(&input.default);
        let always = id == QUANTITY || id == ACCOUNT;
        self.may_lack = !always
            && !match (&*before, &*after) {
                (Some(Value::Choice(before)), Some(Value::Choice(after))) => {
                    name_of(&self.kind, *before) == name_of(&input.kind, *after)
                }
                (Some(before), Some(after)) => before == after,
                _ => false,
            };
        let (InputKind::Choice(all), InputKind::Choice(names)) = (&mut self.kind, &input.kind)
        else {
            return;
        };
        let both = all.iter().map(|name| names.contains(name)).collect::<Vec<_>>();
        all.extend(names.iter().filter(|name| !all.contains(name)).cloned().collect::<Vec<_>>());
        let mut known = both;
        known.resize(all.len(), false);
        self.known = Set::Choice(known);
    }

    /// The value of lines that leave it out.
    pub fn default(&self, side: Side) -> Option<&Value> {
        let [old, new] = &self.defaults;
        if side == Side::Old { old.as_ref() } else { new.as_ref() }
    }

    /// Whether a ruleset has it.
    pub fn is_of(&self, side: Side) -> bool {
        let [old, new] = self.ids;
        if side == Side::Old { old.is_some() } else { new.is_some() }
    }
}

fn name_of(kind: &InputKind, at: usize) -> Option<&String> {
    match kind {
        InputKind::Choice(names) => names.get(at),
        _ => None,
    }
}
