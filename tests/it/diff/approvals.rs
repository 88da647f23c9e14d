//! Whose approval `diff` asks for.

use std::fs;

use super::{diff, folder};

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
