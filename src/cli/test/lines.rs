//! Two lists of titles, line by line.

/// A line of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    /// It is in both.
    Same(&'l str),
    /// It was expected, and is not there.
    Missing(&'l str),
    /// It is there, and was not expected.
    Extra(&'l str),
    /// So many lines that are in both.
    More(usize),
}

/// How large the table of a comparison may be. Of longer lists all is shown.
const MAX_TABLE: usize = 1 << 22;

/// How many lines that are in both are shown beside one that is not.
const BESIDE: usize = 2;

/// Compares the titles that were expected with those that are there: as many as can be are in both.
pub(super) fn compare<'l>(expected: &'l [String], served: &'l [String]) -> Vec<Line<'l>> {
    let first = expected.iter().zip(served).take_while(|(a, b)| a == b).count();
    let (expected_left, served_left) = (&expected[first..], &served[first..]);
    let last = expected_left.iter().rev().zip(served_left.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle =
        between(&expected_left[..expected_left.len() - last], &served_left[..served_left.len() - last]);
    let same = |titles: &'l [String]| titles.iter().map(|title| Line::Same(title));
    let mut lines: Vec<Line<'l>> = same(&expected[..first]).collect();
    lines.extend(middle);
    lines.extend(same(&expected[expected.len() - last..]));
    lines
}

/// The lines of what neither begins nor ends alike, by the longest common subsequence.
fn between<'l>(expected: &'l [String], served: &'l [String]) -> Vec<Line<'l>> {
    let (rows, columns) = (expected.len(), served.len());
    let mut lines = Vec::with_capacity(rows + columns);
    let (mut row, mut column) = (0, 0);
    if rows.saturating_mul(columns) <= MAX_TABLE {
        let longest = table(expected, served);
        let at = |row: usize, column: usize| longest[row * (columns + 1) + column];
        while row < rows && column < columns {
            if expected[row] == served[column] {
                lines.push(Line::Same(&expected[row]));
                (row, column) = (row + 1, column + 1);
            } else if at(row + 1, column) >= at(row, column + 1) {
                lines.push(Line::Missing(&expected[row]));
                row += 1;
            } else {
                lines.push(Line::Extra(&served[column]));
                column += 1;
            }
        }
    }
    lines.extend(expected[row..].iter().map(|title| Line::Missing(title)));
    lines.extend(served[column..].iter().map(|title| Line::Extra(title)));
    lines
}

/// For each pair of places, how many lines after them can be in both.
fn table(expected: &[String], served: &[String]) -> Vec<u32> {
    let width = served.len() + 1;
    let mut longest = vec![0_u32; width * (expected.len() + 1)];
    for row in (0..expected.len()).rev() {
        for column in (0..served.len()).rev() {
            longest[row * width + column] = if expected[row] == served[column] {
                longest[(row + 1) * width + column + 1] + 1
            } else {
                longest[(row + 1) * width + column].max(longest[row * width + column + 1])
            };
        }
    }
    longest
}

/// The lines without those that are in both and far from any that is not.
pub(super) fn shortened(lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    let differs: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !matches!(line, Line::Same(_)))
        .map(|(at, _)| at)
        .collect();
    let is_near = |at: usize| {
        let next = differs.partition_point(|differs| *differs < at);
        let before = next.checked_sub(1).map(|index| at - differs[index]);
        let after = differs.get(next).map(|differs| differs - at);
        before.into_iter().chain(after).any(|distance| distance <= BESIDE)
    };
    let mut out = Vec::with_capacity(lines.len());
    for (at, line) in lines.into_iter().enumerate() {
        match out.last_mut() {
            _ if is_near(at) => out.push(line),
            Some(Line::More(count)) => *count += 1,
            _ => out.push(Line::More(1)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        text.split(' ').filter(|title| !title.is_empty()).map(str::to_owned).collect()
    }

    fn compared(expected: &str, served: &str) -> String {
        let (expected, served) = (titles(expected), titles(served));
        let lines = shortened(compare(&expected, &served));
        let each = lines.iter().map(|line| match line {
            Line::Same(title) => (*title).to_owned(),
            Line::Missing(title) => format!("-{title}"),
            Line::Extra(title) => format!("+{title}"),
            Line::More(count) => format!("({count})"),
        });
        each.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn as_much_as_can_be_is_the_same() {
        assert_eq!(compared("a b c", "a b c"), "(3)");
        assert_eq!(compared("a b c", "a c"), "a -b c");
        assert_eq!(compared("a c", "a b c"), "a +b c");
        assert_eq!(compared("a b", "b a"), "-a b +a");
        assert_eq!(compared("a a", "a"), "a -a");
        assert_eq!(compared("", "a"), "+a");
        assert_eq!(compared("a b x c d", "q b y d"), "-a +q b -x -c +y d");
        assert_eq!(compared("a b c d e f g h", "a b c d e f h"), "(4) e f -g h");
    }

    #[test]
    fn long_lists_are_shown_whole() {
        let many = |start: usize| (start..start + 3000).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(compare(&many(0), &many(10_000)).len(), 6000);
    }
}
