//! `together` and `always`.

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{Always, Statement, TargetId, TargetKind, Together};
use crate::source::Span;
use crate::syntax::ast::{self, ClauseBody, Declaration, Name, RateForm, Text};

impl Resolver<'_> {
    pub(super) fn together(
        &mut self,
        name: &Name,
        label: Option<&Text>,
        members: &[Name],
        declaration: &Declaration,
    ) {
        let mut ids: Vec<TargetId> = Vec::new();
        for member in members {
            let Some(id) = self.product_id(member) else { continue };
            let place = self.place(member.span);
            if ids.contains(&id) {
                self.report::<()>(found::duplicate_value(place, &member.value));
                continue;
            }
            ids.push(id);
        }
        if members.len() < 2 {
            let place = self.place(name.span);
            self.report::<()>(found::bad_amount(
                place,
                "one product alone is not together with another",
                "list at least two products",
            ));
        }
        let mut forms = Vec::new();
        let mut was = Vec::new();
        let mut complete = !declaration.has_broken_line;
        for clause in &declaration.clauses {
            let origin = self.origin(clause.span, clause.claim, clause.because.as_ref());
            let ClauseBody::Rate(rate) = &clause.body else { continue };
            match &rate.form {
                RateForm::Plain(
                    ast::Amount { kind: ast::AmountKind::Credits { each, flat }, .. },
                    guard,
                ) if flat.is_zero() => {
                    was.extend(guard.as_ref().map(|guard| (clause.claim, guard.clone())));
                    forms.push((origin, *each));
                }
                _ => {
                    let place = self.place(rate.span);
                    complete = false;
                    self.report::<()>(found::bad_amount(
                        place,
                        "`together` takes one rate per unit",
                        "write `rate N`",
                    ));
                }
            }
        }
        if forms.is_empty() && complete {
            let place = self.place(declaration.span);
            self.report::<()>(found::missing_together_rate(place, &name.value));
        }
        let rate = self.timeline("rate", forms);
        if complete {
            self.check_was(&was, &rate, |each| Some(*each));
        }
        let same = |other: &Together| {
            other.members.len() == ids.len()
                && other.members.iter().all(|member| ids.contains(member))
        };
        if let Some(first) =
            self.program.togethers.iter().find(|other| same(other)).map(|other| other.place)
        {
            let place = self.place(declaration.span);
            self.report::<()>(found::duplicate_clause(
                place,
                "together of the same products",
                first,
            ));
        }
        let label = label.map(|label| label.value.clone());
        let place = self.place(declaration.span);
        self.program.togethers.push(Together {
            name: name.value.clone(),
            label,
            members: ids,
            rate,
            place,
        });
    }

    pub(super) fn property(&mut self, name: &Name, property: &ast::Property, span: Span) {
        let target = match property {
            ast::Property::KeepsValue => self.target_of_kind(name, TargetKind::License),
            _ => self.target_id(name),
        };
        let Some(target) = target else { return };
        let statement = match property {
            ast::Property::NeverFalls => Statement::NeverFalls,
            ast::Property::KeepsValue => Statement::KeepsValue,
            ast::Property::PerUnit(comparison, number) => {
                Statement::PerUnit(*comparison, number.value)
            }
            ast::Property::CostsAtLeast(other) => {
                let Some(id) = self.target_id(other) else { return };
                let place = self.place(other.span);
                self.same_dimension(target, id, place);
                Statement::CostsAtLeast(id)
            }
        };
        let place = self.place(span);
        self.program.always.push(Always { target, statement, place });
    }
}
