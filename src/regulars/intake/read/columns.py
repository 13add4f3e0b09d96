"""For each mapped field the SQL of its typed value: the fast lane for every row, the slow one for the few it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from regulars.intake.fields import DERIVED, Field, field_of, normal
from regulars.intake.mapping import Mapping
from regulars.intake.values import dictionary, instants, numbers, phones
from regulars.intake.values.dates import DateForm
from regulars.intake.values.dictionary import case, lookup, nothing, plain

LONGEST_KEY = 500
LONGEST_TEXT = 2_000
_SHORT_NOTHING = dictionary.sql_text(
    "|" + "|".join(word for word in dictionary.NOTHING if len(word.encode()) < 5) + "|"
)
Lane = Literal["fast", "slow"]


@dataclass(frozen=True)
class Column:
    """One mapped field: `cell` is its raw column (c0, ...), `title` its title in the file."""

    field: Field
    cell: str
    title: str
    form: DateForm | None = None

    @property
    def built(self) -> bool:
        """Its value is parsed first (as p_<field>) and built upon: dates and amounts."""
        return self.field.type in ("instant", "day", "amount", "number")

    @property
    def may_fail(self) -> bool:
        """A filled cell can be unreadable."""
        return self.field.type not in ("text", "status", "key")


@dataclass(frozen=True)
class Context:
    """What the values of a file depend on beside their cells."""

    mapping: Mapping
    zone: str
    firm_currency: str | None = None
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> the words in its sampled cells, most frequent first (status, country, currency; signs of amounts)."""
    country_cell: str | None = None


def columns_of(mapping: Mapping, titles: list[str], forms: dict[str, DateForm]) -> list[Column]:
    """The mapped columns, in the mapping's order."""
    at = {title: f"c{index}" for index, title in enumerate(titles)}
    found = []
    for name, title in mapping.columns.items():
        spec = field_of(mapping.kind, name)
        if spec is not None and title in at:
            form = forms.get(title, DateForm("year-month-day")) if spec.type in ("instant", "day") else None
            found.append(Column(spec, at[title], title, form))
    return found


def quick(column: Column, context: Context) -> str:
    """SQL of a date (TIMESTAMP in the file's zone, or TIMESTAMPTZ) or number (DECIMAL) in its usual form, else NULL."""
    if column.form is not None:
        return instants.fast(column.cell, column.form)
    return numbers.fast(column.cell, context.mapping.decimal or ".")


def patient(column: Column, context: Context) -> list[tuple[str, str]]:
    """SQL steps of the same in every form it may have; the last is the value. Empty where `quick` is all there is."""
    name = column.field.name
    if column.form is not None:
        return instants.slow(column.cell, column.form, _zone(column, context), name)
    return numbers.slow(column.cell, context.mapping.decimal or ".", name)


def read_as(columns: Sequence[Column], context: Context) -> dict[str, str]:
    """Staged columns that are written shorter, or not at all since another one says it: name -> SQL of their value.

    A file is written and read with half the work so. In UTC a moment gives its day without a calendar, and a date
    without time its moment.
    """
    shorter = {c.field.name: f"{c.field.name}::DECIMAL(38,6)" for c in columns if c.field.type == "amount"}
    for column in columns:
        name, form = column.field.name, column.form
        if form is None or name not in DERIVED or context.zone != "UTC":
            continue
        day = DERIVED[name][0]
        if form.days_alone and _zone(column, context) == "UTC":
            shorter[name] = instants.at(f"{day}::TIMESTAMP", "UTC")
        else:
            shorter[day] = f"make_timestamp(epoch_us({name}))::DATE"
    return shorter


