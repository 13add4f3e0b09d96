"""Start workers as real processes and collect their accounts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("REGULARS_HARD", "small") == "full"


@dataclass
class Worker:
    """A running worker."""

    process: subprocess.Popen[str]

    def account(self, timeout_seconds: float = 300) -> dict[str, Any]:
        """Wait for its end: its account, or {"failed": the last line of its error}."""
        out, error = self.process.communicate(timeout=timeout_seconds)
        if self.process.returncode:
            return {"failed": error.strip().splitlines()[-1] if error.strip() else str(self.process.returncode)}
        return dict(json.loads(out.strip().splitlines()[-1]))


def start(role: str, lake: Path, seed: int, steps: int, *, lock: bool = True) -> Worker:
    """Start a worker and wait until it is about to begin."""
    worker = Path(__file__).with_name("worker.py")
    process = subprocess.Popen(
        [sys.executable, str(worker), role, str(lake), str(seed), str(steps), "lock" if lock else "none"],
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return Worker(process)
