//! A ruleset as the oracle knows it. Nothing here is the crate's: the point of the oracle is to
//! have been written from the language's description alone.

use num_bigint::BigInt;
use num_rational::BigRational as Ratio;

use super::calendar::Day;

/// A whole number as a ratio.
pub(crate) fn whole(number: i64) -> Ratio {
    Ratio::from_integer(number.into())
}

/// A number as written: `digits` over ten to the power of `decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) digits: i128,
    pub(crate) decimals: u32,
}

impl Number {
    pub(crate) const fn new(digits: i128, decimals: u32) -> Self {
        Self { digits, decimals }
    }

    pub(crate) fn ratio(self) -> Ratio {
        Ratio::new(self.digits.into(), BigInt::from(10).pow(self.decimals))
    }

    /// The number that equals a ratio, if one can be written with at most 12 decimals.
    pub(crate) fn of(ratio: &Ratio) -> Option<Self> {
        (0..=12).find_map(|decimals| {
            let shifted = ratio * Ratio::from_integer(BigInt::from(10).pow(decimals));
            let digits = shifted.is_integer().then(|| shifted.to_integer())?;
            let digits = i128::try_from(digits).ok()?;
            (digits >= 0 && digits < 10i128.pow(28)).then_some(Self { digits, decimals })
        })
    }

    /// Plain digits.
    pub(crate) fn text(self) -> String {
        let width = self.decimals as usize;
        let digits = format!("{:0>length$}", self.digits.to_string(), length = width + 1);
        let (whole, fraction) = digits.split_at(digits.len() - width);
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

/// A whole ruleset. Declarations refer to each other by position.
#[derive(Debug, Clone)]
pub(crate) struct Ruleset {
    pub(crate) round: Round,
    pub(crate) units: Vec<Unit>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) targets: Vec<Target>,
    /// The reason of each is its position.
    pub(crate) excludes: Vec<Condition>,
    pub(crate) togethers: Vec<Together>,
    /// Days on which something changes.
    pub(crate) anchors: Vec<Day>,
}

#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// The name, then aliases.
    pub(crate) names: Vec<String>,
    /// How many of which other unit it is.
    pub(crate) of: Option<(Number, usize)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) default: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Choice(Vec<String>),
    YesNo,
    Number,
    Text,
    Date,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Of a choice or of `yes/no`.
    Word(String),
    Number(Number),
    Text(String),
    Day(Day),
}

/// What a condition or a column looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Quantity,
    Account,
    Declared(usize),
}

/// Values of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Region {
    /// These words of all.
    Words {
        these: Vec<String>,
        all: Vec<String>,
    },
    /// A range; the flags say whether the ends belong to it.
    Range {
        low: Option<(Number, bool)>,
        high: Option<(Number, bool)>,
    },
    Numbers(Vec<Number>),
    NotNumbers(Vec<Number>),
    /// Both ends included.
    Days {
        from: Option<Day>,
        to: Option<Day>,
    },
    Texts(Vec<String>),
    NotTexts(Vec<String>),
}

impl Region {
    pub(crate) fn holds_number(&self, number: &Ratio) -> bool {
        match self {
            Self::Range { low, high } => {
                low.is_none_or(|(end, closed)| {
                    *number > end.ratio() || closed && *number == end.ratio()
                }) && high.is_none_or(|(end, closed)| {
                    *number < end.ratio() || closed && *number == end.ratio()
                })
            }
            Self::Numbers(points) => points.iter().any(|point| point.ratio() == *number),
            Self::NotNumbers(points) => points.iter().all(|point| point.ratio() != *number),
            _ => unreachable!("a number is compared with {self:?}"),
        }
    }

    pub(crate) fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Words { these, .. }, Value::Word(word)) => these.contains(word),
            (Self::Days { from, to }, Value::Day(day)) => {
                from.is_none_or(|from| from <= *day) && to.is_none_or(|to| *day <= to)
            }
            (Self::Texts(texts), Value::Text(text)) => texts.contains(text),
            (Self::NotTexts(texts), Value::Text(text)) => !texts.contains(text),
            (_, Value::Number(number)) => self.holds_number(&number.ratio()),
            _ => unreachable!("{value:?} is compared with {self:?}"),
        }
    }
}

/// All of these hold; every field stands once.
pub(crate) type Condition = Vec<(Field, Region)>;

