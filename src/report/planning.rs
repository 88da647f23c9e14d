//! A plan for an account, as a record.

mod question;
pub mod text;

use serde::Serialize;

use super::holding::{NotAllocated, Product, Rules};
use super::verification::Told;
use crate::allocate::plan::{Nearest, Planned};
use crate::allocate::solve::price::Unpriced;
use crate::allocate::{Credits, Holding, Refused, Wish, credits};
use crate::plan::TargetId;
use crate::quantity::Exact;

/// What became of the wishes of an account.
#[derive(Debug, Serialize)]
pub struct Planning {
    /// The account.
    pub account: String,
    /// The day.
    pub day: String,
    /// How it ended.
    pub status: Status,
    /// Total valid credits.
    pub valid: String,
    /// What today's allocation costs, if no product is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated: Option<String>,
    /// What the plan costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<String>,
    /// Valid credits minus those of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
    /// Every product that has units today or in the plan, in file order.
    pub products: Vec<Change>,
    /// The wishes, in their order.
    pub wishes: Vec<Wished>,
    /// What the plan keeps small.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goals: Option<Goals>,
    /// Limits that no allocation keeps together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Clash>,
    /// Limits that only warn and that the plan breaches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Told>,
    /// Products of which today's units, or those that are wished for, cannot be allocated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_allocated: Vec<NotAllocated>,
    /// A product that cannot be planned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<NotAllocated>,
    /// What is allocated today.
    #[serde(skip)]
    today: Vec<Product>,
}

/// How a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing has to change.
    Unchanged,
    /// All wishes are met.
    Changed,
    /// A wish is met in part, or not at all.
    Short,
    /// No allocation keeps the limits.
    Impossible,
    /// Whether one does was not found within the work limit.
    NotDecided,
    /// A product cannot be planned.
    Refused,
}

/// Units of a product before and after.
#[derive(Debug, Serialize)]
pub struct Change {
    /// The product.
    pub product: String,
    /// What it is counted in.
    pub unit: String,
    /// Units today.
    pub before: String,
    /// Units of the plan.
    pub after: String,
    /// Whether they differ.
    pub changed: bool,
    /// What today's units cost; none where they are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits_before: Option<String>,
    /// What those of the plan cost.
    pub credits_after: String,
    /// The difference, with its sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// Whether it is wished for.
    pub wished: bool,
    /// The limits that would be breached if it stayed as it is today.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub for_limits: Vec<Named>,
}

/// A limit by its name and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its name.
    pub limit: String,
    /// Where it stands; none where it holds by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// A wish and what it gets.
#[derive(Debug, Serialize)]
pub struct Wished {
    /// The product.
    pub product: String,
    /// What it is counted in.
    pub unit: String,
    /// Units that are wished for.
    pub wanted: String,
    /// Units that it gets.
    pub given: String,
    /// Units by which it is missed.
    pub missed: String,
    /// Whether it surely cannot be met any better.
    pub proved: bool,
    /// Why it gets no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Clash>,
}

/// Limits and wishes that clash.
#[derive(Debug, Serialize)]
pub struct Clash {
    /// Which.
    pub members: Vec<Member>,
    /// Whether they would not without any one of them.
    pub minimal: bool,
    /// What alone would make it possible.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_one_of: Vec<Way>,
}

/// A limit or a wish.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Member {
    /// A limit.
    Limit {
        /// Its name.
        limit: String,
        /// Where it stands; none where it holds by default.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// What it demands, as it is written.
        demand: String,
        /// `refuse` or `warn`.
        level: &'static str,
    },
    /// A wish, as far as it is given where it stands before the one that is missed.
    Wish {
        /// The product.
        wish: String,
        /// Units.
        units: String,
        /// What they are counted in.
        unit: String,
    },
}

/// What alone would make a wish possible.
#[derive(Debug, Serialize)]
pub struct Way {
    /// The limit or the wish that gives way.
    pub of: Member,
    /// How.
    pub how: &'static str,
    /// By so much, or to so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// What that is counted in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether no less would do.
    pub proved: bool,
}

