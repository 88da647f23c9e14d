//! Differences in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::cell::{Cell, End, Span, Unclear};
use crate::compare::form::{Atom, Form};
use crate::compare::share::Share;
use crate::compare::steps::Why;
use crate::compare::world::{Side, Var};
use crate::compare::{Change, Diff, Region};
use crate::period::{BEGINNING, Days, HORIZON, Proration};
use crate::plan::{InputKind, Plan, Set, TargetId};
use crate::quantity::{Exact, Rounding, RoundingMode};
use crate::source::Sources;

/// The declared unit of a product or license, for one and for several.
#[derive(Debug, Clone, Default)]
pub(super) struct Unit {
    one: String,
    many: String,
    /// Units that convert into it, and how many of it one is.
    others: Vec<(String, Exact)>,
}

/// The unit, and the alias that is its plural, where it has one.
pub(super) fn unit_of(plan: &Plan, id: TargetId) -> Unit {
    let Some(rule) = plan.rule(id) else { return Unit::default() };
    let one = plan.unit(rule.unit).map_or_else(String::new, |unit| unit.name.clone());
    let plural = format!("{one}s");
    let many = if plan.unit_names.get(&plural) == Some(&rule.unit) { plural } else { one.clone() };
    let own = plan.unit(rule.unit);
    let others = plan.units.iter().filter(|other| own.is_some_and(|own| own.base == other.base));
    let others = others
        .filter_map(|other| Some((other.name.clone(), other.factor.clone() / own?.factor.clone())));
    Unit { others: others.collect(), one, many }
}

/// What words are made of.
pub(super) struct Words<'a> {
    pub diff: &'a Diff,
    pub unit: Unit,
    pub sources: [&'a Sources; 2],
    /// Whether periods of one name are counted in several ways, so that each says how.
    pub counted: bool,
}

/// Whether regions speak of periods that have one name, and are counted otherwise.
pub(super) fn are_counted_otherwise(regions: &[Region]) -> bool {
    let forms = regions.iter().flat_map(|region| {
        let change = match &region.change {
            Change::Credits(form) | Change::Converted(form) => Some(form),
            _ => None,
        };
        region.forms.iter().flatten().chain(change).chain(region.cell.spans.keys())
    });
    let mut known: BTreeMap<&str, Proration> = BTreeMap::new();
    forms.flat_map(Form::atoms).any(|atom| match atom {
        Atom::Periods(term) => {
            *known.entry(term.unit.word()).or_insert(term.proration) != term.proration
        }
        _ => false,
    })
}

