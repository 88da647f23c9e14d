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
  sku \"P-1\"
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
        let quantity = if options.contains("-1") {
            options.replace("--quantity -1", "--quantity=-1")
        } else {
            options.to_owned()
        };
        let done = done(&format!("explain {quantity}"));
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{options}");
        assert!(done.stderr.contains(message), "{options}: {}", done.stderr);
    }
    let done = done("invert --license portal --credits 1e3 --on 2026-01-01");
    assert!(done.code == 2 && done.stderr.contains("has an exponent"), "{}", done.stderr);
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
    for (name, message) in
        [("freebie", "rises and falls"), ("square", "multiplies the quantity by itself")]
    {
        let done = self::done(&format!("invert --license {name} --credits 10"));
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{name}");
        assert!(done.stderr.contains(message), "{}", done.stderr);
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
