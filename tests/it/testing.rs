//! `test`: what examples look at, what they notice, and the files that come of it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use credit_rules::evaluate::{License, Silent, evaluate};
use credit_rules::files;
use credit_rules::mutate::{self, Fate, Mutation};
use credit_rules::period::parse_date;
use credit_rules::plan::Plan;
use credit_rules::project::{self, Compiled};
use credit_rules::selftest::coverage::{Allocatable, Coverage};
use credit_rules::selftest::missing::{self, Skeleton};
use credit_rules::selftest::text::Counts;
use credit_rules::selftest::{self, Verdict};
use credit_rules::source::{Source, Sources};
use credit_rules::syntax;
use credit_rules::syntax::ast::Head;
use serde_json::Value;

use crate::cli::{binary, root, run};
use crate::oracle::{ask, case, compile, for_all, generate, shown, texts};

const BOOKS: [&str; 2] = ["rules/trend_vision_one", "rules/flex_points"];

/// Every construct that examples can touch.
const EVERYTHING: &str = "\
ruleset demo \"Demo\"
credits round half up to 1
unit seat, seats
unit pair = 2 seat
input kind one of a, b, c, default a
input trial yes/no, default no
input size number, default 0
input signed date, default 2026-01-01
exclude when trial is yes and kind is c  because \"trials\"
product sensor per seat
  rate 20
  from 2026-01-01 rate 25
  from 2026-03-01 to 2026-03-31 rate 9
  when signed before 2025-01-01 rate 10
product storage per started 100 seats
  rate graduated
    up to 5     2
    up to 10    1 + 3 flat
    beyond      refused
product table per seat
  count max(1, ceil(quantity)) + 2 * size
  rate by kind
    | a, b | 5 |
    | c    | refused |
  at least 10
  at most 1_000
  round up to 5
product span per seat per year, by day
  rate volume
    below 10    12 + 1 flat
    beyond      20
  zero charged
product old per seat
  rate 3
  from 2026-01-01 withdrawn
together both of sensor, span_less
  rate 22
product span_less per seat
  rate 4
license pack per seat
  grants 1 seat of sensor
  grants 2 seats of span_less
license kept per seat
  rate 30
  grants 1 seat of span_less
limit few  sensor at most 50 seats
";

const EXAMPLES: &str = "\
example \"sensors\"
  on 2025-12-31
  given 3 seats of sensor
  expect 60
example \"storage\"
  given 500 seats of storage
  expect 10
example \"a pack\"
  on 2026-02-01
  given 1 pair of pack
  expect 52
example \"allocated\"
  on 2026-02-01
  allocate 60 seats of sensor
  expect breach of few
";

pub(crate) fn compiled(text: &str) -> Compiled {
    in_files(Sources::new(vec![Source::new("demo.rules", text)]))
}

fn in_files(sources: Sources) -> Compiled {
    project::analyze(sources).compile().unwrap_or_else(|found| panic!("{:#?}", found.diagnostics))
}

fn book(path: &str) -> Compiled {
    in_files(files::read(&root().join(path)).unwrap().sources)
}

pub(crate) fn coverage(ruleset: &Compiled) -> Coverage {
    let ran = selftest::run_all(&ruleset.plan, &ruleset.sources, &ruleset.examples);
    Coverage::new(&ruleset.plan, &ran)
}

fn mutation(ruleset: &Compiled) -> Mutation {
    mutate::run(ruleset, mutate::mutants(&ruleset.sources), &|| {})
}

/// The rules without their examples.
fn without_examples(sources: &Sources) -> Vec<Source> {
    let stripped = sources.iter().map(|(id, source)| {
        let mut text = source.text().to_owned();
        for declaration in syntax::parse(id, source).declarations.iter().rev() {
            if matches!(declaration.head, Head::Example(_)) {
                let clauses = declaration.clauses.iter().map(|clause| clause.span.end);
                let end = clauses.max().unwrap_or(declaration.span.end) as usize;
                text.replace_range(declaration.span.start as usize..end, "");
            }
        }
        Source::new(source.name(), text)
    });
    stripped.collect()
}

