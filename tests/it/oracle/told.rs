//! What `diff` tells is there: each region that it tells has a line that differs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use credit_rules::compare::form::{Atom, Form};
use credit_rules::compare::world::Var;
use credit_rules::compare::{self, Change, Diff, Pair, Region};
use credit_rules::linear::{self, Relation, Row, Work};
use credit_rules::plan::{InputKind, Plan, Set, TargetId};
use credit_rules::project::Compiled;
use credit_rules::quantity::Exact;

use super::differ::{Became, Edits, became, edited, edits, is_apart, license};
use super::generate::{self, Tapes};
use super::print::print;
use super::{compile, for_all, shown};

/// Numbers of the figures that a region speaks of, such that a form is above 0; `None` where there
/// are none, or where a figure is none that a line gives.
fn numbers(region: &Region, positive: &Form) -> Option<BTreeMap<Var, Exact>> {
    let mut rows = Vec::new();
    let mut known: Vec<Var> = vec![Var::QUANTITY];
    let mut keep = |form: &Form, relation, bound: &Exact| {
        let mut terms = Vec::new();
        for (product, factor) in form.terms().filter(|(product, _)| !product.is_empty()) {
            let [Atom::Input(var)] = product else { return None };
            let at = known.iter().position(|own| own == var).unwrap_or_else(|| {
                known.push(*var);
                known.len() - 1
            });
            terms.push((at, factor.clone()));
        }
        rows.push(Row::new(terms, relation, bound - &form.base()));
        Some(())
    };
    for (form, span) in &region.cell.spans {
        if let Some(low) = &span.low {
            keep(form, if low.closed { Relation::AtLeast } else { Relation::Above }, &low.at)?;
        }
        if let Some(high) = &span.high {
            keep(form, if high.closed { Relation::AtMost } else { Relation::Below }, &high.at)?;
        }
    }
    keep(positive, Relation::Above, &Exact::zero())?;
    let rows: Vec<&Row> = rows.iter().collect();
    let point = linear::point(&rows, known.len(), &mut Work::new(100_000)).ok()??;
    Some(known.into_iter().zip(point).collect())
}

/// A number in digits, if it has few.
fn digits(number: &Exact) -> Option<String> {
    let decimal = number.to_decimal().filter(|decimal| decimal.scale() <= 12)?;
    Some(decimal.normalize().to_string())
}

/// A line of a region, but for its name: `None` where none is found.
fn line(diff: &Diff, region: &Region, positive: &Form) -> Option<Vec<(String, String)>> {
    let numbers = numbers(region, positive)?;
    let mut texts = vec![("quantity".to_owned(), digits(&numbers[&Var::QUANTITY])?)];
    if let Some(days) = region.days {
        let start = days.from.max(jiff::civil::date(2000, 1, 1));
        texts.push(("start".to_owned(), start.to_string()));
        texts.push((
            "end".to_owned(),
            start.checked_add(jiff::Span::new().days(500)).ok()?.to_string(),
        ));
    }
    for at in 1.. {
        let var = Var(at);
        let Some(variable) = diff.world.variable(var) else { break };
        if region.cell.absent.get(&var) == Some(&true) {
            continue;
        }
        let text = match (&variable.kind, region.cell.set(&diff.world, var)) {
            (_, Set::Number(_)) => match numbers.get(&var) {
                Some(number) => digits(number)?,
                None => "3".to_owned(),
            },
            (InputKind::Choice(names), Set::Choice(held)) => {
                names.iter().zip(held).find(|(_, held)| *held)?.0.clone()
            }
            (_, Set::Text { listed, negated: false }) => listed.first()?.clone(),
            (_, Set::Text { listed, negated: true }) => ["other", "another"]
                .into_iter()
                .find(|text| !listed.iter().any(|own| own == text))?
                .to_owned(),
            (_, Set::Date(days)) => {
                days.last()?.from.max(jiff::civil::date(2000, 1, 1)).to_string()
            }
            _ => return None,
        };
        texts.push((variable.name.clone(), text));
    }
    Some(texts)
}

