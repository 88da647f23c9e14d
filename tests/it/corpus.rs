//! Rule files with their findings written into them: a line `#^ code[, code]` names what is found
//! on the line above it. What a person sees is kept as a snapshot beside.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use credit_rules::diagnostic::render::{Style, render};
use credit_rules::source::{Source, Sources};
use credit_rules::{project, selftest};

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

/// The row evaluator confirms what shows a loss: pasted as examples, the lines of all findings
/// give the credits that the findings say.
#[test]
fn witnesses_of_lost_value_are_confirmed() {
    let text = fs::read_to_string(root().join("tests/corpus/check/value.rules")).unwrap();
    // Accepted, the losses leave a ruleset that runs.
    let mut accepted = String::new();
    let mut license = None;
    for line in text.lines().filter(|line| !line.starts_with("always ")) {
        if line.starts_with("license ") {
            license = Some(line);
        }
        accepted.push_str(line);
        accepted.push('\n');
        if line == "#^ value-lost" && license.is_some() {
            accepted.push_str("  allow loss because \"for the test\"\n");
            license = None;
        }
    }
    let accepted = accepted.replace("  allow loss because \"the old contract says so\"\n", "");
    let analyze = |text: &str| {
        project::analyze(Sources::new(vec![Source::new("value.rules", text.to_owned())]))
    };
    let analysis = analyze(&accepted);
    let mut pasted = accepted.clone();
    let mut count = 0;
    for found in &analysis.diagnostics {
        if let Some(witness) = &found.witness {
            for example in witness.examples(&format!("witness {count}")) {
                pasted.push_str(&example);
                count += 1;
            }
        }
    }
    assert!(count >= 12, "{count} witnesses");
    let ruleset = analyze(&pasted).compile().unwrap_or_else(|analysis| {
        panic!("{:?}", analysis.diagnostics);
    });
    assert_eq!(ruleset.examples.len(), count);
    for example in &ruleset.examples {
        let ran = selftest::run(&ruleset.plan, &ruleset.sources, example);
        assert!(
            matches!(ran.verdict, selftest::Verdict::Passed),
            "{}: {:?}",
            example.name,
            ran.verdict
        );
    }
}
