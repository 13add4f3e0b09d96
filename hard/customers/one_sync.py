"""One sync in a process of its own: `python -m hard.customers.one_sync HOME [--die-at N [--after]]`.

`--die-at` kills the process (SIGKILL, nothing can catch it) at the N-th block: inside its transaction, or with
`--after` as soon as that is committed. `--unprotected` takes the protection away: fingerprints are noted before the
rows are written, in a transaction of their own.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from regulars.platform import store
from regulars.platform.workspace import open_workspace


def main(arguments: list[str]) -> None:
    home, *rest = arguments
    workspace = open_workspace(home)
    store.start(workspace)
    if "--unprotected" in rest:
        _take_protection_away()
    if "--die-at" in rest:
        _die_at(int(rest[rest.index("--die-at") + 1]), after="--after" in rest)
    from regulars.customers.sync import sync  # its tables can be imported once the store is started

    sync(workspace)


def _die_at(block: int, *, after: bool) -> None:
    from regulars.customers import sync_blocks, sync_write

    counted = 0

    def counting(function: Any) -> Any:
        def dying(*arguments: Any) -> Any:
            nonlocal counted
            done = function(*arguments)
            counted += 1
            if counted == block:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return dying

    if after:
        sync_write.PictureWriter.write = counting(sync_write.PictureWriter.write)  # type: ignore[method-assign]
        sync_write.write_recent = counting(sync_write.write_recent)
    else:
        sync_blocks.write = counting(sync_blocks.write)


def _take_protection_away() -> None:
    from django.db import connection

    from regulars.customers import sync_blocks, sync_write

    found = sync_write.PictureWriter.write

    def early(self: Any, difference: Any, rows: Any, guesses: Any) -> bool:
        sync_blocks.still("fingerprints", difference.block, difference.before)
        sync_blocks.write("fingerprints", difference.block, difference.after)
        connection.close()
        return found(self, sync_blocks.Difference(**{**vars(difference), "before": difference.after}), rows, guesses)

    sync_write.PictureWriter.write = early  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1:])
