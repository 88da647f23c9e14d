//! The catalogue: every kind of finding with its word, its severity and its page.

use std::fmt;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The ruleset cannot be used.
    Error,
    /// The ruleset can be used, but probably does not say what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

macro_rules! catalogue {
    ($($(#[doc = $doc:literal])+ $variant:ident $word:literal $severity:ident)*) => {
        /// A kind of finding. Words are never reused, and name what is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Code {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word by which it is known.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What is wrong, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)* }
            }

            /// Its severity.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// Its page in Markdown: meaning, an example that fails, the mend, the reason.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$variant =>
                        include_str!(concat!("../../docs/src/diagnostics/", $word, ".md")),)*
                }
            }
        }
    };
}

catalogue! {
    // Text and form of a line.
    /// A control, bidirectional or invisible character.
    BadCharacter "bad-character" Error
    /// A tab or a no-break space between words.
    BadBlank "bad-blank" Error
    /// A line longer than 1 MiB.
    LineTooLong "line-too-long" Error
    /// Parentheses or conditions nested more than 64 deep.
    NestedTooDeep "nested-too-deep" Error
    /// A string without its closing quote.
    UnclosedString "unclosed-string" Error
    /// An escape in a string that does not exist.
    BadEscape "bad-escape" Error
    /// A number that is not written as numbers are.
    BadNumber "bad-number" Error
    /// A date that is not a day of the calendar.
    BadDate "bad-date" Error
    /// A name that is not written as names are.
    BadName "bad-name" Error
    /// A reserved word where a name belongs.
    ReservedWord "reserved-word" Error
    /// A line in column 0 that does not begin with the keyword of a declaration.
    UnknownDeclaration "unknown-declaration" Error
    /// An indented line that begins with no known word.
    UnknownClause "unknown-clause" Error
    /// Something else was expected here.
    UnexpectedText "unexpected-text" Error
    /// An indented line before the first declaration.
    ClauseWithoutDeclaration "clause-without-declaration" Error

    // How lines hang together.
    /// A clause that does not belong to this kind of declaration.
    MisplacedClause "misplaced-clause" Error
    /// A row without a rate above it that takes such rows.
    MisplacedRow "misplaced-row" Error
    /// Tiers without `graduated` or `volume`.
    UnnamedTiers "unnamed-tiers" Error
    /// A rate that needs rows and has none.
    MissingRows "missing-rows" Error
    /// Tiers without a last row `beyond`.
    MissingBeyond "missing-beyond" Error
    /// Bounds of tiers that do not rise.
    BoundsNotRising "bounds-not-rising" Error
    /// `up to` and `below` in one rate.
    MixedBounds "mixed-bounds" Error
    /// A reason that is compulsory and missing.
    MissingReason "missing-reason" Error
    /// A date on something that cannot be dated, or none on something that must be.
    MisplacedDate "misplaced-date" Error
    /// `was` where it cannot stand.
    MisplacedWas "misplaced-was" Error
    /// A table row with more or fewer cells than the table has columns.
    WrongCellCount "wrong-cell-count" Error

    // Names and values.
    /// No `ruleset` line.
    MissingRuleset "missing-ruleset" Error
    /// No `credits round` line.
    MissingRounding "missing-rounding" Error
    /// A name declared twice.
    DuplicateName "duplicate-name" Error
    /// A code that belongs to two declarations, or is listed twice.
    DuplicateSku "duplicate-sku" Error
    /// A clause that stands twice.
    DuplicateClause "duplicate-clause" Error
    /// A value listed twice.
    DuplicateValue "duplicate-value" Error
    /// A name of a column that every input has.
    ReservedColumn "reserved-column" Error
    /// A unit that is not declared.
    UnknownUnit "unknown-unit" Error
    /// An input that is not declared.
    UnknownInput "unknown-input" Error
    /// A product or license that is not declared.
    UnknownName "unknown-name" Error
    /// A limit that is not declared.
    UnknownLimit "unknown-limit" Error
    /// A value that a choice does not have.
    UnknownValue "unknown-value" Error
    /// A function that does not exist.
    UnknownFunction "unknown-function" Error
    /// A code of refusal that no line can have.
    UnknownRefusal "unknown-refusal" Warning
    /// A license where a product belongs, or the other way round.
    WrongKind "wrong-kind" Error
    /// Units that convert into each other in a circle.
    UnitCycle "unit-cycle" Error
    /// Two units that do not convert into each other.
    UnitMismatch "unit-mismatch" Error
    /// A predicate or value that does not fit the kind of the input.
    TypeMismatch "type-mismatch" Error
    /// A number that cannot be what it is used for.
    BadAmount "bad-amount" Error
    /// A division by something else than a constant other than 0.
    BadDivision "bad-division" Error

    // Dates.
    /// A period that ends before it begins.
    DatesReversed "dates-reversed" Error
    /// Two dated forms of one clause that claim the same day.
    DateConflict "date-conflict" Error
    /// `was N` where N is not the rate in force the day before.
    WasDiffers "was-differs" Error

    // What every ruleset must keep.
    /// A product or license that nothing gives credits to.
    MissingRate "missing-rate" Error
    /// Days or inputs on which a product has no rate.
    RateGap "rate-gap" Error
    /// Combinations of inputs that no row of a table covers.
    TableGap "table-gap" Error
    /// Two rows of a table that cover the same combination.
    TableOverlap "table-overlap" Error
    /// Two exceptions that can hold together, neither implying the other.
    ExceptionConflict "exception-conflict" Error
    /// A condition that can never hold.
    ConditionNeverHolds "condition-never-holds" Error
    /// A clause that changes nothing.
    UselessClause "useless-clause" Warning
    /// A license that converts to fewer credits than its grants cost.
    ValueLost "value-lost" Error
    /// An `always` that does not hold.
    StatementFails "statement-fails" Error
    /// Credits of more digits than a number may have.
    Overflow "overflow" Error
    /// A rate that gives fewer credits for more units.
    FallingRate "falling-rate" Warning
    /// Limits that no allocation can keep.
    ImpossibleLimits "impossible-limits" Error
    /// A limit that no allocation which keeps the others can break.
    LimitNeverBinds "limit-never-binds" Warning
    /// An `allow` that nothing needs.
    NeedlessAllow "needless-allow" Warning
    /// A property that was not decided.
    NotDecided "not-decided" Note
}

impl Code {
    /// The kind known by this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
