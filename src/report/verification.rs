//! What became of the limits of an allocation, as a record.

pub mod text;

use serde::Serialize;

use super::holding::{NotAllocated, Part, Product, Rules};
use crate::allocate::verify::Measure;
use crate::allocate::{Holding, LimitLine, Refused, Verified};
use crate::plan::{Comparison, Limit, LimitBody};
use crate::quantity::Exact;

/// What is known of the allocation of an account.
#[derive(Debug, Serialize)]
pub struct Verification {
    /// The account.
    pub account: String,
    /// The day.
    pub day: String,
    /// The gravest of what was found.
    pub status: Status,
    /// Total valid credits.
    pub valid: String,
    /// What the allocation costs, if no product is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated: Option<String>,
    /// Valid minus allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
    /// What is allocated.
    pub products: Vec<Product>,
    /// How many limits are kept.
    pub kept: usize,
    /// Breached limits, or all of them.
    pub limits: Vec<Told>,
    /// Products that nothing covers although credits are left, which are for others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stranded: Vec<Part>,
    /// Products that cannot be allocated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<NotAllocated>,
}

/// The gravest of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every limit is kept.
    Kept,
    /// Limits are breached that only warn.
    Warned,
    /// A limit is breached that refuses.
    Breached,
    /// A product cannot be allocated.
    Refused,
}

/// What became of a limit.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Its name.
    pub limit: String,
    /// Where it stands; none where it holds by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it demands, as it is written.
    pub demand: String,
    /// `refuse` or `warn`.
    pub level: &'static str,
    /// Whether it is kept.
    pub kept: bool,
    /// What is compared.
    pub left: String,
    /// How.
    pub relation: &'static str,
    /// With what.
    pub right: String,
    /// What both are counted in.
    pub unit: String,
    /// What is missing to keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// How far it is from being breached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What a record of an allocation tells beside its breaches.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Limits that are kept.
    pub kept: bool,
    /// Products with their units.
    pub products: bool,
}

impl Verification {
    /// The record of an allocation.
    pub fn new(
        rules: Rules<'_>,
        holding: &Holding,
        verified: Result<&Verified, &[Refused]>,
        shown: Shown,
    ) -> Self {
        let products = |credits| {
            if shown.products { rules.products(holding, credits) } else { Vec::new() }
        };
        let (account, day) = (holding.account.clone(), holding.day.to_string());
        let valid = crate::allocate::valid(holding).text();
        let verified = match verified {
            Ok(verified) => verified,
            Err(refused) => {
                return Self {
                    account,
                    day,
                    status: Status::Refused,
                    valid,
                    allocated: None,
                    balance: None,
                    products: products(None),
                    kept: 0,
                    limits: Vec::new(),
                    stranded: Vec::new(),
                    refused: refused.iter().map(|refused| rules.refused(refused)).collect(),
                };
            }
        };
        let status = match (verified.is_accepted(rules.plan), verified.breaches().next()) {
            (true, None) => Status::Kept,
            (true, Some(_)) => Status::Warned,
            (false, _) => Status::Breached,
        };
        let told = verified.lines.iter().filter(|line| shown.kept || !line.kept);
        let stranded = (!verified.stranded.is_zero()).then_some(&verified.split.uncovered);
        Self {
            account,
            day,
            status,
            valid,
            allocated: Some(verified.credits.total.text()),
            balance: Some(verified.balance().text()),
            products: products(Some(&verified.credits)),
            kept: verified.lines.iter().filter(|line| line.kept).count(),
            limits: told.filter_map(|line| Told::new(rules, line)).collect(),
            stranded: rules.parts(stranded.into_iter().flatten()),
            refused: Vec::new(),
        }
    }
}

