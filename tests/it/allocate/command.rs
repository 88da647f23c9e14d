//! `allocate` and `balance` through the built binary.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Done, root, run};

const RULES: &str = "\
ruleset shop \"Shop\"
credits round half up to 1
unit seat, seats
unit gb
unit tb = 1_000 gb
product sensor per seat
  rate 20
product core per seat
  rate 45
product vault per gb
  rate 1
product old per seat
  rate 1
  from 2026-01-01 withdrawn
license suite per seat
  grants 1 seat of sensor
  grants 2 seats of core
license pool per seat
  rate 1
license tied per seat
  rate 1
  credits only for vault
limit pairs  core needs sensor unit for unit  because \"the reason\"
";

const LICENSES: &str = "\
license_id,account,sku,quantity,start,end
L-1,ACME,suite,10,2026-01-01,2026-12-31
L-2,ACME,tied,500,2026-01-01,2026-05-31
L-3,Bolt,pool,1000,2025-01-01,2025-12-31
L-4,Corp,pool,70,2026-01-01,
";

const ALLOCATIONS: &str = "\
account,product,units,unit
ACME,sensor,10,seat
ACME,core,12,
ACME,vault,0.6,tb
Corp,sensor,3,
Dune,old,1,
";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files =
        [("shop.rules", RULES), ("licenses.csv", LICENSES), ("allocations.csv", ALLOCATIONS)];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn command(folder: &TempDir, words: &[&str], more: &[&str]) -> Done {
    let lists = ["shop.rules", "--licenses", "licenses.csv", "--as-of", "2026-02-01"];
    run(folder.path(), &[words, &lists, more].concat(), b"")
}

fn with_allocations(folder: &TempDir, words: &[&str], more: &[&str]) -> Done {
    command(folder, words, &[&["--allocations", "allocations.csv"], more].concat())
}

