//! The generated parser, and its errors in the words of a person.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair as PestPair;

use super::diagnostics as found;
use super::lines::Line;
use crate::diagnostic::Diagnostic;
use crate::source::{Place, SourceId, Span};

mod generated {
    use pest_derive::Parser;

    #[derive(Parser)]
    #[grammar = "../grammar/lexical.pest"]
    #[grammar = "../grammar/expressions.pest"]
    #[grammar = "../grammar/lines.pest"]
    pub(super) struct LineParser;
}

pub(super) use generated::Rule;

/// A piece of a parsed line.
pub(super) type Pair<'i> = PestPair<'i, Rule>;

/// Parses one line; the entry rule is `head_line` or `clause_line`.
pub(super) fn parse_line(source: SourceId, line: &Line) -> Result<Pair<'_>, Box<Diagnostic>> {
    let entry = if line.head { Rule::head_line } else { Rule::clause_line };
    let mut pairs = generated::LineParser::parse(entry, &line.code)
        .map_err(|error| Box::new(explain(source, line, &error)))?;
    pairs
        .next()
        .ok_or_else(|| Box::new(found::unexpected(Place { source, span: line.span() }, "", &[])))
}

/// Parses one line of a policy.
pub(super) fn parse_policy_line(
    source: SourceId,
    line: &Line,
) -> Result<Pair<'_>, Box<Diagnostic>> {
    let mut pairs = generated::LineParser::parse(Rule::policy_line, &line.code)
        .map_err(|error| Box::new(explain(source, line, &error)))?;
    pairs
        .next()
        .ok_or_else(|| Box::new(found::unexpected(Place { source, span: line.span() }, "", &[])))
}

/// Whether a text is one name: the grammar decides, which knows the reserved words.
pub(super) fn is_name(text: &str) -> bool {
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let parsed = generated::LineParser::parse(Rule::name, text);
    parsed.is_ok_and(|pairs| pairs.as_str() == text)
        && text.chars().all(part)
        && !text.starts_with('_')
}

/// A pest error as a finding.
fn explain(source: SourceId, line: &Line, error: &pest::error::Error<Rule>) -> Diagnostic {
    let mut at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let skipped =
        |at: usize| line.code.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    at += skipped(at);
    let rest = line.code.get(at..).unwrap_or_default();
    let before = line.code.get(..at).unwrap_or_default();
    let token = first_token(rest);
    // At the end of a line its last character is shown.
    let last = before.trim_end().char_indices().last();
    let (start, end) = match last.filter(|_| rest.is_empty()) {
        Some((last, c)) => (last, last + c.len_utf8()),
        None => (at, at + token.len()),
    };
    let span = Span::new(line.offset + start, line.offset + end);
    let place = Place { source, span };
    if let Some(habit) = found::habit(place, token, rest, before) {
        return habit;
    }
    let positives = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    if let Some(joined) = split_number(before, token) {
        let first = before.trim_end().rfind(|c: char| !is_number_part(c)).map_or(0, |at| at + 1);
        let span = Span::new(line.offset + first, line.offset + end);
        return found::split_number(Place { source, span }, &joined);
    }
    if let Some(misspelt) = misspelt_because(before) {
        let span = Span::new(line.offset + misspelt, line.offset + before.trim_end().len());
        let word = before.trim_end().get(misspelt..).unwrap_or_default();
        return found::misspelt_because(Place { source, span }, word);
    }
    if line.code.starts_with("from ")
        && before.len() < 16
        && before.ends_with(|c: char| c.is_ascii_digit())
    {
        let text = line.code.get(5..).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let span = Span::new(line.offset + 5, line.offset + 5 + text.len());
        return found::bad_date(Place { source, span }, text);
    }
    if positives.contains(&Rule::name) && is_word(token) {
        // Behind a number a unit is missing; elsewhere a name was chosen that is none.
        let behind_number = before.trim_end().ends_with(|c: char| c.is_ascii_digit());
        return if behind_number && before.ends_with(' ') {
            found::unexpected(place, token, &["a unit"])
        } else {
            found::reserved_word(place, token)
        };
    }
    if positives.contains(&Rule::name) && positives.len() == 1 && !token.is_empty() {
        return found::bad_name(place, token, "");
    }
    let mut expected: Vec<&str> = positives.iter().filter_map(|rule| word_for(*rule)).collect();
    expected.sort_by_key(|word| (word.starts_with('`'), *word));
    expected.dedup();
    if expected.len() > 8 {
        expected = vec!["a clause"];
    }
    found::unexpected(place, token, &expected)
}

/// Two groups of digits that were meant as one number, such as `1 000`.
fn split_number(before: &str, token: &str) -> Option<String> {
    let head = before.trim_end();
    let start = head.rfind(|c: char| !is_number_part(c)).map_or(0, |at| at + 1);
    let first = head.get(start..)?;
    let group = token.len() == 3 && token.bytes().all(|byte| byte.is_ascii_digit());
    let digits = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    (group && digits && head.len() < before.len()).then(|| format!("{first}_{token}"))
}

/// Where the word before a string begins, if it was meant as `because`.
fn misspelt_because(before: &str) -> Option<usize> {
    let head = before.trim_end();
    let start = head.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |at| at + 1);
    let word = head.get(start..).filter(|word| *word != "because")?;
    crate::diagnostic::nearest(word, ["because"]).map(|_| start)
}

fn is_number_part(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | '_')
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic())
}

