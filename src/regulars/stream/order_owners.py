"""Whose an order is: by the same keys as in files, where a trusted source names them; from a public key by fewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from regulars.base.errors import BadInput
from regulars.customers import identity
from regulars.customers.models import Identity
from regulars.customers.rules_contacts import email, phone
from regulars.lake import engine
from regulars.platform import store
from regulars.stream import digests
from regulars.stream.models import Identified
from regulars.stream.order_rules import OrderState

Key = tuple[str, str]
"""Shop and number of an order."""


@dataclass
class Owners:
    """Customers by order, as the lake knows them; None where nobody can say yet. `new`: made just now."""

    of: dict[Key, int | None] = field(default_factory=dict)
    new: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Keys:
    """By what somebody is known, as `customers.identity` wants it."""

    ref: str | None = None
    email: str | None = None
    phone: str | None = None


def keys(state: OrderState) -> Keys:
    """A claimed e-mail address or telephone number of a public key is no key."""
    ref = (state.user_id or "").strip() or None
    if not state.trusted:
        return Keys(ref)
    return Keys(ref, written(email, state.email), written(as_phone, state.phone))


def written(as_kept: Callable[[str], str], said: str | None) -> str | None:
    """A contact as it is kept; None for what is none."""
    try:
        return as_kept(said) if said else None
    except BadInput:
        return None


def as_phone(text: str) -> str:
    """A telephone number as it is kept. Raises BadInput for what is none."""
    return phone(text, store.opened().settings.firm.country)


def assign(states: Mapping[Key, OrderState]) -> Owners:
    """The customer of each order; who isn't known is made. Asked again, the answer is the same."""
    owners = Owners()
    by_shop: dict[str, dict[str, Keys]] = defaultdict(dict)
    silent: dict[Key, OrderState] = {}
    for (shop, number), state in states.items():
        found = keys(state)
        if found == Keys():
            silent[shop, number] = state
        else:
            by_shop[shop][number] = found
    visitors = _visitors(silent)
    unknown: dict[str, list[str]] = defaultdict(list)
    for key, state in silent.items():
        if key in visitors:
            owners.of[key] = visitors[key]
        elif state.told:
            by_shop[key[0]][key[1]] = Keys()
        else:
            unknown[key[0]].append(key[1])
    for shop, asked in by_shop.items():
        _assign(owners, shop, asked, {number for number in asked if not states[shop, number].told})
    for shop, numbers in unknown.items():
        owners.of |= {(shop, number): who for number, who in of_lake(shop, numbers).items()}
    return owners


def _assign(owners: Owners, shop: str, asked: Mapping[str, Keys], not_told: set[str]) -> None:
    # Of what nobody told yet, the lake knows best whose it is; it makes nobody.
    owners.of |= {(shop, number): who for number, who in of_lake(shop, sorted(not_told)).items()}
    wanted = {number: own for number, own in asked.items() if number not in not_told}
    known = _known(shop, wanted)
    owners.of |= {(shop, number): who for number, who in known.items()}
    numbers = [number for number in wanted if number not in known]
    if not numbers:
        return
    given = pa.table(
        {
            "key": pa.array(range(len(numbers)), pa.int64()),
            "customer_ref": pa.array([asked[number].ref for number in numbers], pa.string()),
            "email": pa.array([asked[number].email for number in numbers], pa.string()),
            "phone": pa.array([asked[number].phone for number in numbers], pa.string()),
            "guest": pa.array(numbers, pa.string()),
        }
    )
    found = identity.assign(given, shop=shop, import_id=0).to_pylist()
    owners.of |= {(shop, numbers[row["key"]]): row["customer_id"] for row in found}
    owners.new += sorted({row["customer_id"] for row in found if row["new"]})


def _known(shop: str, asked: Mapping[str, Keys]) -> dict[str, int]:
    """Owners of orders all of whose keys are known: most of them, and for them there is nothing to be made or noted."""
    means: dict[tuple[str, str], int] = {}
    for kind in ("ref", "email", "phone"):
        wanted = {key for own in asked.values() if (key := getattr(own, kind)) is not None}
        rows = Identity.objects.filter(shop=shop, kind=kind, key__in=wanted) if wanted else Identity.objects.none()
        for key, who, origin in rows.values_list("key", "customer_id", "origin_id"):
            means[kind, key] = who if origin is None else origin
    found: dict[str, int] = {}
    for number, own in asked.items():
        given = [(kind, key) for kind in ("ref", "email", "phone") if (key := getattr(own, kind)) is not None]
        if given and all(one in means for one in given):
            found[number] = means[given[0]]
    return found


def of_lake(shop: str, numbers: Sequence[str]) -> dict[str, int | None]:
    """Customers of orders that the lake has (from files), None for the others."""
    found: dict[str, int | None] = dict.fromkeys(numbers)
    if not numbers:
        return found
    from regulars.customers.refresh import open_lake

    with open_lake(store.opened()).snapshot() as snapshot:
        scan = engine.scan(snapshot.files("orders"), snapshot.spec("orders").schema)
    scratch = engine.Scratch(store.opened().lake_path)
    try:
        with engine.connect(scratch.path, "200MB", None) as con:
            con.register("asked", pa.table({"number": pa.array(numbers, pa.string())}))
            rows = con.execute(
                f"SELECT external_id, customer_id FROM {scan} WHERE shop = ? "
                "AND external_id IN (SELECT number FROM asked)",
                [shop],
            ).fetchall()
    finally:
        scratch.close()
    return found | dict(rows)


def _visitors(states: Mapping[Key, OrderState]) -> dict[Key, int]:
    """Who a visitor was when they ordered, where they said so then or later (see `visitors`)."""
    asked = {
        key: (digests.anonymous(key[0], state.anonymous_id), state.ordered_at)
        for key, state in states.items()
        if state.anonymous_id and state.ordered_at is not None
    }
    if not asked:
        return {}
    spans: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    whos = [who for who, _ in asked.values()]
    rows = Identified.objects.filter(visitor__who__in=whos, forgotten=False).order_by("since", "pk")
    for who, since, customer in rows.values_list("visitor__who", "since", "customer_id"):
        spans[who].append((since, customer))
    found: dict[Key, int] = {}
    for key, (who, at) in asked.items():
        if spans[who]:
            before = [customer for since, customer in spans[who] if at is not None and since <= at]
            found[key] = before[-1] if before else spans[who][0][1]
    return found
