"""The properties of tests/intake/pipeline on many more examples."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.hard
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "60" if os.environ.get("REGULARS_HARD", "full") == "full" else "3"


def test_properties_hold_on_many_examples() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/intake/pipeline/test_properties.py",
    ]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "REGULARS_EXAMPLES": EXAMPLES}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
