"""What tests of reading may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.intake.reading.readings import Readings


@pytest.fixture
def readings(tmp_path: Path) -> Readings:
    """One file at a time, written, recognised and read in a folder of its own."""
    return Readings(tmp_path)
