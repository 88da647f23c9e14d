//! Parsing any text gives a tree and findings whose spans lie in the text.

#![no_main]

use credit_rules::source::{Source, SourceId};
use credit_rules::syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.rules", text);
    let parse = syntax::parse(SourceId(0), &source);
    for found in &parse.diagnostics {
        let span = found.primary.place.span;
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{found:?}");
    }
});
