//! Worked examples.

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{Allocated, BALANCE, Example, Expect, Given, QUANTITY};
use crate::quantity::Exact;
use crate::source::Span;
use crate::syntax::ast::{self, ClauseBody, Declaration, Text};

impl Resolver<'_> {
    pub(super) fn example(&mut self, name: &Text, declaration: &Declaration) {
        let mut example = Example {
            name: name.value.clone(),
            place: self.place(declaration.span),
            on: None,
            given: Vec::new(),
            allocate: Vec::new(),
            expect: Vec::new(),
        };
        let mut first_on = None;
        // A line that is meant to be refused may well be given in a unit that does not fit.
        let refused = declaration
            .clauses
            .iter()
            .any(|clause| matches!(&clause.body, ClauseBody::Expect(ast::Expect::Refused(_))));
        let mut complete = !declaration.has_broken_line;
        for clause in &declaration.clauses {
            let place = self.place(clause.span);
            let resolved = match &clause.body {
                ClauseBody::On(day) => {
                    if let Some(first) = first_on {
                        self.report::<()>(found::duplicate_clause(place, "on", first));
                    }
                    first_on = Some(place);
                    example.on = Some(day.value);
                    Some(())
                }
                ClauseBody::Given(given) => {
                    self.given(given, clause.span, refused).map(|given| example.given.push(given))
                }
                ClauseBody::Allocate(amounted) => {
                    self.allocated(amounted, clause.span).map(|units| example.allocate.push(units))
                }
                ClauseBody::Expect(expect) => {
                    self.expect(expect).map(|expect| example.expect.push((expect, place)))
                }
                _ => Some(()),
            };
            complete &= resolved.is_some();
        }
        if complete
            && (example.expect.is_empty()
                || (example.given.is_empty() && example.allocate.is_empty()))
        {
            let help = "say what is `given` or `allocate`d, and what to `expect`";
            self.report::<()>(found::useless(example.place, "this example can never fail", help));
        }
        if complete {
            self.program.examples.push(example);
        }
    }

    fn given(&mut self, given: &ast::Given, span: Span, refused: bool) -> Option<Given> {
        let of = &given.amount.of;
        let target = if given.by_code { self.target_of_code(of) } else { self.target_id(of) }?;
        let unit = self.unit_id(&given.amount.unit)?;
        let (declared, head) = {
            let target = self.program.target(target)?;
            (target.declared_unit()?, target.place)
        };
        let place = self.place(given.amount.unit.span);
        if !refused && !self.convertible(unit, declared, place, Some(head)) {
            return None;
        }
        let mut facts = Vec::with_capacity(given.facts.len());
        for (name, value) in &given.facts {
            let id = self.input_id(name)?;
            let here = self.place(name.span);
            if id == QUANTITY {
                return self.report(found::reserved_column(here, "quantity"));
            }
            if facts.iter().any(|(known, _)| *known == id) {
                return self.report(found::duplicate_value(here, &name.value));
            }
            let kind = self.program.input(id)?.kind.clone();
            facts.push((id, self.value(&name.value, &kind, value)?));
        }
        Some(Given {
            target,
            code: given.by_code.then(|| of.value.clone()),
            quantity: given.amount.number.value,
            unit,
            facts,
            until: given.until.as_ref().map(|day| day.value),
            place: self.place(span),
        })
    }

    fn allocated(&mut self, amounted: &ast::Amounted, span: Span) -> Option<Allocated> {
        let product = self.product_id(&amounted.of)?;
        let units = self.base_units(&amounted.number, &amounted.unit, product)?;
        Some(Allocated { product, units, place: self.place(span) })
    }

    fn expect(&mut self, expect: &ast::Expect) -> Option<Expect> {
        Some(match expect {
            ast::Expect::Credits(number) => Expect::Credits(number.value),
            ast::Expect::Excluded => Expect::Excluded,
            ast::Expect::Balance(negative, number) => {
                let balance = Exact::from(number.value);
                Expect::Balance(if *negative { -balance } else { balance })
            }
            ast::Expect::Refused(code) => {
                if !self.refusals.contains(&code.value.as_str()) {
                    let place = self.place(code.span);
                    self.report::<()>(found::unknown_refusal(place, &code.value, self.refusals));
                }
                Expect::Refused(code.value.clone())
            }
            ast::Expect::Breach(name) => {
                // Every ruleset has a limit `balance`.
                if name.value != BALANCE
                    && !self.names.limits.contains(&name.value)
                    && !self.names.may_be_lost(&name.value)
                {
                    let place = self.place(name.span);
                    let unknown =
                        found::unknown_limit(place, &name.value, self.names.limits.iter());
                    return self.report(unknown);
                }
                Expect::Breach(name.value.clone())
            }
        })
    }
}
