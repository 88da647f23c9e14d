//! The tree as written: every node with its span, nothing resolved.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::period::{Claim, Term};
use crate::quantity::{Rounding, RoundingMode};
use crate::source::Span;

/// Something with the span it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// From its first to its last token.
    pub span: Span,
}

/// A name: of a unit, a product, an input, or a bare value.
pub type Name = Spanned<String>;
/// A string without its quotes and escapes.
pub type Text = Spanned<String>;
/// A number literal.
pub type Number = Spanned<Decimal>;
/// A date literal.
pub type Day = Spanned<Date>;

/// A comment, kept for the formatter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the last visible character.
    pub span: Span,
    /// Whether nothing stands before it on its line.
    pub own_line: bool,
}

/// Byte offset at which a line without anything on it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSpan(pub usize);

/// A declaration with its clauses.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The line in column 0.
    pub head: Head,
    /// The reason at its end.
    pub because: Option<Text>,
    /// The span of that line.
    pub span: Span,
    /// The clauses below it, with rows hung on their rates.
    pub clauses: Vec<Clause>,
    /// Whether a line below it could not be read: then nothing is said about what is missing.
    pub has_broken_line: bool,
}

/// The first line of a declaration.
#[derive(Debug, Clone)]
pub enum Head {
    /// `ruleset NAME "label"`
    Ruleset(Name, Text),
    /// `credits round MODE to STEP`
    Credits(RoundClause),
    /// `grace N days counts`, `grace N days does not count`
    Grace(Number, Spanned<bool>),
    /// `unit NAME[, ALIAS…] [= N UNIT]`
    Unit(Vec<Name>, Option<(Number, Name)>),
    /// `input NAME KIND`
    Input(Name, InputKind),
    /// `product NAME ["label"] per …`
    Product(Name, Option<Text>, Per),
    /// `license NAME ["label"] per UNIT`
    License(Name, Option<Text>, Name),
    /// `exclude when COND`
    Exclude(Condition),
    /// `together NAME ["label"] of A, B`
    Together(Name, Option<Text>, Vec<Name>),
    /// `limit NAME [from DATE [to DATE]] BODY [refuse|warn]`
    Limit(Limit),
    /// `example "name"`
    Example(Text),
    /// `always NAME PROPERTY`
    Always(Name, Property),
}

/// What values an input takes, with its default.
#[derive(Debug, Clone)]
pub enum InputKind {
    /// `one of a, b, c`
    Choice(Vec<Value>, Option<Value>),
    /// `number`
    Number(Option<Value>),
    /// `yes/no`
    YesNo(Option<Value>),
    /// `text`
    Text(Option<Value>),
    /// `date`
    Date(Option<Value>),
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `"EdgeIPS-102"`
    Text(Text),
    /// `2025-11-11`
    Date(Day),
    /// `12`
    Number(Number),
    /// `education`, `yes`
    Name(Name),
}

impl Value {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Text(text) | Self::Name(text) => text.span,
            Self::Date(day) => day.span,
            Self::Number(number) => number.span,
        }
    }
}

/// `per [started] [N] UNIT [per year|month, PRORATION]`
#[derive(Debug, Clone)]
pub struct Per {
    /// Whether a begun block counts whole.
    pub started: bool,
    /// Units in a block.
    pub block: Option<Number>,
    /// The unit.
    pub unit: Name,
    /// The period that the rate is stated for.
    pub term: Option<Term>,
    /// From `per` on.
    pub span: Span,
}

/// A clause with its date and reason.
#[derive(Debug, Clone)]
pub struct Clause {
    /// When it claims to hold.
    pub claim: Claim,
    /// What it says.
    pub body: ClauseBody,
    /// The reason at its end.
    pub because: Option<Text>,
    /// Its line.
    pub span: Span,
}

/// `round MODE to STEP`
#[derive(Debug, Clone, Copy)]
pub struct RoundClause {
    /// The mode.
    pub mode: RoundingMode,
    /// The step as written.
    pub step: Decimal,
    /// Where the step stands.
    pub step_span: Span,
}

