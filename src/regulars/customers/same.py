"""Customers who turn out to be one: exact rules resolve by themselves, the rest is proposed to staff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Replace, Upper

from regulars.base import clock
from regulars.base.errors import NotFound
from regulars.customers import actions_merges, identity, merges
from regulars.customers.models import Address, Candidate, Customer, Identity
from regulars.customers.rules_merge import Known, Verdict, same
from regulars.customers.sync_words import fold
from regulars.platform import audit, sql

Kind = Literal["email", "phone"]
WHY: dict[Kind, str] = {"email": "same e-mail", "phone": "same phone"}
SAME_NAME = "same name and postcode"
MOST_AT_ONCE = 1_000
CROWD = 5
"""A name and postcode that more customers share (a block of flats, a test) says nothing about any two of them."""


@dataclass(frozen=True)
class Pair:
    """Two customers with one key: who brings it, and who is known by it."""

    kind: Kind
    owner: int
    holder: int
    verified: bool = False


def resolve(pairs: Iterable[Pair], *, propose: bool) -> int:
    """Merge those whom a rule makes one, propose the others where wanted; how many were merged.

    Within `identity.alone`; a transaction for each.
    """
    ends, merged = merges.ends(), 0
    for pair in pairs:
        owner, holder = (ends.get(number, number) for number in (pair.owner, pair.holder))
        if owner == holder:
            continue
        verdict, target = decided(owner, holder, pair.kind, verified=pair.verified)
        if verdict == "same":
            source = holder if target == owner else owner
            with transaction.atomic():
                actions_merges.join(source, target, WHY[pair.kind])
            ends, merged = merges.ends(), merged + 1
        elif verdict == "ask" and propose:
            suggest(owner, holder, WHY[pair.kind])
    return merged


def decided(owner: int, holder: int, kind: Kind, *, verified: bool) -> tuple[Verdict, int]:
    """What the rule says of two customers, and which of them would stay: whom a shop knows by an id, else the owner."""
    one, other = (known(number) for number in (owner, holder))
    return same(one, other, kind, verified=verified), holder if other.refs and not one.refs else owner


def known(customer_id: int) -> Known:
    """What of a customer the rules look at."""
    row = Customer.objects.get(pk=customer_id)
    keys = Identity.objects.filter(customer_id=customer_id, kind__in=("ref", "email")).values_list(
        "shop", "kind", "key"
    )
    refs: dict[str, set[str]] = {}
    emails = {row.email} if row.email else set()
    for shop, kind, key in keys:
        if kind == "ref":
            refs.setdefault(shop, set()).add(key)
        else:
            emails.add(key)
    return Known(
        kind=row.kind,
        name=fold(row.name or ""),
        refs={shop: frozenset(ids) for shop, ids in refs.items()},
        emails=frozenset(emails),
    )


def suggest(one: int, other: int, why: str) -> None:
    """Propose to staff that two may be one; nothing where it was proposed (and perhaps dismissed) before."""
    first, second = sorted((one, other))
    Candidate.objects.bulk_create(
        [Candidate(first_id=first, second_id=second, why=why, found_at=clock.now())], ignore_conflicts=True
    )


@transaction.atomic
def dismiss(candidate_id: int) -> None:
    """Staff say that they are two; it isn't proposed again. Raises NotFound where there is no such proposal."""
    row = Candidate.objects.filter(pk=candidate_id).first()
    if row is None:
        raise NotFound("That proposal isn't there any more.")
    who = audit.actor()
    if row.dismissed_at is None:
        row.dismissed_at, row.by_staff_id = clock.now(), who.id if who.kind == "staff" else None
        row.save(update_fields=["dismissed_at", "by_staff_id"])
        audit.note("candidate.dismissed", customer_id=row.first_id, object=f"candidate {candidate_id}")


def proposed(most: int = 100) -> list[Candidate]:
    """What staff have to decide, the newest first; pairs of which one was merged since are left out."""
    waiting = Candidate.objects.filter(dismissed_at=None, first__merged_into_id=None, second__merged_into_id=None)
    return list(waiting.select_related("first", "second").order_by("-pk")[:most])


def look() -> int:
    """Look through all customers for some who may be one; how many were merged by a rule. The nightly job."""
    with identity.alone():
        merged = 0
        for kind in WHY:
            merged += resolve(_sharing(kind), propose=True)
    pairs = _namesakes()  # imports and programs needn't wait while everybody's name is read
    with identity.alone():
        wanted = {number for pair in pairs for number in pair}
        there = set(Customer.objects.filter(pk__in=wanted, merged_into_id=None).values_list("pk", flat=True))
        for one, other in pairs:
            if {one, other} <= there:
                suggest(one, other, SAME_NAME)
    return merged


def told(customer_ids: Sequence[int]) -> int:
    """After a file told contacts of these customers: merge those whom a telephone number makes one; how many.

    Proposals wait for the nightly look, which sees all customers at once.
    """
    pairs = _sharing("phone", customer_ids)
    if not pairs:
        return 0
    with identity.alone():
        return resolve(pairs, propose=False)


def _sharing(kind: Kind, among: Sequence[int] | None = None) -> Sequence[Pair]:
    """Customers with a contact that is the key of another one, of whom nothing has been decided yet."""
    found: list[Pair] = []
    these = "" if among is None else f"AND c.id IN {sql.listed()}"
    for shop in identity.shops():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT c.id, i.customer_id FROM customers_customer c JOIN customers_identity i ON i.shop = %s "
                f"AND i.kind = %s AND i.key = c.{kind} JOIN customers_customer h ON h.id = i.customer_id "
                # A firm and who works there are never one, and would come again every night.
                f"AND h.kind = c.kind WHERE c.{kind} IS NOT NULL AND h.id <> c.id "
                f"AND c.merged_into_id IS NULL {these} AND NOT EXISTS (SELECT 1 FROM customers_candidate k WHERE "
                "(k.first_id = c.id AND k.second_id = i.customer_id) "
                "OR (k.first_id = i.customer_id AND k.second_id = c.id)) ORDER BY c.id LIMIT %s",
                [shop, kind, *([] if among is None else [sql.packed(among)]), MOST_AT_ONCE],
            )
            found += [Pair(kind, owner, holder) for owner, holder in cursor.fetchall()]
    return found


def _namesakes() -> list[tuple[int, int]]:
    """Pairs with one name and postcode that weren't proposed before, at most MOST_AT_ONCE."""
    known = set(Candidate.objects.values_list("first_id", "second_id"))
    rows = Address.objects.exclude(postal_code="").filter(customer__merged_into_id=None, customer__name__isnull=False)
    coded = rows.annotate(code=Upper(Replace("postal_code", Value(" ")))).order_by("code")
    told = coded.values_list("code", "customer_id", "customer__name").iterator(chunk_size=10_000)
    found: list[tuple[int, int]] = []
    for _code, neighbours in groupby(told, key=itemgetter(0)):
        found += [pair for pair in _of_one_name(neighbours) if pair not in known]
        if len(found) >= MOST_AT_ONCE:
            break
    return found[:MOST_AT_ONCE]


def _of_one_name(neighbours: Iterable[tuple[str, int, str | None]]) -> Iterator[tuple[int, int]]:
    """Pairs among those of one postcode (postcode, customer, name); none of a crowd."""
    by_name: dict[str, set[int]] = {}
    for _code, number, name in neighbours:
        by_name.setdefault(fold(name or ""), set()).add(number)
    for name, numbers in by_name.items():
        if name and 2 <= len(numbers) <= CROWD:
            first, *others = sorted(numbers)
            yield from ((first, other) for other in others)
