//! `diff` against the evaluator: of two random rulesets, the second a mutation of the first, every
//! line differs as the comparison says, and no line besides.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use credit_rules::compare::form::Atom;
use credit_rules::compare::world::{Side, Var};
use credit_rules::compare::{self, Change, Diff, Pair, Subject};
use credit_rules::evaluate::{self, License, Outcome, Recording, Refusal, Step};
use credit_rules::input::Schema;
use credit_rules::plan::{InputKind, Plan, Value};
use credit_rules::project::Compiled;
use credit_rules::quantity::Exact;

use super::draw::Draw;
use super::generate::{self, Tapes};
use super::lines;
use super::model::{Amount, Body, Claim, Clause, Line, Number, Rate, Ruleset, Tiers};
use super::print::print;
use super::{columns, compile, for_all, shown, texts};

/// What a line became: exact credits before and after rounding, excluded, or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Became {
    Credits { exact: Exact, rounded: Exact },
    Excluded,
    Refused(Refusal),
}

pub(super) fn became(plan: &Plan, license: &License) -> Became {
    let mut recording = Recording::default();
    match evaluate::evaluate(plan, license, &mut recording) {
        Ok(Outcome::Converted { credits, .. }) => {
            let (mut exact, mut last) = (Exact::zero(), Exact::zero());
            for step in recording.steps {
                match step {
                    Step::Rated { credits, .. }
                    | Step::Prorated { credits, .. }
                    | Step::Bounded { credits, .. }
                    | Step::Together { credits, .. } => last = credits,
                    Step::Rounded { .. } => exact = exact + last.clone(),
                    _ => {}
                }
            }
            Became::Credits { exact, rounded: Exact::from(credits) }
        }
        Ok(Outcome::Excluded { .. }) => Became::Excluded,
        Err(refusal) => Became::Refused(refusal),
    }
}

/// Edits of tapes: which list, where, and what stands there then.
pub(super) type Edits = Vec<(u8, u16, u16)>;

pub(super) fn edits() -> impl Strategy<Value = Edits> {
    vec((any::<u8>(), any::<u16>(), any::<u16>()), 0..4)
}

/// The tapes with some entries changed: most of products and licenses, few of what is common.
pub(super) fn edited(tapes: &Tapes, edits: &Edits) -> Tapes {
    let mut tapes = tapes.clone();
    for (list, at, value) in edits {
        let Tapes { common, together, products, licenses, .. } = &mut tapes;
        let count = products.len() + licenses.len();
        let tape = match list {
            0..16 => common,
            16..24 => together,
            _ => {
                let at = usize::from(*list) % count;
                match products.len() {
                    own if at < own => &mut products[at],
                    own => &mut licenses[at - own],
                }
            }
        };
        if !tape.is_empty() {
            let at = usize::from(*at) % tape.len();
            tape[at] = *value;
        }
    }
    tapes
}

/// Now and then one is known under another name; its codes stay.
fn renamed(ruleset: &mut Ruleset, seed: u16) -> Option<(String, String)> {
    let draw = &mut Draw::seeded(u32::from(seed));
    if !draw.one_in(4) {
        return None;
    }
    let at = draw.below(ruleset.targets.len());
    let name = format!("other_{at}");
    let old = std::mem::replace(&mut ruleset.targets[at].name, name.clone());
    Some((old, name))
}

/// A line by one plan; `None` where its texts are none of this ruleset.
pub(super) fn license(compiled: &Compiled, texts: &[(String, String)]) -> Option<License> {
    let schema = Schema::new(&compiled.plan, &[], None).unwrap();
    let block = columns::block(&schema, &[texts.to_vec()]);
    schema.license(&compiled.plan, block.record(0)).ok()
}

/// Both licenses of a line, and what is known of it.
struct Known<'a> {
    diff: &'a Diff,
    rules: [&'a Compiled; 2],
    lines: [License; 2],
    quantity: Exact,
    /// Inputs that the line leaves out.
    left_out: BTreeSet<String>,
}

