"""What identify, alias and group calls change of who somebody is, and who may change it.

A trusted source (a server of the firm) speaks for the shop: its customer id decides, contacts go by the rules of
`customers.rules_merge`, consent counts as said. A public key, which anybody can read in a web page, lets visits join a
customer, and makes one whom nobody knew; of somebody who is known it changes nothing, and it merges nobody. Whatever is
done twice is done once. History (a backfill) fills what isn't known, and nobody is told of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import DataError, transaction

from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import (
    actions_consent,
    actions_members,
    actions_merges,
    actions_people,
    attributes,
    identity,
    merges,
    people_to_lake,
)
from regulars.customers.models import Consent, Customer, Identity, Membership
from regulars.customers.rules_contacts import email
from regulars.customers.sync_some import sync_some
from regulars.platform.models import Event
from regulars.stream import traits, visitors
from regulars.stream.items import Item, Source
from regulars.stream.models import Newcomer
from regulars.stream.order_owners import as_phone, written
from regulars.stream.orders import wait_again

Ref = tuple[str, str | None]
"""A shop, and its own id of a customer."""
SOURCE = "stream"
THE_SHOP_SAYS = "the shop says so"
GROUP = "group:"
"""Before the shop's number of an organisation, so that no customer's id can be taken for one."""


def make_known(told: Sequence[tuple[int, Item, Source]]) -> set[int]:
    """Give numbers to all whom identify calls name and nobody knows, at once; the entries by which a public key made
    somebody known, as it alone may say who that is, until it is applied.

    One by one each would take a hundred times as long. Ids that an alias speaks of are left to it.
    """
    firsts = _firsts(told)
    for shop, entries in firsts.items():
        known = Identity.objects.filter(shop=shop, kind="ref", key__in=entries).values_list("key", flat=True)
        unknown = sorted(entries.keys() - set(known))
        if not unknown:
            continue
        claimed = {ref: entry for ref in unknown if (entry := entries[ref]) is not None}
        Newcomer.objects.bulk_create(map(Newcomer, claimed.values()), ignore_conflicts=True)
        made = identity.assign(_keys(*((ref, None, None) for ref in unknown)), shop=shop, import_id=0).to_pylist()
        sync_some(row["customer_id"] for row in made)
        known_since = {unknown[row["key"]] for row in made if not row["new"]} & claimed.keys()
        Newcomer.objects.filter(pk__in=[claimed[ref] for ref in known_since]).delete()
    return set(Newcomer.objects.filter(pk__in=[entry for entry, _item, _source in told]).values_list("pk", flat=True))


def _firsts(told: Sequence[tuple[int, Item, Source]]) -> dict[str, dict[str, int | None]]:
    """By shop, ids of customers that identify calls name, each with the entry that names it first where a public key
    sent that."""
    aliased = {(source.shop, item.previous_id) for _entry, item, source in told}
    firsts: dict[Ref, int | None] = {}
    named: dict[str, dict[str, int | None]] = defaultdict(dict)
    for entry, item, source in told:
        ref = (source.shop, item.user_id)
        if item.user_id is None or ref in aliased:
            continue
        if item.kind == "identify":
            firsts.setdefault(ref, None if source.trusted else entry)
            named[source.shop][item.user_id] = firsts[ref]
        elif item.kind == "group" and source.trusted:
            firsts.setdefault(ref, None)
    return named


def apply(item: Item, source: Source, *, backfill: bool, new: bool = False) -> None:
    """Do what one call says; doing it again changes nothing more. new : somebody was made for it, and isn't told of;
    then all of it is to be in one transaction of the caller's."""
    if item.kind == "identify":
        _identify(item, source, backfill=backfill, new=new)
    elif item.kind == "alias":
        _alias(item, source, backfill=backfill)
    elif item.kind == "group" and source.trusted:
        _group(item, source, backfill=backfill)


