//! What allocations cost, which credits cover them, and which limits they keep.

mod answers;
mod command;
mod goals;
mod plans;
mod split;

use std::collections::BTreeMap;

use jiff::civil::Date;
use proptest::collection::vec;

use credit_rules::allocate::balance::{history, purchase, shares};
use credit_rules::allocate::possible::Looks;
use credit_rules::allocate::retain::{expiries, retained};
use credit_rules::allocate::solve::Work;
use credit_rules::allocate::{Holding, Lot, State, Verified, credits, valid, verify};
use credit_rules::compare::{Subject, compare};
use credit_rules::evaluate::Refusal;
use credit_rules::evaluate::allocated::entitled;
use credit_rules::evaluate::{License, Outcome, Silent, evaluate};
use credit_rules::period::parse_date;
use credit_rules::plan::{Plan, TargetId};
use credit_rules::project::{self, Compiled};
use credit_rules::quantity::Exact;
use credit_rules::selftest::{self, Verdict};
use credit_rules::source::{Source, Sources};
use rust_decimal::Decimal;

use crate::oracle::for_all;

const RULES: &str = "\
ruleset demo \"Demo\"
credits round half up to 1
unit seat, seats
unit gb
unit tb = 1_000 gb
input tier one of low, high
product core per seat
  rate 2
product pro per seat
  rate 3
product vault per started 10 gb
  rate 5
  from 2026-06-01 rate 6
product old per seat
  rate 1
  from 2026-01-01 withdrawn
product asked per seat
  rate 1
  when tier is high rate 2
product yearly per seat per year, by day
  rate 12
license pool per seat
  rate 1
license tied per seat
  rate 1
  credits only for core
  from 2026-06-01 credits only for pro, vault
together both of core, pro
  rate 4
limit cap      core at most 5 seats
limit floor    vault at least 20 gb or none
limit packs    vault in steps of 30 gb
limit ratio    pro at most 2 * core + 1
limit share    credits of pro at most 40% of allocated
limit access   vault needs any of core, pro
limit pairs    pro needs core unit for unit
limit modes    at most 2 of core, pro, vault
limit choose   exactly 1 of core, vault        warn
limit spent    valid - allocated at least 3
limit later from 2026-06-01 core at least 1 seat
";

fn rules(text: &str) -> Compiled {
    let ruleset = project::analyze(Sources::new(vec![Source::new("demo.rules", text)]));
    ruleset.compile().unwrap_or_else(|found| panic!("{:#?}", found.diagnostics))
}

fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn id(plan: &Plan, name: &str) -> TargetId {
    plan.owners.get(name).unwrap().rule
}

fn units(plan: &Plan, given: &[(&str, i64)]) -> BTreeMap<TargetId, Exact> {
    given.iter().map(|(name, units)| (id(plan, name), Exact::from(*units))).collect()
}

/// The lot of a license with credits and days.
fn lot(plan: &Plan, license: &str, credits: i64, from: &str, end: Option<&str>) -> Lot {
    let days = (Some(day(from)), end.map(day));
    Lot::new(plan, (license.to_owned(), 1), (id(plan, license), Exact::from(credits)), days)
}

fn holding(plan: &Plan, on: &str, lots: Vec<Lot>, given: &[(&str, i64)]) -> Holding {
    Holding { account: "ACME".to_owned(), day: day(on), lots, units: units(plan, given) }
}

fn texts(plan: &Plan, of: &[(TargetId, Exact)]) -> Vec<String> {
    of.iter().map(|(id, own)| format!("{} {own}", plan.rule(*id).unwrap().name)).collect()
}

#[test]
fn products_go_through_their_own_steps_and_share_what_they_cost_together() {
    let plan = rules(RULES).plan;
    let on = day("2026-05-01");
    let given = units(&plan, &[("core", 5), ("pro", 3), ("vault", 11), ("old", 0)]);
    let found = credits(&plan, "ACME", on, &given).unwrap();
    // 3 × 4 together, 2 × 2 for the other cores, 2 blocks of 5; of the 12 are 6 in 15 and 9 in 15.
    assert_eq!(found.total, Exact::from(26));
    let of = |name| found.of(id(&plan, name)).text();
    assert_eq!((of("core"), of("pro"), of("vault")), ("8.8".into(), "7.2".into(), "10".into()));
    let sum = found.products.values().fold(Exact::zero(), |sum, own| &sum + own);
    assert_eq!(sum, found.total);
    let later = credits(&plan, "ACME", day("2026-06-01"), &given).unwrap();
    assert_eq!(later.total, Exact::from(28));
}

