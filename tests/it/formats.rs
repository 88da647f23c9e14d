//! Every format gives the same records, and what it cannot give exactly it refuses with a place.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use crate::cli::{Done, binary, run};

const RULES: &str = r#"ruleset formats "Formats"
credits round half up to 0.01
unit seat, seats
input trial yes/no, default no
input weight number, default 1
exclude when trial is yes  because "trials never convert"
product sensor per seat
  sku "SEN-1"
  rate 20.05
product dated per seat per year, by day
  rate 12
"#;

/// A list in which everything occurs: absent values, texts that look like formulas or need quotes,
/// numbers that a float would bend, and a line that is refused.
const LIST: &str = "license_id,account,sku,quantity,trial,weight,start,end,note
L-1,ACME,SEN-1,400,,,2025-01-01,2025-12-31,=1+1
L-2,\"Bolt, Ltd\",SEN-1,0.000000000001,no,2.5,,,\"say \"\"hi\"\"\"
L-3,ACME,dated,12.5,,,2024-02-29,9999-12-31,Ünïcode
L-4,,SEN-1,7,yes,1,,,
,@home,SEN-1,1234567890123456.25,,,,,007
L-6,ACME,unknown,1,,,,,-
";

#[cfg(feature = "parquet")]
const EXTENSIONS: &[&str] =
    &["csv", "tsv", "csv.gz", "tsv.gz", "csv.zst", "xlsx", "parquet", "arrow", "arrows", "feather"];
#[cfg(not(feature = "parquet"))]
const EXTENSIONS: &[&str] = &["csv", "tsv", "csv.gz", "tsv.gz", "csv.zst", "xlsx"];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), RULES).unwrap();
    fs::write(folder.path().join("list.csv"), LIST).unwrap();
    folder
}