def _identify(item: Item, source: Source, *, backfill: bool, new: bool) -> None:
    told = traits.of(item.body)
    own, called, verified = contacts(item)
    if not source.trusted:
        _claimed(item, source, backfill=backfill, new=new)
        return
    if item.user_id is not None:
        who, made = _assigned(source.shop, ref=item.user_id)
    elif own or called:
        who, made = _assigned(source.shop, email=own, phone=called)
    else:
        return
    if made:
        sync_some([who])
    _consent(who, item, verified=True)  # before all that may fail: a refusal must not be lost
    if backfill:
        _fill(who, traits.fields(told))
        identity.assign(_keys((item.user_id, own, called)), shop=source.shop, import_id=0)
    else:
        _change(who, traits.fields(told))
        if own:
            _try(
                lambda: actions_people.add_contact(
                    who, "email", own, source=SOURCE, verified=verified, shop=source.shop
                )
            )
        if called:
            _try(lambda: actions_people.add_contact(who, "phone", called, source=SOURCE, shop=source.shop))
        if (where := traits.address(told)) is not None:
            _try(lambda: actions_people.add_address(who, source=SOURCE, **where))
    _join_visits(item, source, who)


def _claimed(item: Item, source: Source, *, backfill: bool, new: bool) -> None:
    """An identify of a public key: visits join; who is known stays as they are."""
    if item.user_id is None:
        return
    who, made = _assigned(source.shop, ref=item.user_id)
    if made:
        sync_some([who])
    if made or new:
        _consent(who, item, verified=False)
        told = traits.fields(traits.of(item.body))
        if backfill:
            _fill(who, told)
        else:
            _change(who, _unknown(who, told))
    _join_visits(item, source, who)


def _join_visits(item: Item, source: Source, who: int) -> None:
    if item.anonymous_id is not None:
        _visits(source.shop, item.anonymous_id, who, item)


def _visits(shop: str, anonymous_id: str, who: int, item: Item) -> None:
    with transaction.atomic():
        visitors.identified([visitors.Named(shop, anonymous_id, who, item.occurred_at)])
        wait_again(shop, anonymous_id)


def _alias(item: Item, source: Source, *, backfill: bool) -> None:
    """One person under two ids. Ids of two known customers make them one by the word of a trusted source alone."""
    if item.previous_id is None or item.user_id is None or item.previous_id == item.user_id:
        return
    before = _known(source.shop, item.previous_id)
    if before is None:
        who, new = _assigned(source.shop, ref=item.user_id)
        if new:
            sync_some([who])
        _visits(source.shop, item.previous_id, who, item)
        return
    if not source.trusted:
        return
    now = _known(source.shop, item.user_id)
    if now is None:
        user_id = item.user_id
        _try(lambda: actions_people.add_external_id(before, user_id, source=SOURCE, shop=source.shop))
        return
    with identity.alone(), transaction.atomic():
        one, other = merges.current(before), merges.current(now)
        if one == other:
            return
        _try(lambda: actions_merges.join(one, other, THE_SHOP_SAYS))
        if backfill:
            _happened("customers merged", other, item.occurred_at, {"from": one})


def _group(item: Item, source: Source, *, backfill: bool) -> None:
    if item.group_id is None or item.user_id is None:
        return
    told = traits.of(item.body)
    meant, new = _assigned(source.shop, ref=GROUP + item.group_id)
    whole = merges.current(meant)
    member, new_member = _assigned(source.shop, ref=item.user_id)
    name = traits.fields(told).get("name") or item.group_id
    if new or Customer.objects.filter(pk=whole).exclude(kind=Customer.Kind.ORGANISATION).exists():
        row = {
            "customer_id": [whole],
            "kind": [Customer.Kind.ORGANISATION.value],
            "organisation": [name],
            "name": [name],
        }
        with transaction.atomic():
            attributes.update(pa.table(row), import_id=0)
            people_to_lake.note([whole], (), kind=Customer.Kind.ORGANISATION.value)
    elif told.get("name"):
        (_fill if backfill else _change)(whole, {"name": name, "organisation": name})
    sync_some([whole, *([member] if new_member else [])])
    role = told.get("role")
    part = role if role in Membership.Role.values else Membership.Role.BUYS.value
    person = merges.current(member)
    if Membership.objects.filter(organisation_id=whole, member_id=person, role=part).exists():
        return
    with transaction.atomic():
        _try(lambda: actions_members.join(whole, person, str(part), source=SOURCE))
        if backfill:
            _happened("member joined", person, item.occurred_at, {"organisation": whole, "role": part})


