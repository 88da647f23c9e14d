//! Blocks in order through several threads and out again in the same order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

use super::super::failure::Failure;
use super::page::{Page, Pages, State};
use crate::input::block::Block;
use crate::report::totals::Groups;

/// Makes blocks.
pub(super) type Job<'a> = Box<dyn FnOnce() -> Block + Send + 'a>;

/// Hands each job to one of so many threads, and the pages on in the order of the jobs; answers the
/// sums of all threads.
pub(super) fn run<'a>(
    pages: &Pages<'a>,
    threads: usize,
    feed: impl FnOnce(&mut dyn FnMut(Job<'a>) -> Result<(), Failure>) -> Result<(), Failure>,
    mut take: impl FnMut(Page) -> Result<(), Failure>,
) -> Result<Groups, Failure> {
    if threads == 1 {
        let mut state = pages.state();
        feed(&mut |job| take(pages.page(&mut state, &job())))?;
        return Ok(state.written.groups);
    }
    let failed = |why: String| Failure::new(format!("cannot start threads: {why}"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| failed(error.to_string()))?;
    let states: Mutex<Vec<State<'a>>> = Mutex::new(Vec::new());
    pool.in_place_scope(|scope| {
        let mut waiting: VecDeque<Receiver<Page>> = VecDeque::new();
        let mut next = |waiting: &mut VecDeque<Receiver<Page>>| match waiting.pop_front() {
            // A thread that failed has no page: the panic goes on when the scope ends.
            Some(page) => page.recv().map_or(Ok(()), &mut take),
            None => Ok(()),
        };
        feed(&mut |job| {
            let (done, page) = sync_channel(1);
            let states = &states;
            scope.spawn(move |_| {
                let kept = states.lock().ok().and_then(|mut states| states.pop());
                let mut state = kept.unwrap_or_else(|| pages.state());
                // Nobody waits for a page where the run was stopped.
                let _ = done.send(pages.page(&mut state, &job()));
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
    let mut groups = Groups::default();
    for state in states.into_inner().unwrap_or_default() {
        groups.merge(&state.written.groups);
    }
    Ok(groups)
}
