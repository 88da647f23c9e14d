//! Which lines `diff` tells, and in what words.

use std::fs;

use super::diff;
use crate::cli::run;

/// What two rulesets of one product say differently, by the text behind its name.
fn told(old: &str, new: &str) -> (i32, String) {
    let head = "ruleset x \"X\"\ncredits round half up to 1\nunit seat\n\
        input size number, default 2\nproduct p per seat";
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("old.rules", old), ("new.rules", new)] {
        fs::write(folder.path().join(name), format!("{head}{text}")).unwrap();
    }
    let done = run(folder.path(), &["diff", "old.rules", "new.rules"], b"");
    (done.code, done.stdout)
}

#[test]
fn lines_that_are_refused_are_in_no_other_region() {
    let count = "\n  count quantity - size\n  rate graduated\n    up to 10 0\n    beyond 2\n";
    let (_, text) = told(count, "\n  rate 1\n");
    assert!(text.contains("  quantity - size below 0: refused -> 1 per seat\n"), "{text}");
    assert!(text.contains("  quantity - size from 0 up to 10: +1 per seat"), "{text}");
}

#[test]
fn regions_in_which_no_line_lies_are_not_told() {
    let count = "\n  count quantity + size\n  rate volume\n    up to 10 1\n    beyond 2\n";
    let more = "  when quantity above 20 rate volume\n    up to 10 99\n    beyond 2\n";
    let (code, text) = told(count, &format!("{count}{more}"));
    assert_eq!(code, 0, "{text}");
}

#[test]
fn lines_without_an_end_are_told_where_one_ruleset_needs_it() {
    let (_, text) = told(" per year, by day\n  rate 3\n", "\n  rate 3\n");
    assert!(text.contains("without `end`: refused -> 3 per seat"), "{text}");
    let (_, text) = told("\n  rate 3\n", " per year, by day\n  rate 3\n");
    assert!(text.contains("without `end`: 3 per seat -> refused"), "{text}");
}

/// Where one side gives nothing for each unit, its term is still asked for.
#[test]
fn terms_without_credits_are_told() {
    let (_, text) = told(" per year, by day\n  rate 0\n", "\n  rate 5\n");
    assert!(text.contains("without `end`: refused -> 5 per seat"), "{text}");
    let (code, text) = told("\n  rate 0\n", " per year, by day\n  rate 0\n");
    assert_eq!(code, 1);
    assert!(text.contains("no term -> per year, by day; without `end`: 0 -> refused"), "{text}");
}

/// Rulesets that say the same in other words.
#[test]
fn other_words_are_no_difference() {
    let cases = [
        (
            "p per started 10 seat\n  rate 5\n",
            "p per seat\n  count ceil(quantity / 10)\n  rate 5\n",
        ),
        (
            "p per started 10 seat\n  rate volume\n    up to 2 5\n    beyond refused\n",
            "p per seat\n  rate volume\n    up to 10 5 flat\n    up to 20 10 flat\n    beyond refused\n",
        ),
        ("p per gb\n  rate 2\n", "p per tb\n  rate 2000\n"),
        (
            "p per seat per year, by day of 360\n  rate 12\n",
            "p per seat per month, by day of 360\n  rate 1\n",
        ),
        ("p per seat\n  rate 3\n  round up to 1\n", "p per seat\n  round up to 1\n  rate 3\n"),
        (
            "p per started 10 seat\n  rate 3\n  round up to 1\n",
            "p per started 10 seat\n  rate 3\n  round down to 1\n",
        ),
        (
            "p per seat\n  count max(quantity, n)\n  rate 1\n",
            "p per seat\n  count max(n, quantity)\n  rate 1\n",
        ),
        (
            "p per started 5 seat\n  zero charged\n  count max(quantity, n)\n  rate 1 + 10 flat\n",
            "p per started 5 seat\n  zero charged\n  count max(n, quantity)\n  rate 1 + 10 flat\n",
        ),
        (
            "p per started 5 seat\n  count max(1, min(ceil(quantity), n + 1))\n  rate 1.5\n",
            "p per started 5 seat\n  count max(min(n + 1, ceil(quantity)), 1)\n  rate 1.5\n",
        ),
        (
            "p per seat\n  count ceil(min(quantity, n))\n  rate 1\n",
            "p per seat\n  count min(ceil(quantity), ceil(n))\n  rate 1\n",
        ),
        (
            "p per seat per month, by started period\n  rate 5 flat\n",
            "p per seat per month, by started period\n  rate 5 flat\n  at least 2\n",
        ),
        (
            "p per gb\n  rate 1\nlimit a p at most 5000 gb\nlicense l per seat\n  grants 1 tb of p\n  allow loss because \"x\"\n",
            "p per tb\n  rate 1000\nlimit a p at most 5 tb\nlicense l per seat\n  grants 1 tb of p\n  allow loss because \"x\"\n",
        ),
        (
            "p per seat\n  rate 1\nlimit a p at most 2 * q + 5\nlimit b q at most 7\n",
            "p per seat\n  rate 1\nlimit a 2 * q + 5 at least p\nlimit b 2 * q at most 14\n",
        ),
    ];
    for (old, new) in cases {
        let head = "ruleset x \"X\"\ncredits round half up to 1\nunit seat\nunit gb\n\
            unit tb = 1000 gb\ninput n number, default 0\nproduct q per seat\n  rate 1\nproduct ";
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("old.rules", old), ("new.rules", new)] {
            fs::write(folder.path().join(name), format!("{head}{text}")).unwrap();
        }
        let done = diff(folder.path(), &[]);
        let only_unit = done.stdout.lines().filter(|line| line.starts_with("  "));
        let only_unit = only_unit.eq(["  unit: gb -> tb"]) && old.contains("per gb");
        assert!(done.code == 0 || only_unit, "{old}{new}{}", done.stdout);
    }
}

