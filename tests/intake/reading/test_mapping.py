"""A mapping as TOML: whatever titles a file has, it is read back as it was written."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.intake.mapping import Mapping

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT, TEXT, max_size=4), st.lists(TEXT, max_size=4), TEXT, st.integers(-1, 9))
def test_every_mapping_is_read_back_as_it_was(words, titles, text, number):
    mapping = Mapping(
        kind="lines", columns={"total": text}, dates=words, statuses=words, ignore=titles, header_row=number
    )
    assert Mapping.from_toml(mapping.to_toml()) == mapping
