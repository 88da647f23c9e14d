//! Some allocation keeps each limit, and all of them; and some allocation that keeps the others
//! breaks it.
//!
//! Both are questions about stretches of days on which nothing changes. An allocation is any number
//! of units, as a fraction, of each product; before the first day of the products that it names, a
//! limit says nothing.

mod allocation;
mod calendar;
mod conflict;
mod encode;
mod inquiry;
mod product;
mod search;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::verdict::Property;
use super::{Checked, Find, Findings, Question, Scope, diagnostics as found};
use crate::diagnostic::Diagnostic;
use crate::hir::{BALANCE, Limit, LimitBody, Program};
use crate::period::Days;
use crate::source::Place;
use conflict::minimal;
use inquiry::Inquiry;
use search::{Answer, Why};

pub(super) fn check(checked: &Checked, scope: Scope, find: &mut Find<'_>, findings: &mut Findings) {
    let program = checked.program();
    if program.limits.is_empty() {
        return;
    }
    let failed = findings.has_errors();
    let mut find = |question: &Question<'_>| !failed && find(checked, question);
    // A broken line may have declared the balance.
    let declared = failed || program.limits.iter().any(|limit| limit.name == BALANCE);
    let balance = (!declared).then(LimitBody::balance);
    let bodies: Vec<&LimitBody> =
        program.limits.iter().map(|limit| &limit.body).chain(balance.as_ref()).collect();
    let mut days = program.days_of_limits();
    let whole = program.limits.iter().map(|limit| calendar::is_whole(program, limit));
    let whole: Vec<bool> = whole.collect();
    for (days, _) in days.iter_mut().zip(&whole).filter(|(_, whole)| !**whole) {
        days.clear();
    }
    let changes = calendar::changes(program, &days, &bodies);
    let mut proof = Proof {
        program,
        default: balance.is_some().then_some(program.limits.len()),
        inquiry: Inquiry::new(program, bodies, &mut find),
        lines: program.limits.iter().map(|_| Line::default()).collect(),
        sets: BTreeMap::new(),
        against_all: Vec::new(),
    };
    // What may be an error comes first: the work that is left for it is the same in every scope.
    let mut known = Vec::new();
    for day in changes {
        let holds = |days: &Vec<Days>| days.iter().any(|days| days.from <= day && day <= days.to);
        let at = days.iter().enumerate().filter(|(_, days)| holds(days)).map(|(at, _)| at);
        known.push(proof.on(&at.collect::<Vec<_>>(), day));
    }
    if scope == Scope::All {
        for stretch in known {
            stretch.possible.iter().for_each(|at| proof.binds(*at, &stretch));
        }
    }
    proof.settle(&whole, findings);
}

/// What is known of one limit.
#[derive(Default)]
struct Line {
    /// The first day on which it is impossible.
    impossible: Option<Date>,
    /// Why it is not known whether it is possible.
    unknown: Option<Why>,
    /// Whether some allocation breaks it.
    binds: bool,
    /// Why it is not known on some day whether one does.
    binds_unknown: Option<Why>,
    /// Whether days were left out on which no allocation keeps the others.
    skipped: bool,
    /// A day on which none does, with the limits that keep it.
    kept_by: Option<(Date, Vec<usize>)>,
}

/// What is known of limits that measure the same things.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Some allocation keeps them all.
    Kept,
    /// None does.
    Clash,
    /// It was not decided.
    Unknown,
}

/// Limits in force on a stretch of days.
struct Stretch {
    /// Its first day.
    day: Date,
    /// Those that can be kept.
    possible: Vec<usize>,
    /// Those of them that refuse what breaks them, and the balance that no one declared.
    refusing: Vec<usize>,
    /// These, parted so that no two parts measure the same thing.
    parts: Vec<Vec<usize>>,
    /// What is known of the parts.
    states: BTreeMap<usize, State>,
}

struct Proof<'a> {
    program: &'a Program,
    /// The number of the balance that no one declared.
    default: Option<usize>,
    inquiry: Inquiry<'a>,
    lines: Vec<Line>,
    /// Sets that no allocation keeps together, with the first day.
    sets: BTreeMap<Vec<usize>, Date>,
    against_all: Vec<Diagnostic>,
}

