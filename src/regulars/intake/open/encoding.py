"""How bytes become letters: UTF-8 and UTF-16 by their marks and shape, one-byte encodings by which letters make sense.

A one-byte file decodes without error in a dozen encodings; the right one is where the letters beyond ASCII belong to
one language and stand inside words.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.intake.fields import accented
from regulars.intake.open import packing

_LETTERS = {
    "fi sv de et": "äöåüßõšžéÄÖÅÜÕŠŽÉ",
    "lv": "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ",
    "lt": "ąčęėįšųūžĄČĘĖĮŠŲŪŽ",
    "pl": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
    "cs sk hu": "áčďéěíňóřšťúůýžäľĺôŕöőüűÁČĎÉĚÍŇÓŘŠŤÚŮÝŽÖŐÜŰ",
    "fr es pt it": "àâæçéèêëîïôœùûüñáíóúãõìòÀÂÇÉÈÊËÎÏÔÙÛÜÑÁÍÓÚÃÕ",
    "da no": "æøåéÆØÅ",
    "ru uk bg": "".join(map(chr, range(0x410, 0x450))) + "ёіїєґЁІЇЄҐ",
}
_RARE = "ûîïëœùûíúìòÛÎÏËŒÙ"
_MARKS = "€£§°«»„“”’‘–—…·\u00a0×²³µ½®©™•№¿¡"
_CANDIDATES = (
    "cp1252",
    "cp1257",
    "cp1250",
    "iso8859_15",
    "iso8859_13",
    "iso8859_2",
    "cp1251",
    "cp850",
    "cp775",
    "mac_roman",
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BEYOND = re.compile(r"[^\x00-\x7f]")


class Encoding(NamedTuple):
    """`name` decodes the file; `fallback` decodes single lines that don't fit; `sure` is False for a guess."""

    name: str
    fallback: str = "cp1252"
    sure: bool = True


def detect(sample: bytes, name: str) -> Encoding:
    """The encoding of a text file's sample. Raises BadInput when the bytes are no text at all."""
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return Encoding(encoding)
    wide = _utf16_without_mark(sample)
    if wide:
        return Encoding(wide)
    _refuse_binary(sample, name)
    if sample.isascii():
        return Encoding("utf-8")
    broken = _broken_utf8(sample)
    if broken == 0:
        return Encoding("utf-8")
    guess, sure = _one_byte(sample)
    many_bytes = len(re.findall(rb"[\xc3-\xef][\x80-\xbf]", sample))
    if many_bytes > 5 * broken:
        return Encoding("utf-8", guess, sure=False)
    return Encoding(guess, guess, sure)


def transcode(source: Path, encoding: str, to: Path, *, new_line_ends: bool = False) -> None:
    """Write `source` as UTF-8 without mark, in constant memory; what can't be decoded becomes U+FFFD.

    `new_line_ends` turns lone carriage returns into line feeds.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with source.open("rb") as file, to.open("wb") as target:
        while True:
            chunk = file.read(packing.CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            target.write((text.replace("\r", "\n") if new_line_ends else text).encode("utf-8", "replace"))
            if not chunk:
                return


def decode(data: bytes, encoding: Encoding) -> str:
    """A sample as text; a line that isn't UTF-8 in a file that is takes the fallback."""
    if encoding.name != "utf-8":
        return data.decode(encoding.name, "replace")
    return "".join(decode_line(line, encoding.fallback) for line in data.splitlines(keepends=True))


def decode_line(line: bytes, fallback: str) -> str:
    """One line as UTF-8, or in the fallback."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(fallback, "replace")


def _utf16_without_mark(sample: bytes) -> str:
    piece = sample[:4096]
    if len(piece) < 8:
        return ""
    even, odd = piece[0::2].count(0) / (len(piece) / 2), piece[1::2].count(0) / (len(piece) / 2)
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return ""


def _refuse_binary(sample: bytes, name: str) -> None:
    control = sum(sample.count(code) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    nul = sample.count(0)
    if control > 0.01 * len(sample) or nul > 0.1 * len(sample):
        raise BadInput(f"{name} isn't a table: its bytes are no text, whatever its name says. {told(packing.CURE)}")


def _broken_utf8(sample: bytes) -> int:
    """How many bytes aren't UTF-8; a letter cut at the end of the sample doesn't count."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    return text.count("\ufffd") - sample.count("\ufffd".encode())


def _one_byte(sample: bytes) -> tuple[str, bool]:
    lines = [line for line in sample.splitlines() if not line.isascii()][:2000]
    piece = b"\n".join(lines)[:200_000]
    scored = [(score, -rank, name) for rank, name in enumerate(_CANDIDATES) if (score := _fit(piece, name)) is not None]
    best = max(scored, default=(0.0, 0, "cp1252"))
    if best[0] >= 0.6:
        return best[2], best[0] >= 0.9
    from charset_normalizer import from_bytes

    guess = from_bytes(piece).best()
    if guess is not None and guess.encoding not in ("ascii", "utf_8"):
        return guess.encoding, False
    return "cp1252", False


def _fit(piece: bytes, name: str) -> float | None:
    """Share of the letters beyond ASCII that belong to one language, less those in odd places, more for known words.

    None when the bytes can't be decoded so, or have nothing beyond ASCII.
    """
    try:
        text = piece.decode(name)
    except UnicodeDecodeError:
        return None
    beyond = _BEYOND.findall(text)
    if not beyond:
        return None
    marks = sum(c in _MARKS for c in beyond)
    letters = max(sum(c in alphabet for c in beyond) for alphabet in _LETTERS.values())
    rare = 0.1 * sum(c in _RARE for c in beyond)
    words = {word.casefold() for word in re.findall(r"[^\W\d_]+", text[:20_000]) if not word.isascii()}
    known = len(words & accented()) / len(words) if words else 0.0
    odd = sum(not letter.islower() for letter in re.findall(r"(?<=[a-z])[^\x00-\x7f](?=[a-z])", text))
    return (letters + 0.7 * marks - odd - rare) / len(beyond) + 0.3 * known
