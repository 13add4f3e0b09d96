"""docs/settings.md names every setting with its true default, and none that isn't there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.docs.documents import DOCS, first_cells, sections

from regulars.insight.parameters import Thresholds
from regulars.platform.settings import Api, Backups, Firm, Hours, Mail, Privacy, Store, Stream, Web

TEXT = (DOCS / "settings.md").read_text(encoding="utf-8")
TABLES: dict[str, Any] = {
    "`[firm]`": Firm,
    "`[store]`": Store,
    "`[web]`": Web,
    "`[mail]`": Mail,
    "`[privacy]`": Privacy,
    "`[backups]`": Backups,
    "`[stream]`": Stream,
    "`[api]`": Api,
    "`[hours]`": Hours,
    "`[thresholds]`": Thresholds,
}
SAID_IN_WORDS: dict[object, set[str]] = {None: {"none", "from the first import"}, "": {"empty"}, (): {"none"}}


def defaults(heading: str) -> dict[str, str]:
    """Setting -> what the table gives as its default."""
    found = {}
    for line in sections(TEXT)[heading].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) >= 3:
            found[cells[0].strip("`")] = cells[1].strip("`")
    return found


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_described_and_every_described_one_is_there(heading: str) -> None:
    names = {field.name for field in msgspec.structs.fields(TABLES[heading])}
    assert {name for row in first_cells(sections(TEXT)[heading]) for name in row} == names


@pytest.mark.parametrize("heading", TABLES)
def test_the_defaults_are_the_true_ones(heading: str) -> None:
    said = defaults(heading)
    for name, value in msgspec.structs.asdict(TABLES[heading]()).items():
        if isinstance(value, tuple) and value:
            value = ", ".join(value)
        if value in SAID_IN_WORDS:
            assert said[name] in SAID_IN_WORDS[value], name
        elif isinstance(value, bool):
            assert said[name] == str(value).lower(), name
        elif isinstance(value, int | float):
            assert float(said[name]) == float(value), name
        else:
            assert said[name] == value, name


def test_every_table_of_the_file_is_described() -> None:
    tables = [heading for heading in sections(TEXT) if heading.startswith("`[")]
    assert tables == list(TABLES)
