//! Proves what every ruleset must keep; one file a property.

mod clauses_used;
mod credits;
pub mod diagnostics;
mod exceptions;
mod license;
mod limits;
mod neighbors;
mod never_falls;
mod no_overflow;
pub mod region;
mod stated;
mod tables;
mod time;
mod together;
mod value_kept;
pub mod verdict;
mod witness;

use jiff::civil::Date;

use crate::diagnostic::{self, Diagnostic, Severity};
use crate::hir::{Example, Program, TargetId};
use crate::source::Place;
use verdict::{Property, Verdict};

/// A program in which no error was found. There is no other way to make one than [`check`].
#[derive(Debug, Clone)]
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

/// What a check found.
#[derive(Debug)]
pub struct Findings {
    /// Every finding, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Every property with what became of it, by place.
    pub verdicts: Vec<Verdict>,
}

impl Findings {
    fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }

    /// Settles a property: proved where nothing was found against it.
    fn settle(
        &mut self,
        property: Property,
        subject: &str,
        place: Place,
        against: Vec<Diagnostic>,
    ) {
        self.verdicts.push(Verdict::new(property, subject, place, &against));
        self.diagnostics.extend(against);
    }
}

/// What is asked of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Whether it can be run: whether every limit can be broken is not asked, which is long to find
    /// and never an error.
    Errors,
}

/// Whether some allocation keeps limits.
#[derive(Debug)]
pub struct Question<'a> {
    /// The limits by number; the last may be the balance that no one declared.
    pub kept: &'a [usize],
    /// One that it is to break.
    pub broken: Option<usize>,
    /// The day.
    pub day: Date,
}

/// Looks for an allocation, in a program without errors; `false` says that none was found.
pub type Find<'a> = dyn FnMut(&Checked, &Question<'_>) -> bool + 'a;

/// Checks a resolved program; `earlier` is what parsing and resolving found. What inequalities do
/// not tell of limits, `find` is asked. The program is given back if no finding is an error.
pub fn check(
    program: Program,
    earlier: Vec<Diagnostic>,
    scope: Scope,
    find: &mut Find<'_>,
) -> (Findings, Option<Checked>) {
    let mut findings = Findings { diagnostics: earlier, verdicts: Vec::new() };
    let rules = clauses_used::Rules::new(&program);
    for (id, target) in (0..).map(TargetId).zip(&program.targets) {
        let earlier = findings.diagnostics.len();
        time::check(&program, target, &mut findings);
        tables::check(&program, target, &mut findings);
        exceptions::check(&program, target, &mut findings);
        license::check(target, &mut findings);
        clauses_used::check(&rules, id, target, earlier, &mut findings);
        never_falls::check(&program, id, target, &mut findings);
        value_kept::check(&program, id, target, &mut findings);
        no_overflow::check(&program, target, &mut findings);
    }
    for group in &program.togethers {
        together::check(&program, group, &mut findings);
        clauses_used::together(group, &mut findings);
    }
    stated::check(&program, &mut findings);
    clauses_used::excludes(&rules, &mut findings);
    drop(rules);
    let checked = Checked { program };
    limits::check(&checked, scope, find, &mut findings);
    diagnostic::sort(&mut findings.diagnostics);
    findings.verdicts.sort_by_key(|verdict| (verdict.place, verdict.property));
    let failed = findings.has_errors();
    (findings, (!failed).then_some(checked))
}
