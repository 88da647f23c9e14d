//! Questions about the limits of a ruleset, each asked once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::Question;
use super::encode::{Demand, Market};
use super::product::{Pool, Product};
use super::search::{Answer, Why, decide};
use crate::hir::{Comparison, LimitBody, LimitMeasure, Program, TargetId};
use crate::linear::Work;
use crate::quantity::Exact;

/// Most steps for one question.
const QUESTION: usize = 100_000;
/// Most steps for all questions about a ruleset.
const RULESET: usize = 2_000_000;

/// So many limits are rarely met by what inequalities find at once: the search looks first.
const MANY: usize = 16;

/// Most products that no limit names and that are looked at one by one.
const FEW: usize = 8;

/// What each of some limits is to do: be kept, or be broken.
type Wanted = Vec<(usize, bool)>;

pub(super) struct Inquiry<'a> {
    program: &'a Program,
    /// What limits demand, by number; the last may be the balance that no one declared.
    bodies: Vec<&'a LimitBody>,
    /// Looks for an allocation where inequalities do not tell.
    find: &'a mut dyn FnMut(&Question<'_>) -> bool,
    answers: BTreeMap<Wanted, Vec<(Market, Answer)>>,
    work: Work,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(
        program: &'a Program,
        bodies: Vec<&'a LimitBody>,
        find: &'a mut dyn FnMut(&Question<'_>) -> bool,
    ) -> Self {
        Self { program, bodies, find, answers: BTreeMap::new(), work: Work::new(RULESET) }
    }

    /// Whether an allocation of a day keeps all of these, and breaks that one.
    pub(super) fn ask(&mut self, kept: &[usize], broken: Option<usize>, day: Date) -> Answer {
        let wanted: Wanted =
            kept.iter().map(|at| (*at, true)).chain(broken.map(|at| (at, false))).collect();
        let demand = |(at, keep): &(usize, bool)| {
            self.bodies.get(*at).map(|body| Demand { body, keep: *keep })
        };
        let demands: Vec<Demand<'_>> = wanted.iter().filter_map(demand).collect();
        let market = self.market(&demands, day);
        let known = self.answers.get(&wanted).into_iter().flatten();
        if let Some((_, answer)) = known.into_iter().find(|(other, _)| *other == market) {
            return answer.clone();
        }
        let question = Question { kept, broken, day };
        let soon = broken.is_some() && kept.len() >= MANY;
        if soon && (self.find)(&question) {
            self.answers.entry(wanted).or_default().push((market, Answer::Possible));
            return Answer::Possible;
        }
        let steps = QUESTION.min(self.work.left());
        let mut work = Work::new(steps);
        let answer = match decide(&demands, &market, &mut work) {
            Answer::Impossible(core) => Answer::Impossible(
                core.iter().filter_map(|at| wanted.get(*at)).map(|(at, _)| *at).collect(),
            ),
            answer => answer,
        };
        // Even a question that is answered at once costs a few steps.
        let in_time = self.work.spend(steps - work.left() + 1).is_ok();
        let answer = if in_time { answer } else { Answer::Undecided(Why::Work) };
        let answer = match answer {
            Answer::Undecided(_) if !soon && (self.find)(&question) => Answer::Possible,
            answer => answer,
        };
        self.answers.entry(wanted).or_default().push((market, answer.clone()));
        answer
    }

    /// Whether none keeps all of these, and breaks that one.
    pub(super) fn is_impossible(
        &mut self,
        kept: &[usize],
        broken: Option<usize>,
        day: Date,
    ) -> bool {
        matches!(self.ask(kept, broken, day), Answer::Impossible(_))
    }

    fn market(&self, demands: &[Demand<'_>], day: Date) -> Market {
        let mut ids: BTreeSet<TargetId> =
            demands.iter().flat_map(|demand| demand.body.named()).collect();
        let mut all = demands.iter().flat_map(|demand| demand.body.measures());
        let pool = all.any(|measure| measure == LimitMeasure::Allocated);
        let mut pool = if pool { Pool::on(self.program, &ids, day) } else { None };
        if pool.as_ref().is_some_and(|pool| !pool.is_exact) {
            // Nothing stands for the others: the first of them stand for themselves.
            let others = (0..).map(TargetId).zip(&self.program.targets).map(|(id, _)| id);
            let costs = |id: &TargetId| {
                !ids.contains(id)
                    && Product::on(self.program, *id, day).is_some_and(|product| product.costs())
            };
            let first: Vec<TargetId> = others.filter(costs).take(FEW).collect();
            ids.extend(first);
            pool = Pool::on(self.program, &ids, day);
        }
        let product = |id: &TargetId| (*id, Product::on(self.program, *id, day));
        Market { products: ids.iter().map(product).collect(), pool }
    }

    /// These limits, parted so that no two parts measure the same thing. What more valid credits
    /// alone can keep is left out.
    pub(super) fn parts(&self, limits: &[usize], beside: Option<usize>) -> Vec<Vec<usize>> {
        let body = |at: &usize| self.bodies.get(*at).copied();
        let asks = |at: &&usize, wanted: LimitMeasure| {
            body(at).is_some_and(|body| body.measures().any(|measure| measure == wanted))
        };
        let all = || limits.iter().chain(&beside);
        let of_valid = all().filter(|at| asks(at, LimitMeasure::Valid)).count();
        let left = limits.iter().filter(|at| {
            of_valid != 1
                || !asks(at, LimitMeasure::Valid)
                || !body(at).is_some_and(kept_by_more_valid)
        });
        let left: Vec<usize> = left.copied().collect();
        let total = left.iter().chain(&beside).any(|at| asks(&at, LimitMeasure::Allocated));
        let mut parts: Vec<(BTreeSet<Measured>, Vec<usize>)> = Vec::new();
        for at in left {
            let Some(body) = body(&at) else { continue };
            let (mut own, mut members) = (self.measured(body, total), vec![at]);
            parts.retain_mut(|(measured, others)| {
                let apart = own.is_disjoint(measured);
                if !apart {
                    own.append(measured);
                    members.append(others);
                }
                apart
            });
            parts.push((own, members));
        }
        if let Some(body) = beside.as_ref().and_then(body) {
            let own = self.measured(body, total);
            parts.retain(|(measured, _)| !own.is_disjoint(measured));
        }
        let members = parts.into_iter().map(|(_, mut members)| {
            members.sort_unstable();
            members
        });
        members.collect()
    }

    /// Those of some limits that name a product which this one names.
    pub(super) fn beside(&self, limit: usize, others: &[usize]) -> Vec<usize> {
        let named = |at: &usize| self.bodies.get(*at).map(|body| body.named()).unwrap_or_default();
        let own = named(&limit);
        others.iter().copied().filter(|at| !named(at).is_disjoint(&own)).collect()
    }

    /// What a limit measures; with `total`, the total of all credits is one of those things.
    fn measured(&self, body: &LimitBody, total: bool) -> BTreeSet<Measured> {
        let mut measured: BTreeSet<Measured> =
            body.named().into_iter().map(Measured::Product).collect();
        for measure in body.measures() {
            match measure {
                LimitMeasure::Valid => drop(measured.insert(Measured::Valid)),
                LimitMeasure::Allocated => drop(measured.insert(Measured::Total)),
                LimitMeasure::CreditsOf(id) => {
                    let groups = self.program.togethers.iter();
                    let own = groups.filter(|group| group.members.contains(&id));
                    let members = own.flat_map(|group| group.members.iter().copied());
                    measured.extend(members.map(Measured::Product));
                }
                LimitMeasure::Constant | LimitMeasure::Units(_) => {}
            }
        }
        if total && measured.iter().any(|measured| matches!(measured, Measured::Product(_))) {
            measured.insert(Measured::Total);
        }
        measured
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Measured {
    Product(TargetId),
    Total,
    Valid,
}

/// Whether enough valid credits keep it, whatever is allocated.
fn kept_by_more_valid(body: &LimitBody) -> bool {
    let LimitBody::Compare(left, comparison, right, _) = body else { return false };
    let sum = |terms: &[crate::hir::LimitTerm]| {
        let valid = terms.iter().filter(|term| term.measure == LimitMeasure::Valid);
        valid.fold(Exact::zero(), |sum, term| &sum + &term.factor)
    };
    match comparison {
        Comparison::AtMost => sum(left) < sum(right),
        Comparison::AtLeast => sum(left) > sum(right),
        Comparison::Exactly => false,
    }
}