#[test]
fn every_product_that_is_refused_is_told() {
    let plan = rules(RULES).plan;
    let given = units(&plan, &[("core", 1), ("old", 1), ("asked", 1), ("yearly", 1)]);
    let refused = credits(&plan, "ACME", day("2026-05-01"), &given).unwrap_err();
    let told: Vec<(TargetId, &Refusal)> =
        refused.iter().map(|one| (one.product, &one.refusal)).collect();
    let kinds = told.as_slice();
    assert!(
        matches!(
            kinds,
            [
                (old, Refusal::Withdrawn { .. }),
                (asked, Refusal::MissingInput { .. }),
            ] if *old == id(&plan, "old") && *asked == id(&plan, "asked")
        ),
        "{told:?}"
    );
    let given = units(&plan, &[("core", 1), ("yearly", 1)]);
    let refused = credits(&plan, "ACME", day("2026-05-01"), &given).unwrap_err();
    assert!(
        matches!(refused.as_slice(), [one] if matches!(one.refusal, Refusal::MissingEnd { .. }))
    );
}

#[test]
fn rates_of_an_account_are_its_own() {
    let text = "ruleset r \"R\"\ncredits round half up to 1\nunit seat\nproduct a per seat\n  rate 5\n  \
                when account is \"ACME\" rate 4\n";
    let plan = rules(text).plan;
    let given = units(&plan, &[("a", 10)]);
    let cost = |account| credits(&plan, account, day("2026-01-01"), &given).unwrap().total;
    assert_eq!((cost("ACME"), cost("Bolt")), (Exact::from(40), Exact::from(50)));
    // The balance that nobody declared.
    let limit = plan.limits.first().unwrap();
    assert_eq!((plan.limits.len(), limit.name.as_str(), limit.by_default), (1, "balance", true));
}

/// Each limit, decided in whole numbers.
fn kept(core: i64, pro: i64, vault: i64, valid: i64, later: bool) -> BTreeMap<&'static str, bool> {
    let joint = core.min(pro);
    let allocated = 4 * joint
        + 2 * (core - joint)
        + 3 * (pro - joint)
        + if later { 6 } else { 5 } * ((vault + 9) / 10);
    // Of 4 for both, 3 in 5 are those of pro: five times its credits.
    let pro_times_5 = 4 * joint * 3 + 5 * 3 * (pro - joint);
    let some = |all: &[i64]| all.iter().filter(|own| **own > 0).count();
    let mut kept = BTreeMap::from([
        ("cap", core <= 5),
        ("floor", vault == 0 || vault >= 20),
        ("packs", vault % 30 == 0),
        ("ratio", pro <= 2 * core + 1),
        ("share", 2 * allocated >= pro_times_5),
        ("access", vault == 0 || core + pro > 0),
        ("pairs", pro <= core),
        ("modes", some(&[core, pro, vault]) <= 2),
        ("choose", some(&[core, vault]) == 1),
        ("spent", valid - allocated >= 3),
        ("balance", allocated <= valid),
    ]);
    if later {
        kept.insert("later", core >= 1);
    }
    kept
}

#[test]
fn limits_are_kept_as_they_are_in_whole_numbers() {
    let plan = rules(RULES).plan;
    for_all("limits of allocations", 400, &vec(0u8..=255, 5), |drawn| {
        let [core, pro, vault, credits, later] = drawn.as_slice() else { return Ok(()) };
        let small = |byte: u8, most: i64| i64::from(byte) % most;
        let (core, pro) = (small(*core, 8), small(*pro, 8));
        let (vault, credits) = (small(*vault, 10) * 10, small(*credits, 60));
        let later = later % 2 == 0;
        let on = if later { "2026-06-01" } else { "2026-05-31" };
        let lots = vec![lot(&plan, "pool", credits, "2026-01-01", None)];
        let given = [("core", core), ("pro", pro), ("vault", vault)];
        let found = verify(&plan, &holding(&plan, on, lots, &given)).unwrap();
        let limit = |line: usize| plan.limits.get(line).unwrap().name.as_str();
        let lines: BTreeMap<&str, bool> =
            found.lines.iter().map(|line| (limit(line.limit), line.kept)).collect();
        let expected = kept(core, pro, vault, credits, later);
        let refuses = expected.iter().any(|(name, kept)| *name != "choose" && !kept);
        if lines == expected && found.is_accepted(&plan) != refuses {
            return Ok(());
        }
        Err(format!("{given:?} of {credits} on {on}: {lines:?}, expected {expected:?}"))
    });
}

