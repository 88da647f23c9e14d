use super::*;

fn row(terms: &[(usize, i64)], relation: Relation, bound: i64) -> Row {
    let terms = terms.iter().map(|(variable, factor)| (*variable, Exact::from(*factor)));
    Row::new(terms.collect(), relation, Exact::from(bound))
}

fn solve(rows: &[Row], variables: usize) -> Option<Vec<Exact>> {
    let rows: Vec<&Row> = rows.iter().collect();
    let found = point(&rows, variables, &mut Work::new(1_000_000)).ok().flatten()?;
    assert!(rows.iter().all(|row| row.holds(&found)), "{rows:?} {found:?}");
    Some(found)
}

#[test]
fn points_and_none() {
    use Relation::{Above, AtLeast, AtMost, Below, Equal};
    assert!(solve(&[], 1).is_some());
    assert!(solve(&[row(&[(0, 1)], AtMost, -1)], 1).is_none());
    assert!(solve(&[row(&[(0, 1)], Below, 0)], 1).is_none());
    assert!(solve(&[row(&[(0, 1)], Above, 0), row(&[(0, 2)], Below, 1)], 1).is_some());
    assert!(solve(&[row(&[(0, 1)], Above, 2), row(&[(0, 1)], AtMost, 2)], 1).is_none());
    assert!(solve(&[row(&[(0, 1), (1, -1)], Equal, 1), row(&[(1, 1)], AtLeast, 3)], 2).is_some());
    let circle = [
        row(&[(0, 1), (1, -1)], Above, 0),
        row(&[(1, 1), (2, -1)], Above, 0),
        row(&[(2, 1), (0, -1)], AtLeast, 0),
    ];
    assert!(solve(&circle, 3).is_none());
    // The same equation twice, and a contradiction of it.
    let twice = row(&[(0, 1), (1, 1)], Equal, 4);
    assert!(solve(&[twice.clone(), twice.clone()], 2).is_some());
    assert!(solve(&[twice, row(&[(0, 2), (1, 2)], Equal, 9)], 2).is_none());
}

#[test]
fn work_ends() {
    let rows = [row(&[(0, 1), (1, 1)], Relation::Equal, 4)];
    let rows: Vec<&Row> = rows.iter().collect();
    assert_eq!(point(&rows, 2, &mut Work::new(0)), Err(Exhausted));
}
