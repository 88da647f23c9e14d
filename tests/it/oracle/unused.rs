//! Clauses of which the checker says that nothing reaches them, against every line of a grid.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::any;
use rust_decimal::Decimal;

use credit_rules::diagnostic::{Code, Severity};
use credit_rules::evaluate::observe::RatedForm;
use credit_rules::evaluate::{License, Outcome, Recording, Refusal, Step, evaluate};
use credit_rules::hir::{InputId, Value};
use credit_rules::period::parse_date;
use credit_rules::plan::Plan;
use credit_rules::project::Compiled;
use credit_rules::source::Place;

use super::draw::Draw;
use super::{analyze, for_all};

/// What a written line is, as far as it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exclude,
    Rate,
    Exception,
    /// A row or tier, and whether it refuses: such may stand for lines that never come.
    Part(bool),
    AtMost,
    Other,
}

/// Lines of a rule file, each with what it is and the line of the rate that it belongs to.
struct Text {
    lines: Vec<(String, Kind, usize)>,
}

const HEAD: [&str; 6] = [
    "ruleset random \"Random\"",
    "credits round half up to 0.01",
    "unit seat, seats",
    "input segment one of a, b, c",
    "input trial yes/no, default no",
    "input users number",
];

impl Text {
    fn add(&mut self, kind: Kind, line: String) {
        let own = self.lines.len() + 1;
        self.lines.push((line, kind, own));
    }

    fn part(&mut self, rate: usize, line: String) {
        let refused = line.contains("refused");
        self.lines.push((line, Kind::Part(refused), rate));
    }

    /// Of `graduated` tiers the first that refuses, refuses for all above it.
    fn refusing(&self, line: usize) -> usize {
        let rate = self.lines[line - 1].2;
        if !self.lines[rate - 1].0.ends_with("graduated") {
            return line;
        }
        let first = (rate..line).find(|at| self.lines[*at].1 == Kind::Part(true));
        first.map_or(line, |at| at + 1)
    }

    fn text(&self) -> String {
        self.lines.iter().map(|(line, _, _)| format!("{line}\n")).collect()
    }
}

fn test(draw: &mut Draw<'_>, input: &str) -> String {
    match input {
        "segment" => draw.pick(&["a", "b", "one of a, c", "not a", "not c"]).to_owned(),
        "trial" => draw.pick(&["no", "yes"]).to_owned(),
        _ => draw
            .pick(&["up to 1", "below 2", "above 1", "from 2", "above 1 up to 2", "2", "above 0"])
            .to_owned(),
    }
}

fn condition(draw: &mut Draw<'_>, inputs: &[&str]) -> String {
    let chosen = draw.some_of(inputs);
    let word = |text: &str| {
        let range = ["up", "below", "above", "from"].iter().any(|word| text.starts_with(word));
        if range { text.to_owned() } else { format!("is {text}") }
    };
    let tests: Vec<String> =
        chosen.iter().map(|input| format!("{input} {}", word(&test(draw, input)))).collect();
    tests.join(" and ")
}

fn date(draw: &mut Draw<'_>) -> String {
    let day = |at: i64| format!("2025-01-0{}", at + 1);
    let (a, b) = (draw.days(4), draw.days(4));
    match draw.below(5) {
        0..=2 => String::new(),
        3 => format!("from {} ", day(a)),
        _ => format!("from {} to {} ", day(a.min(b)), day(a.max(b))),
    }
}

