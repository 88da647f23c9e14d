//! Random valid rulesets.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use super::calendar::Day;
use super::dates::{anchors, claims};
use super::draw::Draw;
use super::model::{
    Body, Claim, Clause, Input, Kind, Mode, Number, Per, Period, Proration, Rate, Round, Ruleset,
    Target, Together, Unit, Value,
};
use super::rates::{count, each, rate};
use super::regions::{TEXTS, THRESHOLDS, World, fields};

/// Tapes: of what is common, of products together, of each product, each license and each line;
/// and the seed of the layout.
#[derive(Debug, Clone)]
pub(crate) struct Tapes {
    pub(crate) common: Vec<u16>,
    pub(crate) together: Vec<u16>,
    pub(crate) products: Vec<Vec<u16>>,
    pub(crate) licenses: Vec<Vec<u16>>,
    pub(crate) layout: u32,
    pub(crate) lines: Vec<Vec<u16>>,
}

/// Tapes for a ruleset and so many lines.
pub(crate) fn tapes(lines: usize) -> impl Strategy<Value = Tapes> {
    let tape = |length| vec(any::<u16>(), 0..length);
    (
        tape(48),
        tape(16),
        vec(tape(120), 1..4),
        vec(tape(60), 0..3),
        any::<u32>(),
        vec(vec(any::<u16>(), 32), lines),
    )
        .prop_map(|(common, together, products, licenses, layout, lines)| Tapes {
            common,
            together,
            products,
            licenses,
            layout,
            lines,
        })
}

const STEPS: [(i128, u32); 8] = [(1, 0), (1, 2), (10, 0), (5, 1), (25, 2), (3, 0), (1, 3), (25, 1)];
const BLOCKS: [(i128, u32); 6] = [(5, 0), (100, 0), (500, 0), (3, 0), (25, 1), (1, 0)];
const CREDITS: [(i128, u32); 6] = [(100, 0), (1, 0), (12_345, 2), (1_000, 0), (0, 0), (75, 1)];
const CONVERSIONS: [(i128, u32); 6] = [(1_000, 0), (1_024, 0), (5, 1), (25, 1), (12, 0), (3, 0)];

/// The ruleset that tapes describe.
pub(crate) fn ruleset(tapes: &Tapes) -> Ruleset {
    let mut draw = Draw::new(&tapes.common);
    let draw = &mut draw;
    let round = round(draw);
    let units = units(draw);
    let anchors = anchors(draw);
    let inputs = inputs(draw, &anchors);
    let world = World { inputs: &inputs, anchors: &anchors };
    // Most products of a ruleset are counted over terms alike, or not at all.
    let term = term(draw);
    let excludes = (0..draw.pick(&[0, 0, 1, 2])).map(|_| world.condition(draw, &[])).collect();
    let mut targets: Vec<Target> = Vec::new();
    for tape in &tapes.products {
        let mut draw = Draw::new(tape);
        let term = if draw.one_in(4) { self::term(&mut draw) } else { term };
        let product = product(&world, &units, term, &mut draw, targets.len());
        targets.push(product);
    }
    let products = targets.clone();
    for tape in &tapes.licenses {
        let at = targets.len();
        let license = license(&world, &units, &products, &mut Draw::new(tape), at);
        targets.push(license);
    }
    let mut ruleset =
        Ruleset { round, units, inputs, targets, excludes, togethers: Vec::new(), anchors };
    ruleset.togethers = togethers(&mut Draw::new(&tapes.together), &ruleset);
    ruleset
}

fn round(draw: &mut Draw<'_>) -> Round {
    let modes = [Mode::HalfUp, Mode::HalfEven, Mode::HalfDown, Mode::Up, Mode::Down];
    Round { mode: draw.pick(&modes), step: draw.number(&STEPS) }
}

fn units(draw: &mut Draw<'_>) -> Vec<Unit> {
    let mut units = vec![Unit { names: vec!["endpoint".into(), "endpoints".into()], of: None }];
    if draw.coin() {
        units.push(Unit { names: vec!["mbps".into()], of: None });
        if draw.coin() {
            let of = Some((draw.number(&CONVERSIONS), 1));
            units.push(Unit { names: vec!["gbps".into(), "gigabit".into()], of });
        }
        if draw.coin() {
            let of = Some((draw.number(&CONVERSIONS), units.len() - 1));
            units.push(Unit { names: vec!["tbps".into()], of });
        }
    }
    if draw.coin() {
        units.push(Unit { names: vec!["dozen".into()], of: Some((Number::new(12, 0), 0)) });
    }
    units
}

