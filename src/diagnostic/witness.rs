//! Input lines that show a finding.

use jiff::civil::Date;

/// An input line that shows a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witness {
    /// The columns and inputs of the line, as far as they matter.
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
}

impl WitnessValue {
    /// A value that a rule file writes as a license list does.
    pub fn bare(column: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self { column: column.to_owned(), written: value.clone(), value }
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
    /// A line of which only these values matter.
    pub fn of(values: Vec<WitnessValue>) -> Self {
        Self { values, examples: Vec::new() }
    }

    /// `os is windows and users is 501`.
    pub fn text(&self) -> String {
        written(&self.values)
    }

    /// Puts a day in front.
    #[must_use]
    pub fn on(mut self, day: Date) -> Self {
        self.values.insert(0, WitnessValue::bare("start", day.to_string()));
        self
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

fn written(values: &[WitnessValue]) -> String {
    let part = |seen: &WitnessValue| format!("{} is {}", seen.column, seen.written);
    values.iter().map(part).collect::<Vec<_>>().join(" and ")
}
