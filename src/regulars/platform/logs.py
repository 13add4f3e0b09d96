"""Logs without personal data: one JSON object a line for machines, short lines on a terminal.

What is logged is what we wrote, with figures as `extra`. What libraries and exceptions say may quote a customer, so
everything goes through `redacted`, which takes out contacts, addresses, secrets and what follows a question mark in an
address. Names can't be told from words: no code logs contents of a customer's fields.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from traceback import format_exception
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "server_time"}
_LONGEST_TEXT = 8_000

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_WORDS = re.compile(r"_*(?:[A-Za-z]+|[0-9]+)(?:[_-]+(?:[A-Za-z]+|[0-9]{1,4}))+_*")  # some_name, 2024-01-01
_NAMED = (
    r"\b((?:[\w-]*(?:password|passwd|token|secret|cookie|session_?id|api_?key|signature)|authorization|bearer|basic)"
    r"[\"']?\s*[=:]?\s*)(?:(?:bearer|basic)\s+)?"
)


def _address(found: re.Match[str]) -> str:
    try:
        return "[address]" if ip_address(found[0]).is_global else found[0]
    except ValueError:
        return found[0]


def _token(found: re.Match[str]) -> str:
    text = found[0]
    mixed = re.search("[A-Za-z]", text) and re.search("[0-9]", text)
    return "[token]" if mixed and not _UUID.fullmatch(text) and not _WORDS.fullmatch(text) else text


# The order matters: a secret's value or a query is taken out whole before its parts look like something else.
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(\w+://)[^\s/@]+@"), r"\1[secret]@"),
    (re.compile(r"((?:https?:/)?/[^\s?\"'<>]*)\?[^\s\"'<>]+"), r"\1?[query]"),
    (re.compile(_NAMED + r"[\"']?[^\s\"',;&)}\]]{4,}", re.IGNORECASE), r"\1[secret]"),
    (re.compile(r"[^\s@<>\"'(),;:=\[\]]+@[^\s@<>\"'(),;:=\[\]]+\.[^\s@<>\"'(),;:=\[\].]{2,}"), "[e-mail]"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"), _address),
    (re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE), _address),
    (re.compile(r"(?<![\w.-])(?:\+|00|\(?0)[1-9()](?:[\s().\-/]*\d){5,13}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w.-])\(?[2-9]\d{2}\)?[\s.-]\d{3}[\s.-]\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*"), _token),
)


def redacted(text: str) -> str:
    """`text` without e-mail addresses, phone numbers, public network addresses, secrets and queries of addresses."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """One record, one JSON object, one line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "process": self._process}
        said |= {"logger": record.name, "message": message(record), **extras(record)}
        if record.exc_info and record.exc_info[1]:
            said["error"] = type(record.exc_info[1]).__name__
            said["trace"] = _trace(record)
        return json.dumps(said, ensure_ascii=False, default=_plain)


class ShortLines(logging.Formatter):
    """For eyes: time, part, what, figures."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        level = "" if record.levelno < logging.WARNING else f"{record.levelname} "
        figures = "".join(f" {name}={value}" for name, value in extras(record).items())
        trace = f"\n{_trace(record)}" if record.exc_info and record.exc_info[1] else ""
        return f"{at} {self._process:<10} {level}{message(record)}{figures}{trace}"


def message(record: logging.LogRecord) -> str:
    """What the record says. The path of a request, which Django quotes, gives way to its route."""
    request = getattr(record, "request", None)
    path = getattr(request, "path", None)
    if path and isinstance(record.args, tuple):
        matched = getattr(request, "resolver_match", None)
        route = f"/{matched.route}" if matched else "[path]"
        record.args = tuple(route if argument == path else argument for argument in record.args)
    return redacted(record.getMessage())[:_LONGEST_TEXT]


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """The figures that came with the record."""
    given = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    return {name: redacted(value) if isinstance(value, str) else value for name, value in given.items()}


def _trace(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return redacted("".join(format_exception(error)))[-_LONGEST_TEXT:] if error else ""


def _plain(value: object) -> str:
    return redacted(str(value))


def configure(process: str) -> None:
    """Let this process log to stderr: short lines on a terminal, else JSON; REGULARS_LOGS=human|json decides otherwise.

    process : the part that it is, as in "web" or "worker".
    """
    human = {"human": True, "json": False}.get(os.environ.get("REGULARS_LOGS", ""), sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ShortLines(process) if human else JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("httpx", "httpcore", "django_tasks", "django_tasks_db", "axes.apps", "deltalake", "django.server"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Our own line a request tells of every 4xx already.
    logging.getLogger("django.request").setLevel(logging.ERROR)
