//! `test --missing`: examples for what no example touches; and what `--mutate` tries of limits.

use std::collections::BTreeSet;

use credit_rules::mutate::{self, Fate, Mutant, mutants};
use credit_rules::project::Compiled;
use credit_rules::selftest::coverage::Item;
use credit_rules::selftest::missing::{Missing, missing};
use credit_rules::selftest::run_all;
use credit_rules::selftest::text::Counts;
use serde_json::Value;

use crate::cli::run;
use crate::testing::{compiled, coverage, folder};

const HEAD: &str = "ruleset r \"R\"\ncredits round half up to 1\nunit seat, seats\nunit gb\nunit tb = 1_000 gb\nunit box\n";

fn found(ruleset: &Compiled) -> Missing {
    missing(&ruleset.plan, &ruleset.sources, &coverage(ruleset))
}

/// What is found for these rules, pasted behind them: it passes, and touches all that it says.
fn pasted(rules: &str) -> (Missing, Compiled) {
    let rules = format!("{HEAD}{rules}");
    let found = found(&compiled(&rules));
    let pasted = compiled(&format!("{rules}{}", found.text()));
    let ran = run_all(&pasted.plan, &pasted.sources, &pasted.examples);
    assert_eq!(Counts::of(&ran).failed, 0, "{}", found.text());
    let covered = coverage(&pasted);
    let open = covered.missing().count();
    let limits = covered.allocations.iter().filter(|own| own.is_missing()).count();
    assert_eq!(open + limits, found.not_found.len(), "{}", found.text());
    (found, pasted)
}

/// Each rate with no bound in its way: 1 unit is enough to touch it.
const PRODUCTS: &str = "\
product core per seat
  rate 20
product sensor per seat
  rate 5
product storage per gb
  rate 1
product bulk per box
  rate 7
product scan per seat
  rate 2
product bucket per seat
  rate 3
together both of core, sensor
  rate 22
";

#[test]
fn every_form_of_limit_has_a_skeleton() {
    let limits = "\
limit cap       core at most 50 seats
limit floor     storage at least 1 tb or none
limit whole     bulk at least 1 box or none
limit steps     scan in steps of 5 seats
limit ratio     core at most 2 * sensor + 10
limit share     credits of storage at most 40% of allocated
limit access    scan needs any of sensor, core
limit pairs     bucket needs sensor unit for unit
limit one_mode  at most 1 of scan, bucket
limit some      at least 1 of core, sensor, storage  warn
limit reserve   allocated at most 80% of valid
limit used      allocated at least 10% of valid      warn
limit later     from 2026-06-01 to 2026-06-30 sensor at most 5 seats
limit balance   allocated at most valid              warn
";
    let (found, pasted) = pasted(&format!("{PRODUCTS}{limits}"));
    assert!(found.not_found.is_empty(), "{:#?}", found.not_found);
    insta::assert_snapshot!(found.text());
    // Every breach is expected, and no other.
    for example in pasted.examples.iter().filter(|own| !own.allocate.is_empty()) {
        let text = found.examples.iter().find(|own| own.name == example.name).unwrap();
        for line in text.text.lines().filter(|line| line.contains("expect breach")) {
            let without = text.text.replace(&format!("{line}\n"), "");
            let rules = format!("{HEAD}{PRODUCTS}{limits}{without}  expect balance 987_654\n");
            let ruleset = compiled(&rules);
            let ran = run_all(&ruleset.plan, &ruleset.sources, &ruleset.examples);
            assert_eq!(Counts::of(&ran).failed, 1, "{rules}");
        }
    }
}

#[test]
fn lines_are_found_for_what_can_be_reached() {
    for rules in [
        "product a per seat\n  rate 10 flat\n  when quantity from 4 rate 0.5\n  \
         from 2025-03-15 withdrawn\n",
        "product a per started 0.5 seats\n  rate 10\n",
        "product a per started 3 seats\n  count ceil(quantity / 3)\n  rate 10\n",
        "product a per seat\n  count if quantity above 4 then 4 + (quantity - 4) * 0.5 else quantity\n  \
         rate graduated\n    up to 9 3\n    beyond 2\n",
        "product a per seat\n  rate 10\n  from 2025-03-15 withdrawn\nproduct b per seat\n  rate 1\n\
         license l per seat\n  grants 1 seat of a\n  grants 2 seats of b\n",
    ] {
        let (found, _) = pasted(rules);
        assert!(found.not_found.is_empty(), "{rules}{:#?}", found.not_found);
    }
}

/// A line that is refused because one of the products is not sold says nothing of what is granted.
#[test]
fn a_grant_of_what_is_withdrawn_is_not_touched() {
    let rules = "product a per seat\n  rate 10\n  from 2025-03-15 withdrawn\n\
        license l per seat\n  grants 1 seat of a\n\
        example \"late\"\n  on 2026-01-01\n  given 1 seat of l\n  expect refused withdrawn\n";
    let covered = coverage(&compiled(&format!("{HEAD}{rules}")));
    let open: Vec<String> = covered.missing().map(Item::words).collect();
    assert!(open.iter().any(|words| words == "grant of l"), "{open:#?}");
}

