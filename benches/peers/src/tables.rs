//! From a csv file to a csv file: every column as it stands, and the credits behind them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::baseline::Baseline;
use crate::text::Numbering;
use crate::workload::{Product, decimal};

type Failure = Box<dyn std::error::Error>;

const ACCOUNT: usize = 0;
const SKU: usize = 1;
const QUANTITY: usize = 2;
const START: usize = 4;

/// Reads every field of a file with the `csv` crate.
pub fn read(input: &Path) -> Result<(), Failure> {
    let mut reader = csv::Reader::from_path(input)?;
    let mut record = csv::ByteRecord::new();
    let mut bytes = 0;
    while reader.read_byte_record(&mut record)? {
        bytes += record.iter().map(<[u8]>::len).sum::<usize>();
    }
    std::hint::black_box(bytes);
    Ok(())
}

/// Copies a file record by record with the `csv` crate.
pub fn pass(input: &Path, output: &Path) -> Result<(), Failure> {
    let mut reader = csv::Reader::from_path(input)?;
    let mut writer = csv::Writer::from_path(output)?;
    writer.write_byte_record(reader.byte_headers()?)?;
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        writer.write_byte_record(&record)?;
    }
    Ok(writer.flush()?)
}

/// Reads every field of a file with the `simd-csv` crate.
pub fn simd_read(input: &Path) -> Result<(), Failure> {
    let mut reader = simd_csv::ZeroCopyReader::from_reader(File::open(input)?);
    let mut bytes = 0;
    while let Some(record) = reader.read_byte_record()? {
        bytes += record.iter().map(<[u8]>::len).sum::<usize>();
    }
    std::hint::black_box(bytes);
    Ok(())
}

/// Copies a file record by record with the `simd-csv` crate.
pub fn simd_pass(input: &Path, output: &Path) -> Result<(), Failure> {
    let mut reader = simd_csv::ZeroCopyReader::from_reader(File::open(input)?);
    let mut writer = simd_csv::Writer::from_writer(File::create(output)?);
    writer.write_byte_record(reader.byte_headers()?)?;
    while let Some(record) = reader.read_byte_record()? {
        writer.write_zero_copy_byte_record(b',', &record)?;
    }
    Ok(writer.flush()?)
}

/// Prices a file by the baseline, record by record with the `simd-csv` crate.
pub fn baseline(
    products: &[Product],
    input: &Path,
    output: &Path,
    totals_to: &Path,
) -> Result<(), Failure> {
    let baseline = Baseline::new(products);
    let mut skus = Numbering::default();
    for product in products {
        skus.number(product.sku.as_bytes());
    }
    let (mut accounts, mut totals) = (Numbering::default(), Vec::new());
    let mut reader = simd_csv::ZeroCopyReader::from_reader(File::open(input)?);
    let mut writer = BufWriter::with_capacity(1 << 16, File::create(output)?);
    writer.write_all(&reader.byte_headers()?.iter().collect::<Vec<_>>().join(&b","[..]))?;
    writer.write_all(b",credits\n")?;
    let mut credits = [0];
    let mut text = Vec::with_capacity(24);
    while let Some(record) = reader.read_byte_record()? {
        let field = |at: usize| record.get(at).ok_or("a record is short");
        let product = [skus.find(field(SKU)?).ok_or("a product has no rate")?];
        let quantity = [thousandths(field(QUANTITY)?).ok_or("a quantity is no number")?];
        let start = [days(field(START)?).ok_or("a start is no day")?];
        if baseline.price_chunk(&product, &quantity, &start, &mut credits).is_err() {
            return Err("a line does not fit the baseline".into());
        }
        let account = accounts.number(field(ACCOUNT)?) as usize;
        if account == totals.len() {
            totals.push(0);
        }
        totals[account] += credits[0];
        writer.write_all(record.as_slice())?;
        text.clear();
        push_hundredths(&mut text, credits[0]);
        writer.write_all(&text)?;
    }
    writer.flush()?;
    let mut writer = BufWriter::new(File::create(totals_to)?);
    writer.write_all(b"account_id,credits\n")?;
    for (number, &total) in totals.iter().enumerate() {
        writer.write_all(accounts.text(number))?;
        writeln!(writer, ",{}", decimal(total, 100))?;
    }
    Ok(writer.flush()?)
}

