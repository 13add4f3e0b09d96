"""Undoing an import: as if it had never come, but for what later imports made of the same orders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried
from tests.intake.pipeline.conftest import Shop
from tests.stores import every_database

from regulars.customers.models import Customer, Identity, Note
from regulars.intake import undo
from regulars.intake.models import Import
from regulars.lake import engine
from regulars.platform.workspace import open_workspace

TABLES = ("orders", "lines", "refunds", "occasions", "order_versions", "refund_notices")
FIRST = """
    order_id,email,date,total,refunded
    1,anna@x.ee,2024-01-05,10.00,
    2,anna@x.ee,2024-02-05,20.00,
    3,mart@x.ee,2024-02-06,30.00,5.00
"""
SECOND = """
    order_id,email,date,total,refunded
    2,anna@x.ee,2024-02-05,25.00,
    3,mart@x.ee,2024-02-06,30.00,30.00
    4,jaan@x.ee,2024-02-06,40.00,
"""


def lake(shop: Shop) -> dict[str, list[Any]]:
    """Every row of the tables that an undo touches."""
    from regulars.intake.command import open_lake

    found = {}
    with open_lake(open_workspace(shop.home)).snapshot() as snapshot:
        for name in TABLES:
            rows = engine.scan(snapshot.files(name), snapshot.spec(name).schema)
            snapshot.table(name)
            found[name] = sorted(snapshot.con.raw_sql(f"SELECT one::VARCHAR FROM {rows} one").fetchall())
    return found


def people() -> tuple[set[int], set[tuple[str, str, int]]]:
    """Customers, and which key means which."""
    keys = set(Identity.objects.values_list("kind", "key", "customer_id"))
    return set(Customer.objects.values_list("pk", flat=True)), keys


def take_back(shop: Shop, import_id: int) -> None:
    Import.objects.filter(pk=import_id).update(state=Import.State.UNDOING)
    assert undo.finish(open_workspace(shop.home), import_id)


@every_database
def test_the_last_import_leaves_no_trace(database: str, shop: Shop) -> None:
    shop.text(FIRST)
    before, known = lake(shop), people()
    shop.text(SECOND, "second.csv")
    told = undo.preview(open_workspace(shop.home), 2)
    assert (told.gone, told.back, told.stay, told.customers, told.later) == (1, 2, 0, 1, [])
    assert lake(shop) != before
    take_back(shop, 2)
    assert (lake(shop), people()) == (before, known)
    assert Import.objects.get(pk=2).counts["undone"] == {"gone": 1, "back": 2, "stay": 0, "customers": 1}
    assert not undo.finish(open_workspace(shop.home), 2)


@every_database
def test_what_a_later_import_changed_stays_as_it_left_it(database: str, shop: Shop) -> None:
    shop.text(FIRST)
    shop.text(SECOND, "second.csv")
    told = undo.preview(open_workspace(shop.home), 1)
    assert (told.gone, told.back, told.stay, told.later) == (1, 0, 2, [2])
    take_back(shop, 1)
    assert shop.orders("gross", "refund") == {"2": (2500, 0), "3": (3000, 3000), "4": (4000, 0)}
    assert lake(shop)["order_versions"] == []
    assert len(people()[0]) == 3


def test_the_same_file_again_brings_everything_back(shop: Shop) -> None:
    shop.text(FIRST)
    state = shop.state()
    take_back(shop, 1)
    assert shop.orders() == {}
    again = shop.text(FIRST)
    assert again.import_ids == [2]
    assert again.orders == {"new": 3, "unchanged": 0, "replaced": 0}
    assert shop.state() == state


def test_a_middle_version_leaves_the_chain(shop: Shop) -> None:
    for total in ("10.00", "11.00", "12.00"):
        shop.text(f"order_id,email,date,total\n1,a@x.ee,2024-01-05,{total}\n")
    take_back(shop, 2)
    assert shop.orders("gross", "version") == {"1": (1200, 3)}
    assert shop.ask("SELECT gross, version, replaced_by_import_id FROM order_versions") == [(1000, 1, 3)]
    take_back(shop, 3)
    assert shop.orders("gross", "version", "import_id") == {"1": (1000, 1, 1)}
    assert lake(shop)["order_versions"] == []


def test_costs_that_came_later_go_with_their_orders(shop: Shop) -> None:
    shop.text("order_id,email,date,sku,quantity,line_total\n1,a@x.ee,2024-01-05,p,1,10.00\n", "lines.csv")
    shop.text("sku,from,cost\np,2024-01-01,4.00\n", "costs.csv", kind="costs")
    assert shop.orders("cost", "import_id") == {"1": (400, 2)}
    with pytest.raises(Exception, match="Only imports of orders"):
        undo.preview(open_workspace(shop.home), 2)
    take_back(shop, 1)
    assert shop.orders() == {}


def test_customers_of_whom_more_is_known_stay(shop: Shop) -> None:
    shop.text(FIRST)
    anna = Identity.objects.get(key="anna@x.ee").customer_id
    from regulars.base import clock

    Note.objects.create(customer_id=anna, text="Likes tea", at=clock.now(), by_staff_id=1)
    assert undo.preview(open_workspace(shop.home), 1).customers == 1
    take_back(shop, 1)
    assert people()[0] == {anna}


def test_a_file_of_customers_keeps_all_customers(shop: Shop) -> None:
    shop.text(FIRST)
    shop.text("email,name\nanna@x.ee,Anna\n", "customers.csv", kind="customers")
    take_back(shop, 1)
    assert len(people()[0]) == 2


@pytest.mark.parametrize(
    "where",
    ["regulars.lake.lake.undo.plan", "regulars.intake.undo.Customer.objects.filter", "regulars.intake.undo.clock"],
)
def test_killed_anywhere_it_goes_on(shop: Shop, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """Nothing in the product catches it."""

    def die(*_given: Any, **_named: Any) -> None:
        raise Killed

    shop.text(FIRST)
    before, known = lake(shop), people()
    shop.text(SECOND, "second.csv")
    with monkeypatch.context() as patched:
        if where.endswith("clock"):
            patched.setattr(f"{where}.now", die)
        elif where.endswith("filter"):
            patched.setattr("regulars.intake.undo.NameWord.objects.filter", die)
        else:
            patched.setattr(where, die)
        with pytest.raises(Killed):
            take_back(shop, 2)
    take_back(shop, 2)
    assert (lake(shop), people()) == (before, known)
    assert Import.objects.get(pk=2).counts["undone"]["customers"] == 1


def test_a_notice_that_a_later_file_changed_comes_back(shop: Shop) -> None:
    shop.text(FIRST)
    shop.text("order_id,amount,refunded_at,sku\n1,4.00,2024-01-20,x\n", "refunds.csv", kind="refunds")
    before = lake(shop)
    shop.text("order_id,amount,refunded_at,sku\n1,4.00,2024-01-20,x\n2,3.00,2024-02-20,y\n", "more.csv", kind="refunds")
    assert lake(shop) != before
    take_back(shop, 3)
    assert lake(shop) == before


ROW = st.tuples(
    st.integers(1, 9), st.sampled_from("abcd"), st.integers(1, 9), st.integers(0, 4000), st.sampled_from(["", "1.00"])
)
FILES = st.lists(ROW, min_size=1, max_size=14, unique_by=lambda row: row[0])


def text(rows: list[tuple[int, str, int, int, str]]) -> str:
    lines = [f"{number},{who}@x.ee,2024-01-0{day},{cents / 100:.2f},{back}" for number, who, day, cents, back in rows]
    return "\n".join(["order_id,email,date,total,refunded", *lines, ""])


@tried(2, 4)
@given(first=FILES, second=FILES)
def test_two_imports_less_the_second_are_the_first(
    first: list[Any], second: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("undone")
    shop = Shop(folder / "home", folder)
    shop.text(text(first), "first.csv")
    before, (customers, keys) = lake(shop), people()
    shop.text(text(second), "second.csv")
    assert undo.preview(open_workspace(shop.home), 2).stay == 0
    take_back(shop, 2)
    assert lake(shop) == before
    after, keys_after = people()
    assert (after, keys_after >= keys) == (customers, True)
