"""What a public key can't say anything of: orders that the lake has from elsewhere.

Anybody may send by such a key, and order numbers can be guessed. Who told an order first by the stream is known from
its notices (`order_rules`); of one that a file brought, or that was told by notices which are no longer kept, there are
none, so the lake is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from regulars.customers.refresh import open_lake
from regulars.lake import Snapshot, engine
from regulars.platform import store
from regulars.stream.models import Order

Key = tuple[str, str]
"""Shop and number."""


def taken(keys: Iterable[Key]) -> set[Key]:
    """Those of these orders that the lake has, and the stream doesn't know.

    Looking for a few among twelve million takes 0.2 seconds of CPU, so only those are asked for of which none but a
    public key told.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    for shop, number in keys:
        asked[shop].add(number)
    for shop, numbers in asked.items():
        numbers -= set(Order.objects.filter(shop=shop, number__in=numbers).values_list("number", flat=True))
    wanted = {shop: sorted(numbers) for shop, numbers in asked.items() if numbers}
    if not wanted:
        return set()
    lake = open_lake(store.opened())
    return lake.read(lambda now: {key for shop, numbers in wanted.items() for key in _there(now, shop, numbers)})


def _there(now: Snapshot, shop: str, numbers: list[str]) -> Iterable[Key]:
    orders = engine.scan(now.files("orders"), now.spec("orders").schema)
    listed = ", ".join(map(engine.literal, numbers))
    scratch = engine.Scratch(now.root)
    try:
        with engine.connect(scratch.path, "200MB", None) as con:
            rows = con.execute(
                f"SELECT external_id FROM {orders} WHERE shop = {engine.literal(shop)} AND external_id IN ({listed})"
            ).fetchall()
    finally:
        scratch.close()
    return [(shop, number) for (number,) in rows]
