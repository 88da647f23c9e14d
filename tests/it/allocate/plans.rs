//! Plans are the best of all allocations: every one of a small grid is looked at.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::any;

use credit_rules::allocate::conflict::Conflict;
use credit_rules::allocate::most::{Fits, Most, most};
use credit_rules::allocate::plan::{Nearest, Planned, limits_to_keep, plan};
use credit_rules::allocate::solve::price::Prices;
use credit_rules::allocate::verify::{breached, in_force};
use credit_rules::allocate::{Ask, Holding, Lot, Wish, credits, verify};
use credit_rules::plan::{Plan, TargetId};
use credit_rules::project::{self, Compiled};
use credit_rules::quantity::Exact;
use credit_rules::source::{Source, Sources};

use super::day;
use crate::oracle::for_all;

/// Numbers out of a tape, the smallest where it has ended.
struct Draw<'a>(std::slice::Iter<'a, u16>);

impl Draw<'_> {
    fn below(&mut self, end: i64) -> i64 {
        i64::from(self.0.next().copied().unwrap_or_default()) % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let at = usize::try_from(self.below(i64::try_from(all.len()).unwrap())).unwrap();
        *all.get(at).unwrap()
    }
}

const NAMES: [&str; 3] = ["a", "b", "c"];
/// More units than any limit of a product allows.
const GRID: i64 = 7;

/// An account of random rules with its wishes.
struct Case {
    text: String,
    ruleset: Compiled,
    holding: Holding,
    wishes: Vec<Wish>,
    ids: Vec<TargetId>,
}

fn case(tape: &[u16]) -> Option<Case> {
    let mut draw = Draw(tape.iter());
    let mode = draw.of(&["half up", "up", "down", "half even"]);
    let step = draw.of(&["1", "0.01", "5"]);
    let mut text = format!(
        "ruleset r \"R\"\ncredits round {mode} to {step}\nunit seat\nlicense pool per seat\n  rate 1\n"
    );
    for name in NAMES {
        let rate = draw.of(&["1", "2.5", "0.7", "3.333", "10", "0"]);
        let kind = draw.below(6);
        let per = if kind == 1 { "per started 2 seat" } else { "per seat" };
        text.push_str(&format!("product {name} {per}\n"));
        text.push_str(&match kind {
            2 => format!("  rate graduated\n    up to 2 0\n    beyond {rate}\n"),
            3 => format!("  rate volume\n    up to 2 {rate}\n    beyond 2\n"),
            // Of units that are charged together nothing is moved by a rate that refuses them.
            4 if name == "c" => {
                format!("  rate graduated\n    up to 3 {rate}\n    beyond refused\n")
            }
            _ => format!("  rate {rate}\n"),
        });
    }
    if draw.below(3) == 0 {
        text.push_str("together both of a, b\n  rate 3\n");
    }
    for name in NAMES {
        let most = 2 + draw.below(4);
        text.push_str(&format!("limit cap_{name} {name} at most {most} seat\n"));
    }
    for at in 0..draw.below(5) {
        let (one, other, third) = match draw.below(6) {
            0 => ("a", "b", "c"),
            1 => ("a", "c", "b"),
            2 => ("b", "a", "c"),
            3 => ("b", "c", "a"),
            4 => ("c", "a", "b"),
            _ => ("c", "b", "a"),
        };
        let number = 1 + draw.below(4);
        let body = match draw.below(11) {
            0 => format!("{one} needs {other}"),
            1 => format!("{one} needs any of {other}, {third}"),
            2 => format!("{one} needs {other} unit for unit"),
            3 => format!("{one} in steps of 2 seat"),
            4 => format!("{one} at least {number} seat or none"),
            5 => format!("at most {} of a, b, c", 1 + number % 2),
            6 => format!("exactly 1 of {one}, {other}"),
            7 => format!("credits of {one} at most {}% of allocated", 20 * number),
            8 => format!("{one} at most {number} * {other} + 1"),
            9 => format!("{one} + {other} at least {number} seat"),
            _ => format!("valid - allocated at least {number}"),
        };
        let level = if draw.below(5) == 0 { " warn" } else { "" };
        text.push_str(&format!("limit l{at} {body}{level}\n"));
    }
    // Looser ones let more be allocated than is valid, and what is for some products alone be left.
    match draw.below(4) {
        0 => {
            let more = draw.of(&["2", "5", "100"]);
            text.push_str(&format!("limit balance allocated at most valid + {more}\n"));
        }
        1 => text.push_str("limit balance allocated at most 150% of valid\n"),
        _ => {}
    }
    let ruleset = project::analyze(Sources::new(vec![Source::new("r.rules", text.as_str())]));
    let ruleset = ruleset.compile().ok()?;
    let id = |name: &str| ruleset.plan.owners.get(name).unwrap().rule;
    let ids: Vec<TargetId> = NAMES.iter().map(|name| id(name)).collect();
    let lots = (0..=draw.below(3)).map(|at| Lot {
        license_id: format!("L{at}"),
        record: 1,
        rule: id("pool"),
        credits: Exact::from(draw.below(25)),
        from: None,
        end: None,
        until: None,
        grace: None,
        only: (draw.below(3) == 0).then(|| vec![id(draw.of(&NAMES)), id(draw.of(&NAMES))]),
    });
    let lots = lots.collect();
    let units = ids.iter().map(|id| (*id, Exact::from(draw.below(5)))).collect();
    let holding = Holding { account: "A".to_owned(), day: day("2026-01-01"), lots, units };
    let mut wishes: Vec<Wish> = Vec::new();
    for _ in 0..draw.below(3) {
        let product = id(draw.of(&NAMES));
        if wishes.iter().all(|wish| wish.product != product) {
            wishes.push(Wish { product, units: Exact::from(draw.below(7)) });
        }
    }
    Some(Case { text, ruleset, holding, wishes, ids })
}