def typed(column: Column, context: Context, lane: Lane) -> dict[str, str]:
    """SQL of the staged columns that a mapped column gives, over c0.. and p_<field>."""
    name, cell, inner = column.field.name, column.cell, f"p_{column.field.name}"
    match column.field.type:
        case "instant":
            return _instant(column, context, inner)
        case "day":
            local = f"timezone('{context.zone}', {inner})" if column.form and column.form.zoned else inner
            return {name: f"CAST({local} AS DATE)"}
        case "amount" | "number":
            return {name: inner}
        case "status":
            return {name: _status(column, context, lane), "status_text": f"nullif(trim(left({cell}, 200)), '')"}
        case "key":
            if lane == "fast":
                return {name: _text(cell, lane, LONGEST_KEY)}
            return {name: f"CASE WHEN strlen({cell}) <= {LONGEST_KEY} THEN {_text(cell, lane, LONGEST_KEY)} END"}
        case "text":
            return {name: _text(cell if lane == "fast" else f"left({cell}, {LONGEST_TEXT})", lane, LONGEST_TEXT)}
        case "email":
            return {name: f"CASE WHEN contains({cell}, '@') AND strlen({cell}) <= 320 THEN lower(trim({cell})) END"}
        case "phone":
            countries = context.seen.get("country", ())
            return {name: phones.sql(cell, context.mapping.country, context.country_cell, countries)}
        case "country" | "currency" | "truth":
            return {name: _word(column, context, lane)}


def _text(cell: str, lane: Lane, longest: int) -> str:
    """Trimmed text. The fast lane leaves long cells and short words for nothing to the slow one."""
    if lane == "slow":
        return f"CASE WHEN NOT {nothing(cell)} THEN trim({cell}) END"
    trimmed = f"nullif(trim({cell}), '')"
    fits = f"strlen({cell}) BETWEEN 5 AND {longest}"
    # Trimming looks at letter after letter. A cell of ASCII without a space, as most keys are, stays as it is.
    tight = f"{fits} AND NOT contains({cell}, ' ') AND length({cell}) = strlen({cell})"
    word = f"strlen({cell}) < 5 AND NOT contains({_SHORT_NOTHING}, '|' || lower({cell}) || '|')"
    return f"CASE WHEN {tight} THEN {cell} WHEN {fits} THEN {trimmed} WHEN {word} THEN {trimmed} END"


def _word(column: Column, context: Context, lane: Lane) -> str:
    cell, name = column.cell, column.field.name
    seen = context.seen.get(name, ())
    match column.field.type:
        case "country":
            if lane == "fast":
                return case(cell, {w: c for w in seen if (c := dictionary.country(w))})
            return lookup(plain(cell), dict(dictionary.countries()))
        case "currency":
            likely = (context.firm_currency, context.mapping.currency or None)
            known = {w: c for w in seen if (c := dictionary.currency(w, likely))}
            if lane == "fast":
                return case(cell, known)
            codes = {code.lower(): code for code in dictionary.currency_codes()}
            signs = {s: c for s in dictionary.marks() if (c := dictionary.currency(s, likely))}
            return lookup(f"lower(trim({cell}))", {**signs, **codes})
        case _:
            if lane == "fast":
                return case(
                    cell,
                    {w: t for w in seen if (t := dictionary.truths().get(w.strip().casefold())) is not None},
                    "NULL::BOOLEAN",
                )
            return lookup(f"lower(trim({cell}))", dict(dictionary.truths()))


def _status(column: Column, context: Context, lane: Lane) -> str:
    cell, own = column.cell, context.mapping.statuses
    seen = {
        w: dictionary.status(w, own) for w in context.seen.get("status", ()) if w.casefold() not in dictionary.NOTHING
    }
    if lane == "fast":
        return case(cell, seen)
    words = {**dictionary.statuses(), **{normal(word): meaning for word, meaning in own.items()}}
    return f"CASE WHEN NOT {nothing(cell)} THEN coalesce({lookup(plain(cell), words)}, 'other') END"


def _instant(column: Column, context: Context, inner: str) -> dict[str, str]:
    """The instant and, where the field has one, the firm's local day. A date without time keeps its day in any zone."""
    name, zone = column.field.name, _zone(column, context)
    zoned = column.form is not None and column.form.zoned
    at = inner if zoned else instants.at(inner, zone)
    result = {name: at}
    if name in DERIVED:
        local = inner if not zoned and zone == context.zone else f"timezone('{context.zone}', {at})"
        result[DERIVED[name][0]] = f"CAST({local} AS DATE)"
    return result


def _zone(column: Column, context: Context) -> str:
    timed = column.form is not None and (column.form.timed or column.form.zoned)
    return context.mapping.time_zone or context.zone if timed else context.zone