fn line(plan: &Plan, found: &Verified, name: &str) -> (bool, String, String, Option<String>) {
    let own = |limit: usize| plan.limits.get(limit).unwrap().name == name;
    let line = found.lines.iter().find(|line| own(line.limit)).unwrap();
    let apart = line.apart.as_ref().map(Exact::text);
    (line.kept, line.left.text(), line.right.text(), apart)
}

#[test]
fn breaches_tell_both_sides_and_what_is_missing() {
    let plan = rules(RULES).plan;
    let lots = vec![lot(&plan, "pool", 30, "2026-01-01", None)];
    let given = [("core", 7), ("pro", 9), ("vault", 40)];
    let found = verify(&plan, &holding(&plan, "2026-05-01", lots, &given)).unwrap();
    let told = |name| line(&plan, &found, name);
    let expect = |kept: bool, left: &str, right: &str, apart: Option<&str>| {
        (kept, left.to_owned(), right.to_owned(), apart.map(str::to_owned))
    };
    assert_eq!(told("cap"), expect(false, "7", "5", Some("2")));
    assert_eq!(told("floor"), expect(true, "40", "20", Some("20")));
    assert_eq!(told("packs"), expect(false, "40", "30", Some("20")));
    assert_eq!(told("ratio"), expect(true, "9", "15", Some("6")));
    assert_eq!(told("access"), expect(true, "40", "16", None));
    assert_eq!(told("pairs"), expect(false, "9", "7", Some("2")));
    assert_eq!(told("modes"), expect(false, "3", "2", Some("1")));
    // 7 × 4 + 2 × 3 + 4 × 5
    assert_eq!(told("balance"), expect(false, "54", "30", Some("24")));
    assert_eq!(found.balance(), Exact::from(-24));
    let uncovered = texts(&plan, &found.split.uncovered);
    assert_eq!(uncovered, ["pro 4", "vault 20"]);
}

#[test]
fn credits_that_are_for_other_products_breach_the_balance() {
    let plan = rules(RULES).plan;
    let lots = || {
        vec![
            lot(&plan, "pool", 6, "2026-01-01", Some("2027-12-31")),
            lot(&plan, "tied", 40, "2026-01-01", Some("2026-12-31")),
        ]
    };
    let given = [("core", 4), ("vault", 20)];
    let found = verify(&plan, &holding(&plan, "2026-05-01", lots(), &given)).unwrap();
    // 8 for core from what is tied to it, and 6 of 10 for the vault.
    assert_eq!((found.valid.clone(), found.stranded.clone()), (Exact::from(46), Exact::from(4)));
    assert_eq!(line(&plan, &found, "balance").3.as_deref(), Some("4"));
    assert!(!line(&plan, &found, "balance").0 && !found.is_accepted(&plan));
    assert_eq!(texts(&plan, &found.split.uncovered), ["vault 4"]);
    let shares: Vec<(usize, String)> =
        found.split.shares.iter().map(|(lot, _, credits)| (*lot, credits.text())).collect();
    assert_eq!(shares, [(1, "8".to_owned()), (0, "6".to_owned())]);
    // A license that began later may be for others.
    let mut lots = lots();
    lots.push(lot(&plan, "tied", 40, "2026-06-01", None));
    let found = verify(&plan, &holding(&plan, "2026-06-01", lots, &given)).unwrap();
    assert!(line(&plan, &found, "balance").0 && found.stranded.is_zero());
}

