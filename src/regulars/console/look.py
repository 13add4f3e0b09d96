"""The look that depends on the firm: its accent colour in eleven steps, and the charts' colours in the dark.

Served as a style sheet of its own, because the policy of content allows no style inside a page.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from regulars.report import theme

_STEPS = {
    "50": ("white", 6),
    "100": ("white", 13),
    "200": ("white", 26),
    "300": ("white", 45),
    "400": ("white", 66),
    "500": ("white", 86),
    "600": ("white", 100),
    "700": ("black", 84),
    "800": ("black", 68),
    "900": ("black", 52),
    "950": ("black", 36),
}
"""Step -> towards what the accent is mixed, and percent of the accent left."""
_LIGHTER = {"400": 40, "500": 52}
_BASE = {
    "50": "#f8f9fb",
    "100": "#f1f3f6",
    "200": "#e3e7ec",
    "300": "#cdd4dd",
    "400": "#94a0b0",
    "500": "#6b7686",
    "600": "#485465",
    "700": "#344052",
    "800": "#1f2a38",
    "900": "#111a26",
    "950": "#0b121c",
}
_WORDS = {
    "subtle-light": theme.MUTED,
    "subtle-dark": "#a6b2c1",
    "default-light": "var(--color-base-600)",
    "default-dark": "#c6d0dc",
    "important-light": theme.INK,
    "important-dark": "#f1f5f9",
}


def mark(colour: str) -> str:
    """Changes when the sheet does: part of its address, so that browsers may keep it."""
    return blake2b(sheet(colour).encode(), digest_size=5).hexdigest()


@lru_cache(maxsize=8)
def sheet(colour: str) -> str:
    """The style sheet for an accent colour (`#rrggbb`)."""
    lines = [f"--color-base-{step}: {value};" for step, value in _BASE.items()]
    lines += [
        f"--color-primary-{step}: color-mix(in oklab, {colour} {part}%, {towards});"
        for step, (towards, part) in _STEPS.items()
    ]
    lines += [f"--color-font-{name}: {value};" for name, value in _WORDS.items()]
    lines += [f"--s-{_name(name)}: {value};" for name, value in theme.STANDING.items()]
    lines += [f"--t-{_name(name)}: {value};" for name, value in theme.STANDING_TEXT.items()]
    lines += [f"--r-{name}: {value};" for name, value in theme.RUNG.items()]
    dark = [f"--s-{_name(name)}: {theme.DARK[value]};" for name, value in theme.STANDING.items()]
    dark += [f"--t-{_name(name)}: {theme.DARK[value]};" for name, value in theme.STANDING_TEXT.items()]
    dark += [f"--r-{name}: {theme.DARK[value]};" for name, value in theme.RUNG.items()]
    # What is read on dark ground must be lighter than the accent; buttons keep it, with white words on them.
    dark += [
        f"--color-primary-{step}: color-mix(in oklab, {colour} {part}%, white);" for step, part in _LIGHTER.items()
    ]
    charts = "".join(
        f'.dark svg [fill="{light}"]{{fill:{deep}}}.dark svg [stroke="{light}"]{{stroke:{deep}}}\n'
        for light, deep in theme.DARK.items()
    )
    keys = "".join(f".k-{colour[1:]}{{background:{colour}}}\n" for colour in theme.DARK)
    dark_keys = "".join(f".dark .k-{colour[1:]}{{background:{deep}}}\n" for colour, deep in theme.DARK.items())
    return f":root {{ {' '.join(lines)} }}\n.dark {{ {' '.join(dark)} }}\n{charts}{keys}{dark_keys}"


def _name(standing: str) -> str:
    return standing.replace(" ", "-")
