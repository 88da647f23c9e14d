//! The same rates in `zen-expression`, one compiled expression a rate.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use zen_expression::expression::Standard;
use zen_expression::scope::Scope;
use zen_expression::variable::{Variable, VariableMap};
use zen_expression::vm::VM;
use zen_expression::{Expression, Isolate};

use crate::baseline::shape;
use crate::lines::Lines;
use crate::workload::{Kind, Product, QUANTITY_SCALE, RATE_SCALE, Version, decimal};

pub struct Expressions {
    by_sku: FxHashMap<String, Vec<(i32, Expression<Standard>)>>,
}

impl Expressions {
    pub fn new(products: &[Product]) -> Self {
        let compiled = |product: &Product| {
            let rates = product.versions.iter().map(|version| {
                let text = branches(product.kind, version)
                    .into_iter()
                    .rev()
                    .reduce(|rest, branch| match branch {
                        Branch { bound: Some(bound), credits } => Branch {
                            bound: rest.bound,
                            credits: format!(
                                "quantity <= {bound} ? {credits} : ({})",
                                rest.credits
                            ),
                        },
                        open @ Branch { bound: None, .. } => open,
                    })
                    .expect("a rate has a tier")
                    .credits;
                let text = format!("round({text}, 2)");
                let compiled = Isolate::new().compile_standard(&text).expect(&text);
                (version.from, compiled)
            });
            (product.sku.clone(), rates.collect())
        };
        Self { by_sku: products.iter().map(compiled).collect() }
    }

    /// Prices each line in a context of its own, as each license comes as a value of its own.
    pub fn price(&self, products: &[Product], lines: &Lines, credits: &mut [i64]) {
        let mut machine = VM::new();
        for (at, credits) in credits.iter_mut().enumerate() {
            let mut context = VariableMap::new();
            context.insert_str("quantity", Variable::Number(Decimal::new(lines.quantity[at], 3)));
            let scope = Scope::new(Variable::from_object(context));
            *credits = self.evaluate(products, lines, at, &scope, &mut machine);
        }
    }

    /// The same in one context that is changed from line to line.
    pub fn price_reusing(&self, products: &[Product], lines: &Lines, credits: &mut [i64]) {
        let mut machine = VM::new();
        let context = Variable::empty_object();
        let fields = context.as_object().expect("made as an object");
        let scope = Scope::new(context);
        for (at, credits) in credits.iter_mut().enumerate() {
            let quantity = Decimal::new(lines.quantity[at], 3);
            fields.borrow_mut().insert_str("quantity", Variable::Number(quantity));
            *credits = self.evaluate(products, lines, at, &scope, &mut machine);
        }
    }

    #[inline]
    fn evaluate(
        &self,
        products: &[Product],
        lines: &Lines,
        at: usize,
        scope: &Scope,
        machine: &mut VM,
    ) -> i64 {
        let sku = products[lines.product[at] as usize].sku.as_str();
        let rates = &self.by_sku[sku];
        let after = rates.partition_point(|(from, _)| *from <= lines.start[at]);
        let (_, rate) = &rates[after - 1];
        let result = rate.evaluate_with_scope(scope, machine);
        hundredths(result.ok().and_then(|value| value.as_number()))
    }
}

pub struct Branch {
    /// Units up to which it holds.
    pub bound: Option<i64>,
    /// An expression in `quantity`.
    pub credits: String,
}

pub fn branches(kind: Kind, version: &Version) -> Vec<Branch> {
    let (_, bases, _) = shape(kind, version);
    let tiers = version.tiers.iter().zip(bases);
    tiers
        .map(|(tier, base)| {
            let rate = decimal(tier.rate, RATE_SCALE);
            let credits = if kind == Kind::Package {
                format!("ceil(quantity / {}) * {rate}", version.size)
            } else if base == 0 {
                format!("quantity * {rate}")
            } else {
                let base = decimal(base as i64, RATE_SCALE * QUANTITY_SCALE);
                format!("{base} + quantity * {rate}")
            };
            Branch { bound: tier.up_to, credits }
        })
        .collect()
}

/// -1 for what did not give a number, which is never right.
pub fn hundredths(credits: Option<Decimal>) -> i64 {
    credits.map_or(-1, |mut credits| {
        credits.rescale(2);
        credits.mantissa() as i64
    })
}