fn amount(draw: &mut Draw<'_>) -> &'static str {
    draw.pick(&["5", "7", "3 + 2 flat", "refused"])
}

/// A rate with its rows or tiers.
fn rate(draw: &mut Draw<'_>, text: &mut Text, kind: Kind, before: &str, inputs: &[&str]) {
    let rate = text.lines.len() + 1;
    match draw.below(5) {
        0..=1 => text.add(kind, format!("  {before}rate {}", amount(draw))),
        2 => {
            let columns = draw.some_of(inputs);
            text.add(kind, format!("  {before}rate by {}", columns.join(", ")));
            for _ in 0..=draw.below(2) {
                let cell = |draw: &mut Draw<'_>, column: &&str| {
                    if draw.one_in(4) { "any".to_owned() } else { test(draw, column) }
                };
                let cells: Vec<String> = columns.iter().map(|column| cell(draw, column)).collect();
                text.part(rate, format!("    | {} | {} |", cells.join(" | "), amount(draw)));
            }
            text.part(rate, format!("    | otherwise | {} |", amount(draw)));
        }
        _ => {
            let mode = draw.pick(&["graduated", "volume"]);
            text.add(kind, format!("  {before}rate {mode}"));
            let word = draw.pick(&["up to", "below"]);
            let bounds = draw.some_of(&["0.5", "1", "1.5", "2", "3.5"]);
            for bound in bounds {
                text.part(rate, format!("    {word} {bound} {}", amount(draw)));
            }
            text.part(rate, format!("    beyond {}", amount(draw)));
        }
    }
}

fn ruleset(draw: &mut Draw<'_>) -> Text {
    let mut text = Text { lines: Vec::new() };
    HEAD.iter().for_each(|line| text.add(Kind::Other, (*line).to_owned()));
    let mut inputs = vec!["quantity", "segment", "trial", "users"];
    draw.shuffle(&mut inputs);
    inputs.truncate(1 + draw.below(3));
    for _ in 0..draw.below(4) {
        let when = condition(draw, &inputs);
        text.add(Kind::Exclude, format!("exclude when {when} because \"so\""));
    }
    let per = draw.pick(&["seat", "2 seats", "started 1 seat", "started 2 seats", "3 seats"]);
    text.add(Kind::Other, format!("product p per {per}"));
    rate(draw, &mut text, Kind::Rate, "", &inputs);
    for _ in 0..draw.below(3) {
        let dated = date(draw);
        if !dated.is_empty() {
            rate(draw, &mut text, Kind::Rate, &dated, &inputs);
        }
    }
    for _ in 0..draw.below(4) {
        let before = format!("{}when {} ", date(draw), condition(draw, &inputs));
        rate(draw, &mut text, Kind::Exception, &before, &inputs);
    }
    let mut clause = |draw: &mut Draw<'_>, odds: usize, kind: Kind, choices: &[&str]| {
        while draw.one_in(odds) {
            text.add(kind, format!("  {}{}", date(draw), draw.pick(choices)));
        }
    };
    clause(draw, 5, Kind::Other, &["withdrawn"]);
    clause(draw, 5, Kind::Other, &["zero charged"]);
    clause(draw, 6, Kind::Other, &["at least 0", "at least 4", "at least 9"]);
    clause(draw, 6, Kind::AtMost, &["at most 6", "at most 20"]);
    let counts = [
        "count 2 * quantity",
        "count min(quantity, 3)",
        "count quantity + 1",
        "count max(2, quantity)",
        "count ceil(quantity)",
        "count if quantity below 2 then 1 else quantity",
        "count if trial is yes then 1 else max(2, quantity)",
        "count max(0, 3 - quantity)",
        "count 1",
    ];
    clause(draw, 5, Kind::Other, &counts);
    if draw.one_in(5) {
        text.add(Kind::Other, "license l per seat".to_owned());
        text.add(Kind::Other, "  grants 0.5 seats of p".to_owned());
        if draw.coin() && ["seat", "started 1 seat"].contains(&per) {
            text.add(Kind::Other, "  grants 0.25 seats of q".to_owned());
            text.add(Kind::Other, "product q per seat".to_owned());
            text.add(Kind::Other, "  rate 1".to_owned());
            text.add(Kind::Other, "together t of p, q".to_owned());
            text.add(Kind::Other, "  rate 1".to_owned());
        }
    }
    text
}

/// What was seen to happen to lines.
#[derive(Default)]
struct Seen {
    /// Places that decided.
    decided: BTreeSet<usize>,
    /// Bounds that were looked at.
    bounds: BTreeSet<usize>,
    /// Whether 0 charged units ever cost something, or were refused.
    zero_costs: bool,
}

