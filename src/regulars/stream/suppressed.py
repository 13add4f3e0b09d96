"""What came in about somebody who was forgotten after it happened: it isn't applied, and its words go.

Somebody may come back: what happened after they were forgotten is a new customer's.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from regulars.customers import suppression
from regulars.customers.models import Forgotten
from regulars.customers.rules_contacts import email
from regulars.platform import store
from regulars.stream import digests
from regulars.stream.acquaintance import GROUP, contacts
from regulars.stream.items import Item, Source
from regulars.stream.models import Entry, Newcomer, Notice
from regulars.stream.order_events import notice
from regulars.stream.order_owners import as_phone, written

log = logging.getLogger(__name__)

Key = tuple[str, str, str]
"""Shop, kind of key (of `customers.Identity`, or `suppression.ORDER`), key."""
_FEW = 500
_NOTHING: dict[str, None] = {"who": None, "user_id": None, "properties": None, "item": None}


def when(asked: Collection[Key]) -> dict[Key, datetime]:
    """When those of these keys were forgotten that were."""
    if not asked or not Forgotten.objects.exists():
        return {}
    secret = suppression.secret(store.opened())
    digest = {key: suppression.digest(secret, *key) for key in asked}
    if len(digest) > _FEW:
        known = suppression.known()
    else:
        known = dict(Forgotten.objects.filter(digest__in=digest.values()).values_list("digest", "at"))
    return {key: known[found] for key, found in digest.items() if found in known}


def forgotten(read: Sequence[tuple[Item, Source]]) -> list[bool]:
    """Of each item whether it is about somebody who was forgotten after it happened."""
    return [any(item.occurred_at <= at for at in found) for (item, _source), found in _found(read)]


def came_back(read: Sequence[tuple[Item, Source]]) -> list[bool]:
    """Of each item whether it is about somebody who was forgotten before it happened: they are a new customer."""
    return [bool(found) and all(item.occurred_at > at for at in found) for (item, _source), found in _found(read)]


def _found(read: Sequence[tuple[Item, Source]]) -> Iterator[tuple[tuple[Item, Source], list[datetime]]]:
    keys = [_readable(*one) for one in read] if Forgotten.objects.exists() else [[]] * len(read)
    at = when({key for some in keys for key in some})
    for one, some in zip(read, keys, strict=True):
        yield one, [at[key] for key in some if key in at]


def _readable(item: Item, source: Source) -> list[Key]:
    """Keys as far as they can be read: of what nobody foresaw, those before it. Whoever applies it puts it aside."""
    found: list[Key] = []
    try:
        for key in _keys(item, source):
            found.append(key)  # what was read before it failed stays
    except Exception:
        log.exception("an item's keys could not be read", extra={"kind": item.kind})
    return found


def _keys(item: Item, source: Source) -> Iterator[Key]:
    group = None if item.group_id is None else GROUP + item.group_id
    yield from _named(source, ("ref", item.user_id), ("ref", item.previous_id), ("ref", group))
    if item.kind == "identify":
        own, called, _verified = contacts(item)
        yield from _named(source, ("email", own), ("phone", called))
    elif (said := notice(item, source)) is not None:
        yield from _named(
            source,
            ("ref", said.user_id),
            ("email", written(email, said.email)),
            ("phone", written(as_phone, said.phone)),
        )


def _named(source: Source, *keys: tuple[str, str | None]) -> Iterator[Key]:
    yield from ((source.shop, kind, key) for kind, key in keys if key is not None)


def without_words(entry_ids: Iterable[int]) -> None:
    """Let entries be nobody's, and say nothing: that they came stays, as they must not come twice."""
    ids = list(entry_ids)
    if not ids:
        return
    rows = Entry.objects.filter(pk__in=ids)
    rows.filter(work=Entry.Work.WAITING).update(work=Entry.Work.DONE)
    rows.update(**_NOTHING)
    Newcomer.objects.filter(pk__in=ids).delete()


def clean_entries(low: int, high: int) -> None:
    """The same with entries, of these ids, that name a forgotten customer by the shop's own id: before they go to the
    lake, as most of them operations never look at."""
    if not Forgotten.objects.exists():
        return
    rows = Entry.objects.filter(pk__gte=low, pk__lte=high, user_id__isnull=False)
    asked = {(shop, "ref", ref) for shop, ref in rows.values_list("shop", "user_id").distinct() if ref is not None}
    for (shop, _kind, ref), at in when(asked).items():
        without_words(rows.filter(shop=shop, user_id=ref, occurred_at__lte=at).values_list("pk", flat=True))


def drop(notices: Sequence[Notice]) -> None:
    """Words about orders of a forgotten customer go, and with them those of the entries that brought them."""
    came = [digests.key(Source(None, "", row.shop, row.trusted, ""), row.message_id) for row in notices]
    without_words(Entry.objects.filter(key__in=came).values_list("pk", flat=True))
    Notice.objects.filter(pk__in=[row.pk for row in notices]).delete()
