//! CPU time and memory of this process, as the system counts them.

use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of CPU time that all threads of this process have used.
fn cpu_time() -> i64 {
    let now = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("the system has this clock");
    now.tv_sec() * 1_000_000_000 + now.tv_nsec()
}

fn wall_time() -> i64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("the system has this clock");
    now.tv_sec() * 1_000_000_000 + now.tv_nsec()
}

/// Medians of the CPU time and the wall time of some runs, in nanoseconds, after one that does not
/// count.
pub(crate) fn timed(runs: usize, mut run: impl FnMut()) -> (i64, i64) {
    run();
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (cpu_before, wall_before) = (cpu_time(), wall_time());
        run();
        cpu.push(cpu_time() - cpu_before);
        wall.push(wall_time() - wall_before);
    }
    (middle(cpu), middle(wall))
}

fn middle(mut figures: Vec<i64>) -> i64 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// The most memory that this process has had, in KiB.
pub(crate) fn peak_memory() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage").max_rss()
}