fn values(text: &str, input: &str) -> Vec<Option<Value>> {
    let numbers = |halves: i64| {
        (0..=halves).map(|half| Some(Value::Number(Decimal::new(half * 5, 1)))).collect()
    };
    let asked = text.lines().skip(HEAD.len()).any(|line| line.contains(input));
    let mut values: Vec<Option<Value>> = match input {
        _ if !asked => return vec![None],
        "segment" => (0..3).map(|at| Some(Value::Choice(at))).collect(),
        "trial" => return (0..2).map(|at| Some(Value::Choice(at))).collect(),
        _ => numbers(5),
    };
    values.push(None);
    values
}

/// Every day on which something may change, and one before.
fn days(text: &str) -> Vec<&'static str> {
    let all = ["2024-12-31", "2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05"];
    let dated = text.contains("2025-");
    all.into_iter().filter(|day| dated || *day == "2025-01-01").collect()
}

/// Evaluates every line of the grid.
fn observe(compiled: &Compiled, text: &Text) -> Seen {
    let Compiled { plan, sources, .. } = compiled;
    let written = text.text();
    let line_of = |place: Place| {
        let source = sources.get(place.source).unwrap();
        source.line(place.span.start)
    };
    let id = |plan: &Plan, name: &str| {
        let at = plan.inputs.iter().position(|input| input.name == name).unwrap();
        InputId(u32::try_from(at).unwrap())
    };
    let mut seen = Seen::default();
    let skus: &[&str] = if written.contains("license l") { &["p", "l"] } else { &["p"] };
    for sku in skus {
        for eighth in 0..=96 {
            let mut license = License::new(plan, *sku, Decimal::new(eighth * 125, 3));
            for day in days(&written) {
                license.start = parse_date(day);
                for segment in values(&written, "segment") {
                    license.inputs[id(plan, "segment").0 as usize] = segment;
                    for trial in values(&written, "trial") {
                        if trial.is_some() {
                            license.inputs[id(plan, "trial").0 as usize] = trial;
                        }
                        for users in values(&written, "users") {
                            license.inputs[id(plan, "users").0 as usize] = users;
                            one(plan, &license, &line_of, text, &mut seen);
                        }
                    }
                }
            }
        }
    }
    seen
}

fn one(
    plan: &Plan,
    license: &License,
    line_of: &impl Fn(Place) -> usize,
    text: &Text,
    seen: &mut Seen,
) {
    let mut recording = Recording::default();
    let outcome = evaluate(plan, license, &mut recording);
    match &outcome {
        Ok(Outcome::Excluded { place, .. }) => {
            seen.decided.insert(line_of(*place));
        }
        Err(Refusal::RateRefused { place, .. }) => {
            let line = text.refusing(line_of(*place));
            seen.decided.extend([line, text.lines[line - 1].2]);
        }
        _ => {}
    }
    let charged = recording.steps.iter().find_map(|step| match step {
        Step::Blocks { charged, .. } => Some(charged.clone()),
        _ => None,
    });
    if license.sku == "p" && charged.is_some_and(|charged| charged.is_zero()) {
        let nothing = |outcome: &Outcome| matches!(outcome, Outcome::Converted { credits, .. } if credits.is_zero());
        seen.zero_costs |= !outcome.as_ref().is_ok_and(nothing);
    }
    let mut most = None;
    for step in &recording.steps {
        match step {
            Step::Rated { origin, place, form, exception, .. } => {
                let own = line_of(origin.place);
                let part = line_of(*place);
                let table = text.lines[own - 1].0.contains("rate by");
                match form {
                    RatedForm::NoUnits => {
                        // A rate must be there for 0 units too; an exception need not.
                        let counted = plan.rules[0].counts.len()
                            + usize::from(
                                plan.rules[0]
                                    .versions
                                    .iter()
                                    .any(|version| version.clauses.zero_charged),
                            );
                        if !exception || counted > 0 {
                            seen.decided.insert(own);
                        }
                        if table {
                            seen.decided.insert(part);
                        }
                    }
                    RatedForm::Line { .. } => seen.decided.extend([own, part]),
                    RatedForm::Slices(slices) => {
                        seen.decided.insert(own);
                        seen.decided.extend(slices.iter().map(|slice| line_of(slice.4)));
                    }
                }
            }
            Step::Bounded { origin, at_most: true, bound, .. } => {
                most = Some((line_of(origin.place), bound.clone()));
                seen.bounds.insert(line_of(origin.place));
            }
            Step::Bounded { origin, at_most: false, bound, .. } => {
                seen.decided.insert(line_of(origin.place));
                most = most.filter(|(_, most)| bound <= most);
            }
            Step::Rounded { .. } => seen.decided.extend(most.take().map(|(line, _)| line)),
            _ => {}
        }
    }
}

