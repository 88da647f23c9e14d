//! From the trees of all files to one program.

use rust_decimal::Decimal;

use super::diagnostics as found;
use super::names::Names;
use super::timeline::Timeline;
use super::{Exclude, Grace, Limit, Origin, Program, Target, TargetKind};
use crate::diagnostic::Diagnostic;
use crate::period::Claim;
use crate::quantity::{Exact, Rounding, RoundingMode};
use crate::source::{Place, SourceId, Span};
use crate::syntax::Parse;
use crate::syntax::ast::{Declaration, Head, Number, RoundClause, Text};

/// Resolves every name of the files, given in path order, and lays dated clauses out.
///
/// There is always a program; where a finding is an error, it is not to be relied on.
pub fn resolve(files: &[(SourceId, Parse)], refusals: &[&str]) -> (Program, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let names = Names::gather(files, &mut diagnostics);
    let mut resolver = Resolver {
        program: Program {
            name: String::new(),
            label: String::new(),
            rounding: Rounding { mode: RoundingMode::HalfUp, step: Decimal::ONE },
            rounding_origin: Origin {
                place: Place { source: SourceId(0), span: Span::new(0, 0) },
                claim: Claim::Undated,
                because: None,
            },
            units: Vec::new(),
            unit_names: names.units.iter().map(|(name, (id, _))| (name.clone(), *id)).collect(),
            inputs: super::input::always_there(),
            targets: Vec::new(),
            excludes: Vec::new(),
            togethers: Vec::new(),
            grace: None,
            limits: Vec::new(),
            examples: Vec::new(),
            always: Vec::new(),
        },
        names,
        diagnostics,
        refusals,
        source: SourceId(0),
    };
    resolver.run(files);
    (resolver.program, resolver.diagnostics)
}

/// The pass over the trees. Methods answer `None` where they reported what is wrong.
pub(super) struct Resolver<'a> {
    pub program: Program,
    pub names: Names,
    pub diagnostics: Vec<Diagnostic>,
    pub refusals: &'a [&'a str],
    /// The file whose declarations are being resolved.
    pub source: SourceId,
}

