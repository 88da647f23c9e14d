//! Whole columns against the exact evaluator, line by line.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use credit_rules::batch::{self, Kernel, Key, Unfit};
use credit_rules::convert::{Converted, Converter, Credits};
use credit_rules::evaluate::{License, Outcome, Silent, evaluate};
use credit_rules::input::Schema;
use credit_rules::input::block::{Block, Columns};
use credit_rules::period::day_number;
use credit_rules::plan::{Plan, UnitId, Value};
use credit_rules::quantity::Exact;
use rust_decimal::Decimal;

use super::generate::{self, Tapes};
use super::{case, compile, for_all, shown, texts};

/// One block of all lines, each at two places.
pub(crate) fn block(schema: &Schema, lines: &[Vec<(String, String)>]) -> Block {
    let mut block = Block::new(Arc::new(Columns::of_slots(schema)));
    for texts in lines.iter().chain(lines) {
        for column in schema.names() {
            let text = texts.iter().find(|(name, _)| name == column);
            block.push(text.map_or("", |(_, text)| text));
        }
        block.end(None);
    }
    block
}

fn agrees(tapes: &Tapes, (fast, slow): (&Cell<u32>, &Cell<u32>)) -> Result<(), String> {
    let (ruleset, printed, lines) = case(tapes);
    let compiled = compile(&printed.files)?;
    let plan = &compiled.plan;
    let schema = Schema::new(plan, &[], None).unwrap();
    let lines: Vec<_> = lines.iter().map(|line| texts(&ruleset, line)).collect();
    let block = block(&schema, &lines);
    let columns = Kernel::new(plan);
    let converter = Converter::new(plan, &columns, &schema);
    let scale = Exact::power_of_ten(columns.result_decimals());
    let mut wrong = None;
    let mut seen = 0;
    converter.each(&mut converter.memory(), &block, |record, found| {
        seen += 1;
        let exact = schema.license(plan, record).map(|line| evaluate(plan, &line, &mut Silent));
        let same = match (&found, &exact) {
            (
                Converted::Credits { rule, credits, place },
                Ok(Ok(Outcome::Converted { rule: own, credits: exact, place: line })),
            ) => {
                let credits = match credits {
                    Credits::Scaled(credits) => {
                        fast.set(fast.get() + 1);
                        Exact::from(*credits) / scale.clone()
                    }
                    Credits::Long(credits) => {
                        slow.set(slow.get() + 1);
                        Exact::from(*credits)
                    }
                };
                rule == own && credits == Exact::from(*exact) && place == line
            }
            (
                Converted::Excluded { rule, place },
                Ok(Ok(Outcome::Excluded { rule: own, place: line })),
            ) => rule == own && place == line,
            (Converted::Faulty(fault), Err(own)) => **fault == *own,
            (Converted::Refused(refusal), Ok(Err(own))) => **refusal == *own,
            _ => false,
        };
        if !same {
            let texts = &lines[(seen - 1) % lines.len()];
            wrong.get_or_insert_with(|| format!("{texts:?}\nfound {found:?}\nexact {exact:?}"));
        }
    });
    match wrong {
        _ if seen != 2 * lines.len() => Err(format!("{seen} of {} lines", 2 * lines.len())),
        Some(wrong) => Err(format!("{wrong}\n{}", shown(&printed.files))),
        None => Ok(()),
    }
}

/// Lines of one shape as columns, with the same lines for the exact evaluator.
#[derive(Default)]
struct Batch {
    keys: Vec<Key>,
    quantities: Vec<i64>,
    units: Vec<UnitId>,
    starts: Vec<i32>,
    ends: Vec<i32>,
    contexts: Vec<u32>,
    values: Vec<Vec<Option<Value>>>,
    lines: Vec<License>,
}

/// A line's quantity as it is, and as large as 64 bits hold.
fn quantities(line: &License, decimals: u32, shift: u32) -> Vec<i64> {
    let scaled = Exact::from(line.quantity) * Exact::power_of_ten(decimals);
    let own = scaled.ratio().filter(|(_, over)| *over == 1).map(|(quantity, _)| quantity);
    own.into_iter().chain([i64::MAX >> shift]).collect()
}

