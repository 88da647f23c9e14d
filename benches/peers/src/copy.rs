//! `copy WAY INPUT OUTPUT TOTALS`: from a csv file to a csv file once, in a program that holds nothing
//! else.

use std::path::PathBuf;

use peers::{Failure, tables, workload};

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [way, paths @ ..] = &words[..] else { return Err("no way is named".into()) };
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let [input, output, totals] = &paths[..] else { return Err("three files are needed".into()) };
    match way.as_str() {
        "csv-read" => tables::read(input),
        "csv-pass" => tables::pass(input, output),
        "simd-csv-read" => tables::simd_read(input),
        "simd-csv-pass" => tables::simd_pass(input, output),
        "baseline" => tables::baseline(&workload::w1(), input, output, totals),
        unknown => Err(format!("there is no way `{unknown}`").into()),
    }
}
