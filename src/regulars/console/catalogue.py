"""Translations: kept as `locale/<language>/LC_MESSAGES/django.po` in each room, compiled by this program itself.

gettext's own tools may be missing where Regulars is installed, and nothing generated is kept in the repository: so the
server compiles once, into the user's cache, and finds it there the next time. After words of a screen have changed,
`python -m regulars.console.catalogue` brings the .po files up to date; what it adds is empty until somebody writes it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent
ROOMS = ("console", "staff")
LANGUAGES = ("fi",)
BORROWED = ("theme_switch", "language_form")
"""Templates of Unfold that our frame includes as they are."""
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


def folder() -> Path:
    """Where the compiled translations are, for Django's LOCALE_PATHS; compiled first where they aren't there yet."""
    files = [(room, language, po_path(room, language)) for room in ROOMS for language in LANGUAGES]
    known = [(room, language, path.read_bytes()) for room, language, path in files if path.exists()]
    digest = blake2b(b"\0".join(text for _room, _language, text in known), digest_size=10).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regulars" / "locale" / digest
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:  # no home that can be written to
        cache = Path(tempfile.mkdtemp(prefix="regulars-locale-"))
    for language in LANGUAGES:
        target = cache / language / "LC_MESSAGES" / "django.mo"
        if not target.exists():
            _compile([text for _room, of, text in known if of == language], language, target)
    return cache


def po_path(room: str, language: str) -> Path:
    """The file that people write."""
    return SOURCE / room / "locale" / language / "LC_MESSAGES" / "django.po"


def read(room: str, language: str) -> Catalog:
    """What is translated in a room; empty where nothing is."""
    path = po_path(room, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def wanted(room: str) -> Catalog:
    """Every text of a room's programs and templates that is to be translated."""
    found = Catalog()
    for path, text in _sources(room):
        for _line, message, _comments, context in extract("python", BytesIO(text.encode()), keywords=_KEYWORDS):
            if message and message != ("", ""):
                found.add(message, context=context, locations=[(path, 1)])
    return found


def update(room: str, language: str) -> int:
    """Bring the .po file of a room up to date; how many texts have no translation yet."""
    new, old = wanted(room), read(room, language)
    result = Catalog(locale=language, project="Regulars", copyright_holder="", fuzzy=False)
    for message in new:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        same = known is not None and not known.fuzzy
        result.add(message.id, known.string if same and known else None, context=message.context,
                   locations=message.locations, flags=message.flags - {"fuzzy"})  # fmt: skip
    write(room, language, result)
    return sum(1 for message in result if message.id and not all(_strings(message.string)))


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


def _strings(found: object) -> tuple[str, ...]:
    return found if isinstance(found, tuple) else (str(found or ""),)


def _compile(texts: list[bytes], language: str, target: Path) -> None:
    whole = Catalog(locale=language)
    for text in texts:
        for message in read_po(BytesIO(text), locale=language):
            if message.id:
                whole.add(message.id, message.string, context=message.context)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".new", delete=False) as new:
        write_mo(new, whole)
    Path(new.name).replace(target)


if __name__ == "__main__":
    from regulars.platform import store

    store.prepare(store.SERVER)
    for room in ROOMS:
        for language in LANGUAGES:
            print(f"{po_path(room, language)}: {update(room, language)} texts to translate")  # noqa: T201 - a command
