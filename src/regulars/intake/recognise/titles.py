"""How well a column's title names a field."""

from __future__ import annotations

import re
from functools import cache

from regulars.intake.fields import FIELDS, Kind, normal, synonyms
from regulars.intake.values.dictionary import currency_codes

_PREFIXES = frozenset(
    (
        *("order", "orders", "customer", "customers", "customer", "client", "billing", "bill", "product", "products"),
        *("item", "invoice", "line", "lineitem", "sale", "sales", "transaction", "payment", "user", "buyer", "shop"),
    )
)
_NOISE = frozenset(
    (
        *("the", "of", "in", "incl", "excl", "inc", "ex", "with", "without", "vat", "alv", "km", "pvn", "mwst"),
        *("brutto", "netto", "gross", "net", "amount", "value", "eur", "usd", "gbp"),
    )
)
_WORDS_ENOUGH = frozenset(
    ("email", "phone", "currency", "country", "sku", "quantity", "qty", "telefon", "telephone", "mobile")
)


@cache
def score(kind: Kind, field: str, title: str) -> float:
    """0 (says nothing) to 1 (the usual title of that field in that kind of file)."""
    text = normal(title)
    exact = max(_exact(field, text), _exact(f"{kind}.{field}", text) - 0.02)
    if exact > 0:
        return exact
    if "." in title.strip(".") and (found := _exact(field, normal(title.rsplit(".", 1)[1]))) > 0:
        return found - 0.1
    words = text.split()
    bare = " ".join(w for w in words if w.upper() not in currency_codes() or len(w) != 3)
    if bare and bare != text and (found := _exact(field, bare)) > 0:
        return found - 0.03
    plain = " ".join(w for w in words if w not in _NOISE)
    if plain and plain != text and (found := _exact(field, plain)) > 0:
        return found - 0.25
    if len(words) > 1 and words[0] in _PREFIXES and (found := _exact(field, " ".join(words[1:]))) > 0:
        return found - 0.3
    if (
        len(words) > 2
        and words[0] in _PREFIXES
        and words[1] in _PREFIXES
        and (found := _exact(field, " ".join(words[2:])))
    ):
        return found - 0.35
    return _inside(field, text)


def title_currency(title: str) -> str:
    """The currency that a title names ("Total EUR", "Summa (€)"), or ""."""
    if "€" in title:
        return "EUR"
    if "£" in title:
        return "GBP"
    words = re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", title)
    found = [word for word in words if word in currency_codes()]
    return found[0] if len(found) == 1 else ""


def known(title: str) -> bool:
    """True when any kind has a field with this very title."""
    return any(score(kind, field.name, title) > 0.7 for kind, fields in FIELDS.items() for field in fields)


def _exact(key: str, text: str) -> float:
    rank = synonyms().get(key, {}).get(text)
    return 0.0 if rank is None else max(0.8, 1.0 - 0.004 * rank)


def _inside(field: str, text: str) -> float:
    """A title that contains a synonym of two words or more, or a word that hardly means anything else."""
    if field in ("customer_ref", "user_ref", "payer_ref") and "name" in text:
        return 0.0
    padded = f" {text} "
    for synonym in synonyms().get(field, {}):
        if f" {synonym} " in padded and (" " in synonym or synonym in _WORDS_ENOUGH):
            return 0.45
    return 0.0
