"""Two customers become one, and two again. One transaction each; what moved is noted, so that undoing is complete.

Undoing puts back everything that the merge moved, took over or refused. What came after the merge stays with the
customer it was said to, but for two things: orders and keys that came in under a key of the source go back with it, and
what was refused or objected to since then holds for both, because nobody knows which of the two said it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from regulars.base import clock
from regulars.base.errors import Conflict, NotFound
from regulars.customers import consent, identity, merges, merges_moved
from regulars.customers.merges_preview import both, values
from regulars.customers.models import Candidate, Consent, ConsentLink, Customer, Merge, MergedRow, Objection
from regulars.customers.rules_consent import joined
from regulars.customers.rules_merge import put_back, taken_over
from regulars.customers.sync_some import sync_some
from regulars.platform import audit, events

BY_HAND = "by hand"
_PATIENCE_SECONDS = 30.0
_CUSTOMER, _LINK = Customer._meta.db_table, ConsentLink._meta.db_table
_REFUSED, _LEDGER = "refused by the merge", "ledger"


def merge(source: int, target: int) -> int:
    """Make `source` one with `target`, by hand; the merge's number. Lists show it at once, figures after a refresh.

    Answers with the merge that stands where the two are one by it already. Raises NotFound, BadInput or Conflict where
    they can't be merged, or while an import gives out numbers.
    """
    with identity.alone(_PATIENCE_SECONDS), transaction.atomic():
        done = Merge.objects.filter(source_id=source, target_id=target, undone_at=None).first()
        return int(done.pk) if done is not None else join(source, target, BY_HAND)


def join(source: int, target: int, reason: str) -> int:
    """The same for a rule, within the caller's transaction and `identity.alone`."""
    one, other = both(source, target, Customer.objects.select_for_update())
    row = Merge.objects.create(
        source=one, target=other, at=clock.now(), by_staff_id=_staff() if reason == BY_HAND else None, reason=reason
    )
    refused = joined(consent.ledger(other.pk), consent.ledger(one.pk), at=row.at)
    _hold_links(row)
    merges_moved.move(row)
    _refuse(row, refused)
    _take_over(row, one, other)
    Customer.objects.filter(pk=one.pk).update(merged_into_id=other.pk)
    Candidate.objects.filter(first_id=min(source, target), second_id=max(source, target)).delete()
    sync_some([one.pk, other.pk])
    events.record(
        "customers merged", customer_id=other.pk, properties={"from": one.pk, "to": other.pk, "merge": row.pk}
    )
    audit.note("customers.merged", customer_id=other.pk, object=f"merge {row.pk}", source=one.pk, reason=reason)
    return int(row.pk)


def undo(merge_id: int) -> None:
    """Make two of them again; nothing happens where that was done already.

    Raises NotFound, and Conflict where a later merge took up what this one made: that has to be undone first.
    """
    with identity.alone(_PATIENCE_SECONDS), transaction.atomic():
        row = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if row is None:
            raise NotFound(f"There is no merge {merge_id}.")
        if row.undone_at is not None:
            return
        later = merges.blocking(row)
        if later is not None:
            raise Conflict(f"Merge {later} came later and builds on this one. Undo that one first.")
        Customer.objects.filter(pk=row.source_id).update(merged_into_id=None)
        merges_moved.put_back(row)
        _give_back(row)
        _give_links_back(row)
        _unrefuse(row)
        _refuse_both(row)
        _object_both(row)
        Merge.objects.filter(pk=row.pk).update(undone_at=clock.now())
        MergedRow.objects.filter(merge=row).delete()
        sync_some([row.source_id, row.target_id])
        parts = {"from": row.source_id, "to": row.target_id, "merge": row.pk}
        events.record("customers merge undone", customer_id=row.target_id, properties=parts)
        audit.note("customers.merge_undone", customer_id=row.target_id, object=f"merge {row.pk}", source=row.source_id)


