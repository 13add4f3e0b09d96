"""What a customer is called, folded into words, so that a search finds it by the beginning of any of them."""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORD = 40
LONGEST_NAME = 60
MOST_WORDS = 8
_PARTS = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case without accents, words parted by one space: "Älvi  O'Brien-Käsk" -> "alvi o brien kask"."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(_PARTS.findall(text.lower()))


def sort_name(label: str) -> str:
    """By what lists are sorted: the folded label, cut to the length of its column."""
    return fold(label)[:LONGEST_NAME]


def words(label: str) -> list[str]:
    """Distinct words of a label in their order, at most MOST_WORDS."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in fold(label).split()))[:MOST_WORDS]
