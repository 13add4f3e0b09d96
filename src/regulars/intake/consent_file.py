"""Files of consent: who agreed to what, over which channel, when and how. One row a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from regulars.customers import consent_files, identity
from regulars.customers.consent_files import Told
from regulars.customers.models import ConsentChannel, ConsentPurpose
from regulars.intake import suppressed
from regulars.intake.assemble.numbering import KEYS
from regulars.intake.assemble.source import FILE_PLACES, Part
from regulars.intake.fields import normal
from regulars.intake.keys import look_up
from regulars.intake.models import Import
from regulars.intake.reject_rows import Reject

PURPOSES: Mapping[str, Sequence[str]] = {
    ConsentPurpose.MARKETING: (
        *("marketing", "newsletter", "advertising", "offers", "markkinointi", "uutiskirje", "turundus", "uudiskiri"),
        *("marketings", "jaunumi", "reklama", "werbung", "marketingowy"),
    ),
    ConsentPurpose.SURVEYS: ("surveys", "survey", "kysely", "kyselyt", "kusitlus", "kusitlused", "aptauja", "aptaujas",
                             "ankieta", "ankiety", "umfrage", "umfragen"),
    ConsentPurpose.PROFILING: ("profiling", "personalisation", "personalization", "profilointi", "profileerimine",
                               "profilesana", "profilowanie", "profilbildung"),
}  # fmt: skip
CHANNELS: Mapping[str, Sequence[str]] = {
    ConsentChannel.ANY: ("any", "all", "every", "kaikki", "koik", "visi", "wszystkie", "alle"),
    ConsentChannel.EMAIL: ("email", "e mail", "mail", "newsletter", "sahkoposti", "e post", "epost", "e pasts",
                           "epasts", "poczta elektroniczna"),
    ConsentChannel.SMS: ("sms", "text", "text message", "tekstiviesti", "tekstisonum", "iszina"),
    ConsentChannel.PHONE: ("phone", "telephone", "call", "puhelin", "telefon", "talrunis"),
    ConsentChannel.POST: ("post", "letter", "mailing", "posti", "kirje", "kiri", "pasts", "vestule", "poczta", "list",
                          "brief"),
    ConsentChannel.PUSH: ("push", "notification", "app"),
    ConsentChannel.MESSENGER: ("messenger", "whatsapp", "telegram", "viber", "signal"),
    ConsentChannel.ADS: ("ads", "advertising", "mainokset", "reklaamid", "reklamas", "reklamy", "anzeigen"),
}  # fmt: skip
_TOLD = ("purpose", "channel", "topic", "consent", "consent_at", "consent_until", "wording", "source")


@dataclass(frozen=True)
class Read:
    """What a file tells: statements, "file outcome" -> rows, and rows that can't be used."""

    told: list[Told]
    rows: dict[str, int]
    rejects: list[Reject]


def read(con: duckdb.DuckDBPyConnection, parts: list[Part], row: Import, *, dry_run: bool) -> Read:
    """The statements, beside what files said before: `customers.consent_files.record` writes down what is new.

    Customers that aren't known are made, unless it is a dry run.
    """
    numbers, given, rejects = _given(con, parts, row.shop)
    wanted = _asked(numbers)
    known = look_up(wanted, shop=row.shop) if dry_run else identity.assign(wanted, shop=row.shop, import_id=row.id)
    customers = dict(zip(known["key"].to_pylist(), known["customer_id"].to_pylist(), strict=True))
    # In a dry run nobody is made: whoever isn't known yet is somebody below zero.
    told = [_told(one, customers.get(one["key"], -one["key"])) for one in given]
    rows: dict[str, int] = {}
    for one, is_new in zip(given, consent_files.compared(told), strict=True):
        outcome = f"{one['place'] // FILE_PLACES} {'kept' if is_new else 'unchanged'}"
        rows[outcome] = rows.get(outcome, 0) + 1
    return Read(told, rows, rejects)


Numbers = dict[tuple[Any, ...], int]
"""A number for each set of keys that rows name somebody by."""


def _given(
    con: duckdb.DuckDBPyConnection, parts: list[Part], shop: str
) -> tuple[Any, list[dict[str, Any]], list[Reject]]:
    """Distinct keys (an Arrow table with `key`), usable rows with the number of theirs, and the others."""
    rows = " UNION ALL ".join(
        f'SELECT {part.file * FILE_PLACES} + "row" AS place, * EXCLUDE ("row") FROM ({part.staged.sql()})'
        for part in parts
    )
    forgotten = set(suppressed.places(con, shop, parts))
    names = ", ".join((*KEYS, *_TOLD))
    found = con.sql(f"SELECT place, 0 AS key, {names} FROM ({rows}) ORDER BY place").to_arrow_table().to_pylist()
    numbers: Numbers = {}
    usable, rejects = [], []
    for one in found:
        refused = (suppressed.CODE, None) if one["place"] in forgotten else _understood(one)
        if refused is not None:
            rejects.append(Reject(one["place"], *refused))
            continue
        one["key"] = numbers.setdefault(tuple(one[key] for key in KEYS), len(numbers) + 1)
        usable.append(one)
    return numbers, usable, rejects


def _asked(numbers: Numbers) -> pa.Table:
    columns = {"key": pa.array(numbers.values(), pa.int64())}
    for place, name in enumerate(KEYS):
        columns[name] = pa.array([keys[place] for keys in numbers], pa.string())
    return pa.table(columns | {"guest": pa.nulls(len(numbers), pa.string())})


def _understood(one: dict[str, Any]) -> tuple[str, str | None] | None:
    """Put the row's words into ours; the reason where that can't be done."""
    if not any(one[key] for key in KEYS):
        return "no_key", None
    if one["consent"] is None:
        return "incomplete", "the answer (yes or no)"
    purpose = _PURPOSES.get(normal(one["purpose"])) if one["purpose"] else ConsentPurpose.MARKETING.value
    if purpose is None:
        return "unknown_purpose", str(one["purpose"])
    channel = _CHANNELS.get(normal(one["channel"])) if one["channel"] else _usual(one)
    if channel is None:
        return "unknown_channel", str(one["channel"])
    if one["consent"] and purpose == ConsentPurpose.MARKETING and channel == ConsentChannel.ANY:
        return "every_channel", None
    one["purpose"], one["channel"] = purpose, channel
    return None


def _usual(one: dict[str, Any]) -> str:
    """Without a channel a "no" is about all of them, a "yes" about the one by which the row names the person."""
    if not one["consent"]:
        return ConsentChannel.ANY.value
    return (ConsentChannel.SMS if one["phone"] and not one["email"] else ConsentChannel.EMAIL).value


def _told(one: dict[str, Any], customer_id: int) -> Told:
    until = one["consent_until"]
    return Told(
        customer_id=customer_id,
        purpose=one["purpose"],
        channel=one["channel"],
        topic=(one["topic"] or "").strip()[:60],
        given=one["consent"],
        at=_utc(one["consent_at"]),
        wording=(one["wording"] or "").strip(),
        source=(one["source"] or "").strip(),
        expires_at=datetime(until.year, until.month, until.day, tzinfo=UTC) if until else None,
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _by_word(words: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    return {normal(word): str(name) for name, known in words.items() for word in (name, *known)}


_PURPOSES, _CHANNELS = _by_word(PURPOSES), _by_word(CHANNELS)
