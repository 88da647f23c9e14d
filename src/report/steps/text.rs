//! The steps of a line as a person reads them: figures on the left, the rule of each on the right.

use rust_decimal::Decimal;

use super::tree::Node;
use super::words::{Words, product};
use crate::evaluate::Step;
use crate::evaluate::observe::RatedForm;
use crate::period::{BEGINNING, Claim};
use crate::plan::{Origin, TierMode};
use crate::quantity::plain;
use crate::source::Place;

/// Most rates that are listed below the one that applies.
const MOST_UNUSED: usize = 12;
/// Figures longer than this do not move the rules of others to the right.
const WIDEST: usize = 56;

/// A line: the figure, and the rule that it comes from.
type Row = (String, String);

pub(super) fn lines(words: &Words<'_>, nodes: &[Node<'_>]) -> Vec<String> {
    let mut rows = Vec::new();
    for node in nodes {
        words.rows(node, 0, &mut rows);
    }
    let length = |row: &Row| row.0.chars().count();
    let ruled = rows.iter().filter(|(_, rule)| !rule.is_empty());
    let width = ruled.map(length).filter(|length| *length <= WIDEST).max().unwrap_or(0);
    let line = |(left, right): Row| format!("{left:<width$}  {right}").trim_end().to_owned();
    rows.into_iter().map(line).collect()
}

/// Whether a step changes nothing: single units are charged as they are counted.
fn is_plain(step: &Step) -> bool {
    matches!(step, Step::Blocks { origin, per, .. }
        if origin.claim == Claim::Undated && per.block == Decimal::ONE && !per.started)
}

