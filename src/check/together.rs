//! Products that cost less together are counted in one unit and have one term, so that a rate for a
//! unit of each means the same whichever stands first.

use super::{Findings, diagnostics as found};
use crate::hir::{Origin, Per, Program, Together};

pub(super) fn check(program: &Program, together: &Together, findings: &mut Findings) {
    let members = || together.members.iter().filter_map(|id| program.target(*id));
    let heads = || members().filter_map(|target| target.per.forms.first());
    let Some((_, first)) = heads().next() else { return };
    let unit = heads().find(|(_, per)| {
        !program.is_lost(per.unit) && !program.is_lost(first.unit) && per.unit != first.unit
    });
    let forms = members().flat_map(|target| &target.per.forms);
    let term =
        forms.filter(|(_, per)| per.term != first.term).min_by_key(|(origin, _)| origin.place);
    let differs = |(origin, per): &(Origin, Per), words: &dyn Fn(&Per) -> String| {
        found::together_differs(together.place, &words(per), &words(first), origin.place)
    };
    if let Some(form) = unit {
        let name = |per: &Per| {
            program.unit(per.unit).map_or(String::new(), |unit| format!("in `{}`", unit.name))
        };
        findings.diagnostics.push(differs(form, &name));
    } else if let Some(form) = term {
        findings.diagnostics.push(differs(form, &term_words));
    }
}

fn term_words(per: &Per) -> String {
    per.term.map_or("without a term".to_owned(), |term| {
        format!("per {}, {}", term.unit.word(), term.proration.words())
    })
}
