"""Drawings: Vega-Lite definitions become SVG through vl-convert, in a process of their own when there is time for it.

Starting vl-convert's engine takes half a second of one core and holds Python's lock meanwhile. A command that knows it
will draw calls `warm()` first thing: a helper process starts the engine while orders are read and models fitted.
Without it, or should it die, drawing happens here and only takes longer.
"""

from __future__ import annotations

import atexit
import json
import re
import subprocess  # only this Python with a fixed program
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

_PROGRAM = "from regulars.report.svg import work; work()"
_MOST_KEPT = 64
_kept: OrderedDict[str, str] = OrderedDict()
_helper: subprocess.Popen[bytes] | None = None
_start = threading.Lock()
_turn = threading.Lock()


def warm() -> None:
    """Start the drawing process if it isn't running. Returns at once; calling it is never needed, only faster."""
    global _helper
    with _start:
        if _helper is not None and _helper.poll() is None:
            return
        try:
            _helper = subprocess.Popen(  # noqa: S603 - see _PROGRAM
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            _helper = None
            return
        atexit.register(cool)


def cool() -> None:
    """End the drawing process, if there is one."""
    global _helper
    helper, _helper = _helper, None
    if helper is not None:
        helper.kill()
        helper.communicate()
    atexit.unregister(cool)


def draw(specs: Sequence[dict[str, Any]]) -> list[str]:
    """One SVG document for each definition, in order. What was drawn lately isn't drawn again."""
    texts = [json.dumps(spec, separators=(",", ":"), default=str) for spec in specs]
    with _turn:
        return _drawn(texts)


def draw_ahead(specs: Sequence[dict[str, Any]]) -> threading.Thread:
    """Begin to draw what will be asked for, and return at once; `draw` then has less to wait for."""
    begun = threading.Thread(target=draw, args=(specs,), daemon=True)
    begun.start()
    return begun


def _drawn(texts: Sequence[str]) -> list[str]:
    missing = list(dict.fromkeys(text for text in texts if text not in _kept))
    if missing:
        drawn = _by_helper(missing) or _here(missing)
        _kept.update(zip(missing, drawn, strict=True))
    found = [_kept[text] for text in texts]
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return found


def inline(svg: str, name: str) -> str:
    """The drawing as part of a page: its ids made unique by `name`, no namespaces, scaled to its figure."""
    svg = re.sub(r'\s(?:xmlns(?::\w+)?|version|class="marks")="?[^"]*"?(?=[\s>])', "", svg, count=4)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", svg, count=1)
    return re.sub(r' (?:class="[^"]*"|role="[^"]*"|aria-\w+="[^"]*"|font-family="[^"]*")', "", svg)


def enlarge(svg: str, factor: float) -> str:
    """The drawing with larger words, for where it is shown small."""
    return re.sub(r'font-size="([\d.]+)px"', lambda m: f'font-size="{float(m[1]) * factor:.1f}px"', svg)


def work() -> None:
    """The drawing process: reads one JSON list of definitions a line, answers with one JSON text a drawing."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command in front decides; this ends with its input
    import vl_convert

    for _ in range(2):  # the engine compiles what it has seen in use: the first drawings take three times as long
        vl_convert.vegalite_to_svg(_practice())
    for request in sys.stdin.buffer:
        for text in json.loads(request):
            sys.stdout.buffer.write(json.dumps(vl_convert.vegalite_to_svg(text)).encode() + b"\n")
            sys.stdout.buffer.flush()


def _practice() -> dict[str, Any]:
    """A small drawing with every kind of mark that charts use."""
    from regulars.report.charts.frame import Canvas, drawing, layer, line, scale

    rows = [{"x": i, "x2": i + 1, "y": 0, "y2": i, "text": str(i), "colour": "#000000"} for i in range(6)]
    marks = [layer("rect", rows), layer("text", rows), line(rows, "#000000"), layer("area", rows), layer("rule", rows)]
    ticks = {float(i): str(i) for i in range(6)}
    return drawing(Canvas(520, 270), marks, scale(0, 6, ticks), scale(0, 6, ticks))


def _by_helper(texts: Sequence[str]) -> list[str] | None:
    helper = _helper
    if helper is None or helper.stdin is None or helper.stdout is None:
        return None
    try:
        helper.stdin.write(json.dumps(texts).encode() + b"\n")
        helper.stdin.flush()
        answers = [json.loads(helper.stdout.readline()) for _ in texts]
    except (OSError, ValueError):  # it died: an empty line is no JSON
        cool()
        return None
    return [str(answer) for answer in answers]


def _here(texts: Sequence[str]) -> list[str]:
    import vl_convert

    return [str(vl_convert.vegalite_to_svg(text)) for text in texts]
