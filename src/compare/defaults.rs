//! Lines that leave an input out, where two rulesets give it different defaults.

use super::cell::{Cell, Span};
use super::form::{Atom, Form};
use super::world::{Side, Var, World};
use super::{Both, Change, Rules};
use crate::plan::{Input, InputId, Plan, Set, TargetId, Value};
use crate::quantity::Exact;

/// Whether lines that leave an input out become the same in two rulesets with the same products and
/// licenses in the same order.
pub fn defaults_are_alike(old: Rules<'_>, new: Rules<'_>, input: &str) -> bool {
    let world = World::apart(old.plan, new.plan, Some(input));
    let mut start = Cell::default();
    for (side, plan) in [(Side::Old, old.plan), (Side::New, new.plan)] {
        let Some((id, known)) = find(plan, input) else { continue };
        fix(&mut start, &world, (plan, known), (world.var(side, id), id));
    }
    let both = Both { old, new, world: &world, start: &start };
    let same = |change: &Change| matches!(change, Change::Same | Change::Never | Change::Any);
    let rules = 0..u32::try_from(old.plan.rules.len()).unwrap_or(u32::MAX);
    let excludes = both.excludes();
    excludes.iter().all(|region| same(&region.change))
        && rules.map(TargetId).all(|id| {
            let (regions, _) = both.regions(id, id);
            regions.iter().all(|region| same(&region.change))
        })
}

fn find<'a>(plan: &'a Plan, name: &str) -> Option<(InputId, &'a Input)> {
    (0..).map(InputId).zip(&plan.inputs).find(|(_, input)| input.name == name)
}

/// Lines for which the input has its default, or nothing.
fn fix(cell: &mut Cell, world: &World, (plan, input): (&Plan, &Input), (var, id): (Var, InputId)) {
    match &input.default {
        None => drop(cell.absent.insert(var, true)),
        Some(Value::Number(number)) => {
            let span = Span::point(Exact::from(*number));
            cell.spans.insert(Form::of(Atom::Input(var)), span);
        }
        Some(value) => {
            let set = Set::of(&input.kind, std::slice::from_ref(value), false);
            cell.sets.insert(var, world.set(plan, var, id, &set));
        }
    }
}
