"""Imports in the browser: files come in safely, what was recognised can be corrected, and nothing is lost or leaked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.members import browser, member
from tests.stores import every_database

from regulars.intake import jobs, uploads
from regulars.intake.models import Import, SavedMapping, Upload
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

LIST = "/console/imports/"
ORDERS = "Nr;Kunde;Datum;Summe\n" + "".join(f"{i};c{i % 4};0{i % 9 + 1}.02.2024;{i},50\n" for i in range(1, 25))
BAD = "order_id,email,date,total\n1,a@x.ee,2024-01-05,10.00\n2,b@x.ee,no day,20.00\n3,=c@x.ee,2024-01-07,-x\n"


def give(client: Client, name: str, text: str) -> Upload:
    """Drop a file in; where the browser is sent afterwards is its page."""
    answer = client.post(LIST, {"files": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302, answer.text
    upload = Upload.objects.latest("id")
    assert answer["Location"] == f"{LIST}files/{upload.pk}/"
    return upload


def looked(client: Client, name: str, text: str) -> Upload:
    upload = give(client, name, text)
    jobs.look.do(upload=upload.pk)
    upload.refresh_from_db()
    return upload


def folder(workspace: Workspace, upload: Upload) -> Path:
    return uploads.folder_of(workspace, upload.pk)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\orders.csv", "orders.csv"),
        ("a\nb\x00c.csv", "a b c.csv"),
        (".hidden", "hidden"),
        ("<b>\"'|*.csv", "_b_____.csv"),
        ("", "file"),
        ("x" * 400 + ".csv", "x" * 116 + ".csv"),
        ("ä" * 200 + ".csv", "ä" * 58 + ".csv"),
        ("\u202egpj.csv", "gpj.csv"),
    ],
)
def test_names_of_files_are_made_safe(given: str, kept: str) -> None:
    assert uploads.safe_name(given) == kept


@every_database
def test_a_file_is_looked_at_imported_and_gone(workspace: Workspace) -> None:
    client = browser(member("marketer"))
    upload = looked(client, "bestellungen.csv", ORDERS)
    assert (upload.state, upload.found["kept"]) == ("found", 24)
    assert Import.objects.count() == 0
    page = client.get(f"{LIST}files/{upload.pk}/").text
    assert "24 rows" in page
    assert "Import 24 rows" in page
    assert "07.02.2024" in page
    client.post(f"{LIST}files/{upload.pk}/", {"verb": "start", **form(page)})
    jobs.take_in.do(upload=upload.pk)
    jobs.take_in.do(upload=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.result["kept"], upload.result["unchanged"]) == ("done", 24, 0)
    assert not folder(workspace, upload).exists()
    one = Import.objects.get()
    assert (one.state, one.by_name, one.kind) == ("done", "Marketer", "orders")
    assert "bestellungen.csv" in client.get(LIST).text
    assert "Kunde" in client.get(f"{LIST}{one.pk}/").text
    assert {"upload.added", "import.started"} <= set(AuditEntry.objects.values_list("action", flat=True))
    progress = client.get(f"{LIST}files/{upload.pk}/progress/").json()
    assert (progress["state"], progress["working"]) == ("done", False)


def form(page: str) -> dict[str, str]:
    """What a browser would send of the selects and inputs of a page as they stand."""
    sent = {}
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', body) or re.search(
            r'<option value="([^"]*)"', body
        )
        sent[name] = chosen[1] if chosen else ""
    sent |= dict(re.findall(r'<input name="(currency-\d+)" value="([^"]*)"', page))
    return sent


def test_what_a_column_means_can_be_corrected_and_is_remembered(workspace: Workspace) -> None:
    client = browser(member("analyst"))
    upload = looked(
        client,
        "orders.csv",
        "order_id,customer,date,total,extra\n" + "".join(f"{i},k{i},2024-01-0{i},{i}.00,{i}\n" for i in range(1, 9)),
    )
    page = client.get(f"{LIST}files/{upload.pk}/").text
    sent = form(page) | {"kind-0": "orders", "column-0-3": "", "column-0-4": "total", "currency-0": "sek"}
    client.post(f"{LIST}files/{upload.pk}/", {"verb": "check", **sent})
    jobs.look.do(upload=upload.pk)
    upload.refresh_from_db()
    assert upload.state == "found", upload.error
    mapping = upload.found["files"][0]["mapping"]
    assert (mapping["columns"]["total"], mapping["currency"]) == ("extra", "SEK")
    assert "total" in upload.found["files"][0]["unused"]
    assert not SavedMapping.objects.exists()
    uploads.start(upload.pk)
    jobs.take_in.do(upload=upload.pk)
    assert SavedMapping.objects.get().mapping["columns"]["total"] == "extra"


def test_two_columns_cannot_mean_the_same(workspace: Workspace) -> None:
    client = browser(member("owner"))
    upload = looked(client, "bestellungen.csv", ORDERS)
    page = client.get(f"{LIST}files/{upload.pk}/").text
    answer = client.post(f"{LIST}files/{upload.pk}/", {"verb": "check", **form(page), "column-0-0": "total"})
    assert (answer.status_code, "Choose one of them" in answer.text) == (400, True)


def test_a_file_that_nothing_is_known_of_says_so_and_can_be_dropped(workspace: Workspace) -> None:
    client = browser(member("owner"))
    upload = looked(client, "notes.csv", "a,b\nx,y\nz,w\n")
    assert upload.state == "failed"
    assert "clear what its columns" in client.get(f"{LIST}files/{upload.pk}/").text
    assert folder(workspace, upload).exists()
    client.post(f"{LIST}files/{upload.pk}/", {"verb": "drop"})
    assert client.get(f"{LIST}files/{upload.pk}/").status_code == 404


def test_a_file_over_the_limit_leaves_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from regulars.console.imports import receiving

    monkeypatch.setattr(receiving, "_limit_bytes", lambda: 1000)
    answer = browser(member("owner")).post(LIST, {"files": SimpleUploadedFile("big.csv", b"x" * 5000)})
    assert (answer.status_code, "larger than" in answer.text) == (400, True)
    assert not list((workspace.files_path / "uploads").iterdir())
    assert not Upload.objects.exists()


def test_a_forged_form_brings_nothing(workspace: Workspace) -> None:
    """Files are streamed before the check against forged forms: it must come all the same."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("owner"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(LIST, {"files": SimpleUploadedFile("orders.csv", ORDERS.encode())})
    assert answer.status_code == 403
    assert not Upload.objects.exists()
    assert not list((workspace.files_path / "uploads").glob(".incoming*"))


