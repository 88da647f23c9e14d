//! CPU time and memory of this process, as the system counts them.

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

/// The median of the CPU time and the least wall time of some runs, in nanoseconds, after one that
/// does not count.
pub fn timed(runs: usize, mut run: impl FnMut()) -> (i64, i64) {
    run();
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (cpu_before, wall_before) = (cpu_time(), wall_time());
        run();
        cpu.push(cpu_time() - cpu_before);
        wall.push(wall_time() - wall_before);
    }
    cpu.sort_unstable();
    (cpu[runs / 2], wall.into_iter().min().unwrap_or_default())
}

/// The most memory that this program has had, in KiB.
pub fn peak_memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|figure| figure.trim().strip_suffix(" kB")?.parse().ok());
    peak.expect("the peak is told in kB")
}