impl Words<'_> {
    /// What holds on the lines of a cell.
    pub(super) fn conditions(&self, cell: &Cell) -> Vec<String> {
        let mut all = Vec::new();
        for (var, absent) in &cell.absent {
            if *absent {
                all.push(format!("without `{}`", self.name(*var)));
            } else if self.has_default(*var) && !cell.sets.contains_key(var) {
                // Lines without it become something else, which is told beside.
                all.push(format!("with `{}`", self.name(*var)));
            }
        }
        for (var, set) in &cell.sets {
            all.push(format!("{} {}", self.name(*var), self.values(*var, set)));
        }
        for (form, span) in &cell.spans {
            all.push(self.between(form, span));
        }
        all
    }

    /// How lines differ.
    pub(super) fn change(&self, region: &Region) -> String {
        match &region.change {
            Change::Same | Change::Never | Change::Any => "nothing".to_owned(),
            Change::Credits(form) => {
                let mut text = self.credits(form, &region.cell, true);
                text.push_str(&self.beside(region));
                text.push_str(&self.without_end(region));
                if region.rounds {
                    text.push_str("; rounded otherwise, too");
                }
                text
            }
            Change::Rounding(old, new) => {
                format!("equal before rounding: {old} -> {new}")
            }
            Change::Term(old, new) => {
                let ends = self.without_end(region);
                format!("equal credits, other terms: {old} -> {new}{ends}")
            }
            Change::Refused(why) => {
                let [old, _] = &region.forms;
                let was = old.as_ref().map(|old| self.credits(old, &region.cell, false));
                let was = was.unwrap_or_else(|| "converted".to_owned());
                format!("{was} -> refused ({})", self.why(*why))
            }
            Change::Converted(form) => {
                format!("refused -> {}", self.credits(form, &region.cell, false))
            }
            Change::Excluded => "excluded now".to_owned(),
            Change::Included => "no longer excluded".to_owned(),
            Change::Unclear(Unclear::Work) => {
                "may differ, not in closed form: there are more cases than the work limit allows"
                    .to_owned()
            }
            Change::Unclear(Unclear::Kind(var)) => {
                format!("may differ: `{}` takes values of another kind", self.name(*var))
            }
            Change::Unclear(Unclear::LongForm) => {
                "may differ, not in closed form: units are counted by too long an expression"
                    .to_owned()
            }
        }
    }

    fn why(&self, why: Why) -> String {
        match why {
            Why::NoStart => "what holds depends on the day".to_owned(),
            Why::NoInput(var) => format!("`{}` is missing", self.name(var)),
            Why::Withdrawn => "withdrawn".to_owned(),
            Why::NoRate => "no rate".to_owned(),
            Why::Rate => "its rate is `refused`".to_owned(),
            Why::Negative => "fewer than no units".to_owned(),
            Why::Exclude => "an exclude looks at an input that is missing".to_owned(),
        }
    }

    /// ` (20 -> 25, +25%)`, as far as that is one thing for all lines.
    fn beside(&self, region: &Region) -> String {
        let mut texts = Vec::new();
        if let [Some(old), Some(new)] = &region.forms {
            let per = |form: &Form| match form.terms().collect::<Vec<_>>().as_slice() {
                [(atoms, credits)] => Some((atoms.to_vec(), counted_up(atoms, credits))),
                _ => None,
            };
            match (per(old), per(new)) {
                (Some((atoms, old)), Some((others, new))) if atoms == others => {
                    texts.push(format!("{old} -> {new}"));
                }
                _ => {
                    // What differs in how a term is counted is told already.
                    let bare = Self { counted: false, unit: self.unit.clone(), ..*self };
                    let bare = |form: &Form| bare.credits(form, &region.cell, false);
                    if bare(old) != bare(new) {
                        let own = |form: &Form| self.credits(form, &region.cell, false);
                        texts.push(format!("{} -> {}", own(old), own(new)));
                    }
                }
            }
        }
        if let Some(Share { low, high, exact }) = &region.share {
            let (own, low, high) = (low == high, percent(low), percent(high));
            texts.push(match (own, exact) {
                (true, _) => low,
                (false, true) => format!("{low} to {high}"),
                (false, false) => format!("within {low} to {high}"),
            });
        }
        if texts.is_empty() { String::new() } else { format!(" ({})", texts.join(", ")) }
    }

    /// `+5 per endpoint and -0.5 per endpoint above 1000`
    fn credits(&self, form: &Form, cell: &Cell, signed: bool) -> String {
        if form.is_zero() {
            return "0".to_owned();
        }
        let periods = form.terms().flat_map(|(atoms, _)| atoms);
        let periods: BTreeSet<&Atom> =
            periods.filter(|atom| matches!(atom, Atom::Periods(_))).collect();
        let several = self.counted || periods.len() > 1;
        let sign = |credits: &Exact| if signed && !credits.is_negative() { "+" } else { "" };
        if let Some(along) = form.along()
            && !along.base.is_zero()
            && let Some(low) = cell.spans.get(&along.axis).and_then(|span| span.low.as_ref())
            && (&along.base + &(&along.factor * &low.at)).is_zero()
            && let Some(Atom::Input(_)) = along.axis.as_atom()
        {
            let per = self.credits(&form.minus(&Form::constant(along.base)), cell, signed);
            return format!("{per} above {}", low.at);
        }
        let term = |(atoms, credits): (&[Atom], &Exact)| {
            let credits = &counted_up(atoms, credits);
            let sign = sign(credits);
            if atoms.is_empty() {
                return format!("{sign}{credits} a line");
            }
            let each = atoms.iter().map(|atom| match atom {
                Atom::Periods(term) if several => {
                    format!("{} ({})", term.unit.word(), term.proration.words())
                }
                atom => self.each(atom),
            });
            let each: Vec<String> = each.collect();
            format!("{sign}{credits} per {}", each.join(" and "))
        };
        // What grows stands first.
        let (mut terms, fixed): (Vec<_>, Vec<_>) =
            form.terms().partition(|(atoms, _)| !atoms.is_empty());
        terms.extend(fixed);
        let texts: Vec<String> = terms.into_iter().map(term).collect();
        texts.join(" and ")
    }

    /// One of what an atom counts.
    fn each(&self, atom: &Atom) -> String {
        match atom {
            Atom::Input(Var::QUANTITY) => self.unit.one.clone(),
            Atom::Input(var) => self.name(*var).to_owned(),
            Atom::Periods(term) => term.unit.word().to_owned(),
            Atom::Ceil(form) => match form.along() {
                Some(along) if along.base.is_zero() && along.axis.as_atom().is_some() => {
                    let word = if along.factor.is_negative() { "whole" } else { "started" };
                    let size = Exact::one() / along.factor;
                    let size = if size.is_negative() { -size } else { size };
                    let of = along.axis.as_atom();
                    let (size, of) = match of {
                        Some(Atom::Input(Var::QUANTITY)) => self.round_size(size),
                        of => (size, of.map(|atom| self.each(atom)).unwrap_or_default()),
                    };
                    if size.is_one() {
                        format!("{word} {of}")
                    } else {
                        format!("{word} {size} {of}")
                    }
                }
                _ => self.figure(atom),
            },
        }
    }

    /// A block in the unit in which it is a whole number, the fewest of them.
    fn round_size(&self, size: Exact) -> (Exact, String) {
        let whole = |size: &Exact| size.floor() == *size;
        if whole(&size) {
            let name = if size.is_one() { &self.unit.one } else { &self.unit.many };
            return (size, name.clone());
        }
        let in_other = |(name, factor): &(String, Exact)| {
            let size = size.clone() / factor.clone();
            whole(&size).then(|| (size, name.clone()))
        };
        let found = self.unit.others.iter().filter_map(in_other).min();
        found.unwrap_or((size, self.unit.one.clone()))
    }

    /// An atom in a formula.
    pub(super) fn figure(&self, atom: &Atom) -> String {
        match atom {
            Atom::Input(var) => self.name(*var).to_owned(),
            Atom::Periods(term) if self.counted => {
                format!("{}s ({})", term.unit.word(), term.proration.words())
            }
            Atom::Periods(term) => format!("{}s", term.unit.word()),
            Atom::Ceil(form) => format!("ceil({})", self.formula(form)),
        }
    }

    fn formula(&self, form: &Form) -> String {
        let mut text = String::new();
        for (atoms, factor) in form.terms() {
            let negative = factor.is_negative();
            text.push_str(match (text.is_empty(), negative) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            });
            let size = if negative { -factor.clone() } else { factor.clone() };
            let mut figures: Vec<String> = atoms.iter().map(|atom| self.figure(atom)).collect();
            if !size.is_one() || figures.is_empty() {
                figures.insert(0, size.text());
            }
            text.push_str(&figures.join(" * "));
        }
        text
    }

    /// Lines without a last day, where one of both rulesets needs it.
    fn without_end(&self, region: &Region) -> String {
        let credits = |form: &Option<Form>| match form {
            Some(form) => self.credits(form, &region.cell, false),
            None => "converted".to_owned(),
        };
        let [old, new] = &region.forms;
        match region.asks {
            [true, false] => format!("; without `end`: refused -> {}", credits(new)),
            [false, true] => format!("; without `end`: {} -> refused", credits(old)),
            _ => String::new(),
        }
    }

    fn between(&self, form: &Form, span: &Span) -> String {
        let ends = ends(form, span);
        match form.as_atom() {
            Some(Atom::Input(Var::QUANTITY)) if self.unit.one.is_empty() => {
                format!("quantity {ends}")
            }
            Some(Atom::Input(Var::QUANTITY)) => format!("{ends} {}", self.unit.many),
            _ => format!("{} {ends}", self.formula(form)),
        }
    }

    fn name(&self, var: Var) -> &str {
        self.diff.world.variable(var).map_or("", |variable| variable.name.as_str())
    }

    fn has_default(&self, var: Var) -> bool {
        let default = |side| self.diff.world.variable(var).and_then(|own| own.default(side));
        default(Side::Old).or_else(|| default(Side::New)).is_some()
    }

    fn values(&self, var: Var, set: &Set) -> String {
        let list = |values: Vec<String>, negated: bool| {
            let not = if negated { "not " } else { "" };
            match values.as_slice() {
                [one] => format!("is {not}{one}"),
                values => format!("is {not}one of {}", values.join(", ")),
            }
        };
        match set {
            Set::Text { listed, negated } => {
                list(listed.iter().map(|text| format!("\"{text}\"")).collect(), *negated)
            }
            Set::Choice(members) => {
                let known = self.diff.world.known(var);
                let names = match self.diff.world.variable(var).map(|own| &own.kind) {
                    Some(InputKind::Choice(names)) => names.as_slice(),
                    _ => &[],
                };
                let of = |set: &Set| {
                    let Set::Choice(members) = set else { return Vec::new() };
                    let held = names.iter().zip(members).filter(|(_, held)| **held);
                    held.map(|(name, _)| name.clone()).collect::<Vec<_>>()
                };
                let (inside, outside) =
                    (of(&Set::Choice(members.clone())), of(&known.without(set)));
                if outside.len() == 1 && inside.len() > 1 {
                    list(outside, true)
                } else {
                    list(inside, false)
                }
            }
            Set::Date(stretches) => {
                let text = |days: &Days| match (days.from == BEGINNING, days.to == HORIZON) {
                    (true, _) => format!("up to {}", days.to),
                    (false, true) => format!("from {}", days.from),
                    (false, false) if days.from == days.to => format!("is {}", days.from),
                    (false, false) => format!("from {} to {}", days.from, days.to),
                };
                stretches.iter().map(text).collect::<Vec<_>>().join(" or ")
            }
            Set::Number(_) => "is a number".to_owned(),
        }
    }
}

