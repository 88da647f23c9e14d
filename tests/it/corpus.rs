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

/// The row evaluator confirms what shows a finding: pasted as examples, the lines of all findings
/// give the credits that the findings say.
#[test]
fn witnesses_are_confirmed() {
    let analyze = |text: &str| {
        project::analyze(Sources::new(vec![Source::new("corpus.rules", text.to_owned())]))
    };
    for (name, at_least) in [("value.rules", 14), ("stated.rules", 9), ("falling.rules", 16)] {
        let text = fs::read_to_string(root().join("tests/corpus/check").join(name)).unwrap();
        let analysis = analyze(&text);
        let witnesses = analysis.diagnostics.iter().filter_map(|found| found.witness.as_ref());
        let examples: Vec<String> = witnesses
            .enumerate()
            .flat_map(|(at, witness)| witness.examples(&format!("witness {at}")))
            .collect();
        assert!(examples.len() >= at_least, "{name}: {} examples", examples.len());
        let ruleset = analyze(&(accepted(&text) + &examples.concat()));
        let ruleset =
            ruleset.compile().unwrap_or_else(|found| panic!("{name}: {:?}", found.diagnostics));
        assert_eq!(ruleset.examples.len(), examples.len());
        for example in &ruleset.examples {
            let ran = selftest::run(&ruleset.plan, &ruleset.sources, example);
            let passed = matches!(ran.verdict, selftest::Verdict::Passed);
            assert!(passed, "{name}: {}: {:?}", example.name, ran.verdict);
        }
    }
}

/// The rules with every loss accepted and nothing stated, so that they run.
fn accepted(text: &str) -> String {
    let allow = "  allow loss because \"for the test\"\n";
    let own = "  allow loss because \"the old contract says so\"\n";
    let kept = text.replace(own, "");
    let lines = kept.lines().filter(|line| !line.starts_with("always "));
    lines
        .map(|line| match line {
            "#^ value-lost" => allow.to_owned(),
            line => format!("{line}\n"),
        })
        .collect()
}
