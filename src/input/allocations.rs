//! Allocations: units of products by account.

use super::block::Record;
use super::{Fault, FaultKind, Schema, Slot, Unreadable};
use crate::diagnostic::instead;
use crate::plan::{Plan, TargetId, TargetKind};
use crate::quantity::{Exact, NumberFault, parse_plain};

/// The columns of a list of allocations.
const COLUMNS: [&str; 4] = ["account", "product", "units", "unit"];

const ACCOUNT: Slot = Slot::of(0);
const PRODUCT: Slot = Slot::of(1);
const UNITS: Slot = Slot::of(2);
const UNIT: Slot = Slot::of(3);

/// A record of a list of allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<'a> {
    /// The account.
    pub account: &'a str,
    /// The product and its base units; none where the record names the account alone.
    pub allocated: Option<(TargetId, Exact)>,
}

/// The columns of a list of wishes.
const WISHES: [&str; 5] = ["account", "product", "units", "unit", "priority"];

const PRIORITY: Slot = Slot::of(4);

/// A record of a list of wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wished<'a> {
    /// The account.
    pub account: &'a str,
    /// The product.
    pub product: TargetId,
    /// Base units.
    pub units: Wanted,
    /// A smaller one goes first; without one, it is 1.
    pub priority: u32,
}

/// Base units that are wished for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// In all.
    All(Exact),
    /// More than today.
    More(Exact),
    /// Fewer than today.
    Fewer(Exact),
}

impl Wanted {
    /// Out of a text such as `40`, `+10` or `-5`, in units of so many base units.
    pub fn read(text: &str, factor: &Exact) -> Result<Self, NumberFault> {
        let number = |text| Ok(&Exact::from(parse_plain(text)?) * factor);
        Ok(match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(more), _) => Self::More(number(more)?),
            (_, Some(fewer)) => Self::Fewer(number(fewer)?),
            (None, None) => Self::All(number(text)?),
        })
    }

    /// How many that are in all; none are fewer than none.
    pub fn of(&self, today: &Exact) -> Exact {
        match self {
            Self::All(units) => units.clone(),
            Self::More(units) => today + units,
            Self::Fewer(units) => (today - units).max(Exact::zero()),
        }
    }
}

/// The columns of a list of wishes.
pub fn schema_of_wishes(renamed: &[(String, String)]) -> Result<Schema, Unreadable> {
    Schema::of_columns(&WISHES, &[ACCOUNT, PRODUCT, UNITS], renamed)
}

/// What a record wishes for.
pub fn read_wish<'a>(
    plan: &Plan,
    schema: &Schema,
    record: Record<'a>,
) -> Result<Wished<'a>, Fault> {
    let Named { account, product, units, factor } = named(plan, schema, record)?;
    let units = Wanted::read(units, factor)
        .map_err(|wrong| fault(schema, record, UNITS, FaultKind::BadNumber(wrong)))?;
    let priority = match record.get(PRIORITY) {
        None => 1,
        Some(text) => {
            text.parse().map_err(|_| fault(schema, record, PRIORITY, FaultKind::BadPriority))?
        }
    };
    Ok(Wished { account, product, units, priority })
}

/// The columns of a list of allocations; `renamed` lists pairs of the name here and the name in the
/// input.
pub fn schema(renamed: &[(String, String)]) -> Result<Schema, Unreadable> {
    Schema::of_columns(&COLUMNS, &[ACCOUNT, PRODUCT, UNITS], renamed)
}

