//! Everything that examples can touch, read from the plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Allocatable, Item, Key, Kind, Side};
use crate::hir::InputId;
use crate::period::{BEGINNING, Claim, Days, HORIZON, next_day, parse_date, previous_day};
use crate::plan::{
    Clauses, Condition, Origin, Plan, Rate, Rule, Set, TargetId, TargetKind, Together,
};
use crate::quantity::{Exact, plain};
use crate::report::boundaries::{Boundary, boundaries};
use crate::selftest::write::{number, unit};
use crate::source::Place;

/// Where to look for a line that touches an item; whether it does, the evaluator says.
#[derive(Debug, Clone)]
pub(in crate::selftest) struct Hint {
    /// What the line names.
    pub rule: TargetId,
    /// Days to try.
    pub days: Vec<Date>,
    /// Quantities to try first.
    pub quantities: Vec<Exact>,
    /// Sets that the inputs of the line lie in.
    pub sets: BTreeMap<InputId, Set>,
    /// Sets whose values, and those next to them, are worth a try.
    pub near: BTreeMap<InputId, Vec<Set>>,
}

/// Everything that the lines of examples can touch, by place, and what only allocations can.
pub(in crate::selftest) fn items(plan: &Plan) -> (Vec<Item>, Vec<Allocatable>) {
    let mut bounds: BTreeMap<Place, Boundary> = BTreeMap::new();
    for bound in boundaries(plan) {
        bounds.entry(bound.place).or_insert(bound);
    }
    let mut found = Found { items: BTreeMap::new(), allocations: Vec::new(), bounds };
    for (id, rule) in (0..).map(TargetId).zip(&plan.rules) {
        Of { plan, id, rule }.add(&mut found);
    }
    found.togethers(plan);
    found.excludes(plan);
    let mut items: Vec<Item> = found.items.into_values().collect();
    items.sort_by(|a, b| (a.place, &a.key).cmp(&(b.place, &b.key)));
    (items, found.allocations)
}

struct Found {
    items: BTreeMap<Key, Item>,
    allocations: Vec<Allocatable>,
    bounds: BTreeMap<Place, Boundary>,
}

/// A rule whose items are sought.
#[derive(Clone, Copy)]
struct Of<'a> {
    plan: &'a Plan,
    id: TargetId,
    rule: &'a Rule,
}

impl Found {
    fn put(
        &mut self,
        (key, kind): (Key, Kind),
        (subject, place): (&str, Place),
        wants: String,
        hint: Hint,
    ) {
        let (subject, examples) = (subject.to_owned(), BTreeSet::new());
        let item = Item { key: key.clone(), kind, subject, place, wants, examples, hint };
        self.items.entry(key).or_insert(item);
    }

    fn togethers(&mut self, plan: &Plan) {
        for together in &plan.togethers {
            let held: Vec<_> = granting(plan, together).collect();
            for (days, (origin, _)) in together.rate.stretches() {
                let Some((id, rule)) = held.first() else {
                    let own = Allocatable::new("together", &together.name, origin.place);
                    self.allocations.push(own);
                    continue;
                };
                let of = Of { plan, id: *id, rule };
                let key = (Key::Clause(origin.place), Kind::Together);
                let whose = (together.name.as_str(), origin.place);
                self.put(key, whose, String::new(), of.hint(shown(days)));
                for (id, rule) in &held {
                    let of = Of { plan, id: *id, rule };
                    of.change(days.from, origin.place, self);
                    next_day(days.to).into_iter().for_each(|day| {
                        of.change(day, origin.place, self);
                    });
                }
            }
        }
    }

    fn excludes(&mut self, plan: &Plan) {
        let Some((id, rule)) = (0..).map(TargetId).zip(&plan.rules).next() else { return };
        for exclude in &plan.excludes {
            let of = Of { plan, id, rule };
            let place = exclude.origin.place;
            let hint = of.hint(shown(Days::ALWAYS)).with(&exclude.condition);
            self.put((Key::Clause(place), Kind::Exclude), ("", place), String::new(), hint);
        }
    }
}

