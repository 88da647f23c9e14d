//! Properties that hold for every ruleset, line, number and history.

use jiff::civil::Date;
use num_rational::BigRational as Ratio;
use num_traits::{Signed as _, Zero as _};
use proptest::collection::vec;
use proptest::prelude::any;
use rust_decimal::Decimal;

use credit_rules::check::verdict::{Status, Verdict};
use credit_rules::diagnostic::{Code, Witness};
use credit_rules::evaluate::observe::RatedForm;
use credit_rules::evaluate::{Recording, Silent, Step};
use credit_rules::period::{self, BEGINNING, Days, HORIZON, Term, TermUnit, lay_out};
use credit_rules::quantity::{Exact, NumberFault, parse_literal, parse_plain, plain};

use crate::exact::exactly;
use crate::oracle::calendar::{self, Day, civil, day};
use crate::oracle::dates::{collide, holder};
use crate::oracle::generate::{self, Tapes};
use crate::oracle::model::{Answer, Claim, Number, Period, Proration, whole};
use crate::oracle::{analyze, ask, case, compile, for_all, print, ratio, shown, texts};

/// The recorded steps of every line say how its credits came about.
fn steps_add_up(tapes: &Tapes) -> Result<(), String> {
    let (ruleset, printed, lines) = case(tapes);
    let compiled = compile(&printed.files)?;
    for line in &lines {
        let texts = texts(&ruleset, line);
        let mut recording = Recording::default();
        let watched = ask(&compiled, &texts, &mut recording);
        let fail = |what: &str| {
            Err(format!("{what}\n{texts:?}\n{:#?}\n{}", recording.steps, shown(&printed.files)))
        };
        if watched != ask(&compiled, &texts, &mut Silent) {
            return fail("watching changes the answer");
        }
        let (mut charged, mut exact) = (Ratio::zero(), Ratio::zero());
        let mut sum = Ratio::zero();
        for step in &recording.steps {
            match step {
                Step::Blocks { charged: units, .. } => charged = exactly(units),
                Step::Rated { form, credits, .. } => {
                    exact = exactly(credits);
                    let came = match form {
                        RatedForm::NoUnits => Some(Ratio::zero()),
                        RatedForm::Line { each, flat, .. } => {
                            Some(exactly(each) * &charged + exactly(flat))
                        }
                        RatedForm::Slices(slices) => tiled(slices, &charged),
                    };
                    if came.as_ref() != Some(&exact) {
                        return fail("the parts of a rate are not its credits");
                    }
                }
                Step::Prorated { periods, credits, .. } => {
                    exact *= exactly(periods);
                    if exact != exactly(credits) {
                        return fail("a term");
                    }
                }
                Step::Bounded { at_most, bound, credits, .. } => {
                    let bound = exactly(bound);
                    exact = if *at_most { exact.min(bound) } else { exact.max(bound) };
                    if exact != exactly(credits) {
                        return fail("a bound");
                    }
                }
                Step::Rounded { rounding, credits, .. } => {
                    let (step, credits) = (ratio(rounding.step), exactly(credits));
                    if !(&credits / &step).is_integer() || (&credits - &exact).abs() >= step {
                        return fail("a rounding");
                    }
                    sum += credits;
                }
                Step::Together { units, rate, credits, .. } => {
                    exact = exactly(credits);
                    if exact != exactly(units) * exactly(rate) {
                        return fail("products together");
                    }
                }
                Step::Summed { credits } if exactly(credits) != sum => return fail("a sum"),
                _ => {}
            }
        }
        match watched {
            Answer::Credits(credits) if credits != sum => return fail("the last step"),
            _ => {}
        }
    }
    Ok(())
}

/// The credits of slices that lie side by side from 0 to all charged units.
fn tiled(
    slices: &[(Exact, Exact, Exact, Exact, credit_rules::source::Place)],
    charged: &Ratio,
) -> Option<Ratio> {
    let (mut at, mut sum) = (Ratio::zero(), Ratio::zero());
    for (from, to, each, flat, _) in slices {
        let (from, to) = (exactly(from), exactly(to));
        if from != at || to < from {
            return None;
        }
        sum += (&to - &from) * exactly(each) + exactly(flat);
        at = to;
    }
    (at == *charged).then_some(sum)
}

