//! The clauses of products and licenses, each laid out on its timeline.

use std::collections::BTreeMap;

use super::diagnostics as found;
use super::resolve::Resolver;
use super::timeline::Timeline;
use super::{Amount, Condition, Exception, GrantLine, Origin, Rate, TargetId};
use crate::diagnostic::Diagnostic;
use crate::period::{BEGINNING, Claim, Collision, previous_day};
use crate::quantity::plain;
use crate::syntax::ast::{self, ClauseBody, Declaration, Name, RateForm};

/// The clauses of one declaration, by kind.
#[derive(Default)]
struct Clauses {
    per: Forms<super::Per>,
    skus: Forms<Vec<String>>,
    count: Forms<super::Expression>,
    rate: Forms<Rate>,
    exceptions: BTreeMap<Condition, Forms<Rate>>,
    at_least: Forms<rust_decimal::Decimal>,
    at_most: Forms<rust_decimal::Decimal>,
    zero_charged: Forms<()>,
    rounding: Forms<crate::quantity::Rounding>,
    withdrawn: Forms<()>,
    allow_falling: Forms<()>,
    allow_loss: Forms<()>,
    notes: Forms<String>,
    grants: BTreeMap<TargetId, Forms<crate::quantity::Exact>>,
    only_for: Forms<Vec<TargetId>>,
    was: Vec<(Claim, ast::Number)>,
}

type Forms<T> = Vec<(Origin, T)>;

