"""Refresh judges who customers are by now, and nobody who objects to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.customers.test_refresh import orders, standing
from tests.stores import other_database_when_hard

from regulars.customers import actions_consent, actions_merges
from regulars.customers.models import Identity
from regulars.customers.refresh import refresh
from regulars.intake import pipeline
from regulars.platform import store
from regulars.platform.workspace import Workspace, open_workspace

pytestmark = other_database_when_hard


def who(ref: str) -> int:
    return int(Identity.objects.get(kind="ref", key=ref).customer_id)


def taken_in(workspace: Workspace, file: Path) -> Workspace:
    pipeline.import_files(workspace, [file])
    return open_workspace(workspace.path)


def without(file: Path, ref: str, path: Path) -> Path:
    """The file without one customer's orders."""
    path.write_text("\n".join(line for line in file.read_text().splitlines() if f",{ref}," not in line) + "\n")
    return path


def learnt(parameters: dict[str, Any]) -> dict[str, Any]:
    parameters = dict(parameters)
    for name in ("versions", "inputs", "left_out"):
        parameters.pop(name)
    return parameters


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return orders(tmp_path / "orders.csv", 0, 200)


def test_who_objects_is_neither_judged_nor_learnt_from(workspace: Workspace, file: Path, tmp_path: Path) -> None:
    workspace = taken_in(workspace, file)
    everybody = refresh(workspace)
    gone = who("C7")
    actions_consent.object_to_analysis(gone, source="letter")
    found = refresh(workspace)
    assert gone not in {row["customer_id"] for row in standing(workspace, found.run)}
    assert (found.firm.sales, found.firm.orders) == (everybody.firm.sales, everybody.firm.orders)
    assert found.firm.customers == everybody.firm.customers - 1

    store.start(workspace)
    other = taken_in(open_workspace(tmp_path / "other"), without(file, "C7", tmp_path / "fewer.csv"))
    store.start(other)
    never = refresh(other, as_of=found.firm.as_of)
    assert learnt(found.run.parameters) == learnt(never.run.parameters)
    assert msgspec.to_builtins(found.firm.backtest) == msgspec.to_builtins(never.firm.backtest)

    store.start(workspace)
    actions_consent.end_objection(gone)
    again = refresh(workspace)
    assert learnt(again.run.parameters) == learnt(everybody.run.parameters)
    assert standing(workspace, again.run) == standing(workspace, everybody.run)


def test_two_who_are_one_are_judged_as_one_and_apart_again(workspace: Workspace, file: Path) -> None:
    workspace = taken_in(workspace, file)
    before = refresh(workspace)
    rows = {row["customer_id"]: row for row in standing(workspace, before.run)}
    one, other = who("C3"), who("C30")
    number = actions_merges.merge(one, other)
    merged = refresh(workspace)
    now = {row["customer_id"]: row for row in standing(workspace, merged.run)}
    assert one not in now
    assert now[other]["orders"] == rows[one]["orders"] + rows[other]["orders"]
    assert merged.firm.sales == before.firm.sales
    actions_merges.undo(number)
    assert standing(workspace, refresh(workspace).run) == standing(workspace, before.run)
