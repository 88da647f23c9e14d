//! Bad input: each mistake has a code, a sentence and a place, and no line is ever lost.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::cli::{Done, run};

const RULES: &str = r#"ruleset input "Input"
credits round half up to 0.01
unit endpoint, endpoints
unit mbps
unit gbps = 1_000 mbps
input segment one of commercial, education, default commercial
input seats number
product sensor per endpoint
  rate 20
product network per started 500 mbps
  rate 12_500
product sized per endpoint
  count seats
  rate 1
product dated per endpoint
  from 2025-01-01 rate 5
product yearly per endpoint per year, by day
  rate 12
product huge per endpoint
  rate 9_999_999_999_999_999
product closed per endpoint
  rate graduated
    up to 10   1
    beyond refused
exclude when segment is education  because "schools have their own program"
"#;

/// A folder with the rules and one input.
fn folder(input: &str, text: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), RULES).unwrap();
    fs::write(folder.path().join(input), text).unwrap();
    folder
}

fn eval(input: &str, text: &[u8], options: &[&str]) -> Done {
    let folder = folder(input, text);
    let mut arguments = vec!["eval", "x.rules", input];
    arguments.extend(options);
    run(folder.path(), &arguments, b"")
}

/// The reject's code, column and value of a single csv line.
fn rejected(header: &str, line: &str) -> (String, String, String) {
    let folder = folder("in.csv", format!("{header}\n{line}\n").as_bytes());
    let done = run(folder.path(), &["eval", "x.rules", "in.csv", "--rejects", "r.csv"], b"");
    assert_eq!(done.code, 1, "{line}: {}", done.stderr);
    assert!(
        done.stderr.contains("lines 1 = converted 0 + excluded 0 + refused 1"),
        "{line}: {}",
        done.stderr
    );
    let rejects = fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(rejects.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, ["line", "license_id", "code", "message", "column", "value"]);
    let record = reader.records().next().unwrap().unwrap();
    let field = |at: usize| record.get(at).unwrap().to_owned();
    assert!(!field(3).is_empty());
    (field(2), field(4), field(5))
}

#[test]
fn single_mistakes() {
    let header = "sku,quantity,unit,start,end,segment,seats";
    let table = [
        ("sensr,1,,,,,", "unknown-sku", "sku", "sensr"),
        ("sensor,1,mbps,,,,", "unit-mismatch", "unit", "mbps"),
        ("sensor,1,endpiont,,,,", "unknown-unit", "unit", "endpiont"),
        ("sensor,-1,,,,,", "negative-quantity", "quantity", "-1"),
        ("sensor,,,,,,", "missing-value", "quantity", ""),
        (",1,,,,,", "missing-value", "sku", ""),
        ("sensor,abc,,,,,", "bad-quantity", "quantity", "abc"),
        ("sensor,1e3,,,,,", "bad-quantity", "quantity", "1e3"),
        ("sensor,\"1,000\",,,,,", "bad-quantity", "quantity", "1,000"),
        ("sensor, 5,,,,,", "bad-quantity", "quantity", " 5"),
        ("sensor,1_000,,,,,", "bad-quantity", "quantity", "1_000"),
        (
            "sensor,12345678901234567890123456789,,,,,",
            "bad-quantity",
            "quantity",
            "12345678901234567890123456789",
        ),
        ("sensor,0.1234567890123,,,,,", "bad-quantity", "quantity", "0.1234567890123"),
        ("sensor,１２,,,,,", "bad-quantity", "quantity", "１２"),
        ("sensor,1,,2025-02-30,,,", "bad-date", "start", "2025-02-30"),
        ("sensor,1,,30.11.2025,,,", "bad-date", "start", "30.11.2025"),
        ("sensor,1,,2025-03-01,2025-02-28,,", "end-before-start", "end", "2025-02-28"),
        ("sized,1,,,,,", "missing-input", "seats", ""),
        ("sized,1,,,,,-4", "bad-value", "seats", "-4"),
        ("sensor,1,,,,school,", "bad-value", "segment", "school"),
        ("dated,1,,,,,", "missing-start", "start", ""),
        ("dated,1,,2024-12-31,,,", "no-rate", "start", "2024-12-31"),
        ("yearly,1,,2025-01-01,,,", "missing-end", "end", ""),
        ("huge,9999999999999999,,,,,", "overflow", "quantity", ""),
        ("closed,10.000000000001,,,,,", "rate-refused", "quantity", ""),
        ("sensor,1,,,", "ragged-row", "", ""),
        ("sensor,1,,,,,,,", "ragged-row", "", ""),
    ];
    for (line, code, column, value) in table {
        let expected = (code.to_owned(), column.to_owned(), value.to_owned());
        assert_eq!(rejected(header, line), expected, "{line}");
    }
}

