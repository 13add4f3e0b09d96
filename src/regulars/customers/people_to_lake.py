"""Country, region, span of birth years and kind of who changed by no file: noted where they change, and taken to the
lake's `people` before customers are judged. Files of customers write there themselves (`intake.personal`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from regulars.base.errors import Conflict
from regulars.base.locks import file_lock
from regulars.customers.models import Customer, Retold
from regulars.platform.workspace import Workspace

if TYPE_CHECKING:
    from regulars.lake import Lake

FIELDS = frozenset({"country", "region", "birth_date"})
_CHUNK = 5_000
_PATIENCE_SECONDS = 5.0


def note(customer_ids: Iterable[int], fields: Collection[str], *, kind: str = "") -> None:
    """In the transaction that changes these fields of customers (or makes them, of this kind): the lake will know."""
    if FIELDS & set(fields) or kind == Customer.Kind.ORGANISATION:
        Retold.objects.bulk_create(Retold(customer_id=number) for number in sorted(set(customer_ids)))


def take(workspace: Workspace, lake: Lake) -> int:
    """Take what was noted to the lake; how many customers. While an import writes there it waits for the next time.

    To be called with the lock of a refresh held, so that nobody is forgotten meanwhile. Killed on the way, it is done
    again.
    """
    if not Retold.objects.exists():
        return 0
    try:
        with file_lock(workspace.files_path / "imports" / ".lock", timeout_seconds=_PATIENCE_SECONDS, what="Importing"):
            return _take(lake)
    except Conflict:
        return 0


def _take(lake: Lake) -> int:
    from regulars.lake import TABLES

    taken: set[int] = set()
    while rows := list(Retold.objects.order_by("pk").values_list("pk", "customer_id")[:_CHUNK]):
        found = Customer.objects.filter(pk__in={number for _pk, number in rows}).order_by("pk")
        known = [
            {
                "customer_id": one.pk,
                "kind": one.kind,
                "country": one.country or None,
                "region": one.region or None,
                "birth_years": None if one.birth_date is None else one.birth_date.year // 5 * 5,
            }
            for one in found
        ]
        if known:
            lake.upsert("people", pa.Table.from_pylist(known, TABLES["people"].schema))
        Retold.objects.filter(pk__in=[pk for pk, _number in rows]).delete()
        taken |= {one.pk for one in found}
    return len(taken)
