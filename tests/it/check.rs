//! What `check` prints besides findings in text: JSON, SARIF, properties and boundaries.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use credit_rules::check::verdict::Status;
use credit_rules::diagnostic::sarif::Log;
use credit_rules::evaluate::{License, Outcome, Refusal, Silent, evaluate};
use credit_rules::plan::Plan;
use credit_rules::project::{self, Ruleset};
use credit_rules::report::boundaries::{Boundary, Figure, boundaries};
use credit_rules::source::{Source, Sources};
use serde_json::{Value, json};

use crate::cli::{root, run};
use crate::tidy::files;

const BOOKS: [&str; 2] = ["rules/trend_vision_one", "rules/flex_points"];

fn analyze(text: &str) -> Ruleset {
    project::analyze(Sources::new(vec![Source::new("a.rules", text)]))
}

/// The published schema as a validator.
fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(root().join("tests/data/sarif-schema-2.1.0.json")).unwrap();
    // As published, the pattern of a language has a `]` too many, which no strict reader takes.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn faults(schema: &jsonschema::Validator, log: &Value) -> Vec<String> {
    schema.iter_errors(log).map(|fault| format!("{fault} at {}", fault.instance_path())).collect()
}

/// The log of `check` over a path, valid by the schema.
fn sarif(folder: &Path, path: &str, schema: &jsonschema::Validator) -> Value {
    let done = run(folder, &["check", path, "--format", "sarif"], b"");
    assert!(done.stderr.is_empty(), "{path}: {}", done.stderr);
    let log = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(faults(schema, &log), Vec::<String>::new(), "{path}");
    log
}

#[test]
fn sarif_is_valid_and_says_what_json_says() {
    let schema = schema();
    let mut paths: Vec<String> = BOOKS.map(str::to_owned).to_vec();
    for path in files(&root().join("tests/corpus/check"), "rules") {
        paths.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
    }
    for path in &paths {
        let log = sarif(root(), path, &schema);
        let told = run(root(), &["check", path, "--format", "json"], b"");
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        let (results, findings) = (&log["runs"][0]["results"], &told["findings"]);
        assert_eq!(results.as_array().unwrap().len(), findings.as_array().unwrap().len());
        for (result, found) in results.as_array().unwrap().iter().zip(findings.as_array().unwrap())
        {
            let location = &result["locations"][0]["physicalLocation"];
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            let rule = &log["runs"][0]["tool"]["driver"]["rules"][index];
            assert_eq!(rule["id"], found["code"]);
            assert_eq!(result["ruleId"], found["code"]);
            assert_eq!(result["level"], found["severity"]);
            assert_eq!(result["message"]["text"], found["message"]);
            assert_eq!(location["region"]["startLine"], found["line"]);
            assert_eq!(location["region"]["startColumn"], found["column"]);
            assert_eq!(location["region"]["endLine"], found["end_line"]);
            assert_eq!(location["region"]["endColumn"], found["end_column"]);
            assert!(
                !BOOKS.contains(&path.as_str())
                    || location["artifactLocation"]["uri"]
                        .as_str()
                        .unwrap()
                        .starts_with(path.as_str())
            );
            assert_eq!(result["properties"]["witness"], found["witness"]);
        }
    }
    let accepted = sarif(root(), "rules/flex_points", &schema);
    let suppressed = &accepted["runs"][0]["results"][0];
    assert_eq!(suppressed["suppressions"][0]["kind"], "inSource");
    let reason = suppressed["suppressions"][0]["justification"].as_str().unwrap();
    assert!(reason.starts_with("invented: the price list"), "{reason}");
    assert_eq!(suppressed["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 64);
}

#[test]
fn sarif_without_findings_and_with_a_strange_name() {
    let schema = schema();
    let folder = tempfile::tempdir().unwrap();
    let clean = "ruleset demo \"Demo\"\ncredits round half up to 1\nunit seat\nproduct a per seat\n  rate 1\n";
    fs::write(folder.path().join("clean.rules"), clean).unwrap();
    let log = sarif(folder.path(), "clean.rules", &schema);
    assert_eq!(log["runs"][0]["results"], json!([]));
    fs::write(folder.path().join("préis 1 %ä.rules"), format!("{clean}# 𝄞\nproduct \"ä𝄞\" b\n"))
        .unwrap();
    let log = sarif(folder.path(), "préis 1 %ä.rules", &schema);
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        ["uri"];
    assert_eq!(uri, "pr%C3%A9is%201%20%25%C3%A4.rules");
}

#[test]
fn columns_of_sarif_are_code_points() {
    let text = "ruleset demo \"𝄞\" 𝄞\n";
    let ruleset = analyze(text);
    let log = serde_json::to_value(Log::new(&ruleset.diagnostics, &ruleset.sources, "")).unwrap();
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let columns: BTreeSet<u64> = log["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| {
            result["locations"][0]["physicalLocation"]["region"]["startColumn"].as_u64()
        })
        .collect();
    assert!(columns.contains(&18), "{log:#}");
}

#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let schema = schema();
    let sound = sarif(root(), "tests/corpus/check/proofs.rules", &schema);
    let region = "/runs/0/results/0/locations/0/physicalLocation/region";
    let broken = |path: &str, key: &str, value: Option<Value>| {
        let mut log = sound.clone();
        let object = log.pointer_mut(path).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => object.insert(key.to_owned(), value),
            None => object.shift_remove(key),
        };
        assert!(!faults(&schema, &log).is_empty(), "{path}/{key} is not looked at");
    };
    broken("", "version", None);
    broken("", "version", Some(json!("2.0.0")));
    broken("/runs/0/results/0", "level", Some(json!("fatal")));
    broken("/runs/0/results/0", "severity", Some(json!("error")));
    broken("/runs/0", "columnKind", Some(json!("bytes")));
    broken("/runs/0/tool/driver", "name", None);
    broken(region, "startLine", Some(json!(-1)));
    broken(region, "startColumn", Some(json!(0)));
}

