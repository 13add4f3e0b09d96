"""SQL that reads a column's dates and times in their recognised form, as local time in the file's zone."""

from __future__ import annotations

from regulars.intake.values.dates import DateForm
from regulars.intake.values.months import months

_PATTERN = (
    r"^(?:\p{L}+[.,]?\s+)?(\d{1,4}|\p{L}{3,})(?:st|nd|rd|th)?[\s.,/-]{1,3}(\d{1,2}|\p{L}{3,})(?:st|nd|rd|th)?"
    r"[\s.,/-]{1,3}(\d{1,4})"
    r"(?:(?:t|,?\s+|,\s*)(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,6})\d{0,3})?)?)?"
    r"\s*([ap])?\.?m?\.?\s*(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*(?:[r.]\.?)?(?:\s*\[[^\]]*\])?$"
)


def macros() -> tuple[str, ...]:
    """SQL functions of the slow reading, made once a connection."""
    names = ", ".join(f"'{name}': {number}" for name, number in months().items())
    return (
        f"CREATE OR REPLACE MACRO regulars_month(w) AS coalesce(TRY_CAST(w AS INTEGER), MAP {{{names}}}[w])",
        """CREATE OR REPLACE MACRO regulars_year(w) AS CASE length(w) WHEN 4 THEN TRY_CAST(w AS INTEGER)
            WHEN 2 THEN TRY_CAST(w AS INTEGER) + CASE WHEN TRY_CAST(w AS INTEGER) < 69 THEN 2000 ELSE 1900 END END""",
        """CREATE OR REPLACE MACRO regulars_hour(h, p) AS CASE p WHEN '' THEN coalesce(TRY_CAST(h AS INTEGER), 0)
            WHEN 'a' THEN CASE WHEN h = '12' THEN 0 ELSE TRY_CAST(h AS INTEGER) END
            ELSE CASE WHEN h = '12' THEN 12 ELSE TRY_CAST(h AS INTEGER) + 12 END END""",
        """CREATE OR REPLACE MACRO regulars_offset(z) AS CASE WHEN z IN ('z', 'utc', 'gmt') THEN 0 WHEN z = '' THEN NULL
            ELSE (CASE z[1] WHEN '-' THEN -1 ELSE 1 END) * (TRY_CAST(z[2:3] AS INTEGER) * 60
                + coalesce(TRY_CAST(nullif(replace(z[4:], ':', ''), '') AS INTEGER), 0)) END""",
        """CREATE OR REPLACE MACRO regulars_local(y, m, d, p) AS TRY_CAST(
            printf('%04d-%02d-%02d %02d:%02d:%02d.%s', regulars_year(y), regulars_month(m), TRY_CAST(d AS INTEGER),
                regulars_hour(p.h, p.p), coalesce(TRY_CAST(p.i AS INTEGER), 0), coalesce(TRY_CAST(p.s AS INTEGER), 0),
                CASE p.f WHEN '' THEN '0' ELSE p.f END) AS TIMESTAMP)""",
    )


def fast(cell: str, form: DateForm) -> str:
    """SQL: the forms seen in the sample only, NULL for everything else.

    TIMESTAMP in the file's zone; TIMESTAMPTZ for a form whose cells name their own zone or count from 1970 in UTC.
    """
    if form.text in ("unix", "unix-ms"):
        unit = 1_000_000 if form.text == "unix" else 1_000
        count = f"CAST(TRY_CAST({cell} AS DECIMAL(20,3)) * {unit} AS BIGINT)"
        return f"timezone('UTC', {_bounded(f'make_timestamp({count})')})"
    if form.zoned:
        formats = [f for f in form.formats if f.endswith("%z")]
        return _bounded(f"try_strptime({cell}, {_list(formats)})", "TIMESTAMPTZ") if formats else "NULL::TIMESTAMPTZ"
    return _bounded(_exact(cell, form))


def at(local: str, zone: str) -> str:
    """SQL: the instant of a TIMESTAMP in a zone. UTC needs no calendar, which would cost four times as much."""
    return f"make_timestamptz(epoch_us({local}))" if zone == "UTC" else f"timezone('{zone}', {local})"


