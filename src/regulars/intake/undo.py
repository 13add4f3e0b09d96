"""Taking an import of orders back: `begin` says so, `finish` does it in one step of the lake and one of the store.

What becomes of orders is `lake.undo`'s rule. Of customers whom the import made, those go of whom nothing else is known:
no order (nor one on its way to the lake), visit, contract, note, tag, membership, consent or anything else, and no file
of customers came after. Names that the import changed, and keys that it added to customers who stay, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, NotFound
from regulars.customers.models import Consent, Customer, NameWord
from regulars.intake import jobs, recost
from regulars.intake.assemble.notices import NOTICE_VERSIONS, NOTICES
from regulars.intake.assemble.source import SALES_KINDS
from regulars.intake.command import open_lake
from regulars.intake.models import Import
from regulars.intake.pipeline import folder_of_imports
from regulars.intake.units import SALES
from regulars.lake import TABLES, Lake, engine
from regulars.lake import undo as lake_undo
from regulars.platform import audit
from regulars.platform.locks import held
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace

KINDS = (*SALES_KINDS, SALES)
DERIVED_KINDS = ("costs", "products")
"""Imports that only work the costs of orders out anew."""
CHUNK = 2_000
_GOES_ALONG = ("identities", "picture", "recent", "changes", "candidates", "candidates_too")
_RECORD = lake_undo.Record(NOTICES.name, NOTICE_VERSIONS.name, NOTICES.key)


@dataclass(frozen=True)
class Preview:
    """What undoing would do. later : imports that changed orders of this one since, which stay as those left them."""

    gone: int
    back: int
    stay: int
    customers: int
    later: list[int]


def possible(one: Import) -> bool:
    """Whether it can be undone: it brought orders, and is done."""
    return one.state == Import.State.DONE and one.kind in KINDS


def preview(workspace: Workspace, import_id: int) -> Preview:
    """Say what undoing would do. Raises NotFound, BadInput where it can't be undone."""
    _checked(import_id)
    lake = open_lake(workspace)

    def look(snapshot: Any) -> tuple[lake_undo.Undone, list[int], list[int]]:
        with _fates(workspace, lake, snapshot, import_id) as (con, done):
            later = con.execute(
                "SELECT DISTINCT import_id FROM chain SEMI JOIN (SELECT order_id FROM fate WHERE fate = 'stay') "
                "USING (order_id) WHERE in_force ORDER BY 1"
            ).fetchall()
            return done, [number for (number,) in later], _alone(con, snapshot, import_id)

    done, later, alone = lake.read(look)
    customers = sum(len(_nothing_else(some, import_id)) for some in _chunks(alone))
    return Preview(done.gone, done.back, done.stay, customers, later)


def begin(import_id: int) -> None:
    """Have an import undone in the background; under way or done already: nothing. Raises as `preview`."""
    with transaction.atomic():
        row = Import.objects.select_for_update().filter(pk=import_id).first()
        if row is not None and row.state in (Import.State.UNDOING, Import.State.UNDONE):
            return
        _checked(import_id)
        Import.objects.filter(pk=import_id).update(state=Import.State.UNDOING)
        audit.note("import.undone", object=f"import {import_id}")
        jobs.undo.enqueue(number=import_id)


def finish(workspace: Workspace, import_id: int) -> bool:
    """Undo an import that `begin` marked; after a kill the same call goes on. Whether there was something to do."""
    with folder_of_imports(workspace, dry_run=False):
        row = Import.objects.filter(pk=import_id, state=Import.State.UNDOING).first()
        if row is None:
            return False
        lake = open_lake(workspace)
        # Whom an order that comes in just now belongs to is told by the customers that are there.
        with held("applier", what="The applier"):
            _finish(workspace, lake, row)
        return True


def _finish(workspace: Workspace, lake: Lake, row: Import) -> None:
    alone = lake.read(lambda snapshot: _left_alone(workspace, lake, snapshot, row.pk))
    gone = [number for some in _chunks(alone) for number in _nothing_else(some, row.pk)]
    done = lake.undo(row.pk, derived=_derived(), records=[_RECORD], people_gone=gone)
    customers = int(row.counts.get("undone", {}).get("customers", 0))
    for some in _chunks(alone):
        with transaction.atomic():
            doomed = _nothing_else(some, row.pk)
            NameWord.objects.filter(customer_id__in=doomed).delete()
            Customer.objects.filter(pk__in=doomed).delete()
            customers += len(doomed)
            told = {"gone": done.gone, "back": done.back, "stay": done.stay, "customers": customers}
            row.counts = {**row.counts, "undone": told}
            row.save(update_fields=["counts"])
    row.state, row.undone_at = Import.State.UNDONE, clock.now()
    row.save(update_fields=["state", "undone_at"])


