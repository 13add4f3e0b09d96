"""What programs say of customers' country, region, birth date and kind is in the lake when customers are judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.calling import ask, key, told
from tests.stores import every_database
from tests.stream.shop import NOW, in_lake, item, past, send

from regulars.base import clock
from regulars.customers import forget, people_to_lake
from regulars.customers.models import Retold
from regulars.customers.refresh import refresh
from regulars.intake import pipeline
from regulars.platform.workspace import Workspace


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def writes() -> str:
    return key("read", "write")


def people(workspace: Workspace) -> dict[int, tuple[Any, ...]]:
    columns = ("kind", "country", "region", "birth_years")
    return {row["customer_id"]: tuple(row[name] for name in columns) for row in in_lake(workspace, "people")}


def put(path: str, writes: str, **known: Any) -> int:
    return int(told(ask("PUT", path, writes, known))["id"])


@every_database
def test_insight_knows_who_was_put_over_http(workspace: Workspace, tmp_path: Path, writes: str) -> None:
    past(workspace, tmp_path)
    before = refresh(workspace).firm
    who = put("/customers/new", writes, name="Mari", country="ee", birth_date="1987-05-06")
    bought = put("/customers/C1", writes, region="Harju", country="FI")
    firm = put("/organisations/whole", writes, name="Kohvik")
    put("/customers/nameless", writes, name="Says nothing that the lake may know")
    after = refresh(workspace).firm
    assert people(workspace) == {
        who: ("person", "EE", None, 1985),
        bought: ("person", "FI", "Harju", None),
        firm: ("organisation", None, None, None),
    }
    assert (before.prospects, after.prospects) == (0, 2), "who bought nothing"
    assert not Retold.objects.exists()

    put("/customers/new", writes, country="FI", birth_date=None)
    put("/customers/new", writes, country="FI")
    assert Retold.objects.count() == 1
    refresh(workspace)
    assert people(workspace)[who] == ("person", "FI", None, None)


def test_files_and_programs_tell_of_one_customer(workspace: Workspace, tmp_path: Path, writes: str) -> None:
    past(workspace, tmp_path)
    put("/customers/C1", writes, region="Harju", country="FI")
    file = tmp_path / "customers.csv"
    file.write_text("customer id,name,email,country\nC1,Mari,mari@x.example,EE\nC2,Mart,mart@x.example,LV\n")
    pipeline.import_files(workspace, [file])
    refresh(workspace)
    assert sorted(people(workspace).values()) == [("person", "EE", "Harju", None), ("person", "LV", None, None)]


def test_an_identify_call_tells_too(workspace: Workspace, tmp_path: Path) -> None:
    past(workspace, tmp_path)
    send(
        item("identify", user="C3", traits={"address": {"country": "EE"}, "country": "EE", "birthday": "1990-01-01"}),
        item("group", user="C3", group="g1", traits={"name": "Kohvik"}),
    )
    refresh(workspace)
    kinds = sorted(row[0] for row in people(workspace).values())
    assert kinds == ["organisation", "person"]


def test_who_is_forgotten_is_not_taken_there(workspace: Workspace, tmp_path: Path, writes: str) -> None:
    past(workspace, tmp_path)
    known = put("/customers/known", writes, country="EE")
    refresh(workspace)
    put("/customers/known", writes, country="FI")
    waits = put("/customers/waits", writes, country="EE")
    forget.ask(workspace, [known])
    forget.ask(workspace, [waits])
    forget.work(workspace)
    assert not Retold.objects.exists()
    refresh(workspace)
    assert people(workspace) == {}


def test_killed_on_the_way_it_is_done_again(
    workspace: Workspace, tmp_path: Path, writes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(workspace, tmp_path)
    who = put("/customers/new", writes, country="EE")
    with monkeypatch.context() as patched:
        patched.setattr(people_to_lake.Retold.objects, "filter", lambda **_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refresh(workspace)
    refresh(workspace)
    assert people(workspace) == {who: ("person", "EE", None, None)}


def test_without_the_note_insight_would_know_nobody(
    workspace: Workspace, tmp_path: Path, writes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(people_to_lake, "note", lambda *_given, **_more: None)
    past(workspace, tmp_path)
    put("/customers/new", writes, country="EE")
    refresh(workspace)
    assert people(workspace) == {}
