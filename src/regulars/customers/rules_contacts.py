"""How contacts are kept, so that the same one is always the same text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars.base.errors import BadInput

_EMAIL = re.compile(r"[^\s@<>\"(),;:\\]+@[^\s@<>\"(),;:\\]+\.[^\s@<>\"(),;:\\.]{2,}")
LONGEST = {"name": 200, "region": 100, "city": 100, "organisation": 200}
LONGEST_OF_ADDRESS = {"recipient": 200, "lines": 500, "postal_code": 20, "city": 100, "region": 100}
LONGEST_LANGUAGE = 10
LANGUAGES = ("en", "et", "fi", "sv", "da", "nb", "lv", "lt", "de", "fr", "es", "it", "pt", "nl", "pl")
"""In these the names of countries are known."""
_NO_COUNTRIES = ("EU", "EZ", "UN", "ZZ", "QO", "XA", "XB")
OLDEST_BIRTH = date(1880, 1, 1)


def email(text: str) -> str:
    """Lower case, trimmed, as files are read too. Raises BadInput for what can't be one."""
    found = text.strip().lower()
    if len(found) > 254 or not found.isprintable() or not _EMAIL.fullmatch(found):
        raise BadInput("That is not an e-mail address. It looks like name@example.org.")
    return found


def phone(text: str, country: str | None) -> str:
    """The number in E.164 (+3725551234). `country`: where a number without a country's prefix is read.

    Raises BadInput for what can't be one.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise BadInput("That is not a telephone number. Write it with the country's prefix, as in +372 555 1234.")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def checked(changes: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Fields of a customer as they are kept; an empty text is "not known". Raises BadInput that names what is wrong."""
    return {name: _CHECKS.get(name, _text)(name, value, today) for name, value in changes.items()}


def address(parts: Mapping[str, str]) -> dict[str, str]:
    """Parts of a postal address as they are kept: trimmed, the country in two letters, which may be told by its name.

    Raises BadInput for a country that isn't known, and for what is too long.
    """
    found = {}
    for part, value in parts.items():
        rows = [" ".join("".join(c if c.isprintable() else " " for c in row).split()) for row in value.splitlines()]
        kept = ("\n" if part == "lines" else " ").join(row for row in rows if row)
        longest, name = LONGEST_OF_ADDRESS.get(part, 100), part.replace("_", " ")
        if len(kept) > longest:
            raise BadInput(f"That is too long for {name}: {longest} letters fit.")
        found[part] = country_of(kept) if part == "country" else kept
    return found


def country_of(text: str) -> str:
    """Two letters of a country that is told by them or by its name in one of LANGUAGES; "" for none.

    Raises BadInput for one that isn't known.
    """
    wanted = text.strip()
    found = _countries().get(wanted.casefold(), "") if wanted else ""
    if wanted and not found:
        raise BadInput("A country is written in two letters, as in EE or FI.")
    return found


@cache
def _countries() -> Mapping[str, str]:
    """Codes and names, in lower case -> the code."""
    from babel import Locale

    found = {"uk": "GB", "usa": "US"}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(str(code)) == 2 and str(code).isalpha() and code not in _NO_COUNTRIES:
                found |= {str(code).casefold(): str(code), str(name).casefold(): str(code)}
    return found


def _text(name: str, value: Any, _: date) -> str | None:
    found = " ".join("".join(letter for letter in str(value or "") if letter.isprintable()).split())
    longest = LONGEST.get(name, 100)
    if len(found) > longest:
        raise BadInput(f"That is too long for {name}: {longest} letters fit.")
    return found or None


def _country(_name: str, value: Any, _: date) -> str | None:
    found = str(value or "").strip().upper()
    if found and not (len(found) == 2 and found.isascii() and found.isalpha()):
        raise BadInput("A country is written in two letters, as in EE or FI.")
    return found or None


def _language(_name: str, value: Any, _: date) -> str | None:
    from babel import Locale, UnknownLocaleError

    found = str(value or "").strip()
    if not found:
        return None
    try:
        one = Locale.parse(found, sep="-")
    except (UnknownLocaleError, ValueError):
        raise BadInput(f"'{found[:40]}' is not a language. Use a code such as en, fi or de-AT.") from None
    # What the column has no room for goes from the finest on: ca-ES-valencia -> ca-ES, yue-Hant-HK -> yue-HK.
    whole = str(one).replace("_", "-")
    shorter = ("-".join(filter(None, parts)) for parts in ((one.language, one.territory), (one.language,)))
    return next(code for code in (whole, *shorter) if len(code) <= LONGEST_LANGUAGE)


def _time_zone(_name: str, value: Any, _: date) -> str | None:
    found = str(value or "").strip()
    try:
        return ZoneInfo(found).key if found else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"'{found}' is not a time zone. Use a name such as Europe/Tallinn.") from None


def _birth_date(_name: str, value: Any, today: date) -> date | None:
    if value in (None, ""):
        return None
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        raise BadInput("A date of birth is written as 1984-05-17.") from None
    if not OLDEST_BIRTH <= found <= today:
        raise BadInput(f"Nobody here was born on {found}.")
    return found


def _truth(_name: str, value: Any, _: date) -> bool:
    return bool(value)


_CHECKS: dict[str, Any] = {
    "country": _country,
    "language": _language,
    "time_zone": _time_zone,
    "birth_date": _birth_date,
    "internal": _truth,
}
FIELDS = ("name", "country", "region", "city", "birth_date", "organisation", "language", "time_zone", "internal")
"""What may be changed of a customer by hand, contacts and keys apart."""