fn of(units: &BTreeMap<TargetId, Exact>, id: TargetId) -> Exact {
    units.get(&id).cloned().unwrap_or_else(Exact::zero)
}

fn distance(one: &Exact, other: &Exact) -> Exact {
    (one - other).max(other - one)
}

/// What is made small, each before the next.
type Goals = (Vec<Exact>, usize, Exact, (Vec<bool>, Vec<(u8, Exact)>));

impl Case {
    fn plan(&self) -> &Plan {
        &self.ruleset.plan
    }

    fn with(&self, units: &BTreeMap<TargetId, Exact>) -> Holding {
        Holding { units: units.clone(), ..self.holding.clone() }
    }

    fn grid(&self) -> impl Iterator<Item = BTreeMap<TargetId, Exact>> {
        let numbers =
            (0..GRID).flat_map(|a| (0..GRID).flat_map(move |b| (0..GRID).map(move |c| [a, b, c])));
        numbers.map(|own| self.ids.iter().copied().zip(own.map(Exact::from)).collect())
    }

    /// Whether the checker says that these limits are kept.
    fn keeps(&self, units: &BTreeMap<TargetId, Exact>, limits: &[usize]) -> bool {
        let verified = verify(self.plan(), &self.with(units));
        verified.is_ok_and(|own| own.breaches().all(|line| !limits.contains(&line.limit)))
    }

    fn alone(&self, id: TargetId, units: &Exact) -> Exact {
        let own = BTreeMap::from([(id, units.clone())]);
        let found = credits(self.plan(), "A", self.holding.day, &own);
        found.map_or_else(|_| Exact::zero(), |own| own.total)
    }