/// What the plan keeps small.
#[derive(Debug, Serialize)]
pub struct Goals {
    /// Products that change though none is wished for them.
    pub products_changed: Goal,
    /// Credits by which their units change, by their own rates.
    pub credits_moved: Goal,
    /// Whether no plan as good comes before it in the order of the file.
    pub first_in_file_order: bool,
}

/// A goal.
#[derive(Debug, Serialize)]
pub struct Goal {
    /// What was reached.
    pub value: String,
    /// What surely cannot be helped.
    pub at_least: String,
    /// Whether both are the same.
    pub proved: bool,
}

/// An answer that the checker does not confirm: a fault of this program.
#[derive(Debug)]
pub struct Unconfirmed(pub String);

/// What is asked for an account, and who is told.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The rules.
    pub rules: Rules<'a>,
    /// The account today.
    pub holding: &'a Holding,
    /// What it wishes for.
    pub wishes: &'a [Wish],
    /// The limits that a plan keeps.
    pub kept: &'a [usize],
}

impl Planning {
    /// The record of a plan, once the checker confirms it.
    pub fn new(
        question: Question<'_>,
        planned: Result<Planned, (TargetId, Unpriced)>,
    ) -> Result<Self, Unconfirmed> {
        let Question { rules, holding, .. } = question;
        let (today, refused) = today(rules, holding);
        let mut own = Self {
            account: holding.account.clone(),
            day: holding.day.to_string(),
            status: Status::Refused,
            valid: crate::allocate::valid(holding).text(),
            allocated: today.as_ref().filter(|_| refused.is_empty()).map(|own| own.total.text()),
            planned: None,
            balance: None,
            products: Vec::new(),
            wishes: Vec::new(),
            goals: None,
            conflict: None,
            warnings: Vec::new(),
            not_allocated: refused.iter().map(|own| rules.refused(own)).collect(),
            refused: Vec::new(),
            today: rules.products(holding, today.as_ref()),
        };
        match planned {
            Err((product, why)) => own.refused.push(unpriced(rules, product, why)),
            Ok(Planned::NotDecided) => own.status = Status::NotDecided,
            Ok(Planned::Impossible(conflict)) => {
                own.status = Status::Impossible;
                own.conflict = Some(question.clash(&conflict, None, &[]));
            }
            Ok(Planned::Found(found)) => own.found(question, &found, today.as_ref())?,
        }
        Ok(own)
    }

    fn found(
        &mut self,
        question: Question<'_>,
        found: &Nearest,
        today: Option<&Credits>,
    ) -> Result<(), Unconfirmed> {
        let Question { rules, holding, wishes, .. } = question;
        let then = Holding { units: found.units.clone(), ..holding.clone() };
        let verified = question.confirmed(&then)?;
        self.planned = Some(verified.credits.total.text());
        self.balance = Some(verified.balance().text());
        self.products = question.products(found, today, &verified.credits);
        let told = |own: &NotAllocated| {
            self.not_allocated.iter().all(|known| known.product != own.product)
        };
        let refused: Vec<NotAllocated> = question.refused_wishes(found).filter(told).collect();
        self.not_allocated.extend(refused);
        let wished = wishes.iter().zip(&found.wishes);
        self.wishes =
            wished.map(|(wish, given)| question.wished(wish, given, &found.wishes)).collect();
        let (changed, surely) = found.changed;
        let (moved, at_least) = &found.moved;
        self.goals = Some(Goals {
            products_changed: Goal {
                value: changed.to_string(),
                at_least: surely.to_string(),
                proved: changed == surely,
            },
            credits_moved: Goal {
                value: moved.text(),
                at_least: at_least.text(),
                proved: moved == at_least,
            },
            first_in_file_order: found.first,
        });
        let warned = verified.breaches().filter_map(|line| Told::new(rules, line));
        self.warnings = warned.collect();
        let met = wishes.iter().zip(&found.wishes).all(|(wish, given)| wish.units == given.units);
        self.status = match (met, self.products.iter().any(|own| own.changed)) {
            (false, _) => Status::Short,
            (true, false) => Status::Unchanged,
            (true, true) => Status::Changed,
        };
        Ok(())
    }

