"""The last refresh as screens need it: its figures, put into words and formats for this member."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from django.db import connection
from django.utils.translation import get_language

from regulars.console import phrases
from regulars.console.phrases import Figures
from regulars.customers import queries
from regulars.customers.models import Run
from regulars.insight.figures import Firm
from regulars.intake.queries import open_cautions
from regulars.platform import store
from regulars.report.view import About, View

T = TypeVar("T")
MOST_REMEMBERED = 64
_remembered: OrderedDict[tuple[str, int, str, str], Any] = OrderedDict()


@dataclass(frozen=True)
class Latest:
    """One refresh: its row, its figures."""

    run: Run
    firm: Firm

    def view(self) -> View:
        """The figures with names and formats, as the report's sections need them."""
        people = [*self.firm.call_list, *self.firm.near_extraordinary]
        names = queries.names(person.customer_id for person in people)
        return View(self.firm, names, about())

    def day_in(self, days: int | None) -> date | None:
        """The day so many days after that of the run."""
        return None if days is None else self.run.as_of + timedelta(days=days)


def latest() -> Latest | None:
    """The last refresh whose outcome all lists show; before the first such, the last refresh; or None."""
    runs = Run.objects.defer("firm", "parameters").order_by("-id")
    run = runs.filter(synced_at__isnull=False).first() or runs.first()
    return None if run is None else Latest(run, figures_of(run))


def runs_before(latest: Latest, days: Sequence[int]) -> dict[int, Latest]:
    """For each number of days the last run that was at least so old, where there is one."""
    found = {}
    for back in days:
        day = latest.run.as_of - timedelta(days=back)
        run = Run.objects.defer("firm", "parameters").filter(as_of__lte=day).order_by("-as_of", "-id").first()
        if run is not None:
            found[back] = Latest(run, figures_of(run))
    return found


def remembered(now: Latest | None, what: str, read: Callable[[], T]) -> T:
    """What `read` answers, read once a run and process: for what only a refresh changes. Never names or contacts."""
    synced = now.run.synced_at if now else None
    if now is None or synced is None:
        return read()
    key = (str(connection.settings_dict["NAME"]), now.run.pk, synced.isoformat(), what)
    if key not in _remembered:
        _remembered[key] = read()
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return cast(T, _remembered[key])


def figures_of(run: Run) -> Firm:
    """The figures of a run; read once, as they never change."""
    return _figures(str(connection.settings_dict["NAME"]), run.pk, run.finished_at.isoformat())


@lru_cache(maxsize=8)
def _figures(_store: str, run_id: int, _finished: str) -> Firm:
    return msgspec.convert(Run.objects.values_list("firm", flat=True).get(pk=run_id), Firm)


def about() -> About:
    """The firm's name and the language of the screen, as the report wants them."""
    firm = store.opened().settings.firm
    return About(firm.name, _number_language(firm.language), open_cautions())


def figures(latest: Latest | None) -> Figures:
    """How to write money and numbers now."""
    firm = store.opened().settings.firm
    currency = latest.firm.currency if latest else firm.currency or "EUR"
    return phrases.figures(currency, firm.language)


def _number_language(firm_language: str) -> str:
    language = get_language() or "en"
    return firm_language if firm_language.split("-")[0] == language.split("-")[0] else language
