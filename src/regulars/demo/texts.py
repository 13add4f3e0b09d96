"""How the shop's export writes things: days as 31.12.2024, amounts with a decimal comma, one row a line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def each(values: NDArray[np.int64], write: Callable[[int], str]) -> list[str]:
    """`write` of every value; each distinct value is written once."""
    distinct, at = np.unique(values, return_inverse=True)
    texts = [write(int(value)) for value in distinct]
    return [texts[i] for i in at.tolist()]


def amount(minor: int) -> str:
    """1234 as "12,34", -5 as "-0,05"."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100},{abs(minor) % 100:02d}"


def number(value: float, digits: int) -> str:
    """With a decimal comma: 0.0883 as "0,0883"."""
    return f"{value:.{digits}f}".replace(".", ",")


def day_writer(start: date) -> Callable[[int], str]:
    """Writes a shop day (0 is `start`); "" for negative ones."""
    return lambda day: "" if day < 0 else (start + timedelta(days=day)).strftime("%d.%m.%Y")


def clock(minute: int) -> str:
    """Minute of the day as "14:05"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def pick(texts: Sequence[str], at: Ints) -> list[str]:
    """The text at each position."""
    return [texts[i] for i in at.tolist()]


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """A semicolon-separated UTF-8 file with CRLF line ends, as spreadsheets in most of Europe write it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)
    return path
