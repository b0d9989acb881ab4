//! The over-removal guard: a rule that would take nearly everything is not applied, loudly.

use jiff::Timestamp;
use limpid::config;
use limpid::feed;
use limpid::pipeline::Cleaned;
use limpid::receipt::Action;

/// Three posts, of which the first is sponsored.
const POSTS: &str = "<rss version=\"2.0\"><channel><title>T</title>\n\
    <item><title>[Sponsor] Oilskins</title><description><![CDATA[<div class=\"post\"><p>Buy oilskins now, at half the price.</p></div>]]></description></item>\n\
    <item><title>High water</title><description><![CDATA[<div class=\"post\"><p>At six in the morning, as every day.</p></div>]]></description></item>\n\
    <item><title>Low water</title><description><![CDATA[<div class=\"post\"><p>At noon, or a little later.</p><p>Subscribe</p></div>]]></description></item>\n\
    </channel></rss>\n";

/// The posts as a feed with these lines leaves them.
fn cleaned(lines: &str) -> Cleaned {
    let text = format!("[feeds.f]\nsource = \"https://a.example/\"\n{lines}");
    let config = config::read(&text, None).unwrap_or_else(|problems| panic!("{problems}"));
    let feed = feed::parse(POSTS.to_owned()).expect("it is well-formed");
    config.feed("f").expect("it is configured").pipeline.run(&feed, Timestamp::UNIX_EPOCH)
}

/// What the guard said.
fn warnings(cleaned: &Cleaned) -> Vec<String> {
    let guarded = cleaned.receipt.entries.iter().filter(|entry| entry.action == Action::Guarded);
    guarded.map(|entry| format!("{}: {}", entry.rule, entry.snippet)).collect()
}

#[test]
fn a_rule_that_would_drop_all_items_is_not_applied() {
    let all = cleaned("rules = [{ drop = { title = '(?s).' } }, { remove = { text = '^subscribe$' } }]");
    assert_eq!(warnings(&all), ["drop: it would have dropped all 3 items"]);
    assert_eq!(all.receipt.items_out, 3);
    // The other rules are.
    assert!(!all.text.contains("Subscribe") && all.text.contains("Oilskins"));
}

#[test]
fn so_is_the_last_of_several_that_drop_all_items_together() {
    let rules = "rules = [{ drop = { title = 'sponsor' } }, { drop = { title = 'water' } }]";
    let all = cleaned(rules);
    assert_eq!(warnings(&all), ["drop: it would have dropped all 2 items"]);
    assert_eq!(all.receipt.items_out, 2);
}

#[test]
fn a_rule_that_would_cut_most_words_of_most_items_is_not_applied() {
    let all = cleaned("rules = [{ remove = '.post' }]");
    assert_eq!(all.text, POSTS);
    let why = "remove: it would have cut more than 90 % of the words of 3 of 3 items";
    assert_eq!(warnings(&all), [why]);
}

#[test]
fn bytes_are_not_words() {
    let slim = cleaned("rules = [{ strip-attributes = ['class'] }, { unwrap = 'div' }]");
    assert!(warnings(&slim).is_empty() && !slim.text.contains("<div"));
}

#[test]
fn what_hits_a_few_items_is_what_was_meant() {
    let one = cleaned("rules = [{ drop = { title = 'sponsor' } }]");
    assert_eq!((warnings(&one).len(), one.receipt.items_out), (0, 2));
    let most = cleaned("rules = [{ drop = { not = { title = 'low' } } }]");
    assert_eq!((warnings(&most).len(), most.receipt.items_out), (0, 1));
}

#[test]
fn the_share_is_a_persons_own_to_set() {
    let rules = "rules = [{ remove = { selector = 'p', text = '^(buy|at) ' } }]";
    assert_eq!(warnings(&cleaned(rules)).len(), 1);
    assert_eq!(warnings(&cleaned(&format!("guard = false\n{rules}"))).len(), 0);
    let gone = cleaned("guard = false\nrules = [{ drop = { title = '(?s).' } }]");
    assert_eq!((gone.receipt.items_out, warnings(&gone).len()), (0, 0));
    let half = "rules = [{ replace = { in = 'content', pattern = '(now|in the morning|or a little).*', with = '' } }]";
    assert_eq!(warnings(&cleaned(half)).len(), 0);
    assert_eq!(warnings(&cleaned(&format!("guard = 0.3\n{half}"))).len(), 1);
}

#[test]
fn a_limit_says_how_many_and_is_believed() {
    let none = cleaned("rules = [{ limit = 0 }]");
    assert_eq!((none.receipt.items_out, warnings(&none).len()), (0, 0));
}
