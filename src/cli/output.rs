//! Streams, and files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::Failure;

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 16;

/// Writes to standard error. What cannot be written there cannot be told either.
pub(super) fn complain(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints one text on standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::open(None)?;
    writeln!(output, "{text}").map_err(|error| Failure::stream(&error))?;
    output.finish()
}

/// The bytes of a stream as a file without a name, which goes when it is closed.
pub(super) fn spooled(mut input: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// Where the records of a command go.
pub(super) enum Output {
    /// Standard output.
    Stream(BufWriter<io::StdoutLock<'static>>),
    /// Something that is no regular file, such as a device or a pipe.
    Device(BufWriter<File>, PathBuf),
    /// A file beside its final place, renamed when it is whole.
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Output {
    /// Opens a file to be, or standard output.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Stream(BufWriter::with_capacity(BUFFER, io::stdout().lock())));
        };
        let failed = |error: io::Error| Failure::file("write", path, &error);
        let standing = fs::metadata(path).ok();
        if standing.as_ref().is_some_and(|kind| !kind.is_file() && !kind.is_dir()) {
            let device = OpenOptions::new().write(true).open(path).map_err(failed)?;
            return Ok(Self::Device(BufWriter::with_capacity(BUFFER, device), path.to_owned()));
        }
        // A symbolic link stays one: what it points at is replaced.
        let path = match &standing {
            Some(_) => fs::canonicalize(path).map_err(failed)?,
            None => path.to_owned(),
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
            builder.permissions(fs::Permissions::from_mode(0o666))
        };
        let file = builder.tempfile_in(folder).map_err(failed)?;
        if let Some(standing) = standing {
            file.as_file().set_permissions(standing.permissions()).map_err(failed)?;
        }
        Ok(Self::File(BufWriter::with_capacity(BUFFER, file), path))
    }

    /// Everything is written: a file takes its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.written()?.take_place()
    }

    /// Everything is written, to the disk. A file does not stand in its place yet.
    pub(super) fn written(self) -> Result<Written, Failure> {
        match self {
            Self::Stream(mut stream) => stream.flush().map_err(|error| Failure::stream(&error))?,
            Self::Device(mut device, path) => {
                device.flush().map_err(|error| Failure::file("write", &path, &error))?;
            }
            Self::File(buffer, path) => {
                let failed = |error: &io::Error| Failure::file("write", &path, error);
                let file = buffer.into_inner().map_err(|error| failed(error.error()))?;
                file.as_file().sync_all().map_err(|error| failed(&error))?;
                return Ok(Written(Some((file, path))));
            }
        }
        Ok(Written(None))
    }
}

/// A file that is whole, beside its final place; or what needs none.
pub(super) struct Written(Option<(NamedTempFile, PathBuf)>);

impl Written {
    /// The file takes its place.
    pub(super) fn take_place(self) -> Result<(), Failure> {
        let Some((file, path)) = self.0 else { return Ok(()) };
        let failed = |error: &io::Error| Failure::file("write", &path, error);
        file.persist(&path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

/// Whether two paths name one file.
pub(super) fn same_file(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| {
        fs::canonicalize(path).or_else(|_| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
            Ok::<PathBuf, io::Error>(folder.join(path.file_name().unwrap_or_default()))
        })
    };
    matches!((whole(a), whole(b)), (Ok(a), Ok(b)) if a == b)
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stream(stream) => stream.write(bytes),
            Self::Device(device, _) => device.write(bytes),
            Self::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(stream) => stream.flush(),
            Self::Device(device, _) => device.flush(),
            Self::File(file, _) => file.flush(),
        }
    }
}