#[test]
fn lots_live_from_their_first_day_to_the_end_of_their_grace() {
    use State::{Expired, Grace, NotYet, Soon, Valid};
    let states = |grace: &str| {
        let plan = rules(&format!("{RULES}{grace}")).plan;
        let held = lot(&plan, "pool", 7, "2026-02-01", Some("2026-06-30"));
        let days = [
            "2026-01-31",
            "2026-02-01",
            "2026-05-30",
            "2026-05-31",
            "2026-06-30",
            "2026-07-01",
            "2026-07-10",
            "2026-07-11",
        ];
        days.map(|text| {
            let counted = valid(&holding(&plan, text, vec![held.clone()], &[]));
            (held.state(day(text)), counted == Exact::from(7))
        })
    };
    let without = [
        (NotYet, false),
        (Valid, true),
        (Valid, true),
        (Soon, true),
        (Soon, true),
        (Expired, false),
        (Expired, false),
        (Expired, false),
    ];
    assert_eq!(states(""), without);
    let mut listed = without;
    (listed[5].0, listed[6].0) = (Grace, Grace);
    assert_eq!(states("grace 10 days does not count\n"), listed);
    (listed[5].1, listed[6].1) = (true, true);
    assert_eq!(states("grace 10 days counts\n"), listed);
}

#[test]
fn ends_tell_what_they_leave_uncovered() {
    let plan = rules(RULES).plan;
    let lots = vec![
        lot(&plan, "pool", 10, "2026-01-01", Some("2026-12-31")),
        lot(&plan, "pool", 6, "2026-01-01", Some("2026-08-31")),
        lot(&plan, "pool", 4, "2026-09-01", None),
        lot(&plan, "pool", 99, "2025-01-01", Some("2025-12-31")),
    ];
    let held = holding(&plan, "2026-05-01", lots, &[("core", 5), ("vault", 10)]);
    let cost = credits(&plan, "ACME", held.day, &held.units).unwrap();
    let found = expiries(&held.lots, held.day, &cost.products);
    let told: Vec<(String, Vec<usize>, String, Vec<String>)> = found
        .iter()
        .map(|one| {
            let uncovered = texts(&plan, &one.uncovered);
            (one.last.to_string(), one.lots.clone(), one.valid.text(), uncovered)
        })
        .collect();
    let expected = [
        ("2026-08-31".to_owned(), vec![1], "14".to_owned(), vec!["vault 1".to_owned()]),
        (
            "2026-12-31".to_owned(),
            vec![0],
            "4".to_owned(),
            vec!["core 6".to_owned(), "vault 5".to_owned()],
        ),
    ];
    assert_eq!(told, expected);
}

#[test]
fn rounded_shares_add_up_to_a_hundred_percent() {
    let parts: Vec<Exact> = [1, 1, 1].map(Exact::from).to_vec();
    let tenths: Vec<String> = shares(&parts).iter().map(|share| share.tenths.text()).collect();
    assert_eq!(tenths, ["334", "333", "333"]);
    assert!(shares(&[Exact::zero()]).is_empty());
    for_all("shares", 300, &vec(0u16..=1_000, 1..12), |drawn| {
        let parts: Vec<Exact> = drawn.iter().map(|part| Exact::from(i64::from(*part))).collect();
        let found = shares(&parts);
        let sum = found.iter().fold(Exact::zero(), |sum, share| &sum + &share.tenths);
        let near = |share: &credit_rules::allocate::balance::Share| {
            let apart = &(&share.exact * &Exact::from(1_000)) - &share.tenths;
            apart > Exact::from(-1) && apart < Exact::one()
        };
        let empty = drawn.iter().all(|part| *part == 0);
        let right = if empty {
            found.is_empty()
        } else {
            sum == Exact::from(1_000) && found.iter().all(near)
        };
        if right { Ok(()) } else { Err(format!("{drawn:?}: {found:?}")) }
    });
}

#[test]
fn a_purchase_is_what_is_required_and_not_there() {
    let plan = rules(RULES).plan;
    let held = |credits| {
        let lots = vec![lot(&plan, "pool", credits, "2026-01-01", None)];
        holding(&plan, "2026-05-01", lots, &[("core", 5)])
    };
    let more = units(&plan, &[("pro", 5)]);
    let found = |credits| {
        let found = purchase(&plan, &held(credits), &more).unwrap();
        (found.required.text(), found.buy.text(), found.surplus.text())
    };
    // 5 × 4 together in place of 5 × 2.
    assert_eq!(found(12), ("10".into(), "8".into(), "0".into()));
    assert_eq!(found(4), ("10".into(), "16".into(), "0".into()));
    assert_eq!(found(25), ("10".into(), "0".into(), "5".into()));
}

