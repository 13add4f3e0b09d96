"""Forget customers everywhere: in the operations store, the lake, files, and on the disk itself.

`ask` puts a request down in one transaction; from then on no import takes them in again. `work` does what is asked in
stages, each of which may be done again: store, lake, files, disk. A process that dies on the way leaves the request
where it was, and whoever calls `work` next (a job, each hour and at once) goes on from there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import NotFound
from regulars.customers import kept_histories, queries, suppression
from regulars.customers.models import Customer, Forgotten, Identity, Run
from regulars.customers.models.privacy import Erasure
from regulars.customers.privacy import traces_of
from regulars.customers.refresh import open_lake
from regulars.lake import Lake, Snapshot
from regulars.platform import audit, scrubbing
from regulars.platform.locks import held
from regulars.platform.quiet import quiet
from regulars.platform.registry import personal_data
from regulars.platform.traces import Traces
from regulars.platform.workspace import Workspace

Stage = Erasure.Stage
MADE_UP = ("row:", "at:")
"""Beginnings of order numbers that no shop gave."""


def family(customer_ids: Iterable[int]) -> list[int]:
    """These customers and everybody who is one with them by a merge, in order. Raises NotFound for one not there."""
    wanted = set(customer_ids)
    for number in sorted(wanted):
        if not Customer.objects.filter(pk=number).exists():
            raise NotFound(f"There is no customer {number}. Perhaps they were forgotten already.")
    while True:
        above = Customer.objects.filter(pk__in=wanted).values_list("merged_into_id", flat=True)
        more = {number for number in above if number is not None}
        more |= set(Customer.objects.filter(merged_into_id__in=wanted).values_list("pk", flat=True))
        if more <= wanted:
            return sorted(wanted)
        wanted |= more


def ask(workspace: Workspace, customer_ids: Sequence[int]) -> Erasure:
    """Ask for customers to be forgotten; asked already and not done yet: that request.

    Raises NotFound for a customer who isn't there.
    """
    ids = family(customer_ids)
    in_lake = open_lake(workspace).read(lambda now: _orders(now, ids))
    with transaction.atomic():
        orders = sorted({*in_lake, *_orders_of_rooms(ids)})
        waiting = next((one for one in Erasure.objects.exclude(stage=Stage.DONE) if one.customer_ids == ids), None)
        if waiting is not None:
            return waiting
        one = Erasure.objects.create(
            request=secrets.token_hex(16),
            asked_at=clock.now(),
            by_name=audit.actor().name,
            customer_ids=ids,
            traces=asdict(traces_of(ids) + _numbers(orders)),
        )
        _suppress(workspace, one, orders)
        audit.note("customer.forgotten", object=f"request {one.request[:8]}", customers=len(ids))
        # At once: a backup that is restored before the work begins takes the request itself back.
        transaction.on_commit(lambda: _log(workspace))
        return one


def work(workspace: Workspace) -> list[Erasure]:
    """Do everything that was asked and isn't done, all requests together; returns them.

    Raises Conflict when an import or a refresh doesn't end: asked again later, it goes on.
    """
    with held("forget", what="Forgetting"):
        if not _due():
            return []
        # An import or a refresh that is under way holds rows of them in its hands, and would write them again.
        with quiet(workspace):
            _log(workspace)
            # What came in may be about them as well; what is applied from then on is checked against who was forgotten.
            with held("applier", what="The applier"):
                _each(Stage.STORE, Stage.LAKE, lambda one: _erase_from_store(workspace, one))
            _together(Stage.LAKE, Stage.FILES, lambda some: _erase_from_lake(workspace, some))
            _log(workspace)
            _each(Stage.FILES, Stage.DISK, lambda one: _erase_from_files(workspace, one))
        done = list(Erasure.objects.filter(stage=Stage.DISK).order_by("pk"))
        if done:
            scrubbing.scrub()
            Erasure.objects.filter(pk__in=[one.pk for one in done]).update(stage=Stage.DONE, done_at=clock.now())
        return list(Erasure.objects.filter(pk__in=[one.pk for one in done]).order_by("pk"))


def _suppress(workspace: Workspace, one: Erasure, orders: Sequence[tuple[str, str]]) -> None:
    """Let no import take in what comes with their keys and order numbers from before now, and no backup them."""
    keys = set(Identity.objects.filter(customer_id__in=one.customer_ids).values_list("shop", "kind", "key"))
    keys |= {(shop, suppression.ORDER, number) for shop, number in orders}
    hashed = suppression.secret(workspace)
    digests = [suppression.digest(hashed, *key) for key in sorted(keys)]
    digests += [suppression.of_customer(hashed, number) for number in one.customer_ids]
    Forgotten.objects.bulk_create(
        [Forgotten(digest=digest, request=one.request, at=one.asked_at) for digest in digests],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["request", "at"],
    )


def _numbers(orders: Sequence[tuple[str, str]]) -> Traces:
    return Traces(keys=tuple(sorted({number for _, number in orders})))


def _due() -> bool:
    return Erasure.objects.exclude(stage=Stage.DONE).exists()


def _log(workspace: Workspace) -> None:
    open_requests = list(Erasure.objects.exclude(stage=Stage.DONE).values_list("request", flat=True))
    rows = Forgotten.objects.filter(request__in=open_requests).order_by("pk")
    suppression.note(
        workspace,
        [suppression.Entry(row.digest, row.request, row.at) for row in rows],
        suppression.folders(workspace),
    )


def _each(stage: str, then: str, do: Any) -> None:
    for one in Erasure.objects.filter(stage=stage).order_by("pk"):
        do(one)
        if one.stage == stage:
            one.stage = then
            one.save(update_fields=["stage", "counts", "customer_ids", "traces"])


def _together(stage: str, then: str, do: Any) -> None:
    some = list(Erasure.objects.filter(stage=stage).order_by("pk"))
    if some:
        do(some)
        Erasure.objects.filter(pk__in=[one.pk for one in some]).update(stage=then)


def _erase_from_store(workspace: Workspace, one: Erasure) -> None:
    """Everything that rooms hold, and the request's next stage, in one transaction."""
    with scrubbing.erasing():
        # What came in or was merged between asking and now is theirs too.
        there = family(Customer.objects.filter(pk__in=one.customer_ids).values_list("pk", flat=True))
        one.customer_ids = sorted({*one.customer_ids, *there})
        orders = _orders_of_rooms(one.customer_ids)
        one.traces = asdict(_traces(one) + traces_of(one.customer_ids) + _numbers(orders))
        _suppress(workspace, one, orders)
        entries = sorted(personal_data, key=lambda entry: not entry.by_keys)
        one.counts = {entry.name: entry.erase(one.customer_ids) for entry in entries}
        one.stage = Stage.LAKE
        one.save(update_fields=["counts", "customer_ids", "stage", "traces"])


