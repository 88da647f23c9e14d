//! What each declaration takes, and what things are called in a sentence.

use super::super::ast::{Clause, ClauseBody, Head};

/// What a declaration takes, where it does not take this clause.
pub(super) fn misplaced(head: &Head, clause: &Clause) -> Option<&'static str> {
    use ClauseBody as C;
    let (fits, takes) = match head {
        Head::Product(..) => (
            !matches!(
                clause.body,
                C::Grants(_)
                    | C::OnlyFor(_)
                    | C::On(_)
                    | C::Given(_)
                    | C::Expect(_)
                    | C::Allocate(_)
            ),
            "a product takes `sku`, `count`, `rate`, `when`, `per`, `at least`, `at most`, `zero charged`, `round`, `withdrawn`, `allow` and `note`; a license grants, and says what its credits are only for",
        ),
        Head::License(..) => (
            !matches!(
                clause.body,
                C::Per(_) | C::On(_) | C::Given(_) | C::Expect(_) | C::Allocate(_)
            ),
            "a license takes `sku`, `count`, `grants`, `credits only for`, `rate`, `when`, `at least`, `at most`, `zero charged`, `round`, `withdrawn`, `allow` and `note`",
        ),
        Head::Together(..) => {
            (matches!(clause.body, C::Rate(_)), "`together` takes a plain `rate`")
        }
        Head::Example(_) => (
            matches!(clause.body, C::On(_) | C::Given(_) | C::Expect(_) | C::Allocate(_)),
            "an example takes `on`, `given`, `expect` and `allocate`",
        ),
        _ => (false, "it is a single line: begin a declaration in column 0"),
    };
    (!fits).then_some(takes)
}

/// What a declaration is called in a sentence.
pub(super) fn head_words(head: &Head) -> &'static str {
    match head {
        Head::Ruleset(..) => "`ruleset`",
        Head::Credits(_) => "`credits round`",
        Head::Grace(..) => "`grace`",
        Head::Unit(..) => "a unit",
        Head::Input(..) => "an input",
        Head::Product(..) => "a product",
        Head::License(..) => "a license",
        Head::Exclude(_) => "`exclude`",
        Head::Together(..) => "`together`",
        Head::Limit(_) => "a limit",
        Head::Example(_) => "an example",
        Head::Always(..) => "`always`",
    }
}

/// The words by which a clause is known.
pub(super) fn clause_word(body: &ClauseBody) -> &'static str {
    match body {
        ClauseBody::Sku(_) => "sku",
        ClauseBody::Count(_) => "count",
        ClauseBody::Rate(_) => "rate",
        ClauseBody::Per(_) => "per",
        ClauseBody::AtLeast(_) => "at least",
        ClauseBody::AtMost(_) => "at most",
        ClauseBody::ZeroCharged => "zero charged",
        ClauseBody::Round(_) => "round",
        ClauseBody::When(..) => "when",
        ClauseBody::Withdrawn => "withdrawn",
        ClauseBody::AllowFalling => "allow falling",
        ClauseBody::AllowLoss => "allow loss",
        ClauseBody::Note(_) => "note",
        ClauseBody::Grants(_) => "grants",
        ClauseBody::OnlyFor(_) => "credits only for",
        ClauseBody::On(_) => "on",
        ClauseBody::Given(_) => "given",
        ClauseBody::Expect(_) => "expect",
        ClauseBody::Allocate(_) => "allocate",
    }
}
