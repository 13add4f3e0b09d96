"""Charts of the report, drawn once and kept as SVG in the workspace: a page finds them ready, in light and dark."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from regulars.platform import store
from regulars.report import svg

MOST_KEPT = 400
"""Drawings beyond these are thrown away, those first that weren't made or looked at for longest."""


def drawn(specs: Sequence[dict[str, Any]]) -> list[str]:
    """One SVG text for each definition of a chart, as `report.svg.draw` gives them."""
    folder = store.opened().files_path / "charts"
    paths = [folder / f"{_digest(spec)}.svg" for spec in specs]
    found = [_read(path) for path in paths]
    missing = [i for i, text in enumerate(found) if text is None]
    if missing:
        svg.warm()
        for i, text in zip(missing, svg.draw([specs[i] for i in missing]), strict=True):
            _write(paths[i], text)
            found[i] = text
        _prune(folder)
    return [text or "" for text in found]


def _digest(spec: dict[str, Any]) -> str:
    text = json.dumps(spec, separators=(",", ":"), default=str, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    """Whole or not at all: another process may be reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".new", delete=False) as new:
        new.write(text)
    Path(new.name).replace(path)


def _prune(folder: Path) -> None:
    kept = sorted(folder.glob("*.svg"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[MOST_KEPT:]:
        with suppress(OSError):
            path.unlink()
