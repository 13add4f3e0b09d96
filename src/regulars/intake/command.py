"""One command's imports: files are recognised and read first, then done one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from regulars.base.progress import Progress
from regulars.base.words import told
from regulars.customers import consent_files, refresh
from regulars.insight.figures import Reason
from regulars.intake import (
    consent_file,
    contracts_file,
    found,
    keyed,
    people_file,
    personal,
    record,
    recost,
    report_rows,
    sales,
    staging,
    waiting,
)
from regulars.intake.assemble.notices import NOTICE_VERSIONS, NOTICES
from regulars.intake.assemble.source import Part, PersonLink, Sales
from regulars.intake.fields import Kind
from regulars.intake.mapping import Mapping
from regulars.intake.models import Import
from regulars.intake.read import Staged, read
from regulars.intake.recognise import Recognised, RecognisedFile
from regulars.intake.reject_rows import Reject
from regulars.intake.result import FileResult, ImportResult
from regulars.intake.units import SALES, Unit, person_files, plan
from regulars.lake import Lake, Step
from regulars.platform.workspace import Workspace

ASSUMED_CURRENCY = "EUR"


@dataclass
class Open:
    """An import under way: its record, its typed rows."""

    unit: Unit
    row: Import
    folder: Path
    parts: list[Part]


@dataclass
class Command:
    """The imports of one command."""

    workspace: Workspace
    folder: Path
    shop: str
    progress: Progress
    dry_run: bool
    corrections: dict[str, Mapping] = field(default_factory=dict)
    cautions: list[Reason] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    tried: dict[str, Path] = field(default_factory=dict)
    """Rates, costs and products that a dry run read: the orders after them are looked at as if they were there."""

    def take_in(self, paths: list[Path], kind: Kind | None, mapping: Mapping | None) -> ImportResult:
        """Do all of it."""
        self.progress(told("Looking at the files"))
        if not self.dry_run:
            self._sweep()
        given = found.recognise(
            paths, kind, mapping, self.workspace, self.folder, dry_run=self.dry_run, corrections=self.corrections
        )
        opened = self._open_all(plan(given.recognised))
        self._settle_currency(opened)
        links = _links(given.recognised, opened)
        results: list[FileResult] = []
        for one in opened:
            try:
                results += self._do(one, given.recognised, links)
            except Exception as error:
                if not self.dry_run:
                    record.fail(one.row, error)  # the same files take it up again
                raise
        for one in opened:
            staging.clear(one.folder)
        return ImportResult(
            files=results,
            rules=dict(sorted(self.rules.items())),
            cautions=self.cautions,
            currency=self.currency,
            orders={name: self.orders[name] for name in ("new", "unchanged", "replaced")},
            new_customers=0 if self.dry_run else _made([one.row for one in opened]),
            skipped=[skipped.sentence for skipped in given.recognised.skipped],
            dry_run=self.dry_run,
        )

    @property
    def currency(self) -> str:
        """The firm's currency."""
        return self.workspace.settings.firm.currency or self._currency

    _currency: str = ASSUMED_CURRENCY

    def _sweep(self) -> None:
        """Typed rows of imports that are done are of no more use, should a command have been killed after them."""
        for folder in self.folder.glob("[0-9]*"):
            if Import.objects.filter(id=int(folder.name), state=Import.State.DONE).exists():
                staging.clear(folder)

    # reading

    def _open_all(self, units: Sequence[Unit]) -> list[Open]:
        """Read all files before any of them changes anything; if one can't be read, none is kept."""
        opened: list[Open] = []
        try:
            for unit in units:
                opened.append(self._open(unit))
        except Exception:
            for one in opened:
                staging.clear(one.folder)
            raise
        return opened

    def _open(self, unit: Unit) -> Open:
        if self.dry_run:
            row = Import(id=0, shop=self.shop, kind=unit.shown_kind, counts={})
        else:
            digests = [record.sha256(file.path) for file in unit.files]
            row = record.begin(unit.files, digests, kind=unit.shown_kind, shop=self.shop)
        folder = self.folder / (str(row.id) if not self.dry_run else f"{unit.kind}")
        try:
            staged = staging.staged(folder, unit.files, self._read)
        except Exception as error:
            if not self.dry_run:
                record.fail(row, error)
            staging.clear(folder)
            raise
        parts = [
            Part(number, one, file.mapping.currency, file.mapping.per_line)
            for number, one, file in zip(unit.numbers, staged, unit.files, strict=True)
        ]
        return Open(unit, row, folder, parts)

    def _read(self, file: RecognisedFile, folder: Path) -> Staged:
        settings = self.workspace.settings
        stage = told(f"Reading {file.name}")
        self.progress(stage, 0, file.rows_about, "rows")
        return read(
            file,
            folder,
            progress=lambda done, total: self.progress(stage, done, total, "rows"),
            time_zone=settings.firm.time_zone,
            firm_currency=settings.firm.currency,
            memory_limit=settings.store.memory_limit,
        )

    def _settle_currency(self, opened: Sequence[Open]) -> None:
        """The firm's currency: set, or on the first import the one that most of the orders' rows are in."""
        if self.workspace.settings.firm.currency is not None:
            return
        usual = found.usual_currency([part for one in opened for part in one.parts])
        self._currency = usual or ASSUMED_CURRENCY
        if usual is None:
            self.cautions.append(Reason("currency_assumed", {"currency": ASSUMED_CURRENCY}))
        if not self.dry_run and any(one.unit.kind == SALES for one in opened):
            self.workspace = self.workspace.remember(currency=self._currency)

    # doing

    def _do(self, one: Open, recognised: Recognised, links: list[PersonLink]) -> list[FileResult]:
        if one.unit.kind == SALES:
            rows, rejects = self._sales(one, links)
        elif one.unit.kind == "customers":
            rows, rejects = self._customers(one, person_files(recognised))
        elif one.unit.kind == "contracts":
            rows, rejects = self._contracts(one)
        elif one.unit.kind == "consent":
            rows, rejects = self._consent(one)
        else:
            rows, rejects = self._keyed(one)
        results = report_rows.results(one.unit, one.parts, one.row, rows, rejects, self._rejects_folder())
        if not self.dry_run:
            summary = ImportResult(results, dict(self.rules), self.cautions, self.currency, dict(self.orders))
            record.finish(one.row, summary.as_json())
        return results

    def _rejects_folder(self) -> Path | None:
        return None if self.dry_run else self.workspace.rejects_path

    def _sales(self, one: Open, links: list[PersonLink]) -> tuple[dict[tuple[int, str], int], list[Reject]]:
        place = sales.Place(
            self.lake(), one.folder, self.currency, self.workspace.settings.store.memory_limit, self.tried
        )
        whole = Sales(one.parts, links)

        def hold(con: duckdb.DuckDBPyConnection) -> None:
            waiting.hold_back(con, one.unit.files, one.parts)

        if self.dry_run:
            done = sales.try_out(one.row, whole, place, hold)
        else:
            done = sales.take_in(one.row, whole, place, hold, self.progress)
        self.rules.update(done.rules)
        self.orders.update(done.orders)
        self.cautions += done.cautions
        return done.rows, done.rejects

    def _customers(self, one: Open, persons: set[int]) -> tuple[dict[tuple[int, str], int], list[Reject]]:
        with self._connect(one) as con:
            rejects = people_file.read(con, one.parts, persons, one.row.shop)
            if self.dry_run:
                counted = people_file.tried(con, one.row.shop)
            else:
                people_file.identify(con, one.row)
                counted = record.pending(one.row, people_file.compared(con, one.row))
                people_file.write(con, one.row)
                told = {name for part in one.parts for name in part.staged.fields}
                personal.write_people(con, self.lake(), "told", told, one.folder)
        rows = {(int(key.split()[0]), key.split()[1]): number for key, number in counted.items()}
        return _with_rejects(rows, rejects), rejects

    def _contracts(self, one: Open) -> tuple[dict[tuple[int, str], int], list[Reject]]:
        with self._connect(one) as con:
            done = contracts_file.prepare(con, one.parts, one.row, self.lake(), one.folder, dry_run=self.dry_run)
            return (done.rows if self.dry_run else self._into_lake(one, done)), done.rejects

    def _consent(self, one: Open) -> tuple[dict[tuple[int, str], int], list[Reject]]:
        with self._connect(one) as con:
            done = consent_file.read(con, one.parts, one.row, dry_run=self.dry_run)
        counted = done.rows
        if not self.dry_run:
            counted = record.pending(one.row, counted)
            consent_files.record(done.told, import_id=one.row.id)
        rows = {(int(key.split()[0]), key.split()[1]): number for key, number in counted.items()}
        return _with_rejects(rows, done.rejects), done.rejects

    def _into_lake(self, one: Open, done: keyed.Done) -> dict[tuple[int, str], int]:
        """Commit what a small file says, once; returns its rows as they were counted at first."""
        counted = record.pending(one.row, {f"{file} {outcome}": n for (file, outcome), n in done.rows.items()})
        if done.upserts:
            self.lake().commit(Step(key=f"import:{one.row.id}", upsert=done.upserts))
        return {(int(key.split()[0]), key.split()[1]): number for key, number in counted.items()}

    def _keyed(self, one: Open) -> tuple[dict[tuple[int, str], int], list[Reject]]:
        lake = self.lake()
        with self._connect(one) as con:
            done = keyed.prepare(con, one.unit.kind, one.parts, lake, self.currency, one.folder)
            if self.dry_run:
                self.tried |= {name: path for name, path in done.upserts.items() if name in sales.LAKE_TABLES}
                return done.rows, done.rejects
            rows = self._into_lake(one, done)
            if "costs" in done.upserts:
                recost.orders(con, lake, one.row, one.folder, self.currency)
        return rows, done.rejects

    def lake(self) -> Lake:
        """The lake, with the record of refunds known to it."""
        return open_lake(self.workspace)

    def _connect(self, one: Open) -> Any:
        return sales.connect(
            sales.Place(self.lake(), one.folder, self.currency, self.workspace.settings.store.memory_limit)
        )


def open_lake(workspace: Workspace) -> Lake:
    """The workspace's lake with all tables that intake writes."""
    lake = refresh.open_lake(workspace)
    lake.define(NOTICES)
    lake.define(NOTICE_VERSIONS)
    return lake


def _links(recognised: Recognised, opened: Sequence[Open]) -> list[PersonLink]:
    parts = {part.file: part for one in opened for part in one.parts}
    found_links = {
        (join.right, join.left_field, join.right_field, join.person_field): None
        for join in recognised.joins
        if join.person_field and join.right in parts
    }
    return [PersonLink(parts[right], left, key, person) for right, left, key, person in found_links]


def _with_rejects(rows: dict[tuple[int, str], int], rejects: Sequence[Reject]) -> dict[tuple[int, str], int]:
    counted = Counter(rows)
    for reject in rejects:
        counted[reject.file, "set_aside"] += 1
    return dict(counted)


def _made(rows: Sequence[Import]) -> int:
    from regulars.customers.models import Customer

    return Customer.objects.filter(import_id__in=[row.id for row in rows]).count()