#[test]
fn explanations_add_up() {
    for_all("explain", 400, &generate::tapes(12), |tapes| steps_add_up(&tapes));
}

/// Answers that differ in nothing that an order of declarations may decide: which exclude is named,
/// and which of several reasons to refuse.
fn alike(a: &Answer, b: &Answer) -> bool {
    match (a, b) {
        (Answer::Credits(a), Answer::Credits(b)) => a == b,
        (Answer::Excluded(_), Answer::Excluded(_)) | (Answer::Refused(_), Answer::Refused(_)) => {
            true
        }
        _ => false,
    }
}

#[test]
fn order_changes_no_credits() {
    let strategy = (generate::tapes(8), any::<u32>());
    for_all("order", 400, &strategy, |(tapes, other_layout)| {
        let (ruleset, printed, lines) = case(&tapes);
        let other = print::print(&ruleset, other_layout, &[]);
        let (one, two) = (compile(&printed.files)?, compile(&other.files)?);
        let asked: Vec<_> = lines.iter().map(|line| texts(&ruleset, line)).collect();
        let first: Vec<Answer> = asked.iter().map(|line| ask(&one, line, &mut Silent)).collect();
        let mut second: Vec<Answer> =
            asked.iter().rev().map(|line| ask(&two, line, &mut Silent)).collect();
        second.reverse();
        for ((line, a), b) in asked.iter().zip(&first).zip(&second) {
            if !alike(a, b) {
                let (one, two) = (shown(&printed.files), shown(&other.files));
                return Err(format!("{line:?}\n{a:?}\n{b:?}\n{one}\n═══\n{two}"));
            }
        }
        Ok(())
    });
}

/// Declarations with a mistake; of some it takes two.
const MISTAKES: [&str; 18] = [
    "product bad_a per furlong\nrate 1",
    "product bad_b per endpoint",
    "input bad_c one of a, b, a",
    "product bad_d per endpoint\nrate by quantity\n| up to 5 | 1 |",
    "product bad_e per endpoint\nrate by quantity\n| up to 5 | 1 |\n| from 5 | 1 |",
    "product bad_f per endpoint\nrate 3\nwhen quantity up to 5 rate 1\nwhen quantity from 3 rate 2",
    "license bad_g per endpoint\ngrants 1 endpoint of nowhere",
    "product bad_h per endpoint\nrate 1\nfrom 2025-01-01 rate 2, was 3",
    "together bad_i of bad_r",
    "exclude when bad_input is yes because \"of no use\"",
    "unit bad_j = 2 bad_k",
    "unit bad_k = 2 bad_j",
    "product bad_l per endpoint\nsku \"same code\"\nrate 1",
    "license bad_m per endpoint\nsku \"same code\"\nrate 1",
    "produkt bad_n per endpoint",
    "product bad_o per endpoint\nrate\nup to 5 3",
    "limit bad_p bad_q at most 5 endpoints",
    "product bad_r per endpoint\nrate 1\nrate 1",
];

#[test]
fn order_changes_no_findings() {
    let mistakes = vec(1..MISTAKES.len(), 0..6);
    let strategy = (generate::tapes(0), any::<u32>(), mistakes);
    for_all("findings", 400, &strategy, |(tapes, other_layout, mut mistakes)| {
        // Some are mistakes only by twos; the first always is one.
        mistakes.push(0);
        mistakes.sort_unstable();
        mistakes.dedup();
        let more: Vec<&str> = mistakes.iter().map(|at| MISTAKES[*at]).collect();
        let ruleset = generate::ruleset(&tapes);
        let found = |layout: u32| {
            let printed = print::print(&ruleset, layout, &more);
            let analysis = analyze(&printed.files);
            let mut found: Vec<_> = analysis
                .diagnostics
                .iter()
                // The first `exclude` gives the reason: their order decides which are of use.
                .filter(|found| !found.message.starts_with("this `exclude`"))
                .map(|found| {
                    // Of several falls of a product one is shown.
                    let shown = found.witness.as_ref().filter(|_| found.code != Code::FallingRate);
                    let witness = shown.map(Witness::text);
                    let mut help = found.help.clone();
                    help.sort();
                    // A circle has no first unit: the message names that of the files.
                    let circle = found.code == Code::UnitCycle;
                    let message = if circle { String::new() } else { found.message.clone() };
                    (found.code, message, witness, help, found.labels.len())
                })
                .collect();
            found.sort();
            let proved = |verdict: &&Verdict| {
                verdict.status == Status::Proved && verdict.subject != "excludes"
            };
            let proved = analysis.verdicts.iter().filter(proved).count();
            (found, proved, shown(&printed.files))
        };
        let (one, two) = (found(tapes.layout), found(other_layout));
        if one.0.is_empty() {
            return Err(format!("nothing was found\n{}", one.2));
        }
        if (&one.0, one.1) != (&two.0, two.1) {
            let (a, b) = ((one.0, one.1), (two.0, two.1));
            return Err(format!("{a:#?}\n{b:#?}\n{}\n═══\n{}", one.2, two.2));
        }
        Ok(())
    });
}