def test_who_may_not_import_sends_nothing(workspace: Workspace) -> None:
    answer = browser(member("viewer")).post(LIST, {"files": SimpleUploadedFile("orders.csv", ORDERS.encode())})
    assert answer.status_code == 403
    assert not (workspace.files_path / "uploads").exists()


@every_database
def test_rejects_are_mended_in_the_browser(workspace: Workspace) -> None:
    client = browser(member("owner"))
    upload = looked(client, "orders.csv", BAD)
    uploads.start(upload.pk)
    jobs.take_in.do(upload=upload.pk)
    address = f"{LIST}1/rejects/0/"
    page = client.get(address).text
    assert "2 rows set aside" in page
    assert "=c@x.ee" in page
    digests = re.findall(r'name="row" value="(\w+)"', page)
    cells: dict[str, Any] = {"row": digests, "verb": "mended", f"{digests[0]}-2": "2024-01-06"}
    answer = client.post(address, cells)
    mended = Upload.objects.latest("id")
    assert answer["Location"] == f"{LIST}files/{mended.pk}/"
    jobs.take_in.do(upload=mended.pk)
    mended.refresh_from_db()
    assert (mended.state, mended.result["kept"], mended.result["set_aside"]) == ("done", 1, 0)
    assert "1 row set aside" in client.get(address).text
    nothing = client.post(address, {"row": digests, "verb": "mended", "back": address})
    assert nothing.status_code == 302
    assert Upload.objects.count() == 2


def test_rejects_as_a_file_have_no_formulas(workspace: Workspace) -> None:
    client = browser(member("owner"))
    upload = looked(client, "orders.csv", BAD)
    uploads.start(upload.pk)
    jobs.take_in.do(upload=upload.pk)
    text = client.get(f"{LIST}1/rejects/0/download/").text
    assert "'=c@x.ee" in text
    other = browser(member("viewer"))
    assert other.get(f"{LIST}1/rejects/0/").status_code == 403
    assert other.get(f"{LIST}1/rejects/0/download/").status_code == 403
    assert AuditEntry.objects.filter(action="rejects.exported").count() == 1


def test_others_without_contact_data_see_covered_cells(workspace: Workspace) -> None:
    upload = looked(browser(member("owner")), "orders.csv", BAD)
    address = f"{LIST}files/{upload.pk}/"
    assert "a@x.ee" in browser(member("marketer")).get(address).text
    for role in ("analyst", "viewer"):
        page = browser(member(role)).get(address).text
        assert "a@x.ee" not in page
        assert "2024-01-05" in page


@every_database
def test_an_import_is_undone_from_its_page(workspace: Workspace) -> None:
    client = browser(member("marketer"))
    upload = looked(client, "bestellungen.csv", ORDERS)
    uploads.start(upload.pk)
    jobs.take_in.do(upload=upload.pk)
    page = client.get(f"{LIST}1/undo/").text
    assert "<b>24 orders</b> go" in page
    assert "<b>4 customers</b>" in page
    assert browser(member("viewer")).post(f"{LIST}1/undo/").status_code == 403
    assert client.post(f"{LIST}1/undo/").status_code == 302
    assert client.post(f"{LIST}1/undo/").status_code == 302
    assert AuditEntry.objects.filter(action="import.undone", actor_name="Marketer").count() == 1
    jobs.undo.do(number=1)
    assert Import.objects.get().state == "undone"
    assert "was undone" in client.get(f"{LIST}1/").text


def test_progress_is_told_twice_a_second_at_most(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from regulars.intake import progress

    upload = give(browser(member("owner")), "orders.csv", ORDERS)
    moments = iter([10.0, 10.2, 10.4, 10.6, 10.9, 11.2])
    # The module's own name for the clock: other threads go on asking the real one.
    monkeypatch.setattr(progress, "monotonic", lambda: next(moments))
    told, seen = progress.Told(upload.pk), []
    for rows in range(6):
        told("Reading", rows, 100, "rows")
        seen.append(Upload.objects.get(pk=upload.pk).rows_done)
    assert seen == [0, 0, 0, 3, 3, 5]


def test_files_that_nobody_imports_go_after_a_week(workspace: Workspace) -> None:
    from datetime import timedelta

    from regulars.base import clock

    upload = looked(browser(member("owner")), "orders.csv", ORDERS)
    assert jobs.prune.do() == 0
    Upload.objects.update(changed_at=clock.now() - timedelta(days=8))
    assert jobs.prune.do() == 1
    assert not folder(workspace, upload).exists()
