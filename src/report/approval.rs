//! Who must approve what a comparison tells.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::compare::{Change, Diff, Pair, Rules};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::plan::TargetId;
use crate::quantity::Exact;
use crate::source::{Place, SourceId};
use crate::syntax::policy::Policy;

/// What somebody must approve.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// Who; none where a policy names nobody.
    pub owner: Option<String>,
    /// Products and licenses, and `ruleset` for what belongs to none of them.
    pub of: Vec<String>,
    /// Whether it was given.
    pub given: bool,
}

/// The name in a policy of what belongs to no product or license: units, inputs, limits, excludes.
const RULESET: &str = "ruleset";

/// What is wrong with the names of a policy.
pub fn unknown(policy: &Policy, id: SourceId, rules: [Rules<'_>; 2]) -> Vec<Diagnostic> {
    let plans = rules.map(|rules| rules.plan);
    let rules = plans.iter().flat_map(|plan| &plan.rules).map(|rule| rule.name.as_str());
    let known: BTreeSet<&str> = rules.chain([RULESET]).collect();
    let mut owners: BTreeMap<&str, Place> = BTreeMap::new();
    let mut found = Vec::new();
    for name in policy.owners.iter().flat_map(|owner| owner.of.iter().flatten()) {
        let place = Place { source: id, span: name.span };
        if !known.contains(name.value.as_str()) {
            let message = format!("there is no product or license `{}`", name.value);
            let diagnostic = Diagnostic::new(Code::UnknownName, place, message);
            let near = nearest(&name.value, known.iter().copied());
            let help = near.map_or_else(
                || "name one of either ruleset".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            found.push(diagnostic.help(help));
        }
        if let Some(first) = owners.insert(&name.value, place) {
            let message = format!("`{}` has two owners", name.value);
            let diagnostic = Diagnostic::new(Code::DuplicateClause, place, message);
            found.push(diagnostic.label(first, "the other").help("leave one of them"));
        }
    }
    found
}

/// Who must approve which of the differences; approvals that were given are named.
pub fn approvals(
    diff: &Diff,
    policy: &Policy,
    [old, new]: [Rules<'_>; 2],
    given: &[String],
) -> Vec<Approval> {
    let limit = policy.review.as_ref().map(|share| Exact::from(share.value));
    let is_over = |pair: &Pair| {
        let Some(limit) = &limit else { return true };
        // What has no share, such as another code or a line that is refused, is always looked at.
        !pair.others.is_empty()
            || pair.renamed.is_some()
            || pair.regions.iter().any(|region| match (&region.change, &region.share) {
                // A share is one before rounding, and of lines that both convert.
                (Change::Credits(_), Some(share)) => {
                    let [old, new] = region.asks;
                    share.most() > *limit || region.rounds || old != new
                }
                _ => true,
            })
    };
    let name = |rules: Rules<'_>, id: TargetId| {
        rules.plan.rule(id).map_or_else(String::new, |rule| rule.name.clone())
    };
    // A new name belongs to who owned the old one.
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for pair in diff.pairs.iter().filter(|pair| !pair.is_equal() && is_over(pair)) {
        let now = name(new, pair.new);
        all.push((now.clone(), vec![now, name(old, pair.old)]));
    }
    let named = |name: String| (name.clone(), vec![name]);
    all.extend(diff.added.iter().map(|id| named(name(new, *id))));
    all.extend(diff.dropped.iter().map(|id| named(name(old, *id))));
    if !diff.others.is_empty() || !diff.excludes.is_empty() {
        all.push(named(RULESET.to_owned()));
    }
    let owner_of = |names: &[String]| {
        let owns = |of: &Option<Vec<_>>| match of {
            Some(of) => {
                of.iter().any(|name: &crate::syntax::ast::Name| names.contains(&name.value))
            }
            None => false,
        };
        let own = policy.owners.iter().find(|owner| owns(&owner.of));
        let rest = || policy.owners.iter().find(|owner| owner.of.is_none());
        own.or_else(rest).map(|owner| owner.name.value.clone())
    };
    let mut by_owner: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    for (told, names) in all {
        by_owner.entry(owner_of(&names)).or_default().push(told);
    }
    let approval = |(owner, of): (Option<String>, Vec<String>)| Approval {
        given: owner.as_ref().is_some_and(|owner| given.contains(owner)),
        owner,
        of,
    };
    by_owner.into_iter().map(approval).collect()
}

/// Approvals as text.
pub fn text(approvals: &[Approval]) -> String {
    let line = |approval: &Approval| {
        let Approval { owner, of, given } = approval;
        let of = of.join(", ");
        match (owner, given) {
            (Some(owner), true) => format!("approved by \"{owner}\": {of}"),
            (Some(owner), false) => format!("needs the approval of \"{owner}\": {of}"),
            (None, _) => format!("nobody owns: {of}: name an owner in the policy, or one of any"),
        }
    };
    approvals.iter().map(line).collect::<Vec<_>>().join("\n")
}
