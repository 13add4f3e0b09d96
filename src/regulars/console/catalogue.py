"""Brings the .po files of all rooms up to date: `python -m regulars.console.catalogue`, after words have changed.

What it adds is empty until somebody writes it; words that another room has already are taken from there. Where the
files lie and how they are compiled: `platform.translations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import cast

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from regulars.console import extraction
from regulars.platform.translations import LANGUAGES, ROOMS, SOURCE, po_path, read

BORROWED = ("theme_switch", "language_form")
"""Templates of Unfold that our frame includes as they are."""
DJANGO = ("console", "staff")
"""Rooms whose texts go through Django's functions and templates as well."""
_KEYWORDS = {
    "_": None,
    "lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}

_IDLE = tuple(f'"{name}' for name in ("Project-Id", "Report-", "POT-", "PO-", "Last-", "Language-Team", "Generated"))


def wanted(room: str) -> Catalog:
    """Every text of a room's programs and templates that is to be translated."""
    found = Catalog()
    for path in sorted((SOURCE / room).rglob("*.py")):
        where = [(path.relative_to(SOURCE).as_posix(), 1)]
        for one in extraction.of_program(path.read_text(encoding="utf-8")):
            found.add(one.message, context=one.context, locations=where)
    sentences = SOURCE / extraction.SENTENCES
    if sentences.is_relative_to(SOURCE / room):
        for one in extraction.of_sentences(sentences):
            found.add(one.message, locations=[(extraction.SENTENCES, 1)])
    for path_name, text in _sources(room) if room in DJANGO else ():
        for _line, message_id, _comments, context in extract("python", BytesIO(text.encode()), keywords=_KEYWORDS):
            if message_id and message_id != ("", ""):
                found.add(message_id, context=context, locations=[(path_name, 1)])
    return found


def update(room: str, language: str) -> int:
    """Bring the .po file of a room up to date; how many texts have no translation yet."""
    new = wanted(room)
    known = [read(one, language) for one in (room, *(other for other in ROOMS if other != room))]
    result = Catalog(locale=language, project="Regulars", copyright_holder="", fuzzy=False)
    for message in new:
        if message.id:
            result.add(message.id, _translated(message, known), context=message.context,
                       locations=message.locations, flags=message.flags - {"fuzzy"})  # fmt: skip
    write(room, language, result)
    return sum(1 for message in result if message.id and not all(strings(message.string)))


def write(room: str, language: str, catalogue: Catalog) -> None:
    """Keep a .po file: sorted, and without the lines of its head that would change with every day."""
    whole = BytesIO()
    write_po(whole, catalogue, width=120, sort_output=True, include_lineno=False)
    lines = whole.getvalue().decode().splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith("msgid"))
    kept = [line for line in lines[start:] if not line.startswith(_IDLE)]
    path = po_path(room, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(kept), encoding="utf-8")


def strings(found: object) -> tuple[str, ...]:
    """A translation, or all its forms."""
    return found if isinstance(found, tuple) else (str(found or ""),)


def _translated(message: Message, known: list[Catalog]) -> str | tuple[str, ...] | None:
    for catalogue in known:
        old = catalogue.get(message.id, message.context)
        if old is not None and not old.fuzzy and all(strings(old.string)) and _alike(old.id, message.id):
            return cast("str | tuple[str, ...]", old.string)
    return None


def _alike(one: object, other: object) -> bool:
    """Both with a plural, or neither."""
    return isinstance(one, tuple) == isinstance(other, tuple)


def _sources(room: str) -> Iterator[tuple[str, str]]:
    """Name and text, as Python, of what may hold words."""
    from django.apps import apps
    from django.utils.translation.template import templatize as blanked

    def templatize(text: str, origin: str) -> str:
        # Python's tokenizer minds how lines begin, which templates don't.
        return "\n".join(line.lstrip() for line in blanked(text, origin=origin).splitlines())

    base = SOURCE / room
    for path in sorted(base.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")
    templates = sorted(base.rglob("*.html")) + sorted(base.rglob("*.txt"))
    for path in templates:
        yield path.relative_to(SOURCE).as_posix(), templatize(path.read_text(encoding="utf-8"), path.name)
    if room == "console":
        helpers = Path(apps.get_app_config("unfold").path) / "templates" / "unfold" / "helpers"
        for name in BORROWED:
            yield f"unfold/{name}.html", templatize((helpers / f"{name}.html").read_text(encoding="utf-8"), name)


if __name__ == "__main__":
    from regulars.platform import store

    store.prepare(store.SERVER)
    for room in ROOMS:
        for language in LANGUAGES:
            print(f"{po_path(room, language)}: {update(room, language)} texts to translate")  # noqa: T201 - a command
