//! Bodies in every charset that feeds come in, with everything that can be said about it: by HTTP, by the
//! declaration, by a mark, by nobody, and wrongly.

use encoding_rs::Encoding;
use limpid::decode::charset::{Charset, CharsetError, Decoded, charset_named, decode};
use proptest::prelude::*;

const RUSSIAN: &str = "В гавани сегодня тихо. Два парома стоят у причала, третий ждёт утра и попутного ветра. \
    Смотритель маяка записал в журнал высоту прилива, направление волны и число чаек на крыше склада.";
const GREEK: &str = "Το λιμάνι είναι ήσυχο σήμερα. Δύο καράβια περιμένουν στην προβλήτα και το τρίτο θα φτάσει \
    το πρωί. Ο φαροφύλακας έγραψε στο ημερολόγιο το ύψος της παλίρροιας και τη φορά του ανέμου.";
const JAPANESE: &str = "今日の港はとても静かです。二隻の船が桟橋に泊まっていて、三隻目は朝を待っています。灯台の人は日誌に\
    潮の高さと風の向きを書きました。カモメが倉庫の屋根に並んでいます。";
const CHINESE: &str = "今天的港口非常安静。两艘渡船停在码头旁边，第三艘要等到明天早上才能回来。灯塔的看守人在日志里记下了\
    潮水的高度、风的方向，还有仓库屋顶上海鸥的数目。";
const TRADITIONAL: &str = "今天的港口非常安靜。兩艘渡船停在碼頭旁邊，第三艘要等到明天早上才能回來。燈塔的看守人在日誌裡記下了\
    潮水的高度、風的方向，還有倉庫屋頂上海鷗的數目。";
const KOREAN: &str = "오늘 항구는 아주 조용합니다. 배 두 척이 부두에 서 있고 세 번째 배는 아침을 기다립니다. 등대지기는 일지에 \
    물의 높이와 바람의 방향을 적었습니다.";
const FRENCH: &str = "Le port est très calme ce matin. Deux bateaux attendent à quai, le troisième est arrêté près \
    de l’île. Le gardien du phare a noté la hauteur de la marée et la direction où le vent soufflait déjà.";
const POLISH: &str = "Dziś w porcie jest zupełnie cicho. Dwa promy stoją przy nabrzeżu, trzeci czeka na świt. \
    Latarnik zapisał w dzienniku wysokość pływu, kierunek wiatru oraz liczbę mew siedzących na dachu.";
const HEBREW: &str = "הנמל שקט מאוד היום. שתי ספינות עומדות ליד הרציף והשלישית מחכה לבוקר. שומר המגדלור רשם ביומן \
    את גובה הגאות ואת כיוון הרוח.";
const THAI: &str =
    "วันนี้ท่าเรือเงียบมาก เรือสองลำจอดอยู่ที่ท่า ลำที่สามรอจนถึงเช้า คนเฝ้าประภาคารจดความสูงของน้ำและทิศทางลมไว้ในสมุด";

/// What is written, in which charset, and whether a detector can be expected to see which.
const SAMPLES: [(&str, &str, bool); 31] = [
    (RUSSIAN, "windows-1251", true),
    (RUSSIAN, "koi8-r", true),
    (RUSSIAN, "koi8-u", true),
    (RUSSIAN, "iso-8859-5", true),
    (RUSSIAN, "ibm866", true),
    (RUSSIAN, "x-mac-cyrillic", false),
    (GREEK, "windows-1253", true),
    (GREEK, "iso-8859-7", true),
    (JAPANESE, "shift_jis", true),
    (JAPANESE, "euc-jp", true),
    (JAPANESE, "iso-2022-jp", true),
    (CHINESE, "gbk", true),
    (CHINESE, "gb18030", true),
    (CHINESE, "gb2312", true),
    (TRADITIONAL, "big5", true),
    (KOREAN, "euc-kr", true),
    (FRENCH, "windows-1252", true),
    (FRENCH, "macintosh", false),
    (POLISH, "windows-1250", true),
    (POLISH, "iso-8859-2", true),
    (POLISH, "iso-8859-16", false),
    (HEBREW, "windows-1255", true),
    (THAI, "windows-874", true),
    (JAPANESE, "utf-8", true),
    (RUSSIAN, "utf-16le", true),
    (RUSSIAN, "utf-16be", true),
    (JAPANESE, "utf-16le", true),
    (JAPANESE, "utf-16be", true),
    (RUSSIAN, "utf-32le", true),
    (JAPANESE, "utf-32be", true),
    (FRENCH, "utf-32le", true),
];

/// A text in a charset, without a mark.
fn encoded(text: &str, label: &str) -> Vec<u8> {
    match label {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        "utf-32be" => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        _ => {
            let (bytes, _, is_lost) =
                Encoding::for_label(label.as_bytes()).expect("a known label").encode(text);
            assert!(!is_lost, "{label} can not write the sample");
            bytes.into_owned()
        }
    }
}

