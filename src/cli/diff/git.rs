//! Rulesets of a git revision, through the `git` program.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::super::failure::Failure;
use crate::files::{self, Rules};
use crate::source::{Source, Sources};

/// `REVISION:PATH`, where no file or folder has that name.
pub(super) fn named(path: &Path) -> Option<(&str, &str)> {
    let (revision, inner) = path.to_str()?.split_once(':')?;
    (!path.exists() && !revision.is_empty()).then_some((revision, inner))
}

/// The rule files below a path of a revision.
pub(super) fn read(revision: &str, path: &str) -> Result<Rules, Failure> {
    let name = format!("{revision}:{path}");
    if revision.starts_with('-') {
        return Err(Failure::new(format!("`{revision}` is no revision: none begins with `-`")));
    }
    let commit = format!("{revision}^{{commit}}");
    if git(&name, &["rev-parse", "--verify", "--quiet", &commit])?.is_none() {
        let inside = git(&name, &["rev-parse", "--git-dir"])?.is_some();
        let why = if inside {
            format!("git knows no revision `{revision}` here: `git log` and `git tag` list them")
        } else {
            format!("`{name}` names a revision of git, and this folder belongs to no repository")
        };
        return Err(Failure::new(why));
    }
    // To git, `.` alone is a file at the top.
    let inner = match path.trim_end_matches('/') {
        "." => "./.",
        inner => inner,
    };
    let object = format!("{revision}:{inner}");
    let Some(kind) = git(&name, &["cat-file", "-t", &object])? else {
        return Err(Failure::new(format!(
            "the revision `{revision}` has no `{path}`: paths begin at the top of the repository, or \
             with `./` here"
        )));
    };
    let mut sources = Vec::new();
    if kind.starts_with(b"tree") {
        let listed = git(&name, &["ls-tree", "-r", "-z", "--full-tree", &object])?;
        let listed = String::from_utf8_lossy(&listed.unwrap_or_default()).into_owned();
        let mut files: Vec<(&str, &str, &str)> = listed.split('\0').filter_map(entry).collect();
        files.sort_by_key(|(.., file)| file.split('/').collect::<Vec<_>>());
        for (mode, id, file) in files {
            if mode == "120000" {
                return Err(Failure::new(format!(
                    "`{object}/{file}` is a symbolic link, which is not followed in a revision"
                )));
            }
            sources.push(Source::new(file, blob(&name, id, &format!("{object}/{file}"))?));
        }
    } else {
        let file = inner.rsplit('/').next().unwrap_or(inner);
        sources.push(Source::new(file, blob(&name, &object, &object)?));
    }
    if sources.is_empty() {
        return Err(Failure::new(format!("`{name}` holds no `.rules` file")));
    }
    let folder = if kind.starts_with(b"tree") {
        format!("{object}/")
    } else {
        object.rsplit_once('/').map_or(format!("{revision}:"), |(folder, _)| format!("{folder}/"))
    };
    Ok(Rules { sources: Sources::new(sources), folder })
}

/// Mode, object and path of a listed rule file.
fn entry(line: &str) -> Option<(&str, &str, &str)> {
    let (facts, file) = line.split_once('\t')?;
    let mut facts = facts.split(' ');
    let (mode, _, id) = (facts.next()?, facts.next()?, facts.next()?);
    let extension = Path::new(file).extension();
    extension.is_some_and(|extension| extension == "rules").then_some((mode, id, file))
}

fn blob(name: &str, id: &str, file: &str) -> Result<String, Failure> {
    let bytes = git(name, &["cat-file", "blob", id])?;
    let bytes = bytes.ok_or_else(|| Failure::new(format!("git cannot read `{file}`")))?;
    files::text(file, bytes).map_err(|files::Unreadable(reason)| Failure::new(reason))
}

/// What git prints; `None` where it fails.
fn git(name: &str, arguments: &[&str]) -> Result<Option<Vec<u8>>, Failure> {
    let done = Command::new("git").args(arguments).output().map_err(|error| {
        let why = match error.kind() {
            ErrorKind::NotFound => "the program `git` is not found".to_owned(),
            _ => format!("`git` cannot be run: {error}"),
        };
        Failure::new(format!("`{name}` names a revision of git, and {why}"))
    })?;
    Ok(done.status.success().then_some(done.stdout))
}
