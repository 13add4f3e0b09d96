"""The list of customers: who is found, who sees what, and that nothing in a name becomes code."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest
from tests.console import shops
from tests.members import browser, member
from tests.stores import every_database

from regulars.console import listing
from regulars.console.models import SavedView
from regulars.customers.models import Customer, CustomerTag, Picture
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

LIST = "/console/customers/"
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "results"}


def found(client: object, query: str) -> list[int]:
    """Numbers of the customers that the list shows."""
    text = client.get(f"{LIST}?{query}", **PART).text  # type: ignore[attr-defined]
    return [int(part.split("/")[0]) for part in text.split('href="/console/customers/')[1:] if part[0].isdigit()]


CASES: list[tuple[str, set[int]]] = [
    ("q=marta", {7, 8}),
    ("q=mar+kas", {8}),
    ("q=kask", {3, 8}),
    ("q=%C3%84LVI", {3}),
    ("q=C5", {5}),
    ("q=c6%40kohvik.example", {6}),
    ("q=%2311", {11}),
    ("q=11", {11}),
    ("q=kohvik", {9}),
    ("standing=slipping", {4, 8, 12}),
    ("standing=slipping&standing=lapsed&country=EE", set()),
    ("rung=client&rung=extraordinary", {3, 4, 8, 9}),
    ("value_from=1100", {11, 12}),
    ("value_from=nonsense&value_to=200", {1, 2}),
    ("owner=me", set()),
    ("owner=999999999999999999999", set()),
    ("tag=unknown", set()),
]


@every_database
def test_search_and_filters(shop: Workspace) -> None:
    client = browser(member("owner"))
    assert {query: set(found(client, query)) for query, _numbers in CASES} == dict(CASES)


@every_database
def test_sorting_puts_most_first(shop: Workspace) -> None:
    client = browser(member("owner"))
    assert found(client, "sort=value")[:3] == [12, 11, 10]
    assert found(client, "sort=last")[:3] == [1, 2, 3]
    assert found(client, "sort=name&q=marta") == [8, 7]


def test_no_name_becomes_code(shop: Workspace) -> None:
    client = browser(member("owner"))
    for text in (client.get(LIST).text, client.get(f"{LIST}?q={shops.HOSTILE}").text, client.get(f"{LIST}1/").text):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
    assert "{{ 7|add" in client.get(LIST).text  # shown as it is, not run


def test_money_and_contacts_only_for_those_who_may(shop: Workspace) -> None:
    agent, viewer = browser(member("agent")), browser(member("viewer"))
    for path in (LIST, f"{LIST}11/"):
        assert "€" not in agent.get(path).text
        assert "kohvik.example" not in viewer.get(path).text.replace("viewer@kohvik.example", "")
    assert "c11@kohvik.example" in agent.get(f"{LIST}11/").text
    assert found(viewer, "q=c6%40kohvik.example") == []  # a search must not tell it either
    assert set(found(agent, "value_from=1100")) == set(range(1, 13))  # nor may a filter
    order = found(agent, "sort=value")
    assert order == found(agent, "sort=last")  # nor an order


@every_database
def test_a_link_to_a_page_sorted_by_value_is_for_those_without_money_the_first_page(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 5)
    text = browser(member("marketer")).get(f"{LIST}?sort=value", **PART).text
    token = text.split("after=")[1].split('"')[0].split("&")[0]
    agent = browser(member("agent"))
    assert found(agent, f"sort=value&after={token}") == found(agent, "sort=last")
    answer = agent.get(f"{LIST}?sort=name&after={token}")
    assert answer.status_code == 400
    assert "Begin with the first one" in answer.text


@every_database
def test_tags_and_owner_for_those_ticked(shop: Workspace) -> None:
    owner = member("owner")
    client = browser(owner)
    client.post(f"{LIST}change/", {"verb": "tag", "text": " Cafe ", "chosen": ["3", "7"], "back": LIST})
    client.post(f"{LIST}change/", {"verb": "tag", "text": "Cafe", "chosen": ["3", "7", "9999"], "back": LIST})
    assert sorted(CustomerTag.objects.values_list("customer_id", flat=True)) == [3, 7]
    assert set(found(client, "tag=Cafe")) == {3, 7}
    client.post(f"{LIST}change/", {"verb": "owner", "owner": str(owner.pk), "query": "q=marta", "everybody": "1"})
    assert sorted(Customer.objects.filter(owner_staff_id=owner.pk).values_list("pk", flat=True)) == [7, 8]
    assert set(found(client, "owner=me")) == {7, 8}
    client.post(f"{LIST}change/", {"verb": "untag", "text": "Cafe", "chosen": ["3", "7"]})
    assert not CustomerTag.objects.exists()
    assert AuditEntry.objects.filter(action="customers.tagged", actor_id=owner.pk).count() == 1


def test_who_may_not_edit_changes_nothing(shop: Workspace) -> None:
    for role in ("analyst", "viewer"):
        answer = browser(member(role)).post(f"{LIST}change/", {"verb": "tag", "text": "x", "chosen": ["3"]})
        assert answer.status_code == 403
    assert not CustomerTag.objects.exists()


@every_database
def test_saved_views_are_ones_own_unless_shared(shop: Workspace) -> None:
    one, other = browser(member("owner")), browser(member("agent"))
    one.post(f"{LIST}views/", {"name": "Mine", "query": "standing=slipping"})
    one.post(f"{LIST}views/", {"name": "All", "query": "rung=client&bogus=<b>", "shared": "1"})
    one.post(f"{LIST}views/", {"name": "All", "query": "rung=client", "shared": "1"})
    assert SavedView.objects.count() == 2
    text = other.get(LIST).text
    assert ">All</a>" in text
    assert ">Mine</a>" not in text
    shared = SavedView.objects.get(name="All")
    other.post(f"{LIST}views/{shared.pk}/forget/")
    assert SavedView.objects.filter(name="All").exists()
    one.post(f"{LIST}views/{shared.pk}/forget/")
    assert not SavedView.objects.filter(name="All").exists()


@every_database
def test_export_is_audited_and_starts_no_formula(shop: Workspace) -> None:
    who = member("marketer")
    answer = browser(who).post(f"{LIST}export/", {"query": "sort=name"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 13
    assert rows[0][:2] == ["Number", "Customer"]
    by_number = {row[0]: row for row in rows[1:]}
    assert by_number["2"][1].startswith("'=")
    assert by_number["4"][1].startswith("'+")
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    entry = AuditEntry.objects.get(action="customers.exported")
    assert (entry.actor_id, entry.details["customers"]) == (who.pk, 12)


def test_export_leaves_out_what_the_role_may_not_see(shop: Workspace) -> None:
    analyst = browser(member("analyst")).post(f"{LIST}export/", {"query": ""})
    text = b"".join(analyst.streaming_content).decode()  # type: ignore[attr-defined]
    assert "kohvik.example" not in text
    assert "Value next year" in text
    assert browser(member("agent")).post(f"{LIST}export/", {"query": ""}).status_code == 403


def test_columns_are_remembered_but_never_more_than_allowed(shop: Workspace) -> None:
    client = browser(member("viewer"))
    client.post(f"{LIST}columns/", {"column": ["country", "email", "bogus"]})
    text = client.get(LIST).text
    assert "c-country" in text
    assert "c-standing" not in text
    assert "c-email" not in text


def test_an_empty_shop_is_taught_what_to_do(workspace: Workspace) -> None:
    text = browser(member("owner")).get(LIST).text
    assert "No customers yet" in text
    assert "file of orders" in text


def test_export_as_parquet_has_typed_columns_and_the_same_rules(shop: Workspace) -> None:
    answer = browser(member("analyst")).post(f"{LIST}export/", {"query": "standing=slipping", "form": "parquet"})
    table = pq.read_table(io.BytesIO(b"".join(answer.streaming_content)))
    assert answer["Content-Disposition"].endswith('.parquet"')
    assert table.column("number").to_pylist() == [4, 8, 12]
    assert table.column("value").to_pylist() == [400.0, 800.0, 1200.0]
    assert str(table.schema.field("last").type) == "date32[day]"
    assert not {"email", "phone"} & set(table.column_names)
    entry = AuditEntry.objects.get(action="customers.exported")
    assert (entry.details["form"], entry.details["customers"]) == ("parquet", 3)
    nothing = browser(member("owner")).post(f"{LIST}export/", {"query": "country=XX", "form": "parquet"})
    assert pq.read_table(io.BytesIO(b"".join(nothing.streaming_content))).num_rows == 0


def test_whom_nobody_looks_after_and_who_is_at_risk(shop: Workspace) -> None:
    Customer.objects.exclude(pk__in=[2, 5]).update(owner_staff_id=99)
    Picture.objects.filter(pk=5).update(seasonal=True)
    client = browser(member("owner"))

    assert set(found(client, "owner=nobody")) == {2, 5}
    assert found(client, "flag=seasonal") == [5]
    assert set(found(client, "risk_from=500")) == {10, 11, 12}
    assert "at risk from" in client.get(f"{LIST}?risk_from=500").text
    viewer = browser(member("agent"))
    assert "at risk from" not in viewer.get(f"{LIST}?risk_from=500").text
