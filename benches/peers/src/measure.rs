//! `measure COMMAND ARGUMENT…`: runs a command and prints its CPU time in nanoseconds, its wall
//! time, its peak memory in KiB and its exit code. What the command prints goes to standard error.

use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

fn main() {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().expect("a command to run");
    let begun = Instant::now();
    let status = Command::new(&program)
        .args(words)
        .stdout(Stdio::from(std::io::stderr()))
        .status()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    let wall = begun.elapsed().as_nanos();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a process may ask for this");
    let (user, system) = (usage.user_time(), usage.system_time());
    let cpu = (user.tv_sec() + system.tv_sec()) * 1_000_000_000
        + (user.tv_usec() + system.tv_usec()) * 1_000;
    println!("{cpu} {wall} {} {}", usage.max_rss(), status.code().unwrap_or(-1));
}
