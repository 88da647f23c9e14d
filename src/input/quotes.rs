//! Watches the quotes of a delimited input as its bytes go by: the csv reader forgives what no
//! list should get away with, and lines would be lost.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{Read, Result};
use std::rc::Rc;

/// What is wrong with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteFault {
    /// Text stands behind the quote that ends a field.
    TextBehind,
    /// A quote is never closed: it swallows the rest of the input.
    Unclosed,
}

/// Faults by the byte at which they show, in order.
#[derive(Debug, Clone, Default)]
pub struct Faults(Rc<RefCell<VecDeque<(u64, QuoteFault)>>>);

impl Faults {
    /// The first fault before a byte; those before it are forgotten.
    pub fn before(&self, byte: u64) -> Option<QuoteFault> {
        let mut faults = self.0.borrow_mut();
        let mut first = None;
        while let Some((_, fault)) = faults.pop_front_if(|(at, _)| *at < byte) {
            first = first.or(Some(fault));
        }
        first
    }
}

/// Where a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    Begin,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: the field ends, or the quote is doubled.
    Behind,
}

/// A reader that notes faults as it goes.
#[derive(Debug)]
pub struct Watched<R> {
    inner: R,
    delimiter: u8,
    state: State,
    read: u64,
    faults: Faults,
}

impl<R> Watched<R> {
    /// Watches a reader.
    pub fn new(inner: R, delimiter: u8) -> (Self, Faults) {
        let faults = Faults::default();
        (Self { inner, delimiter, state: State::Begin, read: 0, faults: faults.clone() }, faults)
    }

    fn note(&mut self, at: u64, fault: QuoteFault) {
        self.faults.0.borrow_mut().push_back((at, fault));
    }

    fn step(&mut self, byte: u8, at: u64) {
        let ends = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        self.state = match (self.state, byte) {
            // A byte order mark stands before the first field, not in it.
            (State::Begin, 0xef | 0xbb | 0xbf) if at < 3 => State::Begin,
            (State::Quoted, b'"') => State::Behind,
            (State::Begin | State::Behind, b'"') | (State::Quoted, _) => State::Quoted,
            (State::Behind, _) if !ends => {
                self.note(at, QuoteFault::TextBehind);
                State::Plain
            }
            (_, _) if ends => State::Begin,
            _ => State::Plain,
        };
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        for byte in buffer.iter().take(read) {
            self.step(*byte, self.read);
            self.read += 1;
        }
        if read == 0 && !buffer.is_empty() && self.state == State::Quoted {
            self.note(self.read.saturating_sub(1), QuoteFault::Unclosed);
            self.state = State::Begin;
        }
        Ok(read)
    }
}
