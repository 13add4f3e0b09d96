"""`regulars export events`: each event with the customer it is of, as far as is known today."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction
from tests.stream.sent import BROWSER, NOW, event

from regulars.cli import exports
from regulars.customers.models import Customer, Merge
from regulars.platform.workspace import Workspace
from regulars.stream import drainer, inbox, visitors
from regulars.stream.visitors import Named


def test_events_are_those_of_who_the_customer_is_now(workspace: Workspace, tmp_path: Path) -> None:
    for number in (1, 2):
        Customer.objects.create(id=number, import_id=0)
    Merge.objects.create(source_id=1, target_id=2, at=NOW, reason="by hand")
    inbox.accept(BROWSER, [event("1"), event("2", "=Searched", anonymous_id="a2")])
    with transaction.atomic():
        visitors.identified([Named("shop", "a1", 1, NOW)])
    drainer.drain_all(workspace)
    target = tmp_path / "events.csv"
    exports.export(workspace.path, "events", target, json=False)
    with target.open(newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["Product Viewed"]["customer_id"] == "2"
    assert rows["Product Viewed"]["day"] == "2026-03-14"
    assert rows["'=Searched"]["customer_id"] == ""
