"""What products cost the firm, as programs put it: kept at once, and taken to the lake as files of costs are.

Orders that are in the lake already get their costs anew, as they do after such a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db.models import F, Max

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.base.locks import file_lock
from regulars.platform import registry, store
from regulars.platform.jobs import HEAVY, job, schedule
from regulars.platform.registry import NotPersonal
from regulars.stream.models import Product, ProductCost

if TYPE_CHECKING:
    from regulars.platform.workspace import Workspace

FIELDS = ("cost", "currency", "cost_from")
ALWAYS = date(1900, 1, 1)
"""From when a cost holds that names no day; as `intake.keyed` has it."""
_CHUNK = 5_000
_PATIENCE_SECONDS = 60.0
_HOURLY = "25 * * * *"


def checked(told: Mapping[str, Any]) -> tuple[date, str, str] | None:
    """From when what in which currency; None where nothing is said of a cost. Raises BadInput for half of it."""
    if told.get("cost") is None:
        if told.get("currency") or told.get("cost_from"):
            raise BadInput("Give the cost, too: a currency or a day alone says nothing of it.")
        return None
    home = store.opened().settings.firm.currency or "EUR"
    return told.get("cost_from") or ALWAYS, str(told["cost"]), told.get("currency") or home


def put(product: Product, from_day: date, amount: str, currency: str) -> bool:
    """Say what a product costs from a day on, in the caller's transaction; whether that is news."""
    row, new = ProductCost.objects.get_or_create(
        product=product,
        from_day=from_day,
        defaults={"amount": amount, "currency": currency, "changed_at": clock.now()},
    )
    if new:
        return True
    if (Decimal(row.amount), row.currency) == (Decimal(amount), currency):
        return False
    ProductCost.objects.filter(pk=row.pk).update(
        amount=amount, currency=currency, changed_at=clock.now(), revision=F("revision") + 1, problem=""
    )
    return True


def latest(products: list[Product]) -> dict[int, ProductCost]:
    """The cost with the latest day of each of these products, by the product's own number."""
    rows = ProductCost.objects.filter(product__in=products).order_by("from_day")
    return {row.product_id: row for row in rows}


@job(name="costs to the lake", retries=5, wait_seconds=30.0, lane=HEAVY)
def to_lake() -> int:
    """Take costs that changed to the lake, and work the costs of its orders out anew; how many costs it took.

    One in a currency without a rate waits for it. Killed anywhere, it is done again and ends the same. Raises Conflict
    while an import is under way.
    """
    if not ProductCost.objects.exclude(drained=F("revision")).exists():
        return 0
    workspace, taken = store.opened(), 0
    lock = workspace.files_path / "imports" / ".lock"
    with file_lock(lock, timeout_seconds=_PATIENCE_SECONDS, what="Importing"):
        after = 0
        last = ProductCost.objects.aggregate(last=Max("pk"))["last"]
        while rows := _waiting(after, last):
            taken += _take(workspace, rows)
            after = rows[-1].pk
    return taken


def _waiting(after: int, last: int) -> list[ProductCost]:
    rows = ProductCost.objects.exclude(drained=F("revision")).filter(pk__gt=after, pk__lte=last)
    return list(rows.select_related("product").order_by("pk")[:_CHUNK])


def _take(workspace: Workspace, rows: list[ProductCost]) -> int:
    from regulars.intake import keyed, recost
    from regulars.intake.assemble.source import FILE_PLACES, Part
    from regulars.lake import Step, engine
    from regulars.stream.order_staging import costs
    from regulars.stream.orders_drain import order_lake

    lake, home = order_lake(workspace), workspace.settings.firm.currency or "EUR"
    scratch = engine.Scratch(lake.path)
    folder = scratch.path / uuid4().hex
    folder.mkdir()
    try:
        with engine.connect(scratch.path, workspace.settings.store.memory_limit, None) as con:
            told = [
                # One that always held is counted by the latest rate, as in files.
                (
                    row.product.number,
                    None if row.from_day == ALWAYS else row.from_day,
                    Decimal(row.amount),
                    row.currency,
                )
                for row in rows
            ]
            done = keyed.prepare(con, "costs", [Part(0, costs(folder, told), home)], lake, home, folder)
            if done.upserts:
                lake.commit(Step(upsert=done.upserts))
                recost.anew(con, lake, folder, home, import_id=recost.BY_PROGRAM)
    finally:
        scratch.close()
    refused = {reject.place % FILE_PLACES - 1: reject.code for reject in done.rejects}
    for place, row in enumerate(rows):  # one that changed meanwhile keeps its newer revision, and comes again
        same = ProductCost.objects.filter(pk=row.pk, revision=row.revision)
        if place in refused:
            same.update(problem=refused[place])
        else:
            same.update(drained=row.revision, problem="")
    return len(rows) - len(refused)


def register() -> None:
    """Say what is kept to the inventory of personal data, and look again each hour for those that waited for a rate."""
    fields = ("from_day", "amount", "currency", "changed_at", "revision", "drained", "problem")
    registry.not_personal.add(NotPersonal("stream.ProductCost", fields, "of what the shop sells"))
    schedule("costs to the lake", _HOURLY, to_lake)
