//! Blocks in order through several threads and out again in the same order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

use super::super::failure::Failure;
use crate::input::block::Block;

/// Makes blocks.
pub(in crate::cli) type Job<'a> = Box<dyn FnOnce() -> Block + Send + 'a>;

/// Makes pages of blocks.
pub(in crate::cli) trait Work: Sync {
    /// What one thread keeps from block to block.
    type State: Send;
    /// What becomes of a block.
    type Page: Send;

    /// A state without anything in it.
    fn state(&self) -> Self::State;

    /// Converts a block.
    fn page(&self, state: &mut Self::State, block: &Block) -> Self::Page;
}

/// Hands each job to one of so many threads, and the pages on in the order of the jobs; answers what
/// all threads kept.
pub(in crate::cli) fn run<'a, W: Work>(
    work: &W,
    threads: usize,
    feed: impl FnOnce(&mut dyn FnMut(Job<'a>) -> Result<(), Failure>) -> Result<(), Failure>,
    mut take: impl FnMut(W::Page) -> Result<(), Failure>,
) -> Result<Vec<W::State>, Failure> {
    if threads == 1 {
        let mut state = work.state();
        feed(&mut |job| take(work.page(&mut state, &job())))?;
        return Ok(vec![state]);
    }
    let failed = |why: String| Failure::new(format!("cannot start threads: {why}"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| failed(error.to_string()))?;
    let states: Mutex<Vec<W::State>> = Mutex::new(Vec::new());
    pool.in_place_scope(|scope| {
        let mut waiting: VecDeque<Receiver<W::Page>> = VecDeque::new();
        let mut next = |waiting: &mut VecDeque<Receiver<W::Page>>| match waiting.pop_front() {
            // A thread that failed has no page: the panic goes on when the scope ends.
            Some(page) => page.recv().map_or(Ok(()), &mut take),
            None => Ok(()),
        };
        feed(&mut |job| {
            let (done, page) = sync_channel(1);
            let states = &states;
            scope.spawn(move |_| {
                let kept = states.lock().ok().and_then(|mut states| states.pop());
                let mut state = kept.unwrap_or_else(|| work.state());
                // Nobody waits for a page where the run was stopped.
                let _ = done.send(work.page(&mut state, &job()));
                if let Ok(mut states) = states.lock() {
                    states.push(state);
                }
            });
            waiting.push_back(page);
            if waiting.len() > threads + 1 { next(&mut waiting) } else { Ok(()) }
        })?;
        while !waiting.is_empty() {
            next(&mut waiting)?;
        }
        Ok::<(), Failure>(())
    })?;
    Ok(states.into_inner().unwrap_or_default())
}
