"""Columns that weren't recognised, mapped by hand: looked at so, imported, remembered; nothing of the rows stays."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.members import browser, member
from tests.stores import every_database

from regulars.console.imports import words
from regulars.intake import by_hand, jobs, privacy
from regulars.intake.fields import FIELDS, KINDS
from regulars.intake.models import Import, SavedMapping, Upload
from regulars.platform.registry import personal_data
from regulars.platform.traces import Traces
from regulars.platform.workspace import Workspace

LIST = "/console/imports/"
ODD = "a,b,c\n" + "".join(f"q{i % 3}@x.ee,{i} / 2 / 2024,{i}.50\n" for i in range(1, 13))
NOTES = "a,b,c\n" + "".join(f"note {i},thing {i},word {i}\n" for i in range(1, 9))
MAPPED = {"kind": "orders", "field-email": "0", "field-ordered_at": "1", "field-total": "2"}
MAPPED |= {"dates-ordered_at": "day.month.year", "decimal": "."}


def looked(client: Client, text: str, name: str = "odd.csv") -> Upload:
    client.post(LIST, {"files": SimpleUploadedFile(name, text.encode())})
    upload = Upload.objects.latest("id")
    jobs.look.do(upload=upload.pk)
    upload.refresh_from_db()
    return upload


def page_of(upload: Upload, table: int = 0) -> str:
    return f"{LIST}files/{upload.pk}/columns/{table}/"


@pytest.fixture
def odd(workspace: Workspace) -> Upload:
    """A file whose columns nobody could know."""
    upload = looked(browser(member("owner")), ODD.replace(" / ", "."))
    assert upload.state == "failed", upload.found
    return upload


@every_database
def test_columns_chosen_by_hand_are_imported_and_remembered(odd: Upload) -> None:
    client = browser(member("marketer"))
    assert page_of(odd) in client.get(f"{LIST}files/{odd.pk}/").text
    first = client.get(page_of(odd)).text
    assert "q1@x.ee" in first
    assert "field-total" not in first
    form = client.get(page_of(odd) + "?kind=orders").text
    assert "Date of the order" in form
    assert "c (1.50, 2.50)" in form
    assert client.post(page_of(odd), MAPPED).status_code == 302
    jobs.look.do(upload=odd.pk)
    odd.refresh_from_db()
    assert (odd.state, odd.error) == ("found", "")
    assert odd.found["kept"] == 12
    assert odd.found["files"][0]["mapping"]["dates"] == {"b": "day.month.year"}
    client.post(f"{LIST}files/{odd.pk}/", {"verb": "start"})
    jobs.take_in.do(upload=odd.pk)
    odd.refresh_from_db()
    assert (odd.state, odd.result["kept"], odd.found) == ("done", 12, None)
    assert Import.objects.get().kind == "orders"
    assert SavedMapping.objects.get().mapping["columns"]["total"] == "c"
    again = looked(client, "a,b,c\nq7@x.ee,1.3.2024,9.00\nq8@x.ee,25.3.2024,8.00\n", "march.csv")
    assert (again.state, again.found["kept"]) == ("found", 2)


def test_what_is_needed_has_to_be_chosen(odd: Upload) -> None:
    client = browser(member("owner", email="2@x.ee"))
    answer = client.post(page_of(odd), {"kind": "orders", "field-email": "0"})
    assert answer.status_code == 400
    assert "Choose a column for: Date of the order; Total paid, Goods after discount" in answer.text
    assert client.post(page_of(odd), {}).status_code == 400
    assert client.post(page_of(odd), MAPPED | {"field-total": "9"}).status_code == 400
    odd.refresh_from_db()
    assert (odd.state, odd.corrections) == ("failed", {})


def test_a_table_beside_others_that_were_recognised_can_be_mapped_too(workspace: Workspace) -> None:
    client = browser(member("owner"))
    orders = "order_id,customer,date,total\n" + "".join(f"{i},k{i},2024-01-0{i},{i}.00\n" for i in range(1, 9))
    files = [SimpleUploadedFile("odd.csv", NOTES.encode()), SimpleUploadedFile("orders.csv", orders.encode())]
    client.post(LIST, {"files": files})
    upload = Upload.objects.get()
    jobs.look.do(upload=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, [table["name"] for table in upload.found["unknown"]]) == ("found", ["odd.csv"])
    assert page_of(upload) in client.get(f"{LIST}files/{upload.pk}/").text
    client.post(page_of(upload), {"kind": "products", "field-product_id": "0", "field-product_name": "1"})
    jobs.look.do(upload=upload.pk)
    upload.refresh_from_db()
    assert sorted(file["kind"] for file in upload.found["files"]) == ["orders", "products"]
    assert "unknown" not in upload.found


def test_who_may_not_see_contacts_sees_the_titles_only(odd: Upload) -> None:
    for role in ("analyst", "viewer"):
        page = browser(member(role)).get(page_of(odd) + "?kind=orders").text
        assert "q1@x.ee" not in page
        assert "1.50" not in page
    assert browser(member("viewer", email="v@x.ee")).post(page_of(odd), MAPPED).status_code == 403
    own = looked(browser(member("analyst", email="own@x.ee")), ODD.replace(" / ", "."), "own.csv")
    assert own.by_name == "Analyst"


def test_kept_rows_are_in_the_inventory_and_leave_with_the_person_and_the_file(odd: Upload) -> None:
    assert "intake.Upload.found" in personal_data["import records"].columns
    assert "q1@x.ee" in str(odd.found)
    assert privacy._clean_records(Traces(emails=("q1@x.ee",))) >= 1
    odd.refresh_from_db()
    assert "q1@x.ee" not in str(odd.found)
    assert "q2@x.ee" in str(odd.found)
    browser(member("owner", email="3@x.ee")).post(f"{LIST}files/{odd.pk}/", {"verb": "drop"})
    assert not Upload.objects.exists()
    assert browser(member("owner", email="4@x.ee")).get(page_of(odd)).status_code == 404


def test_every_kind_says_what_it_needs_in_fields_that_it_has() -> None:
    assert set(by_hand.NEEDED) == set(KINDS)
    for kind in KINDS:
        known = {field.name for field in FIELDS[kind]}
        assert {name for group in by_hand.NEEDED[kind] for name in group} <= known, kind
        assert kind in words.KINDS, kind
    assert by_hand.missing("orders", ["ordered_at", "order_number"]) == []
    assert by_hand.missing("costs", ["cost"]) == [("product_id",)]
