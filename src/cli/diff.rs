//! `diff`: what two rulesets say differently, and what that does to a book of licenses.

mod book;
mod git;

use std::io::Write;
use std::path::Path;

use super::allocate::print::{self as print_form, Form};
use super::eval::{format, sink::Sink};
use super::failure::Failure;
use super::output::{Output, complain};
use super::{DataFormat, Diff, DiffFormat, rules, style};
use crate::compare;
use crate::diagnostic::Severity;
use crate::diagnostic::render::{render, visible};
use crate::files::{self, Rules};
use crate::project::{self, Compiled};
use crate::report::approval::{self, Approval};
use crate::report::compare::{self as report, Report};
use crate::report::impact::{self, Impact, Products};
use crate::report::table::{Column, Kind};
use crate::source::{Source, Sources};
use crate::syntax::policy::{self, Policy};

/// Whether nothing differs, or every approval is there that was asked for.
pub(super) fn run(options: &Diff) -> Result<bool, Failure> {
    let asked = options.format.map(|format| match format {
        DiffFormat::Text => Form::Text,
        DiffFormat::Json => Form::Json,
        DiffFormat::Csv => Form::Table(DataFormat::Csv),
        DiffFormat::Xlsx => Form::Table(DataFormat::Xlsx),
    });
    let known = [DataFormat::Csv, DataFormat::Json, DataFormat::Xlsx];
    let form = print_form::of(asked, options.output.as_deref(), &known)?;
    let (old, new) = both(compiled(&options.old)?, compiled(&options.new)?)?;
    let rules = [old.rules(), new.rules()];
    let policy = options.policy.as_deref().map(|path| read_policy(path, rules)).transpose()?;
    let [before, after] = rules;
    let diff = compare::compare(before, after);
    let products = Products::new(&diff, &old.plan, &new.plan);
    let impact = match &options.book {
        Some(path) => Some(book::run(options, path, [&old, &new], &products)?),
        None => None,
    };
    let given = options.require_approval.clone().unwrap_or_default();
    let approvals = policy.map(|policy| approval::approvals(&diff, &policy, rules, &given));
    let told = Told {
        report: report::report(&diff, rules, [&old.sources, &new.sources]),
        impact,
        approvals,
    };
    if let Some(path) = &options.html {
        let names = [&options.old, &options.new].map(|path| path.display().to_string());
        let page = report::html(&told.report, told.impact.as_ref(), [&names[0], &names[1]]);
        print(Some(path), &page)?;
    }
    told.print(options, form)?;
    Ok(match (&options.require_approval, &told.approvals) {
        (Some(_), Some(approvals)) => approvals.iter().all(|approval| approval.given),
        _ => diff.is_equal(),
    })
}

/// Everything that is told.
struct Told {
    report: Report,
    impact: Option<Impact>,
    approvals: Option<Vec<Approval>>,
}

impl Told {
    fn print(&self, options: &Diff, form: Form) -> Result<(), Failure> {
        let path = options.output.as_deref();
        match form {
            Form::Table(format) => self.table(path, format),
            Form::Json | Form::Ndjson => print(path, &format!("{}\n", self.json()?)),
            Form::Text => print(path, &format!("{}\n", visible(&self.text()))),
        }
    }

    fn text(&self) -> String {
        let mut texts = vec![report::text(&self.report)];
        texts.extend(self.impact.as_ref().map(impact::text));
        texts.extend(self.approvals.as_deref().map(approval::text));
        texts.retain(|text| !text.is_empty());
        texts.join("\n\n")
    }

    fn json(&self) -> Result<String, Failure> {
        let failed = |error: serde_json::Error| Failure::new(error.to_string());
        let mut whole = serde_json::to_value(&self.report).map_err(failed)?;
        if let Some(members) = whole.as_object_mut() {
            if let Some(impact) = &self.impact {
                members.insert("book".to_owned(), serde_json::to_value(impact).map_err(failed)?);
            }
            if let Some(approvals) = &self.approvals {
                let approvals = serde_json::to_value(approvals).map_err(failed)?;
                members.insert("approvals".to_owned(), approvals);
            }
        }
        serde_json::to_string_pretty(&whole).map_err(failed)
    }

    /// The book, or without one the differences, as a table.
    fn table(&self, path: Option<&Path>, asked: DataFormat) -> Result<(), Failure> {
        let form = format::of_file(path, Some(asked))?;
        let column = |(name, kind): &(&str, Kind)| Column { name: (*name).to_owned(), kind: *kind };
        let columns =
            if self.impact.is_some() { impact::COLUMNS.as_slice() } else { LINES.as_slice() };
        let mut sink = Sink::open(path, form, columns.iter().map(column).collect(), 12)?;
        let mut bytes = Vec::new();
        let encoder = sink.encoder().clone();
        let mut row = |texts: &[String]| {
            let texts =
                texts.iter().map(|text| Some(text.as_str()).filter(|text| !text.is_empty()));
            encoder.record(&mut bytes, texts);
        };
        match &self.impact {
            Some(impact) => impact::rows(impact).for_each(|texts| row(&texts)),
            None => report::rows(&self.report).iter().for_each(|texts| row(texts)),
        }
        sink.write(&bytes)?;
        sink.finish()
    }
}

/// The columns of differences.
const LINES: [(&str, Kind); 7] = [
    ("kind", Kind::Text),
    ("name", Kind::Text),
    ("from", Kind::Date),
    ("to", Kind::Date),
    ("conditions", Kind::Text),
    ("change", Kind::Text),
    ("text", Kind::Text),
];

fn print(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let mut output = Output::open(path)?;
    output.write_all(text.as_bytes()).map_err(|error| Failure::stream(&error))?;
    output.finish()
}

/// Both rulesets, or which of them has errors.
fn both(old: Option<Compiled>, new: Option<Compiled>) -> Result<(Compiled, Compiled), Failure> {
    let failed = |which: &str| {
        Failure::new(format!("{which} has errors: only rulesets without errors are compared"))
    };
    match (old, new) {
        (Some(old), Some(new)) => Ok((old, new)),
        (None, Some(_)) => Err(failed("the old ruleset")),
        (Some(_), None) => Err(failed("the new ruleset")),
        (None, None) => Err(failed("each of the rulesets")),
    }
}

/// The ruleset of a path, or of a revision; or its findings on standard error.
fn compiled(path: &Path) -> Result<Option<Compiled>, Failure> {
    let Some((revision, inner)) = git::named(path) else { return rules::compile(path) };
    let Rules { sources, folder } = git::read(revision, inner)?;
    Ok(rules::compiled(project::prepare(sources), &folder))
}

/// A policy without a mistake.
fn read_policy(path: &Path, rules: [compare::Rules<'_>; 2]) -> Result<Policy, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let name = path.display().to_string();
    let text = files::text(&name, bytes).map_err(|files::Unreadable(why)| Failure::new(why))?;
    let sources = Sources::new(vec![Source::new(name.clone(), text)]);
    let Some((id, source)) = sources.iter().next() else { return Ok(Policy::default()) };
    let (policy, mut found) = policy::parse(id, source);
    found.extend(approval::unknown(&policy, id, rules));
    if found.is_empty() {
        return Ok(policy);
    }
    complain(&render(&found, &sources, "", style()));
    if found.iter().all(|found| found.severity != Severity::Error) {
        return Ok(policy);
    }
    Err(Failure::new(format!("the policy `{name}` has errors")))
}
