"""The sample shop through the real import: what was planted is recognised, to the cent."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from regulars.demo import Shop, write_shop
from regulars.lake import Lake

REGULARS = Path(sys.executable).parent / "regulars"
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def day(text: str) -> date:
    return date(int(text[6:10]), int(text[3:5]), int(text[:2]))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return write_shop(tmp_path_factory.mktemp("shop"), today=date(2025, 11, 21), customers=600, truth=True)


@pytest.fixture(scope="module")
def home(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def result(shop: Shop, home: Path) -> dict[str, Any]:
    return import_all(shop, home)


def import_all(shop: Shop, home: Path) -> dict[str, Any]:
    """`regulars import` of all files, as a user starts it."""
    done = subprocess.run(
        [str(REGULARS), "--home", str(home), "import", *map(str, shop.files), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


@pytest.fixture(scope="module")
def lake(result: dict[str, Any], home: Path) -> Any:
    with Lake(home / "lake").snapshot() as snapshot:
        yield snapshot


@pytest.fixture(scope="module")
def truth(shop: Shop) -> dict[str, dict[str, str]]:
    assert shop.truth is not None
    return {row["order"]: row for row in read(shop.truth / "orders.csv")}


def test_every_row_is_accounted_for(result: dict[str, Any], shop: Shop, truth: dict[str, dict[str, str]]) -> None:
    rows = {path.name: len(read(path)) for path in shop.files}
    assert result["rows_in"] == sum(rows.values())
    assert result["rows_in"] == sum(result[part] for part in ("kept", "set_aside", "unchanged", "replaced"))
    spoilt = sum(row["state"] == "spoilt" for row in truth.values())
    assert result["set_aside"] == spoilt + 1, "the spoilt rows and the sum below the last one"
    assert sum(result["reasons"].values()) == result["set_aside"]
    assert len(result["reasons"]) >= 3


def test_orders_are_those_of_the_shop_to_the_cent(lake: Any, truth: dict[str, dict[str, str]]) -> None:
    orders = lake.table("orders").select("external_id", "day", "currency", "original", "net", "status").to_pyarrow()
    found = {row["external_id"]: row for row in orders.to_pylist()}
    for number, row in truth.items():
        if row["state"] == "spoilt":
            assert number not in found
            continue
        order = found[number]
        assert (order["currency"], order["day"]) == (row["currency"], day(row["day"]))
        assert order["original"] == int(row["goods"])
        # Cancelled on a later day: until then it stood, from then on all of it is given back.
        undone = order["status"] == "cancelled" or order["net"] == 0
        assert undone if row["state"] == "cancelled" else order["status"] == "placed"
    not_sold = {number for number, row in found.items() if row["status"] == "test"}
    assert not_sold == {number for number in found if number.startswith(("T", "S"))}, "test orders and samples"


def test_what_was_planted_is_counted_by_its_rule(
    result: dict[str, Any], shop: Shop, truth: dict[str, dict[str, str]]
) -> None:
    rules = result["rules"]
    exported = read(next(path for path in shop.files if path.name == "orders.csv"))
    assert rules["test_orders"] == 6
    assert rules["samples_or_fees_only"] == sum(row["Order number"].startswith("S") for row in exported)
    assert rules["sample_lines"] == sum(row["Product"].startswith("Sample ") for row in exported)
    assert rules["fee_lines"] == sum(row["SKU"] == "POST" for row in exported)
    assert rules["taken_back_by_name"] == sum(row["Refund of"] != "" for row in exported)
    cancelled = sum(row["state"] == "cancelled" for row in truth.values())
    assert rules["cancelled_orders"] + rules["cancelled_later"] == cancelled
    in_trace = [
        row for row in exported if row["Order number"] in truth and truth[row["Order number"]]["state"] != "spoilt"
    ]
    nameless = {row["Order number"] for row in in_trace if not row["Customer number"] and not row["E-mail"]}
    assert rules["guest_orders"] == len(nameless)
    foreign = [r for r in truth.values() if r["currency"] != "EUR" and r["state"] != "spoilt"]
    assert rules["converted_orders"] == len(foreign)


def test_refunds_lie_on_their_own_days(lake: Any, truth: dict[str, dict[str, str]], shop: Shop) -> None:
    orders, refunds = lake.table("orders"), lake.table("refunds")
    joined = refunds.join(orders.select("order_id", "external_id", "currency", "rate"), "order_id").to_pyarrow()
    given: Counter[str] = Counter()
    for row in joined.to_pylist():
        given[row["external_id"]] += row["amount"]
        assert row["day"] > row["order_day"]
    for number, row in truth.items():
        if row["state"] == "placed" and row["currency"] == "EUR":
            assert given[number] == int(row["refund"]), number
    foreign = [n for n, row in truth.items() if row["currency"] != "EUR" and int(row["refund"]) and n in given]
    assert foreign, "refunds in other currencies are converted"


def test_occasions_are_the_days_on_which_people_really_bought(lake: Any, truth: dict[str, dict[str, str]]) -> None:
    """Guests by e-mail are the customers they are, buyers without a trace stay apart, the fully refunded count not."""
    kept = [r for r in truth.values() if r["state"] == "placed" and int(r["refund"]) < int(r["goods"])]
    want = Counter(day(d) for _, d in {(r["customer"], r["day"]) for r in kept})
    occasions = lake.table("occasions")
    got = Counter(occasions.filter(occasions.orders > 0).select("day").to_pyarrow()["day"].to_pylist())
    differing = {d: (got[d], want[d]) for d in want | got if got[d] != want[d]}
    assert differing == {}


@pytest.mark.hard
def test_the_same_files_twice_change_nothing(result: dict[str, Any], shop: Shop, home: Path, lake: Any) -> None:
    before = dict(lake.versions)
    again = import_all(shop, home)
    assert again["kept"] == again["replaced"] == 0
    assert again["unchanged"] + again["set_aside"] == again["rows_in"] == result["rows_in"]
    with Lake(home / "lake").snapshot() as after:
        assert after.versions["orders"] == before["orders"]
        assert after.versions["occasions"] == before["occasions"]


def test_nobody_s_name_is_in_the_lake(home: Path, shop: Shop, result: dict[str, Any]) -> None:
    people = read(next(path for path in shop.files if path.name == "customers.csv"))
    names = {row["E-mail"].encode() for row in people[:200]} | {
        row["Company"].encode() for row in people if row["Company"]
    }
    for path in (home / "lake").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [name for name in names if name in content], path.name