def _traces(one: Erasure) -> Traces:
    return Traces(**{name: tuple(told) for name, told in one.traces.items()})


def _erase_from_lake(workspace: Workspace, some: Sequence[Erasure]) -> None:
    lake = open_lake(workspace)
    for one in some:
        orders = lake.read(lambda now, ids=one.customer_ids: _orders(now, ids))  # type: ignore[misc]  # bound now
        one.traces = asdict(_traces(one) + _numbers(orders))
        _suppress(workspace, one, orders)
        one.save(update_fields=["traces"])
    lake.erase(sorted({number for one in some for number in one.customer_ids}))
    kept_histories.forget(lake.path)
    _mend_last_run(lake)


def _mend_last_run(lake: Lake) -> None:
    """Earlier versions are gone: the last run's table is what is left of it."""
    run = queries.latest_run()
    version = lake.snapshot().versions.get("standing")
    if run is None or version is None or run.standing_version == version:
        return
    try:
        with lake.snapshot({"standing": run.standing_version}) as snapshot:
            snapshot.files("standing")
    except NotFound:
        Run.objects.filter(pk=run.pk).update(standing_version=version)


def _erase_from_files(workspace: Workspace, one: Erasure) -> None:
    traces = _traces(one)
    for path in (workspace.path / "report.html", workspace.path / "report.pdf"):
        path.unlink(missing_ok=True)  # lists the names of whom to call; the next report is written without them
    for entry in personal_data:
        if entry.sweep is not None:
            one.counts[entry.name] = one.counts.get(entry.name, 0) + entry.sweep(traces)
    one.customer_ids, one.traces = [], {}


def _orders_of_rooms(customer_ids: Sequence[int]) -> list[tuple[str, str]]:
    """Shop and number of their orders that haven't reached the lake."""
    return sorted({order for one in personal_data if one.orders is not None for order in one.orders(customer_ids)})


def _orders(now: Snapshot, customer_ids: Sequence[int]) -> list[tuple[str, str]]:
    """Shop and number of all their orders, present and replaced ones."""
    found: set[tuple[str, str]] = set()
    for name in ("orders", "order_versions"):
        now.table(name)
        query = f'SELECT DISTINCT shop, external_id FROM "{name}" WHERE customer_id IN (SELECT unnest($ids))'
        found |= set(now.con.raw_sql(query, parameters={"ids": list(customer_ids)}).fetchall())
    return sorted((shop, number) for shop, number in found if not number.startswith(MADE_UP))
