//! Lines of a policy.

use super::super::diagnostics as found;
use super::super::grammar::{Pair, Rule};
use super::super::policy::{Line, Owner};
use super::{Context, Lowering, Parts};
use crate::source::SourceId;

/// A line of a policy.
pub(in crate::syntax) fn policy_line(
    source: SourceId,
    offset: usize,
    line: Pair<'_>,
) -> Lowering<Line> {
    let context = Context { source, offset };
    let mut parts = Parts::of(context, line);
    let body = parts.need()?;
    let is_owner = body.as_rule() == Rule::owner;
    let mut inner = Parts::of(context, body);
    inner.pass(&[Rule::kw_owner, Rule::kw_review, Rule::kw_above]);
    let line = if is_owner {
        let name = context.string(&inner.need()?)?;
        if name.value.trim().is_empty() {
            return Context::fault(found::empty_text(context.place(name.span), "the owner"));
        }
        inner.pass(&[Rule::kw_of]);
        let of = inner.accept(Rule::names).map(|names| context.names(names)).transpose()?;
        Line::Owner(Owner { name, of })
    } else {
        let number = inner.need()?;
        let share = context.number(&number)?;
        if !number.as_str().ends_with('%') {
            return Context::fault(found::share_without_percent(
                context.place(share.span),
                number.as_str(),
            ));
        }
        Line::Review(share)
    };
    context.because(&mut parts)?;
    Ok(line)
}
