//! Rule files at and past every limit: a clear error each, never a panic, on any stack.

use std::fs;
use std::path::Path;

use credit_rules::project;
use credit_rules::source::{Source, Sources};

use crate::cli::run;

const HEAD: &str = "ruleset limits \"Limits\"\ncredits round half up to 1\nunit seat\n";

/// The codes and positions found, on a thread with a stack of 512 KiB.
fn found(text: String) -> Vec<(String, usize, usize)> {
    let check = move || {
        let analysis = project::analyze(Sources::new(vec![Source::new("x.rules", text)]));
        let place = |found: &credit_rules::diagnostic::Diagnostic| {
            let (_, source) = analysis.sources.iter().next().unwrap();
            source.position(found.primary.place.span.start)
        };
        analysis
            .diagnostics
            .iter()
            .map(|found| (found.code.word().to_owned(), place(found).line, place(found).column))
            .collect()
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(check).unwrap().join().unwrap()
}

fn product(clauses: &str) -> String {
    format!("{HEAD}product p per seat\n{clauses}\n")
}

#[test]
fn nesting_is_counted_and_the_same_everywhere() {
    let nested = |open: &str, count: usize, close: &str| {
        product(&format!("  count {}quantity{}\n  rate 1", open.repeat(count), close.repeat(count)))
    };
    for (open, close) in
        [("(", ")"), ("max(0, ", ")"), ("ceil(", ")"), ("(1 + 2 * ", ")"), ("(1 - (", "))")]
    {
        let depth = if open == "(1 - (" { 2 } else { 1 };
        assert_eq!(found(nested(open, 64 / depth, close)), [], "{open}");
        let deepest = found(nested(open, 64 / depth + 1, close));
        assert_eq!(deepest.len(), 1, "{open}: {deepest:?}");
        assert_eq!(deepest[0].0, "nested-too-deep", "{open}");
    }
    let at = found(nested("(", 65, ")"));
    assert_eq!(at, [("nested-too-deep".to_owned(), 5, 8 + 65)]);
    let conditions = |count: usize| {
        product(&format!(
            "  count {}1{}\n  rate 1",
            "if quantity above 1 then ".repeat(count),
            " else 2".repeat(count)
        ))
    };
    assert_eq!(found(conditions(64)), []);
    assert_eq!(found(conditions(65)).len(), 1);
    for text in
        ["(".repeat(20_000), ")".repeat(20_000), "if ".repeat(20_000), "((1)".repeat(20_000)]
    {
        assert_eq!(found(product(&format!("  count {text}\n  rate 1"))).len(), 1);
    }
}

#[test]
fn long_sums_are_no_deeper_than_short_ones() {
    let sum = vec!["quantity"; 20_000].join(" + ");
    let text = product(&format!("  count {sum}\n  rate 1"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), &text).unwrap();
    assert_eq!(found(text), []);
    let done = run(
        folder.path(),
        &["eval", "x.rules", "-", "--input-format", "csv", "--columns", "credits"],
        b"sku,quantity\np,2\n",
    );
    assert_eq!(done.stdout, "credits\n40000\n");
    let chain = "if quantity is 1 then 2 else ".repeat(5_000);
    assert_eq!(found(product(&format!("  count {chain}3\n  rate 1"))), []);
}

#[test]
fn wide_tables_many_exceptions_and_long_chains_stay_cheap() {
    let inputs: String = (0..5_000).map(|i| format!("input i{i} yes/no\n")).collect();
    let names: Vec<String> = (0..5_000).map(|i| format!("i{i}")).collect();
    let row = "| any ".repeat(5_000);
    let wide = format!(
        "{HEAD}{inputs}product p per seat\n  rate by {}\n    {row}| 1 |\n",
        names.join(", ")
    );
    assert_eq!(found(wide), []);
    let contracts: String = (0..10_000)
        .map(|i| {
            let day = format!("{}-{:02}-{:02}", 2000 + i / 336, 1 + i / 28 % 12, 1 + i % 28);
            format!("  from {day} when account is \"A-{i}\" rate {}\n", i + 1)
        })
        .collect();
    let text = product(&format!("  rate 1\n{contracts}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), text).unwrap();
    let input = b"sku,quantity,account,start\np,2,A-9999,2040-01-01\np,2,A-9999,2000-01-01\n";
    let done = run(
        folder.path(),
        &["eval", "x.rules", "-", "--input-format", "csv", "--columns", "credits"],
        input,
    );
    assert_eq!(done.stdout, "credits\n20000\n2\n", "{}", done.stderr);
    let crossing: String = (0..300).map(|i| format!("  when i{i} is yes rate {i}\n")).collect();
    let conflicts = found(format!("{HEAD}{inputs}product p per seat\n  rate 1\n{crossing}"));
    assert_eq!(conflicts.len(), 299);
    let units: String = (1..2_000).map(|i| format!("unit u{i} = 2 u{}\n", i - 1)).collect();
    let chain = found(format!("{HEAD}unit u0\n{units}"));
    assert_eq!(chain.len(), 1, "the factor of a long chain is reported once: {chain:?}");
}

#[test]
fn lines_and_files_have_a_largest_size() {
    let long = format!("{}  note \"{}\"\n  rate 1\n", product(""), "x".repeat(1 << 20));
    assert_eq!(found(long), [("line-too-long".to_owned(), 6, 1)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.rules");
    let mut text = format!("{HEAD}product p per seat\n  rate 1\n");
    let line = format!("# {}\n", "x".repeat(997));
    while text.len() + line.len() <= 16 << 20 {
        text.push_str(&line);
    }
    text.push_str(&"#".repeat((16 << 20) - text.len()));
    fs::write(&path, &text).unwrap();
    assert_eq!(run(folder.path(), &["check", "x.rules"], b"").code, 0);
    text.push('#');
    fs::write(&path, &text).unwrap();
    let done = run(folder.path(), &["check", "x.rules"], b"");
    assert!(done.code == 2 && done.stderr.contains("larger than 16 MiB"), "{}", done.stderr);
}

#[test]
fn characters_that_hide_are_refused_everywhere() {
    for c in [
        '\u{202e}', '\u{2066}', '\u{200b}', '\u{200f}', '\u{feff}', '\u{ad}', '\u{7}', '\u{1b}',
        '\u{3164}', '\r', '\u{2028}',
    ] {
        for place in [
            format!("  rate {c}1"),
            format!("  rate 1\n  note \"a{c}b\""),
            format!("  rate 1 # a{c}b"),
        ] {
            let codes = found(product(&place));
            assert_eq!(codes.len(), 1, "{place:?}: {codes:?}");
            assert_eq!(codes[0].0, "bad-character", "{place:?}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), product("  rate 1 # \u{1b}[31mred \u{202e}der"))
        .unwrap();
    let done = run(folder.path(), &["check", "x.rules"], b"");
    assert!(!done.stderr.contains(['\u{1b}', '\u{202e}']), "{}", done.stderr);
    for blank in ['\t', '\u{a0}', '\u{202f}'] {
        assert_eq!(found(product(&format!("  rate{blank}1"))), [("bad-blank".to_owned(), 5, 7)]);
    }
    assert_eq!(found(product("  rate 1\n  note \"Größe 東京 é €\"")), []);
}

#[test]
fn files_and_links() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let link = |from: &str, to: &str| std::os::unix::fs::symlink(from, path.join(to)).unwrap();
    let check = |rules: &str| run(path, &["check", rules], b"");
    let said = |rules: &str, text: &str| {
        let done = check(rules);
        assert!(done.code == 2 && done.stderr.contains(text), "{rules}: {}", done.stderr);
    };
    said("missing.rules", "cannot read `missing.rules`");
    fs::create_dir_all(path.join("book/sub")).unwrap();
    said("book", "holds no `.rules` file");
    fs::write(path.join("book/b.rules"), "unit seat\n").unwrap();
    fs::write(
        path.join("book/sub/a.rules"),
        "\u{feff}ruleset x \"X\"\r\ncredits round up to 1\r\n",
    )
    .unwrap();
    fs::write(path.join("book/notes.txt"), "not a rule").unwrap();
    assert_eq!(check("book").code, 0, "{}", check("book").stderr);
    link("..", "book/sub/loop");
    said("book", "leads back to a folder above it");
    fs::remove_file(path.join("book/sub/loop")).unwrap();
    fs::write(path.join("outside.rules"), "unit mile\n").unwrap();
    link("../outside.rules", "book/link.rules");
    said("book", "leaves the ruleset");
    link("nowhere.rules", "gone.rules");
    said("gone.rules", "cannot read `gone.rules`: the symbolic link leads to nothing");
    said("outsid.rules", "there is no `outsid.rules` in `.`; did you mean `outside.rules`?");
    said("book/sab/a.rules", "there is no folder `sab` in `book`; did you mean `sub`?");
    said("book/x/a.rules", "there is no folder `x` in `book`; there are sub");
    fs::remove_file(path.join("book/link.rules")).unwrap();
    fs::write(path.join("book/c.rules"), b"unit \xff\n").unwrap();
    said("book", "is not UTF-8: line 1, byte 6");
}

#[test]
fn what_is_given_in_the_wrong_place_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), product("  rate 1")).unwrap();
    fs::write(folder.path().join("in.csv"), "sku,quantity\np,1\n").unwrap();
    let said = |arguments: &[&str]| {
        let done = run(folder.path(), arguments, b"");
        assert_eq!(done.code, 2, "{}", done.stderr);
        done.stderr
    };
    let swapped = said(&["eval", "in.csv", "x.rules"]);
    assert!(swapped.contains("rule files come first, and the license list behind"), "{swapped}");
    let nowhere = said(&["eval", "x.rules", "in.csv", "-o", "nowhere/out.csv"]);
    let expected = "there is no folder `nowhere` in `.`; make the folder first";
    assert!(nowhere.contains(expected), "{nowhere}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), product("  rate 1")).unwrap();
    let mut text = String::from("sku,quantity\n");
    (0..50_000).for_each(|_| text.push_str("p,1\n"));
    fs::write(folder.path().join("in.csv"), text).unwrap();
    let script = format!(
        "'{}' eval x.rules in.csv | head -n 1; echo cut >&2; '{0}' eval x.rules in.csv > /dev/full",
        crate::cli::binary().display()
    );
    let done = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert!(String::from_utf8(done.stdout).unwrap().starts_with("license_id,"));
    let loud = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("'{}' check missing.rules 2>/dev/full", crate::cli::binary().display()),
        ])
        .status()
        .unwrap();
    assert_eq!(loud.code(), Some(2), "nobody to tell is no panic");
    let (cut, full) = stderr.split_once("cut\n").unwrap();
    assert!(cut.starts_with("lines 50000 = converted 50000"), "a closed pipe is no failure: {cut}");
    assert!(full.contains("cannot write the output"), "{full}");
    assert_eq!(done.status.code(), Some(2));
}

#[test]
fn every_page_of_the_catalogue_is_printed() {
    let here = Path::new(".");
    let done = run(here, &["check", "--explain", "rate-gap"], b"");
    assert!(done.code == 0 && done.stdout.starts_with("# rate-gap\n"), "{}", done.stderr);
    let done = run(here, &["check", "--explain", "rate-gab"], b"");
    assert!(done.code == 2 && done.stderr.contains("did you mean `rate-gap`?"), "{}", done.stderr);
}
