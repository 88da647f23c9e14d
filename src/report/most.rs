//! The most units of a product that an account can have, as a record.

use std::collections::BTreeMap;

use serde::Serialize;

use super::holding::{NotAllocated, Rules};
use super::planning::{Change, Planning, Question, Unconfirmed, unpriced};
use crate::allocate::most::{Fits, Most};
use crate::allocate::plan::{Nearest, Planned};
use crate::allocate::solve::price::{MOST_UNITS, Unpriced};
use crate::allocate::{Holding, Wish, credits};
use crate::plan::TargetId;
use crate::quantity::Exact;

/// The most units of a product that an account can have.
#[derive(Debug, Serialize)]
pub struct MostOf {
    /// The account.
    pub account: String,
    /// The day.
    pub day: String,
    /// The product.
    pub product: String,
    /// What it is counted in.
    pub unit: String,
    /// Units today.
    pub today: String,
    /// With nothing given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_nothing_given_up: Option<Units>,
    /// At all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_all: Option<Units>,
    /// Other products that change for the most at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<Change>,
    /// Products of which today's units, or any more of the product than fit, cannot be allocated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_allocated: Vec<NotAllocated>,
    /// Why it cannot be planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<NotAllocated>,
}

/// How many units fit.
#[derive(Debug, Serialize)]
pub struct Units {
    /// `so-many`, `no-limit`, `impossible` or `not-decided`.
    pub status: &'static str,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// Whether no more fit.
    pub proved: bool,
}

impl Units {
    fn new(rules: Rules<'_>, product: TargetId, most: &Most) -> Self {
        let (status, units, proved) = match most {
            Most::Units { units, proved, .. } => {
                ("so-many", Some(rules.in_unit(product, units).0.text()), *proved)
            }
            Most::Unlimited => ("no-limit", None, true),
            Most::Impossible => ("impossible", None, true),
            Most::NotDecided => ("not-decided", None, false),
        };
        Self { status, units, proved }
    }

    fn text(&self, unit: &str) -> String {
        match (self.status, &self.units) {
            (_, Some(units)) if self.proved => format!("{units} {unit} (proved)"),
            (_, Some(units)) => {
                format!("{units} {unit} (more was not found within the work limit)")
            }
            ("no-limit", _) => format!("no limit up to 10^{MOST_UNITS} {unit}"),
            ("impossible", _) => "none: no allocation keeps the limits".to_owned(),
            _ => "not found within the work limit".to_owned(),
        }
    }
}

/// The columns as a table.
pub const COLUMNS: [&str; 8] =
    ["account", "day", "product", "unit", "units", "with_nothing_given_up", "at_all", "proved"];

/// Products of which today's units are refused, and the product itself where one unit more is.
fn not_allocated(
    rules: Rules<'_>,
    holding: &Holding,
    product: TargetId,
    nearest: Option<&Nearest>,
) -> Vec<NotAllocated> {
    let refused = |units: &BTreeMap<TargetId, Exact>| {
        credits(rules.plan, &holding.account, holding.day, units).err().unwrap_or_default()
    };
    let mut all = refused(&holding.units);
    if let Some(Nearest { units, .. }) = nearest {
        let unit = rules.plan.rule(product).and_then(|rule| rules.plan.unit(rule.unit));
        let one = unit.map_or_else(Exact::one, |unit| unit.factor.clone());
        let mut more = units.clone();
        let own = more.entry(product).or_insert_with(Exact::zero);
        *own = &*own + &one;
        let own = refused(&more).into_iter().filter(|own| own.product == product);
        let known = all.iter().any(|own| own.product == product);
        all.extend(own.filter(|_| !known));
    }
    all.iter().map(|own| rules.refused(own)).collect()
}

impl MostOf {
    /// The record of an answer, where limits by these numbers are kept, once the checker confirms it.
    pub fn new(
        rules: Rules<'_>,
        (holding, product): (&Holding, TargetId),
        found: Result<Fits, (TargetId, Unpriced)>,
        kept: &[usize],
    ) -> Result<Self, Unconfirmed> {
        let today = holding.units.get(&product).cloned().unwrap_or_else(Exact::zero);
        let (units, unit) = rules.in_unit(product, &today);
        let mut own = Self {
            account: holding.account.clone(),
            day: holding.day.to_string(),
            product: rules.name(product).to_owned(),
            unit: unit.to_owned(),
            today: units.text(),
            with_nothing_given_up: None,
            at_all: None,
            given_up: Vec::new(),
            not_allocated: Vec::new(),
            refused: None,
        };
        match found {
            Ok(Fits { keeping, at_all, nearest }) => {
                own.not_allocated = not_allocated(rules, holding, product, nearest.as_ref());
                own.with_nothing_given_up = Some(Units::new(rules, product, &keeping));
                own.at_all = Some(Units::new(rules, product, &at_all));
                if let (Some(nearest), Most::Units { units, .. }) = (nearest, at_all) {
                    let wishes = [Wish { product, units }];
                    let question = Question { rules, holding, wishes: &wishes, kept };
                    let found = Ok(Planned::Found(Box::new(nearest)));
                    let changes = Planning::new(question, found)?.products.into_iter();
                    own.given_up = changes.filter(|own| own.changed && !own.wished).collect();
                }
            }
            Err((product, why)) => own.refused = Some(unpriced(rules, product, why)),
        }
        Ok(own)
    }

    /// Whether some allocation keeps the limits.
    pub fn is_possible(&self) -> bool {
        self.at_all.as_ref().is_some_and(|own| own.status == "so-many" || own.status == "no-limit")
    }

    /// One row.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let units = |own: &Option<Units>| {
            let own = own.as_ref();
            own.map_or_else(String::new, |own| {
                own.units.clone().unwrap_or_else(|| own.status.to_owned())
            })
        };
        let proved = [&self.with_nothing_given_up, &self.at_all];
        let proved = proved.iter().all(|own| own.as_ref().is_some_and(|own| own.proved));
        vec![vec![
            self.account.clone(),
            self.day.clone(),
            self.product.clone(),
            self.unit.clone(),
            self.today.clone(),
            units(&self.with_nothing_given_up),
            units(&self.at_all),
            if proved { "yes" } else { "no" }.to_owned(),
        ]]
    }

    /// Both numbers, and what is given up for the larger one.
    pub fn text(&self) -> String {
        let account = if self.account.is_empty() { "(no account)" } else { &self.account };
        let Self { day, product, unit, today, .. } = self;
        let mut text = format!("{account} on {day}: {product}, {today} {unit} today\n");
        if let (Some(keeping), Some(at_all)) = (&self.with_nothing_given_up, &self.at_all) {
            text.push_str(&format!("  with nothing given up  {}\n", keeping.text(unit)));
            text.push_str(&format!("  at all                 {}\n", at_all.text(unit)));
        }
        for own in &self.given_up {
            text.push_str(&format!(
                "    with {} {} -> {} {}\n",
                own.product, own.before, own.after, own.unit
            ));
        }
        for own in &self.not_allocated {
            text.push_str(&format!("  refused  {}: {} [{}]\n", own.product, own.message, own.code));
        }
        if let Some(refused) = &self.refused {
            text.push_str(&format!("  not planned  {}: {}\n", refused.product, refused.message));
        }
        text
    }
}