fn inputs(draw: &mut Draw<'_>, anchors: &[Day]) -> Vec<Input> {
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut pool = vec![
        ("segment", Kind::Choice(names(&["commercial", "government", "education"]))),
        ("trial", Kind::YesNo),
        ("cores", Kind::Number),
        ("model", Kind::Choice(names(&["EdgeIPS Pro-2096", "any", "mini", "x_1", "otherwise"]))),
        ("region", Kind::Text),
        ("activated", Kind::Date),
        ("users", Kind::Number),
        ("day", Kind::YesNo),
    ];
    draw.shuffle(&mut pool);
    pool.truncate(draw.below(5));
    let input = |(name, kind): (&str, Kind)| {
        let default = draw.coin().then(|| match &kind {
            Kind::Choice(words) => Value::Word(draw.pick(words)),
            Kind::YesNo => Value::Word(draw.pick(&["no", "yes"]).to_owned()),
            Kind::Number => Value::Number(draw.number(&THRESHOLDS)),
            Kind::Text => Value::Text(draw.pick(&TEXTS).to_owned()),
            Kind::Date => Value::Day(draw.pick(anchors)),
        });
        Input { name: name.to_owned(), kind, default }
    };
    pool.into_iter().map(input).collect()
}

type Term = Option<(Period, Proration)>;

fn term(draw: &mut Draw<'_>) -> Term {
    let prorations = [
        Proration::Day,
        Proration::Day365,
        Proration::Day360,
        Proration::Started,
        Proration::Whole,
    ];
    let drawn = draw.one_in(3);
    drawn.then(|| (draw.pick(&[Period::Year, Period::Month]), draw.pick(&prorations)))
}

fn per(draw: &mut Draw<'_>, unit: usize, term: Term) -> Per {
    let form = draw.below(5);
    let block = (form > 1).then(|| draw.number(&BLOCKS));
    Per { started: form > 2, block, unit, term }
}

/// Units that convert into one.
fn of_dimension(units: &[Unit], unit: usize) -> Vec<usize> {
    let base = |mut unit: usize| {
        while let Some((_, other)) = units[unit].of {
            unit = other;
        }
        unit
    };
    (0..units.len()).filter(|other| base(*other) == base(unit)).collect()
}

/// A target and the clauses drawn so far.
struct Building<'a, 'b> {
    world: &'a World<'a>,
    draw: &'a mut Draw<'b>,
    clauses: Vec<Clause>,
    /// No rate before this day.
    earliest: Option<Day>,
}

impl Building<'_, '_> {
    /// Forms of one clause.
    fn add(&mut self, stands: bool, mut body: impl FnMut(&mut Draw<'_>, &World<'_>) -> Body) {
        let earliest = self.earliest.filter(|_| stands);
        for claim in claims(self.draw, self.world.anchors, earliest, stands) {
            let body = body(self.draw, self.world);
            self.clauses.push(Clause { claim, body });
        }
    }

    /// Forms of one clause, once in so many times.
    fn maybe(&mut self, times: usize, body: impl FnMut(&mut Draw<'_>, &World<'_>) -> Body) {
        if self.draw.one_in(times) {
            self.add(false, body);
        }
    }

    /// Exceptions, and whether one of them holds on every line and day.
    fn exceptions(&mut self) -> bool {
        let (conditions, all) = self.world.exceptions(self.draw);
        for (slot, (depth, condition)) in conditions.into_iter().enumerate() {
            let used = fields(&condition);
            let earliest = self.earliest;
            for claim in claims(self.draw, self.world.anchors, earliest, all && depth == 0) {
                let rate = rate(self.world, self.draw, &used);
                let condition = condition.clone();
                let body = Body::When { slot, depth, condition, rate };
                self.clauses.push(Clause { claim, body });
            }
        }
        all
    }

    /// Clauses around a rate.
    fn bounds(&mut self) {
        self.maybe(4, |draw, _| Body::AtLeast(draw.number(&CREDITS)));
        self.maybe(4, |draw, _| Body::AtMost(draw.number(&CREDITS)));
        self.maybe(4, |draw, _| Body::Round(round(draw)));
        if self.draw.one_in(4) {
            let claim = claims(self.draw, self.world.anchors, None, false)[0];
            self.clauses.push(Clause { claim, body: Body::ZeroCharged });
        }
        if self.draw.one_in(8) {
            self.clauses.push(Clause { claim: Claim::Always, body: Body::AllowFalling });
        }
    }

    /// Codes, a count, a withdrawal and a note.
    fn common(&mut self, at: usize) {
        let mut form = 0;
        self.maybe(3, |draw, _| {
            form += 1;
            let mut codes = vec![format!("SKU-{at}/{form}")];
            if draw.coin() {
                codes.push(format!("{at} no. {form} ü"));
            }
            Body::Sku(codes)
        });
        self.maybe(3, |draw, world| {
            let depth = 1 + draw.below(2);
            Body::Count(count(world, draw, depth))
        });
        if self.draw.one_in(8) {
            let last = self.world.anchors[self.world.anchors.len() - 1];
            let windows: Vec<Claim> = claims(self.draw, self.world.anchors, None, false)
                .into_iter()
                .filter(|claim| matches!(claim, Claim::Window(..)))
                .collect();
            let claim = windows.first().copied().unwrap_or(Claim::From(last + 40));
            self.clauses.push(Clause { claim, body: Body::Withdrawn });
        }
        self.maybe(6, |_, _| Body::Note);
    }
}

