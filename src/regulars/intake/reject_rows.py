"""A row that assembly sets aside."""

from __future__ import annotations

from typing import NamedTuple

from regulars.intake.assemble.source import FILE_PLACES


class Reject(NamedTuple):
    """`place` says file and row; `code` is one of `reasons.TEXTS`; `detail` fills its sentence."""

    place: int
    code: str
    detail: str | None

    @property
    def file(self) -> int:
        """The file's number in its import."""
        return self.place // FILE_PLACES

    @property
    def row(self) -> int:
        """The data row in its file, from 1."""
        return self.place % FILE_PLACES