fn verdict(tape: &[u16], counts: &mut BTreeMap<String, usize>) -> Result<(), String> {
    let text = ruleset(&mut Draw::new(tape));
    let written = text.text();
    let analysis = analyze(&[("a.rules".to_owned(), written.clone())]);
    let mut count = |what: &str| *counts.entry(what.to_owned()).or_default() += 1;
    if analysis.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        count("errors");
        return Ok(());
    }
    let mut told: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut open = false;
    for found in &analysis.diagnostics {
        let place = found.primary.place;
        let line = analysis.sources.get(place.source).unwrap().line(place.span.start);
        open |= found.code == Code::NotDecided && found.message.contains("is used");
        if found.code == Code::UselessClause {
            count(found.message.split(':').next().unwrap());
            told.entry(line).or_default().push(found.message.clone());
        }
    }
    let compiled = analysis.compile().map_err(|_| "it does not compile".to_owned())?;
    let seen = observe(&compiled, &text);
    let fail = |what: &str, line: usize| Err(format!("{what}: line {line}, {told:#?}\n{written}"));
    for (line, messages) in &told {
        if messages.len() > 1 {
            return fail("told twice", *line);
        }
        let zero = messages[0].contains("changes nothing");
        let floor = messages[0].contains("no credits lie below 0");
        // Another form of the clause may charge on other days.
        let only = written.matches("zero charged").count() == 1;
        if zero && only && seen.zero_costs {
            return fail("0 units cost something", *line);
        }
        if !zero && !floor && seen.decided.contains(line) {
            return fail("told of a clause that decides", *line);
        }
    }
    // Of an `exclude` that asks for the quantity of a license nothing is concluded for its products.
    let by_license = written.contains("license l")
        && written.lines().any(|line| line.starts_with("exclude") && line.contains("quantity"));
    if open || by_license {
        count("not decided");
        return Ok(());
    }
    count("decided");
    let shared = written.contains("together");
    for (at, (_, kind, rate)) in text.lines.iter().enumerate() {
        let line = at + 1;
        let unused = !seen.decided.contains(&line);
        let must = match kind {
            Kind::Exclude | Kind::Exception => unused,
            Kind::Rate => unused && !text.lines[at].0.ends_with("rate refused"),
            Kind::Part(refused) => unused && !refused && !told.contains_key(rate) && !shared,
            Kind::AtMost => unused && seen.bounds.contains(&line),
            Kind::Other => false,
        };
        // Whole rates that may be refused stand for all their parts.
        let guarded = matches!(kind, Kind::Part(_)) && !seen.decided.contains(rate);
        if must && !guarded && !told.contains_key(&line) {
            return fail("nothing is said of a clause that never decides", line);
        }
    }
    Ok(())
}

#[test]
fn clauses_are_used_as_every_line_of_a_grid_uses_them() {
    let counts = std::cell::RefCell::new(BTreeMap::new());
    for_all("unused", 2_000, &vec(any::<u16>(), 64), |tape| {
        verdict(&tape, &mut counts.borrow_mut())
    });
    let counts = counts.into_inner();
    for what in ["decided", "this rate is never used", "this tier is never used"] {
        assert!(counts.get(what).is_some_and(|count| *count > 5), "{counts:#?}");
    }
}