#[test]
fn nothing_is_lost() {
    let text = "license_id,sku,quantity,segment\nA,sensor,1,\nB,sensor,1,education\nC,nothing,1,\n,sensor,2,\n";
    let done = eval("in.csv", text.as_bytes(), &["--columns", "license_id,credits,status,rule"]);
    assert_eq!(
        done.stdout,
        "license_id,credits,status,rule\nA,20,converted,x.rules:9\nB,0,excluded,x.rules:25\n4,40,converted,x.rules:9\n"
    );
    assert!(
        done.stderr.contains(
            "lines 4 = converted 2 + excluded 1 + refused 1; credits 60; ruleset sha256:"
        )
    );
    assert_eq!(eval("in.csv", text.as_bytes(), &["--allow-refused"]).code, 0);
}

#[test]
fn the_forms_of_csv() {
    let plain = eval("in.csv", b"sku,quantity\nsensor,5\n", &[]);
    let variants: [&[u8]; 4] = [
        b"\xef\xbb\xbfsku,quantity\nsensor,5\n",
        b"sku,quantity\r\nsensor,5\r\n",
        b"sku,quantity\nsensor,5",
        b"\"sku\",\"quantity\"\n\n\"sensor\",\"5\"\n",
    ];
    for variant in variants {
        let done = eval("in.csv", variant, &[]);
        assert_eq!((done.code, &done.stdout), (0, &plain.stdout), "{}", done.stderr);
    }
    assert_eq!(eval("in.tsv", b"sku\tquantity\nsensor\t5\n", &[]).stdout, plain.stdout);
    let quoted = eval(
        "in.csv",
        b"account,sku,quantity\n\"A, \"\"B\"\"\nC\",sensor,5\n",
        &["--columns", "account,credits"],
    );
    assert_eq!(quoted.stdout, "account,credits\n\"A, \"\"B\"\"\nC\",100\n");
}

