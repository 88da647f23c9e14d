//! What can be wrong with the form of a line: one constructor a code.

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::quantity::{NumberFault, describe};
use crate::source::Place;

pub(super) fn bad_character(place: Place, c: char) -> Diagnostic {
    let message =
        format!("the character U+{:04X} cannot be seen or changes the order of text", u32::from(c));
    Diagnostic::new(Code::BadCharacter, place, message)
        .help("delete it: what a rule says must be what it shows")
}

pub(super) fn bad_blank(place: Place, c: char) -> Diagnostic {
    let name = match c {
        '\t' => "a tab".to_owned(),
        '\u{a0}' | '\u{2007}' | '\u{202f}' => "a no-break space".to_owned(),
        other => format!("the white space U+{:04X}", u32::from(other)),
    };
    Diagnostic::new(Code::BadBlank, place, format!("{name} stands where a blank belongs"))
        .help("replace it by blanks; how many makes no difference")
}

pub(super) fn line_too_long(place: Place) -> Diagnostic {
    Diagnostic::new(Code::LineTooLong, place, "this line is longer than 1 MiB")
        .help("split it into several clauses or rows")
}

pub(super) fn nested_too_deep(place: Place, most: usize) -> Diagnostic {
    let message = format!("parentheses and conditions are nested more than {most} deep");
    Diagnostic::new(Code::NestedTooDeep, place, message)
        .help("split the expression, or count part of it in an input")
}

pub(super) fn unclosed_string(place: Place) -> Diagnostic {
    Diagnostic::new(Code::UnclosedString, place, "this string has no closing quote")
        .help("end it with `\"` on the same line; a quote inside it is written `\\\"`")
}

pub(super) fn bad_escape(place: Place, escape: &str) -> Diagnostic {
    Diagnostic::new(Code::BadEscape, place, format!("`{escape}` is not an escape"))
        .help("write `\\\"`, `\\\\`, `\\n` or `\\u{…}` with a code point of up to six hexadecimal digits that can be seen")
}

pub(super) fn comma_in_number(place: Place, text: Option<&str>) -> Diagnostic {
    let text = text.unwrap_or_default();
    bad_number(place, text, NumberFault::Comma)
}

pub(super) fn bad_number(place: Place, text: &str, fault: NumberFault) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::BadNumber,
        place,
        format!("`{text}` is not a number: it {}", fault.reason()),
    );
    match fault {
        NumberFault::Comma => diagnostic.help(format!(
            "write `{}`: `_` parts thousands, a point comes before decimals; in a list, put a blank after the comma",
            without_commas(text)
        )),
        NumberFault::Exponent => diagnostic.help("write all digits, as in `1_000`"),
        NumberFault::LeadingZero => diagnostic.help("write it without the zeros in front"),
        NumberFault::Digits | NumberFault::Decimals => {
            diagnostic.help("numbers are exact: at most 28 significant digits and 12 decimals")
        }
        NumberFault::Character(_) => diagnostic.help("a number and a unit are written apart, as in `500 mbps`"),
        _ => diagnostic.help("numbers look like `12`, `1_000`, `0.05` or `40%`"),
    }
}

/// What a number with commas was probably meant as.
fn without_commas(text: &str) -> String {
    let behind = text.rsplit(',').next().map_or(0, str::len);
    match (text.rfind(','), text.rfind('.')) {
        // Thousands come in threes: `1,5` was meant as a decimal.
        (Some(_), None) if text.matches(',').count() == 1 && behind != 3 => text.replace(',', "."),
        (Some(comma), Some(point)) if comma > point => text.replace('.', "_").replace(',', "."),
        _ => text.replace(',', "_"),
    }
}

pub(super) fn split_number(place: Place, joined: &str) -> Diagnostic {
    Diagnostic::new(Code::BadNumber, place, "a number with a blank in it is two numbers")
        .help(format!("write `{joined}`"))
}

pub(super) fn apart_percent(place: Place) -> Diagnostic {
    Diagnostic::new(Code::BadNumber, place, "the percent sign stands apart from its number")
        .help("let it touch the number, as in `40%`")
}

pub(super) fn bad_date(place: Place, text: &str) -> Diagnostic {
    Diagnostic::new(Code::BadDate, place, format!("`{text}` is not a day of the calendar"))
        .help("write year, month and day, as in `2025-11-30`")
}

pub(super) fn bad_name(place: Place, text: &str, mended: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::BadName, place, format!("`{text}` cannot be a name"));
    let rule = "names are lower-case letters, digits and `_`, and begin with a letter";
    if mended.is_empty() || mended == text {
        diagnostic.help(rule)
    } else {
        diagnostic.help(format!("{rule}: write `{mended}`"))
    }
}

pub(super) fn reserved_word(place: Place, word: &str) -> Diagnostic {
    Diagnostic::new(
        Code::ReservedWord,
        place,
        format!("`{word}` is a word of the language and cannot be a name"),
    )
    .help(format!("choose another name; as a value of an input, write it in quotes: `\"{word}\"`"))
}