fn date(day: Day) -> Date {
    let (year, month, of_month) = civil(day);
    Date::new(year.try_into().unwrap(), month.try_into().unwrap(), of_month.try_into().unwrap())
        .unwrap()
}

#[test]
fn layouts_hold_day_by_day() {
    let claim = (0..4_u8, 0..30_i64, 0..12_i64);
    for_all("layouts", 4_000, &vec(claim, 0..7), |drawn| {
        let first = day(2024, 2, 20);
        let claims: Vec<Claim> = drawn
            .iter()
            .map(|(form, from, length)| match form {
                0 => Claim::Always,
                1 => Claim::From(first + from),
                _ => Claim::Window(first + from, first + from + length),
            })
            .collect();
        let theirs: Vec<period::Claim> = claims
            .iter()
            .map(|claim| match *claim {
                Claim::Always => period::Claim::Undated,
                Claim::From(from) => period::Claim::From(date(from)),
                Claim::Window(from, to) => {
                    period::Claim::Window(Days { from: date(from), to: date(to) })
                }
            })
            .collect();
        let (layout, collisions) = lay_out(&theirs);
        let fail = |what: &str| Err(format!("{what}: {claims:?} {layout:?} {collisions:?}"));
        let pairs = (0..claims.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let collide_somewhere = pairs.into_iter().any(|(a, b)| collide(claims[a], claims[b]));
        if collisions.is_empty() == collide_somewhere {
            return fail("collisions");
        }
        for collision in &collisions {
            let (a, b) = (theirs[collision.standing], theirs[collision.intruder]);
            let real = collision.standing != collision.intruder
                && collide(claims[collision.standing], claims[collision.intruder])
                && collision.day == a.first().max(b.first());
            if !real {
                return fail("a collision is none");
            }
        }
        if layout.iter().any(|(days, _)| days.from > days.to)
            || layout.windows(2).any(|pair| pair[0].0.to >= pair[1].0.from)
        {
            return fail("stretches do not rise");
        }
        let held = |day: Date| {
            layout.iter().find(|(days, _)| days.from <= day && day <= days.to).map(|(_, at)| *at)
        };
        let edges = [BEGINNING, HORIZON].map(|edge| {
            // All that is dated lies between the two.
            (edge, if edge == BEGINNING { day(1, 1, 1) } else { day(9_999, 12, 31) })
        });
        let days = (first - 2..first + 45).map(|day| (date(day), day)).chain(edges);
        for (theirs, ours) in days {
            if !collide_somewhere && held(theirs) != holder(&claims, ours) {
                return fail(&format!("{theirs}"));
            }
        }
        Ok(())
    });
}

#[test]
fn terms_are_counted_as_by_hand() {
    let units = [(TermUnit::Year, Period::Year), (TermUnit::Month, Period::Month)];
    let prorations = [
        (period::Proration::ByDay, Proration::Day),
        (period::Proration::ByDayOf365, Proration::Day365),
        (period::Proration::ByDayOf360, Proration::Day360),
        (period::Proration::ByStartedPeriod, Proration::Started),
        (period::Proration::ByWholePeriod, Proration::Whole),
    ];
    // Months and a day or two more or less: the ends of periods are where counting goes wrong.
    let strategy = (0..1_800_i64, 0..40_i64, -3..34_i64, 0..2_usize, 0..5_usize);
    for_all("terms", 4_000, &strategy, |(shift, months, days, unit, proration)| {
        let start = day(2023, 1, 1) + shift;
        let end = (calendar::months_later(start, months) + days).max(start);
        let ((unit, period), (proration, mirror)) = (units[unit], prorations[proration]);
        let found = Term { unit, proration }.periods(date(start), date(end)).unwrap();
        let expected = calendar::periods(period, mirror, start, end);
        if exactly(&found) == expected {
            return Ok(());
        }
        let (start, end) = (calendar::text(start), calendar::text(end));
        Err(format!("{unit:?} {proration:?} {start} {end}: expected {expected}, found {found}"))
    });
}

#[test]
fn numbers_survive_their_text() {
    let strategy = (any::<u64>(), 0..10_000_000_000_u64, 0..28_u32, 0..=12_u32);
    for_all("numbers", 4_000, &strategy, |(high, low, cut, scale)| {
        let digits = (i128::from(high) * 10_000_000_000 + i128::from(low)) / 10_i128.pow(cut);
        let digits = digits % 10_i128.pow(28);
        let number = Decimal::try_from_i128_with_scale(digits, scale).unwrap();
        let text = plain(number);
        let exact = Exact::from(number);
        let fails = [
            (parse_plain(&text) != Ok(number), "another number comes back"),
            (text.contains(['e', 'E', '-', '+']), "more than digits and a point"),
            (text.contains('.') && text.ends_with(['0', '.']), "zeros at the end"),
            (exact.text() != text, "the text of the exact number"),
            (exact.to_decimal() != Some(number), "the exact number"),
            (exactly(&exact) != ratio(number), "the ratio"),
            ((-Exact::zero()).text() != "0", "minus zero"),
            (digits != 0 && (-exact).text() != format!("-{text}"), "the negative"),
        ];
        match fails.iter().find(|(fails, _)| *fails) {
            Some((_, what)) => Err(format!("{what}: {digits} {scale} {text}")),
            None => Ok(()),
        }
    });
}

/// What a number of a rule or of an input is, read by hand.
fn read(text: &str) -> Option<Ratio> {
    let (whole_digits, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let zeros = whole_digits.len() > 1 && whole_digits.starts_with('0');
    if whole_digits.is_empty() || zeros || !digits(whole_digits) || !digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let all = format!("{whole_digits}{fraction}");
    let significant = all.trim_start_matches('0').len();
    (fraction.len() <= 12 && significant <= 28).then(|| {
        let digits = if all.is_empty() { "0" } else { &all };
        Ratio::from_integer(digits.parse().unwrap())
            / (0..fraction.len()).fold(whole(1), |scale, _| scale * whole(10))
    })
}

#[test]
fn texts_that_are_no_numbers_are_refused() {
    let alphabet = [
        '0', '1', '5', '9', '.', '0', '0', '7', '1', '2', '3', ',', '_', 'e', '-', '+', '%', ' ',
        '٣', 'x',
    ];
    // Long texts keep to digits, so that the limits on digits are met.
    let strategy = (vec(0..alphabet.len(), 0..7), 0..3_usize, vec(0..11_usize, 0..24));
    for_all("texts", 4_000, &strategy, |(any, repeat, digits)| {
        let mut text: String = any.iter().map(|at| alphabet[*at]).collect();
        for _ in 0..repeat {
            text.extend(digits.iter().map(|at| alphabet[*at]).filter(char::is_ascii_digit));
        }
        let found = parse_plain(&text).map(ratio);
        if found.clone().ok() != read(&text) {
            return Err(format!("{text:?} is read as {found:?}"));
        }
        if matches!(found, Err(NumberFault::Sign { negative: true })) != read_negative(&text) {
            return Err(format!("{text:?} is below 0 or is not"));
        }
        if text.contains('_') {
            return Ok(());
        }
        let percent = parse_literal(&format!("{text}%")).map(ratio);
        let hundredth = read(&text).map(|number| number / whole(100));
        let fits = hundredth.filter(|number| Number::of(number).is_some());
        if percent.clone().ok() != fits {
            return Err(format!("{text:?}% is read as {percent:?}"));
        }
        Ok(())
    });
}

fn read_negative(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| read(rest).is_some())
}
