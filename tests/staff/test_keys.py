"""Keys of programs: shown once, kept as hashes, rotated with grace, revoked at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.docs.documents import DOCS, first_cells, sections
from tests.members import browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import keys
from regulars.staff.models import Key

HOUR = timedelta(hours=1)


@every_database
def test_a_key_opens_and_is_not_kept(workspace: Workspace) -> None:
    key, text = keys.make("Shop", ["write", "read"])
    assert keys.authenticate(text) == key
    assert key.scopes == ["read", "write"]
    assert text not in str(list(Key.objects.values()))
    assert text.rsplit("_", 1)[1] not in str(list(AuditEntry.objects.values()))


@every_database
@pytest.mark.parametrize("spoilt", ["", "regulars_", "x", "\0", "é" * 90, "regulars_" + "0" * 12 + "_" + "a" * 43])
def test_what_is_no_key_opens_nothing(workspace: Workspace, spoilt: str) -> None:
    keys.make("Shop", ["read"])
    assert keys.authenticate(spoilt) is None


@every_database
def test_every_part_of_a_key_counts(workspace: Workspace) -> None:
    _, text = keys.make("Shop", ["read"])
    other, theirs = keys.make("Till", ["till"])
    start, handle, secret = text.split("_", 2)
    changed = "A" if secret[-2] != "A" else "B"
    for wrong in (
        f"{start}_{handle}_{secret[:-2]}{changed}{secret[-1]}",
        f"{start}_{other.handle}_{secret}",
        f"{start}_{handle}_{theirs.split('_', 2)[2]}",
        text + "x",
        text.upper(),
        " " + text,
    ):
        assert keys.authenticate(wrong) is None


@every_database
def test_the_old_secret_is_good_for_its_grace_only(workspace: Workspace) -> None:
    key, old = keys.make("Shop", ["read"])
    new = keys.rotate(key.pk, grace=HOUR)
    assert keys.authenticate(old) == keys.authenticate(new) == key
    with clock.fixed(clock.now() + HOUR):
        assert keys.authenticate(old) is None
        assert keys.authenticate(new) == key
    at_once = keys.rotate(key.pk, grace=timedelta())
    assert keys.authenticate(new) is None
    assert keys.authenticate(at_once) == key
    for grace in (timedelta(days=31), -HOUR):
        with pytest.raises(BadInput):
            keys.rotate(key.pk, grace=grace)


@every_database
def test_a_revoked_key_is_good_for_nothing(workspace: Workspace) -> None:
    key, old = keys.make("Shop", ["read"])
    new = keys.rotate(key.pk, grace=HOUR)
    keys.revoke(key.pk)
    assert keys.authenticate(old) is keys.authenticate(new) is None
    with pytest.raises(Conflict):
        keys.rotate(key.pk, grace=HOUR)


@every_database
def test_use_is_noted_at_most_once_a_minute(workspace: Workspace) -> None:
    key, text = keys.make("Shop", ["read"])
    moments = []
    for seconds in (0, 30, 61):
        with clock.fixed(key.made_at + timedelta(seconds=seconds)):
            keys.authenticate(text)
        key.refresh_from_db()
        moments.append((key.last_used_at - key.made_at).total_seconds())
    assert moments == [0, 0, 61]


@every_database
def test_names_and_scopes_are_checked(workspace: Workspace) -> None:
    for name, scopes in ((" ", ["read"]), ("Shop", []), ("Shop", ["read", "everything"])):
        with pytest.raises(BadInput):
            keys.make(name, scopes)
    assert not Key.objects.exists()


@every_database
def test_an_owner_makes_rotates_and_revokes_in_the_browser(workspace: Workspace) -> None:
    client = browser(member("owner"))
    assert "No program comes in yet" in client.get("/staff/keys/").text
    shown = client.post("/staff/keys/make/", {"name": "Till <1>", "scopes": ["till"]}).text
    text = shown.split('rows="3">')[1].split("<")[0]
    key = keys.authenticate(text)
    assert key is not None
    page = client.get("/staff/keys/").text
    assert key.handle in page
    assert "Till &lt;1&gt;" in page
    assert text not in page
    shown = client.post(f"/staff/keys/{key.pk}/rotate/", {"grace_hours": "0"}).text
    new = shown.split('rows="3">')[1].split("<")[0]
    assert keys.authenticate(text) is None
    client.post(f"/staff/keys/{key.pk}/revoke/")
    assert keys.authenticate(new) is None
    said = list(AuditEntry.objects.filter(object=f"key {key.pk}").order_by("pk").values_list("action", flat=True))
    assert said == ["key.made", "key.rotated", "key.revoked"]


@every_database
def test_a_key_belongs_to_the_shop_that_was_named(workspace: Workspace) -> None:
    client = browser(member("owner"))
    for shop in ("south", " ", ""):
        client.post("/staff/keys/make/", {"name": f"Till {shop!r}", "scopes": ["write"], "shop": shop})
    assert dict(Key.objects.values_list("name", "shop")) == {
        "Till 'south'": "south",
        "Till ' '": "shop",
        "Till ''": "shop",
    }
    page = client.get("/staff/keys/").text
    assert "for south · " in page
    assert '<option value="south"></option>' in page
    assert client.post("/staff/keys/make/", {"name": "x", "scopes": ["read"], "shop": "x" * 61}).status_code == 400


def test_the_documentation_names_every_scope() -> None:
    text = (DOCS / "staff.md").read_text(encoding="utf-8")
    assert [row[0] for row in first_cells(sections(text)["Keys for programs"])] == list(keys.SCOPES)
