"""Forgetting in a process of its own: `python -m hard.privacy.one_forget HOME DIE_AFTER|- [CUSTOMER]`.

It asks (where a customer is named) and works; DIE_AFTER names a function after whose return it is killed.
"""

from __future__ import annotations

import sys

from hard.intake.one_import import _die_after

from regulars.platform import store
from regulars.platform.workspace import open_workspace


def main(home: str, die_after: str, *customer: str) -> None:
    workspace = open_workspace(home)
    store.start(workspace, store.SERVER)
    from regulars.customers import forget

    if customer:
        forget.ask(workspace, [int(customer[0])])
    if die_after != "-":
        _die_after(die_after)
    forget.work(workspace)


if __name__ == "__main__":
    main(*sys.argv[1:])
