"""The page of one customer: what it says, what may be done, that looking is noted."""

from __future__ import annotations

from datetime import date, timedelta

from tests.members import browser, member
from tests.stores import every_database

from regulars.console import told
from regulars.console.phrases import figures
from regulars.customers.models import (
    Consent,
    Customer,
    CustomerTag,
    Note,
    Objection,
    Picture,
    Run,
    StandingChange,
    Task,
)
from regulars.insight.figures import Reason
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

PAGE = "/console/customers/11/"
WORK = f"{PAGE}do/"


@every_database
def test_it_says_who_what_and_what_next(shop: Workspace) -> None:
    who = member("owner")
    text = browser(who).get(PAGE).text
    for words in ("Jaan", "won back", "Thank them for coming back", "31 come back by", "€1,100", "Order A11", "Beans"):
        assert words in text
    assert 'class="rhythm"' in text
    assert AuditEntry.objects.filter(action="customer.viewed", customer_id=11, actor_id=who.pk).count() == 1


@every_database
def test_work_is_kept_shown_and_done(shop: Workspace) -> None:
    who = member("agent")
    client = browser(who)
    for _again in range(2):
        client.post(WORK, {"verb": "note", "text": "Likes <b>dark</b> roast"})
        client.post(WORK, {"verb": "task", "text": "Call", "due": "2030-01-31", "for": str(who.pk)})
    client.post(WORK, {"verb": "tag", "text": "cafe"})
    note, task = Note.objects.get(), Task.objects.get()
    assert (note.by_name, task.for_staff_id, task.due and task.due.year) == ("Agent", who.pk, 2030)
    text = client.get(PAGE).text
    assert "&lt;b&gt;dark" in text
    assert "31 Jan 2030" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "cafe" in text
    client.post(WORK, {"verb": "done", "thing": str(task.pk)})
    client.post(WORK, {"verb": "remove_note", "thing": str(note.pk)})
    client.post(WORK, {"verb": "untag", "text": "cafe"})
    task.refresh_from_db()
    assert task.done_at
    assert task.done_by_staff_id == who.pk
    assert not Note.objects.exists()
    assert not CustomerTag.objects.exists()
    assert "Task done" in client.get(PAGE).text


def test_only_with_the_permission(shop: Workspace) -> None:
    viewer = browser(member("viewer"))
    for verb in ("note", "task", "tag", "owner"):
        answer = viewer.post(WORK, {"verb": verb, "text": "x"})
        assert answer.status_code == 403
    assert not Note.objects.exists()
    assert not Task.objects.exists()
    assert not CustomerTag.objects.exists()
    assert "Keep the note" not in viewer.get(PAGE).text


def test_mistakes_are_told_on_the_page(shop: Workspace) -> None:
    client = browser(member("owner"))
    answer = client.post(WORK, {"verb": "note", "text": "  ", "back": PAGE}, follow=True)
    assert "An empty note says nothing" in answer.text
    assert client.post(WORK, {"verb": "task", "text": "x", "due": "31.1.2030"}).status_code == 400
    assert client.post(WORK, {"verb": "explode"}).status_code == 400
    assert client.get("/console/customers/9999/").status_code == 404
    assert client.post("/console/customers/9999/do/", {"verb": "note", "text": "x"}).status_code == 404


def test_a_merged_customer_leads_to_the_other(shop: Workspace) -> None:
    Customer.objects.filter(pk=10).update(merged_into_id=11)
    answer = browser(member("owner")).get("/console/customers/10/")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)


def test_changes_of_standing_stand_in_the_timeline(shop: Workspace) -> None:
    run = Run.objects.get()
    StandingChange.objects.create(
        customer_id=11, run=run, day=run.as_of - timedelta(days=1), standing_before="lapsed", standing="won back",
        rung_before="client", rung="client",
    )  # fmt: skip
    assert "From lapsed to won back" in browser(member("owner")).get(PAGE).text


def test_before_the_first_refresh(workspace: Workspace) -> None:
    Customer.objects.create(id=1, name="Mari", import_id=0)
    text = browser(member("owner")).get("/console/customers/1/").text
    assert "Mari" in text
    assert "After the next refresh" in text


@every_database
def test_what_they_say_about_consent_is_written_down(shop: Workspace) -> None:
    who = member("agent")
    client = browser(who)
    said = {"purpose": "marketing", "channel": "phone", "source": "telephone"}
    for _again in range(2):
        client.post(f"{PAGE}consent/", {**said, "verb": "yes"})
    row = Consent.objects.get(customer_id=11, channel="phone")
    assert (row.given, row.verified, row.source, row.by_staff_id) == (True, True, "telephone", who.pk)
    client.post(f"{PAGE}consent/", {**said, "verb": "no"})
    assert Consent.objects.filter(customer_id=11, channel="phone").count() == 2
    assert client.post(f"{PAGE}consent/", {**said, "source": "gossip", "verb": "yes"}).status_code == 400
    client.post(f"{PAGE}consent/", {"source": "letter", "verb": "object"})
    assert Objection.objects.filter(customer_id=11).exists()
    assert "objects to being analysed" in client.get(PAGE).text
    client.post(f"{PAGE}consent/", {"source": "letter", "verb": "end_objection"})
    assert not Objection.objects.exists()


def test_a_chance_that_a_reason_tells_is_not_told_twice(shop: Workspace) -> None:
    picture, f = Picture.objects.get(pk=11), figures("EUR", "en")
    silent = Reason("long_silent", {"silence": 300, "p_return": picture.p_return, "return_by": 20_000})
    day = date(2026, 12, 1)
    assert told.ahead(picture, day, f, money=False).startswith("Of 100 customers like this one")
    assert told.ahead(picture, day, f, money=False, reasons=[silent]) == ""
    assert told.ahead(picture, day, f, money=False, reasons=[Reason("long_silent", {"silence": 300})])
