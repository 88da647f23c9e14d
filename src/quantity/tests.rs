use super::*;

fn exact(text: &str) -> Exact {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let number = Exact::from(parse_plain(digits).unwrap());
    if negative { -number } else { number }
}

#[test]
fn literals() {
    let good = [
        ("0", "0"),
        ("12", "12"),
        ("1_000", "1000"),
        ("0.05", "0.05"),
        ("40%", "0.4"),
        ("1.50", "1.5"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
        ("0.000000000001", "0.000000000001"),
    ];
    for (text, value) in good {
        assert_eq!(parse_literal(text).map(plain), Ok(value.into()), "{text}");
    }
    let bad = [
        ("1__000", NumberFault::Underscore),
        ("1_", NumberFault::Underscore),
        ("1._5", NumberFault::Underscore),
        ("007", NumberFault::LeadingZero),
        ("1e3", NumberFault::Exponent),
        ("5.", NumberFault::Point),
        ("1.2.3", NumberFault::Point),
        ("12abc", NumberFault::Character('a')),
        ("10000000000000000000000000000", NumberFault::Digits),
        ("0.0000000000001", NumberFault::Decimals),
        ("0.000000000001%", NumberFault::Decimals),
    ];
    for (text, fault) in bad {
        assert_eq!(parse_literal(text), Err(fault), "{text}");
    }
}

#[test]
fn input_numbers() {
    let bad = [
        ("", NumberFault::Empty),
        ("-5", NumberFault::Sign { negative: true }),
        ("-x", NumberFault::Sign { negative: false }),
        ("+5", NumberFault::Sign { negative: false }),
        ("1,000", NumberFault::Comma),
        ("1_000", NumberFault::Underscore),
        ("1e3", NumberFault::Exponent),
        ("40%", NumberFault::Percent),
        (".5", NumberFault::Point),
        (" 5", NumberFault::Character(' ')),
        ("１２", NumberFault::Character('１')),
        ("abc", NumberFault::Character('a')),
    ];
    for (text, fault) in bad {
        assert_eq!(parse_plain(text), Err(fault), "{text}");
    }
    assert_eq!(parse_plain("5.00").map(plain), Ok("5".into()));
}

#[test]
fn every_mode_at_the_edges() {
    use RoundingMode::{Down, HalfDown, HalfEven, HalfUp, Up};
    let table = [
        // value, half up, half even, half down, up, down
        ("-2.5", ["-3", "-2", "-2", "-3", "-2"]),
        ("-0.5", ["-1", "0", "0", "-1", "0"]),
        ("0", ["0", "0", "0", "0", "0"]),
        ("0.5", ["1", "0", "0", "1", "0"]),
        ("1.5", ["2", "2", "1", "2", "1"]),
        ("2.5", ["3", "2", "2", "3", "2"]),
        ("2.500000000001", ["3", "3", "3", "3", "2"]),
        ("2.499999999999", ["2", "2", "2", "3", "2"]),
        ("7", ["7", "7", "7", "7", "7"]),
    ];
    for (value, expected) in table {
        for (mode, want) in [HalfUp, HalfEven, HalfDown, Up, Down].into_iter().zip(expected) {
            let rounding = Rounding { mode, step: Decimal::ONE };
            assert_eq!(rounding.round(&exact(value)).text(), want, "{value} {}", mode.words());
        }
    }
    let tens = Rounding { mode: HalfUp, step: Decimal::TEN };
    assert_eq!(tens.round(&exact("15")).text(), "20");
    let cents = Rounding { mode: HalfUp, step: Decimal::new(1, 2) };
    assert_eq!(cents.round(&(exact("1") / exact("3"))).text(), "0.33");
}

#[test]
fn text_is_plain_and_exact() {
    assert_eq!((exact("1") / exact("3")).text(), "1/3");
    assert_eq!((exact("1") / exact("8")).text(), "0.125");
    assert_eq!((-exact("0.05")).text(), "-0.05");
    assert_eq!((exact("1200") * exact("10")).text(), "12000");
}

#[test]
fn a_decimal_holds_28_digits_and_not_one_more() {
    let most = exact("9999999999999999999999999999");
    assert!(most.to_decimal().is_some());
    assert!((most + Exact::one()).to_decimal().is_none());
    assert!(exact("1234567890123456789012345678").to_decimal().is_some());
    assert!((exact("1234567890123456789012345678") * exact("11")).to_decimal().is_none());
    assert!((exact("1") / exact("3")).to_decimal().is_none());
}