/// The word, number, string or single character that a text begins with.
pub(super) fn first_token(text: &str) -> &str {
    let Some(first) = text.chars().next() else { return "" };
    let word_part = |c: char| c.is_alphanumeric() || c == '_';
    let end = if word_part(first) {
        text.find(|c: char| !(word_part(c) || first.is_ascii_digit() && matches!(c, '.' | '-')))
    } else if matches!(first, '<' | '>' | '=') {
        text.find(|c: char| !matches!(c, '<' | '>' | '='))
    } else if first == '"' {
        text.get(1..).and_then(|rest| rest.find('"')).map(|at| at + 2)
    } else {
        Some(first.len_utf8())
    };
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// What a grammar rule is called in an error; `None` for rules that never say more than the
/// tokens inside them.
fn word_for(rule: Rule) -> Option<&'static str> {
    #[cfg_attr(not(test), expect(clippy::enum_glob_use, reason = "one line a grammar rule"))]
    use Rule::*;
    Some(match rule {
        EOI => "the end of the line",
        name | word => "a name",
        string => "a text in quotes",
        date | date_here => "a date",
        number => "a number",
        code => "the code of a refusal",
        value | values => "a value",
        scalar => "a number or a date",
        predicate | range | negated | one_of => "`is` or a range",
        expression | sum | product_of | operand | named | choice => "an expression",
        condition | test => "a condition",
        amount => "an amount",
        comma => "`,`",
        bar => "`|`",
        equals => "`=`",
        plus => "`+`",
        minus => "`-`",
        star => "`*`",
        slash => "`/`",
        open => "`(`",
        close => "`)`",
        mode => "a rounding mode",
        measure | total | total_term => "a product, `allocated` or `valid`",
        proration => "`day`, `started period` or `whole period`",
        cell | listed => "a cell",
        kw_above | lower => "`above`",
        kw_allocate => "`allocate`",
        kw_allocated => "`allocated`",
        kw_allow => "`allow`",
        kw_always => "`always`",
        kw_and => "`and`",
        kw_any => "`any`",
        kw_at | comparison => "`at`",
        kw_balance => "`balance`",
        kw_because | because => "`because`",
        kw_before | before => "`before`",
        kw_below => "`below`",
        kw_beyond => "`beyond`",
        kw_breach => "`breach`",
        kw_by => "`by`",
        kw_charged => "`charged`",
        policy_line => "`owner` or `review`",
        kw_owner => "`owner`",
        kw_review => "`review`",
        kw_costs => "`costs`",
        kw_count => "`count`",
        kw_credits => "`credits`",
        kw_counts => "`counts`",
        kw_date => "`date`",
        kw_day => "`day`",
        kw_days => "`days`",
        kw_default => "`default`",
        kw_does | not_counted => "`does not count`",
        kw_down => "`down`",
        kw_else => "`else`",
        kw_even => "`even`",
        kw_exactly => "`exactly`",
        kw_example => "`example`",
        kw_exclude => "`exclude`",
        kw_excluded => "`excluded`",
        kw_expect => "`expect`",
        kw_falling => "`falling`",
        kw_falls => "`falls`",
        kw_flat | flat_part => "`flat`",
        kw_for => "`for`",
        kw_from | dated => "`from`",
        kw_given => "`given`",
        kw_grace => "`grace`",
        kw_graduated => "`graduated`",
        kw_grants => "`grants`",
        kw_half => "`half`",
        kw_if | branch => "`if`",
        kw_in => "`in`",
        kw_input => "`input`",
        kw_is => "`is`",
        kw_keeps => "`keeps`",
        kw_least => "`least`",
        kw_license => "`license`",
        kw_limit => "`limit`",
        kw_loss => "`loss`",
        kw_month => "`month`",
        kw_most => "`most`",
        kw_needs => "`needs`",
        kw_never => "`never`",
        kw_none => "`none`",
        kw_not => "`not`",
        kw_note => "`note`",
        kw_number => "`number`",
        kw_of => "`of`",
        kw_on => "`on`",
        kw_one => "`one`",
        kw_only => "`only`",
        kw_or | or_none => "`or none`",
        kw_otherwise => "`otherwise`",
        kw_per | per | term => "`per`",
        kw_period => "`period`",
        kw_product => "`product`",
        kw_rate | rate => "`rate`",
        kw_refuse => "`refuse`",
        kw_refused | refusal => "`refused`",
        kw_round | rounding => "`round`",
        kw_ruleset => "`ruleset`",
        kw_sku => "`sku`",
        kw_started | started => "`started`",
        kw_steps => "`steps`",
        kw_text => "`text`",
        kw_then => "`then`",
        kw_to | until => "`to`",
        kw_together => "`together`",
        kw_unit | unit_for_unit => "`unit`",
        kw_until => "`until`",
        kw_up | upper => "`up`",
        kw_valid => "`valid`",
        kw_value => "`value`",
        kw_volume => "`volume`",
        kw_warn => "`warn`",
        kw_was => "`was`",
        kw_when => "`when`",
        kw_whole => "`whole`",
        kw_with | facts => "`with`",
        kw_withdrawn => "`withdrawn`",
        kw_year => "`year`",
        kw_yes_no => "`yes/no`",
        kw_zero => "`zero`",
        was => "`, was`",
        WHITESPACE | word_char | reserved | head_line | owner | review | clause_line | head
        | clause | ruleset | credits | unit | input | product | license | exclude | together
        | example | always | falls | keeps | bounded | costs | names | input_choice
        | input_number | input_yes_no | input_text | input_date | limit | level | at_most_of
        | relation | needs | in_steps | compared | sku | count | rate_by | bound | zero_charged
        | when | withdrawn | allow | note | grants | only_for | grace | tier | beyond | row
        | on | given | fact | expect | expected_balance | breach | allocate => return None,
    })
}
