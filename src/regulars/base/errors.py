"""Every error that Regulars raises on purpose.

RegularsError
├── BadInput        what was given can't be used: a file, a row, a setting, an argument
├── NotFound        a thing was named that isn't there
├── NotAllowed      it exists, but this caller may not do this
├── Conflict        it was done already with other content, or somebody else is doing it now
├── NotEnoughData   the question is sound, but the data are too few to answer it
├── Unavailable     it can't be done at the moment, and nothing was done: try again later
└── Damaged         something stored is not as it was left; says how to mend it

The message is one or two plain sentences: what is wrong, where, and what to do. The command line prints it on
stderr and ends with 1; other edges render the same error in their way.
"""

from __future__ import annotations


class RegularsError(Exception):
    """The root: `except RegularsError` catches everything foreseen, and nothing else."""


class BadInput(RegularsError):
    """What was given can't be used."""


class NotFound(RegularsError):
    """A thing was named that isn't there."""


class NotAllowed(RegularsError):
    """This caller may not do this."""


class Conflict(RegularsError):
    """Done already with other content, or being done by somebody else right now."""


class NotEnoughData(RegularsError):
    """The data are too few for an honest answer."""


class Unavailable(RegularsError):
    """Not at the moment: the store is away, busy or full. Nothing was done, and the same again later is right."""

    def __init__(self, message: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Damaged(RegularsError):
    """Something stored is not as it was left."""
