"""What somebody agreed to, decided from everything that was ever said about it. Pure: statements in, an answer out.

1. Statements whose source knew that it was this person count; only where there is none do the others.
2. A statement about one channel or topic goes before one about every channel or topic. But a refusal of everything
   also ends what was agreed to in particular before it.
3. Among statements about the same the last one counts; at the same moment the strictest.
4. What has expired, or was asked for and not confirmed, is not given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ANY_CHANNEL = "any"
EVERY_TOPIC = ""
Why = Literal["given", "refused", "pending", "expired", "never asked"]


@dataclass(frozen=True)
class Statement:
    """One row of the ledger."""

    purpose: str
    channel: str
    topic: str
    given: bool
    recorded_at: datetime
    pending: bool = False
    verified: bool = False
    expires_at: datetime | None = None
    number: int = 0
    """Its place in the ledger: which of two equal statements is named as the reason."""

    @property
    def strictness(self) -> int:
        """0 given, 1 asked for, 2 refused."""
        return 0 if self.given else 1 if self.pending else 2


@dataclass(frozen=True)
class State:
    """Whether something is agreed to, why, and the statement that decides (None: nobody ever said anything)."""

    why: Why
    by: Statement | None = None

    @property
    def given(self) -> bool:
        """Whether the firm may."""
        return self.why == "given"

    @property
    def verified(self) -> bool:
        """Whether the source of the deciding statement knew that it was this person."""
        return self.by is not None and self.by.verified


NEVER = State("never asked")


def state(
    statements: Iterable[Statement], purpose: str, channel: str, topic: str = EVERY_TOPIC, *, at: datetime
) -> State:
    """What is agreed to at a moment: for a purpose, over a channel (ANY_CHANNEL: any at all), about a topic."""
    scopes = _scopes(channel, topic)
    said = [
        one
        for one in statements
        if one.purpose == purpose and one.recorded_at <= at and (one.channel, one.topic) in scopes
    ]
    said = [one for one in said if one.verified] or said
    found: Statement | None = None
    for scope in scopes:
        last = deciding([one for one in said if (one.channel, one.topic) == scope])
        if last is None:
            continue
        if found is None or (last.strictness == 2 and last.recorded_at >= found.recorded_at):
            found = last
    return NEVER if found is None else State(_why(found, at), found)


def deciding(statements: Sequence[Statement]) -> Statement | None:
    """Of statements about the same, the one that counts."""
    verified = [one for one in statements if one.verified]
    return max(verified or statements, key=_rank, default=None)


def joined(
    ours: Sequence[Statement], theirs: Sequence[Statement], *, at: datetime
) -> list[tuple[str, str, str, datetime]]:
    """Where two ledgers put together would allow what one of the two verifiedly refuses: (purpose, channel, topic, the
    moment of the statement that has to be outdone).

    A refusal at that moment in each makes the strictest of the verified win.
    """
    both = [*ours, *theirs]
    found: list[tuple[str, str, str, datetime]] = []
    added: list[Statement] = []
    for purpose, channel, topic in _named(both):
        before = [state(part, purpose, channel, topic, at=at) for part in (ours, theirs)]
        if not any(one.why == "refused" and one.verified for one in before):
            continue
        after = state([*both, *added], purpose, channel, topic, at=at)
        if after.given and after.by is not None:
            moment = after.by.recorded_at
            found.append((purpose, channel, topic, moment))
            added.append(Statement(purpose, channel, topic, given=False, recorded_at=moment, verified=True))
    return found


def ends_before(one: Statement, day: datetime) -> bool:
    """Whether it is given and ends by then: time to ask again."""
    return one.given and one.expires_at is not None and one.expires_at <= day


def _named(statements: Iterable[Statement]) -> list[tuple[str, str, str]]:
    """Everything that two ledgers can differ about, the general before the particular."""
    rows = list(statements)
    found = {
        (purpose, channel, topic)
        for purpose in {one.purpose for one in rows}
        for channel in {ANY_CHANNEL, *(one.channel for one in rows if one.purpose == purpose)}
        for topic in {EVERY_TOPIC, *(one.topic for one in rows if one.purpose == purpose)}
    }
    return sorted(found, key=lambda one: (one[0], one[1] != ANY_CHANNEL, one[2] != EVERY_TOPIC, one))


def _scopes(channel: str, topic: str) -> list[tuple[str, str]]:
    """From the particular to the general; a channel goes before a topic."""
    wanted = [(channel, topic), (channel, EVERY_TOPIC), (ANY_CHANNEL, topic), (ANY_CHANNEL, EVERY_TOPIC)]
    return list(dict.fromkeys(wanted))


def _rank(one: Statement) -> tuple[datetime, int, int]:
    return one.recorded_at, one.strictness, one.number


def _why(one: Statement, at: datetime) -> Why:
    if one.pending:
        return "pending"
    if not one.given:
        return "refused"
    return "expired" if one.expires_at is not None and one.expires_at <= at else "given"