/// A folder with a rule file.
pub(crate) fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("demo.rules"), text).unwrap();
    folder
}

fn in_demo(text: &str, arguments: &[&str]) -> crate::cli::Done {
    let folder = folder(text);
    run(folder.path(), &[&["test", "demo.rules"], arguments].concat(), b"")
}

#[test]
fn the_books_touch_everything_and_notice_every_mutant() {
    for path in BOOKS {
        let ruleset = book(path);
        let covered = coverage(&ruleset);
        let open: Vec<String> = covered.missing().map(|item| item.text(&ruleset.sources)).collect();
        assert!(open.is_empty(), "{path}: {open:#?}");
        let unreached = |own: &&Allocatable| own.is_missing();
        let limits = covered.allocations.iter().filter(unreached).count();
        assert_eq!(limits, 0, "{path}: {:#?}", covered.allocations);
        let mutation = mutation(&ruleset);
        let text = mutate::text::text(&mutation, &ruleset.sources, "");
        assert_eq!(mutation.score().survived, 0, "{text}");
        assert!(mutation.score().by_examples > 200, "{text}");
        for (mutant, fate) in &mutation.mutants {
            // An edit that leaves half a line behind would be killed by its own fault.
            if let Fate::Rejected { code } = fate {
                let broken = ["unexpected-text", "bad-number", "bad-name", "unclosed-string"];
                assert!(!broken.contains(code), "{path}: {code} for {}", mutant.words());
            }
        }
    }
}

#[test]
fn every_skeleton_passes_where_it_is_pasted() {
    for path in BOOKS {
        let whole = book(path);
        let bare = in_files(Sources::new(without_examples(&whole.sources)));
        assert!(bare.examples.is_empty());
        let found = missing::missing(&bare.plan, &bare.sources, &coverage(&bare));
        assert!(found.not_found.is_empty(), "{path}: {:#?}", found.not_found);
        let open_limits =
            |of: &Coverage| of.allocations.iter().filter(|own| own.is_missing()).count();
        assert!(path == BOOKS[1] || open_limits(&coverage(&bare)) > 5, "{path} has limits");
        for Skeleton { shows, text, .. } in &found.examples {
            let alone = Source::new("pasted.rules", text);
            let pasted = in_files(Sources::new(
                without_examples(&whole.sources).into_iter().chain([alone]).collect(),
            ));
            let ran = selftest::run_all(&pasted.plan, &pasted.sources, &pasted.examples);
            let verdicts: Vec<&Verdict> = ran.iter().map(|one| &one.verdict).collect();
            assert!(matches!(verdicts.as_slice(), [Verdict::Passed]), "{text}{verdicts:?}");
            // It shows what it says.
            let open = coverage(&pasted);
            let still: BTreeSet<String> =
                open.missing().map(|item| item.text(&pasted.sources)).collect();
            // Whether a limit is touched, its place says.
            let limits = open.allocations.iter().filter(|own| own.is_missing());
            let limits = limits.map(|own| pasted.sources.file_and_line(own.place));
            let limits: BTreeSet<String> = limits.collect();
            assert!(!shows.iter().any(|shown| {
                limits.iter().any(|limit| shown.starts_with(&format!("{limit} limit ")))
            }));
            assert!(shows.iter().all(|shown| !still.contains(shown)), "{text}{still:#?}");
        }
        let all = Source::new("pasted.rules", found.text());
        let pasted = in_files(Sources::new(
            without_examples(&whole.sources).into_iter().chain([all]).collect(),
        ));
        let open = coverage(&pasted);
        assert_eq!((open.missing().count(), open_limits(&open)), (0, 0), "{path}");
    }
}

