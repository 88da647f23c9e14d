//! Records as bytes of each text format, or as cells for a format that is made of whole tables.

use memchr::memchr3;

use super::table;

/// A form of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// Tab-separated, with a header.
    Tsv,
    /// An array of objects.
    Json,
    /// An object a line.
    Ndjson,
    /// Rows of cells with their lengths: what a [`super::table::Table`] takes.
    Cells,
}

impl Format {
    /// Whether records are rows of a table.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Cells)
    }

    /// What stands between fields of a text.
    pub fn delimiter(self) -> Option<u8> {
        match self {
            Self::Csv => Some(b','),
            Self::Tsv => Some(b'\t'),
            _ => None,
        }
    }
}

/// Writes records with the same columns.
#[derive(Debug, Clone)]
pub struct Encoder {
    /// The format.
    pub format: Format,
    columns: Vec<String>,
    /// The columns as JSON keys, each with its colon.
    keys: Vec<Vec<u8>>,
}

impl Encoder {
    /// Records with these columns.
    pub fn new(format: Format, columns: Vec<String>) -> Self {
        let keys = columns.iter().map(|column| {
            let mut key = Vec::new();
            json_text(&mut key, column);
            key.push(b':');
            key
        });
        Self { format, keys: keys.collect(), columns }
    }

    /// What stands before the first record.
    pub fn begin(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.format {
            Format::Csv | Format::Tsv => {
                self.record(&mut out, self.columns.iter().map(|column| Some(column.as_str())));
            }
            Format::Json => out.push(b'['),
            Format::Ndjson | Format::Cells => {}
        }
        out
    }

    /// What stands behind the last record, if there was any.
    pub fn end(&self, any: bool) -> &'static [u8] {
        match self.format {
            Format::Json if any => b"\n]\n",
            Format::Json => b"]\n",
            _ => b"",
        }
    }

    /// Adds a record; an absent text is an empty field, or left out of an object.
    ///
    /// In an array every record has a comma before it: [`Self::first`] takes off that of the first.
    #[inline]
    pub fn record<'a>(&self, out: &mut Vec<u8>, texts: impl Iterator<Item = Option<&'a str>>) {
        self.record_with(out, texts, None);
    }

    /// As [`Self::record`], with one more member in an object: its key, and its value in JSON.
    #[inline]
    pub fn record_with<'a>(
        &self,
        out: &mut Vec<u8>,
        texts: impl Iterator<Item = Option<&'a str>>,
        extra: Option<(&str, &str)>,
    ) {
        if let Some(delimiter) = self.format.delimiter() {
            return row(out, texts, delimiter, |out, text| field(out, text, delimiter));
        }
        if self.format == Format::Cells {
            return texts.for_each(|text| table::cell(out, text));
        }
        self.open(out);
        let begin = out.len();
        for (key, text) in self.keys.iter().zip(texts) {
            if let Some(text) = text {
                out.extend(key);
                json_text(out, text);
                out.push(b',');
            }
        }
        if let Some((key, value)) = extra {
            json_text(out, key);
            out.push(b':');
            out.extend(value.as_bytes());
            out.push(b',');
        }
        if out.len() > begin {
            out.pop();
        }
        self.close(out);
    }

    /// Adds a row of texts of which none needs quotes, to a text with delimiters.
    #[inline]
    pub fn plain_row<'a>(&self, out: &mut Vec<u8>, texts: impl Iterator<Item = Option<&'a str>>) {
        let delimiter = self.format.delimiter().unwrap_or(b',');
        row(out, texts, delimiter, |out, text| out.extend_from_slice(text.as_bytes()));
    }

    /// Whether a text needs no quotes in a table.
    pub fn is_plain(&self, text: &str) -> bool {
        let Some(delimiter) = self.format.delimiter() else { return false };
        let mut out = Vec::new();
        field(&mut out, text, delimiter);
        out.len() == text.len()
    }

    /// Adds an object of members, each with a comma behind it, and credits.
    pub fn object(&self, out: &mut Vec<u8>, members: &str, credits: &str) {
        self.open(out);
        out.extend(members.as_bytes());
        out.extend(b"\"credits\":");
        json_text(out, credits);
        self.close(out);
    }

    fn open(&self, out: &mut Vec<u8>) {
        out.extend(if self.format == Format::Json { b",\n{".as_slice() } else { b"{" });
    }

    fn close(&self, out: &mut Vec<u8>) {
        out.extend(if self.format == Format::Json { b"}".as_slice() } else { b"}\n" });
    }

    /// The bytes of records that are the first of the output.
    pub fn first<'a>(&self, records: &'a [u8]) -> &'a [u8] {
        if self.format == Format::Json { records.get(1..).unwrap_or_default() } else { records }
    }
}

