"""Applying and draining in a process of its own: `python -m hard.stream.one_applier HOME DIE_AFTER|-`.

DIE_AFTER names a function after whose return it is killed. The clock stands where the tests' shop has it.
"""

from __future__ import annotations

import sys

from regulars.platform import store

store.prepare(store.SERVER)

from hard.intake.one_import import _die_after  # noqa: E402 - needs Django
from tests.stream.shop import NOW  # noqa: E402

from regulars.base import clock  # noqa: E402
from regulars.platform.workspace import open_workspace  # noqa: E402
from regulars.stream.applier import apply  # noqa: E402
from regulars.stream.orders_drain import drain_orders  # noqa: E402


def main(home: str, die_after: str) -> None:
    store.start(open_workspace(home), store.SERVER)
    if die_after != "-":
        _die_after(die_after)
    with clock.fixed(NOW):
        while apply():
            pass
        while drain_orders(at_once=True):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