fn json(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

#[test]
fn every_breach_is_told_with_its_place() {
    let folder = folder();
    let done = with_allocations(&folder, &["allocate", "verify"], &[]);
    assert_eq!(done.code, 1);
    insta::assert_snapshot!("verify_text", format!("{}{}", done.stdout, done.stderr));
    let done = with_allocations(&folder, &["allocate", "verify"], &["--format", "csv", "--all"]);
    insta::assert_snapshot!("verify_csv", done.stdout);
    let done = with_allocations(&folder, &["allocate", "verify"], &["--format", "json"]);
    insta::assert_snapshot!("verify_json", done.stdout);
    let fine = with_allocations(&folder, &["allocate", "verify"], &["--account", "Corp"]);
    assert_eq!(fine.code, 0, "{fine:?}");
}

#[test]
fn text_and_json_are_of_one_record() {
    let folder = folder();
    let all = json(&with_allocations(&folder, &["allocate", "verify"], &["--format", "json"]));
    let lines = with_allocations(&folder, &["allocate", "verify"], &["--format", "ndjson"]).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(all, Value::Array(lines));
}

#[test]
fn what_licenses_stand_for_is_kept() {
    let folder = folder();
    let done = command(&folder, &["allocate", "retain"], &[]);
    insta::assert_snapshot!("retain_text", format!("{}{}", done.stdout, done.stderr));
    let done = command(&folder, &["allocate", "retain"], &["--format", "csv", "-o", "kept.csv"]);
    // Two cores for each sensor breach a limit.
    assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{done:?}");
    let kept = fs::read_to_string(folder.path().join("kept.csv")).unwrap();
    let expected =
        "account,product,units,unit,credits\nACME,sensor,10,seat,200\nACME,core,20,seat,900\n";
    assert_eq!(kept, expected);
    // It is a list of allocations.
    let more = ["--allocations", "kept.csv", "--format", "json"];
    let verified = json(&command(&folder, &["allocate", "verify"], &more));
    assert_eq!(verified[0]["balance"], "500");
}

#[test]
fn the_balance_has_every_form() {
    let folder = folder();
    let more = ["--history", "--require", "core=2"];
    let done = with_allocations(&folder, &["balance"], &more);
    insta::assert_snapshot!("balance_text", format!("{}{}", done.stdout, done.stderr));
    let done = with_allocations(&folder, &["balance"], &["--format", "csv"]);
    insta::assert_snapshot!("balance_csv", done.stdout);
    let done = with_allocations(&folder, &["balance"], &["--format", "json", "--account", "ACME"]);
    insta::assert_snapshot!("balance_json", done.stdout);
    let done = with_allocations(&folder, &["balance"], &["--history", "--format", "csv"]);
    insta::assert_snapshot!("balance_history_csv", done.stdout);
    with_allocations(&folder, &["balance"], &["-o", "balance.xlsx"]);
    let bytes = fs::read(folder.path().join("balance.xlsx")).unwrap();
    assert!(bytes.starts_with(b"PK"));
}

#[test]
fn wrong_records_stop_everything_and_are_named() {
    let folder = folder();
    let wrong = [
        ("ACME,sensors,1,", "there is no product `sensors`; did you mean `sensor`?"),
        ("ACME,xdr,1,", "there is no product `xdr`; there are "),
        ("ACME,suite,1,", "`suite` is a license: units are allocated to products"),
        ("ACME,sensor,-1,", "the units `-1` are below 0"),
        ("ACME,sensor,1e3,", "has an exponent"),
        ("ACME,sensor,1,seet", "there is no unit `seet`; did you mean `seat`?"),
        ("ACME,sensor,1,gb", "`gb` does not convert to `seat`"),
        ("ACME,sensor,,", "`units` is empty"),
        (",sensor,1,", "`account` is empty"),
        ("ACME,sensor,1", "the record has 3 fields, the header has 4"),
    ];
    for (record, message) in wrong {
        let text = format!("account,product,units,unit\nBolt,core,1,\n{record}\n");
        fs::write(folder.path().join("allocations.csv"), text).unwrap();
        let done = with_allocations(&folder, &["allocate", "verify"], &["-o", "out.txt"]);
        assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{record}");
        let told = "allocations.csv: record 2: ";
        assert!(done.stderr.contains(told) && done.stderr.contains(message), "{}", done.stderr);
        assert!(!folder.path().join("out.txt").exists());
    }
    let text = "account,product,units\nACME,core,1\nBolt,core,1\nACME,core,2\n";
    fs::write(folder.path().join("allocations.csv"), text).unwrap();
    let done = with_allocations(&folder, &["allocate", "verify"], &[]);
    assert!(
        done.stderr.contains("record 3: record 1 gives this account `core` already"),
        "{done:?}"
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = folder();
    let usage = |words: &[&str], more: &[&str], message: &str| {
        let done = with_allocations(&folder, words, more);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(message), "{}", done.stderr);
    };
    usage(&["allocate", "verify"], &["--account", "ACNE"], "did you mean `ACME`?");
    usage(&["balance"], &["--require", "core"], "expected PRODUCT=UNITS");
    usage(&["balance"], &["--require", "cores=1"], "did you mean `core`?");
    usage(&["balance"], &["-o", "x.tsv"], "add `--format`");
    let done = run(
        folder.path(),
        &["allocate", "retain", "shop.rules", "--licenses", "licenses.csv"],
        b"",
    );
    assert!(done.code == 2 && done.stderr.contains("--as-of"), "{done:?}");
    fs::write(folder.path().join("allocations.csv"), "product,units\ncore,1\n").unwrap();
    usage(&["allocate", "verify"], &[], "the input has no column `account`");
}

#[test]
fn columns_are_found_under_other_names_and_in_other_formats() {
    let folder = folder();
    let expected = with_allocations(&folder, &["allocate", "verify"], &[]).stdout;
    let renamed = ALLOCATIONS.replace("account,product", "customer,what");
    fs::write(folder.path().join("allocations.csv"), renamed).unwrap();
    let maps = ["--map-allocations", "account=customer", "--map-allocations", "product=what"];
    assert_eq!(with_allocations(&folder, &["allocate", "verify"], &maps).stdout, expected);
    let records: Vec<String> = ALLOCATIONS
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!(
                r#"{{"account":"{}","product":"{}","units":{},"unit":"{}"}}"#,
                cells[0], cells[1], cells[2], cells[3]
            )
        })
        .collect();
    let lists = [
        ("a.json", format!("[{}]", records.join(","))),
        ("a.ndjson", records.join("\n")),
        ("a.tsv", ALLOCATIONS.replace(',', "\t")),
    ];
    for (name, text) in lists {
        fs::write(folder.path().join(name), text).unwrap();
        let done = command(&folder, &["allocate", "verify"], &["--allocations", name]);
        assert_eq!(done.stdout, expected, "{name}");
    }
}