#[test]
fn the_past_is_told_month_by_month() {
    let plan = rules(RULES).plan;
    let lots = vec![lot(&plan, "pool", 10, "2026-04-15", Some("2026-06-30"))];
    let held = holding(&plan, "2026-07-20", lots, &[("vault", 10), ("asked", 0)]);
    let told: Vec<(String, String, String)> = history(&plan, &held, 5)
        .iter()
        .map(|past| {
            let allocated = past.allocated.as_ref().unwrap();
            (past.day.to_string(), past.valid.text(), allocated.text())
        })
        .collect();
    let expected = [
        ("2026-03-31", "0", "5"),
        ("2026-04-30", "10", "5"),
        ("2026-05-31", "10", "5"),
        ("2026-06-30", "10", "6"),
        ("2026-07-20", "0", "6"),
    ];
    let expected: Vec<(String, String, String)> =
        expected.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect();
    assert_eq!(told, expected);
}

#[test]
fn what_licenses_stand_for_costs_what_they_convert_to() {
    let text = "ruleset r \"R\"\ncredits round half up to 1\nunit seat\nunit pair = 2 seat\n\
        product a per seat\n  rate 3\nproduct b per started 4 seat\n  rate 10\n\
        license suite per pair\n  count quantity + 1\n  grants 2 seat of a\n  grants 1 pair of b\n\
        license pool per seat\n  rate 1\nexclude when account is \"no\" because \"test\"\n";
    let plan = rules(text).plan;
    let on = day("2026-01-01");
    for_all("retained allocations", 200, &vec(0u8..=255, 3), |drawn| {
        let [name, quantity, excluded] = drawn.as_slice() else { return Ok(()) };
        let sku = ["suite", "a", "b", "pool"].get(usize::from(*name % 4)).copied().unwrap();
        let mut license = License::new(&plan, sku, Decimal::from(*quantity));
        license.start = Some(on);
        if excluded % 5 == 0 {
            license.set(credit_rules::plan::ACCOUNT, credit_rules::plan::Value::Text("no".into()));
        }
        let worth = match evaluate(&plan, &license, &mut Silent).unwrap() {
            Outcome::Converted { credits, .. } => Exact::from(credits),
            Outcome::Excluded { .. } => Exact::zero(),
        };
        let lot =
            Lot::new(&plan, ("1".into(), 1), (id(&plan, sku), worth.clone()), (Some(on), None));
        let units = retained(&[lot], &[entitled(&plan, &license).unwrap()], on);
        let cost = credits(&plan, "", on, &units).unwrap().total;
        // Credits without grants stand for nothing.
        let expected = if sku == "pool" { Exact::zero() } else { worth };
        if cost == expected { Ok(()) } else { Err(format!("{sku} {quantity}: {cost}, {expected}")) }
    });
}

#[test]
fn what_holds_for_allocations_is_compared() {
    let text = |more: &str, only: &str| {
        format!(
            "ruleset r \"R\"\ncredits round half up to 1\n{more}unit seat\nproduct a per seat\n  rate 3\n\
             product b per seat\n  rate 4\nlicense pool per seat\n  rate 1\n{only}"
        )
    };
    let told = |old: (&str, &str), new: (&str, &str)| {
        let (old, new) = (rules(&text(old.0, old.1)), rules(&text(new.0, new.1)));
        let diff = compare(old.rules(), new.rules());
        let others = diff.others.iter().chain(diff.pairs.iter().flat_map(|pair| &pair.others));
        let told = others.map(|other| {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".into());
            (other.subject, text(&other.old), text(&other.new), other.days.from.to_string())
        });
        told.collect::<Vec<_>>()
    };
    let always = "-009999-01-01".to_owned();
    let grace = told(("", ""), ("grace 30 days counts\n", ""));
    assert_eq!(grace, [(Subject::Grace, "none".into(), "30 days counts".into(), always.clone())]);
    assert!(told(("", ""), ("grace 0 days counts\n", "")).is_empty());
    let only =
        told(("", ""), ("", "  credits only for b, a\n  from 2026-01-01 credits only for a\n"));
    let expected = [
        (Subject::OnlyFor, "none".into(), "a, b".into(), always),
        (Subject::OnlyFor, "none".into(), "a".into(), "2026-01-01".into()),
    ];
    assert_eq!(only, expected);
}

