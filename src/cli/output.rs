//! Streams, and files that appear whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::Failure;

/// Writes to standard error. What cannot be written there cannot be told either.
#[expect(clippy::print_stderr, reason = "the command line talks on standard error")]
pub(super) fn complain(text: &str) {
    eprint!("{text}");
}

/// Where the records of a command go.
pub(super) enum Output {
    /// Standard output.
    Stream(BufWriter<io::StdoutLock<'static>>),
    /// A file beside its final place, renamed when it is whole.
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Output {
    /// Opens a file to be, or standard output.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Stream(BufWriter::with_capacity(1 << 16, io::stdout().lock())));
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".credit-rules-").suffix(".part");
        // A new file has the permissions that any program's would have.
        #[cfg(unix)]
        let builder = {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666))
        };
        let file =
            builder.tempfile_in(folder).map_err(|error| Failure::file("write", path, &error))?;
        Ok(Self::File(BufWriter::with_capacity(1 << 16, file), path.to_owned()))
    }

    /// Everything is written: a file takes its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stream(mut stream) => stream.flush().map_err(|error| Failure::stream(&error)),
            Self::File(buffer, path) => {
                let failed = |error: &io::Error| Failure::file("write", &path, error);
                let file = buffer.into_inner().map_err(|error| failed(error.error()))?;
                file.as_file().sync_all().map_err(|error| failed(&error))?;
                file.persist(&path).map_err(|error| failed(&error.error))?;
                Ok(())
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stream(stream) => stream.write(bytes),
            Self::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(stream) => stream.flush(),
            Self::File(file, _) => file.flush(),
        }
    }
}
