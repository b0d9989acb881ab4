use jiff::Timestamp;
use proptest::prelude::*;

use super::code::Code;
use super::*;
use crate::feed::parse;
use crate::html::taken::Taken;

/// What has become of the items of a feed.
#[derive(Debug, Default)]
struct Outcome {
    titles: Vec<String>,
    spared: Vec<String>,
}

fn script(code: &str) -> Script {
    Script {
        code: Code::new(code).unwrap_or_else(|why| panic!("{why}: {code}")),
        when: None,
        max_steps: MAX_STEPS,
        max_steps_per_refresh: MAX_STEPS_PER_REFRESH,
        max_failures: MAX_FAILURES,
        max_bytes: MAX_BYTES,
    }
}

fn run(script: &Script, items: usize, html: &str) -> Outcome {
    let item =
        |n: usize| format!("<item><title>T{n}</title><description><![CDATA[{html}]]></description></item>");
    let items: String = (0..items).map(item).collect();
    let feed = parse(format!("<rss><channel><title>F</title>{items}</channel></rss>")).unwrap();
    let mut draft = Draft::new(&feed, Timestamp::UNIX_EPOCH);
    script.apply(&mut draft);
    let mut outcome = Outcome::default();
    for item in draft.kept_mut() {
        item.drain_taken(|_, Taken { spared, .. }| outcome.spared.extend(spared));
        outcome.titles.push(item.title().into_owned());
    }
    outcome
}

fn refused(code: &str) -> String {
    Code::new(code).map_or_else(|why| why, |_| panic!("it compiles: {code}"))
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (code, expected) in [
        ("item.title = \n  (1 + ;", "in line 2, column 8"),
        ("let x = 1;\nitem.title = titel;", "in line 2, column 14: there is no variable `titel`"),
        ("item.title = lenght(item.title);", "in line 1, column 14: there is no function `lenght`"),
        ("item.titel = \"x\";", "an item has no `titel`"),
        ("item.title.contains('quiz')", "texts stand between double quotes"),
        ("  \n", "the script is empty"),
        ("eval(\"1\")", "eval"),
        ("print(1)", "print"),
        ("let f = |x| x + 1;", "|"),
        ("import \"x\" as y;", "import"),
        ("sleep(1)", "there is no function `sleep`"),
        ("timestamp()", "there is no function `timestamp`"),
        ("rand()", "there is no function `rand`"),
    ] {
        let why = refused(code);
        assert!(why.contains(expected), "{code}: {why}");
    }
    assert!(refused(&format!("let x = \"{}\";", "x".repeat(17_000))).contains("longer than 16 KiB"));
    assert!(refused(&format!("{}1{}", "(".repeat(500), ")".repeat(500))).contains("too deep"));
}

