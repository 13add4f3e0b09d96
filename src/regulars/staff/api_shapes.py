"""Shapes that every room's HTTP resources share: texts that can be kept, ids, amounts, pages, problems."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Query, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

T = TypeVar("T")

_STORABLE = r"^[^\u0000]*$"  # neither database keeps a NUL within a text
ID = r"^[^\u0000-\u001f/]*[^\u0000-\u0020/][^\u0000-\u001f/]*$"
"""Ids of a shop that can stand in an address: something besides blanks, no slash, nothing that can't be seen."""

Text = Annotated[str, StringConstraints(max_length=200, pattern=_STORABLE)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ID)]
Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$")]
"""Money or quantities as text of digits in major units: nothing is rounded on the way."""


def _iso(given: Any) -> Any:
    """Only text: pydantic would take a number for seconds since 1970."""
    if isinstance(given, str) and not _ISO.match(given):
        raise ValueError("write it as ISO 8601 does, such as 2026-03-28 or 2026-03-28T09:30:00Z")
    if isinstance(given, int | float):
        raise ValueError("write it as text")
    return given


def _of_our_time(given: datetime) -> datetime:
    """In UTC: PostgreSQL knows no offsets of 16 hours and more."""
    if not _FIRST_YEAR < given.year < _LAST_YEAR:
        raise ValueError("this is no moment of our time")
    return given.astimezone(UTC)


_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
Day = Annotated[date, BeforeValidator(_iso)]
Moment = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_of_our_time)]


class Body(Schema):
    """What is sent: a field that isn't known is told, rather than overlooked."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[T]):
    """Some of many, and the cursor with which to ask for what follows; null on the last page."""

    data: list[T]
    next: str | None


class FieldProblem(Schema):
    """What is wrong with one field."""

    where: str
    what: str


class ProblemShape(Schema):
    """What is told when something is wrong (RFC 9457). `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = Field(default_factory=list)


PROBLEMS: dict[Any, Any] = {frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}): ProblemShape}
"""For `response=` of every operation: what it may answer besides."""

Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=500, pattern=_STORABLE, description="`next` of the page before.")]
CountCursor = Annotated[str | None, Query(pattern="^[0-9]{1,15}$", description="`next` of the page before.")]
