//! From the trees of all files to one program.

use rust_decimal::Decimal;

use super::diagnostics as found;
use super::names::Names;
use super::timeline::Timeline;
use super::{
    Exclude, Input, InputId, InputKind, Limit, Origin, Program, Property, Statement, Target,
    TargetId, TargetKind, Together, Unit, UnitId, Value,
};
use crate::diagnostic::Diagnostic;
use crate::period::Claim;
use crate::quantity::{Exact, Rounding, RoundingMode};
use crate::source::{Place, SourceId, Span};
use crate::syntax::Parse;
use crate::syntax::ast::{self, ClauseBody, Declaration, Head, Name, RateForm, RoundClause, Text};

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
            units: Vec::new(),
            unit_names: names.units.iter().map(|(name, (id, _))| (name.clone(), *id)).collect(),
            inputs: always_there(),
            targets: Vec::new(),
            excludes: Vec::new(),
            togethers: Vec::new(),
            limits: Vec::new(),
            examples: Vec::new(),
            properties: Vec::new(),
        },
        names,
        diagnostics,
        refusals,
        source: SourceId(0),
    };
    resolver.run(files);
    (resolver.program, resolver.diagnostics)
}

/// The inputs of every ruleset: `quantity` and `account`.
fn always_there() -> Vec<Input> {
    let input = |name: &str, kind| Input { name: name.into(), kind, default: None, place: None };
    vec![input("quantity", InputKind::Number), input("account", InputKind::Text)]
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

    /// `ruleset` and `credits round`: each exactly once.
    fn single_lines(&mut self, files: &[(SourceId, Parse)]) {
        let (mut ruleset, mut rounding) = (None, None);
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
                    }
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

    fn unit(&mut self, names: &[Name], factor: Option<&(ast::Number, Name)>) {
        let Some(name) = names.first() else { return };
        let id = UnitId(u32::try_from(self.program.units.len()).unwrap_or(u32::MAX));
        let (base, factor) = match factor {
            None => (id, Exact::one()),
            Some((number, other)) => match self.unit_id(other) {
                Some(_) if number.value.is_zero() => {
                    let place = self.place(number.span);
                    self.report::<()>(found::bad_amount(
                        place,
                        "a unit cannot be 0 of another",
                        "write how many of the other unit it is",
                    ));
                    (id, Exact::one())
                }
                Some(base) => (base, Exact::from(number.value)),
                None => (id, Exact::one()),
            },
        };
        let place = self.place(name.span);
        self.program.units.push(Unit { name: name.value.clone(), base, factor, place });
    }

    /// Follows every conversion to its base.
    fn close_units(&mut self) {
        let links: Vec<(UnitId, Exact)> =
            self.program.units.iter().map(|unit| (unit.base, unit.factor.clone())).collect();
        for index in 0..links.len() {
            let own = UnitId(u32::try_from(index).unwrap_or(u32::MAX));
            let (mut at, mut factor) = (own, Exact::one());
            let mut steps = 0;
            while let Some((next, by)) = links.get(at.0 as usize) {
                if *next == at || steps > links.len() {
                    break;
                }
                factor = &factor * by;
                at = *next;
                steps += 1;
            }
            let Some(unit) = self.program.units.get_mut(index) else { continue };
            if steps > links.len() {
                (unit.base, unit.factor) = (own, Exact::one());
                let (place, name) = (unit.place, unit.name.clone());
                self.report::<()>(found::unit_cycle(place, &name));
            } else {
                (unit.base, unit.factor) = (at, factor);
            }
        }
    }

    fn input(&mut self, name: &Name, kind: &ast::InputKind) {
        let place = self.place(name.span);
        if self.names.repeated.contains(&place) {
            return;
        }
        let (kind, default) = match kind {
            ast::InputKind::Choice(values, default) => {
                let mut names: Vec<String> = Vec::new();
                for value in values {
                    let here = self.place(value.span());
                    match value {
                        ast::Value::Text(text) | ast::Value::Name(text) => {
                            if names.contains(&text.value) {
                                self.report::<()>(found::duplicate_value(here, &text.value));
                            } else {
                                names.push(text.value.clone());
                            }
                        }
                        _ => {
                            self.report::<()>(found::type_mismatch(
                                here,
                                "the values of a choice are names or strings",
                                "write it in quotes, or declare the input as `number` or `date`",
                            ));
                        }
                    }
                }
                (InputKind::Choice(names), default)
            }
            ast::InputKind::Number(default) => (InputKind::Number, default),
            ast::InputKind::YesNo(default) => {
                (InputKind::Choice(vec!["yes".into(), "no".into()]), default)
            }
            ast::InputKind::Text(default) => (InputKind::Text, default),
            ast::InputKind::Date(default) => (InputKind::Date, default),
        };
        let default = default.as_ref().and_then(|value| self.value(&name.value, &kind, value));
        self.program.inputs.push(Input {
            name: name.value.clone(),
            kind,
            default,
            place: Some(place),
        });
    }

    /// A value as one of an input of this kind.
    pub(super) fn value(
        &mut self,
        input: &str,
        kind: &InputKind,
        value: &ast::Value,
    ) -> Option<Value> {
        let place = self.place(value.span());
        let (wanted, example) = match (kind, value) {
            (InputKind::Choice(known), ast::Value::Text(text) | ast::Value::Name(text)) => {
                return match known.iter().position(|known| *known == text.value) {
                    Some(index) => Some(Value::Choice(index)),
                    None => self.report(found::unknown_value(place, input, &text.value, known)),
                };
            }
            (InputKind::Number, ast::Value::Number(number)) => {
                return Some(Value::Number(number.value));
            }
            (InputKind::Text, ast::Value::Text(text)) => {
                return Some(Value::Text(text.value.clone()));
            }
            (InputKind::Date, ast::Value::Date(day)) => return Some(Value::Date(day.value)),
            (InputKind::Choice(_), _) => ("one of its values", "write a name or a string"),
            (InputKind::Number, _) => ("a number", "write it as in `12` or `0.5`"),
            (InputKind::Text, _) => ("a text", "write it in quotes, as in `\"ACME\"`"),
            (InputKind::Date, _) => ("a date", "write it as in `2025-11-30`"),
        };
        let written = match value {
            ast::Value::Text(_) => "a text",
            ast::Value::Date(_) => "a date",
            ast::Value::Number(_) => "a number",
            ast::Value::Name(_) => "a name",
        };
        let message = format!("`{input}` takes {wanted}, found {written}");
        self.report(found::type_mismatch(place, &message, example))
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
            Head::Example(name) => self.example(name, declaration),
            Head::Always(name, property) => self.property(name, property, declaration.span),
            Head::Ruleset(..) | Head::Credits(_) | Head::Unit(..) | Head::Input(..) => {}
        }
    }

    pub(super) fn origin(&self, span: Span, claim: Claim, because: Option<&Text>) -> Origin {
        let because = because.map(|because| because.value.clone());
        Origin { place: self.place(span), claim, because }
    }

    fn together(
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
            if let Some(first) = ids.first() {
                self.same_dimension(*first, id, place);
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
                    self.report::<()>(found::bad_amount(
                        place,
                        "`together` takes one rate per unit",
                        "write `rate N`",
                    ));
                }
            }
        }
        if forms.is_empty() && !declaration.has_broken_line {
            let place = self.place(declaration.span);
            self.report::<()>(crate::hir::diagnostics::missing_together_rate(place, &name.value));
        }
        let rate = self.timeline("rate", forms);
        self.check_was(&was, &rate, |each| Some(*each));
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

    fn property(&mut self, name: &Name, property: &ast::Property, span: Span) {
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
        self.program.properties.push(Property { target, statement, place });
    }

    /// The input with this name.
    pub(super) fn input_id(&mut self, name: &Name) -> Option<InputId> {
        if let Some((id, _)) = self.names.inputs.get(&name.value) {
            return Some(*id);
        }
        if self.names.may_be_lost(&name.value) {
            return None;
        }
        let place = self.place(name.span);
        let unknown = found::unknown_input(place, &name.value, self.names.inputs.keys());
        self.report(unknown)
    }

    /// The product or license with this name.
    pub(super) fn target_id(&mut self, name: &Name) -> Option<TargetId> {
        self.target_called(name, "product or license")
    }

    fn target_called(&mut self, name: &Name, kind: &str) -> Option<TargetId> {
        if let Some((id, _)) = self.names.targets.get(&name.value) {
            return Some(*id);
        }
        if self.names.may_be_lost(&name.value) {
            return None;
        }
        let place = self.place(name.span);
        let unknown = found::unknown_name(place, kind, &name.value, self.names.targets.keys());
        self.report(unknown)
    }

    /// The product with this name.
    pub(super) fn product_id(&mut self, name: &Name) -> Option<TargetId> {
        self.target_of_kind(name, TargetKind::Product)
    }

    fn target_of_kind(&mut self, name: &Name, kind: TargetKind) -> Option<TargetId> {
        let id = self.target_called(name, kind.word())?;
        let target = self.program.target(id)?;
        if target.kind == kind {
            return Some(id);
        }
        let declared = target.place;
        let place = self.place(name.span);
        self.report(found::wrong_kind(place, &name.value, kind.word(), declared))
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