#[test]
fn words_say_what_is_counted_and_how() {
    let (_, text) = told("\n  rate 2\n", "\n  count floor(quantity)\n  rate 2\n");
    assert!(
        text.contains("-2 per seat and +2 per whole seat (2 per seat -> 2 per whole seat"),
        "{text}"
    );
    let old = " per year, by day\n  rate 12\n";
    let new = " per year, by whole period\n  rate 12\n  at least 3\n";
    let (_, text) = told(old, new);
    assert!(
        text.contains(
            "quantity * years (by whole period) below 0.25: -12 per seat and year (by day) and +3"
        ),
        "{text}"
    );
    // No units before, at the end of the region: nothing to be a share of.
    let (_, text) = told(
        " per year, by day\n  count size\n  rate 2\n",
        " per year, by day\n  count 15\n  rate 2\n",
    );
    assert!(
        !text.contains('%')
            && text.contains(
                "size exactly 0: +30 per year (0 -> 30 per year); without `end`: 0 -> refused"
            ),
        "{text}"
    );
    // A value more is one that products that look at it take.
    let folder = tempfile::tempdir().unwrap();
    let text = |values: &str| {
        format!(
            "ruleset x \"X\"\ncredits round half up to 1\nunit seat\ninput ch one of {values}, default a\n\
             product p per seat\n  rate 3\n  when ch is b rate 4\nproduct q per seat\n  rate 1\n"
        )
    };
    fs::write(folder.path().join("old.rules"), text("a, b")).unwrap();
    fs::write(folder.path().join("new.rules"), text("a, b, c")).unwrap();
    let done = diff(folder.path(), &[]);
    let all = "product p\n  input ch: one of a, b -> one of a, b, c\n\ninput ch";
    assert!(done.stdout.starts_with(all), "{}", done.stdout);
    // Values of another kind are no values of the one before.
    let text = text("a, b").replace("one of a, b, default a", "number, default 0");
    let text = text.replace("when ch is b", "when ch is 2");
    fs::write(folder.path().join("new.rules"), text).unwrap();
    let done = diff(folder.path(), &[]);
    let all = "product p\n  every line: may differ: `ch` takes values of another kind\n  input ch: one of a, b -> a number\n\ninput ch";
    assert!(done.stdout.starts_with(all), "{}", done.stdout);
}

/// Lines that leave an input out, and units that are another number of the product's own, differ
/// by product.
#[test]
fn defaults_and_units_are_told_by_product() {
    let rules = "\n  count quantity * size\n  rate 2\n";
    let folder = tempfile::tempdir().unwrap();
    let text = |size: &str, tb: &str| {
        format!(
            "ruleset x \"X\"\ncredits round half up to 1\nunit seat\nunit gb\nunit tb = {tb} gb\n\
             input size number, default {size}\nproduct p per seat{rules}product q per seat\n  rate 1\n\
             product disk per gb\n  rate 1\nproduct tape per tb\n  rate 1\n\
             limit cap tape at most 5 tb\n"
        )
    };
    fs::write(folder.path().join("old.rules"), text("2", "1000")).unwrap();
    fs::write(folder.path().join("new.rules"), text("3", "1024")).unwrap();
    let done = diff(folder.path(), &[]);
    assert!(done.stdout.contains("product p\n  without `size`: +2 per seat (4 -> 6, +50%)\n\n"));
    assert!(done.stdout.contains("product disk\n  unit tb: 1000 gb -> 1024 gb\n\n"));
    assert!(done.stdout.contains("product tape\n  unit gb: 0.001 tb -> 0.0009765625 tb\n\n"));
    // What reads alike is told in base units.
    assert!(done.stdout.contains("limit cap: tape at most 5000 gb -> tape at most 5120 gb\n"));
    assert!(!done.stdout.contains("product q"), "{}", done.stdout);
}

