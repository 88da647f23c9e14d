//! The checker's verdicts on limits against brute force: every allocation of a grid.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::any;

use credit_rules::check::verdict::{Property, Status};
use credit_rules::diagnostic::{Code, Diagnostic};
use credit_rules::project::Ruleset as Checked;

use super::draw::Draw;
use super::{analyze, for_all};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// What a product costs: rates in halves of a credit, other amounts in whole ones.
#[derive(Clone, Debug)]
enum Price {
    Plain(i64),
    Flat(i64, i64),
    /// Of each begun two.
    Started(i64),
    /// Up to two units, and beyond; none where that is refused.
    Volume(i64, Option<i64>),
    /// At least, at most.
    Bounded(i64, i64, i64),
}

impl Price {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let small = |draw: &mut Draw<'_>| draw.days(6);
        match draw.below(8) {
            0..=3 => Self::Plain(small(draw)),
            4 => Self::Flat(small(draw), small(draw)),
            5 => Self::Started(small(draw)),
            6 => Self::Volume(small(draw), draw.coin().then(|| small(draw))),
            _ => Self::Bounded(small(draw), small(draw), small(draw)),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Plain(each) => format!("per seat\n  rate {}\n", half(*each)),
            Self::Flat(each, flat) => {
                format!("per seat\n  rate {} + {flat} flat\n", half(*each))
            }
            Self::Started(each) => format!("per started 2 seat\n  rate {}\n", half(*each)),
            Self::Volume(each, more) => {
                let more = more.map_or("refused".to_owned(), half);
                let each = half(*each);
                format!("per seat\n  rate volume\n    up to 2 {each}\n    beyond {more}\n")
            }
            Self::Bounded(each, least, most) => {
                let each = half(*each);
                format!("per seat\n  rate {each}\n  at least {least}\n  at most {most}\n")
            }
        }
    }

    /// Credits of so many halves of a unit; none where they are refused.
    fn credits(&self, halves: i64, round: &str) -> Option<i64> {
        if halves == 0 {
            return Some(0);
        }
        // In quarters of a credit.
        let exact = match self {
            Self::Plain(each) => each * halves,
            Self::Flat(each, flat) => each * halves + 4 * flat,
            Self::Started(each) => 2 * each * (halves + 3).div_euclid(4),
            Self::Volume(each, _) if halves <= 4 => each * halves,
            Self::Volume(_, more) => (*more)? * halves,
            Self::Bounded(each, least, most) => (each * halves).min(4 * most).max(4 * least),
        };
        let (whole, rest) = (exact.div_euclid(4), exact.rem_euclid(4));
        let up = match round {
            "up" => rest > 0,
            "down" => false,
            "half up" => rest >= 2,
            "half down" => rest > 2,
            _ => rest > 2 || rest == 2 && whole % 2 == 1,
        };
        Some(whole + i64::from(up))
    }
}

/// So many halves as a decimal.
fn half(halves: i64) -> String {
    format!("{}.{}", halves / 2, 5 * (halves % 2))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    AtMost,
    AtLeast,
    Exactly,
}

impl How {
    fn draw(draw: &mut Draw<'_>) -> Self {
        draw.pick(&[Self::AtMost, Self::AtLeast, Self::Exactly])
    }

    fn text(self) -> &'static str {
        match self {
            Self::AtMost => "at most",
            Self::AtLeast => "at least",
            Self::Exactly => "exactly",
        }
    }

    fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::AtMost => left <= right,
            Self::AtLeast => left >= right,
            Self::Exactly => left == right,
        }
    }
}

#[derive(Clone, Debug)]
enum Body {
    /// Units, or none.
    Units(usize, How, i64, bool),
    Ratio(usize, How, i64, usize, i64),
    Sum(usize, usize, How, i64),
    Needs(usize, Vec<usize>),
    Pairs(usize, usize),
    Steps(usize, i64),
    Count(How, i64, Vec<usize>),
    Credits(usize, How, i64),
    Share(usize, How, i64),
    Allocated(How, i64),
    Valid(How, i64),
    /// So many credits stay.
    Left(i64),
}

#[derive(Clone, Debug)]
struct Limit {
    body: Body,
    warn: bool,
}