def _refuse(row: Merge, refused: list[tuple[str, str, str, datetime]]) -> None:
    """The strictest of what verified sources say wins: a refusal beside each statement that would outdo it."""
    made = Consent.objects.bulk_create(
        Consent(
            customer_id=row.target_id,
            purpose=purpose,
            channel=channel,
            topic=topic,
            given=False,
            verified=True,
            source=f"merge {row.pk}",
            recorded_at=moment,
            by_staff_id=row.by_staff_id,
        )
        for purpose, channel, topic, moment in refused
    )
    last = Consent.objects.aggregate(last=Max("pk"))["last"] or 0
    MergedRow.objects.bulk_create(
        [
            *(MergedRow(merge=row, table=_REFUSED, row=str(one.pk), before={}) for one in made),
            MergedRow(merge=row, table=_LEDGER, row=str(last), before={}),
        ]
    )


def _unrefuse(row: Merge) -> None:
    """What the merge itself added to the ledger was nobody's word."""
    added = MergedRow.objects.filter(merge=row, table=_REFUSED).values_list("row", flat=True)
    Consent.objects.filter(pk__in=[int(one) for one in added]).delete()


def _refuse_both(row: Merge) -> None:
    """Refusals that were written down after the merge hold for the source too."""
    refusals = list(_later(row).filter(given=False, pending=False).order_by("pk"))
    for one in refusals:
        one.pk, one.customer_id, one.source = None, row.source_id, f"{one.source}, before merge {row.pk} was undone"
    Consent.objects.bulk_create(refusals)


def _object_both(row: Merge) -> None:
    """The same of an objection to being analysed."""
    said = Objection.objects.filter(customer_id=row.target_id, recorded_at__gte=row.at).first()
    if said is not None:
        known = {"purpose": said.purpose, "recorded_at": said.recorded_at, "source": said.source}
        Objection.objects.get_or_create(customer_id=row.source_id, defaults=known)


def _later(row: Merge) -> QuerySet[Consent]:
    """What was written down of the two after the merge, while it stood."""
    last = MergedRow.objects.get(merge=row, table=_LEDGER).row
    return Consent.objects.filter(customer_id=row.target_id, pk__gt=int(last))


def _take_over(row: Merge, one: Customer, other: Customer) -> None:
    before = values(other)
    made = taken_over(values(one), before)
    if made:
        was = {name: _plain(before[name]) for name in made}
        told = {"was": was, "made": {name: _plain(value) for name, value in made.items()}}
        MergedRow.objects.create(merge=row, table=_CUSTOMER, row=str(other.pk), before=told)
        Customer.objects.filter(pk=other.pk).update(**made)


def _give_back(row: Merge) -> None:
    noted = MergedRow.objects.filter(merge=row, table=_CUSTOMER).first()
    if noted is not None:
        now = {name: _plain(value) for name, value in values(Customer.objects.get(pk=row.target_id)).items()}
        back = put_back(noted.before["was"], noted.before["made"], now)
        Customer.objects.filter(pk=row.target_id).update(**back)


def _give_links_back(row: Merge) -> None:
    noted = {int(link.row): link.before["expires_at"] for link in MergedRow.objects.filter(merge=row, table=_LINK)}
    # A link that was taken back meanwhile, by a refusal or by asking anew, stays worthless.
    refused = set(_later(row).filter(given=False, pending=False).values_list("purpose", flat=True))
    anew = set(_later(row).filter(pending=True).values_list("purpose", "channel", "topic"))
    for link in ConsentLink.objects.select_related("consent").filter(pk__in=noted, used_at=None):
        asked = link.consent
        if asked.purpose not in refused and (asked.purpose, asked.channel, asked.topic) not in anew:
            ConsentLink.objects.filter(pk=link.pk).update(expires_at=noted[link.pk])


def _hold_links(row: Merge) -> None:
    """Links that wait to be confirmed are worth nothing while the two are one: who opens them was asked as another."""
    waiting = ConsentLink.objects.filter(
        consent__customer_id__in=[row.source_id, row.target_id], used_at=None, expires_at__gt=row.at
    )
    links = list(waiting)
    MergedRow.objects.bulk_create(
        MergedRow(merge=row, table=_LINK, row=str(link.pk), before={"expires_at": link.expires_at.isoformat()})
        for link in links
    )
    ConsentLink.objects.filter(pk__in=[link.pk for link in links]).update(expires_at=row.at)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _staff() -> int | None:
    who = audit.actor()
    return who.id if who.kind == "staff" else None
