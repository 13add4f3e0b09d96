"""What a file's columns mean, as a table that can be corrected: recognised mapping -> form -> corrected mapping."""

from __future__ import annotations

from collections.abc import Mapping as Given
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.base.words import again
from regulars.console.imports import words
from regulars.intake.fields import FIELDS, KINDS, field_of
from regulars.intake.mapping import Mapping

HIDDEN = "•••"


def shown(number: int, file: dict[str, Any], *, sees: bool) -> dict[str, Any]:
    """A file of an upload's `found` for the template: its columns with their meanings, its first rows.

    sees : without it, cells of personal fields (and of columns whose meaning isn't known) are covered.
    """
    mapping = msgspec.convert(file["mapping"], Mapping)
    meaning = {title: name for name, title in mapping.columns.items()}
    options = [(field.name, words.field(field.name), again(field.meaning)) for field in FIELDS[mapping.kind]]
    heads = [_head(place, title, meaning.get(title, ""), mapping) for place, title in enumerate(file["titles"])]
    covered = [] if sees else [at for at, head in enumerate(heads) if not head["field"] or head["personal"]]
    rows = [_covered(row, len(heads), covered) for row in file["first_rows"]]
    return {
        "number": number,
        "name": file["name"],
        "about": file["about"],
        "kind": mapping.kind,
        "kinds": [(kind, words.kind(kind)) for kind in KINDS],
        "options": options,
        "heads": heads,
        "rows": rows,
        "currency": mapping.currency,
        "decimal": mapping.decimal,
        "has_amounts": any(_type(mapping, name) == "amount" for name in mapping.columns),
        "counts": {name: file[name] for name in ("rows_in", "kept", "replaced", "unchanged", "set_aside")},
        "reasons": list(file["reasons"].items()),
        "remarks": file["remarks"],
        "unused": len(file["unused"]),
    }


def read(form: Given[str, str], number: int, file: dict[str, Any]) -> Mapping | None:
    """The mapping that the form tells for a file; None where it is as it was recognised.

    Raises BadInput where two columns are given one meaning.
    """
    before = msgspec.convert(file["mapping"], Mapping)
    if f"kind-{number}" not in form:
        return None
    kind = next((one for one in KINDS if one == form[f"kind-{number}"]), before.kind)
    if kind != before.kind:
        return Mapping(kind=kind)  # another kind has other fields: they are recognised anew
    after = msgspec.structs.replace(before, columns={}, dates=dict(before.dates), ignore=[])
    for place, title in enumerate(file["titles"]):
        name = form.get(f"column-{number}-{place}", "")
        if field_of(kind, name) is None:
            continue
        if name in after.columns:
            raise BadInput(
                _("%(file)s: two columns ('%(one)s' and '%(other)s') can't both be “%(meaning)s”. Choose one of them.")
                % {"file": file["name"], "one": after.columns[name], "other": title, "meaning": words.field(name)}
            )
        after.columns[name] = title
        if chosen := form.get(f"dates-{number}-{place}", ""):
            after.dates[title] = chosen
    after.dates = {title: order for title, order in after.dates.items() if _dated(after, title)}
    after.decimal = form.get(f"decimal-{number}", before.decimal)
    after.currency = form.get(f"currency-{number}", before.currency).strip().upper()[:3]
    after.preset = before.preset if after.columns == before.columns else ""
    after.ignore = [title for title in file["titles"] if title not in after.columns.values()]
    same = (after.columns, after.dates, after.decimal, after.currency) == (
        before.columns,
        {title: order for title, order in before.dates.items() if _dated(before, title)},
        before.decimal,
        before.currency,
    )
    return None if same else after


def _head(place: int, title: str, name: str, mapping: Mapping) -> dict[str, Any]:
    dated = _type(mapping, name) in ("instant", "day")
    written = mapping.dates.get(title, "")
    orders = dict.fromkeys([*([written] if written else []), *words.DATE_ORDERS])
    return {
        "place": place,
        "title": title,
        "field": name,
        "personal": name in words.PERSONAL,
        "amount": _type(mapping, name) in ("amount", "number"),
        "dates": [(order, str(words.DATE_ORDERS.get(order, order))) for order in orders] if dated else [],
        "written": written,
    }


def _type(mapping: Mapping, name: str) -> str:
    field = field_of(mapping.kind, name) if name else None
    return field.type if field else ""


def _dated(mapping: Mapping, title: str) -> bool:
    return any(_type(mapping, name) in ("instant", "day") for name, of in mapping.columns.items() if of == title)


def _covered(row: list[str | None], width: int, covered: list[int]) -> list[str]:
    cells = [(row[at] or "") if at < len(row) else "" for at in range(width)]
    return [HIDDEN if at in covered and cell else cell for at, cell in enumerate(cells)]
