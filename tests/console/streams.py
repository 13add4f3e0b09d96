"""What programs sent, refusals and webhooks both ways, for pages that show them; with hostile and endless names."""

from __future__ import annotations

from datetime import timedelta

from tests.console.shops import HOSTILE
from tests.stream.sent import SERVER, event

from regulars.base import clock
from regulars.stream import hooks_actions, inbox, webhooks
from regulars.stream.items import Refused
from regulars.stream.models import Endpoint, Entry, Outgoing

LONG = "x" * 300
RAW = {"type": "track", "event": "Order Completed", "properties": {"coupon": HOSTILE, "note": LONG}}


def fill(times: int = 1) -> None:
    """`times` refusals and conflicts, events twice as many; shops and addresses, each with a message, as many."""
    events = [event(f"m{n}") for n in range(2 * times)]
    again = [event(f"m{n}", name=LONG) for n in range(times)]
    refused = [
        Refused(RAW | {"n": n}, "no_user", "Say who it was: `userId` (your own customer id) or `anonymousId`.")
        for n in range(times)
    ]
    for items in (events, again, refused):
        inbox.accept(SERVER, items)
    Entry.objects.update(received_at=clock.now())
    for n in range(times):
        hooks_actions.add(f"shop-{n}", "woocommerce")
        row, _secret = webhooks.add(f"https://told-{n}.example/{LONG}", ["order.placed", "standing.changed"])
        webhooks.test(row.pk)
    Outgoing.objects.update(error=f"{HOSTILE} can't be reached: {LONG}.", status=500, tries=3, duration_ms=1234)
    Endpoint.objects.update(failing_since=clock.now() - timedelta(hours=3))
