"""Every command in a process of its own, as people start it: nothing was loaded or configured beforehand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "import orders.csv": (0, "kept"),
    "refresh": (1, "No order has been taken in yet"),
    "export events --to events.csv": (0, "0 rows"),
    "key Shop --scope read": (0, "regulars_"),
    "password nobody@kohvik.example": (1, "Nobody has the address"),
    "forget 5 --yes": (1, "customer"),
    "forget --unfinished": (0, ""),
    "backup all.regulars": (0, "has everything"),
    "check": (0, "as it should be"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_starts_by_itself(command: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order,date,customer,total\n1,2025-01-02,anna,10\n2,2025-02-02,anna,12\n")
    done = subprocess.run(
        [sys.executable, "-m", "regulars.cli", *command.split(), "--home", "home"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    code, said = COMMANDS[command]
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