    fn goals(&self, units: &BTreeMap<TargetId, Exact>) -> Goals {
        let missed = self.wishes.iter().map(|wish| distance(&wish.units, &of(units, wish.product)));
        let wished = |id: &TargetId| self.wishes.iter().find(|wish| wish.product == *id);
        let (mut changed, mut moved, mut order) = (0, Exact::zero(), (Vec::new(), Vec::new()));
        for id in &self.ids {
            let (own, today) = (of(units, *id), of(&self.holding.units, *id));
            let near = wished(id).map_or(&today, |wish| &wish.units);
            let side = match own.cmp(near) {
                Ordering::Equal => 0,
                Ordering::Less => 1,
                Ordering::Greater => 2,
            };
            order.0.push(wished(id).is_none() && own != today);
            order.1.push((side, distance(&own, near)));
            if wished(id).is_none() && own != today {
                changed += 1;
                moved = &moved + &distance(&self.alone(*id, &own), &self.alone(*id, &today));
            }
        }
        (missed.collect(), changed, moved, order)
    }

    fn best(&self, limits: &[usize]) -> Option<(Goals, BTreeMap<TargetId, Exact>)> {
        let kept = self.grid().filter(|units| self.keeps(units, limits));
        kept.map(|units| (self.goals(&units), units)).min()
    }

    /// Whether an allocation of the grid keeps some of what clashes.
    fn is_kept(&self, members: &[Ask], missed: &[Exact], last: usize) -> bool {
        let limits: Vec<usize> = members
            .iter()
            .filter_map(|ask| match ask {
                Ask::Limit(at) => Some(*at),
                Ask::Wish(_) => None,
            })
            .collect();
        self.grid().any(|units| {
            let wishes = members.iter().all(|ask| match ask {
                Ask::Limit(_) => true,
                Ask::Wish(at) => {
                    let wish = self.wishes.get(*at).unwrap();
                    let miss = distance(&of(&units, wish.product), &wish.units);
                    let most = if *at == last { &Exact::zero() } else { missed.get(*at).unwrap() };
                    miss <= *most
                }
            });
            wishes && self.keeps(&units, &limits)
        })
    }

    /// A set clashes on all of the grid. Answers how many of its members are seen to be needed: the
    /// others may be needed for units beyond the grid.
    fn clashes(&self, conflict: &Conflict, missed: &[Exact], last: usize) -> Result<usize, String> {
        let told = |what: &str| Err(format!("{what}: {:?}\n{}", conflict.members, self.text));
        if self.is_kept(&conflict.members, missed, last) {
            return told("these do not clash");
        }
        let needed = conflict.members.iter().filter(|ask| {
            let rest = conflict.members.iter().copied().filter(|own| own != *ask);
            self.is_kept(&rest.collect::<Vec<_>>(), missed, last)
        });
        // Shares of what is charged together are hard to bound.
        if !conflict.minimal && !self.text.contains("together") {
            return told("it is not decided whether one is needed");
        }
        Ok(needed.count())
    }
}

#[test]
fn plans_are_the_best_of_all() {
    let (found, short, impossible) = (Cell::new(0usize), Cell::new(0usize), Cell::new(0usize));
    let (members, needed) = (Cell::new(0usize), Cell::new(0usize));
    let add = |cell: &Cell<usize>, more: usize| cell.set(cell.get() + more);
    let count = |cell: &Cell<usize>| add(cell, 1);
    for_all("plans", 100, &vec(any::<u16>(), 80), |tape| {
        let Some(case) = case(&tape) else { return Ok(()) };
        let prices = Prices::new(case.plan(), case.holding.day);
        let limits = limits_to_keep(&prices, &case.holding, false);
        let best = case.best(&limits);
        let planned =
            plan(&prices, &case.holding, &case.wishes, false).map_err(|own| format!("{own:?}"))?;
        let told = |what: String| {
            Err(format!("{what}\n{}\n{:?}\n{:?}", case.text, case.holding, case.wishes))
        };
        match (planned, best) {
            (Planned::Found(own), Some((goals, units))) => {
                count(&found);
                let Nearest { wishes, changed, moved, first, .. } = &*own;
                if case.goals(&own.units) != goals {
                    return told(format!("{:?} is not {units:?}", own.units));
                }
                if *changed != (goals.1, goals.1)
                    || *moved != (goals.2.clone(), goals.2.clone())
                    || !first
                {
                    return told(format!("{own:?} is not proved, or not {goals:?}"));
                }
                for (at, wish) in wishes.iter().enumerate() {
                    if let Some(conflict) = &wish.conflict {
                        count(&short);
                        add(&members, conflict.members.len());
                        add(&needed, case.clashes(conflict, &goals.0, at)?);
                    }
                }
                Ok(())
            }
            (Planned::Impossible(conflict), None) => {
                count(&impossible);
                add(&members, conflict.members.len());
                add(&needed, case.clashes(&conflict, &[], usize::MAX)?);
                Ok(())
            }
            (planned, best) => told(format!("{planned:?} and {best:?}")),
        }
    });
    let counts = [found.get(), short.get(), impossible.get()];
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    let (members, needed) = (members.get(), needed.get());
    assert!(needed * 10 > members * 8, "{needed} of {members} are seen to be needed");
}

