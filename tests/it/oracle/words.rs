//! Declarations and clauses in words; what can be said in several ways is said in any of them.

use super::calendar;
use super::dates::holder;
use super::draw::Draw;
use super::model::{
    Amount, Body, Claim, Clause, Condition, Expression, Input, Kind, Mode, Number, Per, Period,
    Proration, Rate, Region, Round, Ruleset, Table, Target, Tiers, Together, Unit, Value,
};

/// Words that are only values in quotes.
const RESERVED: [&str; 2] = ["any", "otherwise"];

pub(super) struct Words<'a, 'b> {
    pub(super) ruleset: &'a Ruleset,
    pub(super) draw: &'a mut Draw<'b>,
}

impl Words<'_, '_> {
    fn number(&mut self, number: Number) -> String {
        let mut text = number.text();
        if self.draw.one_in(6) {
            text.push_str(if !text.contains('.') {
                ".0"
            } else if number.decimals < 12 {
                "0"
            } else {
                ""
            });
        }
        if self.draw.one_in(4) {
            let whole = text.find('.').unwrap_or(text.len());
            let mut at = whole.saturating_sub(1 + self.draw.below(3));
            while at > 0 {
                text.insert(at, '_');
                at = at.saturating_sub(3);
            }
        }
        text
    }

    /// A number where a share may stand too.
    fn share(&mut self, number: Number) -> String {
        if self.draw.one_in(8)
            && let Some(hundredfold) = Number::of(&(number.ratio() * super::model::whole(100)))
            && number.decimals < 10
        {
            return format!("{}%", self.number(hundredfold));
        }
        self.number(number)
    }

