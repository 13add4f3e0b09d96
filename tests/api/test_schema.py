"""The whole description of the interface, tried with values that fit it and values that don't: no fault, no breach.

A few examples of each operation; `make hard` tries more of them, SCALE=full a thousand of each.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import CHECKS
from tests.api.calling import ask, key
from tests.api.conftest import Set

from regulars.web.lean import LeanHandler

MANY = 1_000 if os.environ.get("REGULARS_HARD", "small") == "full" else 60
SHORT: dict[str, Any] = {
    "max_examples": 8,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
    "deadline": None,
}
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", LeanHandler())
NOT_MEANT = (
    "positive_data_acceptance",  # an address of e-mail or a country is checked by more than its shape
    "ignored_auth",  # the key is put in by hand; tests/api/test_frame.py tries every operation without
)


def tried(case: Case, text: str) -> None:
    """Send a case with a key, and look at the answer in every way but those that aren't meant."""
    left_out = [CHECKS.get_one(name) for name in NOT_MEANT]
    case.call_and_validate(headers={"Authorization": f"Bearer {text}"}, excluded_checks=left_out)


@pytest.fixture
def text(put_settings: Set) -> str:
    """A key that may do everything, in a shop where some things are there."""
    put_settings("api", requests_per_second=0)
    made = key("read", "write", "contact", "ingest")
    ask("PUT", "/customers/0", made, {"name": "Mari", "email": "mari@kohvik.example"})
    ask("PUT", "/organisations/00", made, {"name": "Initech"})
    ask("PUT", "/orders/0", made, {"total": "1.00", "ordered_at": "2026-03-01T10:00:00Z", "customer_id": "0"})
    ask("PUT", "/products/0", made, {"name": "Toffee"})
    return made


@schema.parametrize()
@settings(**SHORT)
def test_nothing_breaks_and_every_answer_is_as_described(case: Case, text: str) -> None:
    tried(case, text)


@pytest.mark.hard
@schema.parametrize()
@settings(**{**SHORT, "max_examples": MANY})
def test_nothing_breaks_however_often_it_is_tried(case: Case, text: str) -> None:
    tried(case, text)
