"""What traits of a person say, in the house's own words: Segment's reserved traits, and consent. Pure.

Whatever can't be read is left out; it is nobody's loss that a trait is misspelt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

PURPOSES = ("marketing", "surveys", "profiling")
CHANNELS = ("email", "sms", "phone", "post", "push", "messenger", "ads")
ANY = "any"
LONGEST_POSTAL_CODE = 20


@dataclass(frozen=True)
class Said:
    """One word on consent."""

    purpose: str
    channel: str
    given: bool


def of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The traits of an identify or group call."""
    found = body.get("traits")
    return found if isinstance(found, dict) else {}


def fields(traits: Mapping[str, Any]) -> dict[str, str]:
    """What may be known of a person by `customers.rules_contacts.FIELDS`; values as they were told."""
    address, company = _mapping(traits, "address"), _mapping(traits, "company")
    two = " ".join(part for part in (_text(traits, "firstName"), _text(traits, "lastName")) if part)
    told = {
        "name": _text(traits, "name") or two or None,
        "birth_date": (_text(traits, "birthday") or "")[:10] or None,
        "country": _country(address) or _country(traits),
        "region": _text(address, "state"),
        "city": _text(address, "city") or _text(traits, "city"),
        "organisation": _text(company, "name") or _text(traits, "company"),
        "language": _text(traits, "language") or _text(traits, "locale"),
        "time_zone": _text(traits, "timezone"),
    }
    return {name: value for name, value in told.items() if value is not None}


def email(traits: Mapping[str, Any]) -> tuple[str, bool] | None:
    """The address, and whether the source says that it was shown to be theirs."""
    found = _text(traits, "email")
    verified = traits.get("emailVerified", traits.get("email_verified"))
    return None if found is None else (found, verified is True)


def phone(traits: Mapping[str, Any]) -> str | None:
    """The telephone number as written."""
    return _text(traits, "phone")


def address(traits: Mapping[str, Any]) -> dict[str, str] | None:
    """A postal address with at least its lines."""
    found = _mapping(traits, "address")
    lines = _text(found, "street")
    if lines is None:
        return None
    told = {
        "lines": lines,
        "postal_code": None if len(code := _text(found, "postalCode") or "") > LONGEST_POSTAL_CODE else code or None,
        "city": _text(found, "city"),
        "region": _text(found, "state"),
        "country": _country(found),
    }
    return {name: value for name, value in told.items() if value is not None}


def consent(body: Mapping[str, Any]) -> list[Said]:
    """What a call says of consent: `consent` among the traits or in the context, by purpose, then by channel.

    `{"marketing": {"email": true, "sms": false}, "surveys": true}`. One truth for a purpose is about every channel; a
    yes to marketing is given channel by channel, so one truth there is about e-mail.
    """
    context = _mapping(body, "context")
    found: dict[tuple[str, str], bool] = {}
    for told in (_mapping(context, "consent"), _mapping(of(body), "consent")):
        for purpose in PURPOSES:
            said = told.get(purpose)
            if isinstance(said, bool):
                found[purpose, "email" if purpose == "marketing" and said else ANY] = said
            elif isinstance(said, dict):
                found |= {(purpose, one): said[one] for one in CHANNELS if isinstance(said.get(one), bool)}
    return [Said(purpose, channel, given) for (purpose, channel), given in sorted(found.items())]


def _country(source: Mapping[str, Any]) -> str | None:
    """The code of two letters, where a code is said or a name in English."""
    for name in ("countryCode", "country"):
        said = _text(source, name) or ""
        if len(said) == 2 and said.isascii() and said.isalpha():
            return said.upper()
        if found := _codes().get(said.casefold()):
            return found
    return None


@cache
def _codes() -> dict[str, str]:
    from babel import Locale  # only who is told a name pays for loading it

    names = Locale("en").territories
    return {name.casefold(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}


def _mapping(source: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = source.get(name)
    return found if isinstance(found, dict) else {}


def _text(source: Mapping[str, Any], name: str) -> str | None:
    found = source.get(name)
    return found.strip() or None if isinstance(found, str) else None
