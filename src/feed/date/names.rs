//! The names of months, weekdays and zones, as [`super::tokens`] folds them: lower case, no accents.

use jiff::tz::Offset;

/// What each month is called in English, German, French, Spanish, Italian, Dutch, Portuguese, Russian, Greek
/// and Hungarian, with the abbreviations that do not just begin those names.
const MONTHS: [&str; 12] = [
    "january januar janner jaenner janvier enero gennaio januari janeiro январь января ιανουαριοσ ιανουαριου",
    "february februar feber fevrier febrero febbraio februari fevereiro февраль февраля φεβρουαριοσ φεβρουαριου",
    "march marz maerz mrz mars marzo maart mrt marco март марта μαρτιοσ μαρτιου marcius",
    "april avril abril aprile апрель апреля απριλιοσ απριλιου aprilis",
    "may mai mayo maggio mei maio май мая маи μαιοσ μαιου majus",
    "june juni juin junio giugno junho июнь июня ιουνιοσ ιουνιου ιον junius",
    "july juli juillet julio luglio julho июль июля ιουλιοσ ιουλιου ιολ julius",
    "august aout agosto augustus август августа αυγουστοσ αυγουστου augusztus",
    "september septembre septiembre settembre setembro сентябрь сентября σεπτεμβριοσ σεπτεμβριου szeptember",
    "october oktober octobre octubre ottobre outubro октябрь октября οκτωβριοσ οκτωβριου",
    "november novembre noviembre novembro ноябрь ноября νοεμβριοσ νοεμβριου",
    "december dezember decembre diciembre dicembre dezembro декабрь декабря δεκεμβριοσ δεκεμβριου",
];

/// What weekdays are called in the same languages. Which day it is does not matter: many are wrong.
const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag \
    lundi mardi mercredi jeudi vendredi samedi dimanche \
    lunes martes miercoles jueves viernes sabado domingo \
    lunedi martedi mercoledi giovedi venerdi sabato domenica \
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag \
    segunda terca quarta quinta sexta \
    понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс \
    δευτερα τριτη τεταρτη πεμπτη παρασκευη σαββατο κυριακη \
    hetfo kedd szerda csutortok pentek szombat vasarnap";

/// Words that stand between the parts of a date and say nothing.
const FILLERS: [&str; 23] = [
    "of", "the", "at", "on", "th", "st", "nd", "rd", "de", "del", "um", "uhr", "uur", "er", "feira", "a",
    "as", "om", "alle", "ore", "г", "года", "в",
];

/// Zones, in minutes east of UTC. `IST` is not among them: it is that of three countries.
const ZONES: [(&str, i32); 38] = [
    ("gmt", 0),
    ("ut", 0),
    ("utc", 0),
    ("z", 0),
    ("wet", 0),
    ("est", -5 * 60),
    ("edt", -4 * 60),
    ("cst", -6 * 60),
    ("cdt", -5 * 60),
    ("mst", -7 * 60),
    ("mdt", -6 * 60),
    ("pst", -8 * 60),
    ("pdt", -7 * 60),
    ("akst", -9 * 60),
    ("akdt", -8 * 60),
    ("hst", -10 * 60),
    ("nst", -3 * 60 - 30),
    ("ndt", -2 * 60 - 30),
    ("brt", -3 * 60),
    ("bst", 60),
    ("west", 60),
    ("cet", 60),
    ("mez", 60),
    ("cest", 2 * 60),
    ("mesz", 2 * 60),
    ("sast", 2 * 60),
    ("eet", 2 * 60),
    ("eest", 3 * 60),
    ("msk", 3 * 60),
    ("msd", 4 * 60),
    ("hkt", 8 * 60),
    ("sgt", 8 * 60),
    ("kst", 9 * 60),
    ("jst", 9 * 60),
    ("aest", 10 * 60),
    ("aedt", 11 * 60),
    ("nzst", 12 * 60),
    ("nzdt", 13 * 60),
];

/// The number of a month: by its name, or by at least three letters that begin no other month's name.
pub(super) fn month(word: &str) -> Option<i8> {
    let is_named = |names: &&str| begins_a_name(word, names, 3);
    let mut named = (1..).zip(MONTHS).filter(|(_, names)| is_named(names));
    let (number, _) = named.next()?;
    named.next().is_none().then_some(number)
}

/// Whether a word is a weekday, or two letters and more of one.
pub(super) fn is_weekday(word: &str) -> bool {
    begins_a_name(word, WEEKDAYS, 2)
}

fn begins_a_name(word: &str, names: &str, letters: usize) -> bool {
    word.chars().nth(letters - 1).is_some() && names.split_whitespace().any(|name| name.starts_with(word))
}

/// Whether a word says nothing.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

/// The offset of a zone that is known by its name.
pub(super) fn zone(word: &str) -> Option<Offset> {
    let (_, minutes) = ZONES.iter().find(|(name, _)| *name == word)?;
    Offset::from_seconds(minutes * 60).ok()
}

/// Whether a word behind a clock can be a zone that is not known. RFC 2822 §4.3 has those taken for UTC, and
/// the single letters of the military too.
pub(super) fn looks_like_zone(word: &str) -> bool {
    let is_military = word.len() == 1 && word != "j";
    let is_name =
        (3..=5).contains(&word.len()) && !is_filler(word) && !is_weekday(word) && month(word).is_none();
    word.bytes().all(|b| b.is_ascii_lowercase()) && (is_military || is_name)
}
