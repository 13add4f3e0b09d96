"""On no screen, and nowhere in the report, is a sentence of ours that couldn't be translated."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from tests import pseudo
from tests.console import shops
from tests.members import browser, member
from tests.report import firms

from regulars.base.words import speaking
from regulars.console.settings.forms import LANGUAGES
from regulars.platform.workspace import Workspace
from regulars.report import html
from regulars.report.sections import document
from regulars.report.view import About

PAGES = (
    *("home", "customers", "customers/3", "customers/7", "tasks", "imports", "insight", "insight/backtest"),
    *("insight/model", "settings", "settings/jobs", "privacy"),
)
NAMES = "|".join(re.escape(name) for name in (*shops.NAMES, "x{20,}…?") if name)
FIXTURES = "Owner|Beans|Tartu|none|zero|search ads|fair|shrunk Poisson|same as last period"
MONTHS = "(tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)(kuuta)?"
ALLOWED = (
    rf"{NAMES}|x{{20,}}|{FIXTURES}|{MONTHS}|\w+(tai|na)\b|Regulars|[Ss]uomi|English|EUR|milj"
    r"|[MP]\w+/\w+(-k)?|NBD|BG/\w+|https?://\S+|\w+@\S+|\w+(/[-\w ]+)+|\.toml|\b[a-z_]+_[a-z_]+\b"
)
"""Names, models, days, addresses, settings."""
CHOICES = {zone.replace("_", " ") for zone in available_timezones()} | {name for _, name in LANGUAGES}
"""Time zones, and languages by their own names."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pseudo.compiled(tmp_path / "locale")


@pytest.mark.parametrize("database", ["sqlite"])
def test_nothing_on_the_screens_is_left_in_english(
    shop: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = member("owner")
    who.language = "fi"
    who.save(update_fields=["language"])
    client = browser(who)
    left = {}
    with pseudo.on_screens(folder, monkeypatch):
        for page in PAGES:
            answer = client.get(f"/console/{page}/")
            assert answer.status_code == 200, page
            assert pseudo.OPEN in answer.text, page
            found = [one for one in pseudo.outside(answer.text, allowed=ALLOWED) if one.split(" << ")[1] not in CHOICES]
            left |= {page: found} if found else {}
    assert left == {}, "\n".join(text for found in left.values() for text in found)


@pytest.mark.parametrize("name", list(firms.FIRMS))
def test_nothing_in_the_report_is_left_in_english(name: str, folder: Path) -> None:
    firm = firms.FIRMS[name]()
    with speaking(pseudo.catalogue(folder)):
        page = html.page(document(firm, {}, About(language="fi")))
    assert pseudo.outside(page, allowed=ALLOWED) == []


def test_a_sentence_that_is_not_a_message_would_be_seen() -> None:
    """Negative control."""
    page = "<style>p{color:red}</style><p>⟦Of ⟦{n} customers⟧ some⟧ 12 %</p><p aria-label='Kept'>⟦Home⟧ and more</p>"
    assert [text.split(" <<")[0] for text in pseudo.outside(page, allowed=ALLOWED)] == ["Kept", "and more"]
