"""How contacts are kept, so that the same one is always the same text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars.base.errors import BadInput

_EMAIL = re.compile(r"[^\s@<>\"(),;:\\]+@[^\s@<>\"(),;:\\]+\.[^\s@<>\"(),;:\\.]{2,}")
LONGEST = {"name": 200, "region": 100, "city": 100, "organisation": 200}
OLDEST_BIRTH = date(1880, 1, 1)


def email(text: str) -> str:
    """Lower case, trimmed, as files are read too. Raises BadInput for what can't be one."""
    found = text.strip().lower()
    if len(found) > 254 or not _EMAIL.fullmatch(found):
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
    try:
        return str(Locale.parse(found, sep="-")).replace("_", "-") if found else None
    except (UnknownLocaleError, ValueError):
        raise BadInput(f"'{found}' is not a language. Use a code such as en, fi or de-AT.") from None


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