impl RoundClause {
    /// The rounding it stands for.
    pub fn rounding(&self) -> Rounding {
        Rounding { mode: self.mode, step: self.step }
    }
}

/// What a clause says.
#[derive(Debug, Clone)]
pub enum ClauseBody {
    /// `sku "…"[, "…"]`
    Sku(Vec<Text>),
    /// `count EXPR`
    Count(Expression),
    /// `rate …`
    Rate(Rate),
    /// `per …`
    Per(Per),
    /// `at least N`
    AtLeast(Number),
    /// `at most N`
    AtMost(Number),
    /// `zero charged`
    ZeroCharged,
    /// `round MODE to STEP`
    Round(RoundClause),
    /// `when COND rate …`
    When(Condition, Rate),
    /// `withdrawn`
    Withdrawn,
    /// `allow falling`
    AllowFalling,
    /// `allow loss`
    AllowLoss,
    /// `note "…"`
    Note(Text),
    /// `grants N UNIT of PRODUCT`
    Grants(Amounted),
    /// `credits only for PRODUCT, …`
    OnlyFor(Vec<Name>),
    /// `on DATE`
    On(Day),
    /// `given N UNIT of NAME|"CODE" [with …] [until DATE]`
    Given(Given),
    /// `expect …`
    Expect(Expect),
    /// `allocate N UNIT of PRODUCT`
    Allocate(Amounted),
}

/// `N UNIT of NAME`
#[derive(Debug, Clone)]
pub struct Amounted {
    /// How many.
    pub number: Number,
    /// Of which unit.
    pub unit: Name,
    /// Of what.
    pub of: Name,
}

/// A license line of an example.
#[derive(Debug, Clone)]
pub struct Given {
    /// How many of what.
    pub amount: Amounted,
    /// Whether that is a code; else a name.
    pub by_code: bool,
    /// Inputs and their values.
    pub facts: Vec<(Name, Value)>,
    /// The last day.
    pub until: Option<Day>,
}

/// What an example expects.
#[derive(Debug, Clone)]
pub enum Expect {
    /// Total credits.
    Credits(Number),
    /// `refused CODE`
    Refused(Text),
    /// `excluded`
    Excluded,
    /// `balance [-]N`; the flag is the sign.
    Balance(bool, Number),
    /// `breach of LIMIT`
    Breach(Name),
}

/// A rate with its rows.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Which form.
    pub form: RateForm,
    /// From `rate` on.
    pub span: Span,
}

/// The forms of a rate.
#[derive(Debug, Clone)]
pub enum RateForm {
    /// `AMOUNT[, was N]`
    Plain(Amount, Option<Number>),
    /// `graduated`, `volume`
    Tiered(TierMode, Vec<Tier>),
    /// `by INPUT, …`
    Table(Vec<Name>, Vec<Row>),
}

/// How tiers charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierMode {
    /// Each unit at the rate of the tier it lies in.
    Graduated,
    /// Every unit at the rate of the tier that the total reaches.
    Volume,
}

/// An amount of credits.
#[derive(Debug, Clone)]
pub struct Amount {
    /// What it is.
    pub kind: AmountKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountKind {
    /// `N`, `N flat`, `N + M flat`
    Credits {
        /// For each unit.
        each: Decimal,
        /// Once.
        flat: Decimal,
    },
    /// `refused`
    Refused,
}

/// A row `up to N AMOUNT`, `below N AMOUNT` or `beyond AMOUNT`.
#[derive(Debug, Clone)]
pub struct Tier {
    /// The bound; `beyond` has none.
    pub bound: Option<Bound>,
    /// What the tier charges.
    pub amount: Amount,
    /// The reason at its end.
    pub because: Option<Text>,
    /// Its line.
    pub span: Span,
}

/// The upper bound of a tier.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Whether the bound itself belongs to the tier.
    pub inclusive: bool,
    /// Charged units.
    pub number: Decimal,
    /// Where the number stands.
    pub span: Span,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// A cell a column; none for `otherwise`.
    pub cells: Option<Vec<Cell>>,
    /// The last cell.
    pub amount: Amount,
    /// The reason at its end.
    pub because: Option<Text>,
    /// Its line.
    pub span: Span,
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What it admits; `any` admits everything.
    pub predicate: Option<Predicate>,
    /// Where it stands.
    pub span: Span,
}

