"""The report in a terminal: every firm, any width, no colour where there is none, nothing that a terminal obeys."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from tests.report import firms

from regulars.insight.figures import Firm
from regulars.report import terminal
from regulars.report.view import About


def shown(
    firm: Firm, names: dict[int, str], width: int = 100, colours: bool = False, about: About | None = None
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colours, color_system="truecolor" if colours else None)
    terminal.show(firm, names, console, about=about)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 140])
def test_every_firm_fits_every_width(firm: Firm, about: About, width: int) -> None:
    text = shown(firm, firms.names(firm), width, about=about)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "14 rows of the last import were set aside." in " ".join(text.split())
    assert "\x1b" not in text


def test_the_figures_are_those_of_the_page() -> None:
    firm = firms.repeat_shop()
    text = " ".join(shown(firm, firms.names(firm), 140).replace("\xa0", " ").split())
    for said in (
        "4,810 of your 9,431 customers buy as usual",
        "slipping 660 7% 198 €84,502",
        "Call list",
        "… and 10 more on the list",
        "there were 1,690",
    ):
        assert said in text


def test_colours_only_in_a_terminal() -> None:
    firm = firms.tiny_shop()
    assert "\x1b[" in shown(firm, {}, colours=True)
    assert "\x1b[" not in shown(firm, {})


def test_names_are_neither_markup_nor_commands() -> None:
    firm = firms.repeat_shop()
    text = shown(firm, firms.hostile_names(firm), 200)
    assert "[bold red]Rich[/bold red]" in text
    assert not set(text) & set("\x00\x07\x1b\u202e")
    assert "customer 109" in text  # without a name


def test_without_margin_it_says_sales() -> None:
    text = shown(firms.repeat_shop(money="sales"), {}, 160)
    assert "Expected sales, next 12" in " ".join(text.split())
    assert "All figures are sales, not margin" in text


def test_the_backtest_alone(firm: Firm) -> None:
    out = io.StringIO()
    terminal.show_backtest(firm, Console(file=out, width=100))
    text = " ".join(out.getvalue().replace("\xa0", " ").split())
    if firm.backtest is not None and firm.backtest.enough:
        assert "we would have said" in text
        assert "MBG/CNBD-2" in text
    else:
        assert "There is too little past to test the predictions on." in text
