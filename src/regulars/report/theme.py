"""One look for console, report and mail: colours, type and the Altair theme.

Charts are drawn in the light colours. Dark pages recolour the same drawing, because every colour used in a chart has
exactly one dark partner here (`DARK`); so a chart is rendered once, and printing is always light.
"""

from __future__ import annotations

from typing import Any

INK, MUTED, FAINT, LINE, PAPER, PANEL = "#16202e", "#556070", "#6b7686", "#e3e7ec", "#ffffff", "#f6f8f9"
ACCENT = "#0f766e"

STANDING = {
    "current": "#0f766e",
    "slipping": "#d97706",
    "lapsed": "#94a3b8",
    "won back": "#7c3aed",
    "prospect": "#64748b",
    "recent": "#0f766f",
    "not recent": "#94a3b9",
    "too early": "#64748c",
}
"""Fill colour of each standing; the word always stands beside it. (Last three: one-off firms, unknown cycles.)"""

STANDING_TEXT = {
    "current": "#0b665f",
    "slipping": "#a8540a",
    "lapsed": "#5b6b80",
    "won back": "#6d28d9",
    "prospect": "#526074",
    "recent": "#0b6660",
    "not recent": "#5b6b81",
    "too early": "#526075",
}
"""The same hues, dark enough to be read as text (4.5:1 on paper and panel)."""

RUNG = {
    "prospect": "#cfd8e0",
    "buyer": "#bfdcd8",
    "repeat": "#8fc4bd",
    "regular": "#55a59c",
    "client": "#1f8479",
    "extraordinary": "#0a5650",
}
"""The ladder in one hue: the deeper the relation, the deeper the colour."""

HEAT = ("#eef4f3", "#d3e6e3", "#abd0cb", "#7ab5ae", "#2f8077", "#0c6a62")
"""Six steps of the cohort map, least to most."""

BAND = "#cfe6e2"
"""Ranges behind a predicted line."""

DARK = {
    INK: "#e8edf3",
    MUTED: "#a6b2c1",
    FAINT: "#8794a5",
    LINE: "#263241",
    PAPER: "#0e1621",
    PANEL: "#151f2c",
    STANDING["current"]: "#2bb3a5",
    STANDING["slipping"]: "#f0a03a",
    STANDING["lapsed"]: "#66758a",
    STANDING["won back"]: "#a587f7",
    STANDING["prospect"]: "#8898ad",
    STANDING["recent"]: "#2bb3a6",
    STANDING["not recent"]: "#66758b",
    STANDING["too early"]: "#8898ae",
    STANDING_TEXT["current"]: "#4fcabd",
    STANDING_TEXT["slipping"]: "#f5b158",
    STANDING_TEXT["lapsed"]: "#a3b1c3",
    STANDING_TEXT["won back"]: "#bfa8fb",
    STANDING_TEXT["prospect"]: "#a9b6c7",
    STANDING_TEXT["recent"]: "#4fcabe",
    STANDING_TEXT["not recent"]: "#a3b1c4",
    STANDING_TEXT["too early"]: "#a9b6c8",
    RUNG["prospect"]: "#324152",
    RUNG["buyer"]: "#1d4a49",
    RUNG["repeat"]: "#21635f",
    RUNG["regular"]: "#268078",
    RUNG["client"]: "#2fa79b",
    RUNG["extraordinary"]: "#7fe0d4",
    HEAT[0]: "#17262f",
    HEAT[1]: "#1a3a40",
    HEAT[2]: "#1d5453",
    HEAT[3]: "#237570",
    HEAT[4]: "#2d9d93",
    HEAT[5]: "#6fdccf",
    BAND: "#1d4444",
}
"""Light colour -> dark partner. One entry for each colour that charts and pages may use."""

FONT = (
    "Inter, 'Segoe UI', -apple-system, BlinkMacSystemFont, Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, "
    "sans-serif"
)


def config() -> dict[str, Any]:
    """The Vega-Lite `config` of every chart: no box, faint horizontal grid, small quiet labels."""
    return {
        "background": "transparent",
        "font": "sans-serif",
        "aria": False,  # the figure around the drawing says in words what it shows
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": False,
            "labelColor": MUTED,
            "labelFontSize": 13,
            "labelPadding": 8,
            "labelOverlap": False,
            "labelBound": False,
            "titleColor": MUTED,
            "titleFontSize": 13,
            "titleFontWeight": "normal",
            "gridColor": LINE,
        },
        "axisX": {"domain": True, "domainColor": LINE},
        "axisY": {"grid": True},
        "text": {"color": INK, "fontSize": 13},
        "rule": {"color": FAINT},
        "title": {"anchor": "start", "fontSize": 15, "fontWeight": 600, "color": INK, "offset": 12},
        "range": {"category": list(STANDING.values())[:5], "heatmap": list(HEAT), "ramp": list(HEAT)},
    }


def register() -> None:
    """Make this the theme of every Altair chart in the process (notebooks): `theme.register()`."""
    import altair as alt

    @alt.theme.register("regulars", enable=True)
    def regulars() -> alt.theme.ThemeConfig:
        return {"config": {**config(), "font": FONT}}  # type: ignore[typeddict-item] # plain dict, checked by tests


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two #rrggbb colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
