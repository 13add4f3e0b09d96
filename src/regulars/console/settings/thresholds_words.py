"""Every threshold as people are asked for it: what it decides, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Unit = Literal["percent", "days", "number", "points", "choice"]


@dataclass(frozen=True)
class Asked:
    """One threshold as people are asked for it."""

    name: str
    unit: Unit
    label: str | Promise
    why: str | Promise


@dataclass(frozen=True)
class Group:
    """Thresholds that decide one thing; the last group is folded away."""

    title: str | Promise
    asked: tuple[Asked, ...]
    folded: bool = False


EPISODES = (("auto", _("find it in the orders")), ("on", _("always")), ("off", _("never")))
GROUPS = (
    Group(
        _("When is somebody late, when lost?"),
        (
            Asked(
                "late_share",
                "percent",
                _("Late after"),
                _(
                    "Somebody is late once this share of customers with the same history would be "
                    "back, if they still came. Higher: later warnings, fewer false ones."
                ),
            ),
            Asked(
                "own_gaps_least",
                "number",
                _("Own gaps that protect"),
                _("From this many gaps of their own on, nobody is late before their own gaps say so."),
            ),
            Asked(
                "slipping_chance",
                "percent",
                _("Lapsed below"),
                _("Whoever is late with at least this chance of coming back is slipping, below it lapsed."),
            ),
            Asked(
                "sure_least",
                "percent",
                _("Said plainly from"),
                _("A standing of which the data are less sure than this is only called probable."),
            ),
            Asked(
                "window_percentile",
                "percent",
                _("The firm's window covers"),
                _(
                    "The window W is as long as the usual gap of all but the slowest: this share of "
                    "repeat customers has a shorter one."
                ),
            ),
            Asked("least_window_days", "days", _("The window is at least"), _("W is never shorter than this.")),
            Asked(
                "window_least_customers",
                "number",
                _("Repeat customers to learn the window from"),
                _("With fewer, W is not learnt but assumed."),
            ),
            Asked(
                "assumed_window_days", "days", _("The assumed window"), _("W where there are too few repeat customers.")
            ),
        ),
    ),
    Group(
        _("Who is a regular, who a client?"),
        (
            Asked(
                "regular_occasions",
                "number",
                _("A regular bought at least"),
                _("On so many different days, spread over at least W."),
            ),
            Asked(
                "regular_longest_gap",
                "percent",
                _("Longest gap of a regular"),
                _("No single gap is longer than this part of the time from the first to the last purchase."),
            ),
            Asked(
                "client_score",
                "points",
                _("A client scores at least"),
                _("A regular with this client score (0-100) is a client."),
            ),
            Asked(
                "client_parts_least",
                "number",
                _("Parts of the score that must be known"),
                _("Steady revenue, needs, reliability: with fewer known there is no score."),
            ),
            Asked(
                "extraordinary_share",
                "percent",
                _("Extraordinary: the top"),
                _("A client within this top share of value among regulars and above."),
            ),
        ),
    ),
    Group(
        _("Which customers get a flag?"),
        (
            Asked(
                "fading_ratio",
                "percent",
                _("Fading below"),
                _("They buy less often in the last third of the relation than this part of the rate before."),
            ),
            Asked(
                "fading_evidence",
                "percent",
                _("And chance is less likely than"),
                _("So few purchases would have less than this probability if nothing had changed."),
            ),
            Asked(
                "seasonal_anniversaries",
                "number",
                _("Seasonal from"),
                _("Years between purchases in the same season, with hardly any outside it."),
            ),
        ),
    ),
    Group(
        _("What kind of business is this?"),
        (
            Asked(
                "one_off_chance",
                "percent",
                _("A one-off firm below"),
                _(
                    "If a new buyer returns within a year with less than this chance, standing is "
                    "only recent or not recent."
                ),
            ),
            Asked(
                "returning_least",
                "percent",
                _("Too early to tell below"),
                _(
                    "If fewer customers than this return and the history is too short to show the "
                    "cycle, silence says nothing yet."
                ),
            ),
            Asked(
                "episodes",
                "choice",
                _("Purchases of one project count as one"),
                _("For firms whose customers buy in bursts: days within a project, months between."),
            ),
            Asked(
                "episode_gap_days",
                "days",
                _("One project: at most so many days apart"),
                _("Left empty, it is read off the gaps."),
            ),
            Asked(
                "cycle_days",
                "days",
                _("Replacement cycle"),
                _("For goods that last for years: when they are usually replaced. Left empty, it is learnt."),
            ),
        ),
    ),
    Group(
        _("How is it computed?"),
        (
            Asked(
                "interval",
                "percent",
                _("Ranges hold in"),
                _("So often shall the true figure lie within a range that is shown."),
            ),
            Asked(
                "draws",
                "number",
                _("Draws"),
                _("How many possible readings of the data stand behind ranges and sureness. More take longer."),
            ),
            Asked("seed", "number", _("Seed"), _("The same data give the same result; another number draws anew.")),
            Asked(
                "sample_customers",
                "number",
                _("Customers that choose the model"),
                _("At most so many take part in the test of the models."),
            ),
        ),
        folded=True,
    ),
)