impl Of<'_> {
    fn add(self, found: &mut Found) {
        let Self { rule, .. } = self;
        for (at, form) in rule.rates.iter().enumerate() {
            let days = self.days(|clauses| clauses.rate == Some(at));
            self.rate(form, false, &self.hint(days), found);
        }
        for exception in &rule.exceptions {
            for (days, form) in exception.rate.stretches() {
                let hint = self.hint(shown(days)).with(&exception.condition);
                self.rate(form, true, &hint, found);
                for day in [Some(days.from), next_day(days.to)].into_iter().flatten() {
                    self.change(day, form.0.place, found);
                }
            }
        }
        self.changes(found);
        self.blocks(found);
        self.clauses(found);
        self.grants(found);
    }

    /// One day of each stretch of days on which the clauses are like this and the rule is on sale.
    fn days(self, like: impl Fn(&Clauses) -> bool) -> Vec<Date> {
        let on_sale = |clauses: &Clauses| clauses.withdrawn.is_none();
        self.stretches(|clauses| on_sale(clauses) && like(clauses)).flat_map(shown).collect()
    }

    fn stretches(self, like: impl Fn(&Clauses) -> bool) -> impl Iterator<Item = Days> {
        let versions = self.rule.versions.iter();
        let ends = versions.clone().skip(1).filter_map(|next| previous_day(next.from));
        versions
            .zip(ends.chain([HORIZON]))
            .filter(move |(version, _)| like(&version.clauses))
            .map(|(version, to)| Days { from: version.from, to })
    }

    fn hint(self, days: Vec<Date>) -> Hint {
        let sizes = self.rule.pers.iter().filter_map(|(_, per)| {
            let (own, declared) = (self.plan.unit(per.unit)?, self.plan.unit(self.rule.unit)?);
            Some(Exact::from(per.block) * own.factor.clone() / declared.factor.clone())
        });
        let quantities = sizes.filter(|size| !size.is_one()).collect();
        let (sets, near) = (BTreeMap::new(), BTreeMap::new());
        Hint { rule: self.id, days, quantities, sets, near }
    }

    fn put(self, key: Key, kind: Kind, place: Place, wants: String, hint: Hint, found: &mut Found) {
        if !hint.days.is_empty() {
            found.put((key, kind), (&self.rule.name, place), wants, hint);
        }
    }

    /// The amounts of a rate, and the bounds of its tiers.
    fn rate(self, form: &(Origin, Rate), exception: bool, hint: &Hint, found: &mut Found) {
        match &form.1 {
            Rate::Curve(curve) => {
                let plain = if exception { Kind::Exception } else { Kind::Rate };
                let kind = curve.mode.map_or(plain, |_| Kind::Tier);
                let quantities: Vec<Exact> = curve
                    .pieces
                    .iter()
                    .filter_map(|piece| found.bounds.get(&piece.place))
                    .flat_map(|bound| [bound.last.quantity.clone(), bound.first.quantity.clone()])
                    .collect();
                for piece in &curve.pieces {
                    let kind = if piece.refused { Kind::Refusal } else { kind };
                    let mut hint = hint.clone();
                    hint.quantities.splice(0..0, quantities.iter().cloned());
                    let place = piece.place;
                    self.put(Key::Amount(place), kind, place, String::new(), hint.clone(), found);
                    self.bound(place, &hint, found);
                }
            }
            Rate::Table(table) => {
                let mut near: BTreeMap<InputId, Vec<Set>> = BTreeMap::new();
                for cells in table.rows.iter().filter_map(|(cells, _)| cells.as_ref()) {
                    for (input, set) in table.columns.iter().zip(cells) {
                        near.entry(*input).or_default().extend(set.clone());
                    }
                }
                for (cells, piece) in &table.rows {
                    let kind = if piece.refused { Kind::Refusal } else { Kind::Row };
                    let mut hint = hint.clone();
                    if cells.is_none() {
                        hint.near.clone_from(&near);
                    }
                    for (input, set) in table.columns.iter().zip(cells.iter().flatten()) {
                        set.iter().for_each(|set| hint.lies_in(*input, set));
                    }
                    let place = piece.place;
                    self.put(Key::Amount(place), kind, place, String::new(), hint, found);
                }
            }
        }
    }

    /// Both sides of the bound of a tier.
    fn bound(self, place: Place, hint: &Hint, found: &mut Found) {
        let Some(bound) = found.bounds.get(&place) else { return };
        let sides = [(Side::Before, bound.last.clone()), (Side::Behind, bound.first.clone())];
        let day = bound.start;
        for (side, figure) in sides {
            let mut hint = hint.clone();
            hint.days.insert(0, day);
            hint.quantities.insert(0, figure.quantity.clone());
            let unit = unit(self.plan, self.rule.unit, &figure.quantity);
            let wants = format!("{} {unit}", number(&figure.quantity.text()));
            self.put(Key::Bound(place, side), Kind::Bound, place, wants, hint, found);
        }
    }

    /// The eve of a day and the day itself.
    fn change(self, day: Date, place: Place, found: &mut Found) {
        let Some(eve) = previous_day(day).filter(|_| day > BEGINNING) else { return };
        for (side, day_of) in [(Side::Before, eve), (Side::Behind, day)] {
            let key = Key::Change(self.id, day, side);
            self.put(key, Kind::Date, place, day_of.to_string(), self.hint(vec![day_of]), found);
        }
    }

    /// The days on which what lines are charged changes. Examples name no codes: those do not count.
    fn changes(self, found: &mut Found) {
        let told = |clauses: &Clauses| Clauses {
            sku: None,
            only_for: None,
            inputs: Vec::new(),
            ..clauses.clone()
        };
        for pair in self.rule.versions.windows(2) {
            let [before, after] = pair else { continue };
            if told(&before.clauses) != told(&after.clauses) {
                self.change(after.from, self.changing(after.from), found);
            }
        }
    }

    /// The first clause that begins or ends with a day.
    fn changing(self, day: Date) -> Place {
        let Rule { pers, counts, rates, at_least, at_most, roundings, withdrawn, grants, .. } =
            self.rule;
        let turns = |origin: &&Origin| match origin.claim {
            Claim::Undated => false,
            Claim::From(from) => from == day,
            Claim::Window(days) => days.from == day || next_day(days.to) == Some(day),
        };
        let all = origins(rates).chain(origins(pers)).chain(origins(counts));
        let all = all.chain(origins(at_least)).chain(origins(at_most)).chain(origins(roundings));
        let all = all.chain(origins(withdrawn)).chain(grants.iter().map(|(origin, ..)| origin));
        all.filter(turns).map(|origin| origin.place).min().unwrap_or(self.rule.place)
    }

    /// Full and begun blocks; other blocks where they change.
    fn blocks(self, found: &mut Found) {
        for (at, (origin, per)) in self.rule.pers.iter().enumerate() {
            let mut hint = self.hint(self.days(|clauses| clauses.per == Some(at)));
            let units = (self.plan.unit(per.unit), self.plan.unit(self.rule.unit));
            let (Some(own), Some(declared)) = units else { continue };
            let size = Exact::from(per.block) * own.factor.clone() / declared.factor.clone();
            if !per.started {
                if self.rule.pers.len() > 1 {
                    let key = Key::Clause(origin.place);
                    self.put(key, Kind::Block, origin.place, String::new(), hint, found);
                }
                continue;
            }
            let more = if size > Exact::one() { Exact::one() } else { size.clone() / 2.into() };
            let begun = &size + &more;
            for (side, quantity) in [(Side::Before, size), (Side::Behind, begun)] {
                hint.quantities = vec![quantity];
                let wants = match side {
                    Side::Before => "full blocks",
                    Side::Behind => "a begun block",
                };
                let key = Key::Sided(origin.place, side);
                let wants = wants.to_owned();
                self.put(key, Kind::Block, origin.place, wants, hint.clone(), found);
            }
        }
    }

    fn clauses(self, found: &mut Found) {
        let Rule { counts, roundings, withdrawn, at_least, at_most, .. } = self.rule;
        for (at, (origin, _)) in counts.iter().enumerate() {
            let hint = self.hint(self.days(|clauses| clauses.count == Some(at)));
            let key = Key::Clause(origin.place);
            self.put(key, Kind::Count, origin.place, String::new(), hint, found);
        }
        for (at, (origin, _)) in roundings.iter().enumerate() {
            let hint = self.hint(self.days(|clauses| clauses.rounding == Some(at)));
            let key = Key::Clause(origin.place);
            self.put(key, Kind::Rounding, origin.place, String::new(), hint, found);
        }
        for (at, (origin, ())) in withdrawn.iter().enumerate() {
            let days = self.stretches(|clauses| clauses.withdrawn == Some(at)).flat_map(shown);
            let hint = self.hint(days.collect());
            let key = Key::Clause(origin.place);
            self.put(key, Kind::Refusal, origin.place, String::new(), hint, found);
        }
        let least = at_least.iter().enumerate().map(|(at, (origin, bound))| {
            let like = move |clauses: &Clauses| clauses.at_least == Some(at);
            (origin, "at least", *bound, self.days(like))
        });
        let most = at_most.iter().enumerate().map(|(at, (origin, bound))| {
            let like = move |clauses: &Clauses| clauses.at_most == Some(at);
            (origin, "at most", *bound, self.days(like))
        });
        for (origin, words, bound, days) in least.chain(most) {
            for side in [Side::Before, Side::Behind] {
                let bound = number(&plain(bound));
                let wants = match (words, side) {
                    ("at least", Side::Before) => format!("{bound} credits or more"),
                    ("at least", _) => format!("less than {bound} credits"),
                    (_, Side::Before) => format!("{bound} credits or less"),
                    _ => format!("more than {bound} credits"),
                };
                let (key, hint) = (Key::Sided(origin.place, side), self.hint(days.clone()));
                self.put(key, Kind::Floor, origin.place, wants, hint, found);
            }
        }
    }

    /// Grants convert lines of a license that has no rate of its own.
    fn grants(self, found: &mut Found) {
        for (at, (origin, product, _)) in self.rule.grants.iter().enumerate() {
            let days = self.days(|clauses| clauses.grants.contains(&at) && clauses.rate.is_none());
            if days.is_empty() {
                let product = self.plan.rule(*product).map_or("", |rule| &rule.name);
                let name = format!("{} of {product}", self.rule.name);
                found.allocations.push(Allocatable::new("grant", &name, origin.place));
                continue;
            }
            let key = Key::Clause(origin.place);
            self.put(key, Kind::Grant, origin.place, String::new(), self.hint(days), found);
        }
    }
}