/// Credits for each of what is counted up: a begun form of what falls is the negative of a whole
/// one, `ceil(-x)` is `-floor(x)`.
fn counted_up(atoms: &[Atom], credits: &Exact) -> Exact {
    let falls = |atom: &&Atom| {
        let Atom::Ceil(form) = atom else { return false };
        form.along().is_some_and(|along| {
            along.base.is_zero() && along.factor.is_negative() && along.axis.as_atom().is_some()
        })
    };
    let odd = atoms.iter().filter(falls).count() % 2 == 1;
    if odd { -credits.clone() } else { credits.clone() }
}

/// `above 100 up to 500`
fn ends(form: &Form, span: &Span) -> String {
    if let Some(point) = span.as_point() {
        return format!("exactly {point}");
    }
    // Inputs and periods are never below 0; what is made of them may be.
    let from_zero = matches!(form.as_atom(), Some(Atom::Input(_) | Atom::Periods(_)));
    let zero = |end: &End| from_zero && end.at.is_zero() && end.closed;
    let low = span.low.as_ref().filter(|low| !zero(low)).map(|low| {
        let word = if low.closed { "from" } else { "above" };
        format!("{word} {}", low.at)
    });
    let high = span.high.as_ref().map(|high| {
        let word = if high.closed { "up to" } else { "below" };
        format!("{word} {}", high.at)
    });
    let texts: Vec<String> = low.into_iter().chain(high).collect();
    if texts.is_empty() { "from 0".to_owned() } else { texts.join(" ") }
}

/// A share in percent, to two decimals; a longer one is told as being near to it.
pub(super) fn percent(share: &Exact) -> String {
    let percent = share * &Exact::from(100);
    let step = rust_decimal::Decimal::new(1, 2);
    let near = Rounding { mode: RoundingMode::HalfUp, step }.round(&percent);
    let about = if near == percent { "" } else { "~" };
    let sign = if share.is_negative() || share.is_zero() { "" } else { "+" };
    format!("{about}{sign}{near}%")
}