    fn string(&mut self, text: &str) -> String {
        let mut quoted = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                c if self.draw.one_in(40) => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                c => quoted.push(c),
            }
        }
        quoted.push('"');
        quoted
    }

    fn word(&mut self, word: &str) -> String {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
        if plain && !RESERVED.contains(&word) && !self.draw.one_in(8) {
            word.to_owned()
        } else {
            self.string(word)
        }
    }

    fn value(&mut self, value: &Value) -> String {
        match value {
            Value::Word(word) => self.word(word),
            Value::Number(number) => self.number(*number),
            Value::Text(text) => self.string(text),
            Value::Day(day) => calendar::text(*day),
        }
    }

    pub(super) fn round(&mut self, round: Round) -> String {
        let mode = match round.mode {
            Mode::HalfUp => "half up",
            Mode::HalfEven => "half even",
            Mode::HalfDown => "half down",
            Mode::Up => "up",
            Mode::Down => "down",
        };
        format!("round {mode} to {}", self.number(round.step))
    }

    pub(super) fn unit(&mut self, unit: &Unit) -> String {
        let mut text = format!("unit {}", unit.names.join(", "));
        if let Some((number, other)) = unit.of {
            text.push_str(&format!(" = {} {}", self.number(number), self.unit_name(other)));
        }
        text
    }

    fn unit_name(&mut self, unit: usize) -> String {
        self.draw.pick(&self.ruleset.units[unit].names)
    }

    pub(super) fn input(&mut self, input: &Input) -> String {
        let kind = match &input.kind {
            Kind::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| self.word(word)).collect();
                format!("one of {}", words.join(", "))
            }
            Kind::YesNo => "yes/no".to_owned(),
            Kind::Number => "number".to_owned(),
            Kind::Text => "text".to_owned(),
            Kind::Date => "date".to_owned(),
        };
        let default = input.default.as_ref().map(|value| self.value(value));
        let default = default.map_or_else(String::new, |value| format!(", default {value}"));
        format!("input {} {kind}{default}", input.name)
    }

    fn per(&mut self, per: &Per) -> String {
        let mut text = String::from(if per.started { "per started" } else { "per" });
        match per.block {
            Some(block) => text.push_str(&format!(" {}", self.number(block))),
            None if self.draw.one_in(6) && !per.started => text.push_str(" 1"),
            None => {}
        }
        text.push_str(&format!(" {}", self.unit_name(per.unit)));
        if let Some((period, proration)) = per.term {
            text.push_str(match period {
                Period::Year => " per year, by ",
                Period::Month => " per month, by ",
            });
            text.push_str(match proration {
                Proration::Day => "day",
                Proration::Day365 => "day of 365",
                Proration::Day360 => "day of 360",
                Proration::Started => "started period",
                Proration::Whole => "whole period",
            });
        }
        text
    }

    pub(super) fn head(&mut self, target: &Target) -> String {
        let label = if self.draw.coin() { " \"A label\"" } else { "" };
        let name = &target.name;
        if target.license {
            let unit = self.unit_name(target.per.unit);
            format!("license {name}{label} per {unit}")
        } else {
            format!("product {name}{label} {}", self.per(&target.per))
        }
    }

    pub(super) fn together(&mut self, together: &Together) -> Vec<String> {
        let members: Vec<&str> = together
            .members
            .iter()
            .map(|member| self.ruleset.targets[*member].name.as_str())
            .collect();
        let mut lines = vec![format!("together {} of {}", together.name, members.join(", "))];
        for (claim, rate) in &together.rates {
            lines.push(format!("{}rate {}", dated(*claim), self.number(*rate)));
        }
        lines
    }

    /// The lines of a clause: its own, and those of rows.
    pub(super) fn clause(&mut self, target: &Target, clause: &Clause) -> Vec<String> {
        let mut rows = Vec::new();
        let body = match &clause.body {
            Body::Sku(codes) => {
                let codes: Vec<String> = codes.iter().map(|code| self.string(code)).collect();
                format!("sku {}", codes.join(", "))
            }
            Body::Count(count) => format!("count {}", self.expression(count, 0)),
            Body::Rate(rate) => {
                let mut text = self.rate(rate, &mut rows);
                if self.draw.coin()
                    && let Some(was) = was(target, clause)
                {
                    text.push_str(&format!(", was {}", self.number(was)));
                }
                text
            }
            Body::When { condition, rate, .. } => {
                let condition = self.condition(condition);
                format!("when {condition} {}", self.rate(rate, &mut rows))
            }
            Body::Per(per) => self.per(per),
            Body::AtLeast(number) => format!("at least {}", self.number(*number)),
            Body::AtMost(number) => format!("at most {}", self.number(*number)),
            Body::ZeroCharged => "zero charged".to_owned(),
            Body::Round(round) => self.round(*round),
            Body::Withdrawn => "withdrawn".to_owned(),
            Body::Grants { number, unit, product } => {
                let product = &self.ruleset.targets[*product].name;
                format!("grants {} {} of {product}", self.number(*number), self.unit_name(*unit))
            }
            Body::AllowFalling => "allow falling because \"on purpose\"".to_owned(),
            Body::AllowLoss => "allow loss because \"on purpose\"".to_owned(),
            Body::Note => "note \"of no effect\"".to_owned(),
        };
        let mut lines = vec![format!("{}{body}", dated(clause.claim))];
        lines.append(&mut rows);
        lines
    }

    fn rate(&mut self, rate: &Rate, rows: &mut Vec<String>) -> String {
        match rate {
            Rate::Plain(amount) => format!("rate {}", self.amount(*amount)),
            Rate::Graduated(tiers) => {
                self.tiers(tiers, rows);
                "rate graduated".to_owned()
            }
            Rate::Volume(tiers) => {
                self.tiers(tiers, rows);
                "rate volume".to_owned()
            }
            Rate::Table(table) => self.table(table, rows),
        }
    }

    fn tiers(&mut self, tiers: &Tiers, rows: &mut Vec<String>) {
        let word = if tiers.below { "below" } else { "up to" };
        for (bound, amount) in &tiers.bounded {
            rows.push(format!("{word} {} {}", self.number(*bound), self.amount(*amount)));
        }
        rows.push(format!("beyond {}", self.amount(tiers.beyond)));
    }

    fn table(&mut self, table: &Table, rows: &mut Vec<String>) -> String {
        let columns: Vec<&str> =
            table.columns.iter().map(|field| self.ruleset.field_name(*field)).collect();
        for (cells, amount) in &table.rows {
            let cells: Vec<String> = cells
                .iter()
                .map(|cell| match cell {
                    None => "any".to_owned(),
                    Some(region) => self.predicate(region, true),
                })
                .collect();
            rows.push(format!("| {} | {} |", cells.join(" | "), self.amount(*amount)));
        }
        if let Some(amount) = table.otherwise {
            rows.push(format!("| otherwise | {} |", self.amount(amount)));
        }
        format!("rate by {}", columns.join(", "))
    }

    fn amount(&mut self, amount: Amount) -> String {
        match amount {
            Amount::Refused => "refused".to_owned(),
            Amount::Credits { each: None, flat } => {
                format!("{} flat", self.share(flat.unwrap()))
            }
            Amount::Credits { each: Some(each), flat: None } => self.share(each),
            Amount::Credits { each: Some(each), flat: Some(flat) } => {
                format!("{} + {} flat", self.share(each), self.number(flat))
            }
        }
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> String {
        let mut tests = Vec::new();
        for (field, region) in condition {
            let name = self.ruleset.field_name(*field);
            match region {
                // A range is also two tests of one input.
                Region::Range { low: low @ Some(_), high: high @ Some(_) } if self.draw.coin() => {
                    let low = Region::Range { low: *low, high: None };
                    let high = Region::Range { low: None, high: *high };
                    tests.push(format!("{name} {}", self.predicate(&low, false)));
                    tests.push(format!("{name} {}", self.predicate(&high, false)));
                }
                _ => tests.push(format!("{name} {}", self.predicate(region, false))),
            }
        }
        self.draw.shuffle(&mut tests);
        tests.join(" and ")
    }

    /// What is asked of a field; a cell says it without `is`.
    pub(super) fn predicate(&mut self, region: &Region, cell: bool) -> String {
        let (positive, values) = match region {
            Region::Words { these, all } => {
                let positive = !self.draw.one_in(3) || these.len() == all.len();
                let named: Vec<&String> =
                    all.iter().filter(|word| these.contains(word) == positive).collect();
                (positive, named.into_iter().map(|word| self.word(word)).collect())
            }
            Region::Numbers(points) => {
                (true, points.iter().map(|point| self.number(*point)).collect())
            }
            Region::NotNumbers(points) => {
                (false, points.iter().map(|point| self.number(*point)).collect())
            }
            Region::Texts(texts) => (true, texts.iter().map(|text| self.string(text)).collect()),
            Region::NotTexts(texts) => {
                (false, texts.iter().map(|text| self.string(text)).collect())
            }
            Region::Days { from: Some(from), to: Some(to) } if from == to && self.draw.coin() => {
                (true, vec![calendar::text(*from)])
            }
            Region::Days { from: Some(from), to: Some(to) } => {
                return format!("from {} to {}", calendar::text(*from), calendar::text(*to));
            }
            Region::Days { from: Some(from), .. } => {
                return format!("from {}", calendar::text(*from));
            }
            Region::Days { to, .. } => {
                return format!("before {}", calendar::text(to.unwrap() + 1));
            }
            Region::Range { low, high } => return self.range(*low, *high),
        };
        self.listed(positive, values, cell)
    }

    fn listed(&mut self, positive: bool, mut values: Vec<String>, cell: bool) -> String {
        self.draw.shuffle(&mut values);
        let is = if cell { "" } else { "is " };
        let not = if positive { "" } else { "not " };
        let bare = values.len() == 1 || cell && positive;
        let one_of = if bare && !self.draw.one_in(5) { "" } else { "one of " };
        format!("{is}{not}{one_of}{}", values.join(", "))
    }

    fn range(&mut self, low: Option<(Number, bool)>, high: Option<(Number, bool)>) -> String {
        let mut parts = Vec::new();
        match low {
            Some((number, closed)) => {
                let word = if closed { "from" } else { "above" };
                parts.push(format!("{word} {}", self.number(number)));
            }
            None if self.draw.one_in(5) => parts.push("from 0".to_owned()),
            None => {}
        }
        if let Some((number, closed)) = high {
            let word = if closed { "up to" } else { "below" };
            parts.push(format!("{word} {}", self.number(number)));
        }
        parts.join(" ")
    }

    /// An expression: at level 0 anything, at 1 a term of a sum, at 2 a factor.
    fn expression(&mut self, expression: &Expression, level: u8) -> String {
        let (own, text) = match expression {
            Expression::Number(number) => (2, self.number(*number)),
            Expression::Field(field) => (2, self.ruleset.field_name(*field).to_owned()),
            Expression::Sum(terms) => {
                let mut text = String::new();
                for (at, (minus, term)) in terms.iter().enumerate() {
                    if at > 0 {
                        text.push_str(if *minus { " - " } else { " + " });
                    }
                    text.push_str(&self.expression(term, 1));
                }
                (0, text)
            }
            Expression::Product(factors) => (1, self.expressions(factors, 2, " * ")),
            Expression::Quotient(part, by) => {
                let part = self.expression(part, 2);
                (1, format!("{part} / {}", self.number(*by)))
            }
            Expression::Min(parts) => (2, format!("min({})", self.expressions(parts, 0, ", "))),
            Expression::Max(parts) => (2, format!("max({})", self.expressions(parts, 0, ", "))),
            Expression::Ceil(part) => (2, format!("ceil({})", self.expression(part, 0))),
            Expression::Floor(part) => (2, format!("floor({})", self.expression(part, 0))),
            Expression::If(branches, last) => {
                let mut text = String::new();
                for (condition, value) in branches {
                    let condition = self.condition(condition);
                    let value = self.expression(value, 0);
                    text.push_str(&format!("if {condition} then {value} else "));
                }
                text.push_str(&self.expression(last, 0));
                (0, text)
            }
        };
        if own < level || self.draw.one_in(12) { format!("({text})") } else { text }
    }

    fn expressions(&mut self, parts: &[Expression], level: u8, between: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.expression(part, level)).collect();
        parts.join(between)
    }
}

fn dated(claim: Claim) -> String {
    match claim {
        Claim::Always => String::new(),
        Claim::From(from) => format!("from {} ", calendar::text(from)),
        Claim::Window(from, to) => {
            format!("from {} to {} ", calendar::text(from), calendar::text(to))
        }
    }
}

/// The plain rate in force the day before a dated one, if both are one number.
fn was(target: &Target, clause: &Clause) -> Option<Number> {
    let plain = |body: &Body| match body {
        Body::Rate(Rate::Plain(Amount::Credits { each: Some(each), flat: None })) => Some(*each),
        _ => None,
    };
    plain(&clause.body)?;
    let (Claim::From(first) | Claim::Window(first, _)) = clause.claim else { return None };
    let rates: Vec<&Clause> =
        target.clauses.iter().filter(|clause| matches!(clause.body, Body::Rate(_))).collect();
    let claims: Vec<Claim> = rates.iter().map(|clause| clause.claim).collect();
    plain(&rates[holder(&claims, first - 1)?].body)
}
