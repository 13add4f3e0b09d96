"""Folding names."""

from __future__ import annotations

import pytest

from regulars.customers.sync_words import fold, words


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
