"""Postal addresses and languages as they fit into the store, on both databases."""

from __future__ import annotations

import pytest
from tests.customers.people import somebody
from tests.stores import every_database

from regulars.base.errors import BadInput
from regulars.customers import actions_people
from regulars.customers.models import Address, Customer
from regulars.customers.rules_contacts import country_of, email
from regulars.platform.workspace import Workspace


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("Estonia", "EE"),
        ("ee", "EE"),
        (" Eesti ", "EE"),
        ("Suomi", "FI"),
        ("UK", "GB"),
        ("DEUTSCHLAND", "DE"),
        ("", ""),
    ],
)
def test_a_country_is_told_by_letters_or_by_its_name(told: str, code: str) -> None:
    assert country_of(told) == code


@every_database
def test_an_address_is_kept_or_refused_in_words(workspace: Workspace) -> None:
    ann = somebody()
    number = actions_people.add_address(
        ann, source="segment", lines=" Pikk  1\r\n\x00 Tallinn ", postal_code=" 10\x00111 ", country="Estonia"
    )
    kept = Address.objects.get(pk=number)
    assert (kept.lines, kept.postal_code, kept.country) == ("Pikk 1\nTallinn", "10 111", "EE")
    assert (
        actions_people.add_address(ann, source="x", lines="Pikk 1\nTallinn", postal_code="10 111", country="EE")
        == number
    )
    wrong: list[dict[str, str]] = [
        {"country": "Wonderland"},
        {"country": "E1"},
        {"postal_code": "1" * 21},
        {"city": "x" * 101},
    ]
    for parts in wrong:
        with pytest.raises(BadInput):
            actions_people.add_address(ann, source="segment", lines="Pikk 1", **parts)
    with pytest.raises(BadInput, match="lines"):
        actions_people.add_address(ann, source="segment", lines="x" * 501)
    with pytest.raises(BadInput):
        actions_people.add_address(ann, source="segment", lines=" \x00 ")


@every_database
@pytest.mark.parametrize(
    ("told", "kept"),
    [("ca-ES-valencia", "ca-ES"), ("yue-Hant-HK", "yue-HK"), ("de-AT", "de-AT"), ("zh-Hant-TW", "zh-Hant-TW")],
)
def test_a_language_fits(workspace: Workspace, told: str, kept: str) -> None:
    ann = somebody()
    actions_people.change(ann, source="segment", language=told)
    assert Customer.objects.get(pk=ann).language == kept


def test_no_e_mail_has_what_no_database_keeps() -> None:
    with pytest.raises(BadInput):
        email("an\x00n@example.org")