/// Scripts that would run for ever, or take all memory, or do what they must not; and what is said of them.
const RUNAWAYS: &[(&str, &str)] = &[
    ("while true {}", "1000000 steps"),
    ("let x = 0; loop { x += 1; x -= 1; }", "1000000 steps"),
    ("loop { try { throw \"x\" } catch { } }", "1000000 steps"),
    ("let s = \"ab\"; loop { s += s; }", "Length of string"),
    ("let s = \"ab\"; loop { s = `${s}${s}`; }", "Length of string"),
    ("let a = [1]; loop { a += a; }", "Size of array"),
    ("let a = []; loop { a.push(1); }", "steps"),
    ("let a = []; loop { a.push(item.html); }", "Length of string"),
    ("let a = []; loop { a = [a]; }", "nest more than"),
    ("let m = #{}; loop { m = #{ m: m }; }", "nest more than"),
    ("let m = #{}; let i = 0; loop { m[i.to_string()] = i; i += 1; }", "steps"),
    ("fn f(n) { f(n + 1) } f(0)", "functions call each other too deep"),
    ("fn f(n) { if n > 0 { f(n - 1); f(n - 1); f(n - 1); f(n - 1) } } f(12)", "steps"),
    ("loop { item.html.contains(\"zzz\"); }", "steps"),
    ("let h = item.html; loop { if h == h + \" \" { break; } }", "steps"),
    ("let h = item.html; loop { let c = h[400000]; }", "steps"),
    ("let h = item.html; for c in 0..1000000 { let u = h.to_upper(); }", "steps"),
    ("loop { text_of(item.html); }", "steps"),
    ("loop { remove(item.html, \"p:has(b) ~ p\"); }", "steps"),
    ("let i = 0; loop { i += 1; matches(\"x\", `a{${i}}`); }", "steps"),
    ("loop { matches(item.html, \"(a|b|ab)*(ba|e)+c{20}$\"); }", "steps"),
    ("replace(item.html, \".*[^ -~]|.\", \"\")", "steps"),
    ("replace(item.html, \"b\", item.html)", "longer than"),
    ("replace(item.html, \"(.*)\", \"$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1\")", "more than 16 groups"),
    ("matches(item.html, \"(?-u)([a-z<>/]?){3000}[!?#]\")", "steps"),
    ("matches(item.html.sub_string(0, 7000), \"(?-u)([a-z<>/]?){3000}[!?#]\"); throw \"?\"", "?"),
    ("matches(\"x\", \"((a{100}){100}){100}\")", "the regular expression is too large"),
    ("item.html.split(\"b\").join(item.html)", "can not be split into more than"),
    ("item.html.split(\"\")", "can not be split into more than"),
    ("throw \"enough\"", "line 1, column 1: enough"),
    ("[1][5]", "out of bounds"),
    ("1 / 0", "zero"),
    ("9223372036854775807 + 1", "overflow"),
    ("item.guid = \"x\"", "what readers know the item by"),
    ("item.date = 5", "keeps its date"),
    ("item.title = 5", "is a text, not i64"),
    ("item.categories = [5]", "an array of texts"),
    ("item.categories = []; item.link = \"javascript:1\"", "no address"),
    ("feed.title = \"x\"", "feed"),
];