#[test]
fn what_is_missing_of_everything_can_be_pasted() {
    let ruleset = compiled(EVERYTHING);
    let found = missing::missing(&ruleset.plan, &ruleset.sources, &coverage(&ruleset));
    insta::assert_snapshot!(found.text());
    let pasted = compiled(&format!("{EVERYTHING}\n{}", found.text()));
    let ran = selftest::run_all(&pasted.plan, &pasted.sources, &pasted.examples);
    assert_eq!(Counts::of(&ran).failed, 0);
    let open = coverage(&pasted);
    let limits = open.allocations.iter().filter(|own| own.is_missing()).count();
    assert_eq!(open.missing().count() + limits, found.not_found.len());
}

#[test]
fn coverage_in_every_form() {
    let text = format!("{EVERYTHING}{EXAMPLES}");
    let folder = folder(&text);
    let told = run(folder.path(), &["test", "demo.rules", "--coverage", "--html", "a.html"], b"");
    assert_eq!(told.code, 0, "{}", told.stderr);
    insta::assert_snapshot!("coverage_text", told.stdout);
    let html = fs::read_to_string(folder.path().join("a.html")).unwrap();
    insta::assert_snapshot!("coverage_html", html);
    for outside in ["http", "src=", "@import", "url(", "<script", "<link"] {
        assert!(!html.contains(outside), "the page reaches out: {outside}");
    }
    let json = run(folder.path(), &["test", "demo.rules", "--coverage", "--format", "json"], b"");
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let covered = &json["coverage"];
    let items = covered["items"].as_array().unwrap();
    assert_eq!(covered["total"], items.len());
    let touched = items.iter().filter(|item| !item["examples"].as_array().unwrap().is_empty());
    assert_eq!(covered["touched"], touched.count());
    insta::assert_snapshot!(
        "coverage_json",
        format!(
            "{:#}",
            serde_json::json!({
                "first": items[0],
                "needs_allocations": covered["needs_allocations"],
                "kinds": covered["kinds"],
                "summary": json["summary"],
            })
        )
    );
}

#[test]
fn names_in_the_page_are_no_markup() {
    let text = format!(
        "{EVERYTHING}example \"<b>&amp; \\\"bold\\\"\"\n  on 2026-02-01\n  given 1 seat of sensor\n  expect 25\n"
    );
    let folder = folder(&text);
    let done = run(folder.path(), &["test", ".", "--coverage", "--html", "a.html"], b"");
    assert_eq!(done.code, 0, "{}", done.stderr);
    let html = fs::read_to_string(folder.path().join("a.html")).unwrap();
    assert!(html.contains("<li>&lt;b&gt;&amp;amp; &quot;bold&quot;</li>"), "{html}");
    assert!(!html.contains("<b>"));
}

/// A code stands for its product only while it is in force: the name would always do.
#[test]
fn a_line_given_by_a_code_is_a_line_with_this_code() {
    let text = "ruleset r \"R\"\ncredits round half up to 1\nunit seat\n\
        product a per seat\n  sku \"OLD\"\n  from 2026-01-01 sku \"NEW\"\n  rate 2\n\
        example \"by code\"\n  on 2026-02-01\n  given 3 seat of \"NEW\"\n  expect 6\n";
    let told = |text: &str| run(folder(text).path(), &["test", "."], b"");
    assert_eq!(told(text).code, 0);
    let old = told(&text.replace("given 3 seat of \"NEW\"", "given 3 seat of \"OLD\""));
    assert_eq!(old.code, 1);
    assert!(old.stdout.contains("OLD"), "{}", old.stdout);
}