    /// Whether everything that is wished for is given.
    pub fn is_met(&self) -> bool {
        self.status <= Status::Changed
    }
}

/// What today's allocation costs but for what is refused, and that.
fn today(rules: Rules<'_>, holding: &Holding) -> (Option<Credits>, Vec<Refused>) {
    let Holding { account, day, units, .. } = holding;
    let of = |units| credits(rules.plan, account, *day, units);
    match of(units) {
        Ok(own) => (Some(own), Vec::new()),
        Err(refused) => {
            let mut rest = units.clone();
            rest.retain(|id, _| refused.iter().all(|own| own.product != *id));
            (of(&rest).ok(), refused)
        }
    }
}

/// A number with its sign.
fn signed(number: &Exact) -> String {
    if number.is_negative() || number.is_zero() {
        number.text()
    } else {
        format!("+{}", number.text())
    }
}

/// Why a product cannot be planned.
pub(super) fn unpriced(rules: Rules<'_>, product: TargetId, why: Unpriced) -> NotAllocated {
    let message = match why {
        Unpriced::Unfollowed => {
            "its credits rise and fall with its units in ways that are not looked through: verify an allocation instead"
        }
        Unpriced::Many => "no more than 10^18 units of a product are looked at",
        Unpriced::Work => "its credits have too many tiers to look through",
        Unpriced::Together => {
            "it costs less together with others, and its own count or rate looks at the quantity: verify an allocation instead"
        }
    };
    let product = rules.name(product).to_owned();
    NotAllocated { product, code: "not-planned", message: message.to_owned() }
}

/// The columns of plans as a table.
pub const COLUMNS: [&str; 10] = [
    "account",
    "day",
    "status",
    "product",
    "unit",
    "before",
    "units",
    "credits_before",
    "credits",
    "wanted",
];

impl Planning {
    /// One row a product; `units` are those of the plan, so that the rows are a list of allocations:
    /// without a plan, they are those of today.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let status = serde_json::to_value(self.status).ok();
        let status = status.as_ref().and_then(|own| own.as_str()).unwrap_or_default().to_owned();
        let head = || vec![self.account.clone(), self.day.clone(), status.clone()];
        let row = |own: [&str; 7]| {
            let mut row = head();
            row.extend(own.map(str::to_owned));
            row
        };
        let wanted = |product: &str| {
            let wish = self.wishes.iter().find(|wish| wish.product == product);
            wish.map_or("", |wish| wish.wanted.as_str())
        };
        let products = self.products.iter().map(|own| {
            let before = own.credits_before.as_deref().unwrap_or_default();
            row([
                &own.product,
                &own.unit,
                &own.before,
                &own.after,
                before,
                &own.credits_after,
                wanted(&own.product),
            ])
        });
        let today = self.today.iter().filter(|_| self.planned.is_none()).map(|own| {
            let credits = own.credits.as_deref().unwrap_or_default();
            let wanted = wanted(&own.product);
            row([&own.product, &own.unit, &own.units, &own.units, credits, credits, wanted])
        });
        let mut rows: Vec<Vec<String>> = products.chain(today).collect();
        if rows.is_empty() {
            rows.push(row([""; 7]));
        }
        rows
    }
}

/// `accounts 12 = unchanged 9 + changed 1 + short 2 + impossible 0 + not decided 0 + refused 0`
pub fn summary(all: &[Planning]) -> String {
    let statuses = [
        (Status::Unchanged, "unchanged"),
        (Status::Changed, "changed"),
        (Status::Short, "short"),
        (Status::Impossible, "impossible"),
        (Status::NotDecided, "not decided"),
        (Status::Refused, "refused"),
    ];
    let counts = statuses.map(|(status, word)| {
        format!("{word} {}", all.iter().filter(|own| own.status == status).count())
    });
    format!("accounts {} = {}", all.len(), counts.join(" + "))
}