impl Resolver<'_> {
    pub(super) fn target(&mut self, name: &Name, declaration: &Declaration) {
        let Some((id, _)) = self.names.targets.get(&name.value).copied() else { return };
        let mut clauses = Clauses::default();
        for clause in &declaration.clauses {
            let origin = self.origin(clause.span, clause.claim, clause.because.as_ref());
            // What could not be resolved was reported, and nothing is said about its absence.
            if self.clause(id, origin, &clause.body, &mut clauses).is_none()
                && let Some(target) = self.program.targets.get_mut(id.0 as usize)
            {
                target.complete = false;
            }
        }
        let head =
            self.program.target(id).map(|target| target.per.forms.clone()).unwrap_or_default();
        clauses.per.splice(0..0, head);
        let rate = self.timeline("rate", clauses.rate);
        // After a line that could not be read, nobody knows which rate was in force.
        if self.program.target(id).is_some_and(|target| target.complete) {
            self.check_was(&clauses.was, &rate, |rate| match rate {
                Rate::Plain(Amount::Credits { each, flat }) if flat.is_zero() => Some(*each),
                _ => None,
            });
        }
        let exceptions = clauses
            .exceptions
            .into_iter()
            .map(|(condition, forms)| Exception { condition, rate: self.timeline("when", forms) })
            .collect();
        let grants = clauses
            .grants
            .into_iter()
            .map(|(product, forms)| GrantLine { product, units: self.timeline("grants", forms) })
            .collect();
        let per = self.timeline("per", clauses.per);
        let skus = self.timeline("sku", clauses.skus);
        let count = self.timeline("count", clauses.count);
        let at_least = self.timeline("at least", clauses.at_least);
        let at_most = self.timeline("at most", clauses.at_most);
        let zero_charged = self.timeline("zero charged", clauses.zero_charged);
        let rounding = self.timeline("round", clauses.rounding);
        let withdrawn = self.timeline("withdrawn", clauses.withdrawn);
        let allow_falling = self.timeline("allow falling", clauses.allow_falling);
        let allow_loss = self.timeline("allow loss", clauses.allow_loss);
        let notes = self.timeline("note", clauses.notes);
        let only_for = self.timeline("credits only for", clauses.only_for);
        let Some(target) = self.program.targets.get_mut(id.0 as usize) else { return };
        (target.per, target.skus, target.count, target.rate) = (per, skus, count, rate);
        (target.exceptions, target.grants, target.only_for) = (exceptions, grants, only_for);
        (target.at_least, target.at_most) = (at_least, at_most);
        (target.zero_charged, target.rounding, target.withdrawn) =
            (zero_charged, rounding, withdrawn);
        (target.allow_falling, target.allow_loss, target.notes) =
            (allow_falling, allow_loss, notes);
    }

    /// Files one clause under its kind; `None` where it could not be resolved.
    fn clause(
        &mut self,
        id: TargetId,
        origin: Origin,
        body: &ClauseBody,
        clauses: &mut Clauses,
    ) -> Option<()> {
        match body {
            ClauseBody::Sku(codes) => {
                clauses.skus.push((origin, codes.iter().map(|code| code.value.clone()).collect()));
            }
            ClauseBody::Count(expression) => {
                clauses.count.push((origin, self.expression(expression)?));
            }
            ClauseBody::Rate(rate) => {
                if let RateForm::Plain(_, Some(was)) = &rate.form {
                    clauses.was.push((origin.claim, was.clone()));
                }
                clauses.rate.push((origin, self.rate(rate)?));
            }
            ClauseBody::Per(per) => {
                let new = self.per(per)?;
                let (declared, head) = {
                    let target = self.program.target(id)?;
                    (target.declared_unit()?, target.place)
                };
                let place = self.place(per.unit.span);
                if !self.convertible(new.unit, declared, place, Some(head)) {
                    return None;
                }
                clauses.per.push((origin, new));
            }
            ClauseBody::AtLeast(number) => clauses.at_least.push((origin, number.value)),
            ClauseBody::AtMost(number) => clauses.at_most.push((origin, number.value)),
            ClauseBody::ZeroCharged => clauses.zero_charged.push((origin, ())),
            ClauseBody::Round(round) => clauses.rounding.push((origin, self.rounding(round)?)),
            ClauseBody::When(condition, rate) => {
                let (condition, rate) = (self.condition(condition), self.rate(rate));
                let (condition, rate) = (condition?, rate?);
                if condition.sets.is_empty() {
                    let message =
                        "this condition holds on every line: the rate below it is never used";
                    let found = found::useless(
                        origin.place,
                        message,
                        "write `rate …` without a condition, dated if need be",
                    );
                    self.report::<()>(found);
                }
                clauses.exceptions.entry(condition).or_default().push((origin, rate));
            }
            ClauseBody::Withdrawn => clauses.withdrawn.push((origin, ())),
            ClauseBody::AllowFalling => clauses.allow_falling.push((origin, ())),
            ClauseBody::AllowLoss => clauses.allow_loss.push((origin, ())),
            ClauseBody::Note(text) => clauses.notes.push((origin, text.value.clone())),
            ClauseBody::Grants(amounted) => {
                let product = self.product_id(&amounted.of)?;
                if amounted.number.value.is_zero() {
                    let place = self.place(amounted.number.span);
                    return self.report(found::bad_amount(
                        place,
                        "a grant of 0 units grants nothing",
                        "write how many units one license entitles to",
                    ));
                }
                let units = self.base_units(&amounted.number, &amounted.unit, product)?;
                clauses.grants.entry(product).or_default().push((origin, units));
            }
            ClauseBody::OnlyFor(names) => clauses.only_for.push((origin, self.products(names)?)),
            ClauseBody::On(_)
            | ClauseBody::Given(_)
            | ClauseBody::Expect(_)
            | ClauseBody::Allocate(_) => {}
        }
        Some(())
    }

    /// The forms on a timeline; days claimed twice are reported.
    pub(super) fn timeline<T>(&mut self, clause: &str, forms: Vec<(Origin, T)>) -> Timeline<T> {
        if forms.is_empty() {
            return Timeline::default();
        }
        let (timeline, collisions) = Timeline::new(forms);
        for collision in collisions {
            self.diagnostics.extend(conflict(clause, &timeline.forms, &collision));
        }
        timeline
    }

    /// `was N`: the rate in force the day before is N.
    pub(super) fn check_was<T>(
        &mut self,
        guards: &[(Claim, ast::Number)],
        rate: &Timeline<T>,
        plain_rate: impl Fn(&T) -> Option<rust_decimal::Decimal>,
    ) {
        for (claim, was) in guards {
            let Some(day) = previous_day(claim.first()).filter(|_| claim.first() != BEGINNING)
            else {
                continue;
            };
            let held = rate.on(day);
            let number = held.and_then(|(_, form)| plain_rate(form));
            if number == Some(was.value) {
                continue;
            }
            let held_text = match (held, number) {
                (None, _) => "none".into(),
                (Some(_), Some(number)) => plain(number),
                (Some(_), None) => "not one number".into(),
            };
            let place = self.place(was.span);
            let held_at = held.map(|(origin, _)| origin.place);
            self.report::<()>(found::was_differs(place, was.value, day, &held_text, held_at));
        }
    }
}

/// Two forms that claim one day; the later in the file is to blame.
pub(super) fn conflict<T>(
    clause: &str,
    forms: &[(Origin, T)],
    collision: &Collision,
) -> Option<Diagnostic> {
    let (a, _) = forms.get(collision.standing)?;
    let (b, _) = forms.get(collision.intruder)?;
    let (first, second) = if a.place <= b.place { (a, b) } else { (b, a) };
    Some(if collision.day == BEGINNING {
        found::duplicate_clause(second.place, clause, first.place)
    } else {
        found::date_conflict(second.place, clause, collision.day, first.place)
    })
}
