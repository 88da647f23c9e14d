use super::*;

fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

#[test]
fn dates_are_real_days_in_one_form() {
    assert!(parse_date("2024-02-29").is_some());
    for bad in ["2025-02-29", "2025-13-01", "2025-1-5", "20250105", "2025-00-10", " 2025-01-05"] {
        assert_eq!(parse_date(bad), None, "{bad}");
    }
}

fn layout(claims: &[Claim]) -> Vec<String> {
    let (layout, collisions) = lay_out(claims);
    assert_eq!(collisions, []);
    layout.iter().map(|(days, index)| format!("{index}: {} {}", days.from, days.to)).collect()
}

#[test]
fn later_forms_replace_and_windows_stand_in_front() {
    let window = |from, to| Claim::Window(Days { from: day(from), to: day(to) });
    assert_eq!(
        layout(&[
            Claim::From(day("2025-01-01")),
            Claim::Undated,
            window("2025-06-01", "2025-06-30")
        ]),
        [
            "1: -009999-01-01 2024-12-31",
            "0: 2025-01-01 2025-05-31",
            "2: 2025-06-01 2025-06-30",
            "0: 2025-07-01 9999-12-31",
        ]
    );
    assert_eq!(
        layout(&[
            Claim::Undated,
            Claim::From(day("2025-01-01")),
            window("2024-12-01", "2025-01-31")
        ]),
        ["0: -009999-01-01 2024-11-30", "2: 2024-12-01 2025-01-31", "1: 2025-02-01 9999-12-31"]
    );
    assert_eq!(
        layout(&[
            Claim::From(day("2025-01-01")),
            Claim::From(day("2025-02-01")),
            window("2024-12-01", "2025-02-28"),
            window("2025-03-01", "9999-12-31"),
        ]),
        ["2: 2024-12-01 2025-02-28", "3: 2025-03-01 9999-12-31"]
    );
    assert_eq!(layout(&[window("2025-03-01", "2025-03-31")]), ["0: 2025-03-01 2025-03-31"]);
}

#[test]
fn two_forms_on_one_day_collide() {
    let (_, collisions) =
        lay_out(&[Claim::From(day("2025-01-01")), Claim::From(day("2025-01-01"))]);
    assert_eq!(collisions.len(), 1);
    let window = |from, to| Claim::Window(Days { from: day(from), to: day(to) });
    let (_, collisions) =
        lay_out(&[window("2025-02-01", "2025-02-10"), window("2025-01-01", "2025-02-01")]);
    let found = Collision { standing: 1, intruder: 0, day: day("2025-02-01") };
    assert_eq!(collisions, [found]);
}

#[test]
fn terms() {
    use Proration::{ByDay, ByDayOf360, ByDayOf365, ByStartedPeriod, ByWholePeriod};
    use TermUnit::{Month, Year};
    let table = [
        (Year, ByDay, "2025-01-01", "2025-12-31", "1"),
        (Year, ByDay, "2024-01-01", "2024-06-30", "91/183"),
        (Year, ByDay, "2025-01-01", "2025-01-01", "1/365"),
        (Year, ByDay, "2024-02-29", "2025-02-27", "1"),
        (Month, ByDay, "2025-01-31", "2025-02-27", "1"),
        (Month, ByDay, "2025-01-31", "2025-03-30", "2"),
        (Month, ByDay, "2025-01-15", "2025-02-28", "1.5"),
        (Month, ByDay, "2025-01-01", "2025-02-14", "1.5"),
        (Year, ByDayOf365, "2024-01-01", "2024-12-31", "366/365"),
        (Month, ByDayOf365, "2025-01-01", "2025-12-31", "12"),
        (Year, ByDayOf360, "2025-01-01", "2025-12-31", "1"),
        (Month, ByDayOf360, "2025-02-01", "2025-02-28", "1"),
        (Month, ByDayOf360, "2025-01-01", "2025-01-30", "1"),
        (Month, ByStartedPeriod, "2025-01-01", "2025-02-01", "2"),
        (Month, ByStartedPeriod, "2025-01-01", "2025-01-31", "1"),
        (Month, ByWholePeriod, "2025-01-01", "2025-02-27", "1"),
        (Year, ByWholePeriod, "2025-01-01", "2025-12-30", "0"),
        (Month, ByDay, "9999-12-01", "9999-12-31", "1"),
        (Year, ByDay, "2000-01-01", "9999-12-31", "8000"),
        (Year, ByDay, "0000-01-01", "9999-12-31", "10000"),
    ];
    for (unit, proration, start, end, want) in table {
        let term = Term { unit, proration };
        let got = term.periods(day(start), day(end)).unwrap().text();
        assert_eq!(got, want, "{start} to {end} {} {}", unit.word(), proration.words());
    }
}