#[test]
fn every_format_denies_and_takes_its_lists() {
    let folder = tempfile::tempdir().unwrap();
    let falling = "ruleset demo \"Demo\"\ncredits round half up to 1\nunit seat\nproduct a per seat\n  rate volume\n    up to 10 2\n    beyond 1\n";
    fs::write(folder.path().join("a.rules"), falling).unwrap();
    for format in ["text", "json", "sarif"] {
        let check = |more: &[&str]| {
            let all = [&["check", "a.rules", "--format", format], more].concat();
            run(folder.path(), &all, b"")
        };
        assert_eq!(check(&[]).code, 0, "{format}");
        assert_eq!(check(&["--deny", "warnings"]).code, 1, "{format}");
        let listed = check(&["--proofs", "--boundaries"]);
        if format == "sarif" {
            assert_eq!(listed.code, 2);
            assert!(listed.stdout.is_empty() && listed.stderr.contains("sarif holds findings"));
        } else {
            assert_eq!(listed.code, 0);
            assert!(listed.stdout.contains("never-falls"), "{}", listed.stdout);
        }
        let page = run(folder.path(), &["check", "--format", format, "--explain", "rate-gap"], b"");
        assert!(page.code == 0 && page.stdout.starts_with("# rate-gap\n"));
    }
    let both = run(folder.path(), &["check", "a.rules", "--explain", "rate-gap", "--proofs"], b"");
    assert_eq!(both.code, 2);
}

#[test]
fn json_lists_every_property() {
    for book in BOOKS {
        let plain = run(root(), &["check", book, "--format", "json"], b"");
        let plain: Value = serde_json::from_str(&plain.stdout).unwrap();
        assert!(plain.get("proofs").is_none() && plain.get("boundaries").is_none());
        let done = run(root(), &["check", book, "--format", "json", "--proofs"], b"");
        let told: Value = serde_json::from_str(&done.stdout).unwrap();
        let proofs = told["proofs"].as_array().unwrap();
        let count = |status: &str| proofs.iter().filter(|proof| proof["status"] == status).count();
        let summary = &told["summary"];
        assert_eq!(summary["proved"], count("proved"));
        assert_eq!(summary["not_decided"], count("not decided"));
        assert_eq!(summary["refuted"], count("refuted"));
        let accepted = proofs.iter().filter(|proof| proof["accepted"] == true).count();
        assert_eq!(summary["accepted"], accepted);
        let keys = "property subject status accepted file line message witness examples";
        for proof in proofs {
            let own: Vec<&String> = proof.as_object().unwrap().keys().collect();
            assert_eq!(own, keys.split(' ').collect::<Vec<_>>());
            let found = proof["status"] != "proved";
            assert_eq!(proof["message"].is_string(), found, "{proof}");
        }
    }
}

#[test]
fn text_lists_every_property_once() {
    for book in BOOKS {
        let done = run(root(), &["check", book, "--proofs"], b"");
        let listed = done.stdout.lines().filter(|line| !line.starts_with(' ')).flat_map(|line| {
            let cells: Vec<&str> =
                line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
            let [status, subject, _, properties] = cells.as_slice() else { panic!("{line}") };
            let told = |property| format!("{status}: {subject} {property}");
            properties.split(", ").map(told).collect::<Vec<_>>()
        });
        let told = run(root(), &["check", book, "--proofs", "--format", "json"], b"");
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        let expected = told["proofs"].as_array().unwrap().iter().map(|proof| {
            let text = |key: &str| proof[key].as_str().unwrap();
            let accepted = if proof["accepted"] == true { ", accepted" } else { "" };
            format!("{}{accepted}: {} {}", text("status"), text("subject"), text("property"))
        });
        let (listed, expected): (BTreeSet<_>, BTreeSet<_>) = (listed.collect(), expected.collect());
        assert_eq!(listed, expected, "{}", done.stdout);
        assert!(!done.stdout.contains('\u{1b}'), "colors without a terminal");
    }
}

