"""How many queries each page makes is written down: a page that suddenly makes more is noticed.

Beside them stand the same pages with five times the customers and messages: the number must not grow with them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.console import shops, streams
from tests.members import browser, member

from regulars.platform.workspace import Workspace
from regulars.staff import keys

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
    "imports": "/console/imports/",
    "firm": "/console/settings/",
    "hours": "/console/settings/hours/",
    "thresholds": "/console/settings/thresholds/",
    "retention": "/console/settings/retention/",
    "stream": "/console/settings/stream/",
    "refused": "/console/settings/stream/refused/1/",
    "replay": "/console/settings/stream/refused/?number=1&number=2&number=3&number=4",
    "webhooks": "/console/settings/webhooks/",
    "keys": "/staff/keys/",
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
    streams.fill()
    keys.make("Shop", ["read"])
    found = counted()
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8")), json.dumps(found, indent=1)


@pytest.mark.parametrize("database", ["sqlite"])
def test_queries_do_not_grow_with_customers_and_messages(workspace: Workspace) -> None:
    streams.fill(5)
    for number in range(5):
        keys.make(f"Shop {number}", ["read"])
    shops.fill(names=tuple(f"Marta {number}" for number in range(60)))
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {name: number for name, number in counted().items() if number > golden[name] + 2} == {}
