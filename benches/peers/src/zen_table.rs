//! The same rates in a decision table of `zen-engine`, given its context in its own values, without
//! JSON.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use zen_engine::{Decision, DecisionEngine};
use zen_expression::variable::Variable;

use crate::lines::Lines;
use crate::workload::Product;
use crate::zen::{branches, hundredths};

pub struct Table {
    decision: Decision,
    runtime: tokio::runtime::Runtime,
}

impl Table {
    pub fn new(products: &[Product]) -> Self {
        let content = serde_json::from_value::<zen_engine::model::DecisionContent>(table(products))
            .expect("the graph is in the form that the engine reads");
        let mut decision =
            DecisionEngine::default().create_decision(content.into()).expect("a sound graph");
        decision.compile();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self { decision, runtime: runtime.expect("a runtime of one thread") }
    }

    pub fn price(&self, products: &[Product], lines: &Lines, credits: &mut [i64]) {
        for (at, credits) in credits.iter_mut().enumerate() {
            let context = Variable::empty_object();
            let fields = context.as_object().expect("made as an object");
            let put = |name, value| {
                fields.borrow_mut().insert_str(name, value);
            };
            let sku = products[lines.product[at] as usize].sku.as_str();
            put("sku", Variable::String(sku.into()));
            put("start", Variable::Number(lines.start[at].into()));
            put("quantity", Variable::Number(Decimal::new(lines.quantity[at], 3)));
            let response = self.runtime.block_on(self.decision.evaluate(context));
            let result = response.ok().and_then(|response| response.result.dot("credits"));
            *credits = hundredths(result.and_then(|value| value.as_number()));
        }
    }
}

/// The decision table, one row for each tier of each dated rate.
fn table(products: &[Product]) -> Value {
    let rows = products.iter().flat_map(|product| {
        let ends = product.versions.iter().skip(1).map(|next| Some(next.from)).chain([None]);
        product.versions.iter().zip(ends).flat_map(move |(version, end)| {
            let start = end.map_or_else(
                || format!(">= {}", version.from),
                |end| format!("[{}..{end})", version.from),
            );
            branches(product.kind, version).into_iter().map(move |branch| {
                json!({
                    "sku": format!("\"{}\"", product.sku),
                    "start": start,
                    "quantity": branch.bound.map_or_else(String::new, |bound| format!("<= {bound}")),
                    "credits": format!("round({}, 2)", branch.credits),
                })
            })
        })
    });
    let rows: Vec<Value> = rows
        .enumerate()
        .map(|(number, mut row)| {
            row["_id"] = json!(number.to_string());
            row
        })
        .collect();
    let input = |name: &str| json!({"id": name, "name": name, "field": name});
    json!({
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "rates", "name": "rates", "type": "decisionTableNode", "content": {
                "hitPolicy": "first",
                "inputs": [input("sku"), input("start"), input("quantity")],
                "outputs": [input("credits")],
                "rules": rows,
            }},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "rates", "type": "edge"},
            {"id": "2", "sourceId": "rates", "targetId": "out", "type": "edge"},
        ],
    })
}
