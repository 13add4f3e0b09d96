"""Telephone numbers in international form where the country is known, else their digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from regulars.intake.values import dictionary
from regulars.intake.values.dictionary import sql_text


@cache
def calling(country: str) -> tuple[str, str] | None:
    """Calling code and national prefix of a country: ("44", "0") for GB, None when unknown."""
    import phonenumbers

    code = phonenumbers.country_code_for_region(country)
    if not code:
        return None
    return str(code), phonenumbers.ndd_prefix_for_region(country, True) or ""


def sql(cell: str, home: str, country_cell: str | None, countries: Sequence[str]) -> str:
    """SQL: "+3725551234" by the number itself, the row's country, or `home`; digits alone when none is known.

    `countries` are the words for countries in the sample. NULL for fewer than five digits or more than fifteen.
    """
    bare = f"regexp_replace(ltrim({cell}, ' '''), '[^0-9+]', '', 'g')"
    digits = f"replace({bare}, '+', '')"
    enough = f"length({digits}) BETWEEN 5 AND 15"
    local = _of_country(calling(home) if home else None, digits)
    if country_cell is not None:
        known = [(w, found) for w in countries if (c := dictionary.country(w)) and (found := calling(c))]
        whens = " ".join(f"WHEN {sql_text(word)} THEN {_of_country(found, digits)}" for word, found in known[:60])
        local = f"CASE {country_cell} {whens} ELSE {local} END" if whens else local
    return (
        f"CASE WHEN NOT ({enough}) THEN NULL WHEN starts_with({bare}, '+') THEN '+' || {digits} "
        f"WHEN starts_with({bare}, '00') THEN '+' || substr({digits}, 3) ELSE {local} END"
    )


def _of_country(found: tuple[str, str] | None, digits: str) -> str:
    if found is None:
        return digits
    code, prefix = found
    national = f"CASE WHEN starts_with({digits}, '{prefix}') THEN substr({digits}, {len(prefix) + 1}) ELSE {digits} END"
    return f"'+{code}' || {national if prefix else digits}"
