//! The rows of the tables in `docs/http.md`: each has a test with its number in its name, and each test has a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A table's letter, and how many rows it has.
const TABLES: [(char, u32); 5] = [('p', 20), ('d', 23), ('s', 16), ('x', 16), ('h', 7)];

#[allow(clippy::disallowed_methods, reason = "files of this repository")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A row's letter in lower case, and its number.
type Row = (char, u32);

/// What a name such as `P6` or `p06` stands for.
fn row(name: &str) -> Option<Row> {
    let letter = name.chars().next()?.to_ascii_lowercase();
    let is_table = TABLES.iter().any(|(table, _)| *table == letter);
    is_table.then(|| Some((letter, name[1..].parse().ok()?)))?
}

/// The rows of the tables; `D3–D5` are three.
fn rows(page: &str) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for cell in page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()) {
        let (first, last) = cell.split_once('–').unwrap_or((cell, cell));
        if let (Some((table, from)), Some((_, to))) = (row(first), row(last)) {
            rows.extend((from..=to).map(|number| (table, number)));
        }
    }
    rows
}

/// How many tests there are for each row: `p03_p06_…` is one for two.
fn tests(folder: &Path, found: &mut BTreeMap<Row, usize>) {
    for entry in std::fs::read_dir(folder).expect("it is a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&path);
            let names =
                text.lines().filter_map(|line| line.trim().trim_start_matches("async ").strip_prefix("fn "));
            for name in names {
                for row in name.split('_').map_while(|part| row(part).filter(|_| part.len() == 3)) {
                    *found.entry(row).or_default() += 1;
                }
            }
        }
    }
}

#[test]
fn every_row_has_a_test_and_every_test_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = rows(&read(&root.join("docs/http.md")));
    let all = TABLES.iter().flat_map(|(table, count)| (1..=*count).map(|number| (*table, number))).collect();
    assert_eq!(rows, all, "the rows of docs/http.md");
    let mut found = BTreeMap::new();
    tests(&root.join("tests"), &mut found);
    tests(&root.join("src"), &mut found);
    let tested: BTreeSet<Row> = found.keys().copied().collect();
    let without: Vec<&Row> = rows.difference(&tested).collect();
    assert!(without.is_empty(), "without a test: {without:?}");
    let strange: Vec<&Row> = tested.difference(&rows).collect();
    assert!(strange.is_empty(), "tests of no row: {strange:?}");
    for (table, count) in TABLES {
        let of: Vec<usize> =
            found.iter().filter(|((of, _), _)| *of == table).map(|(_, tests)| *tests).collect();
        let tests: usize = of.iter().sum();
        println!("{}: {} of {count} rows, {tests} tests", table.to_ascii_uppercase(), of.len());
    }
}