/// Halves of units and credits of each product, credits of another one, and valid credits.
struct Point {
    halves: Vec<i64>,
    credits: Vec<i64>,
    other: i64,
    valid: i64,
}

impl Point {
    fn allocated(&self) -> i64 {
        self.credits.iter().sum::<i64>() + self.other
    }
}

impl Body {
    fn draw(draw: &mut Draw<'_>, products: usize, valid: bool) -> Self {
        let (x, y) = (draw.below(products), draw.below(products));
        let (how, number) = (How::draw(draw), draw.days(5));
        let all: Vec<usize> = (0..products).collect();
        match draw.below(if valid { 12 } else { 10 }) {
            0 => Self::Units(x, how, number, draw.coin()),
            1 => Self::Ratio(x, how, 1 + draw.days(2), y, number),
            2 => Self::Sum(x, y, how, number),
            3 => Self::Needs(x, draw.some_of(&all)),
            4 => Self::Pairs(x, y),
            5 => Self::Steps(x, 1 + draw.days(2)),
            6 => Self::Count(how, draw.days(4), draw.some_of(&all)),
            7 => Self::Credits(x, how, number),
            8 => Self::Share(x, how, draw.pick(&[40, 50, 100])),
            9 => Self::Allocated(how, number),
            10 => Self::Valid(how, number),
            _ => Self::Left(number),
        }
    }

    fn text(&self) -> String {
        let list =
            |these: &[usize]| these.iter().map(|at| NAMES[*at]).collect::<Vec<_>>().join(", ");
        match self {
            Self::Units(x, how, number, or_none) => {
                let or_none = if *or_none { " or none" } else { "" };
                format!("{} {} {number}{or_none}", NAMES[*x], how.text())
            }
            Self::Ratio(x, how, factor, y, number) => {
                format!("{} {} {factor} * {} + {number}", NAMES[*x], how.text(), NAMES[*y])
            }
            Self::Sum(x, y, how, number) => {
                format!("{} + {} {} {number}", NAMES[*x], NAMES[*y], how.text())
            }
            Self::Needs(x, others) => format!("{} needs any of {}", NAMES[*x], list(others)),
            Self::Pairs(x, y) => format!("{} needs {} unit for unit", NAMES[*x], NAMES[*y]),
            Self::Steps(x, step) => format!("{} in steps of {step}", NAMES[*x]),
            Self::Count(how, number, these) => {
                format!("{} {number} of {}", how.text(), list(these))
            }
            Self::Credits(x, how, number) => {
                format!("credits of {} {} {number}", NAMES[*x], how.text())
            }
            Self::Share(x, how, percent) => {
                format!("credits of {} {} {percent}% of allocated", NAMES[*x], how.text())
            }
            Self::Allocated(how, number) => format!("allocated {} {number}", how.text()),
            Self::Valid(how, number) => format!("valid {} {number}", how.text()),
            Self::Left(number) => format!("allocated + {number} at most valid"),
        }
    }

    fn keeps(&self, point: &Point) -> bool {
        let Point { halves, credits, valid, .. } = point;
        match self {
            Self::Units(x, how, number, or_none) => {
                *or_none && halves[*x] == 0 || how.holds(halves[*x], 2 * number)
            }
            Self::Ratio(x, how, factor, y, number) => {
                how.holds(halves[*x], factor * halves[*y] + 2 * number)
            }
            Self::Sum(x, y, how, number) => how.holds(halves[*x] + halves[*y], 2 * number),
            Self::Needs(x, others) => halves[*x] == 0 || others.iter().any(|at| halves[*at] > 0),
            Self::Pairs(x, y) => halves[*x] <= halves[*y],
            Self::Steps(x, step) => halves[*x] % (2 * step) == 0,
            Self::Count(how, number, these) => {
                let count = these.iter().filter(|at| halves[**at] > 0).count();
                how.holds(i64::try_from(count).unwrap(), *number)
            }
            Self::Credits(x, how, number) => how.holds(credits[*x], *number),
            Self::Share(x, how, percent) => {
                how.holds(100 * credits[*x], percent * point.allocated())
            }
            Self::Allocated(how, number) => how.holds(point.allocated(), *number),
            Self::Valid(how, number) => how.holds(*valid, *number),
            Self::Left(number) => point.allocated() + number <= *valid,
        }
    }
}