/// What the first ruleset becomes when a text in it is replaced, as lines of the report.
fn changed(ruleset: &str, from: &str, to: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    assert!(ruleset.contains(from), "{from}");
    fs::write(folder.path().join("old.rules"), ruleset).unwrap();
    fs::write(folder.path().join("new.rules"), ruleset.replace(from, to)).unwrap();
    let done = diff(folder.path(), &[]);
    assert!(done.code < 2, "{}", done.stderr);
    done.stdout
        .lines()
        .filter(|line| line.starts_with("  "))
        .map(|line| line.trim().to_owned())
        .collect()
}

/// A product with these clauses in a ruleset.
fn product(per: &str, clauses: &str) -> String {
    format!(
        "ruleset r \"R\"\ncredits round half up to 1\nunit seat, seats\ninput cores number, default 0\n\
         input segment one of a, b, c, default a\nproduct p per {per}\n{clauses}"
    )
}

#[test]
fn differences_are_as_few_and_as_plain_as_can_be() {
    let cases = [
        (
            "seat",
            "  rate 20\n",
            "rate 20",
            "rate 25",
            vec!["every line: +5 per seat (20 -> 25, +25%)"],
        ),
        (
            "seat",
            "  rate graduated\n    up to 100  2\n    beyond  1\n",
            "beyond  1",
            "beyond  0.5",
            vec![
                "above 100 seats: -0.5 per seat above 100 (1 per seat and 100 a line -> 0.5 per seat and 150 a line, -50% to 0%)",
            ],
        ),
        (
            "started 10 seats",
            "  rate 5\n",
            "rate 5",
            "rate refused",
            vec!["above 0 seats: 5 per started 10 seats -> refused (its rate is `refused`)"],
        ),
        (
            "started 10 seats",
            "  rate 5\n",
            "per started 10 seats",
            "per 10 seats",
            vec![
                "every line: +0.5 per seat and -5 per started 10 seats (5 per started 10 seats -> 0.5 per seat, -100% to 0%)",
            ],
        ),
        (
            "seat",
            "  count quantity + 2 * cores\n  rate 3\n",
            "quantity + 2 * cores",
            "cores + quantity + cores",
            vec![],
        ),
        (
            "seat",
            "  count quantity + 2 * cores\n  rate 3\n",
            "2 * cores",
            "cores",
            vec![
                "every line: -3 per cores (3 per seat and 6 per cores -> 3 per seat and 3 per cores)",
            ],
        ),
        (
            "seat",
            "  rate 3\n  at least 30\n",
            "at least 30",
            "at least 33",
            vec![
                "above 0 below 10 seats: +3 a line (30 -> 33, +10%)",
                "from 10 below 11 seats: -3 per seat and +33 a line (3 per seat -> 33 a line, 0% to +10%)",
            ],
        ),
        (
            "seat",
            "  rate 3\n  round up to 1\n",
            "round up to 1",
            "round down to 1",
            vec!["every line: equal before rounding: up to 1 -> down to 1"],
        ),
        (
            "seat",
            "  rate by segment\n    | a | 1 |\n    | b | 1 |\n    | otherwise | 2 |\n",
            "| b | 1 |\n",
            "| b | 2 |\n",
            vec!["segment is b: +1 per seat (1 -> 2, +100%)"],
        ),
        (
            "seat",
            "  rate by segment\n    | a | 1 |\n    | b | 1 |\n    | otherwise | 2 |\n",
            "    | a | 1 |\n    | b | 1 |\n",
            "    | not c | 1 |\n",
            vec![],
        ),
        (
            "seat",
            "  rate 1\n  from 2026-01-01 rate 2\n",
            "  from 2026-01-01 rate 2\n",
            "  from 2026-01-01 rate 2\n  from 2027-01-01 rate 2\n",
            vec![],
        ),
        (
            "seat per year, by day",
            "  rate 12\n",
            "rate 12",
            "rate 13",
            vec!["every line: +1 per seat and year (12 -> 13, ~+8.33%)"],
        ),
        (
            "seat per year, by day",
            "  rate 12\n",
            "by day",
            "by day of 365",
            vec![
                "every line: -12 per seat and year (by day) and +12 per seat and year (by day of 365)",
            ],
        ),
        (
            "seat",
            "  count max(60, quantity)\n  rate 1\n",
            "60",
            "90",
            vec![
                "below 60 seats: +30 a line (60 -> 90, +50%)",
                "from 60 below 90 seats: -1 per seat and +90 a line (1 per seat -> 90 a line, 0% to +50%)",
            ],
        ),
        (
            "seat",
            "  rate 1\n  when quantity above 10 rate 2\n",
            "above 10",
            "above 12",
            vec!["above 10 up to 12 seats: -1 per seat (2 -> 1, -50%)"],
        ),
    ];
    for (per, clauses, from, to, expected) in cases {
        assert_eq!(changed(&product(per, clauses), from, to), expected, "{clauses}{from} -> {to}");
    }
}
