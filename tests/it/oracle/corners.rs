//! Corners of the language that random rulesets keep out of, each with a ruleset of its own.

use super::model::{Answer, whole};
use super::{analyze, ask_why, compile, shown};
use credit_rules::diagnostic::Code;
use credit_rules::evaluate::Silent;

const HEAD: &str = "ruleset corner \"Corner\"\ncredits round half up to 1\nunit endpoint\n";

/// The answer to a line of `column=text` pairs.
fn answer(rules: &str, line: &str) -> Answer {
    answer_why(rules, line).0
}

/// The answer to a line, and the place of the rule that decided.
fn answer_why(rules: &str, line: &str) -> (Answer, String) {
    let files = [("a.rules".to_owned(), format!("{HEAD}{rules}"))];
    let compiled = compile(&files).unwrap_or_else(|found| panic!("{found}"));
    let pair = |pair: &str| pair.split_once('=').map(|(name, text)| (name.into(), text.into()));
    let texts: Vec<(String, String)> = line.split(' ').filter_map(pair).collect();
    assert!(!texts.is_empty(), "{}", shown(&files));
    ask_why(&compiled, &texts, &mut Silent)
}

fn credits(number: i64) -> Answer {
    Answer::Credits(whole(number))
}

#[test]
fn the_order_of_excludes_decides_nothing() {
    let inputs = "input trial yes/no\ninput segment one of a, b\n";
    let trial = "exclude when trial is yes because \"exclude 0\"\n";
    let segment = "exclude when segment is b because \"exclude 1\"\n";
    let product = "product p per endpoint\n  rate 1\n";
    for (first, second) in [(trial, segment), (segment, trial)] {
        let rules = format!("{inputs}{first}{second}{product}");
        let found = answer(&rules, "sku=p quantity=1 segment=b");
        // One holds, whatever the absent input would say of the other.
        assert!(matches!(found, Answer::Excluded(_)), "{rules}");
        let found = answer(&rules, "sku=p quantity=1 segment=a");
        assert_eq!(found, Answer::Refused(vec!["missing-input"]));
    }
}

#[test]
fn a_grant_of_a_product_without_a_rate_refuses_the_line() {
    let rules = "\
product a per endpoint
  rate 10
product b per endpoint
  from 2026-01-01 rate 10
license l per endpoint
  grants 1 endpoint of a
  grants 1 endpoint of b
together both of a, b
  rate 15
";
    assert_eq!(
        answer(rules, "sku=l quantity=1 start=2025-12-31"),
        Answer::Refused(vec!["no-rate"])
    );
    assert_eq!(answer(rules, "sku=l quantity=1 start=2026-01-01"), credits(15));
}

#[test]
fn a_term_may_end_on_the_last_day() {
    let rules = "\
product days per endpoint per year, by day of 365
  rate 365
product years per endpoint per year, by whole period
  rate 1
product parts per endpoint per year, by day
  rate 365
";
    let line =
        |name, start| answer(rules, &format!("sku={name} quantity=1 start={start} end=9999-12-31"));
    assert_eq!(line("days", "2025-01-01"), credits(2_912_808));
    assert_eq!(line("years", "2025-01-01"), credits(7_975));
    assert_eq!(line("parts", "2025-01-01"), credits(7_975 * 365));
    // Its last period ends on a day that cannot be written.
    assert_eq!(line("parts", "2025-01-02"), credits(7_974 * 365 + 364));
}

#[test]
fn the_order_of_products_together_decides_nothing() {
    let products = "\
product a per endpoint
  rate 10
  from 2026-01-01 per endpoint per year, by day of 365
product b per endpoint
  rate 10
license l per endpoint
  grants 1 endpoint of a
  grants 1 endpoint of b
";
    let found = |members| {
        let rules = format!("{products}together both of {members}\n  rate 15\n");
        let files = [("a.rules".to_owned(), format!("{HEAD}{rules}"))];
        // Either the two are told apart, or nothing depends on which stands first.
        compile(&files)
            .is_ok()
            .then(|| answer(&rules, "sku=l quantity=1 start=2026-06-01 end=2028-05-31"))
    };
    assert_eq!(found("a, b"), found("b, a"));
}

#[test]
fn a_name_holds_on_days_without_the_code_of_the_same_letters() {
    let rules = "product p per endpoint\n  rate 1\n  from 2026-01-01 sku \"p\"\n";
    assert_eq!(answer(rules, "sku=p quantity=1 start=2026-01-01"), credits(1));
    assert_eq!(answer(rules, "sku=p quantity=1 start=2025-12-31"), credits(1));
}

