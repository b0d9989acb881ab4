"""What other readers make of a list of feeds and of the feeds in it.

The argument is the address of the list. listparser reads it, and feedparser each feed. A line of JSON for each feed:
its title and folders in the list, its address, how many entries it has, and what feedparser objects to, or null.
"""

import json
import sys
import urllib.request

import feedparser
import listparser


def get(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read(), {"content-type": answer.headers["Content-Type"]}


result = listparser.parse(get(sys.argv[1])[0])
if result.bozo:
    sys.exit(f"listparser objects: {result.bozo_exception}")
for feed in result.feeds:
    body, headers = get(feed.url)
    parsed = feedparser.parse(body, response_headers=headers)
    row = {
        "title": feed.title,
        "folders": feed.get("categories", []),
        "address": feed.url,
        "entries": len(parsed.entries),
        "objection": str(parsed.bozo_exception) if parsed.bozo else None,
    }
    print(json.dumps(row))