fn eval(folder: &Path, input: &str, options: &[&str]) -> Done {
    let mut arguments = vec!["eval", "x.rules", input];
    arguments.extend(options);
    run(folder, &arguments, b"")
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn one_list_through_every_format() {
    let folder = folder();
    let folder = folder.path();
    // Only lines that convert are appended to, so the list without its refused line goes around.
    fs::write(folder.join("list.csv"), LIST.replace("L-6,ACME,unknown,1,,,,,-\n", "")).unwrap();
    let expected = eval(folder, "list.csv", &["--strict", "--map", "weight=weight", "--append"]);
    assert_eq!(expected.code, 2, "{}", expected.stderr);
    let expected = eval(folder, "list.csv", &[]);
    assert_eq!(expected.code, 0, "{}", expected.stderr);
    for extension in EXTENSIONS {
        let file = format!("around.{extension}");
        let written = eval(folder, "list.csv", &["--append", "-o", &file]);
        assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{file}: {}", written.stderr);
        let read = eval(folder, &file, &[]);
        assert_eq!(read.stdout, expected.stdout, "{file}");
        assert_eq!(
            read.stderr.lines().last(),
            expected.stderr.lines().last(),
            "{file}: {}",
            read.stderr
        );
        // The credits of an appended list are those of the records.
        let again = eval(folder, &file, &["--append", "--format", "csv"]);
        assert_eq!(again.code, 2, "{file}");
        assert!(again.stderr.contains("has a column `credits` already"), "{}", again.stderr);
    }
    for extension in ["json", "ndjson", "json.gz", "ndjson.zst"] {
        let file = format!("records.{extension}");
        assert_eq!(eval(folder, "list.csv", &["-o", &file]).code, 0);
        let read = eval(folder, &file, &["--columns", "license_id,credits"]);
        let expected = eval(folder, "list.csv", &["--columns", "license_id,credits"]);
        // `trial` is no column of a record.
        assert_eq!(read.stdout.replace("L-4,140.35", "L-4,0"), expected.stdout, "{file}");
    }
}

#[test]
fn results_sums_and_rejects_in_every_format() {
    let folder = folder();
    let folder = folder.path();
    for (options, columns) in [
        (&["--columns", "sku,quantity,license_id,start,end,credits"][..], "sku=sku"),
        (&["--by", "account,name"], "sku=name"),
    ] {
        let plain: Vec<&str> = options.iter().copied().chain(["-o", "out.csv"]).collect();
        assert_eq!(eval(folder, "list.csv", &plain).code, 1);
        let expected = fs::read_to_string(folder.join("out.csv")).unwrap();
        for extension in EXTENSIONS {
            let file = format!("out.{extension}");
            let rejects = format!("rejects.{extension}");
            let named: Vec<&str> =
                options.iter().copied().chain(["-o", &file, "--rejects", &rejects]).collect();
            let done = eval(folder, "list.csv", &named);
            assert_eq!(done.code, 1, "{}", done.stderr);
            // Read as a list in which credits are the quantity, and given back as it stands.
            let quantity = "quantity=credits";
            let options = ["--map", quantity, "--map", columns, "--columns", "quantity"];
            let read = eval(folder, &file, &options);
            let plain = eval(folder, "out.csv", &options);
            assert_eq!(read.stdout, plain.stdout, "{file}: {}\n{expected}", read.stderr);
            let rejects = eval(
                folder,
                &rejects,
                &["--map", "sku=code", "--map", "quantity=line", "--allow-refused"],
            );
            assert!(
                rejects.stderr.contains("line 1 (license L-6): no product or license has the code"),
                "{}",
                rejects.stderr
            );
        }
    }
}

#[test]
fn compressed_input() {
    let folder = folder();
    let folder = folder.path();
    let expected = eval(folder, "list.csv", &[]);
    let (head, tail) = LIST.as_bytes().split_at(100);
    let mut members = gzip(head);
    members.extend(gzip(tail));
    let mut frames = zstd(head);
    frames.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    frames.extend(zstd(tail));
    for (name, bytes) in [("list.csv.gz", &members), ("list.CSV.ZST", &frames)] {
        fs::write(folder.join(name), bytes).unwrap();
        let done = eval(folder, name, &[]);
        assert_eq!((done.stdout.as_str(), done.code), (expected.stdout.as_str(), 1), "{name}");
        assert_eq!(done.stderr, expected.stderr);
        let kind = name.to_lowercase();
        let short = format!("short.{}", kind.split_once('.').unwrap().1);
        // Wherever it is cut, within a member or frame: never a shorter list.
        let boundary = if name.ends_with("gz") { gzip(head).len() } else { zstd(head).len() };
        for length in 0..bytes.len() {
            if [boundary, boundary + 11].contains(&length) || length % 3 == 1 {
                continue;
            }
            fs::write(folder.join(&short), &bytes[..length]).unwrap();
            let done = eval(folder, &short, &["-o", "never.csv", "--threads", "1"]);
            assert_eq!(done.code, 2, "{short} of {length} bytes: {}", done.stderr);
            assert!(
                done.stderr.contains("data is cut off") || done.stderr.contains("data is damaged"),
                "{}",
                done.stderr
            );
        }
        let mut damaged = bytes.clone();
        let last = damaged.len() - 3;
        damaged[last] ^= 1;
        fs::write(folder.join(&short), &damaged).unwrap();
        let done = eval(folder, &short, &["-o", "never.csv"]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains("data is damaged"), "{}", done.stderr);
        fs::write(folder.join(&short), LIST).unwrap();
        assert!(eval(folder, &short, &[]).stderr.contains("data is damaged or none at all"));
    }
    assert!(!folder.join("never.csv").exists());
}

#[test]
fn compressed_output_is_that_of_other_programs() {
    let folder = folder();
    let folder = folder.path();
    let expected = eval(folder, "list.csv", &[]).stdout;
    eval(folder, "list.csv", &["-o", "out.csv.gz"]);
    let mut text = String::new();
    let packed = fs::read(folder.join("out.csv.gz")).unwrap();
    MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, expected);
    eval(folder, "list.csv", &["-o", "out.csv.zst"]);
    let packed = fs::read(folder.join("out.csv.zst")).unwrap();
    let mut text = String::new();
    ruzstd::decoding::StreamingDecoder::new(packed.as_slice())
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, expected);
}

