"""What a customer is called, folded into words, so that a search finds it by the beginning of any of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST_WORD = 40
LONGEST_NAME = 60
MOST_WORDS = 8
_BETWEEN = re.compile(r"[^\w\n]+")


def fold(text: str) -> str:
    """Lower case without accents, words parted by one space: "Älvi  O'Brien-Käsk" -> "alvi o brien kask"."""
    return folded([text])[0]


def folded(texts: Sequence[str]) -> list[str]:
    """Each of them by `fold`. Together, a tenth of the time of one after the other."""
    if not texts:
        return []
    joined = "\n".join(text.replace("\n", " ") for text in texts)
    if not joined.isascii():
        joined = unicodedata.normalize("NFKD", joined.casefold())
        for letter in set(joined):
            if unicodedata.combining(letter):
                joined = joined.replace(letter, "")
    parted = _BETWEEN.sub(" ", joined.lower().replace("_", " "))
    return [line.strip(" ") for line in parted.split("\n")]


def sort_name(label: str) -> str:
    """By what lists are sorted: the folded label, cut to the length of its column."""
    return fold(label)[:LONGEST_NAME]


def words(label: str) -> list[str]:
    """Distinct words of a label in their order, at most MOST_WORDS."""
    return words_of(fold(label))


def words_of(name: str) -> list[str]:
    """The same of a label that is folded."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in name.split(" ") if word))[:MOST_WORDS]