pub(super) fn unknown_declaration(
    place: Place,
    word: &str,
    known: &[&str],
    clause: bool,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownDeclaration,
        place,
        format!("`{word}` does not begin a declaration"),
    );
    if clause {
        return diagnostic.help("indent the line: clauses stand indented below their declaration");
    }
    match nearest(&word.to_lowercase(), known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("a declaration begins with {}", any_of(known))),
    }
}

pub(super) fn unknown_clause(place: Place, word: &str, known: &[&str], head: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownClause,
        place,
        format!("`{word}` does not begin a clause or a row"),
    );
    if head {
        return diagnostic.help("write the line in column 0: it begins a declaration");
    }
    let lower = word.to_lowercase();
    if let Some((_, ours)) = HABITS.iter().find(|(theirs, _)| *theirs == lower) {
        return diagnostic.help(format!("write {ours}"));
    }
    match nearest(&lower, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(
            "clauses begin with words such as `rate`, `when`, `sku`, `at least`, `grants` or `from DATE`",
        ),
    }
}

/// Words that others use, and what stands for them here.
const HABITS: &[(&str, &str)] = &[
    ("minimum", "`at least N`"),
    ("min", "`at least N`"),
    ("maximum", "`at most N`"),
    ("max", "`at most N`"),
    ("price", "`rate N`"),
    ("cost", "`rate N`"),
    ("if", "`when CONDITION rate N`"),
    ("until", "`from DATE to DATE …`"),
    ("to", "`from DATE to DATE …`"),
    ("since", "`from DATE …`"),
    ("over", "`beyond N`, or `above N` in a condition"),
    ("above", "`beyond N`: the last tier has no bound"),
    ("otherwise", "`| otherwise | N |` in a table, `beyond N` behind tiers"),
    ("else", "`| otherwise | N |` in a table, `beyond N` behind tiers"),
    ("description", "`note \"…\"`"),
    ("includes", "`grants N UNIT of PRODUCT`"),
];

pub(super) fn unexpected(place: Place, found: &str, expected: &[&str]) -> Diagnostic {
    let found = if found.is_empty() { "the end of the line".into() } else { format!("`{found}`") };
    let message = if expected.is_empty() {
        format!("{found} has no place here")
    } else {
        format!("expected {}, found {found}", any_of(expected))
    };
    Diagnostic::new(Code::UnexpectedText, place, message)
}

pub(super) fn share_without_percent(place: Place, number: &str) -> Diagnostic {
    let message = format!("expected a share, found `{number}`");
    Diagnostic::new(Code::UnexpectedText, place, message).help(format!("write `{number}%`"))
}

pub(super) fn clause_without_declaration(place: Place) -> Diagnostic {
    Diagnostic::new(
        Code::ClauseWithoutDeclaration,
        place,
        "this indented line stands below no declaration",
    )
    .help("begin with a declaration in column 0, such as `product NAME per UNIT`")
}

pub(super) fn misplaced_clause(
    place: Place,
    clause: &str,
    declaration: &str,
    takes: &str,
) -> Diagnostic {
    Diagnostic::new(
        Code::MisplacedClause,
        place,
        format!("`{clause}` does not belong to {declaration}"),
    )
    .help(takes)
}

pub(super) fn misplaced_row(place: Place, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::MisplacedRow, place, message).help(help)
}

pub(super) fn misspelt_because(place: Place, word: &str) -> Diagnostic {
    unexpected(place, word, &["`because`"]).help("did you mean `because`?")
}

pub(super) fn empty_text(place: Place, what: &str) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedText, place, format!("{what} is empty"))
        .help("write something between the quotes")
}

pub(super) fn unnamed_tiers(place: Place) -> Diagnostic {
    Diagnostic::new(Code::UnnamedTiers, place, "these tiers do not say how they charge")
        .help("write `rate graduated` if each unit costs the rate of the tier it lies in")
        .help("write `rate volume` if every unit costs the rate of the tier that the total reaches")
}

pub(super) fn missing_rows(place: Place, rows: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingRows, place, format!("this rate has no {rows}"))
        .help("indent them below it, one a line")
}

pub(super) fn missing_beyond(place: Place) -> Diagnostic {
    Diagnostic::new(
        Code::MissingBeyond,
        place,
        "the tiers do not say what happens beyond the last bound",
    )
    .help("end them with `beyond N`, or with `beyond refused`")
}

pub(super) fn bounds_not_rising(place: Place, before: Place, bound: &str) -> Diagnostic {
    Diagnostic::new(
        Code::BoundsNotRising,
        place,
        format!("the bound {bound} is not above the one before it"),
    )
    .label(before, "the bound before")
    .help("write the tiers from the smallest bound to the largest, each above 0 and once")
}