/// A workbook whose second sheet has a cell of each kind.
fn workbook(folder: &Path) {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Cover").unwrap().write(0, 0, "nothing here").unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("hh:mm");
    let sheet = workbook.add_worksheet();
    sheet.set_name("Licenses").unwrap();
    for (column, name) in (1..).zip(["license_id", "sku", "quantity", "trial", "start", "note"]) {
        sheet.write(2, column, name).unwrap();
    }
    let quantities =
        [400.0, 0.300_000_000_000_000_04, 434.999_999_999_999_94, 1e15, -1.0, 12.5, 1.0, 2.0, 3.0];
    // An empty row is no record: rows 5 and 6 are records 1 and 2.
    for (row, quantity) in [4, 5, 6, 7, 8, 9, 10, 11, 12].into_iter().zip(quantities) {
        sheet.write(row, 1, format!("R{}", row + 1)).unwrap();
        sheet.write(row, 2, "SEN-1").unwrap();
        sheet.write(row, 3, quantity).unwrap();
    }
    let date = |y, m, d| ExcelDateTime::from_ymd(y, m, d).unwrap();
    sheet.write_boolean(4, 4, false).unwrap();
    sheet.write_with_format(4, 5, date(2025, 11, 30), &day).unwrap();
    // What nothing asks for may be anything.
    sheet.write(4, 6, 0.300_000_000_000_000_04).unwrap();
    sheet.write_boolean(9, 4, true).unwrap();
    let noon = date(2025, 11, 30).and_hms(12, 30, 0).unwrap();
    sheet.write_with_format(10, 5, &noon, &day).unwrap();
    sheet.write_formula(11, 5, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_with_format(12, 5, ExcelDateTime::from_hms(8, 0, 0).unwrap(), &time).unwrap();
    sheet.write(13, 1, "R14").unwrap();
    sheet.write(13, 2, "SEN-1").unwrap();
    sheet.write_formula(13, 3, Formula::new("=2*2").set_result("4")).unwrap();
    sheet.write(14, 8, "beside the table").unwrap();
    workbook.save(folder.join("book.xlsx")).unwrap();
}

#[test]
fn cells_of_a_sheet() {
    let folder = folder();
    let folder = folder.path();
    workbook(folder);
    let options = [
        "--sheet",
        "Licenses",
        "--rejects",
        "r.csv",
        "--columns",
        "license_id,quantity,start,status",
    ];
    let done = eval(folder, "book.xlsx", &options);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "license_id,quantity,start,status\nR5,400,2025-11-30,converted\nR10,12.5,,excluded\nR14,4,,converted\n"
    );
    assert!(done.stderr.contains("nothing asks for the columns `note`"));
    let rejects = fs::read_to_string(folder.join("r.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(rejects.as_bytes());
    let found: Vec<Vec<String>> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            [0, 2, 4, 5].map(|at| record.get(at).unwrap().to_owned()).to_vec()
        })
        .collect();
    let expected = [
        ["2", "bad-cell", "quantity", "0.30000000000000004"],
        ["3", "bad-cell", "quantity", "434.99999999999994"],
        ["4", "bad-cell", "quantity", "1000000000000000"],
        ["5", "negative-quantity", "quantity", "-1"],
        ["7", "bad-cell", "start", "2025-11-30 12:30:00"],
        ["8", "bad-cell", "start", "#DIV/0!"],
        ["9", "bad-cell", "start", "0.3333333333333333"],
        ["11", "ragged-row", "", ""],
    ];
    assert_eq!(found, expected.map(|row| row.map(str::to_owned).to_vec()), "{rejects}");
    let first = eval(folder, "book.xlsx", &[]);
    assert_eq!(first.code, 2);
    assert!(first.stderr.contains("has no column `sku`"), "{}", first.stderr);
    let none = eval(folder, "book.xlsx", &["--sheet", "Licences"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("the workbook has `Cover`, `Licenses`"), "{}", none.stderr);
    let piped = run(
        folder,
        &["eval", "x.rules", "-", "--input-format", "xlsx", "--sheet", "Licenses"],
        &fs::read(folder.join("book.xlsx")).unwrap(),
    );
    assert_eq!(piped.code, 1, "{}", piped.stderr);
}

#[test]
fn a_damaged_workbook_is_an_error() {
    let folder = folder();
    let folder = folder.path();
    workbook(folder);
    let whole = fs::read(folder.join("book.xlsx")).unwrap();
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(folder.join("cut.xlsx"), &whole[..length]).unwrap();
        let done = eval(folder, "cut.xlsx", &["--sheet", "Licenses"]);
        assert_eq!(done.code, 2, "{length}: {}", done.stderr);
        assert!(
            done.stderr.contains("is not an xlsx workbook that can be read"),
            "{}",
            done.stderr
        );
    }
}

