"""Reading one recognised file into typed rows and rows set aside."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.intake.open import packing
from regulars.intake.open import source as sources
from regulars.intake.open.sample import table_of
from regulars.intake.read import continuation, query
from regulars.intake.read.columns import Column, Context, columns_of, read_as
from regulars.intake.read.engine import Progress, connection, teach, watched
from regulars.intake.read.reasons import Reasons
from regulars.intake.read.staged import LeftOut, Staged
from regulars.intake.recognise.formats import forms_and_words
from regulars.intake.recognise.result import RecognisedFile
from regulars.intake.values import dates

_BATCH = 50_000
_REJECTS = pa.schema([("row", pa.int64()), ("column", pa.string()), ("code", pa.string()), ("reason", pa.string())])


def read(
    file: RecognisedFile,
    out_dir: Path,
    *,
    progress: Progress | None = None,
    time_zone: str = "UTC",
    firm_currency: str | None = None,
    memory_limit: str = "768MB",
) -> Staged:
    """Type every row of `file` into Parquet in `out_dir`, or set it aside with a reason.

    `progress(rows done, rows in all)` is called a few times a second from another thread. Reading the same file again
    into the same folder gives the same. Raises BadInput when the file can't be read at all any more.
    """
    for zone in (time_zone, file.mapping.time_zone or "UTC"):
        _check_zone(zone)
    out_dir.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="reading-", dir=out_dir))
    try:
        with connection(work, memory_limit) as con:
            return _Reading(file, out_dir, work, con, progress, time_zone, firm_currency).run()
    except duckdb.Error as error:
        raise BadInput(f"{file.name} can't be read: {str(error).splitlines()[0]} {told(packing.CURE)}") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Reading:
    """One reading: the pass over the file, the check of the date order over the whole column, the rows set aside."""

    def __init__(
        self,
        file: RecognisedFile,
        out: Path,
        work: Path,
        con: duckdb.DuckDBPyConnection,
        progress: Progress | None,
        zone: str,
        firm_currency: str | None,
    ) -> None:
        self.file, self.work, self.con, self.progress = file, work, con, progress
        self.zone, self.firm_currency = zone, firm_currency
        self.part, self.mended, self.rejects = out / "rows.parquet", out / "mended.parquet", out / "rejects.parquet"
        self.forms, self.seen = forms_and_words(file.mapping, table_of(file.path, file.layout, file.mapping))
        self.cautions: list[str] = []
        self.suspects = self.rows_in = 0

    def run(self) -> Staged:
        """Read, and once more with day and month the other way round where the whole column says so."""
        names, columns = self._typed()
        if self._turn_dates(columns):
            names, columns = self._typed()
        return self._staged(names, columns)

    def _typed(self) -> tuple[tuple[str, ...], list[Column]]:
        columns = columns_of(self.file.mapping, self.file.titles, self.forms)
        change = continuation.repeat(self.file) if self.file.mapping.blank_repeats else None
        source = sources.prepare(self.file.path, self.file.layout, self.work, change=change, tick=self._tick)
        try:
            names = self._copy(source, columns)
            if source.rows in (None, self.rows_in):
                return names, columns
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            if source.careful:
                raise
        # A row that strict CSV doesn't allow: read again row by row, and say which it is.
        source = sources.prepare(self.file.path, self.file.layout, self.work, careful=True, tick=self._tick)
        return self._copy(source, columns), columns

    def _tick(self, rows: int) -> None:
        """Progress while rows are cut one by one, which is the first half of the work."""
        if self.progress is not None:
            self.progress(min(rows, self.file.rows_about) // 2, self.file.rows_about)

    def _copy(self, source: sources.Source, columns: list[Column]) -> tuple[str, ...]:
        context = self._context(columns)
        select, names = query.fast(source.sql, columns, context)
        size = source.size or self.file.size
        with watched(size, self.file.rows_about, self.progress):
            self._write(select, self.part)
        self.rows_in = pq.ParquetFile(self.part).metadata.num_rows
        self.suspects = self._rows(f"SELECT count(*) FROM {_parquet(self.part)} WHERE suspect")[0][0]
        if self.suspects == 0:
            self.mended.unlink(missing_ok=True)
            return names
        teach(self.con)
        suspects = f'SELECT file_row_number + 1 AS "row", raw FROM {_parquet(self.part, numbered=True)} WHERE suspect'
        self._write(query.slow(suspects, columns, context, names), self.mended)
        return names

    def _context(self, columns: list[Column]) -> Context:
        country = next((c.cell for c in columns if c.field.name == "country"), None)
        return Context(self.file.mapping, self.zone, self.firm_currency, self.seen, country)

    def _write(self, select: str, to: Path) -> None:
        """Write rows in their order: a row's place in the file is its number."""
        # Larger dictionaries cost more to build than they save in a file that is read twice and thrown away.
        # V2 writes numbers as differences, in three quarters of the time.
        options = "FORMAT parquet, COMPRESSION snappy, PRESERVE_ORDER true, DICTIONARY_SIZE_LIMIT 1000"
        options += ", PARQUET_VERSION V2"
        self.con.execute(f"COPY ({select}) TO '{sources.quoted(to)}' ({options})")

    def _turn_dates(self, columns: list[Column]) -> bool:
        """Check the whole column where the sample left day and month open: turn them when the failed rows fit so."""
        turned = False
        for number, column in enumerate(columns, start=1):
            form = column.form
            if form is None or form.sure or len(form.order) != 3:
                continue
            other = dates.other_order(form.order)
            failed = self._mended(
                f"SELECT raw[{number}] FROM mended WHERE problem = 'bad:{column.field.name}' LIMIT 2000"
            )
            fits = sum(dates.day_of(cell, other) is not None for (cell,) in failed if cell)
            if fits == 0 or fits < 0.9 * len(failed):
                continue
            text = dates.written(other, form.separator)
            self.forms[column.title] = form._replace(text=text, formats=(), sure=True)
            self.file.mapping.dates[column.title] = text
            self.cautions.append(told(f"The dates in '{column.title}' are {told(text)}: later rows show it."))
            turned = True
        return turned

    def _staged(self, names: tuple[str, ...], columns: list[Column]) -> Staged:
        rows_in = self.rows_in
        problems = dict(self._mended("SELECT problem, count(*) FROM mended WHERE problem IS NOT NULL GROUP BY ALL"))
        kept = rows_in - sum(problems.values())
        reasons = self._set_aside(columns, problems, rows_in)
        if kept == 0 and rows_in:
            self.cautions.append(
                told("No row of the file could be used. Look at the reasons, and correct the mapping.")
            )
        return Staged(
            kind=self.file.kind,
            parts=[self.part, self.mended] if self.suspects else [self.part],
            rejects=self.rejects,
            rows_in=rows_in,
            kept=kept,
            set_aside=rows_in - kept,
            fields=("row", *names),
            reasons=reasons,
            left_out=self._left_out(columns),
            cautions=[*self.file.cautions, *self.cautions],
            cut_off=self.file.layout.cut_off,
            read_as=read_as(columns, self._context(columns)),
        )

    def _set_aside(self, columns: list[Column], problems: dict[str, int], rows_in: int) -> dict[str, int]:
        layout = self.file.layout
        words = Reasons(columns, self.file.mapping.decimal, rows_in, problems, len(self.file.titles), layout.delimiter)
        counted: Counter[str] = Counter()
        with pq.ParquetWriter(self.rejects, _REJECTS) as writer:
            if problems:
                cursor = self.con.execute(
                    f'SELECT "row", problem, raw FROM {_parquet(self.mended)} WHERE problem IS NOT NULL ORDER BY 1'
                )
                while found := cursor.fetchmany(_BATCH):
                    batch = [(row, *words.explain(row, problem, cells)) for row, problem, cells in found]
                    counted.update(code for _, _, code, _ in batch)
                    arrays = [
                        pa.array(column, field.type)
                        for column, field in zip(zip(*batch, strict=True), _REJECTS, strict=True)
                    ]
                    writer.write_batch(pa.record_batch(arrays, schema=_REJECTS))
        return dict(counted)

    def _left_out(self, columns: list[Column]) -> list[LeftOut]:
        cells: Counter[int] = Counter()
        examples: dict[int, str] = {}
        some = "FROM mended WHERE left_mask IS NOT NULL AND problem IS NULL GROUP BY left_mask ORDER BY left_mask"
        for mask, count, raw in self._mended(f'SELECT left_mask, count(*), arg_min(raw, "row") {some}'):
            for index in range(len(columns)):
                if mask >> index & 1:
                    cells[index] += count
                    examples.setdefault(index, raw[index])
        return [LeftOut(columns[index].title, count, examples[index]) for index, count in sorted(cells.items())]

    def _mended(self, select: str) -> list[tuple[Any, ...]]:
        """Rows of a SELECT from `mended`; none when no row was suspect."""
        if self.suspects == 0:
            return []
        return self._rows(f"WITH mended AS (FROM {_parquet(self.mended)}) {select}")

    def _rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.con.execute(select).fetchall()


def _parquet(path: Path, *, numbered: bool = False) -> str:
    return f"read_parquet('{sources.quoted(path)}'{', file_row_number=true' if numbered else ''})"


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"There is no time zone '{name}'. Use a name such as Europe/Tallinn.") from None