def _checked(import_id: int) -> Import:
    row = Import.objects.filter(pk=import_id).first()
    if row is None:
        raise NotFound(f"There is no import {import_id}.")
    if row.kind not in KINDS:
        raise BadInput(
            "Only imports of orders can be undone. What other files say holds until another file says otherwise: "
            "import the right one."
        )
    if row.state != Import.State.DONE:
        raise BadInput("Only an import that is done can be undone.")
    return row


def _derived() -> list[int]:
    return [recost.BY_PROGRAM, *Import.objects.filter(kind__in=DERIVED_KINDS).values_list("pk", flat=True)]


class _fates:  # noqa: N801 - used like a function
    """DuckDB with `lake.undo.fates` worked out on a snapshot."""

    def __init__(self, workspace: Workspace, lake: Lake, snapshot: Any, import_id: int) -> None:
        self._scratch = engine.Scratch(lake.path)
        self._memory = workspace.settings.store.memory_limit
        self._orders, self._versions = (
            engine.scan(snapshot.files(name), TABLES[name].schema) for name in ("orders", "order_versions")
        )
        self._import_id = import_id

    def __enter__(self) -> tuple[duckdb.DuckDBPyConnection, lake_undo.Undone]:
        self._con = engine.connect(self._scratch.path, self._memory, None)
        return self._con, lake_undo.fates(self._con, self._orders, self._versions, self._import_id, _derived())

    def __exit__(self, *_: object) -> None:
        self._con.close()
        self._scratch.close()


def _left_alone(workspace: Workspace, lake: Lake, snapshot: Any, import_id: int) -> list[int]:
    with _fates(workspace, lake, snapshot, import_id) as (con, _):
        return _alone(con, snapshot, import_id)


def _alone(con: duckdb.DuckDBPyConnection, snapshot: Any, import_id: int) -> list[int]:
    """Customers whom the import made and of whom the lake will know nothing, sorted."""
    if Import.objects.filter(pk__gt=import_id, kind="customers", state=Import.State.DONE).exists():
        return []
    made = list(Customer.objects.filter(import_id=import_id).values_list("pk", flat=True))
    con.register("made", pa.table({"customer_id": pa.array(made, pa.int64())}))

    def read(name: str) -> str:
        return engine.scan(snapshot.files(name), snapshot.spec(name).schema)

    doomed = "(SELECT order_id FROM fate WHERE fate <> 'stay')"
    leaving = "(SELECT order_id, version FROM chain WHERE leaves)"
    staying = f"(SELECT * FROM {read('orders')} ANTI JOIN {doomed} USING (order_id))"
    kept = f"(SELECT * FROM {read('order_versions')} ANTI JOIN {leaving} USING (order_id, version))"
    used = [f"SELECT {who} FROM {table}" for table in (staying, kept) for who in ("customer_id", "user_id", "payer_id")]
    used += [f"SELECT customer_id FROM {read('contracts')}"]
    records = (_RECORD.table, _RECORD.versions)
    used += [f"SELECT customer_id FROM {read(name)} WHERE import_id <> {import_id}" for name in records]
    rows = con.execute(
        f"WITH used(customer_id) AS ({' UNION ALL '.join(used)}) "
        "SELECT customer_id FROM made ANTI JOIN used USING (customer_id) ORDER BY 1"
    ).fetchall()
    return [number for (number,) in rows]


def _nothing_else(customers: Sequence[int], import_id: int) -> list[int]:
    """Those of whom the operations store knows nothing but what came with the import or was worked out from it."""
    found = Customer.objects.filter(
        pk__in=customers, internal=False, owner_staff_id=None, merged_into_id=None, import_id=import_id
    )
    left = set(found.values_list("pk", flat=True))
    left -= set(Customer.objects.filter(merged_into_id__in=customers).values_list("merged_into_id", flat=True))
    for relation in Customer._meta.related_objects:
        if (relation.related_name or relation.name) in _GOES_ALONG or not left:
            continue
        rows = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": left})
        if relation.related_model is Consent:
            rows = rows.exclude(source=f"import {import_id}")
        left -= set(rows.values_list(f"{relation.field.name}_id", flat=True))
    for entry in personal_data:
        if entry.needs is not None and left:
            left -= set(entry.needs(sorted(left)))
    return sorted(left)


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