/// What a record allocates. One that names an account alone says that it allocates nothing.
pub fn read<'a>(plan: &Plan, schema: &Schema, record: Record<'a>) -> Result<Given<'a>, Fault> {
    let alone = record.fault().is_none()
        && [PRODUCT, UNITS, UNIT].iter().all(|slot| record.get(*slot).is_none());
    if let Some(account) = record.get(ACCOUNT).filter(|_| alone) {
        return Ok(Given { account, allocated: None });
    }
    let Named { account, product, units, factor } = named(plan, schema, record)?;
    let units = parse_plain(units).map_err(|wrong| {
        let negative = wrong == NumberFault::Sign { negative: true };
        let kind = if negative { FaultKind::NegativeUnits } else { FaultKind::BadNumber(wrong) };
        fault(schema, record, UNITS, kind)
    })?;
    Ok(Given { account, allocated: Some((product, &Exact::from(units) * factor)) })
}

/// What both lists name.
struct Named<'a, 'p> {
    account: &'a str,
    product: TargetId,
    units: &'a str,
    /// How many base units each is.
    factor: &'p Exact,
}

fn named<'a, 'p>(
    plan: &'p Plan,
    schema: &Schema,
    record: Record<'a>,
) -> Result<Named<'a, 'p>, Fault> {
    if let Some(fault) = record.fault() {
        return Err(fault.clone());
    }
    let need =
        |slot| record.get(slot).ok_or_else(|| fault(schema, record, slot, FaultKind::Missing));
    let (account, name, units) = (need(ACCOUNT)?, need(PRODUCT)?, need(UNITS)?);
    let product = product(plan, name).map_err(|kind| fault(schema, record, PRODUCT, kind))?;
    let factor = factor(plan, product, record.get(UNIT))
        .map_err(|kind| fault(schema, record, UNIT, kind))?;
    Ok(Named { account, product, units, factor })
}

/// That a record wishes for a product for which one before it does.
pub fn wished_twice(schema: &Schema, product: &str) -> Fault {
    of_product(schema, product, FaultKind::WishedTwice)
}

/// That a record gives an account a product again.
pub fn repeated(schema: &Schema, product: &str, first: u64) -> Fault {
    of_product(schema, product, FaultKind::Repeated(first))
}

fn of_product(schema: &Schema, product: &str, kind: FaultKind) -> Fault {
    Fault { kind, column: schema.name(PRODUCT).to_owned(), value: product.to_owned() }
}

fn fault(schema: &Schema, record: Record<'_>, slot: Slot, kind: FaultKind) -> Fault {
    let value = record.get(slot).unwrap_or_default().to_owned();
    Fault { kind, column: schema.name(slot).to_owned(), value }
}

/// The product with this name.
pub fn product(plan: &Plan, name: &str) -> Result<TargetId, FaultKind> {
    let owner = plan.owners.get(name).filter(|owner| !owner.is_code);
    let rule = owner.and_then(|owner| plan.rule(owner.rule));
    match (owner, rule.map(|rule| rule.kind)) {
        (Some(owner), Some(TargetKind::Product)) => Ok(owner.rule),
        (Some(_), Some(TargetKind::License)) => Err(FaultKind::License),
        _ => {
            let products = plan.rules.iter().filter(|rule| rule.kind == TargetKind::Product);
            let known = products.map(|product| product.name.as_str());
            Err(FaultKind::UnknownProduct(instead(name, known)))
        }
    }
}

/// How many base units one of a unit is: of the one in which a product is declared, or of another
/// that converts to it.
pub fn factor<'a>(
    plan: &'a Plan,
    product: TargetId,
    unit: Option<&str>,
) -> Result<&'a Exact, FaultKind> {
    let declared = plan.rule(product).and_then(|rule| plan.unit(rule.unit));
    let Some(name) = unit else {
        return declared.map(|unit| &unit.factor).ok_or(FaultKind::Missing);
    };
    let Some(given) = plan.unit_names.get(name).and_then(|id| plan.unit(*id)) else {
        let known = plan.unit_names.keys().map(String::as_str);
        return Err(FaultKind::UnknownUnit(instead(name, known)));
    };
    match declared {
        Some(declared) if declared.base == given.base => Ok(&given.factor),
        _ => Err(FaultKind::OtherUnit(declared.map_or_else(String::new, |unit| unit.name.clone()))),
    }
}
