//! Parquet and Arrow: every type that has exact values is read, the others are refused by name.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::{Int8Type, UInt16Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array,
    DictionaryArray, Float32Array, Float64Array, Int16Array, LargeStringArray, ListArray,
    RecordBatch, StringArray, StringViewArray, TimestampSecondArray, UInt64Array,
};
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::cli::{Done, run};

const RULES: &str = r#"ruleset formats "Formats"
credits round half up to 0.01
unit seat, seats
input trial yes/no, default no
exclude when trial is yes  because "trials never convert"
product sensor per seat
  sku "SEN-1"
  rate 20.05
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), RULES).unwrap();
    folder
}

fn eval(folder: &Path, input: &str, options: &[&str]) -> Done {
    let mut arguments = vec!["eval", "x.rules", input];
    arguments.extend(options);
    run(folder, &arguments, b"")
}

fn sku(count: usize) -> (&'static str, ArrayRef) {
    ("sku", Arc::new(StringArray::from(vec!["SEN-1"; count])))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Writes a batch as Parquet, as an Arrow file and as an Arrow stream.
fn write(folder: &Path, batch: &RecordBatch) -> [&'static str; 3] {
    let file = |name| File::create(folder.join(name)).unwrap();
    let mut writer = ArrowWriter::try_new(file("in.parquet"), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let mut writer =
        arrow_ipc::writer::FileWriter::try_new(file("in.arrow"), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    let mut writer =
        arrow_ipc::writer::StreamWriter::try_new(file("in.arrows"), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    ["in.parquet", "in.arrow", "in.arrows"]
}

#[test]
fn exact_types_are_read() {
    let folder = folder();
    let folder = folder.path();
    let quantities: Vec<(ArrayRef, [&str; 2])> = vec![
        (
            Arc::new(
                Decimal128Array::from(vec![4_000_000_000_000, 1])
                    .with_precision_and_scale(38, 10)
                    .unwrap(),
            ),
            ["400", "0.0000000001"],
        ),
        (
            Arc::new(
                Decimal256Array::from_iter_values([1500.into(), 7.into()])
                    .with_precision_and_scale(76, 2)
                    .unwrap(),
            ),
            ["15", "0.07"],
        ),
        (
            Arc::new(Decimal128Array::from(vec![4, 12]).with_precision_and_scale(5, -2).unwrap()),
            ["400", "1200"],
        ),
        (Arc::new(Int16Array::from(vec![7, 0])), ["7", "0"]),
        (Arc::new(UInt64Array::from(vec![u64::MAX, 3])), ["18446744073709551615", "3"]),
        (Arc::new(LargeStringArray::from(vec!["1.50", "2"])), ["1.50", "2"]),
        (Arc::new(StringViewArray::from(vec!["1", "20"])), ["1", "20"]),
        (Arc::new(vec!["5", "6"].into_iter().collect::<DictionaryArray<Int8Type>>()), ["5", "6"]),
    ];
    for (array, [first, second]) in quantities {
        let kind = array.data_type().clone();
        let in_parquet = !matches!(kind, DataType::Decimal128(_, i8::MIN..0));
        let names = write_some(folder, in_parquet, &batch(vec![sku(2), ("quantity", array)]));
        for name in names {
            let done = eval(folder, name, &["--columns", "quantity"]);
            assert_eq!(done.stdout, format!("quantity\n{first}\n{second}\n"), "{name} {kind}");
        }
    }
}

/// Parquet has no negative scales.
fn write_some(folder: &Path, in_parquet: bool, batch: &RecordBatch) -> Vec<&'static str> {
    if in_parquet {
        return write(folder, batch).to_vec();
    }
    let file = File::create(folder.join("in.arrow")).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    vec!["in.arrow"]
}

#[test]
fn days_booleans_dictionaries_and_absent_values() {
    let folder = folder();
    let folder = folder.path();
    let account: DictionaryArray<UInt16Type> =
        vec![Some("ACME"), None, Some("ACME")].into_iter().collect();
    let list = batch(vec![
        sku(3),
        ("quantity", Arc::new(Int16Array::from(vec![1, 2, 3]))),
        ("account", Arc::new(account)),
        ("trial", Arc::new(BooleanArray::from(vec![Some(false), None, Some(true)]))),
        ("start", Arc::new(Date32Array::from(vec![Some(20_000), None, Some(-1)]))),
        ("end", Arc::new(Date64Array::from(vec![Some(1_728_000_000_000), None, None]))),
        ("note", Arc::new(TimestampSecondArray::from(vec![1, 2, 3]))),
    ]);
    for name in write(folder, &list) {
        let done = eval(folder, name, &["--columns", "account,start,end,credits,status"]);
        assert_eq!(
            done.stdout,
            "account,start,end,credits,status\nACME,2024-10-04,2024-10-04,20.05,converted\n\
             ,,,40.1,converted\nACME,1969-12-31,,0,excluded\n",
            "{name}: {}",
            done.stderr
        );
        assert!(done.stderr.contains("nothing asks for the columns `note`"), "{}", done.stderr);
        let all = eval(folder, name, &["--append"]);
        assert_eq!(all.code, 2);
        assert!(all.stderr.contains("`note` holds timestamps: make it days"), "{}", all.stderr);
    }
    let odd = batch(vec![
        sku(2),
        ("quantity", Arc::new(Int16Array::from(vec![-1, 2]))),
        ("start", Arc::new(Date64Array::from(vec![Some(0), Some(1)]))),
    ]);
    for name in write(folder, &odd) {
        let done = eval(folder, name, &[]);
        assert_eq!(done.code, 1);
        assert!(done.stderr.contains("line 1 (license 1): the quantity `-1` is below 0"));
        let moment = "line 2 (license 2): `1970-01-01 and 1 ms` in `start` has a time of day";
        assert!(done.stderr.contains(moment), "{}", done.stderr);
    }
}

#[test]
fn floats_and_other_types_are_refused() {
    let folder = folder();
    let folder = folder.path();
    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int8Type, _, _>([Some([Some(1)]), None]));
    let table: [(ArrayRef, &str); 4] = [
        (Arc::new(Float64Array::from(vec![0.1, 2.5])), "holds floats, which are not exact"),
        (Arc::new(Float32Array::from(vec![0.1, 2.5])), "`--allow-float quantity`"),
        (Arc::new(TimestampSecondArray::from(vec![1, 2])), "holds timestamps"),
        (list, "make it texts, decimals, integers, days or booleans"),
    ];
    for (array, message) in table {
        let float = array.data_type().is_floating();
        for name in write(folder, &batch(vec![sku(2), ("quantity", array.clone())])) {
            let done = eval(folder, name, &[]);
            assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{name}");
            assert!(done.stderr.contains("the column `quantity` holds"), "{}", done.stderr);
            assert!(done.stderr.contains(message), "{}", done.stderr);
            if float {
                let allowed = ["--allow-float", "quantity", "--columns", "quantity"];
                let done = eval(folder, name, &allowed);
                assert_eq!(done.stdout, "quantity\n0.1\n2.5\n", "{}", done.stderr);
            }
        }
    }
    let floats = Float64Array::from(vec![0.300_000_000_000_000_04, f64::NAN]);
    write(folder, &batch(vec![sku(2), ("quantity", Arc::new(floats))]));
    let done = eval(folder, "in.parquet", &["--allow-float", "quantity"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("`0.30000000000000004`"), "{}", done.stderr);
    assert!(done.stderr.contains("`NaN`"), "{}", done.stderr);
    for (option, message) in [("sku", "holds no floats"), ("size", "no such column")] {
        let done = eval(folder, "in.parquet", &["--allow-float", option]);
        assert!(done.code == 2 && done.stderr.contains(message), "{}", done.stderr);
    }
}

#[test]
fn what_is_written_has_exact_types() {
    let folder = folder();
    let folder = folder.path();
    let list = "sku,quantity,start\nSEN-1,1.5,2025-01-01\nSEN-1,0.001,\n";
    fs::write(folder.join("list.csv"), list).unwrap();
    let done = eval(folder, "list.csv", &["-o", "out.parquet"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let file = File::open(folder.join("out.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let kind = |name: &str| reader.schema().field_with_name(name).unwrap().data_type().clone();
    assert_eq!(kind("credits"), DataType::Decimal128(38, 2));
    assert_eq!((kind("start"), kind("end")), (DataType::Date32, DataType::Date32));
    assert_eq!((kind("sku"), kind("quantity")), (DataType::Utf8, DataType::Utf8));
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    let credits = batch.column_by_name("credits").unwrap();
    let credits = credits.as_any().downcast_ref::<Decimal128Array>().unwrap();
    assert_eq!((credits.value(0), credits.value(1)), (3008, 2));
    assert!(batch.column_by_name("start").unwrap().is_null(1));
    let whole = fs::read(folder.join("out.parquet")).unwrap();
    eval(folder, "list.csv", &["-o", "out.parquet", "--threads", "2"]);
    assert_eq!(fs::read(folder.join("out.parquet")).unwrap(), whole);
    for length in [0, 5, whole.len() / 2, whole.len() - 1] {
        fs::write(folder.join("cut.parquet"), &whole[..length]).unwrap();
        let done = eval(folder, "cut.parquet", &[]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains("not a Parquet file that can be read"), "{}", done.stderr);
    }
}

#[test]
fn damaged_files_kill_nothing() {
    let folder = folder();
    let folder = folder.path();
    let numbers: Vec<i16> = (0..200).collect();
    let list = batch(vec![sku(200), ("quantity", Arc::new(Int16Array::from(numbers)))]);
    for name in write(folder, &list) {
        let whole = fs::read(folder.join(name)).unwrap();
        for round in 0..40 {
            let mut bytes = whole.clone();
            let at = (round * 7_919 + 11) % bytes.len();
            bytes[at] ^= 1 << (round % 8);
            let damaged = format!("damaged-{name}");
            fs::write(folder.join(&damaged), bytes).unwrap();
            let done = eval(folder, &damaged, &["--by", "account"]);
            assert!((0..=2).contains(&done.code), "{name}, byte {at}: {}", done.stderr);
        }
    }
}

#[test]
fn several_batches_are_one_list() {
    let folder = folder();
    let folder = folder.path();
    let numbers: Vec<i16> = (0..10_000).collect();
    let list = batch(vec![sku(10_000), ("quantity", Arc::new(Int16Array::from(numbers)))]);
    for name in write(folder, &list) {
        let done = eval(folder, name, &["--columns", "license_id,quantity", "--threads", "2"]);
        let expected: String =
            (0..10_000).map(|number| format!("{},{number}\n", number + 1)).collect();
        assert_eq!(done.stdout, format!("license_id,quantity\n{expected}"), "{name}");
    }
    let text = fs::read(folder.join("in.arrows")).unwrap();
    let piped =
        run(folder, &["eval", "x.rules", "-", "--input-format", "arrow", "--by", "name"], &text);
    assert_eq!(piped.stdout, "name,credits\nsensor,1002399750\n", "{}", piped.stderr);
}
