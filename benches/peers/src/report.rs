//! A run as text, and as a page with its curves.

use std::fs;
use std::path::Path;

use crate::Failure;
use crate::chart::{Chart, Curve};
use crate::contender::Wrong;
use crate::results::{Entry, Group, Results};

/// What stands between these in a page was measured, and is replaced by the next run.
const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- end of figures -->";

/// The tables, to be read in a terminal.
pub fn text(results: &Results) -> String {
    let mut text = String::new();
    for group in Group::TABLES {
        let Some(rows) = Rows::new(results, group) else { continue };
        text.push_str(&format!(
            "{}\n{:<34} {:>10} {:>8} {:>20} {:>8}\n",
            group.title(),
            "",
            "CPU ns",
            "ratio",
            "wrong",
            "MiB"
        ));
        for [label, cpu, ratio, wrong, peak] in rows.0 {
            text.push_str(&format!("{label:<34} {cpu:>10} {ratio:>8} {wrong:>20} {peak:>8}\n"));
        }
        text.push('\n');
    }
    for (group, chart) in charts(results) {
        text.push_str(&format!("{}: {} by {}\n", group.title(), chart.value, chart.argument));
        for curve in &chart.curves {
            let points = curve.points.iter().map(|(at, value)| format!("{at}: {value:.1}"));
            text.push_str(&format!(
                "  {:<32} {}\n",
                curve.label,
                points.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    text
}

/// Puts the tables into a page between its marks, and the curves into a folder beside it.
pub fn write(results: &Results, page: &Path) -> Result<(), Failure> {
    let given = fs::read_to_string(page)?;
    let begins = given.find(BEGIN).ok_or("the page has no mark where figures begin")?;
    let ends = given.find(END).ok_or("the page has no mark where figures end")?;
    let folder = page.with_extension("");
    fs::create_dir_all(&folder)?;
    let stem = folder.file_name().and_then(|name| name.to_str()).ok_or("the page has no name")?;
    let mut figures = format!(
        "{BEGIN}\nMeasured on {}, {} cores: medians of {} interleaved rounds.\n",
        results.processor, results.cores, results.rounds
    );
    for group in Group::TABLES {
        let Some(rows) = Rows::new(results, group) else { continue };
        figures.push_str(&format!(
            "\n### {}\n\n| | CPU ns a line | ratio | wrong lines | peak MiB |\n| --- | ---: | ---: | ---: | ---: |\n",
            group.title()
        ));
        for row in rows.0 {
            figures.push_str(&format!("| {} |\n", row.join(" | ")));
        }
    }
    for (group, chart) in charts(results) {
        let name = format!("{group:?}.svg").to_lowercase();
        chart.draw(&folder.join(&name))?;
        let (title, value, argument) = (group.title(), chart.value, chart.argument);
        figures.push_str(&format!("\n### {title}\n\n![{value} by {argument}]({stem}/{name})\n"));
    }
    Ok(fs::write(page, format!("{}{figures}\n{}", &given[..begins], &given[ends..]))?)
}

/// Rows of one table: label, CPU time, ratio, wrong lines, peak memory.
struct Rows(Vec<[String; 5]>);

impl Rows {
    fn new(results: &Results, group: Group) -> Option<Self> {
        let entries: Vec<&Entry> =
            results.entries.iter().filter(|entry| entry.group == group).collect();
        let measure = entries.iter().find(|entry| entry.label == group.measure());
        let rows = entries.iter().map(|entry| {
            let ratio = measure.map_or_else(String::new, |measure| {
                format!("{:.2}", (entry.cpu - startup(entry)) / measure.cpu)
            });
            let wrong =
                entry.wrong.map_or_else(String::new, |Wrong { lines, totals }| match totals {
                    0 => lines.to_string(),
                    _ => format!("{lines}, {totals} totals"),
                });
            [
                entry.label.clone(),
                format!("{:.1}", entry.cpu - startup(entry)),
                ratio,
                wrong,
                format!("{:.1}", entry.peak),
            ]
        });
        (!entries.is_empty()).then(|| Self(rows.collect()))
    }
}

/// Nanoseconds a line that an interpreter took to start: not the peer's fault.
fn startup(entry: &Entry) -> f64 {
    entry.startup * 1e6 / entry.lines as f64
}

fn charts(results: &Results) -> Vec<(Group, Chart)> {
    let of =
        |group, argument: &'static str, value, at: fn(&Entry) -> f64, figure: fn(&Entry) -> f64| {
            let mut curves: Vec<Curve> = Vec::new();
            for entry in results.entries.iter().filter(|entry| entry.group == group) {
                let point = (at(entry), figure(entry));
                match curves.iter_mut().find(|curve| curve.label == entry.label) {
                    Some(curve) => curve.points.push(point),
                    None => curves.push(Curve { label: entry.label.clone(), points: vec![point] }),
                }
            }
            (group, Chart { title: group.title(), argument, value, curves })
        };
    let charts = vec![
        of(
            Group::Products,
            "products, 12 dated rates each",
            "CPU ns a line",
            |entry| entry.size.map_or(0.0, |size| size.products as f64),
            |entry| entry.cpu,
        ),
        of(
            Group::Dates,
            "dated rates of each of 40 products",
            "CPU ns a line",
            |entry| entry.size.map_or(0.0, |size| size.dates as f64),
            |entry| entry.cpu,
        ),
        of(
            Group::Tiers,
            "tiers of a graduated rate",
            "CPU ns a line",
            |entry| entry.size.map_or(0.0, |size| size.tiers as f64),
            |entry| entry.cpu,
        ),
        of(
            Group::Threads,
            "threads",
            "ns a line on the clock",
            |entry| entry.threads as f64,
            |entry| entry.wall,
        ),
        of(
            Group::TableThreads,
            "threads",
            "ns a line on the clock",
            |entry| entry.threads as f64,
            |entry| entry.wall,
        ),
        of(Group::Lines, "lines", "peak MiB", |entry| entry.lines as f64, |entry| entry.peak),
    ];
    charts.into_iter().filter(|(_, chart)| !chart.curves.is_empty()).collect()
}
