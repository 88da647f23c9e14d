//! Lists cut into blocks: the same records as another csv reader finds, and the same bytes from any
//! number of threads.

use std::fs;

use credit_rules::input::Schema;
use credit_rules::input::Unreadable;
use credit_rules::input::delimited::Delimited;
use credit_rules::plan::Plan;
use credit_rules::source::{Source, Sources};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};

use crate::cli::run;
use crate::oracle::for_all;

const RULES: &str = "ruleset blocks \"Blocks\"\ncredits round half up to 0.01\nunit seat, seats\n\
    unit pair = 2 seat\ninput kind one of a, b, default a\nproduct sensor per seat\n  sku \"S-1\"\n  \
    rate 1.25\n  from 2026-01-01 rate 1.5\n  when kind is b rate 2\nproduct gone per seat\n  \
    rate 1\n  from 2026-01-01 withdrawn\n";

fn plan() -> Plan {
    let sources = Sources::new(vec![Source::new("blocks.rules", RULES)]);
    credit_rules::project::analyze(sources).plan().unwrap()
}

/// The records of a list as the engine cuts it.
fn own(plan: &Plan, bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let schema = Schema::new(plan, &[], None).unwrap();
    let delimited = Delimited::new(bytes, b',', &schema).map_err(|Unreadable(reason)| reason)?;
    let mut records = Vec::new();
    let each = |chunk: credit_rules::input::delimited::Chunk| {
        let block = chunk.parse();
        assert_eq!(block.first, records.len() as u64 + 1, "the number of a record");
        for row in 0..block.len() {
            records.push(block.fields(row).map(str::to_owned).collect());
        }
        Ok::<(), Unreadable>(())
    };
    delimited.each_chunk(each).map_err(|Unreadable(reason)| reason)?;
    Ok(records)
}

/// The records of a list as the `csv` crate cuts it.
fn theirs(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let record = |record: csv::ByteRecord| record.iter().map(text).collect();
    reader.byte_records().map(|found| record(found.unwrap())).collect()
}

/// Bits of lists, odd ones too.
fn bits() -> impl Strategy<Value = Vec<u8>> {
    let bit = prop_oneof![
        6 => Just(&b"S-1,400,2026-02-01"[..]),
        6 => Just(&b"\n"[..]),
        4 => Just(&b","[..]),
        2 => Just(&b"\"a, \"\"b\"\"\n\""[..]),
        2 => Just(&b"\r\n"[..]),
        1 => Just(&b"\r"[..]),
        1 => Just(&b"\"\""[..]),
        1 => Just(&b"\""[..]),
        1 => Just(&b"x\"y"[..]),
        1 => Just(&b" "[..]),
        1 => Just(&b"\xff"[..]),
        1 => Just("\u{fffd}é".as_bytes()),
    ];
    vec(bit, 1..40).prop_map(|bits| bits.concat())
}

#[test]
fn records_are_those_that_another_reader_finds() {
    let plan = plan();
    // The same bits many times over, so that blocks end in the middle of every kind of them.
    for_all("blocks", 300, &(bits(), 1usize..9_000), |(bits, times)| {
        let mut bytes = b"sku,quantity,start\n".to_vec();
        for at in 0..times.min(200_000 / bits.len() + 1) {
            bytes.extend(&bits);
            bytes.extend(vec![b'z'; at % 3]);
        }
        let (own, theirs) = (own(&plan, &bytes), theirs(&bytes));
        // A record of more than 1 MiB is an error here; none of these is.
        let own = own?;
        let differs = own.iter().zip(&theirs).position(|(own, other)| own != other);
        match differs {
            Some(at) => Err(format!("record {at}: {:?} and {:?} of {bits:?}", own[at], theirs[at])),
            None if own.len() != theirs.len() => {
                Err(format!("{} and {} records of {bits:?}", own.len(), theirs.len()))
            }
            None => Ok(()),
        }
    });
}

/// A list of several blocks, with lines of every kind.
fn list() -> String {
    let mut list = String::from("license_id,account,sku,quantity,unit,start,kind\n");
    let one_of = |texts: &[&'static str], at: usize| *texts.iter().cycle().nth(at % 12).unwrap();
    for at in 0..12_000 {
        let sku = one_of(&["S-1", "sensor", "gone", "S-2"], at % 97);
        let unit = one_of(&["", "seat", "pair", "furlong"], at % 89);
        let account = one_of(&["\"Harbor, Inc\"", "ACME", "", "\"say \"\"hi\"\"\""], at);
        let start = one_of(&["2025-05-01", "2026-05-01", "soon"], at % 101);
        let (quantity, kind) = (at % 1_000, one_of(&["", "b"], at));
        list.push_str(&format!("L{at},{account},{sku},{quantity}.5,{unit},{start},{kind}\n"));
    }
    list
}

#[test]
fn every_number_of_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.rules"), RULES).unwrap();
    fs::write(folder.path().join("in.csv"), list()).unwrap();
    let ways: [&[&str]; 6] = [
        &[],
        &["--append"],
        &["--format", "json"],
        &["--format", "ndjson", "--explain"],
        &["--by", "account"],
        &["--by", "account,name"],
    ];
    for way in ways {
        let outputs: Vec<(Vec<u8>, Vec<u8>, String)> = ["1", "2", "5"]
            .iter()
            .map(|threads| {
                let mut arguments = vec!["eval", "x.rules", "in.csv", "--threads", threads];
                arguments.extend(["-o", "out", "--rejects", "rejects.csv"]);
                if way.is_empty() || !way.contains(&"--format") {
                    arguments.extend(["--format", "csv"]);
                }
                arguments.extend(way);
                let done = run(folder.path(), &arguments, b"");
                assert_eq!(done.code, 1, "{}", done.stderr);
                let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
                (read("out"), read("rejects.csv"), done.stderr)
            })
            .collect();
        let [first, others @ ..] = outputs.as_slice() else { panic!("three runs") };
        assert!(first.0.len() > 30 && first.1.len() > 30 && first.2.contains("lines 12000"));
        assert!(others.iter().all(|other| other == first), "{way:?}");
    }
}
