"""Products that come in by program: kept at once, and taken to the lake by a job soon after."""

from __future__ import annotations

from typing import Any, Literal

from django.db import transaction
from django.db.models import F

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.platform import registry, store
from regulars.platform.jobs import job
from regulars.platform.registry import NotPersonal
from regulars.stream import product_costs
from regulars.stream.models import Product

FIELDS = ("name", "category", "brand", "durable", "cycle_days")
LONGEST_NUMBER = 200
_CHUNK = 5_000
Outcome = Literal["created", "changed", "unchanged"]


@transaction.atomic
def put(number: str, known: dict[str, Any]) -> Outcome:
    """Make a product, or change what is known of it (any of FIELDS; None is not known; and `cost`, `currency`,
    `cost_from`, see `product_costs`; None says nothing). The same again changes nothing.

    Raises BadInput for a number that can't be one, and for a currency or a day without a cost.
    """
    number = number.strip()
    if not 0 < len(number) <= LONGEST_NUMBER:
        raise BadInput(f"A product's number has 1 to {LONGEST_NUMBER} letters.")
    cost = product_costs.checked(known)
    known = {name: value for name, value in known.items() if name in FIELDS}
    row, new = Product.objects.get_or_create(number=number, defaults=known | {"changed_at": clock.now()})
    changed = {name: value for name, value in known.items() if getattr(row, name) != value}
    if changed and not new:
        Product.objects.filter(pk=row.pk).update(**changed, changed_at=clock.now(), revision=F("revision") + 1)
    if changed or new:
        to_lake.enqueue(once=True)
    costs_otherwise = cost is not None and product_costs.put(row, *cost)
    if costs_otherwise:
        product_costs.to_lake.enqueue(once=True)
    return "created" if new else "changed" if changed or costs_otherwise else "unchanged"


@job(name="products to the lake", retries=5, wait_seconds=30.0)
def to_lake() -> int:
    """Take products that changed to the lake; how many. Killed after the lake has them, it takes them once more."""
    import pyarrow as pa

    from regulars.customers.refresh import open_lake

    taken, schema = 0, _schema()
    while rows := list(Product.objects.exclude(drained=F("revision")).order_by("pk")[:_CHUNK]):
        table = pa.Table.from_pylist([_lakes(row) for row in rows], schema=schema)
        open_lake(store.opened()).upsert("products", table)
        for row in rows:  # one that changed meanwhile keeps its newer revision, and comes again
            Product.objects.filter(pk=row.pk).update(drained=row.revision)
        taken += len(rows)
    return taken


def register() -> None:
    """Say what is kept to the inventory of personal data."""
    fields = ("number", *FIELDS, "changed_at", "revision", "drained")
    registry.not_personal.add(NotPersonal("stream.Product", fields, "of what the shop sells"))


def _schema() -> Any:
    import pyarrow as pa

    kinds = {"durable": pa.bool_(), "cycle_days": pa.int32()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in ("product_id", *FIELDS)])


def _lakes(row: Product) -> dict[str, Any]:
    return {"product_id": row.number} | {name: getattr(row, name) for name in FIELDS}
