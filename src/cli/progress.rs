//! How far a long run is, on a terminal.

use std::io::{IsTerminal, Read, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a run may take before it is told how far it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error; nothing where that is no terminal.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    shown: bool,
    /// Bytes read, where those are counted.
    read: Option<Arc<AtomicU64>>,
    template: &'static str,
}

impl Progress {
    /// `lines`: whether the output goes to standard output. Both on one terminal would be a muddle.
    pub(super) fn new(lines: bool) -> Self {
        let told = std::io::stderr().is_terminal()
            && !(lines && std::io::stdout().is_terminal())
            && super::wanted("TERM").is_none_or(|terminal| terminal != "dumb");
        // It keeps the time, and is not seen before it is due.
        let bar = told.then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
        Self { bar, shown: false, read: None, template: "" }
    }

    /// Counts the bytes of an input, of which there are so many.
    pub(super) fn bytes(&mut self, inner: Box<dyn Read>, total: Option<u64>) -> Counted {
        let read = Arc::new(AtomicU64::new(0));
        self.read = Some(Arc::clone(&read));
        self.total(total);
        self.template = match total {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{bytes}, {bytes_per_sec}",
        };
        Counted { inner, read }
    }

    /// Counts records, of which there are so many.
    pub(super) fn records(&mut self, total: Option<u64>) {
        self.total(total);
        self.template = match total {
            Some(_) => "{bar:30} {human_pos} of {human_len} records, {per_sec}, {eta} left",
            None => "{human_pos} records, {per_sec}",
        };
    }

    /// Counts mutants, of which there are so many.
    pub(super) fn mutants(&mut self, total: u64) {
        self.total(Some(total));
        self.template = "{bar:30} {human_pos} of {human_len} mutants, {per_sec}, {eta} left";
    }

    fn total(&self, total: Option<u64>) {
        if let (Some(bar), Some(total)) = (&self.bar, total) {
            bar.set_length(total);
        }
    }

    /// So many records more are done.
    pub(super) fn step(&mut self, records: u64) {
        let Some(bar) = &self.bar else { return };
        match &self.read {
            Some(read) => bar.set_position(read.load(Ordering::Relaxed)),
            None => bar.inc(records),
        }
        if !self.shown && bar.elapsed() >= PATIENCE {
            let style = ProgressStyle::with_template(self.template);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
    }

    /// Does something that writes to standard error.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) if self.shown => bar.suspend(write),
            _ => write(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// An input whose bytes are counted.
pub(super) struct Counted {
    inner: Box<dyn Read>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
