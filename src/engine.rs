//! The engine as a library: load a ruleset, compile it, convert licenses.
//!
//! ```
//! use credit_rules::engine::{Engine, License};
//! use credit_rules::project;
//! use credit_rules::source::{Source, Sources};
//!
//! let text = "\
//! ruleset demo \"Demo\"
//! credits round half up to 1
//! unit endpoint
//! product sensor per endpoint
//!   sku \"S-1\"
//!   rate 20
//!   from 2026-01-01 rate 25
//! ";
//! let ruleset = project::analyze(Sources::new(vec![Source::new("demo.rules", text)]));
//! let engine = Engine::new(ruleset.compile().expect("no findings are errors"));
//!
//! let license = License::new("S-1", "400".parse()?).start("2026-03-01".parse()?);
//! let converted = engine.convert(&license).expect("it is not refused");
//! assert_eq!(converted.credits().to_string(), "10000");
//! assert_eq!(converted.name, "sensor");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Rule files are read by [`Ruleset::load`](crate::project::Ruleset::load):
//!
//! ```
//! use credit_rules::engine::{Engine, License};
//! use credit_rules::project::Ruleset;
//!
//! let ruleset = Ruleset::load("rules/trend_vision_one".as_ref())?;
//! let engine = Engine::new(ruleset.compile().expect("no findings are errors"));
//! assert!(engine.key("endpoint_core").is_some());
//! # Ok::<(), credit_rules::files::Unreadable>(())
//! ```
//!
//! Many lines at once are columns of whole numbers, see [`Engine::convert_columns`], or with the
//! feature `parquet` batches of Arrow, see `Engine::convert_batch`.

#[cfg(feature = "parquet")]
mod columnar;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::batch::{Columns, Kernel, Key, Numbers, OddLine, Unfit, decimals_for};
use crate::evaluate::{self, Outcome, Refusal, Silent};
use crate::period::day_number;
use crate::plan::{ACCOUNT, Plan, TargetId, Value};
use crate::project::Compiled;
use crate::quantity::{Exact, POWERS_OF_TEN};
use crate::report::refusal::{Refused, of_refusal};
use crate::source::Place;

/// A compiled ruleset that converts licenses. It is shared by as many threads as one likes.
#[derive(Debug)]
pub struct Engine {
    ruleset: Compiled,
    kernel: Kernel,
}

/// A license line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct License<'a> {
    /// A code or a name.
    pub sku: &'a str,
    /// How many.
    pub quantity: Decimal,
    /// The unit of the quantity; without one, the declared unit.
    pub unit: Option<&'a str>,
    /// First day.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
    /// The account; an absent one is the empty text.
    pub account: &'a str,
    /// Inputs by name, each with its text as a license list has it.
    pub inputs: &'a [(&'a str, &'a str)],
}

impl<'a> License<'a> {
    /// A line with nothing but a SKU and a quantity.
    pub fn new(sku: &'a str, quantity: Decimal) -> Self {
        Self { sku, quantity, unit: None, start: None, end: None, account: "", inputs: &[] }
    }

    /// With the unit of the quantity.
    pub fn unit(self, unit: &'a str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// With its first day.
    pub fn start(self, start: Date) -> Self {
        Self { start: Some(start), ..self }
    }

    /// With its last day.
    pub fn end(self, end: Date) -> Self {
        Self { end: Some(end), ..self }
    }

    /// With its account.
    pub fn account(self, account: &'a str) -> Self {
        Self { account, ..self }
    }

    /// With its inputs.
    pub fn inputs(self, inputs: &'a [(&'a str, &'a str)]) -> Self {
        Self { inputs, ..self }
    }
}

/// What a license became.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Conversion<'a> {
    amount: Amount,
    /// The product or license that it names.
    pub name: &'a str,
    /// Whether an `exclude` holds.
    pub excluded: bool,
    /// The clause that decides.
    pub rule: Place,
}

/// Credits, made a [`Decimal`] where one is asked for: that takes longer than to find them.
#[derive(Debug, Clone, Copy)]
enum Amount {
    /// In units of 10 to minus this power.
    Scaled(i64, u32),
    Long(Decimal),
}

impl Conversion<'_> {
    /// Its credits; 0 where it is excluded.
    #[inline]
    pub fn credits(&self) -> Decimal {
        match self.amount {
            Amount::Scaled(credits, decimals) => Decimal::new(credits, decimals).normalize(),
            Amount::Long(credits) => credits,
        }
    }

    /// Its credits as columns give them, in units of 10 to minus [`Engine::result_decimals`]; `None`
    /// where 64 bits do not hold them.
    #[inline]
    pub fn scaled(&self) -> Option<i64> {
        match self.amount {
            Amount::Scaled(credits, _) => Some(credits),
            Amount::Long(_) => None,
        }
    }
}