/// What an input may be asked.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// `is a`, `is one of a, b`, `is not a`, `is not one of a, b`
    Values {
        /// Whether the values are the ones left out.
        negated: bool,
        /// The values.
        values: Vec<Value>,
    },
    /// `above N`, `from N`, `up to N`, `below N` and their pairs; `from DATE to DATE`, `before DATE`
    Range {
        /// The lower end, and whether it belongs to the range.
        lower: Option<(Value, bool)>,
        /// The upper end, and whether it belongs to the range.
        upper: Option<(Value, bool)>,
    },
}

/// `INPUT PREDICATE`
#[derive(Debug, Clone)]
pub struct Test {
    /// The input.
    pub input: Name,
    /// What is asked of it.
    pub predicate: Predicate,
    /// From the input on.
    pub span: Span,
}

/// Tests joined by `and`.
#[derive(Debug, Clone)]
pub struct Condition {
    /// At least one.
    pub tests: Vec<Test>,
    /// All of them.
    pub span: Span,
}

/// A count expression. Its depth follows nesting, at most 64; sums and products are flat lists.
#[derive(Debug, Clone)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone)]
pub enum ExpressionKind {
    /// A literal.
    Number(Decimal),
    /// `quantity` or a number input.
    Name(String),
    /// Terms and whether each is subtracted.
    Sum(Vec<(bool, Expression)>),
    /// Factors and whether each divides.
    Product(Vec<(bool, Expression)>),
    /// `min(…)` and its like.
    Call(Name, Vec<Expression>),
    /// `if … then … else if … else …`
    Choice(Vec<(Condition, Expression)>, Box<Expression>),
}

/// A limit on allocation.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Its name.
    pub name: Name,
    /// When it claims to hold.
    pub claim: Claim,
    /// What it demands.
    pub body: LimitBody,
    /// Whether a breach is only a warning.
    pub warn: bool,
}

/// How two sides compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `at most`
    AtMost,
    /// `at least`
    AtLeast,
    /// `exactly`
    Exactly,
}

/// What a limit demands.
#[derive(Debug, Clone)]
pub enum LimitBody {
    /// `at most N of A, B`
    CountOf(Comparison, Number, Vec<Name>),
    /// `A needs B`, `A needs any of B, C`
    Needs(Name, Vec<Name>),
    /// `A needs B unit for unit`
    UnitForUnit(Name, Name),
    /// `A in steps of N [UNIT]`
    InSteps(Name, Number, Option<Name>),
    /// `SUM at most SUM [or none]`; the product where `or none` stands
    Compare(Vec<LimitTerm>, Comparison, Vec<LimitTerm>, Option<Name>),
}

/// A term of a sum in a limit.
#[derive(Debug, Clone)]
pub struct LimitTerm {
    /// Whether it is subtracted.
    pub negative: bool,
    /// What is measured; a bare number measures nothing.
    pub measure: LimitMeasure,
    /// The factor, share or bare number in front.
    pub factor: Option<Number>,
    /// Where it stands.
    pub span: Span,
}

/// What a term of a limit measures.
#[derive(Debug, Clone)]
pub enum LimitMeasure {
    /// Nothing: the number alone, in a unit where one stands behind it.
    Constant(Option<Name>),
    /// Allocated units of a product.
    Units(Name),
    /// Credits of a product's allocation.
    CreditsOf(Name),
    /// Credits of the whole allocation.
    Allocated,
    /// Total valid credits.
    Valid,
}

/// What `always` states.
#[derive(Debug, Clone)]
pub enum Property {
    /// `never falls`
    NeverFalls,
    /// `keeps value`
    KeepsValue,
    /// `at most N per unit`, `at least N per unit`
    PerUnit(Comparison, Number),
    /// `costs at least B`
    CostsAtLeast(Name),
}
