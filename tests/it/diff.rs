//! `diff` through the built binary: every form of its output, books, revisions, approvals.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::cli::{Done, root, run};

const OLD: &str = r#"ruleset shop "Shop"
credits round half up to 1
unit seat, seats
unit mbps
unit gbps = 1_000 mbps
input segment one of commercial, education, default commercial
input trial yes/no, default no
product sensor "Sensor" per seat
  sku "SEN-1"
  rate 20
  from 2025-11-11 rate 25, was 20
product core "Core" per seat
  rate graduated
    up to 1_000   2
    beyond        1.5
  when segment is education rate 1
product line "Line" per started 500 mbps
  rate 100
product old_name "Mail" per seat
  sku "MAIL"
  rate 5
product gone "Gone" per seat
  rate 7
product archive "Archive Storage" per seat per year, by day
  rate 3
license suite "Suite" per seat
  grants 1 seat of sensor
  grants 1 seat of core
limit cap core at most 500 seats
exclude when trial is yes because "trials"
"#;

const NEW: &str = r#"ruleset shop "Shop"
credits round half up to 1
unit seat, seats
unit mbps
unit gbps = 1_000 mbps
input segment one of commercial, education, default commercial
input trial yes/no
product sensor "Sensor" per seat
  sku "SEN-1"
  rate 20
  from 2025-11-11 rate 30, was 20
product core "Core" per seat
  rate graduated
    up to 500     2
    up to 1_000   2
    beyond        1
  when segment is education rate 1
product line "Line" per started 500 mbps
  rate 100
  from 2026-01-01 rate refused
product new_name "Mail" per seat
  sku "MAIL"
  rate 5
product added "Added" per seat
  rate 9
product archive_storage "Archive Storage" per seat per year, by day
  rate 3
license suite "Suite" per seat
  grants 1 seat of sensor
  grants 1 seat of core
limit cap core at most 600 seats
limit pair core needs sensor
exclude when trial is yes because "trials"
exclude when segment is education and quantity above 100 because "by hand"
"#;

const BOOK: &str = "license_id,account,sku,quantity,start,segment,trial\n\
    L-1,ACME,SEN-1,100,2025-12-01,commercial,no\n\
    L-2,ACME,core,2000,2025-12-01,commercial,no\n\
    L-3,Bolt,suite,10,2025-12-01,commercial,no\n\
    L-4,Bolt,line,600,2026-02-01,commercial,no\n\
    L-5,Cog,core,50,2025-12-01,education,no\n\
    L-6,Cog,core,500,2025-12-01,education,no\n\
    L-7,Dot,added,4,2025-12-01,commercial,no\n\
    L-8,Dot,MAIL,4,2025-12-01,commercial,no\n";

const POLICY: &str = "# who approves\nowner \"pricing\" of sensor, core\nowner \"board\" of any\n\
    review above 10%\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("old.rules", OLD), ("new.rules", NEW), ("book.csv", BOOK), ("policy.txt", POLICY)]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn diff(folder: &Path, options: &[&str]) -> Done {
    run(folder, &[&["diff", "old.rules", "new.rules"], options].concat(), b"")
}

#[test]
fn every_form_of_the_differences() {
    let folder = folder();
    let found = diff(folder.path(), &[]);
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    insta::assert_snapshot!("diff_text", found.stdout);
    insta::assert_snapshot!("diff_json", diff(folder.path(), &["--format", "json"]).stdout);
    insta::assert_snapshot!("diff_csv", diff(folder.path(), &["--format", "csv"]).stdout);
}

