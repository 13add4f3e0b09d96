"""Which entries of the inbox are whose: as the lake has it, and for any number of visits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stores import every_database
from tests.stream.sent import BROWSER, NOW, event

from regulars.customers import forget
from regulars.customers.models import Customer
from regulars.platform.workspace import Workspace
from regulars.stream import digests, inbox, queries, visitors
from regulars.stream.models import Entry, Identified

pytestmark = every_database
MANY = 1_200


def identified(*told: tuple[str, int, datetime]) -> None:
    """Visits, customers, since when."""
    number = visitors.numbers({(digests.anonymous("shop", visit), "shop", None) for visit, _, _ in told})
    rows = [(number[digests.anonymous("shop", visit)], customer, since) for visit, customer, since in told]
    Identified.objects.bulk_create(
        Identified(visitor_id=visitor, customer_id=customer, since=since) for visitor, customer, since in rows
    )


def test_somebody_with_many_visits_is_shown_and_forgotten(workspace: Workspace) -> None:
    Customer.objects.create(id=1, import_id=0)
    identified(*((f"a{number}", 1, NOW) for number in range(MANY)), ("other", 2, NOW))
    inbox.accept(BROWSER, [event("1", anonymous_id="a1199"), event("2", anonymous_id="other")])
    assert len(queries.recent([1])) == 1
    assert queries.entries_of([1]).count() == 1
    forget.ask(workspace, [1])
    forget.work(workspace)
    assert Entry.objects.get().who == digests.anonymous("shop", "other")
    assert list(Identified.objects.values_list("customer_id", flat=True)) == [2]


def test_entries_are_whose_the_visits_are(workspace: Workspace) -> None:
    """The statement and the table for the lake say the same of devices that several people use."""
    moments = [NOW - timedelta(hours=hours, microseconds=micros) for hours in range(6) for micros in (0, 1)]
    told = [
        ("a", 1, moments[6]),
        ("a", 2, moments[4]),
        ("a", 1, moments[4]),
        ("a", 3, moments[2]),
        ("b", 2, moments[3]),
    ]
    identified(*told, ("c", 3, moments[0]))
    sent = [(visit, at) for visit in "abcd" for at in moments]
    items = [
        event(str(place), str(place), anonymous_id=visit, occurred_at=at) for place, (visit, at) in enumerate(sent)
    ]
    inbox.accept(BROWSER, items)
    number = dict(Identified.objects.values_list("visitor__who", "visitor_id"))
    Identified.objects.filter(customer_id=3, since=moments[2]).update(forgotten=True)
    for some in ([1], [2], [3], [1, 3], []):
        spans = visitors.visits(some).to_pylist()
        expected = {
            (visit, at)
            for visit, at in sent
            for span in spans
            if span["visitor_id"] == number.get(digests.anonymous("shop", visit))
            and (span["from_at"] is None or at >= span["from_at"])
            and (span["until_at"] is None or at < span["until_at"])
        }
        found = {sent[int(row.name)] for row in queries.entries_of(some)}
        assert found == expected
        assert bool(found) == bool(some)


def test_only_visitors_who_are_being_forgotten_are_read(workspace: Workspace) -> None:
    identified(*((f"a{number}", number, NOW) for number in range(50)))
    Identified.objects.filter(customer_id=7).update(forgotten=True)
    with CaptureQueriesContext(connection) as asked:
        assert visitors.visits(forgotten=True)["customer_id"].to_pylist() == [7]
    with connection.cursor() as cursor:
        cursor.execute(asked.captured_queries[0]["sql"])
        assert len(cursor.fetchall()) == 1
