"""In which formats a table's columns are written, and what a person should look at before it is taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from regulars.base.words import told
from regulars.intake.fields import field_of
from regulars.intake.mapping import Mapping
from regulars.intake.open.sample import Table
from regulars.intake.recognise.content import Profile
from regulars.intake.recognise.result import Defaults
from regulars.intake.recognise.titles import title_currency
from regulars.intake.values import dates, dictionary, numbers

_MOST_WORDS = 40


def settle(mapping: Mapping, columns: Sequence[Profile], table: Table, defaults: Defaults) -> list[str]:
    """Fill the mapping's formats from the cells; give cautions in plain words."""
    by_title = {column.title: column for column in columns}
    used = {field: by_title[title] for field, title in mapping.columns.items()}
    cautions = _decimal(mapping, used, table)
    cautions += _currency(mapping, used, defaults)
    if not mapping.country:
        mapping.country = defaults.country or ""
    cautions += _dates(mapping, used, defaults)
    cautions += _statuses(mapping, used)
    return cautions


def likely_country(used: dict[str, Profile], defaults: Defaults) -> str | None:
    """The country most rows name, else the firm's."""
    if "country" in used:
        found = Counter(c for cell in used["country"].cells[:300] if (c := dictionary.country(cell)))
        if found:
            return found.most_common(1)[0][0]
    return defaults.country


def _decimal(mapping: Mapping, used: dict[str, Profile], table: Table) -> list[str]:
    if mapping.decimal:
        return []
    money = {f: p for f, p in used.items() if (spec := field_of(mapping.kind, f)) and spec.type in ("amount", "number")}
    likely = "," if table.layout.format == "delimited" and table.layout.delimiter == ";" else "."
    mapping.decimal, sure = numbers.decimal_mark([p.numbers for p in money.values()], likely)
    if sure:
        return []
    example = next(
        (cell for p in money.values() for cell in p.cells if numbers.evidence([cell]).unsure or "," in cell), ""
    )
    return [
        told(
            f"The decimal mark isn't certain: amounts such as '{example}' are read with a decimal point."
            if mapping.decimal == "."
            else f"The decimal mark isn't certain: amounts such as '{example}' are read with a decimal comma."
        )
    ]


def _currency(mapping: Mapping, used: dict[str, Profile], defaults: Defaults) -> list[str]:
    if mapping.currency:
        return []
    amounts = [p for f, p in used.items() if (spec := field_of(mapping.kind, f)) and spec.type == "amount"]
    signs: Counter[str] = sum((p.numbers.signs for p in amounts), Counter())
    likely = (defaults.currency,)
    found = Counter({c: n for sign, n in signs.items() if (c := dictionary.currency(sign, likely))})
    named = [c for p in amounts if (c := title_currency(p.title))]
    if "currency" in used:
        return []
    if named:
        mapping.currency = named[0]
    elif found:
        mapping.currency = found.most_common(1)[0][0]
        sign = next(s for s in signs if dictionary.currency(s, likely) == mapping.currency)
        if len(dictionary.marks().get(sign, ())) > 1 and defaults.currency != mapping.currency:
            return [
                told(
                    f"'{sign}' is taken for {mapping.currency}; it could be {', '.join(dictionary.marks()[sign][1:4])}."
                )
            ]
    return []


def _dates(mapping: Mapping, used: dict[str, Profile], defaults: Defaults) -> list[str]:
    hints = dates.Hints(likely_country(used, defaults), mapping.currency or defaults.currency, mapping.decimal == ",")
    cautions = []
    for field, column in used.items():
        spec = field_of(mapping.kind, field)
        if spec is None or spec.type not in ("instant", "day") or column.title in mapping.dates:
            continue
        found = dates.recognise(column.all_cells, hints)
        if found is None:
            continue
        form = found[0]
        mapping.dates[column.title] = form.text
        if not form.sure and form.text == "excel":
            cautions.append(
                told(f"The numbers in '{column.title}' are read as Excel's count of days ({column.cells[0]}).")
            )
        elif not form.sure:
            other = dates.written(dates.other_order(form.order), form.separator)
            cautions.append(
                told(
                    f"The dates in '{column.title}' are read as {told(form.text)} (as {told(form.why)} write them); "
                    f"nothing in the sample rules out {told(other)}. Look at '{column.cells[0]}'."
                )
            )
    _same_order(mapping, used)
    return cautions


def _same_order(mapping: Mapping, used: dict[str, Profile]) -> None:
    """A column that could be read in two ways follows one of the same file that can't."""
    forms = {c.title: dates.recognise(c.all_cells, dates.Hints()) for c in used.values() if c.title in mapping.dates}
    sure = Counter(
        f[0].order for f in forms.values() if f and f[0].sure and f[0].order in ("dmy", "mdy") and f[1] > 0.9
    )
    if len(sure) != 1:
        return
    order = next(iter(sure))
    for title, found in forms.items():
        if found and not found[0].sure and found[0].order in ("dmy", "mdy"):
            mapping.dates[title] = dates.written(order, found[0].separator)


def _statuses(mapping: Mapping, used: dict[str, Profile]) -> list[str]:
    if "status" not in used:
        return []
    words = Counter(used["status"].all_cells)
    unknown = [w for w, _ in words.most_common(30) if dictionary.status(w, mapping.statuses) == "other"]
    if not unknown:
        return []
    shown = ", ".join(f"'{w}'" for w in unknown[:5])
    return [
        told(f"Statuses whose meaning isn't known: {shown}. Their orders count; say what they mean under [statuses].")
    ]


def forms_and_words(mapping: Mapping, table: Table) -> tuple[dict[str, dates.DateForm], dict[str, tuple[str, ...]]]:
    """What reading needs of the sample: each date column's form, and the words seen in columns of words.

    The words are those of status, country and currency, most frequent first; "signs" are the currency signs in amounts.
    """
    index = {title: i for i, title in enumerate(table.layout.titles)}
    forms: dict[str, dates.DateForm] = {}
    words: dict[str, tuple[str, ...]] = {}
    signs: Counter[str] = Counter()
    hints = dates.Hints(mapping.country or None, mapping.currency or None, mapping.decimal == ",")
    for field, title in mapping.columns.items():
        spec = field_of(mapping.kind, field)
        if spec is None or title not in index:
            continue
        cells = table.column(index[title])
        if spec.type in ("instant", "day"):
            forms[title] = dates.as_told(cells, mapping.dates.get(title, "year-month-day"), hints)
        elif spec.type in ("status", "country", "currency", "truth"):
            words[field] = tuple(word for word, _ in Counter(cells).most_common(_MOST_WORDS))
        elif spec.type == "amount":
            signs += numbers.evidence(cells[:2000]).signs
    words["signs"] = tuple(sign for sign, _ in signs.most_common(_MOST_WORDS))
    return forms, words
