"""What is said follows the catalogue that is spoken; what was told in English is recognised and said anew."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base import words
from regulars.base.words import again, grouped, say, say_in, say_many, speaking, told


class Backwards:
    """A language of which every word is another one."""

    language = "xx"
    texts: ClassVar = {
        "There is no customer {number}.": "Customer {number}: none.",
        "Row {row}: '{cell}' {what:told}.": "Line {row}, '{cell}': {what:told}!",
        "isn't a date": "no day",
        "{name}: {reason:told}": "{name} - {reason:told}",
        "{n:n} rows read well so;": "well: {n:n};",
        "current": "now",
    }

    def gettext(self, message: str, /) -> str:
        return self.texts.get(message, message)

    def ngettext(self, _one: str, _many: str, n: int, /) -> str:
        return {1: "single {n}", 2: "double {n}"}.get(n, "lots of {n}")

    def pgettext(self, context: str, message: str, /) -> str:
        return "." if context == "between thousands" else message

    def form(self, n: int) -> int:
        return min(n - 1, 2)

    def messages(self) -> Iterable[str]:
        return self.texts


OTHER = Backwards()


@pytest.fixture(autouse=True)
def _as_a_program_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_followed", words._english)


def test_english_is_the_message_itself() -> None:
    assert say("There is no customer {number}.", number=7) == "There is no customer 7."
    assert say_many("{n} day", "{n} days", 1, n=1) == "1 day"
    assert say_many("{n} day", "{n} days", 1.2, n=1.2) == "1.2 days"
    assert grouped(4812) == "4,812"
    assert again("There is no customer 7.") == "There is no customer 7."


def test_another_language_for_a_while_and_in_this_thread_only() -> None:
    heard: list[str] = []
    with speaking(OTHER):
        assert say("There is no customer {number}.", number=7) == "Customer 7: none."
        assert say_many("{n} day", "{n} days", 2, n=2) == "double 2"
        assert say_in("between thousands", ",") == "."
        assert grouped(4812) == "4.812"
        other = threading.Thread(target=lambda: heard.append(say("current")))
        other.start()
        other.join()
    assert heard == ["current"]
    assert say("current") == "current"


def test_what_was_told_is_said_anew_with_its_figures() -> None:
    number, cell, what = 4711, "31.02.2024", told("isn't a date")
    with speaking(OTHER):
        assert again(told(f"There is no customer {number}.")) == "Customer 4711: none."
        assert again(told(f"Row 3: '{cell}' {told(what)}.")) == "Line 3, '31.02.2024': no day!"
        assert again("4,311 rows read well so;") == "well: 4.311;"
        assert again("a.csv: isn't a date\nb.csv: isn't a date") == "a.csv - no day\nb.csv - no day"


def test_what_is_not_recognised_stays() -> None:
    with speaking(OTHER):
        assert again("Nobody ever said this.") == "Nobody ever said this."
        assert again("a.csv: something else") == "a.csv: something else"  # the part must be known as well
        assert again("") == ""


@given(st.text(max_size=40))
def test_a_cell_stays_what_it_is(cell: str) -> None:
    """Whatever stands in a file goes through unchanged, even where it is a word of ours."""
    line = cell.replace("\n", " ")
    with speaking(OTHER):
        assert again(f"Row 3: '{line}' isn't a date.") == f"Line 3, '{line}': no day!"


def test_a_figure_that_is_a_word_of_ours_is_not_translated() -> None:
    with speaking(OTHER):
        assert again("Row 3: 'current' isn't a date.") == "Line 3, 'current': no day!"


def test_a_figure_that_was_not_given_stays_written() -> None:
    assert say("{one} and {other}", one=1) == "1 and {other}"
    assert say("50% of {n}", n=3) == "50% of 3"
    assert say("{name}", name="{other}") == "{other}"


def test_the_server_can_say_which_language_is_now() -> None:
    words.follow(lambda: OTHER)
    assert say("current") == "now"
    with speaking(words.ENGLISH):
        assert say("current") == "current"
