"""One import in a process of its own: `python -m hard.intake.one_import HOME FILE... [OPTION...]`.

`--die-after` kills the process (SIGKILL, nothing can catch it) right after the named function has returned.
`--unprotected` takes the protection away: rows get another number each time, and no import is taken up again.
"""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from regulars.intake.pipeline import import_files
from regulars.platform import store
from regulars.platform.workspace import open_workspace


def main(arguments: list[str]) -> None:
    home, *rest = arguments
    files = [Path(name) for name in itertools.takewhile(lambda text: not text.startswith("--"), rest)]
    workspace = open_workspace(home)
    store.start(workspace)
    if "--die-after" in rest:
        _die_after(rest[rest.index("--die-after") + 1])
    if "--unprotected" in rest:
        _take_protection_away()
    import_files(workspace, files)


def _die_after(name: str) -> None:
    module_name, _, function_name = name.rpartition(".")
    module: Any
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError:  # a method: module.Class.method
        outer, _, class_name = module_name.rpartition(".")
        module = getattr(importlib.import_module(outer), class_name)
    function = getattr(module, function_name)

    def dying(*args: Any, **options: Any) -> None:
        function(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, function_name, dying)


def _take_protection_away() -> None:
    from regulars.intake import record
    from regulars.intake.assemble import numbering

    mark = os.urandom(8).hex()
    numbering.core = lambda present: f"'{mark}' || place"  # noqa: ARG005
    found = record._identity
    record._identity = lambda parts: found([*parts, mark])


if __name__ == "__main__":
    main(sys.argv[1:])