impl Proof<'_> {
    fn limit(&self, at: usize) -> Option<&Limit> {
        self.program.limits.get(at)
    }

    /// The limits in force on a stretch of days, by its first day.
    fn on(&mut self, limits: &[usize], day: Date) -> Stretch {
        let mut possible = Vec::with_capacity(limits.len());
        for at in limits.iter().copied() {
            let answer = self.inquiry.ask(&[at], None, day);
            let Some(line) = self.lines.get_mut(at) else { continue };
            match answer {
                Answer::Possible => possible.push(at),
                Answer::Impossible(_) => {
                    line.impossible.get_or_insert(day);
                }
                Answer::Undecided(why) => {
                    line.unknown.get_or_insert(why);
                    possible.push(at);
                }
            }
        }
        let refuses = |at: &usize| self.limit(*at).is_none_or(|limit| !limit.warn);
        let refusing: Vec<usize> =
            possible.iter().copied().filter(refuses).chain(self.default).collect();
        let mut states = BTreeMap::new();
        let parts = self.inquiry.parts(&refusing, None);
        for part in &parts {
            let state = self.together(part.clone(), day);
            states.extend(part.iter().map(|at| (*at, state)));
        }
        Stretch { day, possible, refusing, parts, states }
    }

    /// Whether some allocation keeps all limits of a part; every set that none keeps is told.
    fn together(&mut self, mut part: Vec<usize>, day: Date) -> State {
        part.sort_by_key(|at| self.limit(*at).map(|limit| limit.origin.place));
        let mut state = State::Kept;
        loop {
            match self.inquiry.ask(&part, None, day) {
                Answer::Possible => return state,
                Answer::Undecided(why) => {
                    let place = part.last().and_then(|at| self.limit(*at));
                    if let Some(place) = place.map(|limit| limit.origin.place)
                        && self.against_all.is_empty()
                    {
                        let what = "some allocation keeps all limits";
                        self.against_all.push(found::not_decided(place, what, why.text()));
                    }
                    return if state == State::Kept { State::Unknown } else { state };
                }
                Answer::Impossible(core) => {
                    state = State::Clash;
                    let core: Vec<usize> =
                        part.iter().copied().filter(|at| core.contains(at)).collect();
                    let set = minimal(&core, |set| self.inquiry.is_impossible(set, None, day));
                    let Some(last) = set.last().copied() else { return state };
                    self.sets.entry(set).or_insert(day);
                    part.retain(|at| *at != last);
                }
            }
        }
    }

    /// Whether some allocation that keeps the other limits breaks this one.
    fn binds(&mut self, at: usize, stretch: &Stretch) {
        let Stretch { day, refusing, parts, states, .. } = stretch;
        let day = *day;
        let Some(line) = self.lines.get_mut(at).filter(|line| !line.binds) else { return };
        let without = |all: &[usize]| -> Vec<usize> {
            all.iter().copied().filter(|other| *other != at).collect()
        };
        // The part that it belongs to, or those that it would tie together.
        let mut near = match parts.iter().find(|part| part.contains(&at)) {
            Some(part) => without(part),
            None => self.inquiry.parts(&without(refusing), Some(at)).concat(),
        };
        near.sort_unstable();
        let is = |wanted| near.iter().any(|other| states.get(other) == Some(&wanted));
        let (clash, unknown) = (is(State::Clash), is(State::Unknown));
        if clash {
            // Where nothing keeps the others, this one is not to blame.
            line.skipped = true;
            return;
        }
        // That it cannot be broken is often plain without the others, or by those of its products.
        let beside = self.inquiry.beside(at, &near);
        let mut answer = self.inquiry.ask(&[], Some(at), day);
        for others in [&beside, &near] {
            if !matches!(answer, Answer::Impossible(_)) {
                answer = self.inquiry.ask(others, Some(at), day);
            }
        }
        let Some(line) = self.lines.get_mut(at) else { return };
        match answer {
            Answer::Possible => line.binds = true,
            Answer::Impossible(_) if unknown => line.skipped = true,
            Answer::Impossible(mut core) => {
                core.retain(|other| *other != at);
                line.kept_by.get_or_insert((day, core));
            }
            Answer::Undecided(why) => {
                line.binds_unknown.get_or_insert(why);
            }
        }
    }

    fn settle(mut self, whole: &[bool], findings: &mut Findings) {
        for (at, limit) in self.program.limits.iter().enumerate() {
            let Some(line) = self.lines.get_mut(at).map(std::mem::take) else { continue };
            if whole.get(at) != Some(&true) {
                continue;
            }
            let (name, place) = (&limit.name, limit.origin.place);
            let mut against = Vec::new();
            if let Some(day) = line.impossible {
                against.push(found::impossible_limit(place, name, day));
            } else if let Some(why) = line.unknown {
                let what = format!("some allocation keeps `{name}`");
                against.push(found::not_decided(place, &what, why.text()));
            }
            let impossible = !against.is_empty();
            findings.settle(Property::LimitsPossible, name, place, against);
            let mut against = Vec::new();
            if line.binds {
            } else if let Some(why) = line.binds_unknown {
                let what = format!("some allocation breaks `{name}`");
                against.push(found::not_decided(place, &what, why.text()));
            } else if let Some((day, core)) = line.kept_by.filter(|_| !line.skipped) {
                let set = minimal(&core, |set| self.inquiry.is_impossible(set, Some(at), day));
                against.push(found::limit_never_binds(place, name, &self.places(&set, at)));
            } else {
                continue;
            }
            if !impossible {
                findings.settle(Property::LimitBinds, name, place, against);
            }
        }
        for (set, day) in std::mem::take(&mut self.sets) {
            let last = set.last().and_then(|at| self.limit(*at));
            let Some(limit) = last else { continue };
            let places = self.places(&set, set.last().copied().unwrap_or_default());
            let by_default = set.iter().any(|at| Some(*at) == self.default);
            let (place, name) = (limit.origin.place, &limit.name);
            self.against_all.push(found::impossible_limits(place, name, &places, by_default, day));
        }
        let last = self.program.limits.iter().map(|limit| limit.origin.place).max();
        if let Some(last) = last
            && (self.program.limits.len() > 1 || !self.against_all.is_empty())
        {
            findings.settle(Property::LimitsPossible, "all limits", last, self.against_all);
        }
    }

    /// Where the limits of a set stand, without one of them.
    fn places(&self, set: &[usize], without: usize) -> Vec<Place> {
        let others = set.iter().filter(|at| **at != without);
        others.filter_map(|at| self.limit(*at)).map(|limit| limit.origin.place).collect()
    }
}
