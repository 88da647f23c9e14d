//! Runs every block of the README and the book.
//!
//! | block | what must hold |
//! | --- | --- |
//! | `rules` | a whole ruleset without an error or warning |
//! | `rules fails=A,B` | a whole ruleset with exactly the findings A and B |
//! | `rules fragment` | without a finding behind `docs/prelude.rules` |
//! | `… file=NAME` | also kept as NAME for the transcripts of the page |
//! | `csv file=NAME`, `json file=NAME` | kept as NAME |
//! | `console` | lines after `$ ` are commands, what follows is all they print |
//! | `text` | a drawing |

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use credit_rules::diagnostic::{Code, Diagnostic, Severity};
use credit_rules::project;
use credit_rules::selftest::{self, Verdict};
use credit_rules::source::{Source, Sources};

use crate::cli::{binary, root};
use crate::tidy::files;

/// A fenced block.
struct Block {
    line: usize,
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    line: index + 1,
                    info: info.trim().to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    blocks
}

/// The codes found in a ruleset; notes stand in nobody's way.
fn codes(text: &str, notes: bool) -> (BTreeSet<&'static str>, String) {
    let analysis = project::analyze(Sources::new(vec![Source::new("page.rules", text)]));
    let counts = |found: &&Diagnostic| notes || found.severity != Severity::Note;
    let found = analysis.diagnostics.iter().filter(counts).map(|found| found.code.word()).collect();
    (found, format!("{:#?}", analysis.diagnostics))
}

fn run_page(path: &Path) {
    let page = fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("rules"), folder.path().join("rules")).unwrap();
    let prelude = fs::read_to_string(root().join("docs/prelude.rules")).unwrap();
    let mut mended = page.clone();
    for Block { line, info, text } in blocks(&page) {
        let at = format!("{}:{line}", path.display());
        let mut words = info.split_whitespace();
        let kind = words.next().unwrap_or_default();
        let options: Vec<&str> = words.collect();
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
        match kind {
            "rules" => {
                let fragment = options.contains(&"fragment");
                let whole = if fragment { format!("{prelude}{text}") } else { text.clone() };
                let expected: BTreeSet<&str> =
                    option("fails=").into_iter().flat_map(|codes| codes.split(',')).collect();
                let (found, shown) = codes(&whole, !expected.is_empty());
                assert_eq!(found, expected, "{at}: {shown}");
                if expected.is_empty() && option("file=").is_none() {
                    examples_pass(&at, &whole);
                }
            }
            "csv" | "json" | "ndjson" | "text" => {}
            "console" => {
                let found = transcript(&at, &text, folder.path());
                if std::env::var_os("UPDATE_DOCS").is_some() {
                    mended = mended.replace(&text, &found);
                } else {
                    assert_eq!(found, text, "{at}: UPDATE_DOCS=1 takes what is printed now");
                }
            }
            other => panic!("{at}: a block of kind `{other}` is not run by any test"),
        }
        if let Some(name) = option("file=") {
            fs::write(folder.path().join(name), &text).unwrap();
        }
    }
    if mended != page {
        fs::write(path, mended).unwrap();
    }
}

/// Runs the examples of a ruleset: a wrong sum in the book would mislead.
fn examples_pass(at: &str, text: &str) {
    let sources = Sources::new(vec![Source::new("page.rules", text)]);
    let Ok(ruleset) = project::analyze(sources).compile() else { panic!("{at}: has an error") };
    for example in &ruleset.examples {
        let ran = selftest::run(&ruleset.plan, &ruleset.sources, example);
        assert!(!matches!(ran.verdict, Verdict::Failed(_)), "{at}: {:?}", ran.verdict);
    }
}

/// Runs the commands of a transcript; answers the transcript as it is now.
fn transcript(at: &str, text: &str, folder: &Path) -> String {
    assert!(text.starts_with("$ "), "{at}: a transcript begins with a command");
    let own = binary();
    let search = std::env::var_os("PATH").unwrap();
    let folders =
        std::iter::once(own.parent().unwrap().to_owned()).chain(std::env::split_paths(&search));
    let path = std::env::join_paths(folders).unwrap();
    let mut found = String::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        // Building is what the reader does once; here the binary is there already.
        let command = line.replace("cargo run --quiet --release --", "credit-rules");
        let done = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(folder)
            .env("PATH", &path)
            .env_remove("CI")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        found.push_str(&format!("$ {line}\n"));
        for printed in String::from_utf8(done.stdout).unwrap().lines() {
            found.push_str(printed.trim_end());
            found.push('\n');
        }
    }
    found
}

fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs/src"), "md");
    pages.push(root().join("README.md"));
    pages.push(root().join("CONTRIBUTING.md"));
    pages.push(root().join("rules/README.md"));
    pages
}