struct Case {
    prices: Vec<Price>,
    round: &'static str,
    limits: Vec<Limit>,
    /// Whether every allocation that keeps the limits lies on the grid.
    complete: bool,
    /// Whether another product is sold that no limit names.
    other: bool,
}

/// How many limits of a complete case bound its units: a step and a most of each product.
fn fences(case: &Case) -> usize {
    if case.complete { 2 * case.prices.len() } else { 0 }
}

fn draw(tape: &[u16]) -> Case {
    let mut draw = Draw::new(tape);
    let products = 2 + draw.below(2);
    let prices = (0..products).map(|_| Price::draw(&mut draw)).collect();
    let round = draw.pick(&["half up", "half up", "up", "down", "half down", "half even"]);
    let (complete, other) = (draw.coin(), draw.one_in(3));
    let mut limits = Vec::new();
    if complete {
        for x in 0..products {
            let most = 1 + draw.days(3);
            limits.push(Limit { body: Body::Steps(x, 1), warn: false });
            limits.push(Limit { body: Body::Units(x, How::AtMost, most, false), warn: false });
        }
    }
    for _ in 0..=draw.below(5) {
        let body = Body::draw(&mut draw, products, !complete);
        limits.push(Limit { body, warn: draw.one_in(6) });
    }
    Case { prices, round, limits, complete, other: other && !complete }
}

/// The rules with some of the limits; a balance that no one declares refuses.
fn print(case: &Case, limits: &BTreeSet<usize>, balance: bool) -> String {
    let mut text = format!("ruleset demo \"Demo\"\ncredits round {} to 1\nunit seat\n", case.round);
    for (name, price) in NAMES.iter().zip(&case.prices) {
        write!(text, "product {name} {}", price.text()).unwrap();
    }
    if case.other {
        text.push_str("product other per seat\n  rate 1\n");
    }
    if !balance {
        text.push_str("limit balance allocated at most valid warn\n");
    }
    for (at, limit) in case.limits.iter().enumerate().filter(|(at, _)| limits.contains(at)) {
        let warn = if limit.warn { " warn" } else { "" };
        writeln!(text, "limit l{at} {}{warn}", limit.body.text()).unwrap();
    }
    text
}

/// Every allocation of the grid that can be sold.
fn grid(case: &Case) -> Vec<Point> {
    let (step, most) = if case.complete { (2, 6) } else { (1, 9) };
    let mut found: Vec<Vec<i64>> = vec![Vec::new()];
    for _ in &case.prices {
        found = found
            .into_iter()
            .flat_map(|units| {
                (0..=most).step_by(step).map(move |next| [units.as_slice(), &[next]].concat())
            })
            .collect();
    }
    let asks = |limit: &Limit| matches!(limit.body, Body::Valid(..) | Body::Left(_));
    let valid: Vec<i64> =
        if case.limits.iter().any(asks) { (0..=9).collect() } else { vec![1_000] };
    let mut points = Vec::new();
    for halves in found {
        let credits: Option<Vec<i64>> = case
            .prices
            .iter()
            .zip(&halves)
            .map(|(price, halves)| price.credits(*halves, case.round))
            .collect();
        let Some(credits) = credits else { continue };
        for other in if case.other { vec![0, 1, 2, 7] } else { vec![0] } {
            for valid in &valid {
                let (halves, credits) = (halves.clone(), credits.clone());
                points.push(Point { halves, credits, other, valid: *valid });
            }
        }
    }
    points
}

/// The limits that a finding names, and whether the balance is one of them.
fn members(analysis: &Checked, finding: &Diagnostic) -> (BTreeSet<usize>, bool) {
    let (_, source) = analysis.sources.iter().next().unwrap();
    let places = finding.labels.iter().map(|label| label.place).chain([finding.primary.place]);
    let number = |place: credit_rules::source::Place| {
        let name = source.slice(place.span).split(' ').nth(1).unwrap();
        name.trim_start_matches('l').parse().unwrap()
    };
    let balance = finding.help.iter().any(|help| help.contains("`balance`"));
    (places.map(number).collect(), balance)
}

