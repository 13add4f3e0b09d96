"""The pages of personal data and backups: what they tell, what they do, and that they ask first."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django_tasks_db.models import DBTaskResult
from tests.console import shops
from tests.members import browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.console.privacy import page, words
from regulars.customers import forget
from regulars.customers.models import Attribute, AttributeType, Basis, Consent, Customer
from regulars.customers.models.privacy import Erasure
from regulars.platform.backups import kept
from regulars.platform.models import AuditEntry
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace

pytestmark = every_database


@pytest.fixture
def owner(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])
    page._counted.clear()
    shops.fill()
    return browser(member("owner"))


def test_the_inventory_says_what_is_held_of_how_many(owner: Client) -> None:
    year_ago = clock.now() - timedelta(days=500)
    shoe = AttributeType.objects.create(
        name="shoe", label="Shoe size", type="number", purpose="gifts", basis="consent", created_at=year_ago
    )
    Attribute.objects.create(customer_id=2, type=shoe, value=42, source="staff", recorded_at=year_ago)
    Consent.objects.filter(customer_id=1).update(expires_at=clock.now() + timedelta(days=20))
    text = owner.get("/console/privacy/").text
    assert "Who they are: name, contacts, country, birth date" in text
    assert '<td class="n" data-label="People">12</td>' in text
    assert "730 days" in text
    assert "“Shoe size” is held of 1 people, and nobody used it for 12 months" in text
    assert "<script>alert" not in text


def test_the_ground_of_analysis_is_noted_once(owner: Client) -> None:
    assert "No ground is noted yet" in owner.get("/console/privacy/").text
    given = {"ground": "legitimate interest", "statement": "We must know who is leaving."}
    assert owner.post("/console/privacy/basis/", given).status_code == 302
    assert owner.post("/console/privacy/basis/", {"ground": "whim", "statement": "x"}).status_code == 400
    assert Basis.objects.get().ground == "legitimate interest"
    assert "We must know who is leaving." in owner.get("/console/privacy/").text


def test_forgetting_shows_first_and_asks(owner: Client, workspace: Workspace) -> None:
    sent = owner.post("/console/privacy/find/", {"who": "C3@kohvik.example"})
    assert sent["Location"] == "/console/customers/3/forget/"
    assert "Numbers and contacts by which the shop knows them" in owner.get(sent["Location"]).text
    assert owner.post(sent["Location"]).status_code == 400, "not without the tick"
    assert not Erasure.objects.exists()
    assert owner.post(sent["Location"], {"sure": "1"}).status_code == 302
    assert "under way" in owner.get("/console/privacy/").text
    assert DBTaskResult.objects.filter(args_kwargs__args__0="forget").count() == 1
    forget.work(workspace)
    assert not Customer.objects.filter(pk=3).exists()
    assert "done" in owner.get("/console/privacy/").text
    assert owner.get(sent["Location"]).status_code == 404


def test_what_is_held_is_given_as_a_file(owner: Client) -> None:
    for form in ("json", "html"):
        answer = owner.post("/console/customers/3/told/", {"form": form})
        assert answer["Content-Disposition"] == f'attachment; filename="customer-3.{form}"'
        assert answer["Content-Type"] == "application/octet-stream"
        assert "c3@kohvik.example" in answer.text
        assert "c4@kohvik.example" not in answer.text
    found = json.loads(owner.post("/console/customers/3/told/", {"form": "json"}).text)
    assert found["customer_ids"] == [3]
    assert AuditEntry.objects.filter(action="customer.told", customer_id=3).count() == 3


def test_backups_are_made_taken_and_thrown_away(owner: Client, workspace: Workspace) -> None:
    assert "There is no backup yet" in owner.get("/console/backups/").text
    assert owner.post("/console/backups/").status_code == 302
    assert DBTaskResult.objects.filter(args_kwargs__args__0="make a backup").count() == 1
    made = kept.add(workspace)
    assert made.path.name in owner.get("/console/backups/").text
    address = f"/console/backups/{made.path.name}/"
    taken = b"".join(owner.post(address, {"verb": "take"}).streaming_content)  # type: ignore[attr-defined]
    assert taken == made.path.read_bytes()
    assert owner.post("/console/backups/..%2Fsecret.key/", {"verb": "take"}).status_code == 404
    assert owner.post(address, {"verb": "drop"}).status_code == 302
    assert not made.path.exists()
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"backup.taken", "backup.dropped"}


def test_only_the_newest_are_kept(workspace: Workspace, tmp_path: Path) -> None:
    start = clock.now()
    for day in range(9):
        with clock.fixed(start + timedelta(days=day)):
            kept.add(workspace)
    assert len(kept.listed(workspace)) == 7


def test_the_inventory_speaks_the_members_language(owner: Client) -> None:
    said = {text for entry in personal_data for text in (entry.label, entry.purpose, entry.where)}
    assert said <= words.SAID, "mark new words in console/privacy/words.py, and translate them"
    owner.post("/console/language/", {"language": "fi", "next": "/console/privacy/"})
    text = owner.get("/console/privacy/", headers={"accept-language": "fi"}).text
    assert "Postiosoitteet" in text
    assert "Mitä säilytetään" in text