def _happened(name: str, customer_id: int, moment: datetime, properties: dict[str, Any]) -> None:
    """What was recorded just now, in this transaction, happened long ago: nothing reacts to it."""
    parts = {f"properties__{key}": value for key, value in properties.items()}
    said = Event.objects.filter(name=name, customer_id=customer_id, **parts).order_by("-pk").first()
    if said is not None:
        Event.objects.filter(pk=said.pk).update(occurred_at=moment)


def _consent(who: int, item: Item, *, verified: bool) -> None:
    """Each word once: by the message that brought it."""
    source = f"{SOURCE} {item.message_id}"[:60]
    for said in traits.consent(item.body):
        current = merges.current(who)
        same = {"customer_id": current, "purpose": said.purpose, "channel": said.channel, "source": source}
        if not Consent.objects.filter(**same, recorded_at=item.occurred_at).exists():
            actions_consent.say(
                current,
                said.purpose,
                said.channel,
                given=said.given,
                source=source,
                verified=verified,
                at=item.occurred_at,
            )


def _change(who: int, told: dict[str, str]) -> None:
    for name, value in told.items():
        _try(lambda name=name, value=value: actions_people.change(who, source=SOURCE, **{name: value}))  # type: ignore[misc]  # bound now


def _unknown(who: int, told: dict[str, str]) -> dict[str, str]:
    """What isn't known yet of all that is told."""
    row = Customer.objects.get(pk=merges.current(who))
    return {name: value for name, value in told.items() if getattr(row, name) in (None, "")}


def _fill(who: int, told: dict[str, str]) -> None:
    """What isn't known, without a word to anybody."""
    from regulars.base import clock
    from regulars.customers.rules_contacts import checked

    current = merges.current(who)
    found: dict[str, Any] = {}
    for name, value in _unknown(who, told).items():
        _try(lambda name=name, value=value: found.update(checked({name: value}, clock.today())))  # type: ignore[misc]  # bound now
    if found:
        with transaction.atomic():
            Customer.objects.filter(pk=current).update(**found)
            people_to_lake.note([current], found)
            sync_some([current])


def _try(do: Callable[[], object]) -> None:
    """What can't be is left out: there is nobody to ask, and the call was accepted."""
    try:
        with transaction.atomic():
            do()
    except (BadInput, Conflict, NotFound, DataError):
        return


def _assigned(
    shop: str, *, ref: str | None = None, email: str | None = None, phone: str | None = None
) -> tuple[int, bool]:
    """The customer of keys, before any merge, and whether they were made for it."""
    if ref is not None and (known := _known(shop, ref)) is not None:
        return known, False
    (row,) = identity.assign(_keys((ref, email, phone)), shop=shop, import_id=0).to_pylist()
    return row["customer_id"], row["new"]


def _keys(*given: tuple[str | None, str | None, str | None]) -> pa.Table:
    """Keys (the shop's id, e-mail, telephone) as `identity.assign` takes them, numbered from 0."""
    columns = dict(zip(("customer_ref", "email", "phone"), zip(*given, strict=True), strict=True))
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    numbers = pa.array(range(len(given)), pa.int64())
    return pa.table({"key": numbers, **texts, "guest": pa.nulls(len(given), pa.string())})


def _known(shop: str, ref: str) -> int | None:
    """Whom an id meant before any merge: visits that join them part with them when it is undone."""
    key = Identity.objects.filter(shop=shop, kind="ref", key=ref).values_list("origin_id", "customer_id").first()
    return None if key is None else key[1] if key[0] is None else key[0]


def contacts(item: Item) -> tuple[str | None, str | None, bool]:
    """E-mail and telephone as they are kept, and whether the e-mail is said to be shown theirs."""
    told = traits.of(item.body)
    contact, number = traits.email(told), traits.phone(told)
    own = written(email, contact[0]) if contact else None
    return own, written(as_phone, number) if number else None, contact is not None and contact[1]
