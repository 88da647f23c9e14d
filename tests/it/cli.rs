//! Runs the built binary as a user would.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_credit-rules"))
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary in a folder with these arguments and this standard input.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Done {
    let mut child = Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .env_remove("CI")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early may close its standard input before all of it is written.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Done {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

#[test]
fn the_shipped_books_check_test_and_convert() {
    let books = [
        (
            "trend_vision_one",
            "lines 337 = converted 312 + excluded 11 + refused 14; credits 29854632;",
        ),
        ("flex_points", "lines 50 = converted 46 + excluded 0 + refused 4; credits 785636.0433;"),
    ];
    for (book, summary) in books {
        let rules = format!("rules/{book}");
        let checked = run(root(), &["check", &rules, "--deny", "warnings"], b"");
        assert_eq!(checked.code, 0, "{}", checked.stderr);
        let tested = run(root(), &["test", &rules], b"");
        assert_eq!(tested.code, 0, "{}", tested.stdout);
        let converted = run(root(), &["eval", &rules, &format!("{rules}/licenses.csv")], b"");
        assert_eq!(converted.code, 1);
        // The totals were computed by an independent interpreter in exact fractions.
        assert!(converted.stderr.contains(summary), "{}", converted.stderr);
    }
}