impl Known<'_> {
    fn value(&self, var: Var) -> Option<Value> {
        let variable = self.diff.world.variable(var).unwrap();
        if variable.may_lack && self.left_out.contains(&variable.name) {
            return None;
        }
        let side = usize::from(variable.is_of(Side::New));
        let (plan, line) = (&self.rules[side].plan, &self.lines[side]);
        let at = plan.inputs.iter().position(|input| input.name == variable.name).unwrap();
        let value = line.inputs[at].clone()?;
        match (&variable.kind, &plan.inputs[at].kind, &value) {
            (InputKind::Choice(all), InputKind::Choice(own), Value::Choice(index)) => {
                all.iter().position(|name| *name == own[*index]).map(Value::Choice)
            }
            _ => Some(value),
        }
    }

    fn number(&self, atom: &Atom) -> Option<Exact> {
        match atom {
            Atom::Input(Var::QUANTITY) => Some(self.quantity.clone()),
            Atom::Input(var) => match self.value(*var)? {
                Value::Number(number) => Some(Exact::from(number)),
                _ => None,
            },
            Atom::Periods(term) => {
                let [line, _] = &self.lines;
                term.periods(line.start?, line.end?)
            }
            Atom::Ceil(_) => None,
        }
    }
}

/// What is refused for reasons that a comparison does not tell: lines that name a code on a day on
/// which it is none, without an end, or with more digits than fit.
pub(super) fn is_apart(became: &Became) -> bool {
    matches!(
        became,
        Became::Refused(
            Refusal::Overflow
                | Refusal::MissingEnd { .. }
                | Refusal::EndBeforeStart { .. }
                | Refusal::UnitMismatch { .. }
                | Refusal::CodeNotInForce { .. }
        )
    )
}

