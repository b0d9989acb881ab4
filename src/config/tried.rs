//! Rules that are tried out before they stand in a configuration: what a `[feeds.NAME]` table says of its rules, in a text
//! of its own.

use toml::Spanned;

use super::problem::{Problem, Problems};
use super::table::{parse, read_as};
use super::{Packs, steps, topics};
use crate::guard::Guard;
use crate::pipeline::Pipeline;

/// What such a text may say.
const KEYS: [&str; 3] = ["rules", "topics", "guard"];

/// What the text is called in reports.
const SHOWN: &str = "rules";

impl Packs {
    /// Compiles `rules`, `topics` and `guard` as they would stand in a feed's table. Nothing else can be said, and no file
    /// of this machine is read.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn tried(&self, text: &str) -> Result<Pipeline, Problems> {
        let mut problems = Vec::new();
        let mut table = parse(text, &mut problems).into_inner();
        if !problems.is_empty() {
            // What such a text holds would be guesswork.
            return Err(Problems::new(SHOWN, text, problems));
        }
        let [rules, shared, guard] = KEYS.map(|key| table.remove(key));
        for (name, _) in table {
            let problem = Problem::new(format!("`{}` can not be tried here", name.get_ref()), name.span());
            problems.push(problem.nearest_and_all(name.get_ref(), "what can", &KEYS));
        }
        let place = rules.as_ref().map_or(0..0, Spanned::span);
        let steps = rules.map(|rules| steps::steps(rules, self, &mut problems).steps).unwrap_or_default();
        let shared = shared.map(|shared| topics::read(shared, &mut problems)).unwrap_or_default();
        topics::check_routes(&shared, &steps, &place, &mut problems);
        let guard = guard.and_then(|guard| read_as::<Guard>(guard, &mut problems)).unwrap_or_default();
        if problems.is_empty() {
            Ok(Pipeline::new(steps).guarded(guard).with_topics(shared))
        } else {
            Err(Problems::new(SHOWN, text, problems))
        }
    }
}

/// A whole `[feeds.NAME]` table with what was tried in it. `lines` say where it is from.
pub fn written_out(name: &str, lines: &str, text: &str) -> String {
    let inside = text.trim_end().lines().map(|line| match line.trim_start().strip_prefix("[topics") {
        Some(rest) if rest.starts_with([']', '.']) => format!("[feeds.{name}.topics{rest}\n"),
        _ => format!("{line}\n"),
    });
    let whole = format!("[feeds.{name}]\n{lines}{}", inside.collect::<String>());
    if says(&whole, name, text) { whole } else { plainly(name, lines, text) }
}

/// Whether a configuration says of a feed what a text says.
fn says(whole: &str, name: &str, text: &str) -> bool {
    let (Ok(whole), Ok(text)) = (whole.parse::<toml::Table>(), text.parse::<toml::Table>()) else {
        return false;
    };
    let feed = whole.get("feeds").and_then(|feeds| feeds.get(name));
    feed.is_some_and(|feed| text.iter().all(|(key, value)| feed.get(key) == Some(value)))
}

/// The same, where a line of a text in it looks like the start of a table: every value written anew.
fn plainly(name: &str, lines: &str, text: &str) -> String {
    let table: toml::Table = text.parse().unwrap_or_default();
    let each = table.iter().map(|(key, value)| format!("{key} = {value}\n"));
    format!("[feeds.{name}]\n{lines}{}", each.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_can_be_tried() {
        let packs = Packs::default();
        let tried = |text: &str| packs.tried(text).map_err(|problems| problems.to_string());
        let all = "rules = [\"substack\", { limit = 5 }]\nguard = false\n[topics]\nai = { title = 'AI' }\n";
        let pipeline = tried(all).unwrap();
        assert_eq!((pipeline.labels().last(), pipeline.topics()), (Some("limit"), vec!["ai", "rest"]));
        for (text, words) in [
            ("source = \"http://127.0.0.1/\"", "`source` can not be tried here"),
            ("allow-private = true", "`allow-private` can not be tried here"),
            ("headers = { X = { env = \"HOME\" } }", "`headers` can not be tried here"),
            ("[feeds.a]\nsource = \"x\"", "`feeds` can not be tried here"),
            ("rules = [\"substak\"]", "did you mean `substack`"),
            ("rules = [", "rules:1:"),
            ("rules = [{ drop = { title = { any-of-file = '/etc/passwd' } } }]", "any-of-file"),
            ("rules = [{ teasers = { action = 'topic', topic = 'short' } }]", "topic `short`"),
        ] {
            let report = tried(text).unwrap_err();
            assert!(report.contains(words), "{text}: {report}");
        }
    }

    #[test]
    fn what_was_tried_is_written_out() {
        let source = "source = \"https://a.example/feed\"\n";
        for text in [
            "rules = [\"substack\"]",
            "",
            "# mine\nrules = [\n  { limit = 5 },\n]\n\n[topics]\nai = { title = 'AI' }\n",
            "rules = []\n[topics.ai]\ntitle = \"AI\"\n",
            "rules = [{ drop = { title = '''\n[topics]\n''' } }]\ntopics.a = { title = 'x' }",
        ] {
            let whole = written_out("a", source, text);
            assert!(says(&whole, "a", text), "{whole}");
            assert!(crate::config::read(&whole, None).is_ok(), "{whole}");
        }
    }

    #[test]
    fn other_topics_are_other_rules() {
        let digest = |title: &str| {
            let topics = format!("[feeds.a.topics]\nai = {{ title = '{title}' }}\n");
            let text = format!("[feeds.a]\nsource = \"sample:newsletter\"\n{topics}");
            crate::config::read(&text, None).unwrap().feeds[0].rules_digest
        };
        assert_ne!(digest("AI"), digest("ML"));
    }

    #[test]
    fn a_feed_knows_what_its_rules_are_written_as() {
        let text = "[feeds.a]\nsource = \"sample:newsletter\"\nguard = 0.5\nrules = [ # mine\n  \"substack\",\n]\n\
                    [feeds.a.topics]\nai = { title = 'AI' }\n";
        let config = crate::config::read(text, None).unwrap();
        let written = &config.feeds[0].written;
        assert!(written.starts_with("rules = [ # mine\n  \"substack\",\n]\n"), "{written}");
        let pipeline = config.packs.tried(written).unwrap();
        assert_eq!(pipeline.topics(), ["ai", "rest"]);
        assert!(written.contains("guard = 0.5"), "{written}");
    }
}
