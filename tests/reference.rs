//! What is derived from the registry of rules: docs/rules.md and docs/limpid.schema.json, which are to be what the
//! program prints now. `LIMPID_WRITE_DOCS=1 cargo test --test reference` writes them anew.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use limpid::cli::input::read_file;
use limpid::config::{self, PACKS};
use limpid::reference::{self, RuleOption};
use limpid::rules::RULES;
use serde_json::{Value, json};

/// The most bytes of a file of this repository that is read here.
const MAX_FILE: usize = 1 << 20;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    let bytes = read_file(path, MAX_FILE).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_current(name: &str, printed: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("LIMPID_WRITE_DOCS").is_some() {
        std::fs::write(&path, printed).expect("it can be written");
    }
    let how = "LIMPID_WRITE_DOCS=1 cargo test --test reference";
    assert!(
        read(&path) == printed,
        "docs/{name} is not what the program says now; write it anew with: {how}"
    );
}

#[test]
fn the_page_is_current() {
    is_current("rules.md", &reference::markdown());
}

#[test]
fn the_schema_is_current() {
    is_current("limpid.schema.json", &reference::schema());
}

#[test]
fn every_option_is_described() {
    let conditions = reference::condition_keys();
    let of_rules = RULES.iter().flat_map(|info| {
        reference::options(info)
            .into_iter()
            .map(|option| (format!("{} of {}", option.name, info.name), option))
    });
    let of_conditions = conditions.into_iter().map(|key| (format!("{} of a condition", key.name), key));
    let is_sentence = |text: &str| {
        text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '`') && text.ends_with('.')
    };
    let mut wrong = Vec::new();
    for (name, RuleOption { description, .. }) in of_rules.chain(of_conditions) {
        if !is_sentence(&description) {
            wrong.push(format!("{name} needs a doc comment, a sentence; it has {description:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What options are called, what they can be, and which come first.
#[test]
fn options_are_told_in_words() {
    let told = |name: &str| {
        let info = limpid::rules::find(name).expect("there is such a rule");
        let each = reference::options(info).into_iter().map(|option| {
            let required = if option.is_required { ", required" } else { "" };
            let default = option.default.map(|value| format!(", else {value}"));
            format!("{}: {}{required}{}", option.name, option.kind, default.unwrap_or_default())
        });
        each.collect::<Vec<_>>()
    };
    assert_eq!(told("tables"), ["which: one of layout, all"]);
    assert_eq!(told("dedupe"), ["by: one of guid, link, title, or a list of them, required"]);
    assert_eq!(
        told("remove-section"),
        ["heading: a regular expression, required", "at-most: a number, else 0.5"]
    );
    assert_eq!(told("strip-attributes")[1], "selector: a CSS selector, or a list of them");
    assert_eq!(told("links")[0], "strip: a list of texts");
    let keys = told("drop");
    for key in ["teaser: true or false", "words.over: a whole number", "any: a list of conditions"] {
        assert!(keys.iter().any(|told| told == key), "no {key:?} in {keys:?}");
    }
    assert_eq!(keys.last().map(String::as_str), Some("not: a condition"));
    for info in RULES {
        let options = reference::options(info);
        let first = options.first().map(|option| option.name.as_str());
        assert!(info.shorthand.is_none() || info.shorthand == first, "{} has no such option", info.name);
    }
}

/// The TOML that the page shows: rules to put into a feed, or the rules of a pack.
#[test]
fn what_the_page_shows_compiles() {
    let page = reference::markdown();
    let shown: Vec<&str> =
        page.split("```toml\n").skip(1).filter_map(|block| block.split("\n```").next()).collect();
    assert!(shown.len() > RULES.len() + PACKS.len(), "it shows too little");
    for block in shown {
        if PACKS.iter().any(|pack| pack.text.contains(block)) {
            continue; // Packs are compiled in tests/cases.rs.
        }
        let text = format!("[feeds.shown]\nsource = \"sample:newsletter\"\n{block}");
        config::read(&text, None).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

/// The schema as editors use it.
struct Editor(Validator);

impl Editor {
    fn new() -> Self {
        let schema: Value = serde_json::from_str(&reference::schema()).expect("it is JSON");
        assert!(jsonschema::meta::is_valid(&schema), "it is no JSON Schema");
        Editor(jsonschema::validator_for(&schema).expect("it is a JSON Schema"))
    }

    /// What is wrong with a configuration, by the schema.
    fn problems(&self, text: &str) -> Vec<String> {
        let table: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
        let value = serde_json::to_value(table).expect("TOML without dates is JSON");
        self.0.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn accepts(&self, text: &str) {
        let problems = self.problems(text);
        assert!(problems.is_empty(), "{}\nin\n{text}", problems.join("\n"));
    }
}

fn with_rules(rules: &str) -> String {
    format!("[feeds.a]\nsource = \"https://a.example/feed\"\nrules = [{rules}]\n")
}

#[test]
fn the_schema_accepts_what_limpid_accepts() {
    let editor = Editor::new();
    editor.accepts(config::DEFAULT);
    let shown = config::DEFAULT.split("# A feed of your own:").nth(1).expect("it shows feeds");
    let shown: Vec<&str> = shown.lines().map(|line| line.trim_start_matches('#').trim_start()).collect();
    editor.accepts(&shown.join("\n"));
    for file in ["good", "listing_good", "packs_good", "adhoc_good", "requests_good", "fetch_good"] {
        let text = read(&root().join("tests/check").join(file).with_extension("toml"));
        editor.accepts(&text);
    }
    editor.accepts("[ad-hoc]\nkey = { env = \"LIMPID_KEY\" }");
    let readme = read(&root().join("README.md"));
    for block in readme.split("```toml\n").skip(1).filter_map(|block| block.split("```").next()) {
        editor.accepts(block);
    }
    for info in RULES {
        editor.accepts(&with_rules(info.example));
    }
    for info in reference::names_alone() {
        editor.accepts(&with_rules(&format!("\"{}\"", info.name)));
    }
    for pack in PACKS {
        editor.accepts(&with_rules(&format!("\"{}\", {{ pack = \"{0}\" }}", pack.name)));
    }
    editor.accepts(&with_rules("\"auto\", { pack = \"auto\", except = [\"ghost\", \"youtube/shorts\"] }"));
    editor.accepts(&with_rules("{ limit = 5, name = \"short\", guard = false }, { limit = 5, guard = 0.5 }"));
    for topics in ["ai = { title = 'ai' }", "exclusive = true\nai = { any = [{ title = 'ai' }] }"] {
        editor.accepts(&format!("{}[feeds.a.topics]\n{topics}\n", with_rules("")));
    }
}

/// Every rule of every case and of every pack, as it would be written in a configuration.
#[test]
fn the_schema_accepts_the_rules_of_every_case() {
    let editor = Editor::new();
    let mut count = 0;
    let mut accept = |rules: toml::Value| {
        let feed = toml::Table::from_iter([
            ("source".to_owned(), toml::Value::from("https://a.example/feed")),
            ("rules".to_owned(), rules),
        ]);
        let feeds = toml::Table::from_iter([("a".to_owned(), toml::Value::Table(feed))]);
        let config = toml::Table::from_iter([("feeds".to_owned(), toml::Value::Table(feeds))]);
        editor.accepts(&toml::to_string(&config).expect("it was TOML"));
        count += 1;
    };
    for folder in std::fs::read_dir(root().join("tests/cases")).expect("it is there").flatten() {
        let nested = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
        for file in nested.filter(|file| file.path().extension().is_some_and(|ending| ending == "toml")) {
            let case: toml::Table = toml::from_str(&read(&file.path())).expect("cases are TOML");
            accept(case["rules"].clone());
        }
    }
    for pack in PACKS {
        let text: toml::Table = toml::from_str(pack.text).expect("packs are TOML");
        let mut rules = text["rules"].clone();
        for rule in rules.as_array_mut().into_iter().flatten() {
            rule.as_table_mut().expect("each is a table").remove("enabled");
        }
        accept(rules);
    }
    assert!(count > 100, "{count}");
}

#[test]
fn the_schema_refuses_what_a_schema_can_refuse() {
    let feed = |rest: &str| format!("[feeds.a]\nsource = \"https://a.example/feed\"\n{rest}");
    let test = |rest: &str| feed(&format!("[[feeds.a.tests]]\nfeed = \"a.xml\"\n{rest}"));
    let broken = [
        "sever = {}".to_owned(),
        "[server]\nport = 80".to_owned(),
        "[server]\npublic-url = \"feeds.example.org\"".to_owned(),
        "[fetch]\ntimeout = 30".to_owned(),
        "[fetch]\nmax-body = true".to_owned(),
        "[cache]\nmemory = -1".to_owned(),
        "[ad-hoc]".to_owned(),
        "[ad-hoc]\nhosts = []".to_owned(),
        "[ad-hoc]\nhosts = \"a.example\"".to_owned(),
        "[ad-hoc]\nhosts = [\"https://a.example\"]".to_owned(),
        "[ad-hoc]\nhosts = [\"a.example\"]\nmax-feeds = 0".to_owned(),
        "[ad-hoc]\nhosts = [\"a.example\"]\nkeys = {}".to_owned(),
        "[ad-hoc]\nkey = \"0123456789abcdef0123456789abcdef\"".to_owned(),
        "[ad-hoc]\nkey = {}".to_owned(),
        "[ad-hoc]\nkey = { env = \"A\", file = \"b\" }".to_owned(),
        "[feeds.\"a b\"]\nsource = \"https://a.example/feed\"".to_owned(),
        "[feeds.a]\nrules = []".to_owned(),
        "[feeds.a]\nsource = \"gopher://a.example\"".to_owned(),
        "[feeds.a]\nsources = []".to_owned(),
        "[feeds.a]\nsources = [\"a.example\"]".to_owned(),
        "[feeds.a]\nsource-html = { url = \"https://a.example/\" }".to_owned(),
        "[feeds.a]\nsource-html = { url = \"https://a.example/\", item = [] }".to_owned(),
        feed("sources = [\"https://b.example/feed\"]"),
        feed("title = \" \""),
        feed("folder = \"Sea//Tides\""),
        feed("format = \"json-feed\""),
        feed("charset = 1252"),
        feed("rules = \"substack\""),
        feed("headers = \"X-A: b\""),
        feed("headers = { \"X A\" = \"b\" }"),
        feed("headers = { X-A = 5 }"),
        feed("cookie = { env = \"A\", file = \"b\" }"),
        feed("basic-auth = { user = \"me\" }"),
        feed("basic-auth = { user = \"me:you\", password = \"b\" }"),
        feed("user-agent = 5"),
        feed("proxy = \"ftp://127.0.0.1:21\""),
        feed("proxy = { url = \"http://127.0.0.1:3128\", user = \"me\" }"),
        "[fetch]\nproxy = \"none\"".to_owned(),
        "[fetch]\ntls-roots = \"a.pem\"".to_owned(),
        test(""),
        test("item = [\"A\"]"),
        test("items = \"A\""),
        test("absent = [\"\"]"),
        feed("[[feeds.a.tests]]\nitems = []"),
        with_rules("\"substak\""),
        with_rules("\"limit\""),
        with_rules("{}"),
        with_rules("5"),
        with_rules("{ imagess = \"slim\" }"),
        with_rules("{ images = \"slimmer\" }"),
        with_rules("{ images = { mode = \"slim\", width = 800 } }"),
        with_rules("{ images = { max-width = -1 } }"),
        with_rules("{ limit = 5, sort = \"newest\" }"),
        with_rules("{ limit = \"five\" }"),
        with_rules("{ limit = {} }"),
        with_rules("{ remove-section = { at-most = 0.5 } }"),
        with_rules("{ drop = \"title\" }"),
        with_rules("{ drop = { titel = \"a\" } }"),
        with_rules("{ drop = { any = [{ words = { over = \"a\" } }] } }"),
        with_rules("{ drop = { not = { not = { teaser = 1 } } } }"),
        with_rules("{ pack = \"substak\" }"),
        with_rules("{ pack = \"substack\", except = [\"teaser\"] }"),
        with_rules("{ pack = \"substack\", limit = 5 }"),
        with_rules("{ pack = \"auto\", except = [\"gost\"] }"),
        with_rules("{ limit = 5, name = \"a b\" }"),
        with_rules("{ limit = 5, guard = 1.5 }"),
        with_rules("{ limit = 5, enabled = true }"),
        feed("[feeds.a.topics]\nrest = { teaser = true }"),
        feed("[feeds.a.topics]\nai = 'ai'"),
        feed("[feeds.a.topics]\nai = { titel = 'ai' }"),
        feed("[packs]\ndesk = 5"),
    ];
    let editor = Editor::new();
    for text in broken {
        assert!(config::read(&text, None).is_err(), "limpid accepts\n{text}");
        assert!(!editor.problems(&text).is_empty(), "the schema accepts\n{text}");
    }
}

/// The defaults that editors show are those that count.
#[test]
fn the_defaults_of_the_schema_are_true() {
    let schema: Value = serde_json::from_str(&reference::schema()).expect("it is JSON");
    let sections = ["server", "fetch", "cache"].map(|name| {
        let named = &schema["properties"][name];
        let type_name = named["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/"));
        let section = type_name.map_or(named, |name| &schema["definitions"][name]);
        let properties = section["properties"].as_object().expect("a section has keys");
        let defaults = properties.iter().filter(|(_, key)| key.get("default").is_some());
        let lines = defaults.map(|(key, property)| format!("{key} = {}\n", property["default"]));
        format!("[{name}]\n{}", lines.collect::<String>())
    });
    let text = sections.concat();
    assert_eq!(text.matches(" = ").count(), 11, "{text}");
    let read = |text| config::read(text, None).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(format!("{:?}", read(&text)), format!("{:?}", read("")));
}

/// The options that a schema is made from need not be tables of plain values.
#[test]
fn the_schema_says_what_a_bare_value_is() {
    let schema: Value = serde_json::from_str(&reference::schema()).expect("it is JSON");
    let entry = &schema["definitions"]["Entry"]["anyOf"][1];
    assert_eq!(entry["properties"]["limit"]["anyOf"][1]["type"], json!("integer"));
    assert_eq!(entry["oneOf"].as_array().map(Vec::len), Some(RULES.len()));
}