/// Two rulesets and what is told of them.
struct Compared<'a> {
    rules: [&'a Compiled; 2],
    diff: &'a Diff,
}

impl Compared<'_> {
    /// What a line becomes by one of both, which calls its product by this name.
    fn became(&self, side: usize, id: TargetId, texts: &[(String, String)]) -> Option<Became> {
        let plan = &self.rules[side].plan;
        let is_known = |name: &str| {
            ["start", "end", "quantity"].contains(&name)
                || plan.inputs.iter().any(|input| input.name == name)
        };
        let mut texts: Vec<_> = texts.iter().filter(|(name, _)| is_known(name)).cloned().collect();
        texts.push(("sku".to_owned(), plan.rule(id).unwrap().name.clone()));
        license(self.rules[side], &texts).map(|license| became(plan, &license))
    }

    /// Whether a line of the region differs; or the lines that were tried.
    fn is_there(&self, pair: &Pair, region: &Region) -> Result<&'static str, String> {
        // A line on which the difference is not 0, whatever its sign.
        let forms = match &region.change {
            Change::Credits(by) => vec![by.clone(), by.scaled(&Exact::from(-1))],
            Change::Refused(_) | Change::Converted(_) => {
                vec![Form::of(Atom::Input(Var::QUANTITY)), Form::constant(Exact::one())]
            }
            _ => return Ok("another change"),
        };
        let mut tried = Vec::new();
        for texts in forms.iter().filter_map(|form| line(self.diff, region, form)) {
            let (Some(one), Some(other)) =
                (self.became(0, pair.old, &texts), self.became(1, pair.new, &texts))
            else {
                continue;
            };
            if [&one, &other].into_iter().any(|it| *it == Became::Excluded || is_apart(it)) {
                return Ok("apart");
            }
            if one != other {
                return Ok("differs");
            }
            tried.push(format!("{texts:?} {one:?}"));
        }
        if tried.is_empty() { Ok("no line is tried") } else { Err(tried.join("\n")) }
    }

    /// Whether quantities mean the same in both.
    fn is_in_one_unit(&self, pair: &Pair) -> bool {
        let [old, new] = [(0, pair.old), (1, pair.new)].map(|(side, id)| {
            let plan: &Plan = &self.rules[side].plan;
            let unit = plan.unit(plan.rule(id).unwrap().unit).unwrap();
            (unit.name.clone(), unit.factor.clone())
        });
        old == new
    }
}

type Counts = RefCell<BTreeMap<&'static str, u32>>;

fn told(tapes: &Tapes, edits: &Edits, counts: &Counts) -> Result<(), String> {
    let old = generate::ruleset(tapes);
    let new = generate::ruleset(&edited(tapes, edits));
    let files = [print(&old, tapes.layout, &[]).files, print(&new, tapes.layout, &[]).files];
    let [before, after] = [compile(&files[0])?, compile(&files[1])?];
    let diff = compare::compare(before.rules(), after.rules());
    let compared = Compared { rules: [&before, &after], diff: &diff };
    for pair in diff.pairs.iter().filter(|pair| compared.is_in_one_unit(pair)) {
        for region in &pair.regions {
            let kind = compared.is_there(pair, region).map_err(|tried| {
                let files = [shown(&files[0]), shown(&files[1])].join("════════\n");
                format!("{region:#?}\n{tried}\n{files}")
            })?;
            *counts.borrow_mut().entry(kind).or_default() += 1;
        }
    }
    Ok(())
}

#[test]
fn every_region_told_has_a_line_that_differs() {
    let counts = Counts::default();
    let drawn = (generate::tapes(0), edits());
    for_all("told", 1_000, &drawn, |(tapes, edits)| told(&tapes, &edits, &counts));
    let counts = counts.into_inner();
    assert!(counts.get("differs").is_some_and(|count| *count > 200), "{counts:?}");
}
