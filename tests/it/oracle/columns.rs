//! Whole columns against the exact evaluator, line by line.

use std::cell::Cell;
use std::sync::Arc;

use credit_rules::batch::Kernel;
use credit_rules::convert::{Converted, Converter, Credits};
use credit_rules::evaluate::{Outcome, Silent, evaluate};
use credit_rules::input::Schema;
use credit_rules::input::block::{Block, Columns};
use credit_rules::quantity::Exact;

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
            (Converted::Faulty(fault), Err(own)) => fault == own,
            (Converted::Refused(refusal), Ok(Err(own))) => refusal == own,
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

#[test]
fn columns_agree_with_the_exact_evaluator() {
    let (fast, slow) = (Cell::new(0), Cell::new(0));
    for_all("columns", 2_000, &generate::tapes(20), |tapes| agrees(&tapes, (&fast, &slow)));
    let (fast, slow) = (fast.get(), slow.get());
    assert!(fast > slow && slow > 100, "{fast} lines by columns, {slow} by the exact evaluator");
}
