//! What feeds and items both say of themselves.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::model::{About, Said};
use super::Reader;
use super::roles::Role;
use crate::feed::read::{Person, Term};
use crate::feed::{Field, Format, Ns, date};

/// The years that a date can be of (RFC 3339 §5.6).
const YEARS: std::ops::RangeInclusive<i16> = 0..=9999;

/// How many authors are looked through for one of the same name. No real item has as many.
const MAX_TWINS: usize = 32;

impl Reader<'_> {
    /// Takes a field for what it is; `false` where that is not of what feeds and items both have.
    pub(super) fn about(&mut self, role: Role, field: &Field, about: &mut About, base: Option<&str>) -> bool {
        match role {
            Role::Title if about.title.is_none() => about.title = self.short(field, base),
            Role::Summary if about.summary.is_none() => about.summary = self.summary(field, base),
            Role::Rights if about.rights.is_none() => about.rights = self.short(field, base),
            Role::Id => self.id(field, about, base),
            Role::Author => self.people(field, about, true, base),
            Role::Contributor => self.people(field, about, false, base),
            Role::Category => self.categories(field, about, base),
            Role::Published => self.published(field, about, base),
            Role::Updated => self.updated(field, about, base),
            Role::Language => {
                let language = self.feed.value_of(field).into_owned();
                match &about.language {
                    None => about.language = Some(Said::new(self.by(field), language)),
                    Some(said) if said.value.eq_ignore_ascii_case(&language) => {}
                    Some(_) => self.surplus(field, &mut about.extras, base),
                }
            }
            _ => return false,
        }
        true
    }

    fn id(&mut self, field: &Field, about: &mut About, base: Option<&str>) {
        let id = self.feed.value_of(field).into_owned();
        match &about.id {
            _ if id.is_empty() => {}
            None => about.id = Some(Said::new(self.by(field), id)),
            Some(said) if said.value == id => {}
            Some(_) => self.surplus(field, &mut about.extras, base),
        }
    }

    fn people(&mut self, field: &Field, about: &mut About, are_authors: bool, base: Option<&str>) {
        let by = self.by(field);
        let people = self.feed.persons(field);
        let mut people: Vec<Person> =
            people.into_iter().filter(|person| *person != Person::default()).collect();
        for person in people.iter_mut().filter(|person| !person.url.is_empty()) {
            person.url = self.address(field, &person.url, base);
        }
        if people.is_empty() {
            return self.surplus(field, &mut about.extras, base);
        }
        let list = if are_authors { &mut about.authors } else { &mut about.contributors };
        for person in people {
            add_person(list, Said::new(by.as_str(), person));
        }
    }

    fn categories(&mut self, field: &Field, about: &mut About, base: Option<&str>) {
        let is_atom = matches!(field.ns, Ns::Atom | Ns::Atom03);
        let attribute = |name| self.feed.attribute(field, name).unwrap_or_default();
        let terms = match self.feed.format {
            Format::Rss | Format::Rdf if is_atom => {
                let term =
                    Term { term: attribute("term"), scheme: attribute("scheme"), label: attribute("label") };
                vec![term].into_iter().filter(|term| !term.term.is_empty()).collect()
            }
            Format::Rss | Format::Rdf if field.has_children => Vec::new(),
            _ => self.feed.terms(field),
        };
        if terms.is_empty() {
            return self.surplus(field, &mut about.extras, base);
        }
        let by = self.by(field);
        about.categories.extend(terms.into_iter().map(|term| Said::new(by.as_str(), term)));
    }

    fn published(&mut self, field: &Field, about: &mut About, base: Option<&str>) {
        let Some(date) = self.date(field) else { return };
        match &about.published {
            None => about.published = Some(Said::new(self.by(field), date)),
            Some(said) if said.value == date => {}
            Some(_) => self.surplus(field, &mut about.extras, base),
        }
    }

    fn updated(&mut self, field: &Field, about: &mut About, base: Option<&str>) {
        let Some(date) = self.date(field) else { return };
        match &about.updated {
            None => about.updated = Some(Said::new(self.by(field), date)),
            Some(said) if said.value == date => {}
            Some(_) => self.surplus(field, &mut about.extras, base),
        }
    }

    /// The date in a field. One that can not be read is lost: there is no other to put in its place.
    fn date(&mut self, field: &Field) -> Option<Timestamp> {
        let date = date::parse(&self.feed.value_of(field)).filter(|date| YEARS.contains(&year(*date)));
        if date.is_none() {
            self.losses.add_part(&self.by(field), "it is no date");
        }
        date
    }
}

fn year(date: Timestamp) -> i16 {
    date.to_zoned(TimeZone::UTC).year()
}

/// Adds somebody, unless that is somebody already there: some feeds name their authors in two ways.
fn add_person(list: &mut Vec<Said<Person>>, person: Said<Person>) {
    let new = &person.value;
    let is_same = |known: &&mut Said<Person>| {
        let known = &known.value;
        let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        !new.name.is_empty()
            && known.name == new.name
            && agree(&known.email, &new.email)
            && agree(&known.url, &new.url)
    };
    let Some(known) = list.iter_mut().take(MAX_TWINS).find(is_same) else {
        list.push(person);
        return;
    };
    let Person { email, url, avatar, .. } = person.value;
    for (to, from) in
        [(&mut known.value.email, email), (&mut known.value.url, url), (&mut known.value.avatar, avatar)]
    {
        if to.is_empty() {
            *to = from;
        }
    }
}
