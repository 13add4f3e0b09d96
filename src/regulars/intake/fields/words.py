"""Column titles made comparable, and the synonyms of each field in six languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d", "æ": "ae", "Æ": "AE"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^\w]+|_+")


@cache
def normal(title: str) -> str:
    """Lower case, no accents, words apart by one space: "InvoiceNo." and "invoice_no" are both "invoice no"."""
    text = _CAMEL.sub(" ", title.translate(_PLAIN))
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _OTHER.sub(" ", text).strip().casefold()


@cache
def accented() -> frozenset[str]:
    """The words of all synonyms that have letters beyond ASCII, in lower case: they tell encodings apart."""
    words = (
        word for languages in _raw().values() for titles in languages.values() for t in titles for word in t.split()
    )
    return frozenset(word.casefold() for word in words if not word.isascii())


@cache
def _raw() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("regulars.intake.fields").joinpath("words.toml").read_text(encoding="utf-8"))


@cache
def synonyms() -> Mapping[str, Mapping[str, int]]:
    """Field -> {normalised title: rank}; a smaller rank is a surer name. `kind.field` entries narrow to a kind."""
    table: dict[str, dict[str, int]] = {}
    for field, languages in _raw().items():
        ranks: dict[str, int] = {}
        for titles in languages.values():
            for rank, title in enumerate(titles):
                key = normal(title)
                ranks[key] = min(rank, ranks.get(key, rank))
        table[field] = ranks
    return MappingProxyType(table)
