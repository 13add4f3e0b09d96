"""Keys become customers: the same ones each time, in any order, whole or in pieces."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried
from tests.stores import every_database

from regulars.customers import identity
from regulars.customers.models import Customer, Identity
from regulars.platform import store
from regulars.platform.workspace import Workspace, open_workspace

pytestmark = every_database

Row = tuple[str | None, str | None, str | None]


def table(rows: Sequence[Row]) -> pa.Table:
    refs, emails, phones = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "key": pa.array(range(len(rows)), pa.int64()),
            "customer_ref": pa.array(refs, pa.string()),
            "email": pa.array(emails, pa.string()),
            "phone": pa.array(phones, pa.string()),
            "guest": pa.array([f"G{i}" for i in range(len(rows))], pa.string()),
        }
    )


def ids(rows: Sequence[Row]) -> list[int]:
    return identity.assign(table(rows), import_id=1)["customer_id"].to_pylist()


def test_the_most_trusted_key_decides(workspace: Workspace) -> None:
    a, b, again, by_mail, by_phone = ids(
        [("A", "x@example.org", None), ("B", "x@example.org", "+3725550001"), ("A", None, None),
         (None, "x@example.org", None), (None, None, "+3725550001")]
    )  # fmt: skip
    assert a != b, "two ids of the shop are two customers, even with one e-mail"
    assert again == a
    assert by_mail == a, "the e-mail belongs to the smallest id that carries it"
    assert by_phone == b


def test_an_id_takes_over_who_was_known_by_email(workspace: Workspace) -> None:
    (first,) = ids([(None, "x@example.org", None)])
    assert ids([("A", "x@example.org", None), ("B", "x@example.org", None)])[0] == first
    assert ids([("B", None, None)]) != [first]
    assert ids([("C", "x@example.org", None)]) != [first], "the e-mail has its owner by now"


def test_guests_are_customers_of_their_own(workspace: Workspace) -> None:
    rows: list[Row] = [(None, None, None), (None, None, None)]
    first = ids(rows)
    assert len(set(first)) == 2
    assert ids(rows) == first
    assert Customer.objects.count() == 2


def test_a_row_without_any_key_is_refused(workspace: Workspace) -> None:
    rows = table([(None, None, None)]).set_column(4, "guest", pa.nulls(1, pa.string()))
    with pytest.raises(ValueError, match="no key at all"):
        identity.assign(rows, import_id=1)


def test_customers_handed_out_are_made_when_they_are_kept(workspace: Workspace) -> None:
    rows = table([("A", "x@example.org", None), ("B", None, None)])
    with identity.Handing("shop", 1) as left:
        given = left.assign(rows)["customer_id"].to_pylist()
    assert Customer.objects.count() == Identity.objects.count() == 0, "left without keeping them"
    with identity.Handing("shop", 1) as handing:
        assert handing.assign(rows)["customer_id"].to_pylist() == given, "the same numbers the next time"
        handing.keep()
        handing.keep()
    assert Customer.objects.count() == 2
    assert identity.assign(rows, import_id=2)["customer_id"].to_pylist() == given


@pytest.mark.parametrize("chunk", [1, 3])
def test_cut_off_and_made_again_gives_the_same_ids(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    rows: list[Row] = [(f"C{i}", f"{i % 4}@example.org", None) for i in range(9)] + [(None, "9@example.org", None)]
    whole = ids(rows)
    other = open_workspace(tmp_path / "other")
    store.start(other)
    monkeypatch.setattr(identity, "CHUNK", chunk)
    insert, calls = identity._insert_keys, []

    def dies(shop: str, keys: pa.Table) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        insert(shop, keys)

    monkeypatch.setattr(identity, "_insert_keys", dies)
    with pytest.raises(KeyboardInterrupt):
        ids(rows)
    assert 0 < Customer.objects.count() < len(whole)
    assert ids(rows) == whole


key = st.sampled_from([None, "a", "b", "c", "d"])


@tried(6, 20)
@given(rows=st.lists(st.tuples(key, key, key), min_size=1, max_size=12), order=st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing_and_twice_is_once(
    workspace: Workspace, rows: list[Row], order: random.Random
) -> None:
    shops = Identity.objects.values("shop").distinct().count()  # each example has shops of its own
    keys = table(rows)
    first = identity.assign(keys, shop=f"{shops}", import_id=1)["customer_id"].to_pylist()
    before = Customer.objects.count(), Identity.objects.count()
    assert identity.assign(keys, shop=f"{shops}", import_id=2)["customer_id"].to_pylist() == first
    assert (Customer.objects.count(), Identity.objects.count()) == before

    places = list(range(len(rows)))
    order.shuffle(places)
    shuffled = identity.assign(keys.take(pa.array(places)), shop=f"{shops} shuffled", import_id=1)
    assert [number - before[0] for number in shuffled["customer_id"].to_pylist()] == [
        number - min(first) + 1 for number in first
    ]


@pytest.mark.parametrize("cost", [0, 1_000])
def test_keys_are_found_one_by_one_and_in_the_whole_map(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, cost: int
) -> None:
    rows: list[Row] = [(f"C{i}", f"c{i}@x.ee", None) for i in range(40)]
    first = ids(rows)
    monkeypatch.setattr(identity, "_LOOK_UP_COST", cost)
    assert ids(rows) == first
    assert ids([*rows, ("new", None, None)])[:-1] == first


def test_new_customers_of_all_kinds_keep_their_own_keys(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "CHUNK", 3)
    rows: list[Row] = [
        row
        for i in range(5)
        for row in ((f"C{i}", f"c{i}@x.ee", None), (None, f"e{i}@x.ee", f"+372{i}"), (None, None, f"+371{i}"))
    ]
    found = ids(rows)
    assert len(set(found)) == 15
    known = {(one.kind, one.key): one.customer_id for one in Identity.objects.all()}
    wanted = {
        (kind, key): customer
        for row, customer in zip(rows, found, strict=True)
        for kind, key in zip(("ref", "email", "phone"), row, strict=True)
        if key is not None
    }
    assert known == wanted
