"""Who is one with whom, and what a merge takes over. Pure decisions, no reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["same", "ask", "others"]

TAKEN_OVER = (
    "name",
    "email",
    "phone",
    "country",
    "region",
    "city",
    "birth_date",
    "organisation",
    "language",
    "time_zone",
    "owner_staff_id",
)
"""What a customer is told by the one merged into them, where nothing was known."""


@dataclass(frozen=True)
class Known:
    """What of a customer decides who they are: the ids of each shop, e-mails, the name."""

    kind: str = "person"
    name: str = ""
    """Folded, empty where it isn't known."""
    refs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    emails: frozenset[str] = frozenset()


def same(one: Known, other: Known, by: Literal["ref", "email", "phone"], *, verified: bool) -> Verdict:
    """Whether a key that both have makes them one.

    by : the kind of key.  verified : whether who brings it was shown to own it (an e-mail); a phone number in
    E.164 needs no more. What is trusted more decides first: where a shop knows both under ids of their own, it knows
    two customers, and the rest is for staff to say. A household shares a telephone, so other names or other e-mails
    leave it to staff too. A person and an organisation are never one.
    """
    if one.kind != other.kind:
        return "others"
    if by == "ref":
        return "same"
    if any(shop in other.refs and not (ids & other.refs[shop]) for shop, ids in one.refs.items()):
        return "ask"
    if by == "email":
        return "same" if verified else "ask"
    named_otherwise = one.name and other.name and one.name != other.name
    written_otherwise = one.emails and other.emails and not (one.emails & other.emails)
    return "ask" if named_otherwise or written_otherwise else "same"


def taken_over(source: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """What the target takes over from the source: what it doesn't know of its own."""
    return {name: source[name] for name in TAKEN_OVER if target[name] in (None, "") and source[name] not in (None, "")}


def put_back(was: Mapping[str, Any], made: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What undoing changes of the target: what a merge set and nobody has changed since."""
    return {name: was[name] for name, value in made.items() if now[name] == value}
