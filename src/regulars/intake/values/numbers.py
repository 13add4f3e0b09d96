"""Amounts and quantities: which mark is the decimal one, and SQL that reads cells exactly as DECIMAL(38,6).

Read are marks of thousands (space, no-break space, ', ., ,), currency signs and codes before or behind, a minus
before or behind, and parentheses for negatives.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from regulars.intake.values.dictionary import NOTHING, currency_codes, marks

_UNITS = ("kpl", "tk", "pcs", "pc", "szt", "gab", "stk", "st")
_MARKS = "|".join(
    re.escape(mark).replace("\\ ", " ")
    for mark in sorted({*marks(), *(code.lower() for code in currency_codes())} - {"r"}, key=lambda m: (-len(m), m))
)
_BEFORE = rf"(?:{_MARKS})[.]?"
_BEHIND = rf"(?:{_MARKS}|{'|'.join(_UNITS)})[.]?"
_SHAPE = re.compile(
    rf"^\(?\s*[-+]?\s*(?P<before>{_BEFORE})?\s*[-+]?\s*(?P<number>[0-9][0-9 .,']*|[.,][0-9]+)"
    rf"\s*(?P<after>{_BEHIND})?\s*-?\s*\)?$",
    re.IGNORECASE,
)
_SAME = str.maketrans({"−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'", "‘": "'", "`": "'"})
_SWISS = re.compile(r"[.,]\s*[-—]{1,2}$")


class Evidence(NamedTuple):
    """What a column's cells say: how many are numbers, and for which decimal mark they speak."""

    cells: int
    numbers: int
    point: int
    comma: int
    unsure: int
    """Cells such as "1.234", which could be either."""
    plain: int
    """Cells of digits alone."""
    signs: Counter[str]

    @property
    def share(self) -> float:
        """Share of the cells that are numbers."""
        return self.numbers / self.cells if self.cells else 0.0


def evidence(cells: Sequence[str]) -> Evidence:
    """Look at a column's cells (not empty ones)."""
    numbers = point = comma = unsure = plain = 0
    signs: Counter[str] = Counter()
    filled = [cell for cell in cells if cell.strip().casefold() not in NOTHING]
    for cell in filled:
        match = _SHAPE.match(_SWISS.sub("", cell.strip().translate(_SAME)))
        number = match["number"].strip() if match else _scientific(cell)
        if not number:
            continue
        vote = _vote(number)
        if vote == "no":
            continue
        numbers += 1
        point += vote == "."
        comma += vote == ","
        unsure += vote == "?"
        plain += vote == ""
        for sign in (match["before"], match["after"]) if match else ():
            if sign:
                signs[sign.strip().casefold()] += 1
    return Evidence(len(filled), numbers, point, comma, unsure, plain, signs)


def decimal_mark(columns: Iterable[Evidence], likely: str) -> tuple[str, bool]:
    """The decimal mark that the columns speak for, and whether that is sure. `likely` decides when they say nothing."""
    found = list(columns)
    point, comma = sum(e.point for e in found), sum(e.comma for e in found)
    if point == comma:
        return likely, not any(e.unsure for e in found)
    return (".", point > 3 * comma) if point > comma else (",", comma > 3 * point)


def _vote(number: str) -> str:
    """ "." or "," for the decimal mark it must have, "?" for either, "" for none needed, "no" when it is no number."""
    tight = number.replace(" ", "").replace("'", "")
    if not re.fullmatch(r"\d{1,3}(?:[ ']\d{3})*(?:[.,].*)?|\d+(?:[.,].*)?|[.,]\d+", number.replace(",", ".")) and (
        " " in number or "'" in number
    ):
        return "no"
    dots, commas = tight.count("."), tight.count(",")
    if not dots and not commas:
        return ""
    if dots and commas:
        mark = "." if tight.rindex(".") > tight.rindex(",") else ","
        return mark if tight.count(mark) == 1 else "no"
    mark, other = (".", ",") if dots else (",", ".")
    parts = tight.split(mark)
    if len(parts) > 2:
        return other if all(len(p) == 3 for p in parts[1:]) and 1 <= len(parts[0]) <= 3 else "no"
    if len(parts[1]) == 3 and 1 <= len(parts[0]) <= 3 and parts[0] != "0" and not parts[0].startswith("0"):
        return "?"
    return mark


def _scientific(cell: str) -> str:
    return cell.strip() if re.fullmatch(r"\s*-?\d+(?:\.\d+)?[eE][-+]?\d{1,2}\s*", cell) else ""


def fast(cell: str, decimal: str) -> str:
    """SQL: the plain form only, as DECIMAL(18,6), NULL for everything else."""
    if decimal == ".":
        return f"TRY_CAST({cell} AS DECIMAL(18,6))"
    plain = f"TRY_CAST(replace({cell}, ',', '.') AS DECIMAL(18,6))"
    return f"CASE WHEN contains({cell}, '.') THEN NULL ELSE {plain} END"


def slow(cell: str, decimal: str, name: str) -> list[tuple[str, str]]:
    """SQL of every form that can be read in one way with this decimal mark, in steps (column, expression)."""
    point = "[.]" if decimal == "." else ","
    group = "[ ',]" if decimal == "." else "[ '.]"
    whole = rf"\d+|\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}"
    number = rf"({whole}|)(?:{point}(\d*))?"
    pattern = rf"(?i)^(\(?)\s*([-+]?)\s*(?:{_BEFORE})?\s*([-+]?)\s*{number}\s*(?:{_BEHIND})?\s*(-?)\s*(\)?)$"
    return [
        (f"tidy_{name}", tidied(cell)),
        (f"parts_{name}", f"regexp_extract(tidy_{name}, {_text(pattern)}, ['o', 's', 't', 'w', 'f', 'm', 'c'])"),
        (f"slow_{name}", f"regulars_amount(parts_{name}, tidy_{name})"),
    ]


MACROS = (
    """CREATE OR REPLACE MACRO regulars_amount(p, tidy) AS CASE
        WHEN p.w = '' AND p.f = '' THEN TRY_CAST(
            CASE WHEN regexp_full_match(tidy, '-?[0-9]+([.][0-9]+)?[eE][-+]?[0-9]{1,2}') THEN tidy END AS DECIMAL(38,6))
        WHEN (p.o = '(') <> (p.c = ')') THEN NULL
        WHEN (p.o = '(')::INT + (p.s = '-')::INT + (p.t = '-')::INT + (p.m = '-')::INT > 1 THEN NULL
        ELSE TRY_CAST((CASE WHEN p.o = '(' OR '-' IN (p.s, p.t, p.m) THEN '-' ELSE '' END)
            || regexp_replace(p.w, '[^0-9]', '', 'g') || '.' || p.f || '0' AS DECIMAL(38,6)) END""",
)


def sign_of(cell: str) -> str:
    """SQL: the currency sign or code in the cell in lower case, '' when it has none."""
    pattern = rf"(?i)(?:^[^0-9.,]*?|[0-9.,]\s*)({_MARKS})"
    return f"lower(trim(regexp_extract({tidied(cell)}, {_text(pattern)}, 1)))"


def tidied(cell: str) -> str:
    """SQL: the cell with one kind of minus, space and apostrophe, and Swiss "12.-" as 12."""
    same = f"translate({cell}, '−–\u00a0\u202f\u2009’‘`', '--   ''''''')"
    return f"trim(regexp_replace(trim({same}), '[.,]\\s*[-—]{{1,2}}$', ''))"


def _text(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"