#[test]
fn skeletons_show_the_figure_that_they_are_written_for() {
    // 1 seat, and 10, cost 50.
    let (found, _) =
        pasted("product a per seat\n  at least 50\n  rate 4\n  from 2026-01-01 rate 3\n");
    let of = |what: &str| {
        let shows = |shown: &String| shown.ends_with(what);
        found.examples.iter().find(|own| own.shows.iter().any(shows)).unwrap().text.clone()
    };
    for figure in ["rate of a", "date of a: 2025-12-31", "date of a: 2026-01-01"] {
        assert!(of(figure).contains("given 100 seats"), "{}", of(figure));
    }
    assert!(of("less than 50 credits").contains("given 1 seat "), "{}", found.text());
    // A rate that rounding hides.
    let (found, _) = pasted("product a per seat\n  rate 0.01\n");
    assert!(found.text().contains("given 100 seats of a\n  expect 1\n"), "{}", found.text());
}

#[test]
fn names_of_skeletons_are_distinct() {
    let rules = "product a per seat\n  rate 4\n  from 2025-01-01 rate 3\n  from 2026-01-01 rate 2\n\
        example \"a, rate\"\n  on 2024-01-01\n  given 1 seat of a\n  expect 4\n";
    let (found, pasted) = pasted(rules);
    let names: BTreeSet<&str> = pasted.examples.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(names.len(), found.examples.len() + 1, "{}", found.text());
    assert!(names.contains("a, rate (2)"), "{names:#?}");
}

#[test]
fn skeletons_as_json_and_beside_the_coverage() {
    let rules = format!("{HEAD}product a per seat\n  rate 4\nlimit cap a at most 5 seats\n");
    let folder = folder(&rules);
    let told = |options: &[&str]| run(folder.path(), &[&["test", "."], options].concat(), b"");
    let json = told(&["--missing", "--format", "json"]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["coverage"], Value::Null);
    insta::assert_snapshot!(format!("{:#}", json["missing"]));
    let both = told(&["--missing", "--coverage"]);
    assert_eq!((both.code, &both.stdout), (0, &told(&["--missing"]).stdout));
    assert!(both.stderr.contains("touched 0 of 2, 0 %"), "{}", both.stderr);
    let both = told(&["--missing", "--coverage", "--format", "json"]);
    let both: Value = serde_json::from_str(&both.stdout).unwrap();
    assert_eq!((&both["missing"], &both["coverage"]["total"]), (&json["missing"], &1.into()));
}

/// Words of a limit are changed outside its name and its reason.
#[test]
fn the_words_of_limits_have_mutants() {
    let rules = format!(
        "{HEAD}{PRODUCTS}limit a storage at least 1 tb or none refuse\nlimit b bucket needs sensor \
         unit for unit because \"at most as many, warn\"\nlimit c exactly 1 of scan, bucket warn\n"
    );
    let ruleset = compiled(&rules);
    let found = mutants(&ruleset.sources);
    let words: Vec<String> = found.iter().map(Mutant::words).collect();
    for (what, place) in [
        ("limit: at least → at most", "storage at most 1 tb or none refuse\n"),
        ("limit: or none → dropped", "storage at least 1 tb  refuse\n"),
        ("level: refuse → warn", "storage at least 1 tb or none warn\n"),
        (
            "limit: unit for unit → dropped",
            "bucket needs sensor  because \"at most as many, warn\"\n",
        ),
        ("level: refuse → warn", "unit for unit warn because \"at most as many, warn\"\n"),
        ("limit: exactly → at most", "limit c at most 1 of scan, bucket warn\n"),
        ("limit: exactly → at least", "limit c at least 1 of scan, bucket warn\n"),
        ("level: warn → refuse", "limit c exactly 1 of scan, bucket refuse\n"),
    ] {
        let made = found.iter().filter(|own| own.words() == what).any(|own| {
            let changed = own.apply(&ruleset.sources);
            changed.iter().any(|(_, source)| source.text().contains(place))
        });
        assert!(made, "{what}: {place}{words:#?}");
    }
    assert_eq!(words.iter().filter(|own| own.starts_with("level")).count(), 3, "{words:#?}");
}

/// A limit that warns is told from one that refuses by a balance that is expected in spite of it.
#[test]
fn a_limit_that_would_refuse_is_noticed() {
    let rules = format!(
        "{HEAD}product a per seat\n  rate 2\nlimit balance allocated at most valid warn\n\
         example \"less\"\n  on 2026-01-01\n  allocate 1 seat of a\n"
    );
    let fate = |expect: &str| {
        let ruleset = compiled(&format!("{rules}  expect {expect}\n"));
        let found = mutate::run(&ruleset, mutants(&ruleset.sources), &|| {}).mutants;
        found.into_iter().find(|(own, _)| own.what == "level").unwrap().1
    };
    assert_eq!(fate("balance -2"), Fate::Killed { example: "less".to_owned() });
    assert_eq!(fate("breach of balance"), Fate::Survived);
}