#[test]
fn every_block_runs() {
    for page in pages() {
        run_page(&page);
    }
}

#[test]
fn every_code_has_a_page_with_an_example_that_proves_it() {
    for code in Code::ALL {
        let page = code.page();
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
        let title = format!("# {code}");
        assert_eq!(
            headings,
            [title.as_str(), "## What it means", "## Example", "## The mend", "## Why"],
            "{code}"
        );
        let infos: Vec<String> = blocks(page).into_iter().map(|block| block.info).collect();
        // A line of 1 MiB is made by a command, not printed.
        let expected = match code {
            Code::LineTooLong => {
                vec!["rules file=short.rules".to_owned(), "console".to_owned(), "rules".to_owned()]
            }
            _ => vec![format!("rules fails={code}"), "rules".to_owned()],
        };
        assert_eq!(infos, expected, "{code}");
    }
    let listed = files(&root().join("docs/src/diagnostics"), "md").len();
    assert_eq!(listed, Code::ALL.len() + 1, "a page without a code, besides the index");
}

/// The catalogue as the index lists it: a table below each heading of `diagnostic/code.rs`.
fn index() -> String {
    let source = fs::read_to_string(root().join("src/diagnostic/code.rs")).unwrap();
    let (_, entries) = source.split_once("\ncatalogue! {\n").unwrap();
    let (entries, _) = entries.split_once("\n}\n").unwrap();
    let mut index = String::new();
    let mut listed = Vec::new();
    for line in entries.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("// ") {
            let heading = heading.trim_end_matches('.');
            index.push_str(&format!(
                "\n## {heading}\n\n| code | severity | what is wrong |\n| --- | --- | --- |\n"
            ));
        } else if let Some(code) = line.split('"').nth(1).filter(|_| !line.starts_with("///")) {
            let code = Code::from_word(code).unwrap();
            let (first, rest) = code.meaning().split_at(1);
            let meaning = format!("{}{}", first.to_lowercase(), rest.trim_end_matches('.'));
            let severity = code.severity().word();
            index.push_str(&format!("| [`{code}`]({code}.md) | {severity} | {meaning} |\n"));
            listed.push(code);
        }
    }
    assert_eq!(listed, Code::ALL);
    index
}

/// Compares a page with what it should be, or writes it.
fn generated(page: &str, text: &str, expected: &str) {
    if text == expected {
        return;
    }
    assert!(std::env::var_os("UPDATE_DOCS").is_some(), "{page}: UPDATE_DOCS=1 writes it anew");
    fs::write(root().join("docs/src").join(page), expected).unwrap();
}

#[test]
fn the_index_of_findings_is_the_catalogue() {
    let page = "diagnostics/README.md";
    let text = fs::read_to_string(root().join("docs/src").join(page)).unwrap();
    let index = index();
    // The transcript above has headings, too: the tables begin at the first of the catalogue.
    let heading = index.lines().find(|line| line.starts_with("## ")).unwrap();
    let (head, _) = text.split_once(&format!("\n{heading}\n")).unwrap();
    generated(page, &text, &format!("{head}{index}"));

    let page = "SUMMARY.md";
    let text = fs::read_to_string(root().join("docs/src").join(page)).unwrap();
    let row = |line: &&str| line.starts_with("  - [") && line.contains("](diagnostics/");
    let above: Vec<&str> = text.lines().take_while(|line| !row(line)).collect();
    let below: Vec<&str> = text.lines().skip(above.len()).skip_while(row).collect();
    let rows = Code::ALL.iter().map(|code| format!("  - [{code}](diagnostics/{code}.md)"));
    let rows: Vec<String> = rows.collect();
    let expected = [above.join("\n"), rows.join("\n"), below.join("\n")].join("\n");
    generated(page, &text, &format!("{expected}\n"));
}

#[test]
fn every_meaning_is_one_sentence() {
    for code in Code::ALL {
        let meaning = code.meaning();
        assert!(meaning.ends_with('.') && !meaning.contains("  "), "{code}: {meaning}");
        assert!(!meaning.contains('|') && meaning.starts_with(|c: char| !c.is_whitespace()));
    }
}

#[test]
fn the_summary_names_every_page() {
    let summary = fs::read_to_string(root().join("docs/src/SUMMARY.md")).unwrap();
    for page in files(&root().join("docs/src"), "md") {
        let relative = page.strip_prefix(root().join("docs/src")).unwrap().to_str().unwrap();
        assert!(
            relative == "SUMMARY.md" || summary.contains(&format!("({relative})")),
            "{relative} is not in the summary"
        );
    }
}

#[test]
fn the_readme_names_the_command_that_ci_runs() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme.contains(".ci/test") && ci.contains(".ci/test"));
}