fn origins<T>(forms: &[(Origin, T)]) -> impl Iterator<Item = &Origin> {
    forms.iter().map(|(origin, _)| origin)
}

impl Hint {
    /// On lines on which this holds, too.
    fn with(mut self, condition: &Condition) -> Self {
        condition.sets.iter().for_each(|(input, set)| self.lies_in(*input, set));
        self
    }

    /// On lines whose input lies in this set, too.
    fn lies_in(&mut self, input: InputId, set: &Set) {
        let both = self.sets.get(&input).map(|own| own.intersect(set));
        self.sets.insert(input, both.unwrap_or_else(|| set.clone()));
    }
}

/// Licenses whose lines are converted by what they grant, all members of a `together` among it.
fn granting<'a>(
    plan: &'a Plan,
    together: &'a Together,
) -> impl Iterator<Item = (TargetId, &'a Rule)> {
    let holds_all = |rule: &Rule, clauses: &Clauses| {
        let granted = || clauses.grants.iter().filter_map(|at| rule.grants.get(*at));
        clauses.rate.is_none()
            && together.members.iter().all(|member| granted().any(|(_, own, _)| own == member))
    };
    (0..).map(TargetId).zip(&plan.rules).filter(move |(_, rule)| {
        rule.kind == TargetKind::License
            && rule.versions.iter().any(|version| holds_all(rule, &version.clauses))
    })
}

/// A day to show a stretch of days on: the first, or where there is none, one that people write.
pub(in crate::selftest) fn shown(days: Days) -> Vec<Date> {
    let Some(usual) = parse_date("2026-01-01") else { return Vec::new() };
    vec![match (days.from > BEGINNING, days.to < usual) {
        (true, _) => days.from,
        (false, true) => days.to,
        (false, false) => usual,
    }]
}
