"""Refresh: insight judges every customer from a snapshot of the lake, and the outcome is kept as a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from regulars import insight
from regulars.base import clock, days
from regulars.base.errors import NotFound
from regulars.base.money import digits
from regulars.base.progress import Progress, silent
from regulars.customers import consent, contracts, kept_histories, merges, people_to_lake, queries
from regulars.customers.models import Run
from regulars.customers.thresholds import checked
from regulars.insight.figures import Firm
from regulars.lake import Lake
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace

if TYPE_CHECKING:
    from regulars.insight.reuse import Last


@dataclass(frozen=True)
class Refreshed:
    """One finished refresh."""

    run: Run
    firm: Firm

    def as_json(self) -> dict[str, Any]:
        """For machines; the shape is in docs/commandline.md."""
        return {
            "customers": self.firm.customers,
            "orders": self.firm.orders,
            "as_of": self.firm.as_of.isoformat(),
            "model": self.firm.model,
            "seconds": round(self.run.seconds, 3),
        }


def open_lake(workspace: Workspace) -> Lake:
    """The workspace's lake, with insight's tables known to it."""
    lake = Lake(workspace.lake_path, memory_limit=workspace.settings.store.memory_limit)
    for spec in insight.TABLES:
        lake.define(spec)
    return lake


def thresholds(workspace: Workspace) -> insight.Thresholds:
    """The firm's thresholds.

    Raises BadInput that names a wrong one.
    """
    return checked(workspace.settings.thresholds)


@held("refresh", what="Judging the customers")
def refresh(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    progress: Progress = silent,
    viewed: Callable[[Firm], None] = lambda _: None,
) -> Refreshed:
    """Judge every customer as of a day: by default the last one with an order, but not later than today.

    `viewed` is given the figures as soon as they are there, which is a little before they are kept.

    Raises NotFound when no order was taken in yet (or none by that day). Whoever forgets a customer waits meanwhile, as
    the result would bring them back.
    """
    started_at, clock_start = clock.now(), time.perf_counter()
    rules = thresholds(workspace)
    firm = workspace.settings.firm
    lake = open_lake(workspace)
    people_to_lake.take(workspace, lake)

    def judge(source: Any) -> tuple[insight.Picture, dict[str, int]]:
        day = day_of(source, as_of, firm.time_zone)
        picture = insight.run(
            source,
            day,
            merges=merges.pairs(),
            without=consent.objecting(),
            attributes=contracts.attributes(source),
            thresholds=rules,
            currency=firm.currency or "EUR",
            minor_digits=digits(firm.currency or "EUR"),
            margin_rate=firm.margin_rate,
            last=last_run(lake, source),
            keep=lambda known, basis: kept_histories.keep(lake.path, known, basis, source.versions),
            progress=progress,
        )
        return picture, dict(source.versions)

    picture, versions = lake.read(judge)
    viewed(picture.firm)
    progress("Keeping the result")
    lake.replace("standing", picture.customers)
    run = Run.objects.create(
        as_of=picture.firm.as_of,
        started_at=started_at,
        finished_at=clock.now(),
        seconds=time.perf_counter() - clock_start,
        versions=versions,
        standing_version=lake.snapshot().versions["standing"],
        parameters=msgspec.to_builtins(picture.parameters),
        firm=msgspec.to_builtins(picture.firm),
    )
    lake.clean_when_due(workspace.settings.store.keep_days)
    return Refreshed(run, picture.firm)


def last_run(lake: Lake, source: Any) -> Last | None:
    """The last run, of which insight reuses what still holds; None where there is none that can be read."""
    from regulars.insight.reuse import Last, kept_table  # what imports need of this module loads no model

    run = queries.latest_run()
    if run is None or source.versions.get("standing") != run.standing_version:
        return None
    try:
        parameters, firm = msgspec.convert(run.parameters, insight.Parameters), msgspec.convert(run.firm, Firm)
    except msgspec.ValidationError:
        return None  # kept by another release: everything is learnt anew
    return Last(
        parameters,
        firm,
        kept_table(source),
        lake.changed_customers(run.versions, source.versions),
        lambda: kept_histories.earlier(lake.path, parameters.histories, lake, source.versions),
    )


def day_of(source: Any, as_of: date | None, time_zone: str) -> int:
    """The day number to judge as of: `as_of`, else the last day with an order, but not later than today.

    Raises NotFound when no order was taken in yet, or none by that day.
    """
    from regulars.insight.source import fetch

    days_bought = source.table("occasions").day
    first, last = (fetch(value).as_py() for value in (days_bought.min(), days_bought.max()))
    if last is None:
        raise NotFound("No order has been taken in yet. Give your orders first: regulars run orders.csv")
    chosen = as_of or min(last, clock.today(time_zone))
    if chosen < first:
        raise NotFound(f"The first order is of {first}: there is nothing to judge as of {chosen}.")
    return days.to_number(chosen)