#[test]
fn numbers_and_texts_of_a_sheet_that_is_written() {
    use calamine::{Data, Reader, Xlsx, open_workbook};
    let folder = folder();
    let folder = folder.path();
    eval(folder, "list.csv", &["--append", "-o", "out.xlsx"]);
    let mut book: Xlsx<_> = open_workbook(folder.join("out.xlsx")).unwrap();
    let range = book.worksheet_range("Sheet1").unwrap();
    let cell = |row, column| range.get_value((row, column)).cloned().unwrap_or_default();
    assert_eq!(cell(1, 3), Data::Float(400.0));
    assert_eq!(cell(1, 8), Data::String("=1+1".into()));
    assert_eq!(cell(1, 9), Data::Float(8020.0));
    assert!(matches!(cell(1, 6), Data::DateTime(_)));
    assert_eq!(cell(5, 3), Data::String("1234567890123456.25".into()));
    assert_eq!(cell(5, 9), Data::String("24753086196975297.81".into()));
    assert_eq!(cell(5, 8), Data::String("007".into()));
    let again = fs::read(folder.join("out.xlsx")).unwrap();
    eval(folder, "list.csv", &["--append", "-o", "out.xlsx"]);
    assert_eq!(fs::read(folder.join("out.xlsx")).unwrap(), again, "the same bytes on any day");
}

#[test]
fn what_a_name_does_not_tell() {
    let folder = folder();
    let folder = folder.path();
    let table: &[(&[&str], &str)] = &[
        (&["list.ods"], "save it as csv or xlsx"),
        (&["list.xls"], "save it as csv or xlsx"),
        (&["list.csv.bz2"], "unpack it first"),
        (&["list.gz"], "add `--input-format csv|tsv|json|ndjson|xlsx|parquet|arrow`"),
        (&["list.xlsx.gz"], "unpack it first"),
        (&["list.csv", "--sheet", "A"], "`--sheet` names a sheet of xlsx"),
        (&["list.csv", "--allow-float", "quantity"], "`--allow-float` is for columns of parquet"),
        (&["list.csv", "-o", "out.ods"], "tells a format that is not written"),
        (&["list.csv", "-o", "out.xlsx.zst"], "compressed twice"),
        (&["list.csv", "--rejects", "r.xls"], "tells a format that is not written"),
        (&["list.csv", "--explain", "-o", "out.xlsx"], "steps have no place in a table"),
    ];
    for (arguments, message) in table {
        let done = eval(folder, arguments[0], &arguments[1..]);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.stderr);
        assert!(done.stderr.contains(message), "{arguments:?}: {}", done.stderr);
    }
    fs::write(folder.join("in.json"), r#"[{"sku":"SEN-1","quantity":1}]"#).unwrap();
    let done = eval(folder, "in.json", &["--append", "-o", "out.xlsx"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("add `--format json`"), "{}", done.stderr);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_so() {
    let folder = folder();
    fs::write(folder.path().join("in.parquet"), "").unwrap();
    for arguments in
        [&["in.parquet"][..], &["list.csv", "-o", "x.arrow"], &["list.csv", "--format", "parquet"]]
    {
        let done = eval(folder.path(), arguments[0], &arguments[1..]);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{}", done.stderr);
        assert!(done.stderr.contains("`--features parquet`"), "{}", done.stderr);
    }
}

#[test]
fn no_progress_without_a_terminal() {
    let folder = folder();
    let mut child = Command::new(binary())
        .args(["eval", "x.rules", "-", "--input-format", "csv", "--threads", "1", "-o", "out.csv"])
        .current_dir(folder.path())
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"sku,quantity\n").unwrap();
    let lines = "SEN-1,1\n".repeat(20_000);
    input.write_all(lines.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let done = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("lines 40000 = converted 40000"), "{stderr}");
}
