"""The main job as its user starts it: whole `regulars` processes, start of Python and all."""

from __future__ import annotations

import compileall
import shutil
import sys
import tempfile
from pathlib import Path

import regulars
from benchmarks.measure import Measured, command

REGULARS = Path(sys.executable).parent / "regulars"


def help_text() -> Measured:
    """`regulars --help`, the fastest of five."""
    return command([str(REGULARS), "--help"], repeat=5)


def bare_python() -> Measured:
    """Starting Python and nothing else, the fastest of five."""
    return command([sys.executable, "-c", "pass"], repeat=5)


def run_with_report(orders: Path, *, repeat: int = 3) -> Measured:
    """`regulars run` with HTML in workspaces made before, the fastest of `repeat` after one to warm up."""
    compile_package()
    with tempfile.TemporaryDirectory() as scratch:
        runs = [_run_once(Path(scratch) / str(i), orders) for i in range(repeat + 1)][1:]
    best = min(runs, key=lambda run: run.seconds)
    return Measured(best.seconds, best.wall_seconds, max(run.peak_mb for run in runs))


def compile_package() -> None:
    """Leave the package compiled, as pip does with one that is installed: where this one is used from its sources and
    PYTHONDONTWRITEBYTECODE is set, every command would spend more than a second on compiling it."""
    for folder in regulars.__path__:
        compileall.compile_dir(folder, quiet=2)


def import_orders(home: Path, orders: Path) -> Measured:
    """`regulars import` of orders into a new workspace at `home`."""
    shutil.rmtree(home, ignore_errors=True)
    make_workspace(home)
    return command([str(REGULARS), "--home", str(home), "import", str(orders), "--json"])


def add_orders(home: Path, orders: Path) -> Measured:
    """`regulars import` of more orders into the workspace that is there."""
    return command([str(REGULARS), "--home", str(home), "import", str(orders), "--json"])


def make_workspace(home: Path) -> None:
    """The folder with an operations store whose tables are there, as after any first command."""
    home.mkdir(parents=True, exist_ok=True)
    product = home / "one-product.csv"
    product.write_text("SKU,Product,Category,Brand,Durable\nX-1,Thing,Things,None,no\n")
    command([str(REGULARS), "--home", str(home), "import", str(product), "--kind", "products", "--json"])


def _run_once(home: Path, orders: Path) -> Measured:
    make_workspace(home)
    page = home / "report.html"
    done = command([str(REGULARS), "--home", str(home), "run", str(orders), "--html", str(page)])
    if page.stat().st_size < 10_000:
        raise AssertionError(f"{page} is too small to be a report")
    return done