/// Typed columns agree with the exact evaluator, however the lines lie: with quantities that overflow
/// 64 bits, of products of every lane, more than a thread converts at once, refused ones among them.
fn plain_columns_agree(tapes: &Tapes, seen: &[Cell<u32>; 3]) -> Result<(), String> {
    let (ruleset, printed, lines) = case(tapes);
    let compiled = compile(&printed.files)?;
    let plan = &compiled.plan;
    let schema = Schema::new(plan, &[], None).unwrap();
    let kernel = Kernel::new(plan);
    let texts: Vec<_> = lines.iter().map(|line| texts(&ruleset, line)).collect();
    let mut licenses = Vec::new();
    let converter = Converter::new(plan, &kernel, &schema);
    converter.each(&mut converter.memory(), &block(&schema, &texts), |record, _| {
        licenses.extend(schema.license(plan, record));
    });
    let mut batches: BTreeMap<_, Batch> = BTreeMap::new();
    for (at, line) in licenses.iter().enumerate() {
        let decimals = [3, 6, 12, 2][at % 4];
        let shift = [0, 1, 10, 30, 40][at % 5];
        for quantity in quantities(line, decimals, shift) {
            let exact = Decimal::try_from_i128_with_scale(i128::from(quantity), decimals);
            let shape = (decimals, line.unit.is_some(), line.start.is_some(), line.end.is_some());
            let batch = batches.entry(shape).or_default();
            let mut own = License::new(plan, &line.sku, exact.unwrap());
            (own.unit, own.start, own.end) = (line.unit, line.start, line.end);
            for (own, value) in own.inputs.iter_mut().zip(&line.inputs).skip(1) {
                own.clone_from(value);
            }
            batch.keys.push(kernel.key(&line.sku).unwrap_or(Key::UNKNOWN));
            batch.quantities.push(quantity);
            batch.units.extend(line.unit);
            batch.starts.extend(line.start.map(day_number));
            batch.ends.extend(line.end.map(day_number));
            batch.contexts.push(u32::try_from(batch.values.len()).unwrap());
            batch.values.push(own.inputs.clone());
            batch.lines.push(own);
        }
    }
    for ((decimals, ..), batch) in batches {
        batch_agrees(plan, &kernel, decimals, batch, seen)
            .map_err(|wrong| format!("{wrong}\n{}", shown(&printed.files)))?;
    }
    Ok(())
}

fn batch_agrees(
    plan: &Plan,
    kernel: &Kernel,
    decimals: u32,
    mut batch: Batch,
    seen: &[Cell<u32>; 3],
) -> Result<(), String> {
    // Now and then more lines than are converted at once, the last of them some of a part.
    let once = batch.lines.len();
    let times = if once % 16 == 3 { 9_000 / once } else { 1 };
    let exact: Vec<_> = batch.lines.iter().map(|line| evaluate(plan, line, &mut Silent)).collect();
    batch.keys = batch.keys.repeat(times);
    batch.quantities = batch.quantities.repeat(times);
    batch.units = batch.units.repeat(times);
    batch.starts = batch.starts.repeat(times);
    batch.ends = batch.ends.repeat(times);
    batch.contexts = batch.contexts.repeat(times);
    let columns = batch::Columns {
        keys: &batch.keys,
        quantities: &batch.quantities,
        decimals,
        units: &batch.units,
        starts: &batch.starts,
        ends: &batch.ends,
        contexts: &batch.contexts,
        values: &batch.values,
    };
    let accounts: Vec<u32> = (0..3).cycle().take(batch.keys.len()).collect();
    let mut credits = vec![-1; batch.keys.len()];
    let mut totals = [0; 3];
    let odd = kernel.convert_and_add_up(plan, &columns, &mut credits, &accounts, &mut totals);
    let odd = match odd {
        Ok(odd) => odd,
        Err(Unfit::Overflow) => kernel.convert(plan, &columns, &mut credits).unwrap(),
        Err(unfit) => return Err(unfit.to_string()),
    };
    let mut odd = odd.into_iter().peekable();
    let scale = Exact::power_of_ten(kernel.result_decimals());
    let (mut sums, mut overflow) = ([0i128; 3], false);
    for (at, own) in credits.iter().enumerate() {
        let exact = &exact[at % once];
        let found = odd.next_if(|(line, _)| *line == at);
        let same = match (&found, exact) {
            (None, Ok(Outcome::Converted { credits, .. })) => {
                seen[0].set(seen[0].get() + 1);
                Exact::from(*own) / scale.clone() == Exact::from(*credits)
            }
            (Some((_, odd)), exact) => {
                let long = matches!(exact, Ok(Outcome::Converted { .. }));
                let counted = &seen[if long { 1 } else { 2 }];
                counted.set(counted.get() + 1);
                *own == 0 && odd == exact
            }
            (None, _) => false,
        };
        if !same {
            let line = &batch.lines[at % once];
            return Err(format!("line {at}: {line:?}\nfound {own}, {found:?}\nexact {exact:?}"));
        }
        sums[at % 3] += i128::from(*own);
        overflow |= sums[at % 3] > i128::from(i64::MAX);
    }
    let added = totals.iter().zip(sums).all(|(total, sum)| i128::from(*total) == sum);
    if added || overflow { Ok(()) } else { Err(format!("totals {totals:?}, not {sums:?}")) }
}

#[test]
fn typed_columns_agree_with_the_exact_evaluator() {
    let seen = [Cell::new(0), Cell::new(0), Cell::new(0)];
    for_all("batches", 1_000, &generate::tapes(20), |tapes| plain_columns_agree(&tapes, &seen));
    let [credits, long, refused] = seen.map(Cell::into_inner);
    assert!(credits > 10_000 && long > 100 && refused > 1_000, "{credits}, {long}, {refused}");
}

#[test]
fn columns_agree_with_the_exact_evaluator() {
    let (fast, slow) = (Cell::new(0), Cell::new(0));
    for_all("columns", 2_000, &generate::tapes(20), |tapes| agrees(&tapes, (&fast, &slow)));
    let (fast, slow) = (fast.get(), slow.get());
    assert!(fast > slow && slow > 100, "{fast} lines by columns, {slow} by the exact evaluator");
}
