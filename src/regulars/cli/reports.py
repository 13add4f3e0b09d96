"""`regulars report` and `backtest`: the last refresh in words, as pages, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from regulars.base import words
from regulars.cli.edge import print_json
from regulars.cli.opened import last_run, started
from regulars.insight.figures import Firm
from regulars.platform.workspace import Workspace


def report(home: Path | None, *, html: Path | None, pdf: Path | None, json: bool) -> None:
    """Show the last refresh, or write it as pages."""
    workspace = started(home)
    if html is not None:
        warm()
    _, firm = last_run(workspace)
    pages = write_pages(workspace, firm, html, pdf)
    if json:
        print_json(as_json(workspace, firm))
        return
    if not pages:
        show(workspace, firm)
    for page in pages:
        typer.echo(f"Report: {page}")


def backtest(home: Path | None, *, json: bool) -> None:
    """Say how good the predictions were on the firm's own past."""
    workspace = started(home)
    _, firm = last_run(workspace)
    if json:
        from regulars.report.formats import Formats
        from regulars.report.machine import backtest_json

        formats = Formats(firm.currency, workspace.settings.firm.language)
        print_json(backtest_json(firm.backtest, formats) if firm.backtest else {"chosen": firm.model, "candidates": []})
        return
    from regulars.report import terminal

    with in_the_firms_language(workspace):
        terminal.show_backtest(firm, about=_about(workspace))


def warm() -> None:
    """Start what draws charts in the background: it takes longer than the rest of a small report."""
    from regulars.report import svg

    svg.warm()


def prepare() -> None:
    """Load what writes and shows a report, and what draws it, while others work."""
    from regulars.report import html, terminal

    _ = html, terminal
    warm()


def draw_ahead(workspace: Workspace, firm: Firm) -> None:
    """Begin to draw the charts of the HTML report."""
    from regulars.report import html

    with in_the_firms_language(workspace):
        html.draw_ahead(firm, _names(firm), about=_about(workspace))


def write_pages(workspace: Workspace, firm: Firm, html: Path | None, pdf: Path | None) -> list[Path]:
    """Write the report where asked to; the files written."""
    written: list[Path] = []
    if html is not None:
        from regulars.report import html as page

        with in_the_firms_language(workspace):
            page.write(firm, _names(firm), html, about=_about(workspace))
        written.append(html)
    if pdf is not None:
        from regulars.report import pdf as paper

        with in_the_firms_language(workspace):
            paper.write(firm, _names(firm), pdf, about=_about(workspace))
        written.append(pdf)
    return written


def show(workspace: Workspace, firm: Firm) -> None:
    """The report on the terminal."""
    from regulars.report import terminal

    with in_the_firms_language(workspace):
        terminal.show(firm, _names(firm), about=_about(workspace))


def as_json(workspace: Workspace, firm: Firm) -> dict[str, Any]:
    """The report's figures for machines."""
    from regulars.report import machine

    return machine.as_json(firm, _names(firm), about=_about(workspace))


@contextmanager
def in_the_firms_language(workspace: Workspace) -> Iterator[None]:
    """The report is for the firm, so it is in its language; whatever else a command says stays English."""
    from regulars.platform import translations

    with words.speaking(translations.spoken(workspace.settings.firm.language)):
        yield


def _names(firm: Firm) -> dict[int, str]:
    from regulars.customers import queries

    people = [person.customer_id for person in (*firm.call_list, *firm.near_extraordinary)]
    return queries.names(people, contacts=True)  # whoever runs commands has the store itself


def _about(workspace: Workspace) -> Any:
    from regulars.report.view import About

    firm = workspace.settings.firm
    return About(firm.name, firm.language, _import_cautions())


def _import_cautions() -> Sequence[Any]:
    from regulars.intake import queries

    return queries.open_cautions()
