//! The engine of this project: over columns, and for one record.

use credit_rules::batch::{Columns, Key};
use credit_rules::engine::{Engine, License};
use credit_rules::keyed::Texts;
use credit_rules::project;
use credit_rules::source::{Source, Sources};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::lines::Lines;
use crate::ruleset;
use crate::text::Keys;
use crate::workload::{Product, date_of};

/// Lines with texts as keys that are converted together.
const CHUNK: usize = 4_096;

/// Decimals of the quantities.
const DECIMALS: u32 = 3;

/// The rates of a workload, compiled, and what of the lines is made ready outside of the time.
pub struct Compiled {
    engine: Engine,
    keys: Vec<Key>,
    pool: rayon::ThreadPool,
}

impl Compiled {
    /// The lines come with their keys, as numbers.
    pub fn new(products: &[Product], lines: &Lines, threads: usize) -> Self {
        let text = ruleset::text("workload", "Workload", products);
        let checked = project::analyze(Sources::new(vec![Source::new("workload.rules", text)]));
        let Ok(ruleset) = checked.compile() else { panic!("the workload has an error") };
        let engine = Engine::new(ruleset);
        let key = |product: &Product| engine.key(&product.sku).expect("it is declared");
        let by_product: Vec<Key> = products.iter().map(key).collect();
        let keys = lines.product.iter().map(|&product| by_product[product as usize]).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Self { engine, keys, pool: pool.expect("threads can be started") }
    }

    /// Prices all lines and adds them up by account number.
    pub fn price(&self, lines: &Lines, credits: &mut [i64], totals: &mut [i64]) {
        let columns = columns(&self.keys, &lines.quantity, &lines.start);
        self.pool.install(|| self.convert(&columns, credits, &lines.account, totals));
    }

    /// The same on this thread alone, in chunks too short to be shared out: a counter of
    /// instructions sees one thread.
    pub fn price_counted(&self, lines: &Lines, credits: &mut [i64], totals: &mut [i64]) {
        for (chunk, credits) in credits.chunks_mut(CHUNK).enumerate() {
            let range = chunk * CHUNK..chunk * CHUNK + credits.len();
            let (keys, quantities) = (&self.keys[range.clone()], &lines.quantity[range.clone()]);
            let columns = columns(keys, quantities, &lines.start[range.clone()]);
            self.convert(&columns, credits, &lines.account[range], totals);
        }
    }

    /// By the texts of products and accounts; answers the totals with the numbers in the texts of
    /// the accounts.
    pub fn price_keys(&self, keys: &Keys, lines: &Lines, credits: &mut [i64]) -> Vec<(u32, i64)> {
        let mut accounts = Texts::default();
        let mut totals = Vec::new();
        let (mut skus, mut numbers) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
        for (chunk, credits) in credits.chunks_mut(CHUNK).enumerate() {
            let range = chunk * CHUNK..chunk * CHUNK + credits.len();
            skus.clear();
            numbers.clear();
            let key = |at| self.engine.key(keys.sku.text(at)).unwrap_or(Key::UNKNOWN);
            skus.extend(range.clone().map(key));
            accounts.number_all(range.clone().map(|at| keys.account.text(at)), &mut numbers);
            totals.resize(accounts.len(), 0);
            let columns = columns(&skus, &lines.quantity[range.clone()], &lines.start[range]);
            self.convert(&columns, credits, &numbers, &mut totals);
        }
        let number = |account: &str| account.trim_start_matches("ACC-").parse();
        let account = |at: usize| number(accounts.text(at as u32)).expect("made of a number");
        totals.into_iter().enumerate().map(|(at, total)| (account(at), total)).collect()
    }

    fn convert(
        &self,
        columns: &Columns<'_>,
        credits: &mut [i64],
        accounts: &[u32],
        totals: &mut [i64],
    ) {
        let odd = self.engine.convert_and_add_up(columns, credits, accounts, totals);
        assert!(odd.expect("columns of one length").is_empty(), "lines are refused");
    }

    /// One record at a time, its product by its code.
    pub fn price_records(&self, records: &[Record], credits: &mut [i64]) {
        for (record, credits) in records.iter().zip(credits) {
            let license = License::new(record.sku, record.quantity).start(record.start);
            // -1 for what is refused, which is never right.
            *credits = self.engine.convert(&license).ok().and_then(|c| c.scaled()).unwrap_or(-1);
        }
    }
}

fn columns<'a>(keys: &'a [Key], quantities: &'a [i64], starts: &'a [i32]) -> Columns<'a> {
    Columns { keys, quantities, decimals: DECIMALS, starts, ..Columns::default() }
}

/// A license as an application holds it.
pub struct Record<'a> {
    sku: &'a str,
    quantity: Decimal,
    start: Date,
}

impl<'a> Record<'a> {
    pub fn all(products: &'a [Product], lines: &Lines) -> Vec<Self> {
        let record = |at: usize| Record {
            sku: &products[lines.product[at] as usize].sku,
            quantity: Decimal::new(lines.quantity[at], DECIMALS),
            start: date_of(lines.start[at]),
        };
        (0..lines.count()).map(record).collect()
    }
}
