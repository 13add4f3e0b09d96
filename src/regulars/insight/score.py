"""The client score: steady revenue, needs and reliability, each as a percentile rank among repeat customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.extras import Extras
from regulars.insight.histories import Histories
from regulars.insight.parameters import Thresholds
from regulars.insight.ranks import rank, reference

Floats = npt.NDArray[np.float64]

PARTS = ("revenue", "needs", "reliability")


@dataclass(frozen=True)
class Score:
    """(n,) arrays from 0 to 100, NaN where unknown or (below two occasions) not asked."""

    total: Floats
    parts: dict[str, Floats]

    @property
    def known(self) -> tuple[str, ...]:
        """Parts that the firm's data can show."""
        return tuple(name for name, part in self.parts.items() if not np.isnan(part).all())


def score(
    histories: Histories, extras: Extras, thresholds: Thresholds, kept: dict[str, list[float]]
) -> tuple[Score, dict[str, list[float]]]:
    """Scores of all repeat customers, and the distributions that ranks were read from (`kept`, or new ones)."""
    repeat = histories.x > 0
    used: dict[str, list[float]] = {}

    def ranked(name: str, raw: Floats) -> Floats:
        used[name] = kept[name] if name in kept else reference(raw[repeat])
        result = np.full(len(raw), np.nan)
        result[repeat] = rank(raw[repeat], used[name])
        return result

    unknown = np.full(len(histories), np.nan)
    tenure = (histories.as_of - histories.first_day).astype(np.float64)
    parts = {"revenue": ranked("revenue", tenure * histories.evenness), "needs": unknown, "reliability": unknown}
    if (histories.spent > 0).any():
        wants = [ranked("per_occasion", per_occasion(histories))]
        if extras.categories is not None:
            wants.append(ranked("categories", extras.categories.astype(np.float64)))
        parts["needs"] = ranked("needs", np.add.reduce(wants) / len(wants)) if len(wants) > 1 else wants[0]
    if extras.lost is not None:
        parts["reliability"] = ranked("reliability", reliability(histories, extras.lost))
    parts = {name: 100.0 * part for name, part in parts.items()}
    count, total = np.zeros(len(histories), dtype=np.int8), np.zeros(len(histories))
    for part in parts.values():
        count += ~np.isnan(part)
        total += np.nan_to_num(part, nan=0.0)
    enough = count >= max(thresholds.client_parts_least, 1)
    return Score(np.where(enough, total / np.maximum(count, 1), np.nan), parts), used


def per_occasion(histories: Histories) -> Floats:
    """Mean amount of a paid occasion, in minor units."""
    return np.asarray(histories.spent / np.maximum(histories.spends, 1))


def reliability(histories: Histories, lost: npt.NDArray[np.int64]) -> Floats:
    """1 - share of returned, cancelled or overdue value, 0-1."""
    ordered = np.maximum(histories.net, 0) + lost
    return 1.0 - np.divide(lost, ordered, out=np.zeros(len(lost)), where=ordered > 0)
