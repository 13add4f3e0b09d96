"""Every route of the server, and what each of its tables in `routes/` says that each role is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

COLUMNS = ("owner", "marketer", "analyst", "agent", "viewer", "nobody")
METHODS = ("GET", "POST")
TABLES = Path(__file__).with_name("routes")
FILLERS = {"int": "999999999", "str": "x", "slug": "x", "path": "x", "uuid": "00000000-0000-4000-8000-000000000000"}
"""What stands in a route's places where `examples` has nothing: things that don't exist."""


@dataclass(frozen=True)
class Expected:
    """One line of a table: the answers in the order of COLUMNS."""

    route: str
    method: str
    answers: tuple[str, ...]
    table: str


def served() -> dict[str, Callable[..., object]]:
    """Route, as in "staff/members/<int:member>/" -> its view."""
    return dict(_below(get_resolver(), ""))


def _below(resolver: URLResolver, before: str) -> Iterator[tuple[str, Callable[..., object]]]:
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.callback


def expected() -> list[Expected]:
    """All lines of all tables. A line is: route, method, an answer for each column, with blanks between."""
    found = []
    for table in sorted(TABLES.glob("*.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            cells = line.split("#")[0].split()
            if cells:
                route, method, *answers = cells
                assert len(answers) == len(COLUMNS), f"{table.name}: '{line}' has {len(answers)} answers"
                found.append(Expected("" if route == "/" else route, method, tuple(answers), table.name))
    return found


def address(route: str, examples: dict[str, str]) -> str:
    """An address of the route: places are filled by name from `examples`, else by what doesn't exist."""

    def fill(place: re.Match[str]) -> str:
        return examples.get(place["name"], FILLERS[place["kind"] or "str"])

    return "/" + re.sub(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>", fill, route)