fn agrees(case: &Case, seen: &mut BTreeMap<&'static str, usize>) -> Result<(), String> {
    let all: BTreeSet<usize> = (0..case.limits.len()).collect();
    let text = print(case, &all, true);
    let run = |text: &str| analyze(&[("limits.rules".to_owned(), text.to_owned())]);
    let analysis = run(&text);
    let fail = |what: String| Err(format!("{what}\n{text}"));
    let points = grid(case);
    let keeps = |at: usize, point: &Point| case.limits[at].body.keeps(point);
    let balanced = |point: &Point| point.allocated() <= point.valid;
    let mut count = |what| *seen.entry(what).or_default() += 1;
    let status = |property, subject: &str| {
        let mut verdicts = analysis.verdicts.iter();
        let own = |verdict: &&credit_rules::check::verdict::Verdict| {
            verdict.property == property && verdict.subject == subject
        };
        verdicts.find(own).map(|verdict| verdict.status)
    };
    let (mut clash, mut alone) = (false, BTreeSet::new());
    for finding in analysis.diagnostics.iter().filter(|found| found.code == Code::ImpossibleLimits)
    {
        clash = true;
        let (set, balance) = members(&analysis, finding);
        if set.len() + usize::from(balance) > 1 {
            count("set");
        } else {
            count("alone");
            alone.extend(set.iter().copied());
        }
        let kept = |point: &&Point| {
            set.iter().all(|at| keeps(*at, point)) && (!balance || balanced(point))
        };
        if let Some(point) = points.iter().find(kept) {
            return fail(format!("{set:?} is kept by {:?} of {}", point.halves, point.valid));
        }
        for without in &set {
            let rest: BTreeSet<usize> = set.iter().copied().filter(|at| at != without).collect();
            let rest_kept = |point: &&Point| {
                rest.iter().all(|at| keeps(*at, point)) && (!balance || balanced(point))
            };
            if points.iter().any(|point| rest_kept(&point)) {
                count("shown minimal");
                continue;
            }
            let rest = run(&print(case, &rest, balance));
            if rest.diagnostics.iter().any(|found| found.code == Code::ImpossibleLimits) {
                return fail(format!("{set:?} is impossible without {without}"));
            }
        }
    }
    let refusing: Vec<usize> = all.iter().copied().filter(|at| !case.limits[*at].warn).collect();
    let undecided = status(Property::LimitsPossible, "all limits") == Some(Status::NotDecided);
    count(if undecided { "undecided" } else { "decided" });
    if case.complete && !clash && !undecided {
        count("possible");
        let kept = |point: &Point| refusing.iter().all(|at| keeps(*at, point));
        if !points.iter().any(kept) {
            return fail("nothing on the grid keeps them".to_owned());
        }
    }
    for at in &all {
        let breaks = |point: &&Point| {
            !keeps(*at, point)
                && balanced(point)
                && refusing
                    .iter()
                    .all(|other| other == at || alone.contains(other) || keeps(*other, point))
        };
        let found = points.iter().find(breaks);
        match status(Property::LimitBinds, &format!("l{at}")) {
            Some(Status::Refuted { .. }) => {
                count("never binds");
                if let Some(point) = found {
                    return fail(format!(
                        "l{at} is broken by {:?} of {}",
                        point.halves, point.valid
                    ));
                }
            }
            Some(Status::Proved) => {
                count("binds");
                if case.complete && !clash && *at >= fences(case) && found.is_none() {
                    return fail(format!("nothing on the grid breaks l{at}"));
                }
            }
            Some(Status::NotDecided) => count("binds undecided"),
            None => count("binds not asked"),
        }
    }
    Ok(())
}

#[test]
fn limits_are_possible_and_bind_where_the_checker_says_so() {
    let seen = RefCell::new(BTreeMap::new());
    for_all("limits", 1_200, &vec(any::<u16>(), 70), |tape| {
        agrees(&draw(&tape), &mut seen.borrow_mut())
    });
    let seen = seen.into_inner();
    for what in ["alone", "set", "shown minimal", "possible", "never binds", "binds"] {
        assert!(seen.get(what).is_some_and(|count| *count >= 20), "{what}: {seen:?}");
    }
    let of = |what| seen.get(what).copied().unwrap_or_default();
    assert!(of("undecided") * 20 < of("decided"), "{seen:?}");
}
