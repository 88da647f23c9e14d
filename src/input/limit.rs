//! A reader that stops where one record grows beyond all measure, before memory does.

use std::cell::Cell;
use std::io::{Error, ErrorKind, Read, Result};
use std::rc::Rc;

use super::MAX_RECORD;

/// How far a reader may run ahead of the record it hands out.
const BUFFER: u64 = 1 << 17;

/// How far a bounded reader has read, and up to where its records have been handed out.
#[derive(Debug, Clone, Default)]
pub(super) struct Mark(Rc<Progress>);

#[derive(Debug, Default)]
struct Progress {
    read: Cell<u64>,
    handed_out: Cell<u64>,
}

impl Mark {
    /// Everything before this byte has been handed out.
    pub(super) fn set(&self, byte: u64) {
        self.0.handed_out.set(byte);
    }

    /// Everything read so far has been handed out.
    pub(super) fn here(&self) {
        self.set(self.0.read.get());
    }
}

/// A reader bounded from mark to mark.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: R,
    mark: Mark,
}

impl<R> Bounded<R> {
    /// Bounds a reader; whoever takes records from it moves the mark.
    pub(super) fn new(inner: R) -> (Self, Mark) {
        let mark = Mark::default();
        (Self { inner, mark: mark.clone() }, mark)
    }
}

/// The words of the error, by which it is told apart.
pub(super) const TOO_LONG: &str = "a record is longer than 1 MiB";

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let progress = &self.mark.0;
        if progress.read.get() > progress.handed_out.get() + MAX_RECORD as u64 + BUFFER {
            return Err(Error::new(ErrorKind::InvalidData, TOO_LONG));
        }
        let read = self.inner.read(buffer)?;
        progress.read.set(progress.read.get() + read as u64);
        Ok(read)
    }
}