#[test]
fn what_one_product_changes_is_seen_as_the_checker_sees_it() {
    let seen = Cell::new([0u32; 3]);
    for_all("one product", 300, &vec(any::<u16>(), 80), |tape| {
        let Some(case) = case(&tape) else { return Ok(()) };
        let (plan, today) = (case.plan(), &case.holding);
        let limits: Vec<usize> = in_force(plan, today.day).map(|(at, _)| at).collect();
        let Ok(before) = credits(plan, "A", today.day, &today.units) else { return Ok(()) };
        for (id, number) in case.ids.iter().flat_map(|id| (0..GRID).map(move |own| (id, own))) {
            let mut then = today.clone();
            then.units.insert(*id, Exact::from(number));
            let own = before.with(plan, ("A", today.day), &then.units, *id);
            let own = own.map(|own| (own.total.clone(), breached(plan, &then, &own, &limits)));
            let whole = verify(plan, &then).ok().map(|whole| {
                (whole.credits.total.clone(), whole.breaches().map(|line| line.limit).collect())
            });
            if own != whole {
                return Err(format!("{own:?} is not {whole:?}\n{}\n{then:?}", case.text));
            }
            let mut counts = seen.get();
            let at = own.map_or(0, |(_, breaches): (_, Vec<usize>)| 1 + breaches.len().min(1));
            counts[at] += 1;
            seen.set(counts);
        }
        Ok(())
    });
    assert!(seen.get().iter().all(|count| *count > 20), "{:?}", seen.get());
}

#[test]
fn the_most_of_a_product_is_the_most_of_all() {
    let seen = Cell::new(0u32);
    for_all("most", 100, &vec(any::<u16>(), 80), |tape| {
        let Some(case) = case(&tape) else { return Ok(()) };
        let prices = Prices::new(case.plan(), case.holding.day);
        let limits = limits_to_keep(&prices, &case.holding, false);
        let id = *case.ids.first().unwrap();
        let Fits { keeping, at_all, nearest } =
            most(&prices, &case.holding, id, false).map_err(|own| format!("{own:?}"))?;
        if let (Most::Units { units, .. }, nearest) = (&at_all, nearest) {
            let own = nearest.ok_or("no allocation with as many")?.units;
            if of(&own, id) != *units || !case.keeps(&own, &limits) {
                return Err(format!("{own:?} does not give {units:?}\n{}", case.text));
            }
        }
        let all: Vec<_> = case.grid().filter(|units| case.keeps(units, &limits)).collect();
        let greatest = |keep: bool| {
            let able = all.iter().filter(|units| {
                !keep || case.ids.iter().all(|id| of(units, *id) >= of(&case.holding.units, *id))
            });
            able.map(|units| of(units, id)).max()
        };
        for (own, keep) in [(keeping, true), (at_all, false)] {
            let own = match own {
                Most::Units { units, proved: true } => Some(units),
                Most::Impossible => None,
                other => return Err(format!("{other:?}\n{}", case.text)),
            };
            if own != greatest(keep) {
                return Err(format!(
                    "{own:?} is not {:?}\n{}\n{:?}",
                    greatest(keep),
                    case.text,
                    case.holding
                ));
            }
        }
        seen.set(seen.get() + 1);
        Ok(())
    });
    assert!(seen.get() > 30, "{}", seen.get());
}
