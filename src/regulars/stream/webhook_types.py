"""What other systems are told: types of messages, and what each says of an event of the house. Pure.

A message names a customer by our own id, as text, and no person by anything else: no name, contact, address or note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

Data = dict[str, Any]
Properties = Mapping[str, Any]
FORGOTTEN, TEST = "customer.forgotten", "webhook.test"


@dataclass(frozen=True)
class Type:
    """One type of message. event : the event of the house it tells of; empty for what isn't told by an event."""

    name: str
    event: str
    tell: Callable[[Properties], Data]


def _only(*names: str) -> Callable[[Properties], Data]:
    return lambda said: {name: said[name] for name in names if said.get(name) not in (None, "")}


def _standing(said: Properties) -> Data:
    before = None
    if said.get("standing_before"):
        before = {"standing": said["standing_before"], "rung": said.get("rung_before") or None}
    return {"before": before, "now": {"standing": said.get("standing"), "rung": said.get("rung") or None}}


def _merge(said: Properties) -> Data:
    return {name: str(said[name]) for name in ("from", "to") if said.get(name) is not None}


_ORDER = _only("shop", "number", "total", "currency", "amount")
_CONSENT = _only("purpose", "channel", "topic")
TYPES: Mapping[str, Type] = {
    one.name: one
    for one in (
        Type("standing.changed", "standing changed", _standing),
        Type("customer.created", "customer created", _only()),
        Type("customer.changed", "customer changed", _only("fields")),
        Type("customer.merged", "customers merged", _merge),
        Type("customer.parted", "customers merge undone", _merge),
        Type(FORGOTTEN, "", _only()),
        Type("consent.given", "consent given", _CONSENT),
        Type("consent.refused", "consent refused", _CONSENT),
        Type("objection.made", "analysis objected to", _only()),
        Type("objection.ended", "analysis objection ended", _only()),
        Type("order.placed", "order placed", _ORDER),
        Type("order.refunded", "order refunded", _ORDER),
        Type("order.cancelled", "order cancelled", _ORDER),
    )
}
OF_EVENT: Mapping[str, Type] = {one.event: one for one in TYPES.values() if one.event}


def body(kind: str, at: datetime, customer_id: int | None, data: Data) -> str:
    """A message as it is sent: `{type, timestamp, data}`, and in `data` the customer's id as text."""
    told = ({} if customer_id is None else {"customer": str(customer_id)}) | data
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode({"type": kind, "timestamp": moment, "data": told}).decode()
