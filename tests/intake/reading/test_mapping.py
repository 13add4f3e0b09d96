"""A mapping: kept as TOML, corrected, used, and refused where it says what can't be."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.reading.readings import Readings, numbered

from regulars.base.errors import BadInput
from regulars.intake.mapping import Mapping

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT, TEXT, max_size=4), st.lists(TEXT, max_size=4), TEXT, st.integers(-1, 9))
def test_every_mapping_is_read_back_as_it_was(words, titles, text, number):
    mapping = Mapping(
        kind="lines", columns={"total": text}, dates=words, statuses=words, ignore=titles, header_row=number
    )
    assert Mapping.from_toml(mapping.to_toml()) == mapping


def test_a_mapping_is_kept_corrected_and_used(readings: Readings) -> None:
    text = numbered(["05/03/2024", "02/01/2024"] * 5)
    mapping = readings.recognise(text).mapping
    again = Mapping.from_toml(mapping.to_toml())
    assert again == mapping
    again.dates["date"] = "month/day/year"
    again.columns = {"ordered_at": "date", "customer_ref": "customer", "total": "total"}
    readings.take(text, mapping=again)
    assert readings.column("day")[:2] == [date(2024, 5, 3), date(2024, 2, 1)]
    assert readings.column("order_number") == [None] * 10


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("kind = 'orders'\nwrong = 1", "wrong"),
        ("kind = 'sales'", "kind"),
        ("kind = ", "TOML"),
        ("kind = 'orders'\n[columns]\nfoo = 'x'", "foo"),
        ("kind = 'orders'\ndecimal = ';'", "decimal"),
    ],
)
def test_a_bad_mapping_says_what_is_wrong(toml: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Mapping.from_toml(toml)


def test_a_mapping_that_names_a_missing_column(readings: Readings) -> None:
    with pytest.raises(BadInput, match="no column 'Datum'"):
        readings.recognise(numbered(["2024-01-05"]), mapping=Mapping("orders", columns={"ordered_at": "Datum"}))