impl Words<'_> {
    fn rows(&self, node: &Node<'_>, depth: usize, rows: &mut Vec<Row>) {
        let indent = "  ".repeat(depth);
        if !node.is_unused() && !is_plain(node.step) {
            let (number, title, text, rule) = self.told(node.step);
            rows.push((format!("{indent}{number} {title:<9}{text}"), rule));
        }
        if let Step::Rated { form: RatedForm::Slices(slices), .. } = node.step {
            rows.extend(slices.iter().map(|(from, to, each, flat, place)| {
                let credits = each.clone() * (to - from) + flat.clone();
                let parts = product(&(to - from), each, flat);
                (format!("{indent}{:11}{parts} = {credits}", ""), self.written_at(*place))
            }));
        }
        let shown = node.unused.iter().take(MOST_UNUSED);
        rows.extend(shown.map(|unused| {
            let text = self.written(unused.place);
            let why = self.why_not(unused);
            let place = self.line(unused.place);
            (format!("{indent}{:<11}{text}", "  not"), format!("{place}: {why}"))
        }));
        let more = node.unused.len().saturating_sub(MOST_UNUSED);
        if more > 0 {
            let text = format!("and {more} more, which `--format json` lists");
            rows.push((format!("{indent}{:<11}{text}", "  not"), String::new()));
        }
        for inner in &node.steps {
            self.rows(inner, depth + 1, rows);
        }
    }

    /// The number of the step, its name, its figures, and the rule.
    fn told(&self, step: &Step) -> (&'static str, &'static str, String, String) {
        match step {
            Step::Matched { rule, code } => {
                let by = if code.is_some() { "code" } else { "name" };
                let source = code.as_ref().map(|origin| self.source(origin)).or_else(|| {
                    let head = self.plan.rule(*rule)?;
                    Some(self.line(head.place))
                });
                let source = source.unwrap_or_default();
                ("1", "match", format!("`{}`, by its {by}", self.rule(*rule)), source)
            }
            Step::Excluded { origin } => {
                let text = format!("excluded: {}", self.written(origin.place));
                (" ", "", text, self.source(origin))
            }
            Step::Dated { day, since } => {
                let on = day.map_or_else(|| "any day".to_owned(), |day| day.to_string());
                let since = if *since == BEGINNING {
                    String::new()
                } else {
                    format!(", clauses in force since {since}")
                };
                ("2", "date", format!("{on}{since}"), String::new())
            }
            Step::Counted { quantity, unit, count, units } => {
                let unit = self.unit(*unit);
                let Some((origin, seen)) = count else {
                    return ("3", "count", format!("{units} {unit}"), String::new());
                };
                let seen = seen.iter().filter_map(|(id, value)| {
                    Some(format!(", {} {}", self.input(*id), self.value(*id, value.as_ref()?)))
                });
                let seen: String = seen.collect();
                let text = format!("{units} {unit} from quantity {quantity}{seen}");
                ("3", "count", text, self.source(origin))
            }
            Step::Blocks { origin, per, charged } => {
                let started = if per.started { "started " } else { "" };
                let block = format!("{started}{} {}", plain(per.block), self.unit(per.unit));
                ("4", "blocks", format!("{charged} times {block}"), self.source(origin))
            }
            Step::Rated { origin, place, because, exception, charged, form, credits } => {
                let kind = if *exception { "exception, " } else { "" };
                let how = match form {
                    RatedForm::NoUnits => "no units".to_owned(),
                    RatedForm::Line { each, flat, mode } => {
                        let mode = if *mode == Some(TierMode::Volume) { "volume, " } else { "" };
                        format!("{mode}{}", product(charged, each, flat))
                    }
                    RatedForm::Slices(_) => "graduated".to_owned(),
                };
                let row = if place == &origin.place {
                    String::new()
                } else {
                    let because =
                        because.as_ref().map_or_else(String::new, |text| format!(", \"{text}\""));
                    format!("; row {}{because}", self.line(*place))
                };
                let rule = format!("{}{row}", self.source(origin));
                ("5", "rate", format!("{kind}{how} = {credits}"), rule)
            }
            // It has no row of its own.
            Step::Unused { .. } => ("", "", String::new(), String::new()),
            Step::Prorated { origin, term, days, periods, credits } => {
                let (unit, how) = (term.unit.word(), term.proration.words());
                let s = if periods.is_one() { "" } else { "s" };
                let text =
                    format!("× {periods} {unit}{s} {how}, {} to {} = {credits}", days.0, days.1);
                ("6", "term", text, self.source(origin))
            }
            Step::Bounded { origin, at_most, bound, credits } => {
                let word = if *at_most { "at most" } else { "at least" };
                ("7", "bounds", format!("{word} {bound} = {credits}"), self.source(origin))
            }
            Step::Rounded { origin, rounding, credits } => {
                let text = format!("{} = {credits}", rounding.text());
                ("8", "round", text, self.source(origin))
            }
            Step::Granted { origin, product, quantity } => {
                let rule = self.plan.rule(*product);
                let unit = rule.map_or("", |rule| self.unit(rule.unit));
                let text = format!("{quantity} {unit} of `{}`", self.rule(*product));
                (" ", "grant", text, self.source(origin))
            }
            Step::Charged { units, .. } => {
                (" ", "left", format!("{units} beside those together"), String::new())
            }
            Step::Together { together, origin, units, rate, credits } => {
                let name = self.together(*together);
                let text = format!("`{name}`: {units} × {rate} = {credits}");
                (" ", "together", text, self.source(origin))
            }
            Step::Summed { credits } => (" ", "sum", credits.text(), String::new()),
        }
    }

    /// `file:line, since DAY, "reason"`
    fn source(&self, origin: &Origin) -> String {
        let mut text = self.line(origin.place);
        match Self::claimed(origin) {
            (Some(since), None) => text.push_str(&format!(", since {since}")),
            (Some(since), Some(until)) => text.push_str(&format!(", {since} to {until}")),
            (None, _) => {}
        }
        if let Some(because) = &origin.because {
            text.push_str(&format!(", \"{because}\""));
        }
        text
    }

    /// `file:line, the tier as it is written`
    fn written_at(&self, place: Place) -> String {
        format!("{}, {}", self.line(place), self.written(place))
    }
}
