"""Reads of the consent ledger: what a customer agreed to, what is still waiting to be confirmed, what ends soon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base import clock
from regulars.customers import merges
from regulars.customers.models import Basis, Consent, Objection
from regulars.customers.rules_consent import EVERY_TOPIC, State, Statement, ends_before, state

ANALYSIS = "analysis"
"""The purpose of judging customers by their orders; it rests on a `Basis` of the firm, not on each one's consent."""


@dataclass(frozen=True)
class Renewal:
    """Consent that ends soon: time to ask again."""

    customer_id: int
    statement: Statement


def statement(row: Consent) -> Statement:
    """A row of the ledger as the rules see it."""
    return Statement(
        purpose=row.purpose,
        channel=row.channel,
        topic=row.topic,
        given=row.given,
        pending=row.pending,
        verified=row.verified,
        recorded_at=row.recorded_at,
        expires_at=row.expires_at,
        number=row.pk,
    )


def ledger(customer_id: int) -> list[Statement]:
    """Everything ever said, in the order in which it was written down."""
    return [statement(row) for row in Consent.objects.filter(customer_id=merges.current(customer_id)).order_by("pk")]


def state_of(
    customer_id: int, purpose: str, channel: str, topic: str = EVERY_TOPIC, *, at: datetime | None = None
) -> State:
    """What the customer agrees to; see `rules_consent.state`."""
    return state(ledger(customer_id), purpose, channel, topic, at=at or clock.now())


def states_of(
    customer_ids: Sequence[int], purpose: str, channel: str, topic: str = EVERY_TOPIC, *, at: datetime | None = None
) -> dict[int, State]:
    """The same for many customers (none of them merged into another) in one query."""
    moment = at or clock.now()
    said: dict[int, list[Statement]] = {number: [] for number in customer_ids}
    for row in Consent.objects.filter(customer_id__in=said, purpose=purpose):
        said[row.customer_id].append(statement(row))
    return {number: state(rows, purpose, channel, topic, at=moment) for number, rows in said.items()}


def renewals(until: datetime, *, most: int = 1_000) -> list[Renewal]:
    """Consent in force that ends by a moment, the first to end first."""
    now = clock.now()
    ending = Consent.objects.filter(given=True, expires_at__gt=now, expires_at__lte=until).order_by("expires_at", "pk")
    rows = list(ending[:most])
    said = _ledgers({row.customer_id for row in rows})
    found = []
    for row in rows:
        one = state(said[row.customer_id], row.purpose, row.channel, row.topic, at=now)
        if one.given and one.by is not None and one.by.number == row.pk and ends_before(one.by, until):
            found.append(Renewal(row.customer_id, one.by))
    return found


def _ledgers(customer_ids: Iterable[int]) -> dict[int, list[Statement]]:
    found: dict[int, list[Statement]] = {number: [] for number in customer_ids}
    for row in Consent.objects.filter(customer_id__in=found):
        found[row.customer_id].append(statement(row))
    return found


def basis_of_analysis() -> Basis | None:
    """On what the firm rests its analysis of orders; None where nobody wrote it down yet."""
    return Basis.objects.filter(purpose=ANALYSIS).first()


def objecting() -> list[int]:
    """Who objects to being analysed, in ascending order. Whoever is one with them by a merge is out too."""
    return list(Objection.objects.order_by("customer_id").values_list("customer_id", flat=True))
