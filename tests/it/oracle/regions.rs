//! Conditions and tables: the values of a field are cut into pieces that cover everything once,
//! and conditions are made of such pieces, so that they never hold together by accident.

use super::calendar::Day;
use super::draw::Draw;
use super::model::{Condition, Field, Input, Kind, Number, Region, Table};
use super::rates::amount;

/// Texts of accounts and text inputs.
pub(crate) const TEXTS: [&str; 4] =
    ["ACME", "Globex \"X\" \\ Co", "Ärzte & Söhne", "a # that is no comment"];

/// Numbers that inputs are compared with.
pub(crate) const THRESHOLDS: [(i128, u32); 8] =
    [(10, 0), (1, 0), (100, 0), (25, 1), (1, 2), (1_000, 0), (333, 3), (7, 0)];

/// What a generated declaration may refer to.
pub(crate) struct World<'a> {
    pub(crate) inputs: &'a [Input],
    pub(crate) anchors: &'a [Day],
}

impl World<'_> {
    /// Every field but these.
    pub(crate) fn fields(&self, without: &[Field]) -> Vec<Field> {
        let declared = (0..self.inputs.len()).map(Field::Declared);
        let all = declared.chain([Field::Quantity, Field::Account]);
        all.filter(|field| !without.contains(field)).collect()
    }

    pub(crate) fn kind(&self, field: Field) -> Kind {
        match field {
            Field::Quantity => Kind::Number,
            Field::Account => Kind::Text,
            Field::Declared(at) => self.inputs[at].kind.clone(),
        }
    }

    /// Pieces of a field, at least two, that cover each of its values once.
    pub(crate) fn split(&self, draw: &mut Draw<'_>, field: Field) -> Vec<Region> {
        match self.kind(field) {
            Kind::Choice(all) => words(draw, &all),
            Kind::YesNo => words(draw, &["yes".to_owned(), "no".to_owned()]),
            Kind::Number => numbers(draw),
            Kind::Text => {
                let listed = draw.some_of(&TEXTS).into_iter().map(str::to_owned);
                let listed: Vec<String> = listed.collect();
                let (first, rest) = listed.split_at(1 + draw.below(listed.len()));
                let mut pieces = vec![Region::Texts(first.to_vec())];
                if !rest.is_empty() {
                    pieces.push(Region::Texts(rest.to_vec()));
                }
                pieces.push(Region::NotTexts(listed));
                pieces
            }
            Kind::Date => {
                let mut cuts = vec![draw.pick(self.anchors), draw.pick(self.anchors)];
                cuts.sort_unstable();
                cuts.dedup();
                if draw.one_in(3) {
                    // A day of its own.
                    cuts = vec![cuts[0], cuts[0] + 1];
                }
                let mut from = None;
                let mut pieces = Vec::new();
                for cut in cuts {
                    pieces.push(Region::Days { from, to: Some(cut - 1) });
                    from = Some(cut);
                }
                pieces.push(Region::Days { from, to: None });
                pieces
            }
        }
    }

    /// A piece of one or two fields.
    pub(crate) fn condition(&self, draw: &mut Draw<'_>, without: &[Field]) -> Condition {
        let mut fields = self.fields(without);
        draw.shuffle(&mut fields);
        fields.truncate(1 + usize::from(draw.one_in(3)));
        fields
            .into_iter()
            .map(|field| {
                let pieces = self.split(draw, field);
                (field, draw.pick(&pieces))
            })
            .collect()
    }

    /// Conditions of exceptions, each with the number of those that it narrows, and whether they
    /// cover everything. Any two of them are nested or disjoint.
    pub(crate) fn exceptions(&self, draw: &mut Draw<'_>) -> (Vec<(usize, Condition)>, bool) {
        let field = draw.pick(&self.fields(&[]));
        let pieces = self.split(draw, field);
        let all = draw.one_in(6);
        let chosen = if all { pieces } else { draw.some_of(&pieces) };
        let mut conditions = Vec::new();
        for piece in chosen {
            let mut condition = vec![(field, piece)];
            conditions.push((0, condition.clone()));
            for depth in 1..=draw.pick(&[0, 0, 1, 2]) {
                let Some(narrower) = self.narrow(draw, &condition) else { break };
                condition = narrower;
                conditions.push((depth, condition.clone()));
            }
        }
        (conditions, all)
    }

    /// A condition that holds on some, not all, of what another holds on.
    fn narrow(&self, draw: &mut Draw<'_>, condition: &Condition) -> Option<Condition> {
        let mut narrower = condition.clone();
        let at = draw.below(narrower.len());
        if draw.coin()
            && let Some(piece) = shrunk(&narrower[at].1)
        {
            narrower[at].1 = piece;
            return Some(narrower);
        }
        let used: Vec<Field> = condition.iter().map(|(field, _)| *field).collect();
        let fields = self.fields(&used);
        if fields.is_empty() {
            return None;
        }
        let field = draw.pick(&fields);
        let pieces = self.split(draw, field);
        narrower.push((field, draw.pick(&pieces)));
        Some(narrower)
    }

    /// A table that is complete and unambiguous: all cells are cut from whole columns.
    pub(crate) fn table(&self, draw: &mut Draw<'_>, without: &[Field]) -> Option<Table> {
        let mut columns = self.fields(without);
        draw.shuffle(&mut columns);
        columns.truncate(1 + draw.below(3));
        if columns.is_empty() {
            return None;
        }
        let mut cells = self.rows(draw, &columns);
        draw.shuffle(&mut cells);
        let mut otherwise = None;
        if cells.len() > 1 && draw.one_in(3) {
            cells.truncate(1 + draw.below(cells.len() - 1));
            otherwise = Some(amount(draw));
        }
        let rows = cells.into_iter().map(|cells| (cells, amount(draw))).collect();
        Some(Table { columns, rows, otherwise })
    }

    fn rows(&self, draw: &mut Draw<'_>, columns: &[Field]) -> Vec<Vec<Option<Region>>> {
        let Some((column, rest)) = columns.split_first() else { return vec![Vec::new()] };
        let pieces = if draw.one_in(4) {
            vec![None]
        } else {
            self.split(draw, *column).into_iter().map(Some).collect()
        };
        let mut rows = Vec::new();
        for piece in pieces {
            for mut row in self.rows(draw, rest) {
                row.insert(0, piece.clone());
                rows.push(row);
            }
        }
        rows
    }
}

