//! `--bless`: expects of failed examples what comes out.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::print;
use crate::cli::Test;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Written, complain};
use crate::project::{self, Compiled};
use crate::selftest::text::Counts;
use crate::selftest::{self, Ran, bless};
use crate::source::Source;

/// What some editors write in front of a file.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Whether every example that was run passes now.
pub(super) fn run(
    options: &Test,
    ruleset: &Compiled,
    folder: &str,
    ran: &[Ran<'_>],
) -> Result<bool, Failure> {
    let blessed = bless::bless(&ruleset.sources, ran);
    for place in &blessed.left {
        let place = ruleset.sources.file_and_line(*place);
        complain(&format!(
            "{folder}{place} expects several things: mend it by hand, or make several examples of it\n"
        ));
    }
    let sources = blessed.sources(&ruleset.sources);
    let Ok(new) = project::prepare(sources).compile() else {
        return Err(Failure::new("what comes out cannot be written as an expectation"));
    };
    let again = selftest::run_all(&new.plan, &new.sources, &new.examples);
    let counts = Counts::of(&again);
    if counts.failed != blessed.left.len() {
        return Err(Failure::new("the examples would fail with what comes out, too"));
    }
    let mut written = Vec::with_capacity(blessed.files.len());
    for (id, text) in &blessed.files {
        let Some(source) = ruleset.sources.get(*id) else { continue };
        written.push(prepared(&path_of(&options.rules, source), source, text)?);
    }
    // Every file is on the disk before the first takes its place.
    let written = written.into_iter().map(Output::written).collect::<Result<Vec<_>, _>>()?;
    written.into_iter().try_for_each(Written::take_place)?;
    let plural = if blessed.changed == 1 { "" } else { "s" };
    let diff = blessed.diff(&ruleset.sources, folder);
    print(&format!("{diff}{} expectation{plural} written; {}\n", blessed.changed, counts.text()))?;
    Ok(counts.failed == 0)
}

/// The file of a source.
fn path_of(rules: &Path, source: &Source) -> PathBuf {
    if rules.is_dir() { rules.join(source.name()) } else { rules.to_owned() }
}

/// The new text of a file, beside it.
fn prepared(path: &Path, source: &Source, text: &str) -> Result<Output, Failure> {
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let file = std::fs::File::open(path);
    file.and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| Failure::file("read", path, &error))?;
    let mark = if bytes.starts_with(MARK) { MARK } else { &[] };
    if bytes.get(mark.len()..) != Some(source.text().as_bytes()) {
        let path = path.display();
        return Err(Failure::new(format!("`{path}` was changed meanwhile: run it again")));
    }
    let mut output = Output::open(Some(path))?;
    let parts = [mark, text.as_bytes()];
    parts
        .into_iter()
        .try_for_each(|part| output.write_all(part))
        .map_err(|error| Failure::file("write", path, &error))?;
    Ok(output)
}
