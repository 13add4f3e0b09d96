"""On no screen, and nowhere in the report, is a sentence of ours that couldn't be translated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from babel import Locale
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from tests import pseudo
from tests.console import shops
from tests.members import browser, member
from tests.report import firms
from tests.stream import refusals
from tests.stream.sent import SERVER, event

from regulars.base.words import again, speaking
from regulars.console.settings.forms import LANGUAGES
from regulars.intake import jobs
from regulars.intake.fields import FIELDS, KINDS
from regulars.intake.models import Upload
from regulars.platform.workspace import Workspace
from regulars.report import html
from regulars.report.sections import document
from regulars.report.view import About
from regulars.staff.models import Staff
from regulars.stream import inbox
from regulars.stream.models import SetAside

PAGES = (
    *("home", "customers", "customers/3", "customers/7", "tasks", "imports", "insight", "insight/backtest"),
    *("insight/model", "settings", "settings/jobs", "privacy", "settings/hours", "settings/thresholds"),
    *("settings/retention", "settings/stream", "settings/webhooks", "settings/places", "settings/mail"),
)
STREAM = "/console/settings/stream/"
COLUMNS = "/console/imports/files/{}/columns/0/"
NAMES = "|".join(re.escape(name) for name in (*shops.NAMES, "x{20,}…?") if name)
FIXTURES = (
    "Owner|Beans|Tartu|none|zero|search ads|fair|shrunk Poisson|same as last period"
    r"|segment · our shop's server( · shop)?|Other|Cup Emptied|Datum|Kunde|Summe|given\.csv"
)
MONTHS = "(tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)(kuuta)?"
ALLOWED = (
    rf"{NAMES}|x{{20,}}|{FIXTURES}|{MONTHS}|\w+(tai|na)\b|Regulars|[Ss]uomi|English|EUR|milj"
    r"|[MP]\w+/\w+(-k)?|NBD|BG/\w+|https?://\S*|UTC|TLS|STARTTLS|Shopify|WooCommerce"
    r"|\w+@\S+|\w+(/[-\w ]+)+|\.toml|\b[a-z_]+_[a-z_]+\b"
)
"""Names, models, days, addresses, settings."""
CHOICES = {zone.replace("_", " ") for zone in available_timezones()} | {name for _, name in LANGUAGES}
CHOICES |= set(Locale("fi").territories.values())
"""Time zones, languages by their own names, and countries by Finnish ones."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pseudo.compiled(tmp_path / "locale")


def owner() -> Staff:
    """Who chose Finnish."""
    who = Staff.objects.filter(role="owner").first() or member("owner")
    who.language = "fi"
    who.save(update_fields=["language"])
    return who


def in_english(addresses: Iterable[str]) -> dict[str, list[str]]:
    """Of each page what stands outside the brackets."""
    client, left = browser(owner()), {}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert pseudo.OPEN in answer.text, address
        found = [one for one in pseudo.outside(answer.text, allowed=ALLOWED) if one.split(" << ")[1] not in CHOICES]
        left |= {address: found} if found else {}
    return left


@pytest.mark.parametrize("database", ["sqlite"])
def test_nothing_on_the_screens_is_left_in_english(
    shop: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pseudo.on_screens(folder, monkeypatch):
        left = in_english([f"/console/{page}/" for page in PAGES])
    assert left == {}, "\n".join(text for found in left.values() for text in found)


@pytest.mark.parametrize("database", ["sqlite"])
def test_why_something_was_refused_is_not_left_in_english(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.accept(SERVER, [event("m1"), *refusals.every()])
    inbox.accept(SERVER, [event("m1", name="Other")])
    rows = list(SetAside.objects.order_by("pk"))
    assert {row.code for row in rows} == refusals.CODES
    listed = STREAM + "refused/?" + "&".join(f"number={row.pk}" for row in rows)
    with pseudo.on_screens(folder, monkeypatch):
        left = in_english([STREAM, listed, *(f"{STREAM}refused/{row.pk}/" for row in rows)])
    assert left == {}, "\n".join(text for found in left.values() for text in found)


@pytest.mark.parametrize("database", ["sqlite"])
def test_what_columns_can_mean_is_not_left_in_english(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = given("Nr;Kunde;Datum;Summe\n" + "".join(f"{i};c{i};0{i}.02.2024;{i},50\n" for i in range(1, 9)))
    unknown = given("a,b\nx,y\nz,w\n")
    with pseudo.on_screens(folder, monkeypatch):
        left = in_english(
            [f"/console/imports/files/{known}/", *(f"{COLUMNS.format(unknown)}?kind={kind}" for kind in KINDS)]
        )
        with translation.override("fi"):
            said = {field.meaning: again(field.meaning) for kind in KINDS for field in FIELDS[kind]}
    assert left == {}, "\n".join(text for found in left.values() for text in found)
    assert len(said) > 90
    assert {meaning for meaning, text in said.items() if not text.startswith(pseudo.OPEN)} == set()


def given(text: str) -> int:
    """A file given in the browser, looked at."""
    browser(owner()).post("/console/imports/", {"files": SimpleUploadedFile("given.csv", text.encode())})
    number = Upload.objects.latest("pk").pk
    jobs.look.do(upload=number)
    return number


@pytest.mark.parametrize("name", list(firms.FIRMS))
def test_nothing_in_the_report_is_left_in_english(name: str, folder: Path) -> None:
    firm = firms.FIRMS[name]()
    with speaking(pseudo.catalogue(folder)):
        page = html.page(document(firm, {}, About(language="fi")))
    assert pseudo.outside(page, allowed=ALLOWED) == []


def test_a_sentence_that_is_not_a_message_would_be_seen() -> None:
    """Negative control."""
    page = "<style>p{color:red}</style><p>⟦Of ⟦{n} customers⟧ some⟧ 12 %</p><p aria-label='Kept'>⟦Home⟧ and more</p>"
    page += "<p>⟦Add it under <a>Keys</a>.⟧ <a>Elsewhere</a></p><p>⟦Cut off …</p><p>Seen</p>"
    assert [text.split(" <<")[0] for text in pseudo.outside(page, allowed=ALLOWED)] == [
        *("Elsewhere", "Kept", "Seen", "and more"),
    ]
