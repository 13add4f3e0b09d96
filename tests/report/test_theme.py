"""The colours can be read, on light and on dark."""

from __future__ import annotations

import pytest

from regulars.report import theme

TEXT = [theme.INK, theme.MUTED, theme.FAINT, *theme.STANDING_TEXT.values()]


@pytest.mark.parametrize("colour", TEXT)
def test_text_has_contrast_on_light_and_dark(colour: str) -> None:
    assert theme.contrast(colour, theme.PAPER) >= 4.0
    assert theme.contrast(theme.DARK[colour], theme.DARK[theme.PAPER]) >= 4.0


@pytest.mark.parametrize("step", range(6))
def test_figures_in_the_cohort_map_can_be_read(step: int) -> None:
    ink = theme.PAPER if step >= 4 else theme.INK
    assert theme.contrast(ink, theme.HEAT[step]) >= 4.0
    assert theme.contrast(theme.DARK[ink], theme.DARK[theme.HEAT[step]]) >= 4.0


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.01)


def test_every_colour_has_one_dark_partner() -> None:
    used = [*theme.STANDING.values(), *theme.STANDING_TEXT.values(), *theme.RUNG.values(), *theme.HEAT, theme.BAND]
    assert set(used) <= set(theme.DARK)
    assert len(set(theme.STANDING.values())) == len(theme.STANDING)


def test_standings_have_the_colours_of_the_product() -> None:
    assert theme.STANDING["current"] == "#0f766e"
    assert theme.STANDING["slipping"] == "#d97706"
    assert theme.STANDING["lapsed"] == "#94a3b8"
    assert theme.STANDING["won back"] == "#7c3aed"
    assert theme.STANDING["prospect"] == "#64748b"


def test_it_becomes_the_theme_of_altair() -> None:
    import altair as alt

    before = alt.theme.active
    try:
        theme.register()
        made = alt.Chart(alt.Data(values=[{"x": 1}])).mark_point().encode(x="x:Q").to_dict()
        assert made["config"]["axis"]["gridColor"] == theme.LINE
    finally:
        alt.theme.enable(before)