fn feed(text: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>{text}</title><link>https://a.example/</link></channel></rss>"
    )
}

fn declaring(label: &str, text: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"{label}\"?>\n{}", feed(text))
}

fn decoded(body: impl Into<Vec<u8>>, http: Option<&str>) -> Decoded {
    decode(body.into(), http, None).expect("it is text")
}

fn note(body: impl Into<Vec<u8>>, http: Option<&str>) -> String {
    decoded(body, http).note.unwrap_or_default()
}

#[test]
fn what_http_says() {
    for (text, label, _) in SAMPLES {
        let got = decoded(encoded(&feed(text), label), Some(label));
        assert_eq!(got, Decoded { text: feed(text), note: None }, "{label}");
        let quoted = format!("\"{}\"", label.to_uppercase());
        assert_eq!(decoded(encoded(&feed(text), label), Some(&quoted)).text, feed(text), "{quoted}");
    }
}

#[test]
fn what_the_declaration_says() {
    for (text, label, _) in SAMPLES {
        let got = decoded(encoded(&declaring(label, text), label), None);
        let expected = if label == "utf-8" { "utf-8" } else { "UTF-8" };
        assert_eq!(got, Decoded { text: declaring(expected, text), note: None }, "{label}");
        let after_junk = format!("\n\n <br />\n{}", declaring(label, text));
        assert!(decoded(encoded(&after_junk, label), None).text.contains(text), "{label} after junk");
    }
}

#[test]
fn what_nobody_says() {
    for (text, label, is_seen) in SAMPLES {
        let got = decoded(encoded(&feed(text), label), None);
        assert!(!is_seen || got.text == feed(text), "{label}: {}, {:?}", got.text, got.note);
        assert_eq!(got.note.is_none(), label == "utf-8", "{label}: {:?}", got.note);
    }
    let got = note(encoded(&feed(JAPANESE), "shift_jis"), None);
    assert_eq!(got, "no charset is declared; taken for Shift_JIS");
}

#[test]
fn what_a_mark_says() {
    for label in ["utf-16le", "utf-16be", "utf-32le", "utf-32be"] {
        let body = encoded(&format!("\u{feff}{}", declaring("utf-16", RUSSIAN)), label);
        let got = decoded(body, Some("iso-8859-1"));
        assert_eq!(got.text, declaring("UTF-8", RUSSIAN), "{label}");
        assert_eq!(got.note.is_none(), label.starts_with("utf-16"), "{:?}", got.note);
        let body = encoded(&format!("\u{feff}{}", feed("a")), label);
        assert_eq!(decoded(body, Some(label)), Decoded { text: feed("a"), note: None });
    }
    let marked = format!("\u{feff}{}", declaring("utf-8", RUSSIAN));
    assert_eq!(decoded(marked.clone(), None), Decoded { text: marked, note: None });
    let falsely = [b"\xef\xbb\xbf".to_vec(), encoded(&declaring("windows-1251", RUSSIAN), "windows-1251")];
    assert_eq!(decoded(falsely.concat(), None).text, declaring("UTF-8", RUSSIAN));
}

#[test]
fn what_is_utf8_is_utf8_whatever_is_said() {
    let got = decoded(declaring("windows-1251", RUSSIAN), None);
    assert_eq!(got.text, declaring("UTF-8", RUSSIAN));
    assert_eq!(got.note.unwrap(), "the feed says windows-1251 and is UTF-8");
    let got = note(feed(RUSSIAN), Some("iso-8859-1"));
    assert_eq!(got, "HTTP says iso-8859-1, and the feed is UTF-8");
    for label in ["shift_jis", "gbk", "iso-2022-jp", "utf-16", "utf-32", "utf-7", "x-nothing"] {
        assert_eq!(
            decoded(declaring(label, RUSSIAN), Some(label)).text,
            declaring("UTF-8", RUSSIAN),
            "{label}"
        );
    }
    let right = "<?xml version='1.0' encoding='utf8'?><a>é</a>";
    assert_eq!(decoded(right, Some("iso-8859-1")), Decoded { text: right.to_owned(), note: None });
}

#[test]
fn ascii_is_utf8_but_for_what_is_shifted() {
    assert_eq!(decoded(declaring("utf-16", "a"), None).text, declaring("UTF-8", "a"));
    assert_eq!(note(declaring("utf-16", "a"), None), "the feed says utf-16 and is UTF-8");
    assert_eq!(decoded(declaring("iso-8859-1", "a"), Some("us-ascii")).note, None);
    let utf7 = decoded(declaring("utf-7", "+AOk-"), None);
    assert_eq!(utf7.text, declaring("UTF-8", "+AOk-"));
    assert_eq!(utf7.note.unwrap(), "the feed says utf-7, which is not known; taken for UTF-8");
    let hz = decoded(declaring("hz-gb-2312", "~{8[?Z~}~~ a~\nb"), None);
    assert_eq!(hz, Decoded { text: declaring("UTF-8", "港口~ ab"), note: None });
    assert!(decoded(feed("~{8[?Z~}"), None).text.contains("~{8[?Z~}"), "nobody says that it is HZ");
    assert!(decoded(feed("a \u{1b} b"), None).text.contains("a \u{1b} b"), "this is no ISO-2022-JP");
}

