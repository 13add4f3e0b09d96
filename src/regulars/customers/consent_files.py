"""Consent that files tell, written into the ledger in bulk.

Who hands in a file answers for it, so a "no" counts as said by the person: refusing needs no proof. A "yes" counts so
where the row says when it was given and how; else it is a claim, which gives consent only as long as nobody who knew
the person said anything. What a file said before is not written down again, so the ledger grows only by what is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from regulars.base import clock
from regulars.customers import merges
from regulars.customers.actions_consent import revoke
from regulars.customers.models import Consent

FROM_FILES = "import "
_CHUNK = 5_000
_LONGEST_SOURCE = 100
Scope = tuple[int, str, str, str]


@dataclass(frozen=True)
class Told:
    """One row of a file. `at`: None where it doesn't say when; a moment that is still to come is none."""

    customer_id: int
    purpose: str
    channel: str
    topic: str
    given: bool
    at: datetime | None = None
    wording: str = ""
    source: str = ""
    expires_at: datetime | None = None

    @property
    def verified(self) -> bool:
        """Whether it counts as said by the person."""
        return not self.given or (self.at is not None and bool(self.source or self.wording))


def record(rows: Sequence[Told], *, import_id: int) -> list[bool]:
    """Write down what is new; for each row whether it was."""
    ends, new = merges.ends(), []
    for some in _chunks(rows):
        with transaction.atomic():
            new += _record([(ends.get(row.customer_id, row.customer_id), row) for row in some], import_id)
    return new


def compared(rows: Sequence[Told]) -> list[bool]:
    """For each row whether `record` would write it down."""
    ends, new, now = merges.ends(), [], clock.now()
    for some in _chunks(rows):
        told = [(ends.get(row.customer_id, row.customer_id), row) for row in some]
        known = _Known({number for number, _ in told}, now)
        new += [known.add(number, row) for number, row in told]
    return new


def _record(told: Sequence[tuple[int, Told]], import_id: int) -> list[bool]:
    moment = clock.now()
    known = _Known({number for number, _ in told}, moment)
    new = [known.add(number, row) for number, row in told]
    written = [one for one, is_new in zip(told, new, strict=True) if is_new]
    Consent.objects.bulk_create(
        Consent(
            customer_id=number,
            purpose=row.purpose,
            channel=row.channel,
            topic=row.topic,
            given=row.given,
            verified=row.verified,
            source=_source(import_id, row),
            wording=row.wording[:60],
            recorded_at=min(row.at or moment, moment),
            expires_at=row.expires_at,
        )
        for number, row in written
    )
    revoke([number for number, row in written if not row.given])
    return new


class _Known:
    """What files said of some customers before `now`."""

    def __init__(self, customer_ids: set[int], now: datetime) -> None:
        self._now = now
        self._last: dict[Scope, bool] = {}
        self._dated: set[tuple[Scope, bool, datetime]] = set()
        rows = Consent.objects.filter(customer_id__in=customer_ids, source__startswith=FROM_FILES).order_by("pk")
        for row in rows:
            self._put((row.customer_id, row.purpose, row.channel, row.topic), row.given, row.recorded_at)

    def add(self, number: int, row: Told) -> bool:
        """Whether it says something new, which from now on is known."""
        scope = (number, row.purpose, row.channel, row.topic)
        at = None if row.at is None or row.at > self._now else row.at
        new = self._last.get(scope) != row.given if at is None else (scope, row.given, at) not in self._dated
        if new:
            self._put(scope, row.given, at)
        return new

    def _put(self, scope: Scope, given: bool, at: datetime | None) -> None:
        self._last[scope] = given
        if at is not None:
            self._dated.add((scope, given, at))


def _source(import_id: int, row: Told) -> str:
    own = f", {row.source[:_LONGEST_SOURCE]}" if row.source else ""
    return f"{FROM_FILES}{import_id}{own}"


def _chunks(rows: Sequence[Told]) -> Iterator[list[Told]]:
    left = iter(rows)
    while some := list(islice(left, _CHUNK)):
        yield some
