"""How letters become cells: delimiter, quoting, and which line has the titles, from a file's first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from regulars.intake.fields import normal, synonyms

DELIMITERS = ("\t", ";", "|", ",", "\x01", "^", "~")
ALIGNED = " "
_DATA = re.compile(
    r"""^\s*(?:
        [-+(]?\s*[^\w\s]{0,2}\s*\d[\d\s.,'’\u00a0\u202f]*[^\w\s]{0,2}\)?-?   # a number
      | \d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T\s].*)?                        # a date
      | [^\s@]+@[^\s@]+\.[a-z]+                                            # an e-mail address
    )\s*$""",
    re.VERBOSE,
)


class Dialect(NamedTuple):
    """How a text file is cut into cells."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'


def hint(text: str) -> str:
    """The delimiter that Excel's first line `sep=;` names, or ""."""
    match = re.match(r"\ufeff?\"?sep=(.)\"?\r?(?:\n|$)", text, re.IGNORECASE)
    return match[1] if match else ""


def dialect(lines: Sequence[str], delimiter: str = "") -> Dialect:
    """The dialect of a file's first lines (without line ends); `delimiter` is kept when given."""
    quote = _quote(lines)
    escape = (
        "\\" if any(f"\\{quote}" in line for line in lines) and not any(quote * 2 in line for line in lines) else quote
    )
    if delimiter:
        return Dialect(delimiter, quote, escape)
    best, best_score = ",", 0.0
    for rank, candidate in enumerate(DELIMITERS):
        score = _evenness([len(row) for row in _cut(lines, Dialect(candidate, quote, escape))])
        if score > best_score + (0.02 if rank else 0):
            best, best_score = candidate, score
    if best_score < 0.5:
        aligned = _evenness([len(line.split()) for line in lines if line.strip()])
        if aligned > max(best_score, 0.5):
            return Dialect(ALIGNED, "", "")
    return Dialect(best, quote, escape)


def header(rows: Sequence[Sequence[str | None]]) -> int:
    """Index of the row with the titles among the first rows; -1 when there is none.

    Lines above it (a report's name, a date range) have fewer cells or data in them. Where every column is text,
    known titles decide; otherwise a first line that looks unlike the rest is taken for titles.
    """
    widths = Counter(_filled(row) for row in rows if _filled(row))
    if not widths:
        return -1
    usual = max(widths, key=lambda width: (widths[width], width))
    known = _known_titles()
    for index, row in enumerate(rows[:40]):
        cells = [cell.strip() for cell in row if cell and cell.strip()]
        if len(cells) < max(1, min(usual, 0.5 * usual + 1)):
            continue
        if any(_DATA.match(cell) for cell in cells) and not _mostly_known(cells, known):
            return -1
        if _mostly_known(cells, known) or _unlike(row, rows[index + 1 :]):
            return index
        return -1
    return -1


def unique_titles(cells: Sequence[str | None]) -> list[str]:
    """Titles without blanks and repeats: "Total", "Total (2)", "column 3"."""
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    titles = []
    for index, cell in enumerate(cells):
        base = " ".join((cell or "").replace("\ufeff", "").split())[:200] or f"column {index + 1}"
        seen[base] += 1
        title = base if seen[base] == 1 else f"{base} ({seen[base]})"
        while title in taken:
            seen[base] += 1
            title = f"{base} ({seen[base]})"
        taken.add(title)
        titles.append(title)
    return titles


def looks_like_data(cell: str) -> bool:
    """True for a number, a date or an e-mail address."""
    return _DATA.match(cell) is not None


def _quote(lines: Sequence[str]) -> str:
    double = sum(line.count('"') for line in lines)
    single = sum(len(re.findall(r"(?:^|[,;|\t])'[^']*'(?=$|[,;|\t])", line)) for line in lines)
    return "'" if single > len(lines) / 2 and double == 0 else '"'


def _cut(lines: Sequence[str], dialect_: Dialect) -> list[list[str]]:
    options: dict[str, Any] = {"escapechar": "\\", "doublequote": False} if dialect_.escape == "\\" else {}
    try:
        return [
            row
            for row in csv.reader(lines, delimiter=dialect_.delimiter, quotechar=dialect_.quote or None, **options)
            if row
        ]
    except csv.Error:
        return [line.split(dialect_.delimiter) for line in lines]


def _evenness(widths: Sequence[int]) -> float:
    """Share of rows with the usual width, 0 when that is one cell; a little more for wider tables."""
    if not widths:
        return 0.0
    width, count = max(Counter(widths).items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    return 0.0 if width < 2 else count / len(widths) + min(width, 50) / 10_000


def _filled(row: Sequence[str | None]) -> int:
    return sum(1 for cell in row if cell and cell.strip())


def _known_titles() -> set[str]:
    return {title for ranks in synonyms().values() for title in ranks}


def _mostly_known(cells: Sequence[str], known: set[str]) -> bool:
    return sum(normal(cell) in known for cell in cells) >= max(1, 0.3 * len(cells))


def _unlike(row: Sequence[str | None], below: Sequence[Sequence[str | None]]) -> bool:
    """True when some column below has data where this row has words, or no cell of this row comes again below."""
    if not below:
        return True
    for index, cell in enumerate(row):
        column = [r[index] for r in below[:50] if index < len(r) and r[index]]
        if cell and column and sum(looks_like_data(c or "") for c in column) > 0.7 * len(column):
            return True
    return not any(
        cell and any(index < len(r) and r[index] == cell for r in below[:200]) for index, cell in enumerate(row)
    ) and all(cell is None or len(cell) < 60 for cell in row)