#[test]
fn utf8_with_faults_is_utf8() {
    let mut body = declaring("utf-8", RUSSIAN).into_bytes();
    let at = body.iter().position(|b| !b.is_ascii()).unwrap();
    body.remove(at + 1);
    body.push(0xe2);
    for http in [None, Some("utf-8"), Some("iso-8859-1")] {
        let got = decoded(body.clone(), http);
        assert!(got.text.contains(&RUSSIAN[2..]) && got.text.contains("<title>\u{fffd}"), "{}", got.text);
        assert!(got.note.unwrap().ends_with("2 broken UTF-8 sequences replaced by U+FFFD"));
    }
    let cut = [feed("déjà vu").as_bytes(), b"d\xc3"].concat();
    assert_eq!(decoded(cut, None).note.unwrap(), "1 broken UTF-8 sequence replaced by U+FFFD");
}

#[test]
fn what_does_not_fit_is_not_believed() {
    let body = encoded(&declaring("utf-8", FRENCH), "windows-1252");
    let got = decoded(body.clone(), Some("utf-8"));
    assert_eq!(got.text, declaring("utf-8", FRENCH));
    assert_eq!(got.note.unwrap(), "HTTP says utf-8, which does not fit; taken for windows-1252");
    let got = decoded(encoded(&declaring("windows-1251", RUSSIAN), "windows-1251"), Some("utf-8"));
    assert_eq!(got, Decoded { text: declaring("UTF-8", RUSSIAN), note: None });
    let got = decoded(encoded(&declaring("shift_jis", JAPANESE), "shift_jis"), Some("iso-8859-1"));
    assert_eq!(got.text, declaring("UTF-8", JAPANESE));
    let got = decoded(encoded(&declaring("euc-jp", JAPANESE), "shift_jis"), None);
    assert_eq!(got.text, declaring("UTF-8", JAPANESE));
    assert_eq!(got.note.unwrap(), "the feed says euc-jp, which does not fit; taken for Shift_JIS");
    let got = note(encoded(&declaring("koi8-r", RUSSIAN), "windows-1251"), Some("windows-1251"));
    assert_eq!(got, "the feed says koi8-r, and windows-1251 was believed");
    let got = note(encoded(&declaring("klingon", RUSSIAN), "windows-1251"), None);
    assert_eq!(got, "the feed says klingon, which is not known; taken for windows-1251");
}

#[test]
fn one_fault_does_not_disprove_what_is_said() {
    let mut body = encoded(&declaring("shift_jis", JAPANESE), "shift_jis");
    body.extend(b"<!-- cut: \x8d");
    let got = decoded(body, None);
    assert!(got.text.contains(JAPANESE), "{}", got.text);
    assert_eq!(got.note.unwrap(), "1 broken Shift_JIS sequence replaced by U+FFFD");
}

#[test]
fn a_persons_word_is_the_last() {
    let fixed = |label: &str| charset_named(label);
    let body = encoded(&declaring("utf-8", RUSSIAN), "koi8-r");
    let got = decode(body, Some("windows-1251"), fixed("koi8-r")).unwrap();
    assert_eq!(got, Decoded { text: declaring("utf-8", RUSSIAN), note: None });
    let got = decode("é".into(), None, fixed("iso-8859-1")).unwrap();
    assert_eq!(got.text, "Ã©");
    for label in ["utf-16le", "utf-16be", "utf-32le", "utf-32be"] {
        for mark in ["", "\u{feff}"] {
            let body = encoded(&format!("{mark}{}", feed(GREEK)), label);
            let got = decode(body, None, fixed(&label[..6])).unwrap();
            assert_eq!(got, Decoded { text: feed(GREEK), note: None }, "{label}");
        }
    }
    let got = decode(b"\xef\xbb\xbfa\xff".to_vec(), None, Some(Charset::UTF_8)).unwrap();
    assert_eq!(got.text, "\u{feff}a\u{fffd}");
    assert_eq!(got.note.unwrap(), "1 broken UTF-8 sequence replaced by U+FFFD");
}

