//! What `diff` prints: what two rulesets say differently, as records and as text.

mod html;
mod text;
mod words;

use serde::Serialize;

use crate::compare::{Change, Diff, Other, Pair, Region, Renamed, Rules};
use crate::period::{BEGINNING, Days, HORIZON};
use crate::plan::TargetId;
use crate::source::{Place, Sources};
pub use html::html;
pub use text::{rows, text};
use words::Words;

/// The whole of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether nothing differs.
    pub equal: bool,
    /// Products and licenses of both that differ.
    pub changed: Vec<Changed>,
    /// Those that are new.
    pub added: Vec<Item>,
    /// Those that are gone.
    pub dropped: Vec<Item>,
    /// Lines that are excluded in one alone, of whatever product.
    pub excluded: Vec<Where>,
    /// What else differs in whole rulesets.
    pub others: Vec<Besides>,
    /// The counts.
    pub summary: Counts,
}

/// Counts of products and licenses.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Counts {
    /// In both.
    pub compared: usize,
    /// In both, and not the same.
    pub changed: usize,
    /// In the new ruleset alone.
    pub added: usize,
    /// In the old ruleset alone.
    pub dropped: usize,
    /// What else differs.
    pub others: usize,
}

/// A product or license.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// `product` or `license`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where it is declared.
    pub file: String,
    /// The line of its head.
    pub line: usize,
}

/// A product or license of both that differs.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// What it is now.
    #[serde(flatten)]
    pub item: Item,
    /// Its name before, where that was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed: Option<Rename>,
    /// Lines whose credits differ.
    pub lines: Vec<Where>,
    /// What else differs.
    pub others: Vec<Besides>,
}

/// Another name.
#[derive(Debug, Serialize)]
pub struct Rename {
    /// The name before.
    pub from: String,
    /// The code that both have; without one they convert every line alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Lines that differ in one way.
#[derive(Debug, Serialize)]
pub struct Where {
    /// Their first day is not before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Their first day is not behind this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Only lines without a first day.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_start: bool,
    /// What holds on them besides, each in words.
    pub conditions: Vec<String>,
    /// How they differ: a word.
    pub change: &'static str,
    /// Credits before rounding, new minus old, as a sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Vec<Summand>>,
    /// The difference as a share of the credits before; absent where it has no bound, or no closed
    /// form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Range>,
    /// How they differ, in words.
    pub text: String,
    /// The clauses that decide, as `file:line`, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_rule: Option<String>,
    /// As `old_rule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_rule: Option<String>,
}

/// The smallest and the largest, exact: a decimal, or a fraction.
#[derive(Debug, Serialize)]
pub struct Range {
    /// The smallest.
    pub low: String,
    /// The largest.
    pub high: String,
    /// Whether shares come as near to both as one likes; else they lie between them.
    pub exact: bool,
}

/// A summand: credits for each one of a product of figures.
#[derive(Debug, Serialize)]
pub struct Summand {
    /// Credits.
    pub credits: String,
    /// The figures: `quantity`, an input, `years`, `months`, or `ceil(…)`.
    pub times: Vec<String>,
}

/// Something else that differs.
#[derive(Debug, Serialize)]
pub struct Besides {
    /// What it is.
    pub subject: &'static str,
    /// Its name, where there are several.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// From this day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Until this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What it was; `null` where it was not there.
    pub old: Option<String>,
    /// What it is; `null` where it is not there any more.
    pub new: Option<String>,
}

/// The report of a comparison; sources are those of both, the old ones first.
pub fn report(diff: &Diff, rules: [Rules<'_>; 2], sources: [&Sources; 2]) -> Report {
    let [old, new] = rules;
    let [old_sources, new_sources] = sources;
    let item = |rules: Rules<'_>, sources: &Sources, id: TargetId| {
        let rule = rules.plan.rule(id)?;
        let (file, line) = super::check::file_and_line(rule.place, sources);
        Some(Item {
            kind: rule.kind.word(),
            name: rule.name.clone(),
            label: rules.facts.label(id).map(str::to_owned),
            file,
            line,
        })
    };
    let changed = |pair: &Pair| {
        let counted = words::are_counted_otherwise(&pair.regions);
        let words = Words { diff, unit: words::unit_of(new.plan, pair.new), sources, counted };
        Some(Changed {
            item: item(new, new_sources, pair.new)?,
            renamed: pair.renamed.as_ref().map(|renamed| Rename {
                from: old.plan.rule(pair.old).map_or_else(String::new, |old| old.name.clone()),
                code: match renamed {
                    Renamed::Code(code) => Some(code.clone()),
                    Renamed::Alike => None,
                },
            }),
            lines: pair.regions.iter().map(|region| place(&words, region)).collect(),
            others: pair.others.iter().map(besides).collect(),
        })
    };
    let pairs = diff.pairs.iter().filter(|pair| !pair.is_equal());
    let words = Words { diff, unit: words::Unit::default(), sources, counted: false };
    let changed: Vec<Changed> = pairs.filter_map(changed).collect();
    let added = diff.added.iter().filter_map(|id| item(new, new_sources, *id));
    let dropped = diff.dropped.iter().filter_map(|id| item(old, old_sources, *id));
    Report {
        equal: diff.is_equal(),
        summary: Counts {
            compared: diff.pairs.len(),
            changed: changed.len(),
            added: diff.added.len(),
            dropped: diff.dropped.len(),
            others: diff.others.len() + diff.excludes.len(),
        },
        changed,
        added: added.collect(),
        dropped: dropped.collect(),
        excluded: diff.excludes.iter().map(|region| place(&words, region)).collect(),
        others: diff.others.iter().map(besides).collect(),
    }
}

fn place(words: &Words<'_>, region: &Region) -> Where {
    let [old_sources, new_sources] = words.sources;
    let (from, to) = days(region.days.unwrap_or(Days::ALWAYS));
    let rule =
        |sources: &Sources, place: Option<Place>| place.map(|place| sources.file_and_line(place));
    let [old, new] = region.places;
    let (change, difference) = match &region.change {
        Change::Same | Change::Never | Change::Any => ("same", None),
        Change::Credits(form) => ("credits", Some(form)),
        Change::Rounding(..) => ("rounding", None),
        Change::Term(..) => ("term", None),
        Change::Refused(_) => ("refused", None),
        Change::Converted(_) => ("converted", None),
        Change::Excluded => ("excluded", None),
        Change::Included => ("included", None),
        Change::Unclear(_) => ("unclear", None),
    };
    Where {
        from,
        to,
        without_start: region.days.is_none(),
        conditions: words.conditions(&region.cell),
        change,
        difference: difference.map(|form| {
            let summand = |(atoms, credits): (&[_], &crate::quantity::Exact)| Summand {
                credits: credits.text(),
                times: atoms.iter().map(|atom| words.figure(atom)).collect(),
            };
            form.terms().map(summand).collect()
        }),
        share: region.share.as_ref().map(|share| Range {
            low: share.low.text(),
            high: share.high.text(),
            exact: share.exact,
        }),
        text: words.change(region),
        old_rule: rule(old_sources, old),
        new_rule: rule(new_sources, new),
    }
}

fn besides(other: &Other) -> Besides {
    let (from, to) = days(other.days);
    Besides {
        subject: other.subject.word(),
        name: other.name.clone(),
        from,
        to,
        old: other.old.clone(),
        new: other.new.clone(),
    }
}

fn days(days: Days) -> (Option<String>, Option<String>) {
    let from = (days.from != BEGINNING).then(|| days.from.to_string());
    (from, (days.to != HORIZON).then(|| days.to.to_string()))
}