#[test]
fn every_form_of_a_book() {
    let folder = folder();
    let book = ["--book", "book.csv"];
    let found = diff(folder.path(), &book);
    assert_eq!(found.code, 1);
    let text = found.stdout.split("\n\nbook: ").nth(1).unwrap().to_owned();
    insta::assert_snapshot!("book_text", text);
    let csv = diff(folder.path(), &[&book[..], &["--format", "csv"]].concat()).stdout;
    insta::assert_snapshot!("book_csv", csv);
    let json = diff(folder.path(), &[&book[..], &["--format", "json"]].concat()).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    insta::assert_snapshot!("book_json", serde_json::to_string_pretty(&json["book"]).unwrap());
    let page = [&book[..], &["--html", "page.html", "-o", "out.txt"]].concat();
    assert_eq!(diff(folder.path(), &page).code, 1);
    insta::assert_snapshot!(
        "book_html",
        fs::read_to_string(folder.path().join("page.html")).unwrap()
    );
    assert!(fs::read_to_string(folder.path().join("out.txt")).unwrap().ends_with('\n'));
    // The sheet holds what the csv does.
    let sheet = [&book[..], &["--format", "xlsx", "-o", "sums.xlsx"]].concat();
    assert_eq!(diff(folder.path(), &sheet).code, 1);
    let mut workbook: calamine::Xlsx<_> =
        calamine::open_workbook(folder.path().join("sums.xlsx")).unwrap();
    let range = calamine::Reader::worksheet_range_at(&mut workbook, 0).unwrap().unwrap();
    let rows: Vec<String> = range
        .rows()
        .map(|row| row.iter().map(|cell| quoted(cell.to_string())).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(rows, csv.lines().collect::<Vec<_>>());
}

#[test]
fn names_in_the_page_of_a_book_are_no_markup() {
    let folder = folder();
    fs::write(folder.path().join("book.csv"), BOOK.replace("L-1,", "<b>&,")).unwrap();
    diff(folder.path(), &["--book", "book.csv", "--html", "page.html"]);
    let html = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(html.contains("&lt;b&gt;&amp;") && !html.contains("<b>"), "{html}");
}

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

/// Rulesets that say the same in other words, the first two lines of which are those of `told`.
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

/// A record that no rules can read counts, and is told.
#[test]
fn broken_records_of_a_book_count() {
    let folder = folder();
    let broken = format!("{BOOK}L-9,Dot,\"x\"y,4,2025-12-01,commercial,no\nL-10,Dot\n");
    fs::write(folder.path().join("broken.csv"), broken).unwrap();
    let told = |book| {
        let json = diff(folder.path(), &["--book", book, "--format", "json"]).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let turns = json["book"]["turns"].as_array().unwrap().clone();
        let stay = turns.iter().find(|turn| turn["old"] == "refused" && turn["new"] == "refused");
        let stay = stay.map_or(0, |turn| turn["lines"].as_u64().unwrap());
        (json["book"]["total"]["lines"].as_u64().unwrap(), stay)
    };
    let ((lines, stay), (more, refused)) = (told("book.csv"), told("broken.csv"));
    assert_eq!((more, refused), (lines + 2, stay + 2));
    let text = diff(folder.path(), &["--book", "broken.csv"]).stdout;
    assert!(text.contains(&format!("refused before and after: {refused} lines")), "{text}");
}

/// A cell as csv writes it.
fn quoted(text: String) -> String {
    if text.contains(',') { format!("\"{text}\"") } else { text }
}

/// A line that turns refused is told as `eval` would tell it.
#[test]
fn refusals_are_those_of_eval() {
    let folder = folder();
    let json = diff(folder.path(), &["--book", "book.csv", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let turned = json["book"]["turned"].as_array().unwrap();
    for (rules, license) in [("new.rules", "L-4"), ("old.rules", "L-7")] {
        let eval = ["eval", rules, "book.csv", "--rejects", "rejects.csv"];
        run(folder.path(), &eval, b"");
        let rejects = fs::read_to_string(folder.path().join("rejects.csv")).unwrap();
        let row = rejects.lines().find(|row| row.contains(license)).unwrap();
        let line = turned.iter().find(|line| line["license_id"] == license).unwrap();
        for member in ["code", "message"] {
            let text = line[member].as_str().unwrap();
            assert!(row.contains(text), "{member} of {license}: {text}\n{row}");
        }
    }
}

/// A line that cannot be read is refused by both.
#[test]
fn faulty_lines_are_refused_by_both() {
    let folder = folder();
    let broken = BOOK.replace("L-1,ACME,SEN-1,100", "L-1,ACME,SEN-1,x");
    fs::write(folder.path().join("book.csv"), broken).unwrap();
    let json = diff(folder.path(), &["--book", "book.csv", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let turns = json["book"]["turns"].as_array().unwrap().iter();
    let lines: Vec<_> = turns
        .filter(|turn| turn["old"] == "refused" && turn["new"] == "refused")
        .map(|turn| turn["lines"].clone())
        .collect();
    assert_eq!(lines, [1]);
}

#[test]
fn any_number_of_threads_says_the_same() {
    let folder = folder();
    let mut list = String::from("account,sku,quantity,start,trial\n");
    for line in 0..60_000 {
        let sku = ["SEN-1", "core", "line", "suite", "nosuch"][line % 5];
        list.push_str(&format!(
            "A{},{sku},{},2026-01-0{},no\n",
            line % 977,
            line % 3_001,
            1 + line % 9
        ));
    }
    fs::write(folder.path().join("long.csv"), list).unwrap();
    let by = |threads: &str| {
        diff(folder.path(), &["--book", "long.csv", "--format", "json", "--threads", threads])
            .stdout
    };
    let one = by("1");
    assert!(one.contains("\"lines\": 60000"), "{one}");
    assert_eq!(one, by("3"));
}

#[test]
fn equal_rulesets_are_told_to_be() {
    let folder = folder();
    let done = run(folder.path(), &["diff", "old.rules", "old.rules"], b"");
    assert_eq!(done.code, 0);
    assert_eq!(done.stdout, "equal: every line becomes the same, of 7 products and licenses\n");
}

#[test]
fn rulesets_that_cannot_be_read() {
    let folder = folder();
    fs::write(folder.path().join("bad.rules"), OLD.replace("rate 7", "rate 7,5")).unwrap();
    let done = run(folder.path(), &["diff", "bad.rules", "old.rules"], b"");
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.contains("bad.rules:") && done.stderr.contains("the old ruleset has errors")
    );
    let done = run(folder.path(), &["diff", "old.rules", "nowhere"], b"");
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
}

#[test]
fn approvals_are_asked_for() {
    let folder = folder();
    let with =
        |options: &[&str]| diff(folder.path(), &[&["--policy", "policy.txt"], options].concat());
    let told = with(&[]);
    assert_eq!(told.code, 1);
    let told = told.stdout.split("\n\n").last().unwrap().to_owned();
    assert_eq!(
        told,
        "needs the approval of \"board\": line, new_name, archive_storage, suite, added, gone, ruleset\n\
         needs the approval of \"pricing\": sensor, core\n"
    );
    assert_eq!(with(&["--require-approval", "pricing"]).code, 1);
    let all = with(&["--require-approval", "pricing,board"]);
    assert_eq!(all.code, 0);
    assert!(all.stdout.contains("approved by \"board\": line"));
    fs::write(folder.path().join("policy.txt"), "owner \"x\" of sensr\nreview above 10\nreviw\n")
        .unwrap();
    let wrong = with(&[]);
    assert_eq!(wrong.code, 2);
    for words in ["did you mean `sensor`?", "write `10%`", "expected `owner` or `review`"] {
        assert!(wrong.stderr.contains(words), "{words}: {}", wrong.stderr);
    }
}

/// What a share before rounding does not hold is reviewed, however small the share is.
#[test]
fn small_shares_are_reviewed_where_they_do_not_say_all() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("policy", "owner \"board\" of any\nowner \"legal\" of ruleset\nreview above 10%\n");
    let asks = |old: &str, new: &str| {
        let head = "ruleset x \"X\"\ncredits round half up to 1\nunit seat\nproduct p per ";
        write("old.rules", &format!("{head}{old}"));
        write("new.rules", &format!("{head}{new}"));
        let done = diff(folder.path(), &["--policy", "policy", "--require-approval", "none"]);
        assert!(done.code < 2 && !done.stdout.starts_with("equal"), "{}", done.stderr);
        let asked = done.stdout.lines().filter(|line| line.starts_with("needs"));
        asked.map(str::to_owned).collect::<Vec<_>>()
    };
    let board = ["needs the approval of \"board\": p"];
    assert!(asks("seat\n  rate 100\n", "seat\n  rate 105\n").is_empty());
    assert_eq!(asks("seat\n  rate 100\n", "seat\n  rate 105\n  round up to 1000\n"), board);
    assert_eq!(asks("seat\n  rate 100\n", "seat per year, by day\n  rate 105\n"), board);
    // One block more is twice as much for those that had one.
    let blocks = "started 100 seat\n  count quantity + 1\n  rate 5\n";
    assert_eq!(asks("started 100 seat\n  rate 5\n", blocks), board);
    assert!(asks("started 100 seat\n  rate 100\n", "started 100 seat\n  rate 101\n").is_empty());
    // What there was falls to nothing, and what is new does not.
    let falls = "seat\n  count max(0, 10 - ceil(quantity / 4))\n  rate 1\n";
    let rises = "seat\n  count if quantity up to 40 then quantity / 4 else 0\n  rate 1\n";
    assert_eq!(asks(falls, rises), board);
    let limited = "seat\n  rate 5\nlimit cap p at most 5 seat\n";
    assert_eq!(asks("seat\n  rate 5\n", limited), ["needs the approval of \"legal\": ruleset"]);
}

#[test]
fn rulesets_of_a_revision() {
    let folder = folder();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let diff = |old: &str, new: &str| run(folder.path(), &["diff", old, new], b"");
    fs::create_dir_all(folder.path().join("shop/inner")).unwrap();
    fs::write(folder.path().join("shop/all.rules"), OLD).unwrap();
    let outside = diff("HEAD:shop", "old.rules");
    assert_eq!(outside.code, 2);
    assert!(outside.stderr.contains("this folder belongs to no repository"), "{}", outside.stderr);
    git(&["init", "--quiet"]);
    git(&["add", "shop"]);
    git(&["commit", "--quiet", "-m", "first"]);
    assert_eq!(diff("HEAD:shop", "old.rules").code, 0);
    assert_eq!(diff("HEAD:shop/all.rules", "shop").code, 0);
    let changed = diff("HEAD:shop", "new.rules");
    assert_eq!(changed.code, 1);
    assert_eq!(changed.stdout, diff("old.rules", "new.rules").stdout);
    for (name, words) in [
        ("nosuch:shop", "git knows no revision `nosuch` here"),
        ("HEAD:nowhere", "the revision `HEAD` has no `nowhere`"),
        ("--upload-pack=x:shop", "unexpected argument"),
        ("HEAD:shop/inner", "the revision `HEAD` has no `shop/inner`"),
    ] {
        let done = diff(name, "old.rules");
        assert_eq!(done.code, 2, "{name}");
        assert!(done.stderr.contains(words), "{name}: {}", done.stderr);
    }
}

#[test]
fn history_of_this_repository_is_read() {
    let inside = root().join(".git").exists();
    let done = run(root(), &["diff", "HEAD:rules/flex_points", "rules/flex_points"], b"");
    assert!(!inside || done.code < 2, "{}", done.stderr);
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
