"""The catalogues of all rooms: `locale/<language>/LC_MESSAGES/django.po` in each, compiled by this program itself.

gettext's own tools may be missing where Regulars is installed, and nothing generated is kept in the repository: so who
first needs a language compiles it into the user's cache, and finds it there the next time. One file a language holds
the texts of every room: Django reads it for the screens, `base.words` for what other rooms say.
"""

from __future__ import annotations

import gettext
import os
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.base import words

if TYPE_CHECKING:
    from babel.messages import Catalog

SOURCE = Path(__file__).resolve().parent.parent
ROOMS = ("console", "staff", "report", "stream", "intake", "customers", "platform", "lake", "base")
LANGUAGES = ("fi",)
"""Beside English."""


class Spoken(gettext.GNUTranslations):
    """One compiled language, as `base.words` wants it."""

    def __init__(self, path: Path, language: str) -> None:
        self.language = language
        with path.open("rb") as file:
            super().__init__(file)
        texts: dict[str | tuple[str, int], str] = vars(self)["_catalog"]
        self._messages = frozenset(key if isinstance(key, str) else key[0] for key in texts)

    def form(self, n: int) -> int:
        """Which of a word's forms goes with `n` things."""
        return int(vars(self)["plural"](n))

    def messages(self) -> Iterable[str]:
        """Every message without context, in English."""
        return (message for message in self._messages if "\x04" not in message)


def spoken(language: str) -> words.Catalogue:
    """The catalogue of a language such as `fi` or `fi-FI`; English for those that nobody has written yet."""
    short = language.replace("_", "-").split("-")[0].lower()
    return _spoken(short, folder()) if short in LANGUAGES else words.ENGLISH


def follow_screens() -> None:
    """Let every room speak the language that Django has for the request of now."""
    from django.utils.translation import get_language

    where = folder()

    def now() -> words.Catalogue:
        short = (get_language() or "en").split("-")[0]
        return _spoken(short, where) if short in LANGUAGES else words.ENGLISH

    words.follow(now)


@lru_cache(maxsize=1)
def folder() -> Path:
    """Where the compiled translations are, for Django's LOCALE_PATHS; compiled first where they aren't there yet."""
    return compiled()


def compiled() -> Path:
    """The same, looked up anew."""
    files = [(language, po_path(room, language)) for room in ROOMS for language in LANGUAGES]
    known = [(language, path.read_bytes()) for language, path in files if path.exists()]
    digest = blake2b(b"\0".join(text for _language, text in known), digest_size=10).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regulars" / "locale" / digest
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:  # no home that can be written to
        cache = Path(tempfile.mkdtemp(prefix="regulars-locale-"))
    for language in LANGUAGES:
        target = cache / language / "LC_MESSAGES" / "django.mo"
        if not target.exists():
            write_compiled([text for of, text in known if of == language], language, target)
    return cache


def po_path(room: str, language: str) -> Path:
    """The file that people write."""
    return SOURCE / room / "locale" / language / "LC_MESSAGES" / "django.po"


def read(room: str, language: str) -> Catalog:
    """What is translated in a room; empty where nothing is."""
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    path = po_path(room, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write_compiled(texts: list[bytes], language: str, target: Path) -> None:
    """Put .po files together into one compiled file, whole or not at all."""
    from babel.messages import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    whole = Catalog(locale=language)
    for text in texts:
        for message in read_po(BytesIO(text), locale=language):
            if message.id:
                whole.add(message.id, message.string, context=message.context)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".new", delete=False) as new:
        write_mo(new, whole)
    Path(new.name).replace(target)


@lru_cache(maxsize=8)
def _spoken(language: str, where: Path) -> Spoken:
    return Spoken(where / language / "LC_MESSAGES" / "django.mo", language)