#[test]
fn refused_licenses_are_told_and_left_out() {
    let folder = folder();
    fs::write(folder.path().join("licenses.csv"), format!("{LICENSES}L-5,Corp,pol,1,,\n")).unwrap();
    let told = |more: &[&str]| {
        let more = [&["--account", "Corp"], more].concat();
        with_allocations(&folder, &["allocate", "verify"], &more)
    };
    let done = told(&[]);
    assert!(done.stderr.contains("license line 5 (L-5)"), "{done:?}");
    assert_eq!((done.code, told(&["--allow-refused"]).code), (1, 0));
}

#[test]
fn any_number_of_threads_says_the_same() {
    let book = "rules/trend_vision_one";
    let (licenses, allocations) =
        (format!("{book}/licenses.csv"), format!("{book}/allocations.csv"));
    let lists = ["--licenses", &licenses, "--as-of", "2026-01-15", "--format", "json"];
    let given = ["--allocations", allocations.as_str()];
    let commands: [(&[&str], &[&str]); 3] = [
        (&["allocate", "verify", book], &given),
        (&["allocate", "retain", book], &[]),
        (&["balance", book, "--history"], &given),
    ];
    for (words, more) in commands {
        let told = |threads| {
            let threads = ["--threads", threads];
            run(root(), &[words, &lists, more, &threads].concat(), b"").stdout
        };
        let first = told("1");
        assert!(first.len() > 10_000);
        for threads in ["2", "3", "1", "2"] {
            assert_eq!(told(threads), first, "{words:?}");
        }
    }
}

/// One account, its credits and units by these rules; what is asked, as text.
pub(super) fn asked(rules: &str, (credits, units): (&str, &str), words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let rules = format!(
        "ruleset r \"R\"\ncredits round half up to 1\nunit u\nlicense pool per u\n  rate 1\n{rules}"
    );
    let licenses = format!("account,sku,quantity,start\nA,pool,{credits},2026-01-01\n");
    let allocations = format!("account,product,units\n{units}");
    for (name, text) in [("shop.rules", rules), ("l.csv", licenses), ("a.csv", allocations)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let lists = ["shop.rules", "--licenses", "l.csv", "--allocations", "a.csv"];
    let day = ["--as-of", "2026-02-01"];
    run(folder.path(), &[&["allocate"], words, &lists, &day].concat(), b"").stdout
}

#[test]
fn long_numbers_of_units_are_looked_at() {
    let rules = "product g per u\n  rate 1\n";
    let held = ("1500000000000", "A,g,1200000000000\n");
    let more = asked(rules, held, &["plan", "--want", "g=+1"]);
    assert!(more.contains("1200000000000  -> 1200000000001"), "{more}");
    let most = asked(rules, held, &["most", "g"]);
    assert!(most.contains("at all                 1500000000000 u (proved)"), "{most}");
    let held = ("5", "A,g,1000000000000000001\n");
    let beyond = asked(rules, held, &["plan"]);
    assert!(beyond.contains("not planned  g: no more than 10^18 units"), "{beyond}");
}

/// What is charged together is cheapest where nothing is added to it: more of another product makes
/// no room.
#[test]
fn the_most_of_what_is_charged_together_is_proved() {
    let rules = "product a per u\n  rate 60\nproduct b per u\n  rate 50\nproduct c per u\n  rate 1\n\
        together ab \"AB\" of a, b\n  rate 85\n";
    let most = asked(rules, ("605", "A,c,3\n"), &["most", "a"]);
    assert!(most.contains("at all                 10 u (proved)"), "{most}");
}

#[test]
fn counts_that_clash_are_found_beside_other_limits() {
    let products: String = ["a", "b", "c", "d", "e", "f"]
        .map(|name| format!("product {name} per u\n  rate 1\n"))
        .concat();
    let limits = "limit few at most 2 of a, b, c, d warn\nlimit many at least 4 of a, b, c, d, e\n\
        limit share credits of f + credits of d at most 2% of allocated\n";
    let plan = asked(&format!("{products}{limits}"), ("100000", "A,a,5\n"), &["plan"]);
    assert!(plan.contains("no allocation keeps the limits"), "{plan}");
    assert!(plan.contains("limit few") && plan.contains("limit many"), "{plan}");
    assert!(!plan.contains("limit share"), "{plan}");
}

#[test]
fn a_product_is_wanted_once() {
    let folder = folder();
    let wants = ["allocate", "plan", "--want", "core=+1", "--want", "core=+2"];
    let done = with_allocations(&folder, &wants, &[]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("`--want` names `core` twice"), "{}", done.stderr);
}