#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) license: bool,
    pub(crate) name: String,
    pub(crate) per: Per,
    pub(crate) clauses: Vec<Clause>,
}

#[derive(Debug, Clone)]
pub(crate) struct Per {
    pub(crate) started: bool,
    pub(crate) block: Option<Number>,
    pub(crate) unit: usize,
    pub(crate) term: Option<(Period, Proration)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Year,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proration {
    Day,
    Day365,
    Day360,
    Started,
    Whole,
}

#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) claim: Claim,
    pub(crate) body: Body,
}

/// When a form of a clause claims to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    Always,
    From(Day),
    Window(Day, Day),
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Sku(Vec<String>),
    Count(Expression),
    Rate(Rate),
    /// An exception: its number among those of the target, and how many others it narrows.
    When {
        slot: usize,
        depth: usize,
        condition: Condition,
        rate: Rate,
    },
    Per(Per),
    AtLeast(Number),
    AtMost(Number),
    ZeroCharged,
    Round(Round),
    Withdrawn,
    Grants {
        number: Number,
        unit: usize,
        product: usize,
    },
    AllowFalling,
    AllowLoss,
    Note,
}

#[derive(Debug, Clone)]
pub(crate) enum Rate {
    Plain(Amount),
    Graduated(Tiers),
    Volume(Tiers),
    Table(Table),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    Credits { each: Option<Number>, flat: Option<Number> },
    Refused,
}

#[derive(Debug, Clone)]
pub(crate) struct Tiers {
    /// `below N` instead of `up to N`.
    pub(crate) below: bool,
    pub(crate) bounded: Vec<(Number, Amount)>,
    pub(crate) beyond: Amount,
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Field>,
    /// A cell a column, `None` for `any`.
    pub(crate) rows: Vec<(Vec<Option<Region>>, Amount)>,
    pub(crate) otherwise: Option<Amount>,
}

#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Number(Number),
    Field(Field),
    /// The first term is never subtracted.
    Sum(Vec<(bool, Expression)>),
    Product(Vec<Expression>),
    Quotient(Box<Expression>, Number),
    Min(Vec<Expression>),
    Max(Vec<Expression>),
    Ceil(Box<Expression>),
    Floor(Box<Expression>),
    If(Vec<(Condition, Expression)>, Box<Expression>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) mode: Mode,
    pub(crate) step: Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    HalfUp,
    HalfEven,
    HalfDown,
    Up,
    Down,
}

#[derive(Debug, Clone)]
pub(crate) struct Together {
    pub(crate) name: String,
    pub(crate) members: Vec<usize>,
    pub(crate) rates: Vec<(Claim, Number)>,
}

/// A line of the license input.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) sku: String,
    pub(crate) quantity: Number,
    pub(crate) unit: Option<(usize, String)>,
    pub(crate) start: Option<Day>,
    pub(crate) end: Option<Day>,
    pub(crate) account: Option<String>,
    /// One an input of the ruleset.
    pub(crate) inputs: Vec<Option<Value>>,
    /// A column whose text cannot be read, that text, and the code it is refused with.
    pub(crate) spoiled: Option<(String, &'static str, &'static str)>,
}

/// A line of a rule file that may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    Exclude(usize),
    /// Of a target a clause, and of that its own line, 0, or a row.
    Clause(usize, usize, usize),
}

/// What a line becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Credits(Ratio),
    /// By the exclude at this position.
    Excluded(usize),
    /// With one of these codes, where it is expected; with the only one, where it is found.
    Refused(Vec<&'static str>),
}

impl Answer {
    /// Whether an answer that was found is this one, or one of these.
    pub(crate) fn admits(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Refused(codes), Self::Refused(found)) => {
                found.iter().all(|code| codes.contains(code))
            }
            _ => self == found,
        }
    }
}

impl Ruleset {
    pub(crate) fn field_name(&self, field: Field) -> &str {
        match field {
            Field::Quantity => "quantity",
            Field::Account => "account",
            Field::Declared(at) => &self.inputs[at].name,
        }
    }

    /// The unit that a chain of conversions ends at, and how many of it one unit is.
    pub(crate) fn base(&self, unit: usize) -> (usize, Ratio) {
        match self.units[unit].of {
            None => (unit, whole(1)),
            Some((number, other)) => {
                let (base, factor) = self.base(other);
                (base, factor * number.ratio())
            }
        }
    }
}
