"""The filtered list of customers as CSV or Parquet: in pieces, noted in the audit log, safe for spreadsheets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.console import customers_parquet, latest, wanted
from regulars.console.customers import Column, filters_for, visible
from regulars.console.guard import page
from regulars.customers import queries_list
from regulars.customers.models import CustomerTag, Picture
from regulars.platform import audit, store

_MONEY = {"value": "value_365", "risk": "value_at_risk", "sales": "sales"}
_PLAIN = {"standing": "standing", "rung": "rung", "occasions": "occasions", "last": "last_day"}
_PLAIN |= {"country": "country", "organisation": "organisation", "score": "client_score", "chance": "p_return"}
_CHUNK = 2_000
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Where lists are parted by semicolons, a spreadsheet parts a cell in the middle, quoted or not.
_INSIDE = re.compile(r"""([;|\t\r\n])(?=[\s"\ufeff]*[=+\-@])""")


@page("customers.view", edits="customers.export", shown=False)
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything the list has, with the columns that this member may see."""
    asked = wanted.read(QueryDict(request.POST.get("query", "")))
    f = latest.figures(latest.latest())
    found = queries_list.chosen(filters_for(request, asked, f.unit)).select_related("customer")
    columns = [column for column in visible(request) if column.name not in ("next", "owner")]
    form = "parquet" if request.POST.get("form") == "parquet" else "csv"
    audit.note(
        "customers.exported",
        object="list",
        form=form,
        customers=found.count(),
        columns=[column.name for column in columns],
        filters=sorted([*asked.many, *asked.single, *asked.amounts, *asked.days, *(["q"] if asked.q else [])]),
    )
    day = clock.today(store.opened().settings.firm.time_zone)
    if form == "parquet":
        names = ["number", "customer", *(column.name for column in columns)]
        file = customers_parquet.written(names, _pieces(found, columns, f.unit))
        return _sent(FileResponse(file, content_type="application/vnd.apache.parquet"), day, form)
    # Written while it is read: a million rows neither wait in memory nor for the last one.
    answer = StreamingHttpResponse(_lines(found, columns, f.unit), content_type="text/csv; charset=utf-8")
    return _sent(answer, day, form)


def _sent(answer: HttpResponseBase, day: date, ending: str) -> HttpResponseBase:
    answer["Content-Disposition"] = f'attachment; filename="customers-{day:%Y-%m-%d}.{ending}"'
    patch_cache_control(answer, private=True, no_store=True)
    return answer


def safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what would start one, whichever sign parts
    its lists.
    """
    if not isinstance(value, str):
        return value
    text = _INSIDE.sub(r"\1'", value)
    starts = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").startswith(_STARTS_FORMULA)
    return f"'{text}" if starts else text


class _Line:
    """A file for csv.writer that hands each line on."""

    def write(self, line: str) -> str:
        return line


def _lines(found: Any, columns: list[Column], unit: int) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\N{ZERO WIDTH NO-BREAK SPACE}" + writer.writerow(
        [_("Number"), _("Customer"), *(str(column.head) for column in columns)]
    )
    for rows in _pieces(found, columns, unit):
        for row in rows:
            yield writer.writerow([safe(cell) for cell in row])


def _pieces(found: Any, columns: list[Column], unit: int) -> Iterator[list[list[Any]]]:
    """All of them, some rows at a time."""
    every = found.order_by("customer_id").iterator(chunk_size=_CHUNK)
    while some := list(islice(every, _CHUNK)):
        yield list(_rows(some, columns, unit))


def _rows(some: list[Picture], columns: list[Column], unit: int) -> Iterator[list[Any]]:
    tags = _tags([picture.customer_id for picture in some])
    for picture in some:
        number = picture.customer_id
        row: list[Any] = [number, picture.label]
        for column in columns:
            if column.name in _MONEY:
                amount = getattr(picture, _MONEY[column.name])
                row.append("" if amount is None else amount / unit)
            elif column.name in _PLAIN:
                row.append(getattr(picture, _PLAIN[column.name]))
            elif column.name == "tags":
                row.append(", ".join(tags.get(number, ())))
            else:
                row.append(getattr(picture.customer, column.name) or "")
        yield row


def _tags(customer_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = CustomerTag.objects.filter(customer_id__in=customer_ids).order_by("tag__name")
    for customer, name in rows.values_list("customer_id", "tag__name"):
        found.setdefault(customer, []).append(name)
    return found
