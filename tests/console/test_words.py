"""Every word of the screens has its Finnish, and what is compiled is what Django reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from tests.members import browser, member

from regulars.base.words import FIELD
from regulars.console import catalogue, extraction, phrases
from regulars.platform import translations
from regulars.platform.workspace import Workspace


@pytest.mark.parametrize("room", translations.ROOMS)
def test_every_text_is_translated(room: str) -> None:
    known = translations.read(room, "fi")
    missing = []
    for message in catalogue.wanted(room):
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        strings = found.string if found is not None else ""
        if not all(strings if isinstance(strings, tuple) else [strings]):
            missing.append(message.id)
    assert missing == [], "write them after: python -m regulars.console.catalogue"


@pytest.mark.parametrize("room", translations.ROOMS)
def test_translations_keep_the_places_of_figures(room: str) -> None:
    wrong = []
    for message in translations.read(room, "fi"):
        if not message.id:
            continue
        wrong += [(message.id, error) for error in message.check()]
        places = {place for one in catalogue.strings(message.id) for place in _places(one)}
        wrong += [(message.id, one) for one in catalogue.strings(message.string) if not _places(one) <= places]
    assert wrong == []


def _places(text: str) -> set[str]:
    """Where figures go, with their kinds: `{n}`, `{reason:told}`, and in the sentences of reasons `{days:days}`."""
    return {found[0] for found in FIELD.finditer(text)}


def test_one_text_has_one_translation_in_all_rooms() -> None:
    seen: dict[tuple[object, object], object] = {}
    wrong = []
    for room in translations.ROOMS:
        for message in translations.read(room, "fi"):
            if message.id and seen.setdefault((message.id, message.context), message.string) != message.string:
                wrong.append((room, message.id, message.string))
    assert wrong == []


def test_messages_are_found_in_programs() -> None:
    text = (
        'raise BadInput(f"No {thing.name}: {len(rows):,} of {told(kind)}, {a.name}.")\n'
        'say("yes" if x else "no", n=1); say_in("where", "up"); say_many("{n} a", "{n} b", 2); f.counted(1, "c", "d")\n'
        'T = told({"code": ("one", "two")}); print("nothing"); told(str(error)); Other(f"no {message}")'
    )
    found = [(one.message, one.context) for one in extraction.of_program(text)]
    assert set(found) == {
        ("No {name}: {rows:n} of {kind:told}, {name_2}.", None),
        *((word, None) for word in ("yes", "no", "one", "two")),
        ("up", "where"),
        (("{n} a", "{n} b"), None),
        (("c", "d"), None),
    }


def test_an_untranslated_text_would_be_seen() -> None:
    """Negative control."""
    assert translations.read("console", "fi").get("A text that nobody wrote") is None
    assert catalogue.wanted("console").get("Customers") is not None


def test_the_screens_speak_the_language_of_the_member(shop: Workspace) -> None:
    who = member("owner")
    client = browser(who)
    assert "Your customers on" in client.get("/console/home/").text
    client.post("/console/language/", {"language": "fi", "next": "/console/tasks/"})
    who.refresh_from_db()
    assert who.language == "fi"
    text = client.get("/console/home/").text
    assert "Asiakkaasi" in text
    assert '<html lang="fi"' in text
    assert client.post("/console/language/", {"language": "xx"}).status_code == 302
    who.refresh_from_db()
    assert who.language == "fi"


def test_days_and_shares_as_the_language_writes_them() -> None:
    with translation.override("fi"):
        assert phrases.short_day(date(2026, 11, 21)) == "21.11.2026"
        assert phrases.percent(0.123) == "12\N{NO-BREAK SPACE}%"
        assert phrases.span(61) == "9 viikkoa"
    with translation.override("en"):
        assert phrases.short_day(date(2026, 11, 21)) == "21\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2026"
        assert phrases.percent(0.001) == "<1%"
        assert phrases.span(1) == "1 day"


def test_where_no_cache_can_be_written_it_still_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    found = translations.compiled()
    assert (found / "fi" / "LC_MESSAGES" / "django.mo").stat().st_size > 1000
