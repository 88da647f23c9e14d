//! Proves what every ruleset must keep; one file a property.

pub mod diagnostics;
mod exceptions;
mod license;
mod never_falls;
pub mod region;

mod tables;
mod time;
mod together;

use crate::diagnostic::{self, Diagnostic, Severity};
use crate::hir::{Example, Program, TargetId};

/// A program in which no error was found. There is no other way to make one than [`check`].
#[derive(Debug)]
pub struct Checked {
    program: Program,
}

impl Checked {
    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Takes the examples out: the plan has no use for them.
    pub fn take_examples(&mut self) -> Vec<Example> {
        std::mem::take(&mut self.program.examples)
    }

    /// The program, for the stage that takes it apart.
    pub fn into_program(self) -> Program {
        self.program
    }
}

/// How many properties were settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Hold for every input and day.
    pub proved: usize,
    /// Were given up at the work limit.
    pub not_decided: usize,
}

/// What a check found.
#[derive(Debug)]
pub struct Verdict {
    /// Every finding, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Properties settled.
    pub tally: Tally,
    /// The program, if no finding is an error.
    pub checked: Option<Checked>,
    /// Products, licenses and limits declared.
    pub declared: (usize, usize, usize),
}

/// Findings and settled properties as they come in.
#[derive(Debug, Default)]
struct Findings {
    diagnostics: Vec<Diagnostic>,
    tally: Tally,
}

impl Findings {
    /// Settles a property: proved where nothing was found against it. A refuted one counts as
    /// neither, accepted or not.
    fn settle(&mut self, against: Vec<Diagnostic>) {
        if against.is_empty() {
            self.tally.proved += 1;
        } else if against.iter().all(|found| found.code == diagnostic::Code::NotDecided) {
            self.tally.not_decided += 1;
        }
        self.diagnostics.extend(against);
    }
}

/// Checks a resolved program; `earlier` is what parsing and resolving found.
pub fn check(program: Program, earlier: Vec<Diagnostic>) -> Verdict {
    let mut findings = Findings { diagnostics: earlier, tally: Tally::default() };
    for (id, target) in (0..).map(TargetId).zip(&program.targets) {
        time::check(&program, target, &mut findings);
        tables::check(&program, target, &mut findings);
        exceptions::check(&program, target, &mut findings);
        license::check(target, &mut findings);
        never_falls::check(&program, id, target, &mut findings);
    }
    for group in &program.togethers {
        together::check(&program, group, &mut findings);
    }
    let Findings { mut diagnostics, tally } = findings;
    diagnostic::sort(&mut diagnostics);
    let products =
        program.targets.iter().filter(|t| t.kind == crate::hir::TargetKind::Product).count();
    let declared = (products, program.targets.len() - products, program.limits.len());
    let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
    let checked = (!failed).then_some(Checked { program });
    Verdict { diagnostics, tally, checked, declared }
}