#[test]
fn an_exception_asks_for_the_inputs_of_its_form_in_force() {
    let rules = "\
input os one of linux, windows
product p per endpoint
  rate 1
  when quantity from 10 rate by os
    | linux   | 2 |
    | windows | 3 |
  from 2025-01-01 when quantity from 10 rate 4
";
    let found = |start| answer(rules, &format!("sku=p quantity=10 start={start}"));
    assert_eq!(found("2025-01-01"), credits(40));
    assert_eq!(found("2024-12-31"), Answer::Refused(vec!["missing-input"]));
}

/// Whether the checker says that a rate falls.
fn is_said_to_fall(rules: &str) -> bool {
    let files = [("a.rules".to_owned(), format!("{HEAD}{rules}"))];
    analyze(&files).diagnostics.iter().any(|found| found.code == Code::FallingRate)
}

#[test]
fn a_rate_that_falls_only_after_a_window_is_said_to_fall() {
    let rules = "\
product p per endpoint
  from 2025-06-01 rate volume
    up to 10  20
    beyond    10
  from 2025-01-01 to 2025-12-31 at most 0
";
    assert_eq!(answer(rules, "sku=p quantity=10 start=2026-01-01"), credits(200));
    assert_eq!(answer(rules, "sku=p quantity=11 start=2026-01-01"), credits(110));
    assert!(is_said_to_fall(rules));
}

#[test]
fn a_fall_is_told_in_the_unit_of_the_head() {
    let rules = "\
unit dozen = 12 endpoint
product p per dozen
  rate 1
  from 2026-01-01 per endpoint
  from 2026-01-01 rate volume
    up to 6  20
    beyond   1
";
    let files = [("a.rules".to_owned(), format!("{HEAD}{rules}"))];
    let analysis = analyze(&files);
    let finding = analysis.diagnostics.iter().find(|found| found.code == Code::FallingRate);
    let [fewer, more] = super::falls::pairs(finding.unwrap());
    for (quantity, credits) in [fewer, more] {
        let line = format!("sku=p quantity={} start=2026-01-01", quantity.text());
        assert_eq!(answer(rules, &line), Answer::Credits(credits));
    }
}

#[test]
fn a_fall_is_shown_on_a_day_of_the_rate() {
    let rules = "\
product p per endpoint per year, by day
  rate volume
    up to 10  20
    beyond    10
  from 2024-03-01 rate 20
";
    let files = [("a.rules".to_owned(), format!("{HEAD}{rules}"))];
    let analysis = analyze(&files);
    let finding = analysis.diagnostics.iter().find(|found| found.code == Code::FallingRate);
    let [_, (_, credits)] = super::falls::pairs(finding.unwrap());
    let witness = finding.unwrap().witness.as_ref().unwrap();
    let line = witness.values.iter().map(|seen| format!("{}={}", seen.column, seen.value));
    let line: Vec<String> = line.collect();
    assert_eq!(answer(rules, &line.join(" ")), Answer::Credits(credits));
}

#[test]
fn a_fall_behind_a_bound_that_cannot_be_written_is_never_called_proved() {
    let rules = "\
unit dozen = 12 endpoint
product p per dozen
  rate 1
  from 2025-01-01 per endpoint
  from 2025-01-01 rate volume
    up to 1   20
    up to 12  20
    beyond    1
";
    assert_eq!(answer(rules, "sku=p quantity=1 start=2025-01-01"), credits(240));
    assert_eq!(answer(rules, "sku=p quantity=2 start=2025-01-01"), credits(24));
    let files = [("a.rules".to_owned(), format!("{HEAD}{rules}"))];
    assert!(is_said_to_fall(rules) || analyze(&files).summary.not_decided == 1);
}

#[test]
fn a_rate_that_falls_only_for_some_terms_is_said_to_fall() {
    let rules = "\
product p per endpoint per year, by whole period
  rate volume
    up to 10  20
    beyond    10
  at least 250
";
    // One year is held up by the bound, two are not.
    assert_eq!(answer(rules, "sku=p quantity=10 start=2025-01-01 end=2026-12-31"), credits(400));
    assert_eq!(answer(rules, "sku=p quantity=11 start=2025-01-01 end=2026-12-31"), credits(250));
    assert!(is_said_to_fall(rules));
}

#[test]
fn the_first_grant_decides_in_the_order_of_the_license() {
    let (a, b) = ("product a per endpoint\n  rate 10\n", "product b per endpoint\n  rate 10\n");
    let license = "license l per endpoint\n  grants 1 endpoint of b\n  grants 1 endpoint of a\n";
    for products in [format!("{a}{b}"), format!("{b}{a}")] {
        let (found, place) = answer_why(&format!("{products}{license}"), "sku=l quantity=1");
        assert_eq!((found, place.as_str()), (credits(20), "a.rules:9"));
    }
}