/// A comma, a number of hundredths without trailing zeros, and the end of the line.
fn push_hundredths(text: &mut Vec<u8>, hundredths: i64) {
    let mut digits = [0; 24];
    let mut at = digits.len();
    let mut rest = hundredths as u64;
    let part = rest % 100;
    rest /= 100;
    if part > 0 {
        let (tens, ones) = (part / 10, part % 10);
        if ones > 0 {
            at -= 1;
            digits[at] = b'0' + ones as u8;
        }
        digits[at - 1] = b'0' + tens as u8;
        digits[at - 2] = b'.';
        at -= 2;
    }
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.push(b',');
    text.extend_from_slice(&digits[at..]);
    text.push(b'\n');
}

/// A plain decimal with up to three decimals.
fn thousandths(text: &[u8]) -> Option<i64> {
    let (mut number, mut decimals) = (0_i64, None);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                number = number.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                decimals = decimals.map(|decimals: u32| decimals + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    number.checked_mul(10_i64.pow(3_u32.checked_sub(decimals.unwrap_or(0))?))
}

/// `YYYY-MM-DD` as days since 1970-01-01.
fn days(text: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i32, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0'))
        })
    };
    let (year, month, date) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    // March is the first month, so that a leap day ends its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + date - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468)
}

/// Hundredths from the column `credits` of a csv file, `None` where a field is no such number.
pub fn credits_of(path: &Path) -> Result<Vec<Option<i64>>, Failure> {
    let mut reader = csv::Reader::from_path(path)?;
    let column = reader.headers()?.iter().position(|name| name == "credits");
    let column = column.ok_or("no column is called credits")?;
    let mut record = csv::ByteRecord::new();
    let mut credits = Vec::new();
    while reader.read_byte_record(&mut record)? {
        credits.push(record.get(column).and_then(whole_hundredths));
    }
    Ok(credits)
}

/// Totals by the number of the account, from a csv file of accounts and credits.
pub fn totals_of(path: &Path, accounts: usize) -> Result<Vec<Option<i64>>, Failure> {
    let mut reader = csv::Reader::from_path(path)?;
    let names = reader.headers()?.clone();
    let place = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name));
    let account = place(&["account_id", "account"]).ok_or("no column names the account")?;
    let credits = place(&["credits"]).ok_or("no column is called credits")?;
    let mut totals = vec![Some(0); accounts];
    for record in reader.records() {
        let record = record?;
        let number: usize = record[account].trim_start_matches("ACC-").parse()?;
        *totals.get_mut(number).ok_or("an unknown account")? =
            whole_hundredths(record[credits].as_bytes());
    }
    Ok(totals)
}

fn whole_hundredths(text: &[u8]) -> Option<i64> {
    let thousandths = thousandths(text)?;
    (thousandths % 10 == 0).then_some(thousandths / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for at in (0..40_000).step_by(7) {
            let date = crate::workload::date_of(at);
            assert_eq!(days(date.to_string().as_bytes()), Some(at));
            assert_eq!(crate::workload::day(date), at);
        }
    }

    #[test]
    fn credits_are_written_as_they_are_read() {
        for hundredths in [0, 5, 10, 99, 100, 101, 110, 123_456_789, i64::MAX / 10] {
            let mut text = Vec::new();
            push_hundredths(&mut text, hundredths);
            let number = &text[1..text.len() - 1];
            assert_eq!(whole_hundredths(number), Some(hundredths));
            assert_eq!(number, decimal(hundredths, 100).as_bytes());
        }
    }
}
