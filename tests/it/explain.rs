//! `explain` and `invert` as a user runs them.

#![expect(clippy::indexing_slicing, reason = "a member that is missing is null")]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Done, root, run};

const RULES: &str = "\
ruleset demo \"Demo\"
credits round half up to 1
unit seat, seats
unit dozen = 12 seats
input customer one of company, school, agency, default company
input region text
exclude when account is \"Test\"          because \"tests are no customers\"
product portal \"Portal\" per seat
  sku \"P-1\"                             because \"the order form\"
  rate 10
  from 2026-01-01 rate 12
  from 2026-03-01 to 2026-03-14 rate 11   because \"promotion\"
  when customer is school and quantity from 100 rate 6
  when customer is agency rate 9
product routed \"Routed\" per seat
  rate by region, quantity
    | \"north\"   | up to 10 | 3       |
    | \"north\"   | above 10 | 2       |
    | otherwise | refused |               because \"the north alone\"
  allow falling                           because \"many cost less\"
product freebie \"One Free In Ten\" per seat
  count quantity - floor(quantity / 10)
  rate 5
product square \"Square\" per seat
  count quantity * quantity
  rate 1
product begun \"Begun\" per seat
  count quantity + 2 * ceil(quantity / 10)
  rate 5
product rest \"Rest\" per seat
  count max(0, 100 - quantity)
  rate 1
  allow falling                           because \"what is left\"
product yearly \"Yearly\" per started 10 seats per year, by day
  rate 100
  at least 30
  at most 250
license pack \"Pack\" per seat
  grants 1 seat of portal
  grants 3 seats of begun
product tiered \"Tiered\" per started 10 seats
  rate graduated
    up to 10  5
    up to 20  4                           because \"middle\"
    beyond    refused
  from 2026-06-01 rate volume
    below 10  5 flat
    below 20  6
    beyond    7
  from 2027-01-01 withdrawn               because \"end of sale\"
  when customer is school rate 1
  allow falling                           because \"volume\"
product teeth \"Teeth\" per seat
  count ceil(quantity / 10) * 10 - quantity
  rate 5
  allow falling                           because \"what a pack leaves\"
license both \"Both\" per seat
  grants 1 seat of tiered
  grants 1 seat of teeth
together duo of routed, freebie
  from 2026-01-01 rate 6
  from 2026-03-01 to 2026-03-31 rate 5
license twins \"Twins\" per seat
  grants 1 seat of routed
  grants 1 seat of freebie
";

fn done(command: &str) -> Done {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("demo.rules"), RULES).unwrap();
    in_folder(folder.path(), command)
}

fn in_folder(folder: &Path, command: &str) -> Done {
    let words: Vec<&str> = command.split_whitespace().collect();
    let (verb, rest) = words.split_first().unwrap();
    let mut arguments = vec![*verb, "demo.rules"];
    arguments.extend(rest);
    run(folder, &arguments, b"")
}

fn json(command: &str) -> Value {
    let done = done(&format!("{command} --format json"));
    assert_eq!(done.stderr, "", "{command}");
    serde_json::from_str(&done.stdout).unwrap()
}

/// The rates that do not apply, each with why not.
fn not_used(command: &str) -> Vec<String> {
    let explained = json(command);
    let steps = explained["steps"].as_array().unwrap();
    let rate = steps.iter().find(|step| step["step"] == "rate").unwrap();
    let told = rate["not_used"].as_array().unwrap().iter().map(|unused| {
        let text = |key: &str| unused[key].as_str().unwrap_or("-").to_owned();
        let why = match text("why").as_str() {
            "condition" => {
                format!(
                    "{} {} {} +{}",
                    text("input"),
                    text("seen"),
                    text("needed"),
                    unused["others"]
                )
            }
            "days" => format!("{} {} {}", text("seen"), text("needed_from"), text("needed_to")),
            "units" => format!("{} {}", text("seen"), text("needed")),
            _ => text("behind"),
        };
        format!("{}: {why}", text("text"))
    });
    told.collect()
}