fn words(draw: &mut Draw<'_>, all: &[String]) -> Vec<Region> {
    let mut groups: Vec<Vec<String>> = vec![Vec::new(); 2 + draw.below(2)];
    for word in all {
        let group = draw.below(groups.len());
        groups[group].push(word.clone());
    }
    groups.retain(|group| !group.is_empty());
    if let [only] = groups.as_mut_slice() {
        let rest = only.split_off(1);
        groups.push(rest);
    }
    groups.into_iter().map(|these| Region::Words { these, all: all.to_vec() }).collect()
}

fn numbers(draw: &mut Draw<'_>) -> Vec<Region> {
    let mut cuts = vec![draw.number(&THRESHOLDS), draw.number(&THRESHOLDS)];
    cuts.sort_by_key(|cut| cut.ratio());
    cuts.dedup();
    if draw.one_in(4) {
        return vec![Region::Numbers(cuts.clone()), Region::NotNumbers(cuts)];
    }
    let mut low = None;
    let mut pieces = Vec::new();
    for cut in cuts {
        let closed = draw.coin();
        pieces.push(Region::Range { low, high: Some((cut, closed)) });
        low = Some((cut, !closed));
    }
    pieces.push(Region::Range { low, high: None });
    pieces
}

/// A smaller piece, if there is one.
fn shrunk(piece: &Region) -> Option<Region> {
    let without_last = |list: &[String]| {
        let (_, rest) = list.split_last()?;
        (!rest.is_empty()).then(|| rest.to_vec())
    };
    match piece {
        Region::Words { these, all } => {
            Some(Region::Words { these: without_last(these)?, all: all.clone() })
        }
        Region::Texts(texts) => Some(Region::Texts(without_last(texts)?)),
        Region::Range { low, high: None } => {
            let beyond = Number::new(20_005, 1);
            Some(Region::Range { low: *low, high: Some((beyond, false)) })
        }
        Region::Range { low: None, high } => {
            Some(Region::Range { low: Some((Number::new(1, 3), true)), high: *high })
        }
        Region::Days { from: Some(from), to: None } => {
            Some(Region::Days { from: Some(*from), to: Some(from + 30) })
        }
        _ => None,
    }
}

/// The fields that a condition looks at.
pub(crate) fn fields(condition: &Condition) -> Vec<Field> {
    condition.iter().map(|(field, _)| *field).collect()
}
