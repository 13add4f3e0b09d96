"""Programs that look at pages by themselves, told by their user agent: their visits say nothing about customers.

A short list of our own. Most say "bot", "crawler" or "spider"; the rest are previews, monitors and headless browsers
known by name. Whoever hides is not found: this keeps honest robots out of the figures, it is no defence.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = (
    r"bot\b",
    r"bot[/;,)_-]",
    r"crawl",
    r"spider",
    r"slurp",
    r"archiver",
    r"headless",
    r"phantomjs",
    r"lighthouse",
    r"pagespeed",
    r"pingdom",
    r"statuscake",
    r"site24x7",
    r"uptime",
    r"monitor(?:ing)?[/; ]",
    r"facebookexternalhit",
    r"facebookcatalog",
    r"meta-externalagent",
    r"mediapartners-google",
    r"google-inspectiontool",
    r"apis-google",
    r"feedfetcher",
    r"embedly",
    r"whatsapp/",
    r"skypeuripreview",
    r"bingpreview",
    r"chatgpt-user",
    r"perplexity-user",
    r"scrapy",
    r"selenium",
    r"puppeteer",
    r"playwright",
)
_KNOWN = re.compile("|".join(_WORDS), re.IGNORECASE)
_NOT_BOTS = re.compile(r"cubot", re.IGNORECASE)  # a make of telephones
_LONGEST = 500


def is_bot(user_agent: str) -> bool:
    """Whether a known program of that kind sent it; False for an empty text."""
    return bool(user_agent) and _looked_up(user_agent[:_LONGEST])


@lru_cache(maxsize=2_000)
def _looked_up(user_agent: str) -> bool:
    return _KNOWN.search(_NOT_BOTS.sub("", user_agent)) is not None