#[test]
fn every_rate_that_does_not_apply_has_its_reason() {
    let line = "explain --license P-1 --quantity 99 --on 2026-02-01 --with customer=school";
    assert_eq!(
        not_used(line),
        [
            "when customer is school and quantity from 100 rate 6: quantity 99 from 100 +0",
            "when customer is agency rate 9: customer school is agency +0",
            "rate 10: 2026-02-01 - 2025-12-31",
            "from 2026-03-01 to 2026-03-14 rate 11: 2026-02-01 2026-03-01 2026-03-14",
        ]
    );
    // The rate of the day is replaced by the exception; of two tests that fail figures come first.
    let line = "explain --license portal --quantity 5 --on 2026-03-20 --with customer=agency";
    assert_eq!(
        not_used(line),
        [
            "when customer is school and quantity from 100 rate 6: quantity 5 from 100 +1",
            "rate 10: 2026-03-20 - 2025-12-31",
            "from 2026-01-01 rate 12: demo.rules:14",
            "from 2026-03-01 to 2026-03-14 rate 11: 2026-03-20 2026-03-01 2026-03-14",
        ]
    );
    assert_eq!(
        not_used("explain --license routed --quantity 10.5 --with region=north"),
        [
            "| \"north\" | up to 10 | 3 |: quantity 10.5 up to 10 +0",
            "| otherwise | refused |: demo.rules:18",
        ]
    );
}

#[test]
fn every_tier_that_is_not_reached_has_its_reason() {
    let tiers = |options: &str| -> Vec<String> {
        let all = not_used(&format!("explain --license tiered {options}"));
        all.into_iter().filter(|line| line.starts_with(['u', 'b'])).collect()
    };
    // Tiers that are entered are its slices.
    assert_eq!(
        tiers("--quantity 95 --on 2026-01-01"),
        ["up to 20 4: 10 above 10", "beyond refused: 10 above 20"]
    );
    assert_eq!(tiers("--quantity 101 --on 2026-01-01"), ["beyond refused: 11 above 20"]);
    assert_eq!(
        tiers("--quantity 201 --on 2026-01-01"),
        ["up to 10 5: 21 up to 10", "up to 20 4: 21 above 10 up to 20"]
    );
    assert_eq!(
        tiers("--quantity 91 --on 2026-06-01"),
        ["below 10 5 flat: 10 below 10", "beyond 7: 10 from 20"]
    );
    let school = "--quantity 95 --on 2026-06-01 --with customer=school";
    assert_eq!(tiers(school), Vec::<String>::new());
    let text = done("explain --license tiered --quantity 95 --on 2026-01-01").stdout;
    assert!(text.contains("10 charged units, needed: above 10"), "{text}");
}

#[test]
fn a_withdrawn_line_names_what_withdraws_it() {
    let line = 1 + RULES.lines().position(|line| line.contains("withdrawn")).unwrap();
    let place = format!("demo.rules:{line}");
    for name in ["tiered", "both"] {
        let line = format!("explain --license {name} --quantity 5 --on 2027-01-01");
        let refused = json(&line);
        assert_eq!(refused["refusal"]["code"], "withdrawn");
        assert_eq!(
            refused["refusal"]["message"],
            format!(
                "`tiered` is withdrawn on 2027-01-01, at {place}, since 2027-01-01, \"end of sale\""
            ),
            "{name}"
        );
        let text = done(&line).stdout;
        assert!(text.contains(&format!("{place} goes before it")), "{text}");
    }
    let line = "explain --license tiered --quantity 5 --on 2027-01-01 --with customer=school";
    let text = done(line).stdout;
    let not: Vec<&str> = text.lines().filter(|line| line.starts_with("  not")).collect();
    assert_eq!(not.len(), 3, "{text}");
    assert!(not[0].contains("when customer is school rate 1") && not[0].contains(&place), "{text}");
    assert!(not[1].ends_with("needed: up to 2026-05-31"), "{text}");
    assert!(not[2].contains("rate volume") && not[2].contains(&place), "{text}");
}