/// The credits of a line that has this quantity, as the evaluator gives them.
fn evaluated(plan: &Plan, boundary: &Boundary, figure: &Figure) -> Option<String> {
    let quantity = figure.quantity.to_decimal().unwrap();
    let mut license = License::new(plan, boundary.subject.clone(), quantity);
    license.start = Some(boundary.start);
    license.end = boundary.term.as_ref().map(|term| term.end);
    match evaluate(plan, &license, &mut Silent) {
        Ok(Outcome::Converted { credits, .. }) => Some(credits.normalize().to_string()),
        Err(Refusal::RateRefused { .. }) => None,
        other => panic!("{boundary:?}: {other:?}"),
    }
}

fn credits_are_what_the_evaluator_gives(plan: &Plan, found: &[Boundary]) {
    for boundary in found {
        assert!(!boundary.counted && !boundary.exception, "this line needs inputs: {boundary:?}");
        for figure in [&boundary.last, &boundary.first] {
            let told = figure.credits.as_ref().map(ToString::to_string);
            assert_eq!(told, evaluated(plan, boundary, figure), "{boundary:?}");
        }
        assert!(boundary.last.quantity < boundary.first.quantity, "{boundary:?}");
    }
}

#[test]
fn boundaries_of_the_books_are_what_the_evaluator_gives() {
    for (book, expected) in BOOKS.into_iter().zip([7, 9]) {
        let sources = files(&root().join(book), "rules")
            .into_iter()
            .map(|path| Source::new(path.to_str().unwrap(), fs::read_to_string(&path).unwrap()));
        let ruleset = project::analyze(Sources::new(sources.collect())).compile().unwrap();
        let found = boundaries(&ruleset.plan);
        assert_eq!(found.len(), expected, "{book}");
        credits_are_what_the_evaluator_gives(&ruleset.plan, &found);
    }
}

/// Blocks, terms, dates, bounds and roundings.
const FORMS: &str = "\
ruleset demo \"Demo\"
credits round half up to 0.01
unit gb, gbs
unit tb = 1_024 gb
product begun per started 100 gb
  rate graduated
    up to 5   10
    beyond    8
product open per 100 gb
  rate graduated
    below 2.5 10
    beyond    8
product dated per gb
  rate volume
    up to 10   3 flat
    beyond     5 flat
  from 2025-02-01 at most 4
  from 2025-03-01 to 2025-03-31 rate volume
    up to 20   3 flat
    beyond     5 flat
  from 2026-01-01 withdrawn
product yearly per gb per year, by day
  rate graduated
    up to 10   3
    beyond     2
product monthly per gb per month, by day of 365
  rate graduated
    up to 10   3
    beyond     2
product narrow per gb
  rate graduated
    up to 1    1
    up to 1.05 2
    beyond     3
product bigger per gb
  from 2025-06-01 per 3 tb
  rate graduated
    up to 1    1000
    beyond     refused
product halves per started 100 gb
  rate graduated
    up to 2.2  10
    up to 2.8  9
    beyond     8
product small per started 0.3 gb
  rate graduated
    up to 4    10
    beyond     8
product first per gb
  rate graduated
    below 1    10
    beyond     8
";

#[test]
fn boundaries_of_every_form() {
    let ruleset = analyze(FORMS);
    assert!(ruleset.diagnostics.is_empty(), "{:#?}", ruleset.diagnostics);
    let ruleset = ruleset.compile().unwrap();
    let found = boundaries(&ruleset.plan);
    credits_are_what_the_evaluator_gives(&ruleset.plan, &found);
    let shown = credit_rules::report::boundaries::table::text(&found, &ruleset.sources, "", false);
    insta::assert_snapshot!(shown);
}

#[test]
fn a_book_with_errors_has_proofs_but_no_boundaries() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.rules"), format!("{FORMS}license x per gb\n")).unwrap();
    let done = run(folder.path(), &["check", "a.rules", "--boundaries"], b"");
    assert!(done.code == 1 && done.stdout.is_empty(), "{}", done.stdout);
    assert!(done.stderr.contains("no boundaries while the rules have errors"));
    let done = run(folder.path(), &["check", "a.rules", "--boundaries", "--format", "json"], b"");
    let told: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(told.as_object().unwrap().contains_key("boundaries") && told["boundaries"].is_null());
}

#[test]
fn proofs_of_the_corpus_as_text() {
    let text = fs::read_to_string(root().join("tests/corpus/check/proofs.rules")).unwrap();
    let ruleset = analyze(&text);
    let shown = credit_rules::report::proofs::text(&ruleset.verdicts, &ruleset.sources, "", false);
    for verdict in ruleset.verdicts.iter().filter(|verdict| verdict.status != Status::Proved) {
        let (message, _) = verdict.found.as_ref().unwrap();
        assert!(shown.contains(message.as_str()), "{message} is missing from\n{shown}");
    }
    let colored = credit_rules::report::proofs::text(&ruleset.verdicts, &ruleset.sources, "", true);
    assert!(colored.contains("\u{1b}[31mrefuted"));
}