#[test]
fn inputs_that_cannot_be_read() {
    let table: [(&str, &[u8], &str); 9] = [
        ("in.csv", b"", "the input is empty"),
        ("in.csv", b"sku,quantity,sku\n", "the column `sku` stands twice"),
        ("in.csv", b"product,quantity\n", "no column `sku`; `--map sku=COLUMN`"),
        ("in.csv", b"sku;quantity\nsensor;5\n", "separated by `;`"),
        ("in.csv", b"sku\tquantity\n", "--input-format tsv"),
        ("in.csv", b"s\xffku,quantity\n", "the name of column 1 is not UTF-8"),
        ("in.json", b"{\"sku\":\"sensor\"}", "not a JSON array of objects"),
        ("in.json", b"[{\"sku\":\"sensor\",\"quantity\":1}", "not a JSON array of objects"),
        ("in.txt", b"", "--input-format"),
    ];
    for (name, text, said) in table {
        let done = eval(name, text, &[]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains(said), "expected {said}: {}", done.stderr);
    }
    let header_alone = eval("in.csv", b"sku,quantity\n", &[]);
    assert_eq!(header_alone.code, 0);
    assert!(
        header_alone.stderr.contains("lines 0 = converted 0 + excluded 0 + refused 0; credits 0;")
    );
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_place() {
    let done = eval("in.csv", b"sku,quantity,account\nsensor,5,M\xfcller\nsensor,1,x\n", &[]);
    assert!(
        done.stderr.contains("line 1 (license 1): byte 2 of the field is not UTF-8"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("lines 2 = converted 1 + excluded 0 + refused 1"));
    let done = eval("in.ndjson", b"{\"sku\":\"s\xff\",\"quantity\":1}\n", &[]);
    assert!(done.stderr.contains("[invalid-utf8]"), "{}", done.stderr);
}

#[test]
fn json_is_read_from_its_text() {
    let text = r#"[
        {"sku": "sensor", "quantity": 1234567890123456789.123456789},
        {"sku": "sensor", "quantity": "0.1", "segment": null, "other": [1, {"a": 2}]},
        {"sku": "sensor", "quantity": 1, "quantity": 2},
        {"sku": "sensor", "quantity": 1e3},
        {"sku": "sensor", "quantity": {"n": 1}},
        {"sku": "sensor"},
        [1], "x", 5, null,
        {"sku": "sensor", "quantity": true}
    ]"#;
    let done =
        eval("in.json", text.as_bytes(), &["--format", "ndjson", "--columns", "quantity,credits"]);
    assert_eq!(
        done.stdout,
        "{\"quantity\":\"1234567890123456789.123456789\",\"credits\":\"24691357802469135782.46913578\"}\n{\"quantity\":\"0.1\",\"credits\":\"2\"}\n"
            .replace("24691357802469135782.46913578", "24691357802469135782.47")
    );
    for code in ["duplicate-key", "bad-quantity", "bad-record", "missing-value"] {
        assert!(done.stderr.contains(&format!("[{code}]")), "{code}: {}", done.stderr);
    }
    assert!(
        done.stderr.contains("lines 11 = converted 2 + excluded 0 + refused 9"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("warning: nothing asks for the columns `other`"));
    let lines = "\u{feff}{\"sku\":\"sensor\",\"quantity\":1}\n\n{\"sku\":\n{\"sku\":\"sensor\",\"qu\\u0061ntity\":1,\"quantity\":1}\n";
    let done = eval("in.ndjson", lines.as_bytes(), &[]);
    assert!(
        done.stderr.contains("lines 3 = converted 1 + excluded 0 + refused 2"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("[duplicate-key]"), "{}", done.stderr);
}

#[test]
fn columns_are_renamed_asked_for_and_appended() {
    let text = "Product,Menge,quantity_old,Region\nsensor,2,9,EU\n";
    let options = ["--map", "sku=Product", "--map", "quantity=Menge"];
    let done = eval("in.csv", text.as_bytes(), &[&options[..], &["--append"]].concat());
    assert_eq!(done.stdout, "Product,Menge,quantity_old,Region,credits\nsensor,2,9,EU,40\n");
    assert!(!done.stderr.contains("warning"), "columns given on are asked for: {}", done.stderr);
    let listed = eval("in.csv", text.as_bytes(), &options);
    assert!(
        listed.stderr.contains("nothing asks for the columns `quantity_old`"),
        "{}",
        listed.stderr
    );
    let strict = eval("in.csv", text.as_bytes(), &[&options[..], &["--strict"]].concat());
    assert_eq!((strict.code, strict.stdout.as_str()), (2, ""));
    let json = eval(
        "in.ndjson",
        b"{\"sku\":\"sensor\",\"quantity\":2.50,\"x\":{\"y\":1}}\n",
        &["--append", "--format", "ndjson"],
    );
    assert_eq!(
        json.stdout,
        "{\"sku\":\"sensor\",\"quantity\":2.50,\"x\":{\"y\":1},\"credits\":\"50\"}\n"
    );
    let unknown = eval("in.csv", text.as_bytes(), &["--map", "skuu=Product"]);
    assert!(
        unknown.code == 2 && unknown.stderr.contains("did you mean `sku`?"),
        "{}",
        unknown.stderr
    );
    let unknown =
        eval("in.csv", text.as_bytes(), &[&options[..], &["--columns", "credit"]].concat());
    assert!(
        unknown.code == 2 && unknown.stderr.contains("did you mean `credits`?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn sums_by_columns() {
    let text = "account,sku,quantity,segment\nB,sensor,1,\nA,sensor,2,\nA,network,1,\nA,sensor,1,education\n,sensor,1,\n";
    let done = eval("in.csv", text.as_bytes(), &["--by", "account"]);
    assert_eq!(done.stdout, "account,credits\n,20\nA,12540\nB,20\n");
    let done = eval("in.csv", text.as_bytes(), &["--by", "account,name", "--format", "json"]);
    assert_eq!(
        done.stdout,
        "[\n{\"name\":\"sensor\",\"credits\":\"20\"},\n{\"account\":\"A\",\"name\":\"network\",\"credits\":\"12500\"},\n\
         {\"account\":\"A\",\"name\":\"sensor\",\"credits\":\"40\"},\n{\"account\":\"B\",\"name\":\"sensor\",\"credits\":\"20\"}\n]\n"
    );
}

#[test]
fn a_day_for_lines_without_one() {
    let text = b"sku,quantity,start\ndated,1,\ndated,1,2024-01-01\n";
    let done = eval("in.csv", text, &["--on", "2025-06-01", "--columns", "start,credits"]);
    assert_eq!(done.stdout, "start,credits\n,5\n");
    assert!(done.stderr.contains("[no-rate]"));
    let wrong = eval("in.csv", text, &["--on", "2025-06-31"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("`--on 2025-06-31` is not a day"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn units_convert_and_stay_true_beside_the_quantity() {
    let text =
        b"sku,quantity,unit\nnetwork,1.2,gbps\nnetwork,501,mbps\nsensor,3,endpoints\nsensor,3,\n";
    let done = eval("in.csv", text, &["--columns", "quantity,unit,credits"]);
    assert_eq!(
        done.stdout,
        "quantity,unit,credits\n1.2,gbps,37500\n501,mbps,25000\n3,endpoint,60\n3,endpoint,60\n"
    );
}

#[test]
fn output_files_appear_whole_or_not_at_all() {
    let folder = folder("in.csv", b"sku,quantity\nsensor,5\n");
    let path = folder.path();
    fs::write(path.join("out.csv"), "before").unwrap();
    fs::write(path.join("broken.csv"), "sku,quantity\nsensor,5\n\"unclosed").unwrap();
    let listed = |path: &Path| fs::read_dir(path).unwrap().count();
    let count = listed(path);
    fs::write(path.join("broken.json"), "[{\"sku\":\"sensor\",\"quantity\":5},").unwrap();
    let done = run(path, &["eval", "x.rules", "broken.json", "-o", "out.csv"], b"");
    assert_eq!(done.code, 2);
    assert_eq!(fs::read_to_string(path.join("out.csv")).unwrap(), "before");
    assert_eq!(listed(path), count + 1, "a part of a file was left behind");
    let done = run(path, &["eval", "x.rules", "in.csv", "-o", "out.csv"], b"");
    assert_eq!((done.code, done.stdout.as_str()), (0, ""));
    assert!(fs::read_to_string(path.join("out.csv")).unwrap().ends_with("converted,x.rules:9\n"));
    let done = run(path, &["eval", "x.rules", "in.csv", "-o", "nowhere/out.csv"], b"");
    assert!(
        done.code == 2 && done.stderr.contains("cannot write `nowhere/out.csv`"),
        "{}",
        done.stderr
    );
    let stdin =
        run(path, &["eval", "x.rules", "-", "--input-format", "csv"], b"sku,quantity\nsensor,1\n");
    assert!(stdin.stdout.contains(",20,converted,"), "{}", stdin.stderr);
}

#[test]
fn a_line_of_200_mb_is_refused_in_little_memory() {
    // A third of a gigabyte would not fit what the child may use.
    let folder = folder("small.csv", b"");
    let path = folder.path();
    let chunk = vec![b'x'; 1 << 20];
    for (name, start, said) in [
        ("in.csv", "sku,quantity\nsensor,\"", "record 1 is longer than 1 MiB"),
        ("in.ndjson", "{\"sku\":\"", "refused 1"),
        ("in.json", "[{\"sku\":\"", "longer than 1 MiB"),
    ] {
        let mut file = fs::File::create(path.join(name)).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        (0..200).for_each(|_| file.write_all(&chunk).unwrap());
        drop(file);
        let script =
            format!("ulimit -v 190000; '{}' eval x.rules {name}", crate::cli::binary().display());
        let done = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(path)
            .output()
            .unwrap();
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert!(stderr.contains(said), "{name}: {stderr}");
        fs::remove_file(path.join(name)).unwrap();
    }
}

#[test]
fn quotes_that_do_not_match_lose_no_line_in_silence() {
    let header = "sku,quantity,account\n";
    let table = [
        ("sensor,1,\"abc\nsensor,2,def\nsensor,3,ghi\n", "never closed", "refused 1;"),
        (
            "sensor,1,x\nsensor,2,\"def\nsensor,3,\"ghi\nsensor,4,x\n",
            "text stands behind the quote",
            "refused 1;",
        ),
        ("\"sens\"or,1,x\n", "text stands behind the quote", "refused 1;"),
    ];
    for (text, said, summary) in table {
        let done = eval("in.csv", format!("{header}{text}").as_bytes(), &[]);
        assert_eq!(done.code, 1, "{text}: {}", done.stderr);
        assert!(
            done.stderr.contains(said) && done.stderr.contains(summary),
            "{text}: {}",
            done.stderr
        );
    }
    let fine =
        "\u{feff}\"sku\",\"quantity\",account\nsensor,1,\"a \"\"b\"\"\nc\"\r\nsensor,1,a \"b\" c\n";
    assert_eq!(eval("in.csv", fine.as_bytes(), &[]).code, 0);
    assert_eq!(eval("in.csv", b"\"sku,quantity\nsensor,1\n", &[]).code, 2);
}

#[test]
fn excluded_lines_stop_at_the_first_step() {
    let text = "sku,quantity,unit,start,end,segment\nsensor,1,mbps,,,education\nsensor,1,,2025-02-01,2025-01-01,education\nnothing,1,,,,education\n";
    let done = eval("in.csv", text.as_bytes(), &["--columns", "credits,status"]);
    assert_eq!(done.stdout, "credits,status\n0,excluded\n0,excluded\n");
    assert!(done.stderr.contains("[unknown-sku]"), "{}", done.stderr);
}

#[test]
fn outputs_follow_links_keep_modes_and_write_into_devices() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("in.csv", b"sku,quantity\nsensor,5\nsensr,5\n");
    let path = folder.path();
    fs::write(path.join("target.csv"), "before").unwrap();
    fs::set_permissions(path.join("target.csv"), fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("target.csv", path.join("link.csv")).unwrap();
    run(path, &["eval", "x.rules", "in.csv", "-o", "link.csv"], b"");
    assert!(fs::symlink_metadata(path.join("link.csv")).unwrap().is_symlink());
    assert!(fs::read_to_string(path.join("target.csv")).unwrap().contains("converted"));
    assert_eq!(fs::metadata(path.join("target.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    let script = format!(
        "mkfifo pipe; cat pipe & '{}' eval x.rules in.csv -o pipe; wait",
        crate::cli::binary().display()
    );
    let done =
        std::process::Command::new("sh").args(["-c", &script]).current_dir(path).output().unwrap();
    assert!(String::from_utf8(done.stdout).unwrap().contains(",100,converted,"));
    let done =
        run(path, &["eval", "x.rules", "in.csv", "-o", "one.csv", "--rejects", "./one.csv"], b"");
    assert!(done.code == 2 && done.stderr.contains("name one file"), "{}", done.stderr);
}

#[test]
fn appending_never_makes_two_columns_of_one_name() {
    let done = eval("in.csv", b"sku,quantity,credits\nsensor,5,9\n", &["--append"]);
    assert!(done.code == 2 && done.stderr.contains("`credits` already"), "{}", done.stderr);
    let json = eval(
        "in.ndjson",
        b"{\"sku\":\"sensor\",\"quantity\":2,\"credits\":7}\n",
        &["--append", "--format", "ndjson"],
    );
    assert!(json.code == 2 && json.stderr.contains("`credits` already"), "{}", json.stderr);
    let table = eval("in.csv", b"sku,quantity,x\nsensor,5,\n", &["--append", "--format", "ndjson"]);
    assert_eq!(table.stdout, "{\"sku\":\"sensor\",\"quantity\":\"5\",\"credits\":\"100\"}\n");
    for option in ["--columns", "--by"] {
        let done = eval("in.csv", b"sku,quantity\n", &[option, "name,name"]);
        assert!(done.code == 2 && done.stderr.contains("twice"), "{}", done.stderr);
    }
    let done = eval("in.csv", b"sku,quantity\n", &["--map", "sku=Cod"]);
    assert!(
        done.stderr.contains("no column `Cod`, which `--map` names for `sku`"),
        "{}",
        done.stderr
    );
}
