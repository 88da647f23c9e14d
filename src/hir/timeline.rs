//! The dated forms of one clause, laid out over the days.

use jiff::civil::Date;

use super::Origin;
use crate::period::{Collision, Days, Layout, lay_out};

/// The forms of a clause and which of them holds on which days.
#[derive(Debug, Clone)]
pub struct Timeline<T> {
    /// Every form, in the order written.
    pub forms: Vec<(Origin, T)>,
    /// Disjoint stretches of days with the position of the form that holds, in order.
    pub layout: Layout,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { forms: Vec::new(), layout: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// Lays out the forms; collisions are positions in `forms`.
    pub fn new(forms: Vec<(Origin, T)>) -> (Self, Vec<Collision>) {
        let claims: Vec<_> = forms.iter().map(|(origin, _)| origin.claim).collect();
        let (layout, collisions) = lay_out(&claims);
        (Self { forms, layout }, collisions)
    }

    /// Whether no form was written.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether what holds depends on the day.
    pub fn is_dated(&self) -> bool {
        self.layout.iter().any(|(days, _)| *days != Days::ALWAYS)
    }

    /// The form in force on a day; without a day, the one that holds on all of them.
    pub fn on_or_always(&self, day: Option<Date>) -> Option<&(Origin, T)> {
        match day {
            Some(day) => self.on(day),
            None => self.forms.first().filter(|_| !self.is_dated()),
        }
    }

    /// The same timeline of other values.
    pub fn map<U>(self, value: impl Fn(&Origin, T) -> U) -> Timeline<U> {
        let forms = self.forms.into_iter().map(|(origin, form)| {
            let form = value(&origin, form);
            (origin, form)
        });
        Timeline { forms: forms.collect(), layout: self.layout }
    }

    /// The form in force on a day.
    pub fn on(&self, day: Date) -> Option<&(Origin, T)> {
        let after = self.layout.partition_point(|(days, _)| days.from <= day);
        let (days, form) = self.layout.get(after.checked_sub(1)?)?;
        if day <= days.to { self.forms.get(*form) } else { None }
    }

    /// The stretches of days with the form that holds on each.
    pub fn stretches(&self) -> impl Iterator<Item = (Days, &(Origin, T))> {
        self.layout.iter().filter_map(|(days, form)| Some((*days, self.forms.get(*form)?)))
    }
}
