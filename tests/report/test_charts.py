"""Charts: valid Vega-Lite, in the theme's colours, drawn the same by the helper process and here."""

from __future__ import annotations

import re
from datetime import date

import altair as alt
import pytest
from jsonschema import ValidationError
from tests.report import firms

from regulars.base.days import add_months
from regulars.insight.figures import Firm
from regulars.report import charts, svg, theme
from regulars.report.charts.frame import month_ticks, spread, ticks
from regulars.report.sections import document
from regulars.report.view import About


def test_every_chart_is_valid_and_says_what_it_shows(firm: Firm) -> None:
    for chart in document(firm, firms.names(firm), About()).charts():
        alt.Chart.from_dict(chart.spec)
        if chart.wide is not None:
            alt.Chart.from_dict(chart.wide)
        assert chart.title
        assert chart.description


def test_a_broken_chart_would_be_seen() -> None:
    """Negative control."""
    chart = document(firms.repeat_shop(), {}, About()).charts()[0]
    with pytest.raises(ValidationError):
        alt.Chart.from_dict({**chart.spec, "width": {"no": "width"}})


def test_an_altair_chart_for_notebooks_has_its_title() -> None:
    chart = document(firms.repeat_shop(), {}, About()).charts()[0]
    assert charts.altair_chart(chart).to_dict()["title"] == chart.title


def test_drawings_use_only_colours_that_have_a_dark_partner() -> None:
    drawn = svg.draw([chart.spec for chart in document(firms.repeat_shop(), {}, About()).charts()])
    for text in drawn:
        assert set(re.findall(r'(?:fill|stroke)="(#\w+)"', text)) <= set(theme.DARK)


def test_the_helper_draws_what_is_drawn_here() -> None:
    spec = document(firms.one_off_firm(), {}, About()).charts()[0].spec
    svg._kept.clear()
    here = svg.draw([spec])
    svg._kept.clear()
    svg.warm()
    try:
        assert svg.draw([spec]) == here
        assert svg._helper is not None
    finally:
        svg.cool()


def test_what_was_begun_ahead_is_not_drawn_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = [chart.spec for chart in document(firms.repeat_shop(), {}, About()).charts()][:3]
    drawn: list[int] = []
    monkeypatch.setattr(svg, "_here", lambda texts: drawn.append(len(texts)) or [f"<svg {text}" for text in texts])
    svg._kept.clear()
    svg.draw_ahead(specs).join()
    assert len(svg.draw(specs)) == 3
    assert drawn == [3]
    svg._kept.clear()


def test_a_helper_that_dies_is_not_missed() -> None:
    spec = document(firms.tiny_shop(), {}, About()).charts()[0].spec
    svg._kept.clear()
    svg.warm()
    assert svg._helper is not None
    svg._helper.kill()
    svg._helper.wait()
    assert svg.draw([spec])[0].startswith("<svg")
    assert svg._helper is None


def test_ids_of_two_drawings_in_one_page_do_not_meet() -> None:
    head = '<svg xmlns="u" version="1.1" width="5" height="6" viewBox="0 0 5 6">'
    drawing = head + '<clipPath id="c0"/><g clip-path="url(#c0)"/></svg>'
    assert svg.inline(drawing, "a") == '<svg viewBox="0 0 5 6"><clipPath id="a-c0"/><g clip-path="url(#a-c0)"/></svg>'


def test_ticks_are_round_and_cover_the_range() -> None:
    assert ticks(97) == [0, 25, 50, 75, 100]
    assert ticks(0) == [0, 1]
    assert ticks(430, -390, 6)[0] <= -390
    assert ticks(float("inf")) == [0, 1]


def test_months_are_labelled_with_their_year_at_january() -> None:
    months = [add_months(date(2025, 3, 1), i) for i in range(20)]
    assert month_ticks(months, 8) == {
        1: "Apr 2025",
        4: "Jul",
        7: "Oct",
        10: "Jan 2026",
        13: "Apr",
        16: "Jul",
        19: "Oct",
    }
    assert month_ticks([], 8) == {}


def test_labels_are_kept_apart_within_their_room() -> None:
    assert spread([10, 11, 12], 10, 0, 100) == [10, 20, 30]
    assert spread([98, 99], 10, 0, 100) == [90, 100]
