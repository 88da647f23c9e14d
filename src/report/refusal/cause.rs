//! The clause that refuses a line, with its days and its reason.

use serde_json::{Map, Value};

use crate::evaluate::Refusal;
use crate::period::Claim;
use crate::plan::{Origin, Piece, Plan, Rate, Rule};
use crate::source::{Place, Sources};

/// The clause that refuses a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The clause, or the row or tier of it that decides.
    pub place: Place,
    /// When the clause claims to hold.
    pub claim: Claim,
    /// The reason on that line, or else that of the clause.
    pub because: Option<String>,
}

impl Cause {
    /// What a refusal comes from, where a clause says it.
    pub(super) fn of(plan: &Plan, refusal: &Refusal) -> Option<Self> {
        let (origin, piece) = match refusal {
            Refusal::Withdrawn { rule, place, .. } => {
                let mut all = plan.rule(*rule)?.withdrawn.iter().map(|(origin, ())| origin);
                (all.find(|origin| origin.place == *place)?, None)
            }
            Refusal::RateRefused { rule, place } => {
                let (origin, piece) = refusing(plan.rule(*rule)?, *place)?;
                (origin, Some(piece))
            }
            _ => return None,
        };
        let row = piece.and_then(|piece| piece.because.clone());
        Some(Self {
            place: piece.map_or(origin.place, |piece| piece.place),
            claim: origin.claim,
            because: row.or_else(|| origin.because.clone()),
        })
    }

    /// The first day of the clause and, of one that holds for a while, the last.
    fn days(&self) -> (Option<String>, Option<String>) {
        match self.claim {
            Claim::Undated => (None, None),
            Claim::From(day) => (Some(day.to_string()), None),
            Claim::Window(days) => (Some(days.from.to_string()), Some(days.to.to_string())),
        }
    }

    /// `file:line, since DAY, "reason"`
    pub fn text(&self, sources: &Sources) -> String {
        let days = match self.days() {
            (Some(since), Some(until)) => format!(", {since} to {until}"),
            (Some(since), None) => format!(", since {since}"),
            _ => String::new(),
        };
        let because = self.because.as_ref().map_or_else(String::new, |why| format!(", \"{why}\""));
        format!("{}{days}{because}", sources.file_and_line(self.place))
    }

    /// `rule`, `since`, `until` and `because`, as the steps have them.
    pub fn put(&self, sources: &Sources, fields: &mut Map<String, Value>) {
        let (since, until) = self.days();
        fields.insert("rule".to_owned(), sources.file_and_line(self.place).into());
        let others = [("since", since), ("until", until), ("because", self.because.clone())];
        for (key, text) in others {
            text.into_iter().for_each(|text| drop(fields.insert(key.to_owned(), text.into())));
        }
    }
}

/// The clause of a rate, and what of it is `refused` at a place. Rows stand behind their clause, in
/// order: the last clause before the place is the one.
fn refusing(rule: &Rule, place: Place) -> Option<(&Origin, &Piece)> {
    let exceptions = rule.exceptions.iter().flat_map(|exception| exception.rate.forms.iter());
    let forms = rule.rates.iter().chain(exceptions);
    let (origin, rate) =
        forms.filter(|(origin, _)| origin.place <= place).max_by_key(|(origin, _)| origin.place)?;
    let piece = match rate {
        Rate::Curve(curve) => curve.pieces.iter().find(|piece| piece.place == place)?,
        Rate::Table(table) => {
            let at = table.rows.binary_search_by_key(&place, |(_, piece)| piece.place).ok()?;
            &table.rows.get(at)?.1
        }
    };
    Some((origin, piece))
}