pub(super) fn mixed_bounds(place: Place, first: Place) -> Diagnostic {
    Diagnostic::new(Code::MixedBounds, place, "`up to` and `below` do not mix in one rate")
        .label(first, "the first bound is of the other kind")
        .help("`up to N` holds N itself, `below N` does not: use one of them on every row")
}

pub(super) fn missing_reason(place: Place, clause: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingReason, place, format!("`{clause}` needs a reason"))
        .help("end the line with `because \"…\"`")
}

pub(super) fn misplaced_date(place: Place, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::MisplacedDate, place, message).help(help)
}

pub(super) fn dates_reversed(place: Place) -> Diagnostic {
    Diagnostic::new(Code::DatesReversed, place, "this period ends before it begins")
        .help("both days are included: write the earlier one first")
}

pub(super) fn misplaced_was(place: Place, message: &str) -> Diagnostic {
    Diagnostic::new(Code::MisplacedWas, place, message)
        .help("`was N` guards a dated plain rate: `from 2025-11-11 rate 300, was 280`")
}

pub(super) fn misplaced_percent(place: Place, text: &str) -> Diagnostic {
    Diagnostic::new(Code::BadNumber, place, format!("`{text} of` needs a percent sign, or `*`"))
        .help(format!("write `{text}% of …` for a share, `{text} * …` for a multiple"))
}

/// The character that stands where pest stopped, if a known habit explains it.
pub(super) fn habit(place: Place, found: &str, rest: &str, before: &str) -> Option<Diagnostic> {
    let unexpected = |message: &str, help: &str| {
        Some(Diagnostic::new(Code::UnexpectedText, place, message).help(help))
    };
    let c = rest.chars().next()?;
    match c {
        '\u{201c}'..='\u{201f}' | '\u{2018}'..='\u{201b}' | '\u{ab}' | '\u{bb}' | '\'' => {
            unexpected(
                &format!("{} is not the quote of a string", describe(c)),
                "write straight double quotes: `\"…\"`",
            )
        }
        '>' | '<' | '=' if before.starts_with("limit") => unexpected(
            &format!("`{found}` is not how sides are compared"),
            "write `at most`, `at least` or `exactly`",
        ),
        '=' if !before.starts_with("when")
            && !before.starts_with("exclude")
            && !before.contains(" if ") =>
        {
            unexpected("no `=` stands here", "leave it out")
        }
        '>' | '<' | '=' => unexpected(
            &format!("`{}` is not how values are compared", &found),
            "write `is N`, `above N`, `from N` (N and more), `below N` or `up to N` (N and less)",
        ),
        '%' if before.ends_with(|c: char| c.is_ascii_digit() || c == ' ') => {
            Some(apart_percent(place))
        }
        ':' => unexpected(
            "no `:` stands here",
            "leave it out: a name and what follows are parted by a blank",
        ),
        ';' => unexpected("no `;` stands here", "leave it out: the end of the line ends a clause"),
        '$' | '€' | '£' => {
            unexpected("amounts are credits, without a currency", "write the number alone")
        }
        '-' if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => {
            unexpected("no `-` stands here", "in names write `_`; numbers have no sign")
        }
        '-' | '+' => unexpected("numbers have no sign", "write the number without one"),
        '.' if rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => {
            unexpected("a number begins with a digit", "write `0` before the decimal point")
        }
        _ if c.is_numeric() && !c.is_ascii() => unexpected(
            &format!("{} is not a digit here", describe(c)),
            "write numbers with the digits 0 to 9",
        ),
        _ => match found {
            "or" if !before.starts_with("limit") => unexpected(
                "conditions are joined by `and` alone",
                "write a second `when` line, or `is one of a, b`",
            ),
            "until" if before.starts_with("from") => {
                unexpected("`until` does not end a period", "write `from DATE to DATE`")
            }
            "between" => unexpected(
                "`between` is not a word of conditions",
                "write both ends: `from 1 up to 5`, or `from DATE to DATE`",
            ),
            "credits" if before.trim_end().ends_with(|c: char| c.is_ascii_digit()) => {
                unexpected("amounts are credits, without the word", "write the number alone")
            }
            "if" => unexpected(
                "a condition begins an expression",
                "write parentheses around it: `1 + (if … then … else …)`",
            ),
            "was" => unexpected("a comma is missing before `was`", "write `rate 300, was 280`"),
            _ => None,
        },
    }
}

/// `a`, `b` or `c`.
fn any_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

pub(super) fn wrong_cell_count(place: Place, found: usize, columns: usize) -> Diagnostic {
    let message =
        format!("this row has {found} cells before its amount, the table has {columns} columns");
    Diagnostic::new(Code::WrongCellCount, place, message)
        .help("write a cell a column, `any` where it does not matter, and the amount last")
}

pub(super) fn not_one_product(place: Place, words: &str) -> Diagnostic {
    Diagnostic::new(
        Code::UnexpectedText,
        place,
        format!("left of `{words}` stands the name of one product"),
    )
    .help("write a limit for each product, or compare sums with `at most`, `at least` or `exactly`")
}
