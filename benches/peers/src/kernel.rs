//! `kernel NAME LINES`: one pass of a kernel, for an instruction counter.

use peers::{Failure, contender};

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, lines] = &words[..] else { return Err("a kernel and lines are needed".into()) };
    if contender::pass_once(name, lines.parse()?) {
        return Ok(());
    }
    Err(format!("this build cannot run {name}").into())
}