/// Why a license is not converted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refuse {
    /// The rules refuse it; [`Engine::in_words`] says why.
    Rules(Refusal),
    /// The quantity is below 0, or has more than 28 digits or 12 decimals.
    Quantity(Decimal),
    /// The ruleset has no such unit.
    Unit(String),
    /// The ruleset has no such input, or the input no such value.
    Input {
        /// The input.
        name: String,
        /// The text.
        value: String,
    },
}

impl Engine {
    /// An engine for a compiled ruleset.
    pub fn new(ruleset: Compiled) -> Self {
        let kernel = Kernel::new(&ruleset.plan);
        Self { ruleset, kernel }
    }

    /// The ruleset.
    pub fn ruleset(&self) -> &Compiled {
        &self.ruleset
    }

    fn plan(&self) -> &Plan {
        &self.ruleset.plan
    }

    /// Converts one license.
    #[inline]
    pub fn convert(&self, license: &License<'_>) -> Result<Conversion<'_>, Refuse> {
        let quick = self.quickly(license);
        quick.map_or_else(|| self.exactly(license), Ok)
    }

    /// Converts a license whose numbers are short, and whose credits depend on no input.
    #[inline]
    fn quickly(&self, license: &License<'_>) -> Option<Conversion<'_>> {
        // Another account than none may be excluded.
        let by_account = !license.account.is_empty() && self.kernel.looks_at_account();
        if license.unit.is_some() || !license.inputs.is_empty() || by_account {
            return None;
        }
        let key = self.kernel.key(license.sku)?;
        let own = license.quantity.unpack();
        if own.negative || own.hi != 0 {
            return None;
        }
        let decimals = decimals_for(own.scale)?;
        let scale = POWERS_OF_TEN.get((decimals - own.scale) as usize)?;
        let quantity = i64::try_from(u64::from(own.mid) << 32 | u64::from(own.lo)).ok()?;
        let quantity = quantity.checked_mul(*scale)?;
        let line = Numbers {
            key,
            quantity,
            unit: None,
            start: license.start.map(day_number),
            end: license.end.map(day_number),
            context: 0,
        };
        let priced = self.kernel.price(self.plan(), &line, decimals)?;
        Some(Conversion {
            amount: Amount::Scaled(priced.credits, self.kernel.result_decimals()),
            name: self.name(priced.rule),
            excluded: false,
            rule: priced.place,
        })
    }

    fn exactly(&self, license: &License<'_>) -> Result<Conversion<'_>, Refuse> {
        let fits = Exact::from(license.quantity).to_decimal().is_some();
        if !fits || license.quantity.is_sign_negative() && !license.quantity.is_zero() {
            return Err(Refuse::Quantity(license.quantity));
        }
        let line = self.line(license)?;
        let outcome = evaluate::evaluate(self.plan(), &line, &mut Silent);
        let (rule, credits, place, excluded) = match outcome.map_err(Refuse::Rules)? {
            Outcome::Converted { rule, credits, place } => (rule, credits, place, false),
            Outcome::Excluded { rule, place } => (rule, Decimal::ZERO, place, true),
        };
        let scaled = self.kernel.scaled(&Exact::from(credits));
        let amount = scaled.map_or(Amount::Long(credits), |credits| {
            Amount::Scaled(credits, self.kernel.result_decimals())
        });
        Ok(Conversion { amount, name: self.name(rule), excluded, rule: place })
    }

    fn line(&self, license: &License<'_>) -> Result<evaluate::License, Refuse> {
        let plan = self.plan();
        let mut line = evaluate::License::new(plan, license.sku, license.quantity);
        (line.start, line.end) = (license.start, license.end);
        if let Some(unit) = license.unit {
            let known = plan.unit_names.get(unit);
            line.unit = Some(*known.ok_or_else(|| Refuse::Unit(unit.to_owned()))?);
        }
        line.set(ACCOUNT, Value::Text(license.account.to_owned()));
        for (name, text) in license.inputs {
            let wrong = || Refuse::Input { name: (*name).to_owned(), value: (*text).to_owned() };
            let value = crate::input::value(plan, name, text).ok_or_else(wrong)?;
            line.set(value.0, value.1);
        }
        Ok(line)
    }

    #[inline]
    fn name(&self, rule: TargetId) -> &str {
        self.plan().rule(rule).map_or("", |rule| rule.name.as_str())
    }

    /// The key of a code or name, for columns.
    #[inline]
    pub fn key(&self, sku: &str) -> Option<Key> {
        self.kernel.key(sku)
    }

    /// Decimals of credits in columns: they are given in units of 10 to minus this power.
    pub fn result_decimals(&self) -> u32 {
        self.kernel.result_decimals()
    }

    /// Converts columns of lines; answers the lines that have no credits: refused, excluded, or with
    /// more credits than 64 bits hold.
    ///
    /// ```
    /// use credit_rules::batch::Columns;
    /// use credit_rules::engine::Engine;
    /// use credit_rules::project;
    /// use credit_rules::source::{Source, Sources};
    ///
    /// let text = "ruleset demo \"Demo\"\ncredits round half up to 0.01\nunit seat\n\
    ///     product crm per seat\n  rate 1.25\n";
    /// let ruleset = project::analyze(Sources::new(vec![Source::new("demo.rules", text)]));
    /// let engine = Engine::new(ruleset.compile().expect("no findings are errors"));
    ///
    /// let crm = engine.key("crm").expect("it is declared");
    /// let columns = Columns { keys: &[crm, crm], quantities: &[1_000, 2_500], decimals: 3, ..Columns::default() };
    /// let mut credits = [0; 2];
    /// let odd = engine.convert_columns(&columns, &mut credits)?;
    /// assert!(odd.is_empty());
    /// assert_eq!((credits, engine.result_decimals()), ([125, 313], 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn convert_columns(
        &self,
        columns: &Columns<'_>,
        credits: &mut [i64],
    ) -> Result<Vec<OddLine>, Unfit> {
        self.kernel.convert(self.plan(), columns, credits)
    }

    /// As [`Self::convert_columns`], and adds the credits up by account, or by whatever else `keys`
    /// number from 0: to `totals` by key, in one pass.
    ///
    /// ```
    /// # use credit_rules::batch::Columns;
    /// # use credit_rules::engine::Engine;
    /// # use credit_rules::project;
    /// # use credit_rules::source::{Source, Sources};
    /// # let text = "ruleset demo \"Demo\"\ncredits round half up to 1\nunit seat\n\
    /// #     product crm per seat\n  rate 2\n";
    /// # let ruleset = project::analyze(Sources::new(vec![Source::new("demo.rules", text)]));
    /// # let engine = Engine::new(ruleset.compile().expect("no findings are errors"));
    /// let crm = engine.key("crm").expect("it is declared");
    /// let columns = Columns { keys: &[crm; 3], quantities: &[10, 20, 30], ..Columns::default() };
    /// let (mut credits, mut totals) = ([0; 3], [0; 2]);
    /// let accounts = [0, 1, 0];
    /// engine.convert_and_add_up(&columns, &mut credits, &accounts, &mut totals)?;
    /// assert_eq!(totals, [80, 40]);
    /// # Ok::<(), credit_rules::batch::Unfit>(())
    /// ```
    pub fn convert_and_add_up(
        &self,
        columns: &Columns<'_>,
        credits: &mut [i64],
        keys: &[u32],
        totals: &mut [i64],
    ) -> Result<Vec<OddLine>, Unfit> {
        self.kernel.convert_and_add_up(self.plan(), columns, credits, keys, totals)
    }

    /// Bytes of the tables for quantities of so many decimals.
    pub fn table_bytes(&self, decimals: u32) -> usize {
        self.kernel.bytes(self.plan(), decimals)
    }

    /// A refusal in words, with the code and the column to look at.
    pub fn in_words(&self, refusal: &Refusal, sku: &str) -> Refused {
        of_refusal(self.plan(), &self.ruleset.sources, refusal, sku, true)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{Conversion, Engine, License, Refuse};
    use crate::batch::{Columns, Unfit};
    use crate::project;
    use crate::source::{Source, Sources};

    const RULES: &str = "ruleset r \"R\"\ncredits round half up to 0.01\nunit seat\nunit pair = 2 seat\n\
        input kind one of a, b, default a\nproduct crm per seat\n  rate 1.25\n  \
        when kind is b rate 2\nproduct fixed per seat\n  count max(5, quantity)\n  rate 1\n\
        product plain per seat\n  rate 3\nexclude when account is \"ACME\" because \"test\"\n";

    fn engine() -> Engine {
        let ruleset = project::analyze(Sources::new(vec![Source::new("r.rules", RULES)]));
        Engine::new(ruleset.compile().unwrap())
    }

    fn credits(converted: &Result<Conversion<'_>, Refuse>) -> String {
        let converted = converted.as_ref().unwrap();
        let scaled = converted.scaled().unwrap();
        assert_eq!(Decimal::new(scaled, 2), converted.credits());
        format!("{}{}", converted.credits(), if converted.excluded { " excluded" } else { "" })
    }

    #[test]
    fn nothing_of_a_license_is_overlooked() {
        let engine = engine();
        let plain = License::new("plain", Decimal::TEN);
        let cases = [
            (plain.clone(), "30"),
            (plain.clone().account("Bolt"), "30"),
            (plain.clone().account("ACME"), "0 excluded"),
            (plain.clone().unit("pair"), "60"),
            (License::new("crm", Decimal::TEN), "12.5"),
            (License::new("crm", Decimal::TEN).inputs(&[("kind", "b")]), "20"),
            (License::new("fixed", Decimal::ONE), "5"),
        ];
        for (license, expected) in &cases {
            assert_eq!(credits(&engine.convert(license)), *expected, "{license:?}");
        }
        let refused = |license: &License<'_>| engine.convert(license).unwrap_err();
        let below = Decimal::NEGATIVE_ONE;
        assert_eq!(refused(&License::new("fixed", below)), Refuse::Quantity(below));
        assert_eq!(refused(&License::new("plain", below)), Refuse::Quantity(below));
        assert_eq!(refused(&plain.clone().unit("gb")), Refuse::Unit("gb".into()));
        let inputs = [("kind", "c")];
        let input = Refuse::Input { name: "kind".into(), value: "c".into() };
        assert_eq!(refused(&License::new("crm", Decimal::ONE).inputs(&inputs)), input);
    }

    #[test]
    fn tables_of_many_products_and_dates_stay_small() {
        let mut text = String::from("ruleset r \"R\"\ncredits round half up to 0.01\nunit seat\n");
        for product in 0..1_000 {
            let block = if product % 4 == 0 { "started 5 " } else { "" };
            text += &format!("product p{product} per {block}seat\n");
            for month in 1..=12 {
                let rate = product % 7 + month;
                text += &match product % 4 {
                    1 => format!(
                        "  from 2025-{month:02}-01 rate graduated\n    up to 100  {rate}.5\n    \
                         up to 500  {rate}.25\n    up to 900  {rate}.125\n    beyond     {rate}\n"
                    ),
                    _ => format!("  from 2025-{month:02}-01 rate {rate}.{product:03}\n"),
                };
            }
        }
        let ruleset = project::analyze(Sources::new(vec![Source::new("r.rules", text)]));
        let engine = Engine::new(ruleset.compile().unwrap());
        let bytes = engine.table_bytes(3);
        // 8 MiB for 10,000 products.
        assert!(bytes > 0 && bytes <= (8 << 20) / 10, "{bytes} bytes");
    }

    #[test]
    fn totals_that_do_not_fit_are_told() {
        let engine = engine();
        let keys = [engine.key("plain").unwrap(); 2];
        let columns = Columns { keys: &keys, quantities: &[1, 2], ..Columns::default() };
        let mut credits = [0; 2];
        let mut sums = |keys: &[u32], totals: &mut [i64]| {
            engine.convert_and_add_up(&columns, &mut credits, keys, totals).map(|_| ())
        };
        assert_eq!(sums(&[0, 1], &mut [0]), Err(Unfit::Key { line: 1, key: 1 }));
        assert_eq!(sums(&[0, 0], &mut [i64::MAX - 800]), Err(Unfit::Overflow));
        let mut totals = [i64::MAX - 900];
        assert_eq!((sums(&[0, 0], &mut totals), totals), (Ok(()), [i64::MAX]));
    }

    #[test]
    fn columns_that_do_not_fit_are_told() {
        let engine = engine();
        let keys = [engine.key("fixed").unwrap()];
        let columns = Columns { keys: &keys, quantities: &[-1], ..Columns::default() };
        let mut credits = [7];
        let found = engine.convert_columns(&columns, &mut credits).unwrap_err();
        assert_eq!(found, Unfit::Negative { line: 0, quantity: -1 });
        let late = Columns { quantities: &[1], starts: &[i32::MAX], ..columns };
        let found = engine.convert_columns(&late, &mut credits).unwrap_err();
        assert_eq!(found, Unfit::Day { line: 0, day: i32::MAX });
        let fine = Columns { quantities: &[1], ..columns };
        assert!(engine.convert_columns(&fine, &mut credits).unwrap().is_empty());
        assert_eq!(credits, [500]);
    }
}
