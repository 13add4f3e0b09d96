"""Finding a customer by whatever whoever searches has at hand."""

from __future__ import annotations

import pytest
from django.db import transaction
from tests.stores import every_database

from regulars.customers import sync_write
from regulars.customers.models import Customer, Identity, Picture
from regulars.customers.queries_search import search
from regulars.customers.sync_words import sort_name
from regulars.platform.workspace import Workspace

pytestmark = every_database
PEOPLE = {
    1: ("Mari Tamm", 500, [("email", "mari.tamm@example.com"), ("phone", "+3725551234"), ("ref", "C1")]),
    2: ("Märi-Liis Kask", 900, [("email", "liis@example.com"), ("ref", "C12")]),
    3: ("Kohvik Must Kass OÜ", 100, [("ref", "c500")]),
    4: ("Tamm Mari", 50, [("guest", "1001")]),
    17: ("Јован Петровић", 10, [("email", "jovan@example.com")]),
}


@pytest.fixture
def people(workspace: Workspace) -> None:
    Customer.objects.bulk_create(Customer(pk=who, import_id=1) for who in PEOPLE)
    Picture.objects.bulk_create(
        Picture(customer_id=who, label=label, sort_name=sort_name(label), value_365=value, standing="current")
        for who, (label, value, _) in PEOPLE.items()
    )
    Identity.objects.bulk_create(
        Identity(shop="shop" if kind != "email" else "other", kind=kind, key=key, customer_id=who)
        for who, (_, _, keys) in PEOPLE.items()
        for kind, key in keys
    )
    with transaction.atomic():
        sync_write.name([(who, label) for who, (label, _, _) in PEOPLE.items()], known=[])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mari", [2, 1, 4]),  # both begin so: the one worth more first; then by another word
        ("Mari Tamm", [1, 4]),  # the whole name first, then both words in another order
        ("kass", [3]),
        ("MUST ka", [3]),
        ("mari.t", [1, 4]),  # an e-mail that begins so, and words that do
        ("LIIS@example.com", [2]),
        ("C1", [1, 2]),
        ("C500", [3]),
        ("5551 234", [1]),
        ("+372 5551234", [1]),
        ("00372555", [1]),
        ("17", [17]),
        ("јован", [17]),
        ("1001", [4]),
        ("tamm kask", []),
        ("zzz", []),
        ("  ", []),
        ("%", []),
        ("'; DROP TABLE", []),
    ],
)
def test_search(people: None, text: str, expected: list[int]) -> None:
    assert people is None
    assert [found.customer_id for found in search(text, country="EE")] == expected


def test_a_merged_customer_is_found_as_the_one_they_are(people: None) -> None:
    assert people is None
    Customer.objects.filter(pk=4).update(merged_into_id=1)
    Picture.objects.filter(pk=4).delete()
    assert [found.customer_id for found in search("1001")] == [1]


def test_other_names_after_an_edit(people: None) -> None:
    assert people is None
    with transaction.atomic():
        sync_write.name([(1, "Mari Saar")], known=[1])
    Picture.objects.filter(pk=1).update(sort_name="mari saar", label="Mari Saar")
    assert [found.customer_id for found in search("saar")] == [1]
    assert [found.customer_id for found in search("tamm")] == [4]
