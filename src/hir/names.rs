//! Every name that the files declare, gathered before any is looked up.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{ACCOUNT, InputId, QUANTITY, TargetId, TargetKind, UnitId};
use crate::diagnostic::Diagnostic;
use crate::source::{Place, SourceId};
use crate::syntax::Parse;
use crate::syntax::ast::{Head, Name};

/// Columns that every input has, besides the inputs `quantity` and `account`.
const COLUMNS: &[&str] = &["sku", "quantity", "unit", "license_id", "account", "start", "end"];

/// Names with their ids; ids count declarations in file order.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub units: BTreeMap<String, (UnitId, Place)>,
    pub inputs: BTreeMap<String, (InputId, Option<Place>)>,
    pub targets: BTreeMap<String, (TargetId, Place)>,
    pub togethers: BTreeMap<String, Place>,
    pub limits: BTreeSet<String>,
    /// Names that a head which could not be read may have declared.
    lost: BTreeSet<String>,
    /// Heads whose name was taken already: they get no id.
    pub repeated: BTreeSet<Place>,
}

impl Names {
    /// Gathers the names of all files.
    pub(super) fn gather(files: &[(SourceId, Parse)], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut names = Self::default();
        names.inputs.insert("quantity".into(), (QUANTITY, None));
        names.inputs.insert("account".into(), (ACCOUNT, None));
        let (mut units, mut inputs, mut targets) = (0, 2, 0);
        for (source, parse) in files {
            names.lost.extend(parse.lost_names.iter().cloned());
            for declaration in &parse.declarations {
                let place = |name: &Name| Place { source: *source, span: name.span };
                match &declaration.head {
                    Head::Unit(all, _) => {
                        for name in all {
                            let here = place(name);
                            match names.units.get(&name.value) {
                                Some((_, first)) => {
                                    diagnostics.push(found::duplicate_name(
                                        here,
                                        "unit",
                                        &name.value,
                                        *first,
                                    ));
                                }
                                None => {
                                    names.units.insert(name.value.clone(), (UnitId(units), here));
                                }
                            }
                        }
                        units += 1;
                    }
                    Head::Input(name, _) => {
                        let here = place(name);
                        if COLUMNS.contains(&name.value.as_str()) {
                            diagnostics.push(found::reserved_column(here, &name.value));
                            names.repeated.insert(here);
                        } else if let Some((_, Some(first))) = names.inputs.get(&name.value) {
                            diagnostics.push(found::duplicate_name(
                                here,
                                "input",
                                &name.value,
                                *first,
                            ));
                            names.repeated.insert(here);
                        } else {
                            names.inputs.insert(name.value.clone(), (InputId(inputs), Some(here)));
                            inputs += 1;
                        }
                    }
                    Head::Product(name, ..) | Head::License(name, ..) => {
                        let here = place(name);
                        if let Some((_, first)) = names.targets.get(&name.value) {
                            diagnostics.push(found::duplicate_name(
                                here,
                                "product or license",
                                &name.value,
                                *first,
                            ));
                            names.repeated.insert(here);
                        } else {
                            names.targets.insert(name.value.clone(), (TargetId(targets), here));
                            targets += 1;
                        }
                    }
                    Head::Together(name, ..) => {
                        let here = place(name);
                        if let Some(first) = names.togethers.insert(name.value.clone(), here) {
                            diagnostics.push(found::duplicate_name(
                                here,
                                "`together`",
                                &name.value,
                                first,
                            ));
                        }
                    }
                    Head::Limit(limit) => {
                        names.limits.insert(limit.name.value.clone());
                    }
                    _ => {}
                }
            }
        }
        for (name, (_, target)) in &names.targets {
            if let Some((_, unit)) = names.units.get(name) {
                diagnostics.push(found::named_like_a_unit(*target, name, *unit));
            }
        }
        names
    }

    /// Whether a name may have been declared by a head that could not be read.
    pub(super) fn may_be_lost(&self, name: &str) -> bool {
        self.lost.contains(name)
    }
}

impl Resolver<'_> {
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

    /// The product or license with this code on any day.
    pub(super) fn target_of_code(&mut self, code: &Name) -> Option<TargetId> {
        let targets = &self.program.targets;
        let codes = |target: &super::Target| {
            target.skus.forms.iter().flat_map(|(_, codes)| codes.clone()).collect::<Vec<_>>()
        };
        let at = targets.iter().position(|target| codes(target).contains(&code.value));
        if let Some(at) = at {
            return u32::try_from(at).ok().map(TargetId);
        }
        // A line that could not be read may have held it.
        if targets.iter().any(|target| !target.complete) {
            return None;
        }
        let known: Vec<String> = targets.iter().flat_map(codes).collect();
        let place = self.place(code.span);
        self.report(found::unknown_code(place, &code.value, &known))
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

    pub(super) fn target_of_kind(&mut self, name: &Name, kind: TargetKind) -> Option<TargetId> {
        let id = self.target_called(name, kind.word())?;
        let target = self.program.target(id)?;
        if target.kind == kind {
            return Some(id);
        }
        let declared = target.place;
        let place = self.place(name.span);
        self.report(found::wrong_kind(place, &name.value, kind.word(), declared))
    }
}