/// A row of a text with delimiters.
#[inline]
fn row<'a>(
    out: &mut Vec<u8>,
    texts: impl Iterator<Item = Option<&'a str>>,
    delimiter: u8,
    field: impl Fn(&mut Vec<u8>, &str),
) {
    let begin = out.len();
    for text in texts {
        field(out, text.unwrap_or_default());
        out.push(delimiter);
    }
    out.pop();
    // A blank line would be no record.
    if out.len() == begin {
        out.extend(b"\"\"");
    }
    out.push(b'\n');
}

/// A field of a table, in quotes where it needs them.
#[inline]
fn field(out: &mut Vec<u8>, text: &str, delimiter: u8) {
    let bytes = text.as_bytes();
    if memchr3(delimiter, b'"', b'\n', bytes).is_none() && !bytes.contains(&b'\r') {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    for part in bytes.split_inclusive(|byte| *byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

fn json_text(out: &mut Vec<u8>, text: &str) {
    // A text is always JSON, and a vector takes everything.
    let _ = serde_json::to_writer(&mut *out, text);
}

/// A whole number of so many decimals as plain digits, without trailing zeros.
#[inline]
pub fn scaled(out: &mut Vec<u8>, number: i64, decimals: u32) {
    if number < 0 {
        out.push(b'-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number.unsigned_abs()).as_bytes();
    let decimals = decimals as usize;
    let (whole, mut behind) =
        digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or_default();
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    let zeros = decimals - behind.len();
    while let Some(shorter) = behind.strip_suffix(b"0") {
        behind = shorter;
    }
    if !behind.is_empty() {
        out.push(b'.');
        out.extend((0..zeros).map(|_| b'0'));
        out.extend_from_slice(behind);
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoder, Format, scaled};

    fn written(format: Format, records: &[&[Option<&str>]]) -> String {
        let encoder = Encoder::new(format, vec!["a".to_owned(), "b".to_owned()]);
        let (mut out, mut all) = (Vec::new(), encoder.begin());
        for texts in records {
            encoder.record(&mut out, texts.iter().copied());
        }
        all.extend(encoder.first(&out));
        all.extend(encoder.end(!records.is_empty()));
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn every_format_has_its_form() {
        let records: &[&[Option<&str>]] =
            &[&[Some("x,y"), None], &[Some("say \"hi\"\n"), Some("t\tu")]];
        assert_eq!(written(Format::Csv, records), "a,b\n\"x,y\",\n\"say \"\"hi\"\"\n\",t\tu\n");
        assert_eq!(written(Format::Tsv, records), "a\tb\nx,y\t\n\"say \"\"hi\"\"\n\"\t\"t\tu\"\n");
        let json = "[\n{\"a\":\"x,y\"},\n{\"a\":\"say \\\"hi\\\"\\n\",\"b\":\"t\\tu\"}\n]\n";
        assert_eq!(written(Format::Json, records), json);
        let lines = "{\"a\":\"x,y\"}\n{\"a\":\"say \\\"hi\\\"\\n\",\"b\":\"t\\tu\"}\n";
        assert_eq!(written(Format::Ndjson, records), lines);
        assert_eq!(written(Format::Json, &[]), "[]\n");
        assert_eq!(written(Format::Csv, &[&[None, None]]), "a,b\n,\n");
    }

    #[test]
    fn numbers_are_plain() {
        for (number, decimals, text) in [
            (0, 2, "0"),
            (5, 2, "0.05"),
            (150, 2, "1.5"),
            (-5, 2, "-0.05"),
            (100, 2, "1"),
            (7, 0, "7"),
            (1_200, 0, "1200"),
            (10_050, 4, "1.005"),
            (0, 12, "0"),
            (1, 12, "0.000000000001"),
            (i64::MAX, 12, "9223372.036854775807"),
            (i64::MIN, 0, "-9223372036854775808"),
        ] {
            let mut out = Vec::new();
            scaled(&mut out, number, decimals);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
