"""When something happened, by a sender's clock that may be wrong.

The sender says when it happened (`timestamp`) and when it sent it (`sentAt`), both by its own clock. The difference
between `sentAt` and our clock at receipt is how wrong that clock is: occurred = received - (sentAt - timestamp).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from regulars.base.errors import BadInput

NEGLIGIBLE = timedelta(minutes=1)
"""A clock is taken for right when it differs by no more: a request may be on its way for so long."""
FUTURE = timedelta(days=1)
"""Without `sentAt`, a moment ahead of us by no more is a clock that is fast, and the moment of receipt is meant."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""What is earlier comes from a clock that was never set."""


def moment(text: object, field: str) -> datetime | None:
    """The moment in UTC that an ISO 8601 text names (UTC where it names no zone); None for None.

    Raises BadInput for anything else.
    """
    if text is None:
        return None
    if isinstance(text, str):
        try:
            read = datetime.fromisoformat(text)
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise BadInput(f"`{field}` is not a moment by ISO 8601, such as 2026-03-28T09:30:00Z.")


def occurred(stamp: datetime | None, sent: datetime | None, received: datetime) -> datetime:
    """When it happened; never after `received`.

    stamp : by the sender's clock; None is just now.  sent : when the sender sent it, by the same clock; None when it
    didn't say, and then its clock is believed. A stamp after `sent` is a clock that was put back in between: what is
    known then is only that it has happened by now. Raises BadInput for what lies in the future or before 2000.
    """
    if stamp is None:
        return received
    try:
        corrected = stamp + _error(sent, received)
    except OverflowError:
        raise BadInput("`timestamp` is no moment of our time. Look at the sender's clock.") from None
    if corrected > received:
        if sent is None and corrected - received > FUTURE:
            raise BadInput(f"`timestamp` lies in the future: {stamp:%Y-%m-%d %H:%M} UTC. Look at the sender's clock.")
        return received
    if corrected < EARLIEST:
        raise BadInput(f"`timestamp` lies before 2000: {corrected:%Y-%m-%d}. Look at the sender's clock.")
    return corrected


def _error(sent: datetime | None, received: datetime) -> timedelta:
    wrong_by = received - sent if sent is not None else timedelta()
    return wrong_by if abs(wrong_by) > NEGLIGIBLE else timedelta()
