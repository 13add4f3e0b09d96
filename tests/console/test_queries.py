"""How many queries each page makes is written down: a page that suddenly makes more is noticed.

Beside them stand the same pages with four times the customers: the number must not grow with them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.console import shops
from tests.members import browser, member

from regulars.platform.workspace import Workspace

GOLDEN = Path(__file__).with_name("queries.json")
PAGES = {
    "home": "/console/home/",
    "customers": "/console/customers/",
    "customers, searched": "/console/customers/?q=marta",
    "customer": "/console/customers/11/",
    "tasks": "/console/tasks/",
    "overview": "/console/insight/",
    "backtest": "/console/insight/backtest/",
    "model": "/console/insight/model/",
}


def counted() -> dict[str, int]:
    client = browser(member("owner"))
    found = {}
    for name, address in PAGES.items():
        client.get(address)  # what is read once a process isn't the page's
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        found[name] = len(queries)
    return found


def test_pages_make_as_many_queries_as_written_down(shop: Workspace) -> None:
    found = counted()
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8")), json.dumps(found, indent=1)


@pytest.mark.parametrize("database", ["sqlite"])
def test_queries_do_not_grow_with_customers(workspace: Workspace) -> None:
    shops.fill(names=tuple(f"Marta {number}" for number in range(60)))
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {name: number for name, number in counted().items() if number > golden[name] + 2} == {}
