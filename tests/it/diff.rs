//! `diff` through the built binary: every form of its output, books, revisions, approvals.

mod approvals;
mod lines;

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
