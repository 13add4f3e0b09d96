"""Pure decisions: how long to wait before the next try, when a schedule is due next."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from regulars.base.errors import BadInput

JITTER = 0.25


def wait_seconds(failures: int, first: float, longest: float, chance: float) -> float:
    """Seconds before the next try after `failures` (>= 1) failures.

    first : doubled with each failure, up to `longest`.  chance : 0-1, random; up to a quarter of the time is added.
    """
    if failures < 1:
        raise ValueError("nothing has failed yet")
    return min(first * 2.0 ** min(failures - 1, 60), longest) * (1 + JITTER * chance)


def following(cron: str, after: datetime, time_zone: str) -> datetime:
    """The first moment after `after` (with a zone) that `cron` names, in UTC.

    cron : five fields, read in `time_zone`.  Raises BadInput when it isn't one, or names no moment.
    """
    from cronsim import CronSim, CronSimError

    try:
        # A schedule is of local clock time: 02:00 stays 02:00 when clocks change.
        return next(CronSim(cron, after.astimezone(ZoneInfo(time_zone)))).astimezone(UTC)
    except (CronSimError, StopIteration):
        raise BadInput(
            f"'{cron}' is no time to run at. Write minute, hour, day, month, weekday: 0 2 * * * is every night at two."
        ) from None
