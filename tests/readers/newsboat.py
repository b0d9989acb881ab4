"""What newsboat has kept: a line of JSON for each item in its cache, the argument, with the address of its feed."""

import json
import sqlite3
import sys

cache = sqlite3.connect(sys.argv[1])
for feed, title, content in cache.execute("select feedurl, title, content from rss_item order by feedurl, id"):
    print(json.dumps({"feed": feed, "title": title, "content": content}))
