"""The command line: each command loads only what it needs, and shows errors and figures to people or machines.

`app` names the commands; `edge` turns errors into messages and exit codes; `progress` draws bars; the other files are
one command (or a few of a kind) each.
"""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script."""
    import os

    # OpenBLAS's threads spin while they wait; our arrays are too small to gain from them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from regulars.cli.app import run_command_line

    run_command_line()
