"""Nothing personal and nothing secret gets into a log, whoever writes it."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.platform import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a logger of ours writes, as JSON lines."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines("web"))
    logger = logging.getLogger("regulars.tests.logs")
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    yield out
    logger.handlers[:] = []


log = logging.getLogger("regulars.tests.logs")

PERSONAL = [
    ("mail to mari.maasikas+shop@example.co.uk failed", "maasikas"),
    ("User <Ülo@näide.ee> signed in", "näide"),
    ("call +358 40 123 4567 back", "123"),
    ("call +1 (555) 123-4567 back", "4567"),
    ("call 00372 5123 4567", "5123"),
    ("number 040-1234567 is taken", "1234567"),
    ("call (02) 1234 5678", "1234"),
    ("call 555-123-4567", "4567"),
    ("GET https://x.example/a?email=x&token=abc HTTP/1.1", "abc"),
    ("path /console/customers/?q=Mari+Maasikas was asked for", "Mari"),
    ("Authorization: Bearer abcdefgh12345", "abcdefgh"),
    ("token=s3cr3t-value-here", "s3cr3t"),
    ("{'password': 'hunter2222'}", "hunter"),
    ("api_key: abcd1234", "abcd1234"),
    ("Set-Cookie: sessionid=abcd1234efgh", "abcd1234"),
    ("postgresql://regulars:s3cret@db/shop can't be reached", "s3cret"),
    ("key was rk_live_4f9a8b7c6d5e4f3a2b1c0d9e", "4f9a8b7c"),
    ("link /staff/invite/Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA is used", "Zm9v"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_def", "eyJ"),
    ("visitor 81.2.69.160 was refused", "81.2"),
    ("visitor 2a00:1450:4026:804::200e was refused", "200e"),
]


@pytest.mark.parametrize(("text", "part"), PERSONAL)
def test_personal_data_and_secrets_are_taken_out(text: str, part: str, written: io.StringIO) -> None:
    log.info(text)
    log.info("%s", text)
    log.info("as a figure", extra={"what": text})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    assert written.getvalue().count("\n") == 4
    assert part not in written.getvalue()


def test_without_the_filter_they_would_be_there() -> None:
    """Negative control."""
    record = logging.makeLogRecord({"msg": PERSONAL[0][0]})
    assert "maasikas" in logging.Formatter().format(record)


@pytest.mark.parametrize(
    "text",
    [
        "1,234,567 orders of 1000000 customers in 12.345 s",
        "job 1f0c2f6e-9d9f-4c7f-8a3b-0123456789ab failed",
        "import 20261121 from 2026-11-21 23:13:24 to 2026-11-22T02:00:00+00:00",
        "listening at http://127.0.0.1:8000",
        "regulars.platform.jobs.worker.Worker took 3 tries",
        'File "/srv/regulars/platform/models.py", line 120, in test_of_something_rather_long',
        "amounts 0.5 00:15 12:30:59 -17 3e8",
    ],
)
def test_what_is_neither_stays(text: str) -> None:
    assert logs.redacted(text) == text


@given(st.text())
def test_taking_out_twice_takes_no_more_than_once(text: str) -> None:
    once = logs.redacted(text)
    assert logs.redacted(once) == once


@given(
    st.from_regex(r"\A[a-z][a-z0-9._+-]{0,20}@[a-z0-9-]{1,20}\.[a-z]{2,6}\Z"),
    st.text(" <>()[],;:'\"", min_size=1, max_size=3),
)
def test_no_address_is_left_between_whatever(address: str, around: str) -> None:
    assert address not in logs.redacted(f"x{around}{address}{around}y")


def test_a_record_is_one_line_of_json_with_its_figures(written: io.StringIO) -> None:
    log.warning("two\nlines", extra={"jobs": 3, "share": 0.5})
    (line,) = written.getvalue().splitlines()
    said = json.loads(line)
    assert said.pop("at").endswith("+00:00")
    assert said == {
        "level": "warning",
        "process": "web",
        "logger": "regulars.tests.logs",
        "message": "two\nlines",
        "jobs": 3,
        "share": 0.5,
    }


def test_a_request_is_named_by_its_route() -> None:
    class Request:
        path = "/staff/invite/secretsecret/"
        resolver_match = type("Match", (), {"route": "staff/invite/<str:token>/"})

    record = logging.makeLogRecord(
        {"msg": "%s: %s", "args": ("Internal Server Error", Request.path), "request": Request()}
    )
    assert logs.JsonLines("web").format(record).count("secretsecret") == 0
    assert "staff/invite/<str:token>/" in logs.message(record)
    Request.resolver_match = None  # type: ignore[assignment]
    record.args = ("Not Found", Request.path)
    assert logs.message(record) == "Not Found: [path]"


def test_on_a_terminal_lines_are_short() -> None:
    record = logging.makeLogRecord({"msg": "job done", "levelno": logging.INFO, "seconds": 1.5})
    assert logs.ShortLines("worker").format(record).endswith("worker     job done seconds=1.5")
    try:
        raise KeyError("mari@example.com")
    except KeyError:
        record = logging.makeLogRecord(
            {"msg": "failed", "levelno": logging.ERROR, "levelname": "ERROR", "exc_info": sys.exc_info()}
        )
    assert "mari" not in logs.ShortLines("worker").format(record)


@pytest.mark.parametrize(
    ("chosen", "kind"), [("human", logs.ShortLines), ("json", logs.JsonLines), ("", logs.JsonLines)]
)
def test_the_form_is_chosen_by_the_environment_or_the_terminal(
    chosen: str, kind: type[logging.Formatter], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setenv("REGULARS_LOGS", chosen)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    try:
        logs.configure("web")
        assert isinstance(root.handlers[0].formatter, kind)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