#[test]
fn mutants_of_everything() {
    let ruleset = compiled(&format!("{EVERYTHING}{EXAMPLES}"));
    let mutation = mutation(&ruleset);
    let told: Vec<String> = mutation
        .mutants
        .iter()
        .map(|(mutant, fate)| {
            let place = ruleset.sources.file_and_line(mutant.place);
            format!("{place}  {}  {fate:?}", mutant.words())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// A code is noticed by a line that is given by it, a default by a line that leaves its input out.
#[test]
fn codes_and_defaults_are_noticed() {
    let text = "ruleset demo \"Demo\"\ncredits round half up to 1\nunit seat, seats\n\
        input kind one of a, b, c, default a\ninput size number, default 2\n\
        product sensor per seat\n  sku \"S-3\", \"S-4\"\n  rate by kind\n    \
        | a, b | 1 |\n    | c | 2 |\n  when size above 9 rate 3\n";
    let given = |name: &str, line: &str| {
        format!("example \"{name}\"\n  given 10 seats of {line}\n  expect 10\n")
    };
    let survived = |examples: &[&str]| -> Vec<String> {
        let all = survivors(text, examples);
        all.into_iter().filter(|it| it.starts_with("code") || it.starts_with("default")).collect()
    };
    let bare = given("all said", "sensor with kind is a and size is 1");
    assert_eq!(
        survived(&[&bare]),
        [
            "default: a → c",
            "default: a → dropped",
            "default: 2 → dropped",
            "code: \"S-3\" → \"S-1\"",
            "code: \"S-4\" → \"S-1\"",
        ]
    );
    let by_codes = [given("one code", "\"S-3\""), given("the other", "\"S-4\"")];
    assert_eq!(survived(&by_codes.each_ref().map(String::as_str)), Vec::<String>::new());
}

#[test]
fn mutants_on_the_command_line() {
    let text = format!("{EVERYTHING}{EXAMPLES}");
    let told = in_demo(&text, &["--mutate"]);
    assert_eq!((told.code, told.stderr.as_str()), (1, ""));
    let survived = told.stdout.lines().filter(|line| line.starts_with("survived")).count();
    let json = in_demo(&text, &["--mutate", "--format", "json"]);
    assert_eq!(json.code, 1);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let score = &json["mutation"]["score"];
    assert_eq!(score["survived"], survived);
    let mutants = json["mutation"]["mutants"].as_array().unwrap();
    let of = |fate: &str| mutants.iter().filter(|mutant| mutant["fate"] == fate).count();
    assert_eq!(score["by_examples"], of("killed"));
    assert_eq!(score["by_check"], of("killed by check"));
    assert_eq!(score["equivalent"], of("equivalent"));
    insta::assert_snapshot!(told.stdout.lines().last().unwrap());
    // Nothing is told of examples that fail already.
    let wrong = in_demo(&text.replace("expect 60", "expect 61"), &["--mutate"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("no mutants are tried while examples fail"), "{}", wrong.stderr);
}

#[test]
fn any_number_of_threads_gives_the_same_mutants() {
    let ruleset = book(BOOKS[1]);
    let by = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| mutation(&ruleset)).mutants
    };
    assert_eq!(by(1), by(3));
}

#[test]
fn without_an_example_something_survives() {
    let text = "\
ruleset demo \"Demo\"\ncredits round half up to 1\nunit seat, seats\nproduct sensor per seat\n  \
rate 20\n  from 2026-01-01 rate 25\n";
    let examples = [
        "example \"eve\"\n  on 2025-12-31\n  given 3 seats of sensor\n  expect 60\n",
        "example \"day\"\n  on 2026-01-01\n  given 3.5 seats of sensor\n  expect 88\n",
        "example \"up\"\n  on 2026-01-01\n  given 0.1 seats of sensor\n  expect 3\n",
        "example \"down\"\n  on 2026-01-01\n  given 0.05 seats of sensor\n  expect 1\n",
    ];
    assert_eq!(survivors(text, &examples), Vec::<String>::new());
    for left_out in ["eve", "day", "down"] {
        let rest: Vec<&str> =
            examples.iter().filter(|text| !text.contains(left_out)).copied().collect();
        assert!(!survivors(text, &rest).is_empty(), "nothing misses {left_out}");
    }
}

fn survivors(rules: &str, examples: &[&str]) -> Vec<String> {
    let ruleset = compiled(&format!("{rules}{}", examples.concat()));
    let found = mutation(&ruleset).mutants;
    let survived = found.iter().filter(|(_, fate)| *fate == Fate::Survived);
    survived.map(|(mutant, _)| mutant.words()).collect()
}

/// What lines of every product and license come to, on many days and in many quantities.
fn figures(plan: &Plan) -> BTreeMap<String, String> {
    let days = ["2020-12-31", "2024-02-29", "2025-12-31", "2026-03-15"].map(parse_date);
    let quantities = ["0", "0.5", "1", "4.9", "5", "99", "100", "101", "1825", "1826", "100000"];
    let mut figures = BTreeMap::new();
    for rule in &plan.rules {
        for (day, quantity) in days.iter().flat_map(|day| quantities.map(|number| (day, number))) {
            let mut line = License::new(plan, rule.name.clone(), quantity.parse().unwrap());
            line.start = *day;
            line.end = parse_date("2026-12-31");
            let outcome = match evaluate(plan, &line, &mut Silent) {
                Ok(credit_rules::evaluate::Outcome::Converted { credits, .. }) => {
                    credits.normalize().to_string()
                }
                Ok(_) => "excluded".to_owned(),
                Err(_) => "refused".to_owned(),
            };
            figures.insert(format!("{} {day:?} {quantity}", rule.name), outcome);
        }
    }
    figures
}

#[test]
fn equivalent_mutants_charge_the_same() {
    let mut seen = 0;
    let small = "ruleset demo \"Demo\"\ncredits round half up to 0.01\nunit seat, seats\n\
        product a per started 10 seats\n  rate graduated\n    up to 5 2\n    up to 10 1\n    beyond 0\n\
        product b per seat\n  rate volume\n    up to 5 2\n    beyond 0 + 10 flat\n";
    for ruleset in [book(BOOKS[0]), book(BOOKS[1]), compiled(small)] {
        let own = figures(&ruleset.plan);
        for (mutant, fate) in mutation(&ruleset).mutants {
            if fate == Fate::Equivalent {
                seen += 1;
                let mutated = in_files(mutant.apply(&ruleset.sources));
                assert_eq!(figures(&mutated.plan), own, "{}", mutant.words());
            }
        }
    }
    assert!(seen >= 3, "only {seen} equivalent mutants were looked at");
}

#[test]
fn equivalent_mutants_of_random_rules_charge_the_same() {
    let seen = Cell::new(0usize);
    for_all("equivalent mutants", 5, &generate::tapes(40), |tapes| {
        let (ruleset, printed, lines) = case(&tapes);
        let compiled = compile(&printed.files)?;
        for (mutant, fate) in mutation(&compiled).mutants {
            if fate != Fate::Equivalent {
                continue;
            }
            seen.set(seen.get() + 1);
            let mutated = in_files(mutant.apply(&compiled.sources));
            for line in &lines {
                let texts = texts(&ruleset, line);
                let both = [&compiled, &mutated].map(|rules| ask(rules, &texts, &mut Silent));
                if both[0] != both[1] {
                    let words = mutant.words();
                    return Err(format!("{words}\n{texts:?}\n{both:?}\n{}", shown(&printed.files)));
                }
            }
        }
        Ok(())
    });
    assert!(seen.get() > 0, "only {} equivalent mutants were drawn", seen.get());
}

#[test]
fn skeletons_of_random_rules_pass_where_they_are_pasted() {
    let (items, lost) = (Cell::new(0usize), Cell::new(0usize));
    for_all("skeletons", 60, &generate::tapes(0), |tapes| {
        let (_, printed, _) = case(&tapes);
        let compiled = compile(&printed.files)?;
        let open = coverage(&compiled);
        let found = missing::missing(&compiled.plan, &compiled.sources, &open);
        items.set(items.get() + open.items.len());
        lost.set(lost.get() + found.not_found.len());
        let mut files = printed.files.clone();
        files.push(("pasted.rules".to_owned(), found.text()));
        let pasted = compile(&files)?;
        let ran = selftest::run_all(&pasted.plan, &pasted.sources, &pasted.examples);
        let open = coverage(&pasted);
        let together = open.allocations.iter().filter(|own| own.is_missing()).count();
        let still = open.missing().count() + together;
        if Counts::of(&ran).failed > 0 || still != found.not_found.len() {
            return Err(format!("{still} of {:?}\n{}", found.not_found, shown(&files)));
        }
        Ok(())
    });
    let (items, lost) = (items.get(), lost.get());
    assert!(items > 500 && lost * 8 < items, "{lost} of {items} were not found");
}

#[test]
fn bless_writes_what_comes_out() {
    let wrong = format!("\u{feff}{EVERYTHING}{EXAMPLES}")
        .replace("expect 60", "expect 61 because \"page 3\"  # to be mended")
        .replace("expect 52", "expect refused   withdrawn");
    let folder = folder(&wrong);
    let rules = folder.path().join("demo.rules");
    let done = bless(folder.path(), &["test", ".", "--bless"], None);
    assert_eq!(done.code, 0, "{}", done.stderr);
    insta::assert_snapshot!(done.stdout);
    let mended = wrong.replace("expect 61", "expect 60").replace("refused   withdrawn", "52");
    assert_eq!(fs::read_to_string(&rules).unwrap(), mended);
    // Nothing is left to do, and nothing else is left behind.
    let again = bless(folder.path(), &["test", "demo.rules", "--bless"], None);
    assert_eq!(again.stdout.lines().count(), 1, "{}", again.stdout);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn bless_is_refused_in_ci_and_leaves_what_it_cannot_know() {
    let wrong = EXAMPLES.replace("expect 60", "expect 61\n  expect refused no-rate");
    let text = format!("{EVERYTHING}{wrong}");
    let folder = folder(&text);
    let refused = bless(folder.path(), &["test", ".", "--bless"], Some("true"));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("refused where `CI` is set"), "{}", refused.stderr);
    let left = bless(folder.path(), &["test", ".", "--bless"], None);
    assert_eq!(left.code, 1);
    assert!(left.stderr.contains("demo.rules:47 expects several things"), "{}", left.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("demo.rules")).unwrap(), text);
}

/// Runs the binary with or without `CI`, whatever this run has.
fn bless(folder: &Path, arguments: &[&str], ci: Option<&str>) -> crate::cli::Done {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(folder).env_remove("CI").env("NO_COLOR", "1");
    command.envs(ci.map(|ci| ("CI", ci)));
    let done = command.output().unwrap();
    crate::cli::Done {
        code: done.status.code().unwrap(),
        stdout: String::from_utf8(done.stdout).unwrap(),
        stderr: String::from_utf8(done.stderr).unwrap(),
    }
}

#[test]
fn junit_holds_every_example() {
    let wrong =
        EXAMPLES.replace("expect 60", "expect 61").replace("\"a pack\"", "\"a <pack> & co\"");
    let folder = folder(&format!("{EVERYTHING}{wrong}"));
    let done = run(folder.path(), &["test", ".", "--junit", "out.xml"], b"");
    assert_eq!(done.code, 1);
    let xml = fs::read_to_string(folder.path().join("out.xml")).unwrap();
    insta::assert_snapshot!(xml);
}

#[test]
fn plain_json_lists_the_examples() {
    let text = format!("{EVERYTHING}{}", EXAMPLES.replace("expect 60", "expect 61"));
    let done = in_demo(&text, &["--format", "json"]);
    assert_eq!(done.code, 1);
    insta::assert_snapshot!(done.stdout);
}

#[test]
fn watch_runs_again_when_a_file_changes() {
    let folder = folder(&format!("{EVERYTHING}{EXAMPLES}"));
    let mut child = Command::new(binary())
        .args(["test", ".", "--watch"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    // It has read the files before it printed.
    let wrong = EXAMPLES.replace("expect 60", "expect 61");
    fs::write(folder.path().join("demo.rules"), format!("{EVERYTHING}{wrong}")).unwrap();
    let second = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(first, "4 examples: 4 passed, 0 failed");
    assert_eq!(second, "failed: \"sensors\" at demo.rules:47");
}

#[test]
fn options_that_do_not_fit_are_mistakes() {
    for wrong in [&["--html", "a.html"][..], &["--missing", "--mutate"], &["--bless", "--watch"]] {
        assert_eq!(in_demo(EVERYTHING, wrong).code, 2, "{wrong:?}");
    }
}
