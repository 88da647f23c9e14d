//! Rules about the tree itself: imports go down only, and no file outgrows its room.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::root;

/// Every file below a folder with this extension, in path order.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The floors as `docs/src/architecture.md` prints them: rows `| floor | modules | … |`.
fn floors() -> BTreeMap<String, u32> {
    let page = fs::read_to_string(root().join("docs/src/architecture.md")).unwrap();
    let mut floors = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, floor, modules, ..] = cells.as_slice() else { continue };
        let Ok(floor) = floor.parse::<u32>() else { continue };
        for module in modules.split(',') {
            floors.insert(module.trim().trim_matches('`').to_owned(), floor);
        }
    }
    floors
}

/// The top-level module that a source file belongs to.
fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(root().join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_go_down_only() {
    let floors = floors();
    let mut seen = 0;
    for path in files(&root().join("src"), "rs") {
        let own = module_of(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let floor = *floors
            .get(&own)
            .unwrap_or_else(|| panic!("the architecture page names no floor for `{own}`"));
        for line in fs::read_to_string(&path).unwrap().lines() {
            let code = line.split("//").next().unwrap();
            for rest in code.split("crate::").skip(1) {
                let names: Vec<&str> = match rest.strip_prefix('{') {
                    Some(group) => {
                        group.trim_end_matches(['}', ';']).split(',').map(str::trim).collect()
                    }
                    None => vec![rest],
                };
                for name in names {
                    let module: String =
                        name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let Some(target) = floors.get(&module) else { continue };
                    seen += 1;
                    let down = *target < floor || module == own;
                    let listed = LISTED.contains(&(own.as_str(), module.as_str()));
                    assert!(
                        down || listed,
                        "{}: `{own}` on floor {floor} imports `{module}` on floor {target}",
                        path.display()
                    );
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} imports were seen: has the way of writing them changed?");
}

/// Neighbors on one floor that may import each other in this direction.
const LISTED: &[(&str, &str)] =
    &[("check", "curve"), ("period", "quantity"), ("selftest", "report")];

/// Who may name a crate: its fence.
const FENCES: &[(&str, &[&str])] = &[
    ("pest", &["syntax/grammar.rs", "syntax/lower.rs"]),
    ("miette", &["diagnostic/render.rs"]),
    ("clap", &["cli.rs", "cli/allocate/options.rs"]),
    ("tempfile", &["cli/output.rs"]),
    ("indicatif", &["cli/progress.rs"]),
    ("flate2", &["packing.rs"]),
    ("ruzstd", &["packing.rs"]),
    ("wide", &["input/marks.rs"]),
    ("quick_xml", &["selftest/junit.rs"]),
    ("similar", &["selftest/bless.rs"]),
    ("calamine", &["input/sheet.rs"]),
    ("rust_xlsxwriter", &["report/sheet.rs"]),
    ("arrow_array", &["engine/columnar.rs", "input/columnar.rs", "report/columnar.rs"]),
    ("arrow_ipc", &["input/columnar.rs", "report/columnar.rs"]),
    ("arrow_schema", &["engine/columnar.rs", "input/columnar.rs", "report/columnar.rs"]),
    ("parquet", &["input/columnar.rs", "report/columnar.rs"]),
];

/// Files that name a float: none calculates with it.
const FLOATS: &[&str] = &[
    // It names `visit_f64` to say that a float is no record.
    "input/json.rs",
    // Cells of a spreadsheet are floats: these print one, and parse one that gives its text back.
    "input/sheet.rs",
    "report/sheet.rs",
];

#[test]
fn crates_stay_behind_their_fences() {
    for path in files(&root().join("src"), "rs") {
        let relative = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for (name, allowed) in FENCES {
            let used =
                text.lines().any(|line| line.trim_start().starts_with(&format!("use {name}::")));
            assert!(!used || allowed.contains(&relative.as_str()), "{relative} uses {name}");
        }
        for float in ["f32", "f64"] {
            let named = text.lines().any(|line| {
                line.split("//")
                    .next()
                    .unwrap()
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == float)
            });
            assert!(!named || FLOATS.contains(&relative.as_str()), "{relative} names {float}");
        }
    }
}

#[test]
fn files_stay_small() {
    let mut lengths: Vec<(usize, String)> = files(&root().join("src"), "rs")
        .iter()
        .map(|path| (fs::read_to_string(path).unwrap().lines().count(), path.display().to_string()))
        .collect();
    lengths.sort();
    let (longest, path) = lengths.last().unwrap();
    assert!(*longest <= 500, "{path} has {longest} lines: split it");
    let (median, _) = &lengths[lengths.len() / 2];
    assert!(*median < 180, "the median file has {median} lines");
}

#[test]
fn every_test_file_is_listed() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for path in files(&root().join("tests/it"), "rs") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let nested = path.parent().unwrap() != root().join("tests/it");
        assert!(
            name == "main" || nested || main.contains(&format!("mod {name};")),
            "{name} is not listed in main.rs"
        );
    }
}
