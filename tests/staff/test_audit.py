"""The audit log can be searched, page by page, and is kept as long as the firm says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.members import browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.platform import audit, settings_actions
from regulars.platform.models import AuditEntry
from regulars.platform.retention import expire
from regulars.platform.workspace import Workspace
from regulars.staff import jobs, keys, links, queries
from regulars.staff.models import Link, Visit
from regulars.staff.queries import Asked

pytestmark = every_database
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def fill(count: int = 120) -> None:
    """Entries an hour apart, by two people, about customers 0 to 9."""
    for n in range(count):
        who = audit.Actor("staff", n % 2 + 1, ("Mari", "Jaan")[n % 2], "192.0.2.1")
        with clock.fixed(DAY + timedelta(hours=n)), audit.acting(who):
            audit.note("customer.viewed" if n % 3 else "customers.exported", customer_id=n % 10, rows=n)


def all_pages(asked: Asked) -> list[int]:
    found: list[int] = []
    before = None
    while True:
        page = queries.audit_log(asked, before=before)
        found += [entry.details["rows"] for entry in page.entries]
        if page.older is None:
            return found
        before = page.older


def test_everything_newest_first_and_once(workspace: Workspace) -> None:
    fill()
    assert all_pages(Asked()) == list(range(119, -1, -1))


def test_each_question_narrows(workspace: Workspace) -> None:
    fill()
    assert all_pages(Asked(who="mari")) == list(range(118, -1, -2))
    assert all_pages(Asked(what="customers.exported")) == list(range(117, -1, -3))
    assert all_pages(Asked(what="customer.")) == [n for n in range(119, -1, -1) if n % 3]
    assert all_pages(Asked(customer=7)) == list(range(117, 0, -10))
    from_to = Asked(since=DAY + timedelta(hours=10), until=DAY + timedelta(hours=13))
    assert all_pages(from_to) == [12, 11, 10]
    assert all_pages(Asked(who="mari", customer=7)) == []


def test_new_entries_move_no_page(workspace: Workspace) -> None:
    fill(60)
    first = queries.audit_log(Asked())
    fill(5)
    second = queries.audit_log(Asked(), before=first.older)
    assert [entry.details["rows"] for entry in second.entries] == list(range(9, -1, -1))


def test_the_page_searches(workspace: Workspace) -> None:
    fill()
    client = browser(member("owner"))
    page = client.get("/staff/audit/", {"who": "Jaan", "what": "customers.exported"}).text
    assert page.count("<tr><td") == 20
    assert "customer 3" in page
    page = client.get("/staff/audit/").text
    assert page.count("<tr><td") == queries.PAGE
    older = page.split('href="?')[1].split('"')[0].replace("&amp;", "&")
    assert client.get("/staff/audit/?" + older).text.count("<tr><td") == queries.PAGE
    page = client.get("/staff/audit/", {"since": "2026-03-02", "until": "2026-03-02"}).text
    assert page.count("<tr><td") == 24
    assert client.get("/staff/audit/", {"customer": "x"}).status_code == 400
    assert client.get("/staff/audit/", {"who": "nobody"}).text.count("<tr><td") == 0


def test_members_and_keys_are_named_as_they_are_called_now(workspace: Workspace) -> None:
    who = member("viewer", name="Mari")
    key, _ = keys.make("Till", ["till"])
    audit.note("staff.role_changed", object=f"member {who.pk}")
    audit.note("staff.role_changed", object="member 999")
    audit.note("imports.undone", object="import 12")
    who.name = "Mari Maasikas"
    who.save()
    assert queries.names([f"member {who.pk}", f"key {key.pk}", "member 999", "member x", "import 12", ""]) == {
        f"member {who.pk}": "Mari Maasikas",
        f"key {key.pk}": "Till",
    }
    page = browser(member("owner")).get("/staff/audit/").text
    for told in ("Mari Maasikas", "Till", "member 999", "import 12"):
        assert f"<td>{told}</td>" in page


def test_entries_are_kept_as_long_as_the_firm_says(workspace: Workspace) -> None:
    settings_actions.change(workspace, "privacy", {"audit_days": 3650})
    now = clock.now()
    for age in (1, 731, 3649, 3651):
        with clock.fixed(now - timedelta(days=age)):
            audit.note("customer.viewed", age=age)
    jobs.prune()
    expire()
    told = AuditEntry.objects.filter(action="customer.viewed")
    assert {entry.details["age"] for entry in told} == {1, 731, 3649}


def test_pruning_removes_old_links_and_visits_that_are_over(workspace: Workspace) -> None:
    who = member("owner")
    client = browser(who)
    links.make(Link.Kind.INVITATION, email="new@kohvik.example", role="viewer")
    with clock.fixed(clock.now() - timedelta(days=60)):
        links.make(Link.Kind.INVITATION, email="old@kohvik.example", role="viewer")
    Visit.objects.create(member=who, session_key="gone", began_at=clock.now(), seen_at=clock.now())
    jobs.prune()
    assert [link.email for link in Link.objects.all()] == ["new@kohvik.example"]
    assert Visit.objects.count() == 1
    assert client.get("/staff/account/").status_code == 200
