//! Checking any text ends, and its findings can be shown.

#![no_main]

use credit_rules::diagnostic::render::{Style, render};
use credit_rules::project;
use credit_rules::source::{Source, Sources};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let analysis = project::analyze(Sources::new(vec![Source::new("fuzz.rules", text)]));
    let style = Style { color: false, width: 80 };
    let shown = render(&analysis.diagnostics, &analysis.sources, "", style);
    let hidden = |c: char| c.is_control() && c != '\n';
    assert!(!shown.contains(hidden), "{shown:?}");
});