#[test]
fn nothing_runs_away() {
    let html = "<p>Ebb</p>".repeat(50_000);
    let mut wrong = Vec::new();
    for (code, expected) in RUNAWAYS {
        let outcome = run(&script(code), 1, &html);
        let is_told = outcome.spared.len() == 1 && outcome.spared[0].contains(expected);
        if outcome.titles != ["T0"] || !is_told {
            wrong.push(format!("{code}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What asks something of a field does not write it.
#[test]
fn every_field_can_be_read() {
    let code = r#"let all = [item.authors.len(), item.enclosures.is_empty(), item.authors.join(", ").len(),
            "x" in item.authors, item.categories.contains("x"), item.guid.contains("x"), item.summary.words(),
            item.text.split(" ").len(), item.date == (), feed.title.len(), feed.link.is_empty(), item.link, item.html];
        item.title = `${all.len()} ${feed.title}`;"#;
    let outcome = run(&script(code), 1, "<p>Ebb</p>");
    assert_eq!(outcome.titles, ["13 F"], "{outcome:?}");
}

#[test]
fn a_script_that_fails_is_given_up() {
    let failing = run(&script("while true {}"), 100, "");
    assert_eq!(failing.titles.len(), 100);
    assert_eq!(failing.spared.len(), 11, "{failing:?}");
    assert!(failing.spared[10].contains("it has taken 10000000 steps in one refresh"), "{failing:?}");
    let throwing = run(&script("throw 1"), 100, "");
    assert_eq!(throwing.spared.len(), 21);
    assert!(throwing.spared[20].ends_with("or any after it: it has failed for 20"), "{throwing:?}");
    let in_part = run(&script("if item.title == \"T3\" { throw 1 } item.title += \"!\""), 5, "");
    assert_eq!(in_part.titles, ["T0!", "T1!", "T2!", "T3", "T4!"]);
}

#[test]
fn limits_can_be_lowered_only() {
    let read =
        |text: &str| toml::from_str::<Script>(&format!("code = '1'\n{text}")).map_err(|e| e.to_string());
    assert_eq!(read("max-steps = 5").unwrap().max_steps, 5);
    assert!(read("max-steps = 1000001").unwrap_err().contains("expected a number from 1 to 1000000"));
    assert!(read("max-bytes = 0").is_err() && read("max-failures = 21").is_err());
    let low = Script { max_bytes: 3, ..script("item.title = \"four\"") };
    assert!(run(&low, 1, "").spared[0].contains("more than 3 bytes"));
    let low = Script { max_steps: 50, ..script("for i in 0..100 {}") };
    assert!(run(&low, 1, "").spared[0].contains("50 steps for one item"));
}

/// Every name in the list is a function, with these values or others.
#[test]
fn every_function_exists() {
    for name in super::functions::NAMES {
        let known = (0..4).any(|count| {
            let values = [
                ["\"1\""; 3],
                ["[\"1\"]", "\"1\"", "\"1\""],
                ["item", "\"1\"", "\"1\""],
                ["\"1\"", "1", "1"],
            ];
            values.iter().any(|values| {
                let outcome = run(&script(&format!("{name}({})", values[..count.min(3)].join(", "))), 1, "");
                outcome.spared.iter().all(|why| !why.contains("not found"))
            })
        });
        assert!(known, "{name}");
    }
}

/// Pieces that scripts are made of.
const PIECES: &[&str] = &[
    "item",
    ".title",
    ".html",
    ".categories",
    ".text",
    ".words",
    ".enclosures",
    "feed",
    " = ",
    " += ",
    "let x",
    "x",
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "0",
    "1",
    "9223372036854775807",
    "-",
    "\"a\"",
    "\"é\\u{1F600}\"",
    "`${",
    "}`",
    "if ",
    "else ",
    "while ",
    "loop ",
    "for i in ",
    "0..10",
    "..=",
    "fn f(n) ",
    "f(1)",
    "return ",
    "break",
    "try ",
    "catch ",
    "throw ",
    "switch ",
    "=>",
    "_",
    ", ",
    ".contains(",
    ".replace(",
    ".push(",
    ".split(",
    ".len()",
    "matches(",
    "remove(",
    "#{",
    "a: 1",
    "?.",
    "??",
    "!",
    "&&",
    " in ",
    "<",
    "==",
    "**",
    "<<",
    "//",
    "/*",
    "\n",
    "const ",
    "this",
    "Fn(",
    "|x|",
    ".call(",
    "global::",
    "x.x",
    "x[x]",
    "type_of(",
    "is_def_fn(",
];

fn snippet() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn survives(code: &str) {
    if let Ok(code) = Code::new(code) {
        let script = Script { code, max_steps: 20_000, ..script("1") };
        let outcome = run(&script, 2, "<p>Ebb &amp; flow</p>");
        assert!(outcome.spared.iter().all(|why| !why.contains("interpreter")), "{outcome:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_survived(code in ".{0,200}") {
        survives(&code);
    }

    #[test]
    fn any_pieces_are_survived(code in snippet()) {
        survives(&code);
    }

    #[test]
    fn any_change_of_a_script_is_survived(at in 0usize..260, len in 0usize..9, put in snippet()) {
        let code = r#"fn f(n) { if n > 0 { f(n - 1) + 1 } else { 0 } }
            let all = []; for w in item.text.split(" ") { if w.matches("^e") { all.push(w); } }
            item.title = `${item.title} (${all.join(", ")})`; item.tag("x"); item.words > f(2) + all.len()"#;
        let from = (0..=at.min(code.len())).rev().find(|at| code.is_char_boundary(*at)).unwrap_or(0);
        let to = (from + len).min(code.len());
        survives(&format!("{}{put}{}", &code[..from], &code[to..]));
    }
}