def slow(cell: str, form: DateForm, zone: str, name: str) -> list[tuple[str, str]]:
    """SQL of every way to write a date in this order, with or without time, zone and names, in steps.

    Each step (column, expression) builds on those before it; the last has the type of `fast`. One expression for all
    would repeat itself dozens of times when DuckDB unfolds it.
    """
    order, cell = ("dmy", f"'1 ' || {cell}") if form.text == "month year" else (form.order, cell)
    if len(order) != 3 or form.text in ("yearmonthday", "daymonthyear"):
        return []
    plain = f"trim(replace(strip_accents(lower(replace({cell}, '\u00a0', ' '))), ' klo ', ' '))"
    tidy = rf"regexp_replace({plain}, '(\d{{4}})\. gada (\d{{1,2}})\. (\p{{L}}+)', '\2. \3 \1')"
    parts, local, there = f"parts_{name}", f"local_{name}", f"there_{name}"
    part = {letter: f"{parts}.{group}" for letter, group in zip(order, "abc", strict=True)}
    shifted = f"timezone('UTC', {local} - to_minutes(regulars_offset({parts}.z)))"
    here = f"CASE WHEN {parts}.z = '' THEN timezone('{zone}', {local}) ELSE {shifted} END"
    return [
        (parts, f"regexp_extract({tidy}, '{_PATTERN}', ['a', 'b', 'c', 'h', 'i', 's', 'f', 'p', 'z'])"),
        (local, f"regulars_local({part['y']}, {part['m']}, {part['d']}, {parts})"),
        (
            there,
            here if form.zoned else f"CASE WHEN {parts}.z = '' THEN {local} ELSE timezone('{zone}', {shifted}) END",
        ),
        (f"slow_{name}", _bounded(there, "TIMESTAMPTZ" if form.zoned else "TIMESTAMP")),
    ]


def _bounded(moment: str, type_: str = "TIMESTAMP") -> str:
    offset = "+00" if type_ == "TIMESTAMPTZ" else ""
    first, last = f"{type_} '1900-01-01 00:00:00{offset}'", f"{type_} '2100-12-31 23:59:59{offset}'"
    return f"CASE WHEN {moment} BETWEEN {first} AND {last} THEN {moment} END"


def _exact(cell: str, form: DateForm) -> str:
    nothing = "NULL::TIMESTAMP"
    match form.text:
        case "excel":
            serial = f"TRY_CAST(replace({cell}, ',', '.') AS DOUBLE)"
            fits = f"CASE WHEN {serial} BETWEEN 1 AND 80000 THEN {serial} END"
            return f"(TIMESTAMP '1899-12-30' + to_seconds(round({fits} * 86400)))"
        case "yearmonthday" | "daymonthyear":
            date_ = "%Y%m%d" if form.text == "yearmonthday" else "%d%m%Y"
            whens = " ".join(
                f"WHEN {length} THEN try_strptime({cell}, '{date_}{time}')"
                for length, time in ((8, ""), (12, "%H%M"), (14, "%H%M%S"))
            )
            return f"CASE length({cell}) {whens} END"
        case _ if form.order == "ym":
            return f"try_strptime({cell} || '{form.separator}01', '%Y{form.separator}%m{form.separator}%d')"
        case _ if form.order == "my" and form.separator != " ":
            return f"try_strptime('01{form.separator}' || {cell}, '%d{form.separator}%m{form.separator}%Y')"
    formats = [f for f in form.formats if not f.endswith("%z")]
    if formats == ["%Y-%m-%d"]:
        return f"CASE WHEN length({cell}) = 10 THEN TRY_CAST({cell} AS DATE)::TIMESTAMP END"
    return f"try_strptime({cell}, {_list(formats)})" if formats else nothing


def _list(formats: list[str]) -> str:
    return "[" + ", ".join("'" + f.replace("'", "''") + "'" for f in formats) + "]"
