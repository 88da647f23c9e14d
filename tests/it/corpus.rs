//! Rule files with their findings written into them: a line `#^ code[, code]` names what is found
//! on the line above it. What a person sees is kept as a snapshot beside.

mod witnesses;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use credit_rules::diagnostic::render::{Style, render};
use credit_rules::project;
use credit_rules::source::{Source, Sources};

use crate::cli::root;
use crate::tidy::files;

/// Pairs of a line and a code.
type Found = BTreeSet<(usize, String)>;

fn expected(text: &str) -> Found {
    let mut expected = Found::new();
    let mut above = 0;
    for (index, line) in text.lines().enumerate() {
        match line.strip_prefix("#^ ") {
            Some(codes) => expected.extend(codes.split(", ").map(|code| (above, code.to_owned()))),
            None => above = index + 1,
        }
    }
    expected
}

fn check(path: &Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = fs::read_to_string(path).unwrap();
    let analysis = project::analyze(Sources::new(vec![Source::new(name, text.clone())]));
    let found: Found = analysis
        .diagnostics
        .iter()
        .map(|found| {
            let (_, source) = analysis.sources.iter().next().unwrap();
            (source.line(found.primary.place.span.start), found.code.word().to_owned())
        })
        .collect();
    let expected = expected(&text);
    let missed: Vec<_> = expected.difference(&found).collect();
    let unasked: Vec<_> = found.difference(&expected).collect();
    assert!(
        missed.is_empty() && unasked.is_empty(),
        "{name}: missed {missed:?}, unasked {unasked:?}"
    );
    let style = Style { color: false, width: 100 };
    let shown = render(&analysis.diagnostics, &analysis.sources, "", style);
    insta::with_settings!({ snapshot_path => "../corpus/check", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

#[test]
fn every_file_finds_what_it_says() {
    let paths = files(&root().join("tests/corpus/check"), "rules");
    assert!(paths.len() >= 4);
    paths.iter().for_each(|path| check(path));
}

/// Inputs that once crashed a fuzz target; none may again.
#[test]
fn fuzz_regressions_stay_quiet() {
    let folder = root().join("tests/fuzz/regressions");
    for target in ["parse", "check", "eval"] {
        for entry in fs::read_dir(folder.join(target)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            let rules = bytes.split(|byte| *byte == 0 && target == "eval").next().unwrap();
            let Ok(text) = std::str::from_utf8(rules) else { continue };
            let analysis = project::analyze(Sources::new(vec![Source::new("fuzz.rules", text)]));
            for found in &analysis.diagnostics {
                let span = found.primary.place.span;
                assert!(text.get(span.start as usize..span.end as usize).is_some(), "{found:?}");
            }
            let style = Style { color: false, width: 80 };
            render(&analysis.diagnostics, &analysis.sources, "", style);
        }
    }
}

/// The row evaluator confirms every line that shows a finding, as an input record and pasted as an
/// example.
#[test]
fn witnesses_are_confirmed() {
    let mut confirmed: BTreeMap<&str, usize> = BTreeMap::new();
    for path in files(&root().join("tests/corpus/check"), "rules") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let analysis = witnesses::analyze(&text);
        for found in &analysis.diagnostics {
            let Some(witness) = &found.witness else { continue };
            if witness.values.iter().all(|seen| seen.column != "sku") {
                // No line shows it: all such lines are excluded.
                assert!(witness.examples.is_empty());
                *confirmed.entry("bare").or_default() += 1;
                continue;
            }
            if let Err(why) = witnesses::confirm(&text, &analysis, found, witness) {
                panic!("{name}: {}: {why}", analysis.sources.file_and_line(found.primary.place));
            }
            *confirmed.entry(found.code.word()).or_default() += 1;
        }
    }
    let at_least = [
        ("bare", 1),
        ("table-gap", 6),
        ("table-overlap", 2),
        ("rate-gap", 4),
        ("exception-conflict", 3),
        ("overflow", 3),
        ("value-lost", 12),
        ("statement-fails", 5),
        ("falling-rate", 10),
    ];
    for (code, least) in at_least {
        assert!(confirmed.get(code).is_some_and(|count| *count >= least), "{code}: {confirmed:?}");
    }
    assert_eq!(confirmed.len(), at_least.len(), "{confirmed:?}");
}
