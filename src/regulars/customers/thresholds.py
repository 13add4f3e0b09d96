"""What each threshold may be, and whether a set of them fits together: asked of the file and of the form alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from regulars.base.errors import BadInput
from regulars.insight import Thresholds

LIMITS: Mapping[str, tuple[float, float]] = {
    "window_percentile": (0.05, 0.99),
    "least_window_days": (1, 365),
    "window_least_customers": (2, 10_000),
    "assumed_window_days": (1, 3_650),
    "late_share": (0.5, 0.99),
    "own_gaps_least": (2, 100),
    "slipping_chance": (0.001, 0.9),
    "sure_least": (0.5, 1),
    "one_off_chance": (0, 0.5),
    "returning_least": (0, 0.9),
    "regular_occasions": (2, 100),
    "regular_longest_gap": (0.1, 1),
    "client_score": (0, 100),
    "client_parts_least": (1, 3),
    "extraordinary_share": (0.001, 1),
    "fading_ratio": (0.05, 1),
    "fading_evidence": (0.001, 0.5),
    "seasonal_anniversaries": (1, 20),
    "episode_gap_days": (1, 365),
    "cycle_days": (2, 7_300),
    "interval": (0.5, 0.99),
    "draws": (2, 1_000),
    "seed": (0, 2**32 - 1),
    "sample_customers": (1_000, 2_000_000),
}
"""Least and most, both allowed; `episode_gap_days` and `cycle_days` may be None as well."""


def out_of_range(thresholds: Thresholds) -> tuple[str, ...]:
    """Names of those that are outside their limits."""
    return tuple(
        name
        for name, (least, most) in LIMITS.items()
        if (value := getattr(thresholds, name)) is not None and not least <= value <= most
    )


def checked(given: Mapping[str, Any]) -> Thresholds:
    """Thresholds from a table of settings.

    Raises BadInput that names a wrong one and says what it may be.
    """
    unknown = sorted(set(given) - set(Thresholds.__struct_fields__))
    if unknown:
        raise BadInput(f"regulars.toml: [thresholds] has no '{unknown[0]}'. docs/settings.md lists what there is.")
    try:
        found = msgspec.convert(given, Thresholds)
    except msgspec.ValidationError as error:
        raise BadInput(f"regulars.toml: a threshold is wrong: {error}. See docs/settings.md.") from None
    for name in out_of_range(found):
        least, most = LIMITS[name]
        raise BadInput(f"regulars.toml: {name} of [thresholds] is between {least:g} and {most:g}, not {given[name]}.")
    return found


def besides_defaults(thresholds: Thresholds) -> dict[str, Any]:
    """What a file has to say: those that aren't as they are by default."""
    usual = Thresholds()
    return {
        name: getattr(thresholds, name)
        for name in Thresholds.__struct_fields__
        if getattr(thresholds, name) != getattr(usual, name)
    }