#[test]
fn what_is_plainly_binary_is_an_error() {
    let zeros = [b"a".to_vec(), vec![0; 40]].concat();
    let bodies: [&[u8]; 5] =
        [b"\x1f\x8b\x08\0\0", b"PK\x03\x04 and so on", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7 \xe9", &zeros];
    for body in bodies {
        let error = decode(body.to_vec(), Some("utf-8"), None).unwrap_err();
        let CharsetError::Binary(kind) = error;
        assert!(error.to_string().contains(kind));
    }
    assert!(decode(b"<rss>\0</rss> and more text".to_vec(), None, None).is_ok(), "one zero is no harm");
    assert_eq!(decoded("", None), Decoded { text: String::new(), note: None });
}

#[test]
fn what_an_item_quotes_is_no_declaration() {
    let quoted = "<?xml version='1.0' encoding='koi8-r'?>";
    for text in [feed(&format!("<![CDATA[{quoted}]]>é")), format!("{{\"title\": \"{quoted}é\"}}")] {
        assert_eq!(decoded(text.clone(), None), Decoded { text, note: None });
    }
    let style = "<?xml-stylesheet encoding='koi8-r'?><rss>é</rss>";
    assert_eq!(decoded(style, None).text, style);
    for (written, corrected) in [
        ("<?xml version='1.0' encoding = \"KOI8-R\" standalone='yes'?>é", "\"UTF-8\" standalone"),
        ("<?xml version='1.0' encoding=''?>é", "encoding='UTF-8'"),
        ("<?xml version='1.0' encoding='utf8mb4'?>é", "encoding='UTF-8'"),
        ("<?xml encoding='latin1' version='1.0'?>é", "encoding='UTF-8' version='1.0'?>é"),
    ] {
        assert!(decoded(written, None).text.contains(corrected), "{written}");
    }
}

#[test]
fn labels_as_feeds_write_them() {
    for (written, name) in [
        ("UTF-8", "UTF-8"),
        ("utf8mb4", "UTF-8"),
        ("UTF_8", "UTF-8"),
        ("uft-8", "UTF-8"),
        ("cp65001", "UTF-8"),
        ("win-1251", "windows-1251"),
        ("WINDOWS1251", "windows-1251"),
        ("cp-1252", "windows-1252"),
        ("1250", "windows-1250"),
        ("ISO_8859-1", "windows-1252"),
        ("ISO 8859-15", "ISO-8859-15"),
        ("8859-2", "ISO-8859-2"),
        ("iso8859_7", "ISO-8859-7"),
        ("latin-1", "windows-1252"),
        ("koi8r", "KOI8-R"),
        ("cp932", "Shift_JIS"),
        ("x-mac-roman", "macintosh"),
        ("mac-roman", "macintosh"),
        ("EUC_KR", "EUC-KR"),
        ("utf-16", "UTF-16LE"),
        ("UTF-32", "UTF-32LE"),
        ("UTF-32BE", "UTF-32BE"),
        ("ISO-10646-UCS-4", "UTF-32BE"),
        ("HZ-GB-2312", "HZ-GB-2312"),
    ] {
        assert_eq!(charset_named(written).map(Charset::name), Some(name), "{written}");
    }
    for unknown in
        ["", "-", "utf-7", "replacement", "iso-2022-kr", "windows-1259", "windows-125x", "none", "é"]
    {
        assert_eq!(charset_named(unknown), None, "{unknown}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(
        body in prop::collection::vec(any::<u8>(), 0..200),
        start in prop::sample::select(&["", "\u{feff}", "<?xml version='1.0' encoding='koi8-r'?>", "<\0", "\0<", "<\0\0\0"][..]),
        http in prop::option::of(prop_oneof![any::<String>(), prop::sample::select(&SAMPLES[..]).prop_map(|s| s.1.to_owned())]),
        fixed in prop::option::of(prop::sample::select(&SAMPLES[..])),
    ) {
        let body = [start.as_bytes(), &body].concat();
        let _ = decode(body, http.as_deref(), fixed.and_then(|(_, label, _)| charset_named(label)));
    }

    #[test]
    fn utf8_comes_out_as_it_went_in(text in "[a-zé-ўα-ω港-灯 \u{1F600}]{0,40}", http in prop::sample::select(&SAMPLES[..])) {
        prop_assert_eq!(decoded(feed(&text), Some(http.1)).text, feed(&text));
    }

    #[test]
    fn what_is_said_rightly_is_read((text, label, _) in prop::sample::select(&SAMPLES[..]), at in 0_usize..30) {
        // Shorter ones can be UTF-8 by chance.
        let cut: String = text.chars().skip(at).take(25).collect();
        prop_assert_eq!(decoded(encoded(&feed(&cut), label), Some(label)).text, feed(&cut));
        let body = encoded(&declaring(label, &cut), label);
        prop_assert!(decoded(body, None).text.contains(&cut), "{} {}", label, cut);
    }

    #[test]
    fn labels_never_panic(label in any::<String>()) {
        let _ = charset_named(&label);
    }
}
