"""All that waits of orders, done at once, where no server is doing it: before a command refreshes."""

from __future__ import annotations

from regulars.stream.models import Entry, Notice
from regulars.stream.orders import undrained


def orders_wait() -> bool:
    """Whether something of an order isn't in the lake yet."""
    return (
        Entry.objects.filter(work=Entry.Work.WAITING).exists()
        or Notice.objects.filter(waiting=True).exists()
        or undrained().filter(problem="").exists()
    )


def catch_up() -> None:
    """Apply what came in, and take orders to the lake; what another process has at hand is left to it."""
    if not orders_wait():
        return
    from regulars.stream.applier import apply
    from regulars.stream.orders_drain import drain_orders

    while apply():
        pass
    while drain_orders(at_once=True):
        pass