#[test]
fn examples_allocate() {
    let verdicts = |lines: &str| {
        let text = format!("{RULES}example \"one\"\n  on 2026-05-01\n{lines}");
        let ruleset = rules(&text);
        let ran = selftest::run(&ruleset.plan, &ruleset.sources, ruleset.examples.first().unwrap());
        match ran.verdict {
            Verdict::Passed => Vec::new(),
            Verdict::Failed(failures) => {
                let told = |one: selftest::Failure| (one.expected, one.found, one.instead);
                failures.into_iter().map(told).collect()
            }
        }
    };
    let fails = |expected: &str, found: &str, instead: &str| {
        vec![(expected.to_owned(), found.to_owned(), instead.to_owned())]
    };
    let given =
        "  given 1_030 seats of pool\n  allocate 5 seats of core\n  allocate 1 seat of pro\n";
    assert!(verdicts(&format!("{given}  expect balance 1_018\n")).is_empty());
    let found = verdicts(&format!("{given}  expect balance 1_017\n"));
    assert_eq!(found, fails("balance 1017", "balance 1018", "balance 1_018"));
    let found = verdicts(&format!("{given}  expect breach of cap\n"));
    assert_eq!(found, fails("breach of cap", "no breach", "balance 1_018"));
    // A balance is expected of allocations that may stand.
    let more = format!("{given}  allocate 1 seat of core\n  expect balance 1_016\n");
    assert_eq!(verdicts(&more), fails("no breach that refuses", "breach of cap", "breach of cap"));
    assert!(verdicts(&format!("{more}  expect breach of cap\n")).is_empty());
    // Those that only warn may be breached.
    let both = "  given 99 seats of pool\n  allocate 3 seats of core\n  allocate 30 gb of vault\n";
    assert!(verdicts(&format!("{both}  expect balance 78\n")).is_empty());
    assert!(verdicts(&format!("{both}  expect breach of choose\n")).is_empty());
    let old = "  given 99 seats of pool\n  allocate 3 seats of old\n";
    assert!(verdicts(&format!("{old}  expect refused withdrawn\n")).is_empty());
    let found = verdicts(&format!("{old}  expect balance 96\n"));
    let refused = "refused withdrawn (`old` is withdrawn on 2026-05-01, at demo.rules:16, \
                   since 2026-01-01)";
    assert_eq!(found, fails("balance 96", refused, "refused withdrawn"));
    // Credits are for core alone; the balance says so.
    let tied = "  given 99 seats of tied\n  allocate 30 gb of vault\n  expect breach of balance\n";
    assert!(verdicts(tied).is_empty());
}

#[test]
fn an_allocation_that_breaks_steps_and_keeps_the_rest_is_found() {
    let text = "ruleset t \"T\"\ncredits round half up to 1\nunit seat\n\
        product a per seat\n  rate 1\nlimit some a at least 10 seat\n\
        limit few a at most 11 seat\nlimit boxes a in steps of 5 seat\n\
        product b per seat\n  rate 1\nlimit whole b in steps of 1 seat\n";
    let ruleset = project::analyze(Sources::new(vec![Source::new("t.rules", text)]));
    let Compiled { plan, .. } = ruleset.compile().unwrap();
    let limit = |name: &str| plan.limits.iter().position(|own| own.name == name).unwrap();
    let units = |name: &str, found: &Holding| {
        found.units.get(&plan.owners.get(name).unwrap().rule).map(Exact::text)
    };
    let day = parse_date("2026-01-01").unwrap();
    let mut looks = Looks::new(&plan, Work::new(1_000_000));
    let others = [limit("some"), limit("few")];
    let found = looks.found(day, &others, Some(limit("boxes"))).unwrap();
    assert_eq!(units("a", &found).as_deref(), Some("11"));
    let found = looks.found(day, &others, Some(limit("whole"))).unwrap();
    assert_eq!(units("b", &found).as_deref(), Some("0.5"));
    let both = [limit("some"), limit("few"), limit("boxes")];
    assert!(looks.found(day, &both, Some(limit("few"))).is_none());
}
