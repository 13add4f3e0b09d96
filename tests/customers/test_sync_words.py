"""Folding names."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regulars.customers.sync_words import fold, folded, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Älvi  O'Brien-Käsk", "alvi o brien kask"),
        ("", ""),
        ("C-12", "c 12"),
        ("Straße", "strasse"),
        ("東京 カフェ", "東京 カフェ"),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected
    assert words(text) == expected.split()
    assert fold(fold(text)) == fold(text)


def plainly(text: str) -> str:
    """One label, letter by letter."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", bare.lower()))


@example([])
@example(["Õie\nTamm", "", "a_b", "ΟΔΟΣ", "ΟΔΟΣ"])
@given(st.lists(st.text(max_size=20), max_size=8))
def test_together_is_one_after_the_other(labels: list[str]) -> None:
    assert folded(labels) == [plainly(label) for label in labels]
