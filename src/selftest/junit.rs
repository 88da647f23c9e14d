//! Examples as XML in the form of `JUnit`, which build servers show.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::text::{Counts, details};
use super::{Ran, Verdict};
use crate::diagnostic::render::visible;
use crate::plan::Plan;
use crate::source::Sources;

/// One suite for each rule file with examples, in the order of the ruleset.
pub fn junit(plan: &Plan, sources: &Sources, ran: &[Ran<'_>]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = counted(ran.iter());
    let all = writer.create_element("testsuites").with_attribute(("name", plan.name.as_str()));
    let all = all.with_attributes(counts.iter().map(|(name, count)| (*name, count.as_str())));
    all.write_inner_content(|writer| {
        for (id, source) in sources.iter() {
            let own: Vec<&Ran<'_>> =
                ran.iter().filter(|one| one.example.place.source == id).collect();
            if own.is_empty() {
                continue;
            }
            let counts = counted(own.iter().copied());
            let suite = writer.create_element("testsuite").with_attribute(("name", source.name()));
            let suite =
                suite.with_attributes(counts.iter().map(|(name, count)| (*name, count.as_str())));
            suite.write_inner_content(|writer| {
                own.iter().try_for_each(|one| case(writer, plan, sources, source.name(), one))
            })?;
        }
        Ok(())
    })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn counted<'a, 'b: 'a>(ran: impl IntoIterator<Item = &'a Ran<'b>>) -> [(&'static str, String); 3] {
    let counts = Counts::of(ran);
    [
        ("tests", counts.total().to_string()),
        ("failures", counts.failed.to_string()),
        ("skipped", "0".to_owned()),
    ]
}

fn case(
    writer: &mut Writer<Vec<u8>>,
    plan: &Plan,
    sources: &Sources,
    file: &str,
    ran: &Ran<'_>,
) -> io::Result<()> {
    let place = ran.example.place;
    let line = sources.get(place.source).map_or(0, |source| source.line(place.span.start));
    let (name, line) = (visible(&ran.example.name), line.to_string());
    let case = writer.create_element("testcase").with_attributes([
        ("classname", file),
        ("name", name.as_str()),
        ("file", file),
        ("line", line.as_str()),
    ]);
    match &ran.verdict {
        Verdict::Passed => case.write_empty().map(|_| ()),
        Verdict::Failed(failures) => {
            let told: Vec<String> = failures
                .iter()
                .map(|failure| format!("expected {}, found {}", failure.expected, failure.found))
                .collect();
            let (message, steps) =
                (visible(&told.join("; ")), visible(&details(plan, sources, ran)));
            case.write_inner_content(|writer| {
                let failure = writer.create_element("failure");
                let failure = failure.with_attribute(("message", message.as_str()));
                failure.write_text_content(BytesText::new(&steps)).map(|_| ())
            })
            .map(|_| ())
        }
    }
}
