"""kill -9 of the applier and the drainer of orders after each of their steps: what comes of it is what came without."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.stores import DATABASES, Stores, every_database, on_database
from tests.stream.shop import NOW, PAGE, SERVER, ago, event, in_lake, item, past

from regulars.base import clock
from regulars.customers.models import Consent, Customer, Identity, Picture, Recent, StandingChange
from regulars.customers.refresh import refresh
from regulars.customers.sync import sync
from regulars.platform import events, store
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace, open_workspace
from regulars.stream import inbox, order_folding
from regulars.stream.models import Identified, Notice, Order, Touched

pytestmark = pytest.mark.hard
PLACES = (
    "regulars.stream.applier.introduce",
    "regulars.customers.identity.assign",
    "regulars.customers.actions_consent.say",
    "regulars.stream.orders.note",
    "regulars.stream.applier._entries",
    "regulars.stream.order_folding._write",
    "regulars.stream.applier.fold_waiting",
    "regulars.customers.judge_some_read.read",
    "regulars.customers.judge_some_write._told",
    "regulars.customers.judge_some_write.write",
    "regulars.stream.standing.judge_some",
    "regulars.stream.orders_drain.each_made",
    "regulars.lake.Lake.commit",
    "regulars.stream.orders_drain._noted",
)
OF_BOTH = frozenset(
    PLACES
    if os.environ.get("REGULARS_HARD", "small") == "full"
    else (
        "regulars.customers.identity.assign",
        "regulars.stream.orders.note",
        "regulars.stream.order_folding._write",
        "regulars.customers.judge_some_write.write",
        "regulars.lake.Lake.commit",
        "regulars.stream.orders_drain._noted",
    )
)
"""Places after which it is killed on PostgreSQL, too: in the small size those between a transaction and the next."""
KILLED = [(database, place) for database in DATABASES for place in PLACES if database == "sqlite" or place in OF_BOTH]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def firm(folder: Path, stores: Stores, database: str) -> Workspace:
    """A firm with a past, and an inbox in which much waits."""
    folder.mkdir()
    workspace = open_workspace(folder / "home")
    if database != "sqlite":
        workspace = on_database(workspace, stores.of(workspace.path))
    store.start(workspace, store.SERVER)
    past(workspace, folder)
    refresh(workspace)
    sync(workspace)
    said = {"consent": {"marketing": {"email": True}}, "name": "Anna Tamm", "email": "anna@example.com"}
    inbox.accept(
        SERVER,
        [
            event("Order Refunded", "A1", message="k1", total=5, at=ago(0.1)),
            event("Order Completed", "A1", message="k2", user="C12", total=30, at=ago(0.3)),
            item("identify", user="N1", visit="v1", message="k3", traits=said),
            event("Order Completed", "A2", message="k4", visit="v1", total=40, at=ago(0.4)),
            event("Order Cancelled", "F2-1", message="k5"),
            event("Order Completed", "A3", message="k6", user="C13", total=15, at=ago(40)),
            item("alias", user="N2", previous="N1", message="k7"),
        ],
    )
    inbox.accept(PAGE, [event("Order Completed", "A4", message="k8", user="C14", total=9)])
    return workspace


def run(workspace: Workspace, die_after: str = "-") -> int:
    return subprocess.run(
        [sys.executable, "-m", "hard.stream.one_applier", str(workspace.path), die_after],
        check=False,
        timeout=600,
        env=os.environ | {"DATABASE_URL": workspace.settings.store.database},
    ).returncode


def outcome(workspace: Workspace) -> dict[str, Any]:
    """Everything that may not depend on who was killed when."""
    store.start(workspace, store.SERVER)
    assert not Touched.objects.exists()
    assert not Notice.objects.filter(waiting=True).exists()
    kept: dict[str, Any] = {
        "customers": list(Customer.objects.order_by("pk").values()),
        "keys": sorted(Identity.objects.values_list("shop", "kind", "key", "customer_id")),
        "consent": list(Consent.objects.order_by("pk").values_list("customer_id", "purpose", "channel", "given")),
        "orders": sorted(Order.objects.values_list("number", "customer_id", "revision", "drained", "judged")),
        "pictures": list(Picture.objects.order_by("pk").values()),
        "recent": dict(Recent.objects.values_list("customer_id", "packed")),
        "changes": sorted(StandingChange.objects.values_list("customer_id", "standing_before", "standing")),
        "events": sorted((name, who or 0) for name, who in Event.objects.values_list("name", "customer_id")),
        "visits": sorted(Identified.objects.values_list("customer_id", "since")),
        "refunds": in_lake(workspace, "refunds"),
    }
    columns = ("external_id", "customer_id", "net", "refund", "status", "day")
    kept["lake"] = [tuple(row[name] for name in columns) for row in in_lake(workspace)]
    return kept


@pytest.fixture(scope="module")
def undisturbed(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with clock.fixed(NOW):
        workspace = firm(tmp_path_factory.mktemp("calm") / "firm", stores, "sqlite")
        assert run(workspace) == 0
        found = outcome(workspace)
    assert [name for name, _ in found["events"]].count("order placed") == 3
    assert len(found["lake"]) == 15 * 12 + 4
    return found


@pytest.mark.parametrize(("database", "die_after"), KILLED)
def test_killed_after_each_step(
    tmp_path: Path, stores: Stores, undisturbed: dict[str, Any], database: str, die_after: str
) -> None:
    workspace = firm(tmp_path / "firm", stores, database)
    assert run(workspace, die_after) == -9
    assert run(workspace, die_after) in (-9, 0)
    assert run(workspace) == 0
    found = outcome(workspace)
    for name, wanted in undisturbed.items():
        assert found[name] == wanted, name


@every_database
def test_without_the_marks_it_would_be_told_twice(
    tmp_path: Path, stores: Stores, undisturbed: dict[str, Any], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the same words worked out twice, without what remembers that the house was told."""
    workspace = firm(tmp_path / "firm", stores, database)
    assert run(workspace) == 0
    store.start(workspace, store.SERVER)
    made = events.made
    monkeypatch.setattr(events, "made", lambda name, **more: made(name, **more | {"message_id": None}))
    Order.objects.update(recorded=[], state={})
    Notice.objects.update(waiting=True)
    order_folding.fold_waiting()
    twice = [name for name in Event.objects.values_list("name", flat=True) if name == "order placed"]
    assert len(twice) == 2 * [name for name, _ in undisturbed["events"]].count("order placed")
