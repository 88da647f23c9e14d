//! The façade: rule files or sources in, a ruleset with its findings out; compiled, it converts licenses.

use std::cell::OnceCell;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::allocate::possible::Looks;
use crate::allocate::solve::Work;
use crate::check::verdict::{Status, Verdict};
use crate::check::{self, Checked, Findings, Scope};
use crate::compare::Rules;
use crate::compare::facts::Facts;
use crate::diagnostic::machine::Summary;
use crate::diagnostic::{Diagnostic, Severity};
use crate::files::{self, Unreadable};
use crate::hir::{self, Example, TargetKind};
use crate::plan::{self, Plan};
use crate::report::refusal;
use crate::source::Sources;
use crate::syntax;

/// A property that does not hold, and need not.
const ACCEPTED: Status = Status::Refuted { accepted: true };

/// Steps of the search for allocations that keep the limits of a ruleset.
const LIMITS: u64 = 20_000_000;

/// What is known of a ruleset after its check.
#[derive(Debug)]
pub struct Ruleset {
    /// The files.
    pub sources: Sources,
    /// Every finding, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Every property with what became of it, by place.
    pub verdicts: Vec<Verdict>,
    /// The counts.
    pub summary: Summary,
    checked: Option<Checked>,
}

/// A ruleset that converts licenses.
#[derive(Debug)]
pub struct Compiled {
    /// The files, for the places of rules.
    pub sources: Sources,
    /// What is run.
    pub plan: Plan,
    /// The examples.
    pub examples: Vec<Example>,
    /// What it says that no line needs.
    pub facts: Facts,
    /// The SHA-256 of names and texts of all files, in hexadecimal digits.
    pub sha256: String,
}

/// Parses, resolves and checks the files of a ruleset.
///
/// ```
/// use credit_rules::project;
/// use credit_rules::source::{Source, Sources};
///
/// let text = "\
/// ruleset demo \"Demo\"
/// credits round half up to 1
/// unit endpoint
/// product sensor per endpoint
///   rate 20
/// ";
/// let ruleset = project::analyze(Sources::new(vec![Source::new("demo.rules", text)]));
/// assert!(ruleset.diagnostics.is_empty());
/// ```
pub fn analyze(sources: Sources) -> Ruleset {
    analyzed(sources, Scope::All)
}

/// As [`analyze`], for rules that are to be run: what cannot be an error is not asked.
pub fn prepare(sources: Sources) -> Ruleset {
    analyzed(sources, Scope::Errors)
}

fn analyzed(sources: Sources, scope: Scope) -> Ruleset {
    let mut earlier = Vec::new();
    let mut files = Vec::with_capacity(sources.len());
    for (id, source) in sources.iter() {
        let mut parse = syntax::parse(id, source);
        earlier.append(&mut parse.diagnostics);
        files.push((id, parse));
    }
    let (program, mut unresolved) = hir::resolve(&files, refusal::CODES);
    drop(files);
    earlier.append(&mut unresolved);
    let limits = program.limits.len();
    let declared = |kind| program.targets.iter().filter(|target| target.kind == kind).count();
    let (products, licenses) = (declared(TargetKind::Product), declared(TargetKind::License));
    let (plan, mut looks) = (OnceCell::new(), None);
    let (Findings { diagnostics, verdicts }, checked) =
        check::check(program, earlier, scope, &mut |checked, question| {
            let looks = looks.get_or_insert_with(|| {
                let plan = plan.get_or_init(|| plan::compile(checked.clone()));
                Looks::new(plan, Work::new(LIMITS))
            });
            let check::Question { kept, broken, day } = *question;
            looks.found(day, kept, broken).is_some()
        });
    let count = |severity| diagnostics.iter().filter(|found| found.severity == severity).count();
    let settled = |status| verdicts.iter().filter(|verdict| verdict.status == status).count();
    let summary = Summary {
        products,
        licenses,
        limits,
        files: sources.len(),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        proved: settled(Status::Proved),
        not_decided: settled(Status::NotDecided),
        refuted: settled(ACCEPTED) + settled(Status::Refuted { accepted: false }),
        accepted: settled(ACCEPTED),
    };
    Ruleset { sources, diagnostics, verdicts, summary, checked }
}

impl Ruleset {
    /// Reads and checks a `.rules` file, or every one below a folder.
    pub fn load(path: &Path) -> Result<Self, Unreadable> {
        Ok(analyze(files::read(path)?.sources))
    }

    /// What is run, taken out of the ruleset; `None` if a finding is an error.
    pub fn plan(&mut self) -> Option<Plan> {
        self.checked.take().map(plan::compile)
    }

    /// The ruleset, if no finding is an error; else the ruleset as it was.
    pub fn compile(mut self) -> Result<Compiled, Box<Self>> {
        let Some(mut checked) = self.checked.take() else { return Err(Box::new(self)) };
        let examples = checked.take_examples();
        let facts = Facts::of(checked.program());
        let sha256 = digest(&self.sources);
        Ok(Compiled {
            plan: plan::compile(checked),
            sources: self.sources,
            examples,
            facts,
            sha256,
        })
    }
}

impl Compiled {
    /// What is compared with another ruleset.
    pub fn rules(&self) -> Rules<'_> {
        Rules { plan: &self.plan, facts: &self.facts }
    }
}

fn digest(sources: &Sources) -> String {
    let mut hash = Sha256::new();
    for (_, source) in sources.iter() {
        for part in [source.name(), source.text()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
