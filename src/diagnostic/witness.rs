//! Input lines that show a finding.

use jiff::civil::Date;

/// An input line that shows a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witness {
    /// The columns and inputs of the line; where no line shows it, those that matter alone.
    pub values: Vec<WitnessValue>,
    /// What the row evaluator makes of lines like it.
    pub examples: Vec<WitnessExample>,
}

/// A column or input with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessValue {
    /// The column or input.
    pub column: String,
    /// Its text in a license list.
    pub value: String,
    /// How a rule file writes it: in quotes where it needs them.
    pub written: String,
    /// Whether a sentence names it; the others only complete the record.
    pub shown: bool,
}

impl WitnessValue {
    /// A value that a rule file writes as a license list does.
    pub fn bare(column: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self { column: column.to_owned(), written: value.clone(), value, shown: true }
    }
}

/// Lines with what they convert to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessExample {
    /// The day.
    pub on: Option<Date>,
    /// The lines.
    pub given: Vec<WitnessLine>,
    /// What follows `expect`.
    pub expect: String,
}

/// A line of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessLine {
    /// How many.
    pub quantity: String,
    /// Of which unit.
    pub unit: String,
    /// The product or license.
    pub name: String,
    /// Inputs, without columns that every line has.
    pub facts: Vec<WitnessValue>,
    /// The last day.
    pub until: Option<Date>,
}

impl Witness {
    /// `os is windows and users is 501`.
    pub fn text(&self) -> String {
        written(self.values.iter().filter(|seen| seen.shown))
    }

    /// The examples as a rule file writes them, called by what they show.
    pub fn examples(&self, name: &str) -> Vec<String> {
        let numbered = |index: usize| match self.examples.len() {
            1 => name.to_owned(),
            _ => format!("{name}, {}", index + 1),
        };
        let examples = self.examples.iter().enumerate();
        examples.map(|(index, example)| example.text(&numbered(index))).collect()
    }
}

impl WitnessExample {
    fn text(&self, name: &str) -> String {
        let on = self.on.map_or(String::new(), |day| format!("  on {day}\n"));
        let given: String = self.given.iter().map(WitnessLine::text).collect();
        format!("example \"{name}\"\n{on}{given}  expect {}\n", self.expect)
    }
}

impl WitnessLine {
    fn text(&self) -> String {
        let Self { quantity, unit, name, facts, until } = self;
        let with =
            if facts.is_empty() { String::new() } else { format!(" with {}", written(facts)) };
        let until = until.map_or(String::new(), |day| format!(" until {day}"));
        format!("  given {quantity} {unit} of {name}{with}{until}\n")
    }
}

fn written<'a>(values: impl IntoIterator<Item = &'a WitnessValue>) -> String {
    let part = |seen: &WitnessValue| format!("{} is {}", seen.column, seen.written);
    values.into_iter().map(part).collect::<Vec<_>>().join(" and ")
}