impl Told {
    pub(super) fn new(rules: Rules<'_>, line: &LimitLine) -> Option<Self> {
        let limit = rules.plan.limits.get(line.limit)?;
        let (unit, number): (&str, &dyn Fn(&Exact) -> Exact) = match line.measure {
            Measure::Credits => ("credits", &Exact::clone),
            Measure::Products => ("products", &Exact::clone),
            Measure::Units(id) => {
                (rules.in_unit(id, &line.left).1, &move |base| rules.in_unit(id, base).0)
            }
        };
        let apart = line.apart.as_ref().map(|apart| number(apart).text());
        let right = match &limit.body {
            LimitBody::Needs(_, others) => {
                let names: Vec<&str> = others.iter().map(|id| rules.name(*id)).collect();
                names.join(", ")
            }
            _ => number(&line.right).text(),
        };
        Some(Self {
            limit: limit.name.clone(),
            rule: (!limit.by_default).then(|| rules.sources.file_and_line(limit.origin.place)),
            demand: demand(rules, limit),
            level: if limit.warn { "warn" } else { "refuse" },
            kept: line.kept,
            left: number(&line.left).text(),
            relation: relation(&limit.body),
            right,
            unit: unit.to_owned(),
            missing: apart.clone().filter(|_| !line.kept),
            room: apart.filter(|_| line.kept),
            because: limit.origin.because.clone().filter(|_| !limit.by_default),
        })
    }
}

/// The body of a limit as it is written.
pub(super) fn demand(rules: Rules<'_>, limit: &Limit) -> String {
    if limit.by_default {
        return "allocated at most valid".to_owned();
    }
    let place = limit.origin.place;
    let line = rules.sources.get(place.source).map_or("", |source| source.slice(place.span));
    let line = line.split(" because ").next().unwrap_or(line);
    let mut words: Vec<&str> = line.split_whitespace().skip(2).collect();
    // Its days and its level are told apart.
    while let [word, _, rest @ ..] = words.as_slice() {
        if *word != "from" && *word != "to" {
            break;
        }
        words = rest.to_vec();
    }
    if let [body @ .., "warn" | "refuse"] = words.as_slice() {
        words = body.to_vec();
    }
    words.join(" ")
}

fn relation(body: &LimitBody) -> &'static str {
    match body {
        LimitBody::Compare(_, comparison, ..) | LimitBody::CountOf(comparison, ..) => {
            match comparison {
                Comparison::AtMost => "at most",
                Comparison::AtLeast => "at least",
                Comparison::Exactly => "exactly",
            }
        }
        LimitBody::Needs(..) => "needs any of",
        LimitBody::UnitForUnit(..) => "at most",
        LimitBody::InSteps(..) => "in steps of",
    }
}

/// The columns of limits as a table.
pub const COLUMNS: [&str; 15] = [
    "account",
    "day",
    "status",
    "valid",
    "allocated",
    "balance",
    "limit",
    "level",
    "kept",
    "left",
    "relation",
    "right",
    "unit",
    "missing",
    "rule",
];

impl Verification {
    /// Its rows: one a limit that is told or a product that is refused, else one with empty fields.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let head = || {
            let status = self.status.word().to_owned();
            let amount = |text: &Option<String>| text.clone().unwrap_or_default();
            let (allocated, balance) = (amount(&self.allocated), amount(&self.balance));
            vec![
                self.account.clone(),
                self.day.clone(),
                status,
                self.valid.clone(),
                allocated,
                balance,
            ]
        };
        let row = |own: [&str; 9]| {
            let mut row = head();
            row.extend(own.map(str::to_owned));
            row
        };
        let limits = self.limits.iter().map(|told| {
            let kept = if told.kept { "yes" } else { "no" };
            let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
            row([
                &told.limit,
                told.level,
                kept,
                &told.left,
                told.relation,
                &told.right,
                &told.unit,
                &text(&told.missing),
                &text(&told.rule),
            ])
        });
        let refused = self.refused.iter().map(|refused| {
            row([&refused.product, "refused", "no", "", refused.code, &refused.message, "", "", ""])
        });
        let mut rows: Vec<Vec<String>> = limits.chain(refused).collect();
        if rows.is_empty() {
            rows.push(row([""; 9]));
        }
        rows
    }
}

impl Status {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Warned => "warned",
            Self::Breached => "breached",
            Self::Refused => "refused",
        }
    }

    /// Whether an allocation like this may stand.
    pub fn is_accepted(self) -> bool {
        self <= Self::Warned
    }
}
