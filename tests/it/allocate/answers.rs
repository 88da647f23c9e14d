//! What plans and balances say of credits that are for some products only, of what is refused, and
//! of limits that warn.

use std::fs;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Done, run};

/// 50 credits for any product, 20 for `a` alone.
const RULES: &str = "\
ruleset t \"T\"
credits round half up to 1
unit seat, seats
product a per seat
  rate 1
product b per seat
  rate 1
product old per seat
  rate 1
  from 2026-01-01 withdrawn
product few per seat
  rate graduated
    up to 3 1
    beyond refused
license pool per seat
  rate 1
license tied per seat
  rate 1
  credits only for a
";

const LICENSES: &str = "license_id,account,sku,quantity,start,end\n\
    L,A,pool,50,2026-01-01,2026-12-31\nM,A,tied,20,2026-01-01,2026-06-30\n";

struct Lists(TempDir);

impl Lists {
    /// These rules behind those above, and an allocation of the account `A`.
    fn new(limits: &str, units: &str) -> Self {
        let own = Self(tempfile::tempdir().unwrap());
        own.write("t.rules", &format!("{RULES}{limits}"));
        own.write("l.csv", LICENSES);
        own.write("a.csv", &format!("account,product,units\n{units}"));
        own
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn run(&self, words: &[&str], more: &[&str]) -> Done {
        let lists = ["t.rules", "--licenses", "l.csv", "--as-of", "2026-02-01"];
        let given =
            if more.contains(&"--allocations") { &[][..] } else { &["--allocations", "a.csv"][..] };
        run(self.0.path(), &[words, &lists, given, more].concat(), b"")
    }

    fn text(&self, words: &[&str], more: &[&str]) -> String {
        self.run(words, more).stdout
    }
}

const PLAN: [&str; 2] = ["allocate", "plan"];

fn has(text: &str, part: &str) {
    assert!(text.contains(part), "no `{part}` in\n{text}");
}

#[test]
fn more_than_is_valid_may_be_allocated_where_a_limit_lets_it() {
    let lists = Lists::new("limit balance allocated at most valid + 100\n", "A,a,100\nA,b,30\n");
    assert_eq!(lists.run(&["allocate", "verify"], &[]).code, 0);
    let plan = lists.run(&PLAN, &[]);
    assert_eq!(plan.code, 0, "{plan:?}");
    has(&plan.stderr, "unchanged 1");
    // All 170 credits but the 20 that are for `a` alone.
    has(&lists.text(&["allocate", "most", "b"], &[]), "at all                 150 seat (proved)");
    let short = lists.text(&PLAN, &["--want", "b=40", "--want", "a=150"]);
    has(&short, "cannot give 150 seat of a: 130 instead");
    has(&short, "      20 more credits\n");
}

#[test]
fn what_must_be_bought_is_told_though_credits_are_tied() {
    let lists = Lists::new("", "A,a,10\nA,b,30\n");
    let plan = lists.text(&PLAN, &["--want", "b=60"]);
    has(&plan, "cannot give 60 seat of b: 50 instead");
    has(&plan, "      10 more credits\n");
    // The ten of `tied` that `a` does not need help nobody else.
    lists.write("a.csv", "account,product,units\nA,a,10\nA,b,60\n");
    let balance = lists.text(&["balance"], &["--require", "b=5"]);
    has(&balance, "  required more         5\n");
    has(&balance, "  to buy               15  10 left, which are for other products only\n");
    let rows = lists.text(&["balance"], &["--require", "b=5", "--format", "csv"]);
    has(&rows, "credits,share,percent,required,buy,surplus\n");
    has(&rows, "A,2026-02-01,70,70,0,a,10,seat,10,1/7,14.3,5,15,10\n");
    // So many are enough, and one less is not.
    for (more, code) in [("15", 0), ("14", 1)] {
        lists.write("l.csv", &format!("{LICENSES}N,A,pool,{more},2026-01-01,2026-12-31\n"));
        lists.write("a.csv", "account,product,units\nA,a,10\nA,b,65\n");
        assert_eq!(lists.run(&["allocate", "verify"], &[]).code, code, "{more}");
    }
}

#[test]
fn what_must_be_bought_depends_on_the_limit() {
    let required = |limit: &str| {
        let lists = Lists::new(limit, "A,a,20\nA,b,50\n");
        lists.write("l.csv", "account,sku,quantity,start\nA,pool,70,2026-01-01\n");
        let told = lists.text(&["balance"], &["--require", "b=30", "--format", "json"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        told[0]["purchase"]["buy"].as_str().unwrap().to_owned()
    };
    assert_eq!(required(""), "30");
    assert_eq!(required("limit balance allocated at most valid + 20\n"), "10");
    assert_eq!(required("limit balance allocated at most 90% of valid\n"), "42");
    // No purchase helps.
    assert_eq!(required("limit balance allocated at most 80\n"), "0");
}

#[test]
fn the_largest_purchases_have_an_amount() {
    let lists = Lists::new("", "A,a,1\n");
    let plan = lists.text(&PLAN, &["--want", "b=900000000000000000"]);
    has(&plan, "      899999999999999950 more credits\n");
}

#[test]
fn accounts_that_only_wish_have_no_credits() {
    let lists = Lists::new("", "A,a,10\n");
    lists.write("w.csv", "account,product,units\nA,b,20\nNew,b,5\n");
    let done = lists.run(&PLAN, &["--wishes", "w.csv"]);
    assert_eq!(done.code, 1);
    has(&done.stdout, "A on 2026-02-01: valid 70, allocated 10 -> 30");
    has(&done.stdout, "New on 2026-02-01: valid 0, allocated 0");
    has(&done.stdout, "      5 more credits\n");
    let one = lists.run(&PLAN, &["--wishes", "w.csv", "--account", "New"]);
    has(&one.stdout, "cannot give 5 seat of b: 0 instead");
}

#[test]
fn plans_are_lists_of_allocations() {
    let limits = "limit whole b at least 100 seat\n";
    for (limits, status) in [("", "unchanged"), (limits, "impossible")] {
        let lists = Lists::new(limits, "A,a,10\n");
        let idle = "I,Idle,pool,5,2026-01-01,2026-12-31\n";
        lists.write("l.csv", &format!("{LICENSES}{idle}"));
        lists.run(&PLAN, &["--format", "csv", "-o", "plan.csv"]);
        let plan = fs::read_to_string(lists.0.path().join("plan.csv")).unwrap();
        has(&plan, &format!("Idle,2026-02-01,{status},,,"));
        // What cannot be planned stays as it is today.
        has(&plan, &format!("A,2026-02-01,{status},a,seat,10,10,10,10,\n"));
        let more = ["--allocations", "plan.csv", "--format", "json"];
        let verified: Value =
            serde_json::from_str(&lists.text(&["allocate", "verify"], &more)).unwrap();
        let allocated = [&verified[0]["allocated"], &verified[1]["allocated"]];
        assert_eq!(allocated, ["10", "0"], "{verified}");
    }
    let lists = Lists::new("", "A,,\nA,,5\n");
    let done = lists.run(&["allocate", "verify"], &[]);
    has(&done.stderr, "record 2: `product` is empty");
}

#[test]
fn what_is_refused_is_told_with_its_reason() {
    let lists = Lists::new("", "A,a,10\nA,old,4\n");
    let plan = lists.text(&PLAN, &["--want", "few=5"]);
    has(&plan, "  refused  old: ");
    has(&plan, "t.rules:10");
    has(&plan, "  refused  few: ");
    has(&plan, "cannot give 5 seat of few: 3 instead");
    let json = lists.text(&PLAN, &["--want", "old=5", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let refused = json[0]["not_allocated"].as_array().unwrap();
    assert_eq!(refused.len(), 1, "{json}");
    assert_eq!(refused[0]["product"], "old");
    let products = json[0]["products"].as_array().unwrap();
    let before = |name: &str| {
        let own = products.iter().find(|own| own["product"] == name).unwrap();
        own.get("credits_before").cloned()
    };
    assert_eq!((before("a"), before("old")), (Some("10".into()), None));
    let most = lists.text(&["allocate", "most", "few"], &[]);
    has(&most, "at all                 3 seat (proved)");
    has(&most, "  refused  old: ");
    has(&most, "  refused  few: ");
    has(&lists.text(&["allocate", "most", "a"], &[]), "  refused  old: ");
}

#[test]
fn limits_that_warn_say_so() {
    let lists = Lists::new("limit w b at most 4 seat warn\n", "A,b,3\n");
    let plan = lists.text(&PLAN, &["--want", "b=6"]);
    has(&plan, "limit w: b at most 4 seat, warns  (t.rules:20)");
    has(&plan, "limits that warn may be breached: --allow-warnings\n");
    assert_eq!(lists.run(&PLAN, &["--want", "b=6", "--allow-warnings"]).code, 0);
    let lists = Lists::new("limit w b at most 4 seat\n", "A,b,3\n");
    assert!(!lists.text(&PLAN, &["--want", "b=6"]).contains("--allow-warnings"));
}

#[test]
fn percents_are_rounded_and_tell_too_much() {
    let lists = Lists::new("", "");
    lists.write("l.csv", "account,sku,quantity,start\nA,pool,80000,2026-01-01\n");
    let cases = [
        ("63000", "78.8"),
        ("79990", "99.9"),
        ("80000", "100"),
        ("80010", "100.1"),
        ("69333", "86.7"),
    ];
    for (units, percent) in cases {
        lists.write("a.csv", &format!("account,product,units\nA,a,{units}\n"));
        has(&lists.text(&["balance"], &[]), &format!("  {percent} % of valid\n"));
    }
}

#[test]
fn balances_are_written_as_lines_and_sheets() {
    let lists = Lists::new("", "A,a,10\nA,b,30\n");
    let all: Value =
        serde_json::from_str(&lists.text(&["balance"], &["--format", "json"])).unwrap();
    let done = lists.run(&["balance"], &["-o", "b.ndjson"]);
    assert_eq!(done.code, 0, "{done:?}");
    let lines = fs::read_to_string(lists.0.path().join("b.ndjson")).unwrap();
    assert_eq!(all[0], serde_json::from_str::<Value>(&lines).unwrap());
    lists.run(&["balance"], &["--history", "--require", "b=30", "-o", "b.xlsx"]);
    let mut book: Xlsx<_> = open_workbook(lists.0.path().join("b.xlsx")).unwrap();
    let names = ["distribution", "history", "licenses", "ends", "purchase"];
    assert_eq!(book.sheet_names(), names);
    let mut cells = |name: &str| {
        let range = book.worksheet_range(name).unwrap();
        range.rows().map(<[Data]>::to_vec).collect::<Vec<_>>()
    };
    let counts = names.map(|name| cells(name).len());
    assert_eq!(counts, [3, 13, 3, 3, 2]);
    let licenses = cells("licenses");
    let tied = licenses.last().unwrap();
    assert_eq!(tied.get(4).unwrap(), &Data::String("valid".to_owned()));
    assert_eq!(tied.get(8).unwrap(), &Data::String("a".to_owned()));
    assert_eq!(cells("purchase").last().unwrap().get(3).unwrap(), &Data::Float(10.0));
}
