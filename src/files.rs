//! Finds and reads the files of a ruleset.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::diagnostic::instead;
use crate::source::{Source, Sources};

/// Largest rule file in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Why rule files cannot be read: a sentence with the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl Unreadable {
    fn file(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("cannot read `{}`: {}", path.display(), said(path, error)))
    }
}

/// What the system said about a file; where it is not there, what is instead.
pub fn said(path: &Path, error: &std::io::Error) -> String {
    let folder = path.ancestors().skip(1).find(|above| place(above).is_dir());
    let missing = folder.and_then(|folder| path.strip_prefix(folder).ok()?.iter().next());
    let (Some(folder), Some(missing), std::io::ErrorKind::NotFound) =
        (folder, missing, error.kind())
    else {
        return error.to_string();
    };
    // What something should lie in is a folder.
    let inner = path.parent() != Some(folder);
    let folder = place(folder);
    let names = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let names = names.filter(|entry| !inner || entry.path().is_dir());
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let names: BTreeSet<String> = names.filter(|name| !name.starts_with('.')).collect();
    let missing = missing.to_string_lossy();
    if names.contains(missing.as_ref()) {
        return "the symbolic link leads to nothing".to_owned();
    }
    let instead = instead(&missing, names.iter().map(String::as_str));
    let folder_or = if inner { "folder " } else { "" };
    format!("there is no {folder_or}`{missing}` in `{}`{instead}", folder.display())
}

/// A folder as the system knows it: one without a name is this one.
fn place(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// A ruleset on disk.
pub struct Rules {
    /// Its files.
    pub sources: Sources,
    /// What stands before their names when they are shown.
    pub folder: String,
}

/// Reads a `.rules` file, or every one below a folder.
pub fn read(path: &Path) -> Result<Rules, Unreadable> {
    let kind = fs::metadata(path).map_err(|error| Unreadable::file(path, &error))?;
    if !kind.is_dir() {
        let name =
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let folder = path.to_string_lossy().strip_suffix(&name).unwrap_or_default().to_owned();
        let source = Source::new(name, read_file(path)?);
        return Ok(Rules { sources: Sources::new(vec![source]), folder });
    }
    let root = fs::canonicalize(path).map_err(|error| Unreadable::file(path, &error))?;
    let mut files = BTreeSet::new();
    walk(path, &root, &mut BTreeSet::new(), &mut files)?;
    if files.is_empty() {
        return Err(Unreadable(format!("`{}` holds no `.rules` file", path.display())));
    }
    let mut sources = Vec::with_capacity(files.len());
    for file in files {
        let relative = file.strip_prefix(path).unwrap_or(&file);
        let parts: Vec<_> =
            relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        sources.push(Source::new(parts.join("/"), read_file(&file)?));
    }
    let mut folder = path.to_string_lossy().into_owned();
    if !folder.ends_with('/') {
        folder.push('/');
    }
    Ok(Rules { sources: Sources::new(sources), folder })
}

/// Gathers `.rules` files. Symbolic links that leave the ruleset, or lead back to a folder that
/// is being walked, are refused.
fn walk(
    folder: &Path,
    root: &Path,
    above: &mut BTreeSet<PathBuf>,
    files: &mut BTreeSet<PathBuf>,
) -> Result<(), Unreadable> {
    let failed = |error: &std::io::Error| Unreadable::file(folder, error);
    let own = fs::canonicalize(folder).map_err(|error| failed(&error))?;
    if !above.insert(own.clone()) {
        return Err(Unreadable(format!(
            "`{}` leads back to a folder above it: remove the symbolic link",
            folder.display()
        )));
    }
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        let link = fs::symlink_metadata(&path).map_err(|error| Unreadable::file(&path, &error))?;
        let is_rules = path.extension().is_some_and(|extension| extension == "rules");
        if link.is_symlink() {
            // A link to nowhere matters only where it claims to be a rule file.
            let target = match fs::canonicalize(&path) {
                Ok(target) => target,
                Err(error) if is_rules => return Err(Unreadable::file(&path, &error)),
                Err(_) => continue,
            };
            if (is_rules || target.is_dir()) && !target.starts_with(root) {
                return Err(Unreadable(format!(
                    "the symbolic link `{}` leaves the ruleset: copy the file instead",
                    path.display()
                )));
            }
        }
        let kind = fs::metadata(&path).map_err(|error| Unreadable::file(&path, &error))?;
        if kind.is_dir() {
            walk(&path, root, above, files)?;
        } else if is_rules && !kind.is_file() {
            return Err(Unreadable(format!("`{}` is no regular file", path.display())));
        } else if is_rules {
            files.insert(path);
        }
    }
    above.remove(&own);
    Ok(())
}

/// The text of one file, without a byte order mark.
fn read_file(path: &Path) -> Result<String, Unreadable> {
    let failed = |error: &std::io::Error| Unreadable::file(path, error);
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    text(&path.display().to_string(), bytes)
}

/// The text of a file of this name, without a byte order mark.
pub fn text(name: &str, bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unreadable(format!(
            "`{name}` is larger than 16 MiB: split it into several rule files"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Unreadable(format!("`{name}` is not UTF-8: line {line}, byte {column}; save it as UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