fn product(
    world: &World<'_>,
    units: &[Unit],
    term: Term,
    draw: &mut Draw<'_>,
    at: usize,
) -> Target {
    let unit = draw.below(units.len());
    let head = per(draw, unit, term);
    let earliest = draw.one_in(5).then(|| draw.pick(world.anchors));
    let mut building = Building { world, draw, clauses: Vec::new(), earliest };
    let covered = building.draw.one_in(3) && building.exceptions();
    if !covered || building.draw.coin() {
        building.add(true, |draw, world| Body::Rate(rate(world, draw, &[])));
    }
    building.bounds();
    building.common(at);
    let dimension = of_dimension(units, unit);
    if building.draw.one_in(6) {
        for claim in claims(building.draw, world.anchors, None, false) {
            // The head's `per` is the one without a date.
            if claim != Claim::Always {
                let unit = building.draw.pick(&dimension);
                let term = self::term(building.draw);
                let body = Body::Per(per(building.draw, unit, term));
                building.clauses.push(Clause { claim, body });
            }
        }
    }
    Target { license: false, name: format!("product_{at}"), per: head, clauses: building.clauses }
}

fn license(
    world: &World<'_>,
    units: &[Unit],
    products: &[Target],
    draw: &mut Draw<'_>,
    at: usize,
) -> Target {
    let per = Per { started: false, block: None, unit: draw.below(units.len()), term: None };
    let earliest = draw.one_in(5).then(|| draw.pick(world.anchors));
    let mut building = Building { world, draw, clauses: Vec::new(), earliest };
    let mut granted: Vec<usize> = (0..products.len()).collect();
    building.draw.shuffle(&mut granted);
    granted.truncate(building.draw.pick(&[1, 2, 3, 2, 3]));
    let own_rate = building.draw.one_in(3);
    if own_rate && building.draw.one_in(4) {
        granted.clear();
    }
    for (index, product) in granted.iter().copied().enumerate() {
        let dimension = of_dimension(units, products[product].per.unit);
        let earliest = building.earliest;
        for claim in claims(building.draw, world.anchors, earliest, index == 0) {
            let number = building.draw.number(&[(1, 0), (2, 0), (5, 1), (3, 0), (25, 2)]);
            let unit = building.draw.pick(&dimension);
            building.clauses.push(Clause { claim, body: Body::Grants { number, unit, product } });
        }
    }
    if own_rate {
        building.add(true, |draw, world| Body::Rate(rate(world, draw, &[])));
        building.bounds();
    }
    if building.draw.one_in(6) {
        building.exceptions();
    }
    // What is drawn may lose value, on one line or on many, and is to run all the same.
    building.clauses.push(Clause { claim: Claim::Always, body: Body::AllowLoss });
    building.common(at);
    Target { license: true, name: format!("license_{at}"), per, clauses: building.clauses }
}

/// Products that cost less together: such as one license grants, counted in one way.
fn togethers(draw: &mut Draw<'_>, ruleset: &Ruleset) -> Vec<Together> {
    let mut togethers: Vec<Together> = Vec::new();
    for license in ruleset.targets.iter().filter(|target| target.license) {
        let mut members: Vec<usize> = Vec::new();
        for clause in &license.clauses {
            let Body::Grants { product, .. } = clause.body else { continue };
            let target = &ruleset.targets[product];
            let one_term = target.clauses.iter().all(|clause| match &clause.body {
                Body::Per(per) => per.term == target.per.term,
                _ => true,
            });
            let fits = members.first().is_none_or(|first| {
                let first = &ruleset.targets[*first].per;
                first.term == target.per.term && first.unit == target.per.unit
            });
            if one_term && fits && !members.contains(&product) {
                members.push(product);
            }
        }
        if members.len() < 2 || draw.one_in(3) {
            continue;
        }
        draw.shuffle(&mut members);
        members.truncate(2 + draw.below(2));
        let name = format!("bundle_{}", draw.pick(&["b", "a", "c"]));
        let set = |members: &[usize]| members.iter().copied().collect::<BTreeSet<_>>();
        let other = |other: &Together| other.name != name && set(&other.members) != set(&members);
        if togethers.iter().all(other) {
            let claims = claims(draw, &ruleset.anchors, None, false);
            let rates = claims.into_iter().map(|claim| (claim, each(draw))).collect();
            togethers.push(Together { name, members, rates });
        }
    }
    togethers
}

/// The rate of a clause.
pub(crate) fn rate_of(body: &Body) -> Option<&Rate> {
    match body {
        Body::Rate(rate) | Body::When { rate, .. } => Some(rate),
        _ => None,
    }
}