impl Resolver<'_> {
    pub(super) fn place(&self, span: Span) -> Place {
        Place { source: self.source, span }
    }

    pub(super) fn report<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.diagnostics.push(diagnostic);
        None
    }

    fn run(&mut self, files: &[(SourceId, Parse)]) {
        self.each(files, |resolver, declaration| {
            if let Head::Unit(names, factor) = &declaration.head {
                resolver.unit(names, factor.as_ref());
            }
        });
        self.close_units();
        self.each(files, |resolver, declaration| {
            if let Head::Input(name, kind) = &declaration.head {
                resolver.input(name, kind);
            }
        });
        self.each(files, Self::target_head);
        self.each(files, Self::declaration);
        // They may name codes, which stand in other declarations.
        self.each(files, |resolver, declaration| {
            if let Head::Example(name) = &declaration.head {
                resolver.example(name, declaration);
            }
        });
        self.single_lines(files);
        self.check_skus();
        self.check_limits();
    }

    fn each(
        &mut self,
        files: &[(SourceId, Parse)],
        mut visit: impl FnMut(&mut Self, &Declaration),
    ) {
        for (source, parse) in files {
            self.source = *source;
            for declaration in &parse.declarations {
                visit(self, declaration);
            }
        }
    }

    /// `ruleset` and `credits round`: each exactly once; `grace` at most once.
    fn single_lines(&mut self, files: &[(SourceId, Parse)]) {
        let (mut ruleset, mut rounding, mut grace) = (None, None, None);
        self.each(files, |resolver, declaration| match &declaration.head {
            Head::Ruleset(name, label) => {
                let place = resolver.place(declaration.span);
                if let Some(first) = ruleset {
                    resolver.report::<()>(found::only_once(place, "ruleset", first));
                } else {
                    ruleset = Some(place);
                    resolver.program.name.clone_from(&name.value);
                    resolver.program.label.clone_from(&label.value);
                }
            }
            Head::Credits(clause) => {
                let place = resolver.place(declaration.span);
                if let Some(first) = rounding {
                    resolver.report::<()>(found::only_once(place, "credits round", first));
                } else {
                    rounding = Some(place);
                    if let Some(own) = resolver.rounding(clause) {
                        resolver.program.rounding = own;
                        resolver.program.rounding_origin = resolver.origin(
                            declaration.span,
                            Claim::Undated,
                            declaration.because.as_ref(),
                        );
                    }
                }
            }
            Head::Grace(days, counts) => {
                let place = resolver.place(declaration.span);
                if let Some(first) = grace {
                    resolver.report::<()>(found::only_once(place, "grace", first));
                } else {
                    grace = Some(place);
                    resolver.program.grace = resolver.grace(days, counts.value, declaration);
                }
            }
            _ => {}
        });
        // A head that could not be read may have been the missing line.
        let nothing_lost = files.iter().all(|(_, parse)| parse.lost_names.is_empty());
        let place = Place { source: SourceId(0), span: Span::new(0, 0) };
        if ruleset.is_none() && nothing_lost {
            self.report::<()>(found::missing_ruleset(place));
        }
        if rounding.is_none() && nothing_lost {
            self.report::<()>(found::missing_rounding(place));
        }
    }

    /// A rounding whose step is above 0.
    pub(super) fn rounding(&mut self, clause: &RoundClause) -> Option<Rounding> {
        if clause.step.is_zero() {
            let place = self.place(clause.step_span);
            return self.report(found::bad_amount(
                place,
                "nothing is rounded to multiples of 0",
                "write a step above 0, such as `1` or `0.01`",
            ));
        }
        Some(clause.rounding())
    }

    /// A whole number of days.
    fn grace(&mut self, given: &Number, counts: bool, declaration: &Declaration) -> Option<Grace> {
        let days = Exact::from(given.value).ratio().filter(|(_, parts)| *parts == 1);
        let days = days.and_then(|(days, _)| u16::try_from(days).ok());
        let Some(days) = days else {
            let place = self.place(given.span);
            return self.report(found::bad_amount(
                place,
                "a grace period is a whole number of days",
                "write a whole number up to 65535, such as `grace 30 days counts`",
            ));
        };
        let origin = self.origin(declaration.span, Claim::Undated, declaration.because.as_ref());
        Some(Grace { days, counts, origin })
    }

    fn target_head(&mut self, declaration: &Declaration) {
        let (kind, name, label, per) = match &declaration.head {
            Head::Product(name, label, per) => (TargetKind::Product, name, label, self.per(per)),
            Head::License(name, label, unit) => {
                let unit = self.unit_id(unit).map(|unit| super::Per {
                    started: false,
                    block: Decimal::ONE,
                    unit,
                    term: None,
                });
                (TargetKind::License, name, label, unit)
            }
            _ => return,
        };
        let place = self.place(name.span);
        if self.names.repeated.contains(&place) {
            return;
        }
        let origin = self.origin(declaration.span, Claim::Undated, declaration.because.as_ref());
        let per = per.map(|per| Timeline::new(vec![(origin, per)]).0).unwrap_or_default();
        let head = self.place(declaration.span);
        self.program.targets.push(Target {
            kind,
            name: name.value.clone(),
            label: label.as_ref().map(|label| label.value.clone()),
            place: head,
            complete: !declaration.has_broken_line,
            per,
            skus: Timeline::default(),
            count: Timeline::default(),
            rate: Timeline::default(),
            exceptions: Vec::new(),
            at_least: Timeline::default(),
            at_most: Timeline::default(),
            zero_charged: Timeline::default(),
            rounding: Timeline::default(),
            withdrawn: Timeline::default(),
            allow_falling: Timeline::default(),
            allow_loss: Timeline::default(),
            notes: Timeline::default(),
            grants: Vec::new(),
            only_for: Timeline::default(),
        });
    }

    fn declaration(&mut self, declaration: &Declaration) {
        match &declaration.head {
            Head::Product(name, ..) | Head::License(name, ..) => {
                if !self.names.repeated.contains(&self.place(name.span)) {
                    self.target(name, declaration);
                }
            }
            Head::Exclude(condition) => {
                let origin =
                    self.origin(declaration.span, Claim::Undated, declaration.because.as_ref());
                if let Some(condition) = self.condition(condition) {
                    self.program.excludes.push(Exclude { condition, origin });
                }
            }
            Head::Together(name, label, members) => {
                self.together(name, label.as_ref(), members, declaration);
            }
            Head::Limit(limit) => {
                let origin =
                    self.origin(declaration.span, limit.claim, declaration.because.as_ref());
                if let Some(body) = self.limit(&limit.body) {
                    let name = limit.name.value.clone();
                    self.program.limits.push(Limit { name, origin, body, warn: limit.warn });
                }
            }
            Head::Always(name, property) => self.property(name, property, declaration.span),
            Head::Example(_)
            | Head::Ruleset(..)
            | Head::Credits(_)
            | Head::Grace(..)
            | Head::Unit(..)
            | Head::Input(..) => {}
        }
    }

    pub(super) fn origin(&self, span: Span, claim: Claim, because: Option<&Text>) -> Origin {
        let because = because.map(|because| because.value.clone());
        Origin { place: self.place(span), claim, because }
    }

    /// A code has one owner, and is no other declaration's name.
    fn check_skus(&mut self) {
        let mut owners: std::collections::BTreeMap<&str, (usize, Place)> =
            std::collections::BTreeMap::new();
        let mut findings = Vec::new();
        for (index, target) in self.program.targets.iter().enumerate() {
            for (origin, codes) in &target.skus.forms {
                let mut own = std::collections::BTreeSet::new();
                for code in codes {
                    let named =
                        self.names.targets.get(code).filter(|(id, _)| id.0 as usize != index);
                    let first = match owners.get(code.as_str()) {
                        Some((owner, first)) if *owner != index => Some(*first),
                        _ if !own.insert(code) => Some(origin.place),
                        _ => named.map(|(_, place)| *place),
                    };
                    match first {
                        Some(first) => {
                            findings.push(found::duplicate_sku(origin.place, code, first));
                        }
                        None => {
                            owners.entry(code).or_insert((index, origin.place));
                        }
                    }
                }
            }
        }
        self.diagnostics.extend(findings);
    }

    /// Several lines may share the name of a limit when their dates differ.
    fn check_limits(&mut self) {
        let mut by_name: std::collections::BTreeMap<&str, Vec<&Origin>> =
            std::collections::BTreeMap::new();
        for limit in &self.program.limits {
            by_name.entry(&limit.name).or_default().push(&limit.origin);
        }
        let mut findings = Vec::new();
        for (name, origins) in by_name {
            let forms = origins.into_iter().map(|origin| (origin.clone(), ())).collect();
            let (timeline, collisions) = Timeline::new(forms);
            for collision in collisions {
                findings.extend(super::target::conflict(
                    &format!("limit {name}"),
                    &timeline.forms,
                    &collision,
                ));
            }
        }
        self.diagnostics.extend(findings);
    }
}
