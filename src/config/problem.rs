//! What is wrong with a configuration, and where.

use std::fmt::{self, Write};
use std::ops::Range;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Problem { message: message.into(), span, help: None }
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Problem {
    /// Advice on a mistyped name: the nearest known one, or all of them.
    #[must_use]
    pub fn nearest_or_all(self, name: &str, known: &[&str]) -> Self {
        match nearest(name, known.iter().copied()) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self.help(format!("known: {}", known.join(", "))),
        }
    }

    /// Advice on a mistyped name: the nearest known one, and all of them under a label.
    #[must_use]
    pub fn nearest_and_all(self, name: &str, label: &str, known: &[&str]) -> Self {
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        self.help(format!("{near}{label}: {}", known.join(", ")))
    }

    /// Advice on a mistyped name of a pack's part among those of many packs, which are too many to list.
    #[must_use]
    pub fn nearest_in_packs(self, name: &str, known: &[&str], packs: &[&str]) -> Self {
        let near = nearest(name, known.iter().chain(packs).copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        self.help(format!("{near}parts are named as in `substack/teasers`; packs: {}", packs.join(", ")))
    }
}

/// Every mistake in a text, and in those that it names.
#[derive(Debug)]
pub struct Problems {
    texts: Vec<Mistaken>,
}

/// The mistakes in one text.
#[derive(Debug)]
struct Mistaken {
    source: NamedSource<String>,
    /// In the order of the text.
    all: Vec<Problem>,
}

impl Problems {
    /// The problems of the text that `name` stands for.
    pub fn new(name: &str, text: &str, mut all: Vec<Problem>) -> Self {
        all.sort_by_key(|problem| problem.span.start);
        let source = NamedSource::new(name, text.to_owned()).with_language("toml");
        Problems { texts: vec![Mistaken { source, all }] }
    }

    /// These, and those of other texts.
    #[must_use]
    pub fn and(mut self, other: Problems) -> Self {
        self.texts.extend(other.texts);
        self
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.texts.iter().all(|text| text.all.is_empty())
    }

    /// What is wrong, without its place: a sentence each.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().flat_map(|text| &text.all).map(|problem| problem.message.as_str())
    }

    /// All of them as a person reads them: sentence, file, line, caret, advice.
    pub fn report(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
        let mut out = String::new();
        for text in self.texts.iter().filter(|text| !text.all.is_empty()) {
            text.report(&handler, &mut out);
        }
        out
    }
}

impl Mistaken {
    fn report(&self, handler: &GraphicalReportHandler, out: &mut String) {
        for problem in &self.all {
            let report = Report { problem, source: &self.source };
            // Writing to a string cannot fail; a problem that cannot be drawn is still named.
            if handler.render_report(out, &report).is_err() {
                out.push_str(&problem.message);
            }
        }
        let count = self.all.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{count} {noun} in {}", self.source.name());
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report(false))
    }
}

impl std::error::Error for Problems {}

/// A problem with its text, as miette draws it.
#[derive(Debug)]
struct Report<'a> {
    problem: &'a Problem,
    source: &'a NamedSource<String>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Report<'_> {}

impl Diagnostic for Report<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::underline(self.problem.span.clone());
        Some(Box::new(std::iter::once(label)))
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}

/// The known name nearest to a mistyped one, if any is near.
fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|k| (strsim::damerau_levenshtein(name, k), k)).min()?;
    (near.0 <= 1 + near.1.len() / 4).then_some(near.1)
}
