//! How long each stage takes, from the text of a ruleset to credits.
//!
//! `cargo bench --bench stages`; a name after `--` picks some.

#![expect(clippy::expect_used, reason = "a bench that cannot begin has nothing to measure")]

mod generator;

use credit_rules::batch::{Columns, Kernel, Key};
use credit_rules::convert::Converter;
use credit_rules::engine::{Engine, License};
use credit_rules::evaluate::{self, Silent, evaluate};
use credit_rules::hir;
use credit_rules::input::delimited::Delimited;
use credit_rules::input::{Schema, Unreadable};
use credit_rules::project::{self, Compiled};
use credit_rules::report::refusal;
use credit_rules::source::{Source, Sources};
use credit_rules::syntax;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rust_decimal::Decimal;

/// Products of the ruleset, each of four dated rates.
const PRODUCTS: u32 = 100;

/// License lines.
const LINES: usize = 100_000;

fn main() {
    divan::main();
}

fn sources() -> Sources {
    let text = generator::ruleset(PRODUCTS, 4);
    Sources::new(vec![Source::new("generated.rules", text)])
}

fn compiled() -> Compiled {
    project::analyze(sources()).compile().expect("the generated ruleset has no error")
}

/// A license list over all products and some years.
fn list() -> String {
    let mut text = String::from("license_id,account,sku,quantity,start\n");
    for line in 0..LINES {
        let mixed = line.wrapping_mul(0x9e37_79b9) >> 3;
        text.push_str(&format!(
            "L-{line},ACC-{:05},SKU-{:05},{}.{:03},202{}-0{}-01\n",
            mixed % 5_000,
            mixed % PRODUCTS as usize,
            mixed % 3_000,
            mixed % 1_000,
            mixed % 3 + 1,
            mixed % 9 + 1,
        ));
    }
    text
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let sources = sources();
    bencher.bench(|| {
        for (id, source) in sources.iter() {
            black_box(syntax::parse(id, source));
        }
    });
}

#[divan::bench]
fn parse_and_resolve(bencher: Bencher<'_, '_>) {
    let sources = sources();
    bencher.bench(|| {
        let files: Vec<_> =
            sources.iter().map(|(id, file)| (id, syntax::parse(id, file))).collect();
        hir::resolve(&files, refusal::CODES)
    });
}

#[divan::bench]
fn check_everything(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(sources).bench_values(project::analyze);
}

#[divan::bench]
fn tables_for_columns(bencher: Bencher<'_, '_>) {
    let compiled = compiled();
    bencher.bench(|| Kernel::new(&compiled.plan).bytes(&compiled.plan, 3));
}

#[divan::bench]
fn read_csv(bencher: Bencher<'_, '_>) {
    let (compiled, list) = (compiled(), list());
    let schema = Schema::new(&compiled.plan, &[], None).expect("nothing is renamed");
    bencher.counter(ItemsCount::new(LINES)).bench(|| {
        let reader = Delimited::new(list.as_bytes(), b',', &schema).expect("it has a header");
        reader.each_chunk(|chunk| -> Result<(), Unreadable> {
            black_box(chunk.parse());
            Ok(())
        })
    });
}

#[divan::bench]
fn read_and_convert_csv(bencher: Bencher<'_, '_>) {
    let (compiled, list) = (compiled(), list());
    let schema = Schema::new(&compiled.plan, &[], None).expect("nothing is renamed");
    let kernel = Kernel::new(&compiled.plan);
    let converter = Converter::new(&compiled.plan, &kernel, &schema);
    bencher.counter(ItemsCount::new(LINES)).bench(|| {
        let mut memory = converter.memory();
        let reader = Delimited::new(list.as_bytes(), b',', &schema).expect("it has a header");
        reader.each_chunk(|chunk| -> Result<(), Unreadable> {
            converter.each(&mut memory, &chunk.parse(), |_, converted| {
                black_box(converted);
            });
            Ok(())
        })
    });
}

#[divan::bench]
fn convert_columns(bencher: Bencher<'_, '_>) {
    let engine = Engine::new(compiled());
    let key = |line: usize| engine.key(&format!("SKU-{:05}", line % PRODUCTS as usize));
    let keys: Vec<Key> = (0..LINES).map(|line| key(line).expect("it is declared")).collect();
    let quantities: Vec<i64> = (0..).map(|line| line * 37 % 3_000_000 + 1).take(LINES).collect();
    let starts: Vec<i32> = (0..).map(|line| 18_500 + line % 1_000).take(LINES).collect();
    let columns = Columns {
        keys: &keys,
        quantities: &quantities,
        decimals: 3,
        starts: &starts,
        ..Columns::default()
    };
    let mut credits = vec![0; LINES];
    bencher
        .counter(ItemsCount::new(LINES))
        .bench_local(|| engine.convert_columns(&columns, &mut credits));
}

#[divan::bench]
fn convert_one_license(bencher: Bencher<'_, '_>) {
    let engine = Engine::new(compiled());
    let day = "2021-03-01".parse().expect("it is a day");
    let license = License::new("SKU-00007", Decimal::new(1_234_567, 3)).start(day);
    bencher.bench(|| engine.convert(black_box(&license)).is_ok());
}

#[divan::bench]
fn evaluate_one_license_exactly(bencher: Bencher<'_, '_>) {
    let compiled = compiled();
    let mut license =
        evaluate::License::new(&compiled.plan, "SKU-00007", Decimal::new(1_234_567, 3));
    license.start = "2021-03-01".parse().ok();
    bencher.bench(|| evaluate(&compiled.plan, black_box(&license), &mut Silent));
}
