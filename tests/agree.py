"""Whether feedparser and Python's own parsers read in limpid's output what they read in the source.

Standard input has one JSON object a line: {"kind", "name", "source", "output"}, the last two paths of files.
Kinds are `same` (nothing may differ), `repaired` (the source is ill-formed, the output must not be) and
`converted` (the output is the same feed in another format). What differs is printed, a line each; the last
line says how many were compared. The exit code is 1 where anything differs.
"""

import datetime
import email.utils
import html.parser
import json
import sys
import xml.dom.minidom
import xml.etree.ElementTree
import xml.parsers.expat
import xml.sax.saxutils

import feedparser

# What feedparser says about bytes, not about the feed.
OF_THE_BYTES = {"encoding", "bozo", "bozo_exception"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def plain(value):
    """feedparser's dictionaries as plain ones."""
    if isinstance(value, dict):
        return {key: plain(dict.__getitem__(value, key)) for key in dict.keys(value)}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    return value


def differences(expected, read_, path=""):
    """Where two values differ, one line each."""
    if isinstance(expected, dict) and isinstance(read_, dict):
        for key in [*expected, *(key for key in read_ if key not in expected)]:
            yield from differences(expected.get(key), read_.get(key), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(read_, list) and len(expected) == len(read_):
        for index, pair in enumerate(zip(expected, read_)):
            yield from differences(*pair, f"{path}[{index}]")
    elif expected != read_:
        yield f"{path.lstrip('.')}: {expected!r} in the source, {read_!r} in the output"


def is_json(data):
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def from_json(data):
    """JSON with everything that could differ: the order of members, and numbers as they are written."""
    numbers = {"parse_int": lambda text: ("number", text), "parse_float": lambda text: ("number", text)}
    return json.loads(data.decode("utf-8-sig"), object_pairs_hook=lambda pairs: pairs, **numbers)


# The same feed.


def same(source, output, _name):
    if is_json(source):
        yield from differences(from_json(source), from_json(output))
        return
    readings = [feedparser.parse(data) for data in (source, output)]
    for reading, whose in zip(readings, ("source", "output")):
        error = reading.get("bozo_exception")
        # Not an error of the feed: a byte order mark is all that says what charset it is in.
        if error and not isinstance(error, feedparser.CharacterEncodingOverride):
            yield f"feedparser does not accept the {whose}: {error}"
    readings = [{k: v for k, v in plain(reading).items() if k not in OF_THE_BYTES} for reading in readings]
    yield from differences(*readings)


# A feed that was repaired.

# What feedparser's lenient parser does not cope with; of these only the output is looked at.
MISREAD = {
    "ill-formed/bare-ampersands.xml": "it takes `&lang` for the character of that name, and doubles `&amp;`",
    "ill-formed/bytes-of-two-charsets.xml": "it decodes all of it from one charset",
    "ill-formed/crossed-tags.xml": "it leaves crossed tags crossed",
    "ill-formed/declares-utf-16-is-utf-8.xml": "it believes the declaration",
    "ill-formed/never-closed-in-an-item.xml": "it takes everything for the title of the feed",
}
NOT_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def repaired(source, output, name):
    if is_json(output):
        # What was mended is what Python's reader accepts where it is told to.
        yield from differences(json.loads(source, strict=False), json.loads(output))
        return
    yield from not_well_formed(output)
    before, after = essentials(feedparser.parse(source)), essentials(feedparser.parse(output))
    if name in MISREAD:
        return
    if "cut-off" in name:
        # An item that is not all there is not served.
        before["entries"] = before["entries"][: len(after["entries"])]
    yield from differences(before, after)


def not_well_formed(data):
    try:
        xml.parsers.expat.ParserCreate(namespace_separator=" ").Parse(data, True)
        xml.dom.minidom.parseString(data)
    except xml.parsers.expat.ExpatError as error:
        yield f"the output is not well-formed: {error}"


def essentials(reading):
    keys = ["id", "title", "link", "summary", "content", "authors", "tags", "published", "updated"]
    entries = [{key: cleaned(plain(entry[key])) for key in keys if key in entry} for entry in reading.entries]
    for entry, whole in zip(entries, reading.entries):
        # The two parsers make different things of an attribute without a value.
        enclosures = whole.get("enclosures", [])
        entry["enclosures"] = [[enclosure.get(key) for key in ("href", "type", "length")] for enclosure in enclosures]
    return {"title": cleaned(reading.feed.get("title")), "link": reading.feed.get("link"), "entries": entries}


def cleaned(value):
    """Without the characters that XML can not have."""
    if isinstance(value, str):
        return value.translate(NOT_IN_XML)
    if isinstance(value, list):
        return [cleaned(element) for element in value]
    return {key: cleaned(v) for key, v in value.items()} if isinstance(value, dict) else value


# The same feed in another format.

# What is not compared: where feedparser reads something else in the source than its format says.
READS_OTHERWISE = {
    "atom-0.3/content-modes.xml": ("entry 0, text",),  # of two forms of a text it takes the one without markup
    "atom-1.0/base-and-language.xml": ("entry 1, text",),  # it passes over the xml:base of a div
    "atom-1.0/content-kinds.xml": (  # what is elsewhere is nothing, and a picture in base64 a text
        "entry 6, enclosures",
        "entry 7, text",
        "entry 7, summary",
    ),
    "rss-1.0/modules.xml": ("description", "summary"),  # dc:description counts for more than description
    "rss-2.0/mastodon.xml": ("text", "summary"),  # media:description counts for more than description
    "rss-2.0/media.xml": ("categories", "enclosures"),  # media:keywords are categories, media:content is nothing
    "rss-2.0/modules.xml": ("date", "authors"),  # atom:updated counts for more than dc:date, and all are authors
    "rss-2.0/podcast.xml": ("description",),  # itunes:subtitle counts for more than description
    "rss-2.0/sparse-items.xml": ("text", "summary"),  # the second description is a content
    "rss-2.0/unusual-prefixes.xml": ("text", "summary"),  # a prefix counts for more than its namespace
}


def converted(source, output, name):
    before, after = view(source), view(output)
    yield from invalid(output, before)
    ignored = READS_OTHERWISE.get(name.split(" as ")[0], ())
    if len(before["entries"]) != len(after["entries"]):
        yield f"{len(before['entries'])} entries in the source, {len(after['entries'])} in the output"
    for key, expected, found in [*feed_pairs(before, after), *all_entry_pairs(before, after)]:
        if expected != found and key not in ignored and key.split(", ")[-1] not in ignored:
            yield f"{key}: {expected!r} in the source, {found!r} in the output"


def feed_pairs(before, after):
    for key in ("title", "link", "description"):
        # Where the source has none, and the format asks for one, something has to stand there.
        if words(before[key]):
            yield key, words(before[key]), words(after[key])


def all_entry_pairs(before, after):
    for index, (entry, other) in enumerate(zip(before["entries"], after["entries"])):
        for key, expected, found in entry_pairs(entry, other, after["format"]):
            yield f"entry {index}, {key}", expected, found


def entry_pairs(entry, other, target):
    """What of two entries has to be equal."""
    yield "title", words(entry["title"]), words(other["title"])
    # Atom and JSON Feed ask for an id, so there may be more than there was.
    for key in ("id", "link", "date", "authors", "categories"):
        if entry[key]:
            yield key, entry[key], other[key]
    # RSS has one date; an element of another namespace may carry the second.
    if entry["updated"] and (target != "rss" or other["updated"]):
        yield "updated", entry["updated"], other["updated"]
    yield "enclosures", *comparable_enclosures(entry["enclosures"], other["enclosures"])
    if entry["main"]:
        # Plain text may become HTML by other tags than these readers would choose; its words stay.
        form = words if "plain" in (entry["main"][0], (other["main"] or [None])[0]) else tokens
        yield "text", form(entry["main"]), form(other["main"])
    if entry["short"]:
        yield "summary", words(entry["short"]), words(other["short"])


def comparable_enclosures(before, after):
    """RSS asks for a length and a type, so those that were not given may be; zero says as much as nothing."""
    found = []
    for index, (url, kind, length) in enumerate(after):
        known = before[index] if index < len(before) else (None, kind, length)
        found.append((url, kind if known[1] else "", length if known[2] else ""))
    return before, found


def view(data):
    """What of a feed is compared. Texts are pairs of `plain` or `html` and what they say."""
    if not is_json(data):
        return view_xml(data)
    return view_json(json.loads(data.decode("utf-8-sig"), parse_int=str, parse_float=str))


def view_json(feed):
    persons = [person.get("name", "") for person in feed.get("authors") or [feed.get("author") or {}]]
    entries = [view_item(item, [name for name in persons if name]) for item in feed["items"]]
    top = {"title": ("plain", feed.get("title", "")), "description": ("plain", feed.get("description", ""))}
    return {**top, "link": ("plain", feed.get("home_page_url", "")), "format": "json", "entries": entries}


def view_item(item, inherited):
    authors = [person.get("name") for person in item.get("authors") or [item.get("author") or {}]]
    content = None
    if item.get("content_html"):
        content = ("html", as_feedparser_has_it(item["content_html"]))
    elif item.get("content_text"):
        content = ("plain", item["content_text"])
    summary = ("plain", item["summary"]) if item.get("summary") else None
    return {
        "title": ("plain", item.get("title", "")),
        "id": item.get("id") or None,
        "link": item.get("url") or None,
        "date": moment(item.get("date_published") or item.get("date_modified")),
        "updated": moment(item.get("date_modified")) if item.get("date_published") else None,
        "authors": [name for name in authors if name] or inherited,
        "categories": item.get("tags") or [],
        "enclosures": [
            (a["url"], a.get("mime_type", ""), size(a.get("size_in_bytes"))) for a in item.get("attachments") or []
        ],
        "main": content or summary,
        "short": summary if content else None,
    }


def view_xml(data):
    reading = feedparser.parse(data)
    kind = "atom" if reading.version.startswith("atom") else "rss"
    inherited = names(reading.feed) if kind == "atom" else []
    entries = [view_entry(entry, inherited, kind) for entry in reading.entries]
    top = {"title": detail(reading.feed, "title"), "description": detail(reading.feed, "subtitle")}
    return {**top, "link": ("plain", alternate(reading.feed) or ""), "format": kind, "entries": entries}


def view_entry(entry, inherited, kind):
    contents = [(kind_of(content), content.value) for content in entry.get("content", []) if content.get("value")]
    content = next((c for c in contents if c[0] == "html"), contents[0] if contents else None)
    # feedparser gives an entry that has a content only that for its summary too.
    summary = detail(entry, "summary") if detail(entry, "summary")[1] else None
    own = summary if summary and (not content or summary[1] not in [c[1] for c in contents]) else None
    published = entry.get("published_parsed") or entry.get("created_parsed")
    updated = entry.get("updated_parsed") if "updated_parsed" in entry else None
    of_source = names(entry.source) if "source" in entry else []
    return {
        "title": detail(entry, "title"),
        "id": entry.get("id") or None,
        "link": alternate(entry) or (entry.get("id") if kind == "rss" and entry.get("guidislink") else None),
        "date": stamp(published or updated),
        "updated": stamp(updated) if published else None,
        "authors": names(entry) or of_source or inherited,
        "categories": [
            tag.term
            for tag in entry.get("tags", [])
            if tag.get("term") and not (tag.get("scheme") or "").startswith("http://www.itunes.com/")
        ],
        "enclosures": [(e.href, e.get("type") or "", size(e.get("length"))) for e in entry.get("enclosures", []) if e.get("href")],
        "main": content or own,
        "short": own if content else None,
    }


def alternate(thing):
    return next((l.href for l in thing.get("links", []) if l.get("rel") == "alternate" and l.get("href")), None)


def names(thing):
    return [a.get("name") or a.get("email") for a in thing.get("authors", []) if a.get("name") or a.get("email")]


def detail(thing, key):
    text = thing.get(f"{key}_detail")
    return (kind_of(text), text.value) if text and text.get("value") else ("plain", "")


def kind_of(text):
    return "plain" if text.get("type", "").startswith("text/plain") else "html"


def size(length):
    """A number of bytes. Nothing and zero are the same: RSS asks for one, and zero stands for not known."""
    try:
        return str(int(float(length)) or "")
    except (TypeError, ValueError):
        return ""


def stamp(parsed):
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % tuple(parsed[:6]) if parsed else None


def moment(text):
    if not text:
        return None
    date = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return date.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_feedparser_has_it(text):
    """HTML with unsafe elements removed, as feedparser removes them of what it reads."""
    escaped = xml.sax.saxutils.escape(text)
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="html">{escaped}</content></entry></feed>'
    return feedparser.parse(atom.encode()).entries[0].content[0].value


def words(text):
    """A text as a person reads it, white space aside."""
    kind, value = text or ("plain", "")
    if kind == "html":
        value = " ".join(token for token in tokens(text) if isinstance(token, str))
    return "".join(value.split())


def tokens(text):
    """HTML as its tags and words: how it is quoted, closed and spaced says nothing to a reader."""
    if text is None:
        return []
    if text[0] == "plain":
        return [" ".join(text[1].split())]
    tokenizer = Tokenizer(convert_charrefs=True)
    tokenizer.feed(text[1])
    tokenizer.close()
    return tokenizer.tokens


class Tokenizer(html.parser.HTMLParser):
    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def reset(self):
        super().reset()
        self.tokens = []
        self.divs = []

    def handle_starttag(self, tag, attrs):
        # XHTML and HTML say the language in two ways.
        attrs = sorted((name.removeprefix("xml:"), value or "") for name, value in attrs)
        # Content is put into a bare div, or taken out of one, as the format asks.
        is_wrapper = tag == "div" and not attrs
        if tag == "div":
            self.divs.append(is_wrapper)
        if not is_wrapper:
            self.tokens.append(("<", tag, attrs))

    def handle_endtag(self, tag):
        is_wrapper = tag == "div" and (not self.divs or self.divs.pop())
        if tag not in self.VOID and not is_wrapper:
            self.tokens.append(("</", tag))

    def handle_data(self, data):
        text = " ".join(cleaned(data).split())
        if text and self.tokens and isinstance(self.tokens[-1], str):
            self.tokens[-1] += text
        elif text:
            self.tokens.append(text)


# What each format asks for.

ATOM = "{http://www.w3.org/2005/Atom}"


def invalid(data, before):
    if is_json(data):
        yield from invalid_json(json.loads(data))
        return
    yield from not_well_formed(data)
    root = xml.etree.ElementTree.fromstring(data)
    yield from invalid_atom(root, before) if root.tag == f"{ATOM}feed" else invalid_rss(root, before)


def invalid_json(feed):
    """JSON Feed 1.1, Top-level and Items."""
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield f"version is {feed.get('version')!r}"
    if not isinstance(feed.get("title"), str):
        yield "there is no title"
    ids = [item.get("id") for item in feed["items"]]
    if len(set(ids)) != len(ids) or not all(isinstance(i, str) and i for i in ids):
        yield f"ids are missing, twice there or no strings: {ids}"
    for item in feed["items"]:
        if not isinstance(item.get("content_html", item.get("content_text")), str):
            yield f"{item.get('id')}: there is neither content_html nor content_text"
        for attachment in item.get("attachments", []):
            if not attachment.get("url") or not attachment.get("mime_type"):
                yield f"{item.get('id')}: an attachment without url or mime_type"
            if not isinstance(attachment.get("size_in_bytes", 0), (int, float)):
                yield f"{item.get('id')}: size_in_bytes is no number"


def invalid_atom(root, before):
    """RFC 4287 4.1.1 and 4.1.2. Dates and authors that the source does not have are not made up."""
    entries = root.findall(f"{ATOM}entry")
    yield from invalid_atom_element(root, any(entry["date"] for entry in before["entries"]))
    for entry, other in zip(entries, before["entries"]):
        yield from invalid_atom_element(entry, other["date"])
        authors = [thing.find(f"{ATOM}author") for thing in (root, entry, entry.find(f"{ATOM}source") or entry)]
        if other["authors"] and all(author is None for author in authors):
            yield "an entry without an author"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    if len(set(ids)) != len(ids):
        yield f"ids are twice there: {ids}"


def invalid_atom_element(element, is_dated):
    for name in ("id", "title", "updated"):
        found = element.findall(ATOM + name)
        is_empty = name != "title" and not all((one.text or "").strip() for one in found)
        if is_empty or len(found) != 1 and (name != "updated" or is_dated):
            yield f"{element.tag}: {len(found)} {name}, or an empty one"
    for name in ("content", "summary", "subtitle", "rights", "published", "generator", "icon", "logo"):
        if len(element.findall(ATOM + name)) > 1:
            yield f"{element.tag}: more than one {name}"
    for date in element.findall(f"{ATOM}updated") + element.findall(f"{ATOM}published"):
        datetime.datetime.fromisoformat(date.text.strip().replace("Z", "+00:00"))
    links = [link for link in element.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
    kinds = [(link.get("type"), link.get("hreflang")) for link in links]
    if len(set(kinds)) != len(kinds):
        yield f"{element.tag}: two alternate links of one type and language"


def invalid_rss(root, before):
    """RSS 2.0, Required channel elements, Elements of item."""
    if root.tag != "rss" or root.get("version") != "2.0":
        yield f"the root is {root.tag}, version {root.get('version')}"
    channel = root.find("channel")
    for name in ("title", "link", "description"):
        # An address that the source does not have is not made up.
        if len(channel.findall(name)) != 1 and (name != "link" or before["link"][1]):
            yield f"{len(channel.findall(name))} {name} of the channel"
    for item, other in zip(channel.findall("item"), before["entries"]):
        texts = [item.findtext("title"), item.findtext("description")]
        # Where the source says nothing, nothing is made up.
        if texts == [None, None] or not any(texts) and (words(other["title"]) or words(other["main"])):
            yield "an item with neither title nor description"
        for name in ("title", "link", "description", "author", "guid", "pubDate", "source", "comments"):
            if len(item.findall(name)) > 1:
                yield f"more than one {name} of an item"
        for enclosure in item.findall("enclosure"):
            if not all(enclosure.get(name) for name in ("url", "length", "type")):
                yield f"an enclosure without url, length or type: {enclosure.attrib}"
        guid = item.find("guid")
        if guid is not None and guid.get("isPermaLink") != "false" and not guid.text.startswith("http"):
            yield f"a guid that is no address and does not say so: {guid.text}"
        for date in item.findall("pubDate"):
            email.utils.parsedate_to_datetime(date.text)


KINDS = {"same": same, "repaired": repaired, "converted": converted}


def main():
    count = 0
    for line in sys.stdin:
        task = json.loads(line)
        try:
            for difference in KINDS[task["kind"]](read(task["source"]), read(task["output"]), task["name"]):
                print(f"{task['name']}: {difference}")
        except Exception as error:  # A feed that can not be compared is told apart from those that can.
            print(f"{task['name']}: {error!r}")
        count += 1
    print(f"{count} compared")


if __name__ == "__main__":
    main()