#[test]
fn rates_of_products_together_on_other_days_are_told() {
    let together = |day: &str| {
        let line = format!("explain --license twins --quantity 5 --on {day} --with region=north");
        let steps = json(&line)["steps"].as_array().unwrap().clone();
        let last = steps.iter().rfind(|step| step["step"] == "together").unwrap();
        let told = last["not_used"].as_array().unwrap().iter();
        told.map(|unused| unused["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let promotion = "from 2026-03-01 to 2026-03-31 rate 5";
    assert_eq!(together("2026-04-01"), [promotion]);
    assert_eq!(together("2026-03-31"), ["from 2026-01-01 rate 6"]);
    assert_eq!(together("2025-12-31"), ["from 2026-01-01 rate 6", promotion]);
}

#[test]
fn a_count_names_the_inputs_that_it_looks_at() {
    let line = "explain rules/flex_points --license warehouse --quantity 90 --on 2026-02-02";
    let words: Vec<&str> = line.split_whitespace().collect();
    let text = run(root(), &words, b"").stdout;
    assert!(text.contains("90 second from quantity 90  "), "{text}");
}

#[test]
fn a_refused_line_is_explained_up_to_the_refusal() {
    let refused = json("explain --license routed --quantity 5 --with region=south");
    assert_eq!(refused["status"], "refused");
    assert_eq!(refused["refusal"]["code"], "rate-refused");
    let steps = refused["steps"].as_array().unwrap();
    let last = steps.last().unwrap();
    assert_eq!(last["step"], "rate");
    assert_eq!(last["not_used"][0]["needed"], "is \"north\"");
    assert!(last.get("credits").is_none());

    let done = done("explain --license yearly --quantity 5 --on 2026-01-01");
    assert_eq!(done.code, 1);
    assert!(done.stdout.contains("refused  credits of `yearly` depend on the term"));
    assert!(done.stdout.contains("5 rate"), "{}", done.stdout);
    let done = self::done("explain --license P-1 --quantity 5 --account Test");
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    assert!(done.stdout.contains("excluded: exclude when account is \"Test\""));
}

#[test]
fn options_are_read_as_a_list_is() {
    for (options, message) in [
        ("--license portla --quantity 1", "the code or name `portla`; did you mean `portal`?"),
        ("--license portal --quantity 1,000", "has a comma"),
        ("--license portal --quantity -1", "is below 0"),
        ("--license portal --quantity 1 --unit dozne", "did you mean `dozen`?"),
        ("--license portal --quantity 1 --on 2026-02-30", "is not a day of the calendar"),
        ("--license portal --quantity 1 --with customer", "expected INPUT=VALUE"),
        ("--license portal --quantity 1 --with custmer=x", "did you mean `customer`?"),
        ("--license portal --quantity 1 --with start=x", "write `--on` instead"),
        ("--license portal --quantity 1 --with customer=x", "its values are `company`"),
        ("--license portal --quantity 1 --with region=a --with region=b", "is given twice"),
    ] {
        let done = done(&format!("explain {options}"));
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{options}");
        assert!(done.stderr.contains(message), "{options}: {}", done.stderr);
    }
    let done = done("invert --license portal --credits 1e3 --on 2026-01-01");
    assert!(done.code == 2 && done.stderr.contains("has an exponent"), "{}", done.stderr);
    for (options, what) in [("--credits -1", "credits"), ("--credits 1 --max-quantity -1", "-1")] {
        let done = self::done(&format!("invert --license portal {options} --on 2026-01-01"));
        assert_eq!(done.code, 2, "{options}");
        assert!(!done.stderr.contains("unexpected argument"), "{}", done.stderr);
        assert!(done.stderr.contains(what), "{}", done.stderr);
    }
}

/// The clause that refuses a line, with its days and its reason, as every other figure has them.
#[test]
fn a_refusal_has_its_reason() {
    for (line, place, since, because) in [
        ("--license tiered --quantity 5 --on 2027-01-01", "withdrawn", "2027-01-01", "end of sale"),
        ("--license routed --quantity 5 --with region=south", "otherwise", "", "the north alone"),
        (
            "--license late --quantity 5 --on 2026-02-01",
            "from 2026-02-01",
            "2026-02-01",
            "all gone",
        ),
        ("--license late --quantity 12", "beyond", "", "few are left"),
        ("--license late --quantity 5 --with customer=agency", "when", "", "no agencies"),
    ] {
        let late = "product late per seat\n  rate graduated  because \"the list\"\n    up to 9 2\n    \
                    beyond refused  because \"few are left\"\n  \
                    from 2026-02-01 to 2026-02-14 rate refused  because \"all gone\"\n  \
                    when customer is agency rate refused  because \"no agencies\"\n";
        let (line, rules) = match line.contains("late") {
            true if line.contains("--on") => (line.to_owned(), format!("{RULES}{late}")),
            true => (format!("{line} --on 2026-01-01"), format!("{RULES}{late}")),
            false => (line.to_owned(), RULES.to_owned()),
        };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("demo.rules"), &rules).unwrap();
        let tail = rules.lines().position(|own| own.contains(because)).unwrap();
        assert!(rules.lines().nth(tail).unwrap().contains(place), "{because}");
        let json = in_folder(folder.path(), &format!("explain {line} --format json")).stdout;
        let refusal = serde_json::from_str::<Value>(&json).unwrap()["refusal"].clone();
        assert_eq!(refusal["rule"], format!("demo.rules:{}", tail + 1), "{line}");
        assert_eq!(refusal["because"], because, "{line}");
        assert_eq!(refusal["since"].as_str().unwrap_or_default(), since, "{line}");
        let text = in_folder(folder.path(), &format!("explain {line}")).stdout;
        let last = text.lines().last().unwrap();
        assert!(last.contains(&format!(", \"{because}\" [")), "{text}");
    }
    // A record that is refused says it in its message, whose place is fixed.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("demo.rules"), RULES).unwrap();
    fs::write(folder.path().join("list.csv"), "sku,quantity,region\nrouted,5,south\n").unwrap();
    in_folder(folder.path(), "eval list.csv --rejects rejects.csv");
    let rejects = fs::read_to_string(folder.path().join("rejects.csv")).unwrap();
    assert!(rejects.contains("the north alone"), "{rejects}");
}

/// What is matched by a code is matched by the clause that gives it.
#[test]
fn a_code_is_cited_by_its_own_line() {
    let line = 1 + RULES.lines().position(|line| line.contains("sku \"P-1\"")).unwrap();
    let place = format!("demo.rules:{line}");
    let by_code = "explain --license P-1 --quantity 1 --on 2026-01-01";
    assert_eq!(json(by_code)["steps"][0]["rule"], place);
    assert_eq!(json(by_code)["steps"][0]["because"], "the order form");
    let text = done(by_code).stdout;
    assert!(text.contains("by its code") && text.contains(&place), "{text}");
    let text = done("explain --license portal --quantity 1 --on 2026-01-01").stdout;
    assert!(text.contains(&format!("demo.rules:{}\n", line - 1)), "{text}");
}

/// The steps of a record and those of one line are the same.
#[test]
fn records_carry_the_steps_of_explain() {
    let list = "sku,quantity,unit,start,region,customer\npack,2.5,dozen,2026-03-02,,school\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("demo.rules"), RULES).unwrap();
    fs::write(folder.path().join("list.csv"), list).unwrap();
    let records = in_folder(folder.path(), "eval list.csv --explain --format ndjson");
    let record: Value = serde_json::from_str(&records.stdout).unwrap();
    let line =
        "explain --license pack --quantity 2.5 --unit dozen --on 2026-03-02 --with customer=school";
    assert_eq!(record["steps"], json(line)["steps"]);
}

fn quantities(options: &str) -> String {
    let inverse = json(&format!("invert {options}"));
    let stretches = inverse["quantities"].as_array().unwrap().iter().map(|stretch| {
        let text = |key: &str| stretch[key].as_str().unwrap().to_owned();
        let flag = |key: &str| stretch[key].as_bool().unwrap();
        let (low, high) = (flag("from_included"), flag("to_included"));
        let (open, close) = (if low { "[" } else { "(" }, if high { "]" } else { ")" });
        let whole = |key: &str| stretch[key].as_str().unwrap_or("-").to_owned();
        let whole = format!("{}..{}", whole("whole_from"), whole("whole_to"));
        format!("{open}{}, {}{close} {whole}", text("from"), text("to"))
    });
    stretches.collect::<Vec<_>>().join(" ")
}

#[test]
fn quantities_are_exact() {
    // 12 credits each, a half rounds up: 100.5 credits are 101.
    assert_eq!(quantities("--license portal --credits 100 --on 2026-01-01"), "[0, 8.375) 0..8");
    assert_eq!(
        quantities("--license portal --credits 100 --on 2026-01-01 --unit dozen"),
        "[0, 67/96) 0..0"
    );
    // From 100 seats on a school pays 6 each.
    let school = "--license portal --credits 1000 --on 2026-01-01 --with customer=school";
    assert_eq!(quantities(school), "[0, 83.375) 0..83 [100, 166.75) 100..166");
    assert_eq!(
        quantities(&format!("{school} --exactly")),
        "[1999/24, 83.375) -..- [1999/12, 166.75) -..-"
    );
    assert_eq!(
        quantities(&format!("{school} --at-least --max-quantity 500")),
        "[1999/24, 100) 84..99 [1999/12, 500] 167..500"
    );
    // Units of the quantity, and two for each begun ten: 22 × 5 + 20 = 130, then 23 seats at once.
    assert_eq!(quantities("--license begun --credits 130"), "[0, 20.1) 0..20");
    assert_eq!(quantities("--license begun --credits 132"), "[0, 20.5) 0..20");
    // What is left of a hundred falls.
    assert_eq!(
        quantities("--license rest --credits 40"),
        "(59.5, 1000000000000] 60..1000000000000"
    );
    // 250 at most, 30 at least, over half a year.
    let term = "--license yearly --on 2026-01-01 --end 2026-12-31";
    assert_eq!(
        quantities(&format!("{term} --credits 250 --exactly")),
        "(20, 1000000000000] 21..1000000000000"
    );
    assert_eq!(quantities(&format!("{term} --credits 199")), "[0, 10] 0..10");
    assert_eq!(quantities(&format!("{term} --credits 0")), "[0, 0] 0..0");
}

#[test]
fn what_gives_no_credits_is_told_apart() {
    let inverse = json("invert --license routed --credits 10 --with region=north");
    assert_eq!(inverse["refused"], Value::Array(Vec::new()));
    let inverse = json("invert --license portal --credits 10 --on 2026-01-01 --account Test");
    assert_eq!(inverse["excluded"][0]["rule"], "demo.rules:7");
    let done = done("invert --license routed --credits 10");
    assert_eq!(done.code, 1, "{}", done.stdout);
    assert!(done.stdout.contains("[missing-input]"), "{}", done.stdout);
    let done = self::done("invert --license square --credits 10");
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
    assert!(done.stderr.contains("multiplies the quantity by itself"), "{}", done.stderr);
}

#[test]
fn counts_that_rise_and_fall_are_read_backwards() {
    // One of ten is free: 9 units at 9 as at 10.
    assert_eq!(quantities("--license freebie --credits 45"), "[0, 9.1) 0..9 [10, 10.1) 10..10");
    assert_eq!(
        quantities("--license freebie --credits 45 --exactly"),
        "[8.9, 9.1) 9..9 [10, 10.1) 10..10"
    );
    assert_eq!(
        quantities("--license freebie --credits 4500000000000 --at-least"),
        "[999999999998.9, 1000000000000] 999999999999..1000000000000"
    );
    // What is left of packs of ten.
    assert_eq!(
        quantities("--license teeth --credits 10 --max-quantity 30"),
        "[0, 0] 0..0 (7.9, 10] 8..10 (17.9, 20] 18..20 (27.9, 30] 28..30"
    );
    assert_eq!(quantities("--license teeth --credits 50"), "[0, 1000000000000] 0..1000000000000");
}

#[test]
fn the_exit_code_of_invert_tells_whether_anything_is_found() {
    for (options, code) in [
        ("--license rest --credits 40", 0),
        ("--license rest --credits 101 --at-least", 1),
        ("--license nosuch --credits 1", 2),
        ("--license portal --credits 10 --on 2026-01-01 --account Test", 1),
        ("--license tiered --credits 10 --on 2027-01-01", 1),
    ] {
        assert_eq!(done(&format!("invert {options}")).code, code, "{options}");
    }
}

#[test]
fn the_shipped_books_are_explained() {
    let line = "explain rules/trend_vision_one --license ztsa --quantity 40 --on 2026-01-01";
    let words: Vec<&str> = line.split_whitespace().collect();
    insta::assert_snapshot!(run(root(), &words, b"").stdout);
    let line = "explain rules/flex_points --license drafting_week --quantity 3 --on 2026-03-03";
    let words: Vec<&str> = line.split_whitespace().collect();
    insta::assert_snapshot!(run(root(), &words, b"").stdout);
}
