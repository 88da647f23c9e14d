//! Policies: a small file beside the rules that says who approves which change.
//!
//! ```text
//! owner "pricing-emea" of endpoint_pro, endpoint_core
//! owner "pricing" of any
//! review above 10%
//! ```

use super::ast::{Name, Number, Text};
use super::{grammar, lines, lower};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, Source, SourceId};

/// Who approves which change.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Owners, in file order.
    pub owners: Vec<Owner>,
    /// The share of the credits before above which a change is reviewed; without one, every change.
    pub review: Option<Number>,
}

/// Who owns what.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The owner.
    pub name: Text,
    /// Products and licenses; none where it owns what nobody else does.
    pub of: Option<Vec<Name>>,
}

/// A line of a policy.
#[derive(Debug)]
pub(super) enum Line {
    Owner(Owner),
    Review(Number),
}

/// Reads a policy; what is wrong with it stands beside it.
pub fn parse(id: SourceId, source: &Source) -> (Policy, Vec<Diagnostic>) {
    let lines = lines::split(id, source.text());
    let mut found = lines.diagnostics;
    let mut policy = Policy::default();
    for line in lines.lines.iter().filter(|line| !line.broken) {
        let read = grammar::parse_policy_line(id, line)
            .and_then(|pair| lower::policy_line(id, line.offset, pair));
        match read {
            Ok(Line::Owner(owner)) => policy.owners.push(owner),
            Ok(Line::Review(_)) if policy.review.is_some() => {
                let place = Place { source: id, span: line.span() };
                let twice = "`review` stands twice";
                let found_twice = Diagnostic::new(Code::DuplicateClause, place, twice);
                found.push(found_twice.help("leave one share"));
            }
            Ok(Line::Review(share)) => policy.review = Some(share),
            Err(diagnostic) => found.push(*diagnostic),
        }
    }
    (policy, found)
}
