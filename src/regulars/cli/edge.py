"""The edge: errors become one message on stderr and an exit code.

0 done, 1 refused with a clear reason, 2 wrong usage, 3 a fault in Regulars itself, 130 stopped by the user.
"""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import typer

from regulars.base.errors import BadInput, RegularsError

_Command = TypeVar("_Command", bound=Callable[..., None])


def guarded(command: _Command) -> _Command:
    """Render what goes wrong in `command` once, in the same way for every command."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except RegularsError as error:
            _fail(str(error), 1)
        except KeyboardInterrupt:
            _fail("Stopped. Nothing is lost: the same command takes up where this one was.", 130)
        except BrokenPipeError:
            # Whoever read our output has gone (as `| head` does); that is no fault.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _fail("The disk is full. Make room, then give the same command again: it takes up where it was.", 1)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if os.environ.get("REGULARS_DEBUG"):
                raise
            _fail(
                f"This is a fault in Regulars, not in what you gave: {type(error).__name__}: {error}\n"
                "Nothing half-done is kept. Set REGULARS_DEBUG=1 to see where it happened, and please report it.",
                3,
            )

    return run  # type: ignore[return-value]  # functools.wraps keeps the signature that Typer reads


def _fail(message: str, code: int) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code) from None


def parse_day(text: str | None) -> date | None:
    """The day that `--as-of` names.

    Raises BadInput when it isn't one.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--as-of {text}: give a day as year-month-day, such as 2026-03-31.") from None


def print_json(content: object) -> None:
    """One JSON object on stdout."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())