/// The kind of what was said of a line, or why it is wrong.
fn holds(known: &Known<'_>, pair: &Pair) -> Result<&'static str, String> {
    let [old, new] = [0, 1].map(|side| became(&known.rules[side].plan, &known.lines[side]));
    let told = || format!("old {old:?}\nnew {new:?}");
    let value = |var: Var| known.value(var);
    let number = |atom: &Atom| known.number(atom);
    let is_excluded = |became: &Became| *became == Became::Excluded;
    let apart = is_apart(&old) || is_apart(&new);
    let excludes: Vec<_> = known.diff.excludes_of(&value, &number).collect();
    if is_excluded(&old) != is_excluded(&new) {
        return match excludes.as_slice() {
            [region]
                if matches!(
                    (&region.change, is_excluded(&new)),
                    (Change::Excluded, true) | (Change::Included, false)
                ) =>
            {
                Ok("excluded")
            }
            other => Err(format!("excluded in one alone, told {other:?}\n{}", told())),
        };
    }
    if is_excluded(&old) {
        return Ok("both excluded");
    }
    // Whether a line may be excluded is told of all products at once.
    if !excludes.is_empty() {
        return Ok("may be excluded");
    }
    let [line, _] = &known.lines;
    let regions: Vec<_> = known.diff.regions_of(pair, line.start, &value, &number).collect();
    let wrong = |why: &str| Err(format!("{why}: told {regions:#?}\n{}", told()));
    let region = match regions.as_slice() {
        [] => None,
        [region] => Some(*region),
        _ => return wrong("two regions of one line"),
    };
    let exact = |became: &Became| match became {
        Became::Credits { exact, .. } => Some(exact.clone()),
        _ => None,
    };
    match (region.map(|region| &region.change), exact(&old), exact(&new)) {
        (None, Some(before), Some(after)) => {
            if before == after && old == new {
                Ok("same")
            } else {
                wrong("nothing is told")
            }
        }
        (None, None, None) => Ok("both refused"),
        (None, ..) if apart => Ok("apart"),
        (None, ..) => wrong("nothing is told"),
        (Some(Change::Unclear(_)), ..) => Ok("unclear"),
        (Some(Change::Credits(form)), Some(before), Some(after)) => {
            let by = form.value(&number);
            if by == Some(&after - &before) { Ok("credits") } else { wrong(&format!("by {by:?}")) }
        }
        (Some(Change::Rounding(..)), Some(before), Some(after)) => {
            if before == after {
                Ok("rounding")
            } else {
                wrong("rounding")
            }
        }
        (Some(Change::Term(..)), Some(before), Some(after)) => {
            if before == after && old == new {
                Ok("term")
            } else {
                wrong("term")
            }
        }
        (Some(Change::Converted(form)), None, Some(after)) => {
            if form.value(&number) == Some(after) { Ok("converted") } else { wrong("converted") }
        }
        (Some(Change::Refused(_)), Some(_), None) => Ok("refused"),
        (Some(_), ..) if apart => Ok("apart"),
        _ => wrong("another change"),
    }
}

/// Whether lines of a pair cannot be held together: one and the same text means other things.
fn is_other(diff: &Diff, rules: [&Compiled; 2], pair: &Pair, line: &Line) -> bool {
    let unlike =
        |subject| pair.others.iter().chain(&diff.others).any(|other| other.subject == subject);
    let [before, after] = rules.map(|rules| &rules.plan);
    let base = |plan: &Plan, id| {
        let unit = plan.unit(plan.rule(id).unwrap().unit).unwrap();
        plan.unit(unit.base).unwrap().name.clone()
    };
    let means_other = unlike(Subject::DeclaredUnit)
        && line.unit.is_some() != (base(before, pair.old) == base(after, pair.new));
    means_other || (line.unit.is_some() && unlike(Subject::Unit))
}

type Counts = RefCell<BTreeMap<&'static str, u32>>;

fn differs(tapes: &Tapes, edits: &Edits, seed: u16, counts: &Counts) -> Result<(), String> {
    let old = generate::ruleset(tapes);
    let mut new = generate::ruleset(&edited(tapes, edits));
    let rename = renamed(&mut new, seed);
    let files = [
        print(&old, tapes.layout, &[]).files,
        print(&new, tapes.layout.wrapping_add(77), &[]).files,
    ];
    let [before, after] = [compile(&files[0])?, compile(&files[1])?];
    let diff = compare::compare(before.rules(), after.rules());
    let all = || format!("{}════════\n{}", shown(&files[0]), shown(&files[1]));
    for tape in &tapes.lines {
        for ruleset in [&old, &new] {
            let line = lines::line(ruleset, tape);
            let texts = texts(ruleset, &line);
            // A name that one alone knows is given to each as it knows it.
            let named = |sku: &str, other: usize| {
                let mut texts = texts.clone();
                if let Some((old, new)) = &rename {
                    let names = [old, new];
                    if names.iter().any(|name| *name == sku) {
                        texts[0].1.clone_from(names[other]);
                    }
                }
                texts
            };
            let both = [named(&line.sku, 0), named(&line.sku, 1)];
            let (Some(one), Some(other)) = (license(&before, &both[0]), license(&after, &both[1]))
            else {
                continue;
            };
            let owner = after.plan.owners.get(&other.sku).map(|owner| owner.rule);
            let owned = before.plan.owners.get(&one.sku).map(|owner| owner.rule);
            let pair = diff.pairs.iter().find(|pair| Some(pair.new) == owner);
            let Some(pair) = pair.filter(|pair| Some(pair.old) == owned) else {
                *counts.borrow_mut().entry("no pair").or_default() += 1;
                continue;
            };
            if is_other(&diff, [&before, &after], pair, &line) {
                continue;
            }
            let unit = |plan: &Plan, id| plan.unit(id).unwrap().factor.clone();
            let declared = after.plan.rule(pair.new).unwrap().unit;
            let given = other.unit.unwrap_or(declared);
            let quantity = Exact::from(other.quantity) * unit(&after.plan, given)
                / unit(&after.plan, declared);
            let given = |name: &String| texts.iter().any(|(given, _)| given == name);
            let inputs = before.plan.inputs.iter().chain(&after.plan.inputs);
            let names = inputs.map(|input| input.name.clone());
            let left_out = names.filter(|name| !given(name)).collect();
            let rules = [&before, &after];
            let known = Known { diff: &diff, rules, lines: [one, other], quantity, left_out };
            match holds(&known, pair) {
                Ok(kind) => *counts.borrow_mut().entry(kind).or_default() += 1,
                Err(why) => return Err(format!("{texts:?}\n{why}\n{}", all())),
            }
        }
    }
    Ok(())
}

#[test]
fn lines_differ_as_the_comparison_says() {
    let counts = Counts::default();
    let drawn = (generate::tapes(20), edits(), any::<u16>());
    for_all("differ", 1_500, &drawn, |(tapes, edits, seed)| differs(&tapes, &edits, seed, &counts));
    let counts = counts.into_inner();
    for kind in ["same", "credits", "rounding", "converted", "refused", "excluded"] {
        assert!(counts.get(kind).is_some_and(|count| *count > 10), "{kind}: {counts:?}");
    }
    let of = |kind| counts.get(kind).copied().unwrap_or_default();
    assert!(of("credits") > 50 * of("unclear"), "{counts:?}");
}

/// The same ruleset, written otherwise: tiers split, forms of clauses repeated on later days.
fn rewritten(ruleset: &Ruleset, draw: &mut Draw<'_>) -> Ruleset {
    let mut ruleset = ruleset.clone();
    let anchors = ruleset.anchors.clone();
    for target in &mut ruleset.targets {
        let mut again = Vec::new();
        for clause in &mut target.clauses {
            if let Body::Rate(rate) | Body::When { rate, .. } = &mut clause.body {
                split(rate, draw);
            }
            // A form that says the same once more, from a day on which nothing else begins.
            let is_rate = matches!(clause.body, Body::Rate(_));
            if is_rate && clause.claim == Claim::Always && draw.coin() {
                let day = draw.pick(&anchors) + 3;
                again.push(Clause { claim: Claim::From(day), body: clause.body.clone() });
            }
        }
        let rates = |clauses: &[Clause]| {
            clauses.iter().filter(|clause| matches!(clause.body, Body::Rate(_))).count()
        };
        if rates(&target.clauses) == 1 {
            target.clauses.append(&mut again);
        }
    }
    ruleset
}

fn split(rate: &mut Rate, draw: &mut Draw<'_>) {
    let (Rate::Graduated(tiers) | Rate::Volume(tiers)) = rate else {
        let Rate::Plain(amount @ Amount::Credits { flat: None, .. }) = rate else { return };
        if draw.coin() {
            let bounded = vec![(Number::new(77, 0), *amount)];
            *rate = Rate::Graduated(Tiers { below: draw.coin(), bounded, beyond: *amount });
        }
        return;
    };
    let flat = |amount: &Amount| matches!(amount, Amount::Credits { flat: Some(_), .. });
    if !flat(&tiers.beyond) && draw.coin() {
        let last = tiers.bounded.last().map_or(0, |(bound, _)| bound.digits);
        tiers.bounded.push((Number::new(last + 1_000, 0), tiers.beyond));
    }
}

#[test]
fn what_is_written_otherwise_is_equal() {
    let drawn = (generate::tapes(0), any::<u32>());
    for_all("rewritten", 1_000, &drawn, |(tapes, seed)| {
        let old = generate::ruleset(&tapes);
        let new = rewritten(&old, &mut Draw::seeded(seed));
        let files = [print(&old, tapes.layout, &[]).files, print(&new, seed, &[]).files];
        let [before, after] = [compile(&files[0])?, compile(&files[1])?];
        let diff = compare::compare(before.rules(), after.rules());
        let different: Vec<_> = diff.pairs.iter().filter(|pair| !pair.is_equal()).collect();
        // From the day on which a form begins, a line needs a day.
        let only_days = different.iter().all(|pair| {
            pair.others.is_empty() && pair.regions.iter().all(|region| region.days.is_none())
        });
        let rest = diff.added.is_empty() && diff.dropped.is_empty() && diff.others.is_empty();
        if only_days && rest && diff.excludes.is_empty() {
            return Ok(());
        }
        let all = format!("{}════════\n{}", shown(&files[0]), shown(&files[1]));
        Err(format!("{different:#?}\n{:?}\n{all}", diff.others))
    });
}
