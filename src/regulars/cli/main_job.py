"""`regulars run`, `import` and `refresh`: files in, everyone judged, the picture out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from regulars.base.errors import BadInput
from regulars.base.progress import Progress
from regulars.cli import progress as bars
from regulars.cli.edge import parse_day, print_json
from regulars.cli.opened import started
from regulars.customers.refresh_process import RefreshProcess
from regulars.platform.workspace import Workspace

if TYPE_CHECKING:
    from regulars.customers.refresh import Refreshed
    from regulars.intake.result import ImportResult


def run(
    home: Path | None,
    files: list[Path],
    *,
    kind: str | None = None,
    map_file: Path | None = None,
    as_of: str | None = None,
    html: Path | None = None,
    pdf: Path | None = None,
    json: bool = False,
) -> None:
    """Import, refresh, report."""
    from regulars.cli import reports

    day = parse_day(as_of)
    with RefreshProcess(ready=reports.warm) as process, bars.shown(json=json) as progress:
        workspace = started(home)
        taken = _take_in(workspace, files, kind, map_file, dry_run=False, progress=progress)
        workspace = started(workspace.path)  # the first import may have set the currency
        process.ask(workspace, day)
        if not json:
            _show_import(workspace, taken)
        reports.prepare()
        viewed = partial(reports.draw_ahead, workspace)
        refreshed = process.refresh(progress, viewed) or _judge(workspace, day, progress)
        pages = reports.write_pages(workspace, refreshed.firm, html or workspace.path / "report.html", pdf)
    if json:
        print_json(
            {
                "import": taken.as_json(),
                "refresh": refreshed.as_json(),
                "report": reports.as_json(workspace, refreshed.firm),
                "files": [str(page) for page in pages],
            }
        )
        return
    reports.show(workspace, refreshed.firm)
    for page in pages:
        typer.echo(f"Report: {page}")


def import_files(
    home: Path | None,
    files: list[Path],
    *,
    kind: str | None = None,
    map_file: Path | None = None,
    dry_run: bool = False,
    save_map: Path | None = None,
    json: bool = False,
) -> None:
    """Take files in, or show how they would be."""
    workspace = started(home)
    with bars.shown(json=json) as progress:
        taken = _take_in(workspace, files, kind, map_file, dry_run=dry_run, progress=progress)
    if save_map is not None:
        save_map.write_text(taken.mapping_toml(), encoding="utf-8")
    if json:
        print_json(taken.as_json())
    else:
        _show_import(workspace, taken)


def refresh(home: Path | None, *, as_of: str | None = None, json: bool = False) -> None:
    """Judge every customer anew."""
    day = parse_day(as_of)
    workspace = started(home)
    with bars.shown(json=json) as progress:
        _drain(workspace, progress)
        refreshed = _judge(workspace, day, progress)
    if json:
        print_json(refreshed.as_json())
    else:
        found: Any = refreshed.as_json()
        typer.echo(
            f"{found['customers']:,} customers with {found['orders']:,} orders judged as of {found['as_of']} "
            f"by {found['model']} in {found['seconds']:.1f} s. See them: regulars report"
        )


def _take_in(
    workspace: Workspace,
    files: list[Path],
    kind: str | None,
    map_file: Path | None,
    *,
    dry_run: bool,
    progress: Progress,
) -> ImportResult:
    from regulars.intake import pipeline
    from regulars.intake.mapping import Mapping
    from regulars.lake import engine

    engine.spare_pandas()

    for file in files:
        if not file.exists():
            raise BadInput(f"There is no file {file}. Check the name, or drag the file into the terminal.")
        if file.is_dir():
            raise BadInput(f"{file} is a folder. Name the files in it, such as {file}/*.csv.")
    mapping = Mapping.load(map_file) if map_file else None
    return pipeline.import_files(workspace, files, kind=kind, mapping=mapping, dry_run=dry_run, progress=progress)


def _drain(workspace: Workspace, progress: Progress) -> None:
    """What programs sent goes to the lake first, where no server is doing that."""
    from regulars.stream.catching_up import catch_up
    from regulars.stream.drainer import drain_all

    progress("Taking events to the lake")
    catch_up()
    drain_all(workspace)


def _judge(workspace: Workspace, day: Any, progress: Progress) -> Refreshed:
    from regulars.customers.refresh import refresh as judge
    from regulars.lake import engine

    engine.spare_pandas()
    return judge(workspace, as_of=day, progress=progress)


def _show_import(workspace: Workspace, taken: ImportResult) -> None:
    from regulars.cli.import_shown import show

    show(workspace, taken)
