"""The rhythm strip: each occasion a mark, today, and when the next one is expected, with its range. Drawn as SVG.

Places are percentages of the width, so that the same drawing fits a telephone and a wide screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from regulars.console import phrases

HEIGHT = 76
_TOP, _FOOT, _WORDS = 22, 52, 70
_LEAST_DAYS = 60
_MOST_AHEAD = 400


@dataclass(frozen=True)
class Rhythm:
    """What the strip shows. `low` and `high` hold four times out of five."""

    days: Sequence[date]
    today: date
    expected: date | None = None
    low: date | None = None
    high: date | None = None


def draw(rhythm: Rhythm) -> SafeString | str:
    """The strip as SVG, empty without any occasion."""
    if not rhythm.days:
        return ""
    start, end = _ends(rhythm)
    total = (end - start).days or 1

    def place(day: date) -> str:
        return f"{min(max((day - start).days / total, 0.0), 1.0) * 98 + 1:.2f}%"

    parts = [_range(rhythm, place)]
    parts.append(
        format_html_join(
            "",
            '<line class="came" x1="{0}" x2="{0}" y1="{1}" y2="{2}"><title>{3}</title></line>',
            ((place(day), _TOP, _FOOT, phrases.day(day)) for day in sorted(set(rhythm.days))),
        )
    )
    parts.append(
        format_html('<line class="today" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', place(rhythm.today), 14, _FOOT + 4)
    )
    parts.append(_words(rhythm, start, end, place))
    return format_html(
        '<svg class="rhythm" height="{}" role="img" aria-label="{}"><line class="axis" x1="0" x2="100%" y1="{}" '
        'y2="{}"/>{}</svg>',
        HEIGHT,
        described(rhythm),
        _FOOT,
        _FOOT,
        format_html_join("", "{}", ((part,) for part in parts if part)),
    )


def described(rhythm: Rhythm) -> str:
    """The strip in words."""
    text = _("%(n)s purchases are shown, the last on %(day)s.") % {
        "n": len(set(rhythm.days)),
        "day": phrases.day(max(rhythm.days)),
    }
    if rhythm.expected:
        text += " " + _("The next one is expected by %(day)s.") % {"day": phrases.day(rhythm.expected)}
    return text


def _ends(rhythm: Rhythm) -> tuple[date, date]:
    first = min(rhythm.days)
    ahead = [day for day in (rhythm.high, rhythm.expected) if day is not None]
    last = max([rhythm.today, *ahead])
    last = min(last, rhythm.today + timedelta(days=_MOST_AHEAD))
    span = max((last - first).days, _LEAST_DAYS)
    return first, max(last, first + timedelta(days=span)) + timedelta(days=max(span // 40, 1))


def _range(rhythm: Rhythm, place: object) -> SafeString | str:
    if rhythm.expected is None:
        return ""
    assert callable(place)  # noqa: S101 - given by `draw` alone
    band: SafeString | str = ""
    if rhythm.low:
        # Where the far end isn't known, because many never come back, the range runs out of the strip.
        left, right = place(rhythm.low), place(rhythm.high) if rhythm.high else "100%"
        width = float(right[:-1]) - float(left[:-1])
        band = format_html(
            '<rect class="range" x="{}" y="{}" width="{}" height="{}" rx="3"><title>{}</title></rect>',
            left,
            _TOP + 8,
            f"{max(width, 0.4):.2f}%",
            _FOOT - _TOP - 8,
            f"{phrases.short_day(rhythm.low)} – {phrases.short_day(rhythm.high) if rhythm.high else '…'}",
        )
    return format_html(
        '{}<circle class="expected" cx="{}" cy="{}" r="5"><title>{}</title></circle>',
        band,
        place(rhythm.expected),
        (_TOP + _FOOT) / 2 + 4,
        phrases.day(rhythm.expected),
    )


def _words(rhythm: Rhythm, start: date, end: date, place: object) -> SafeString:
    assert callable(place)  # noqa: S101 - given by `draw` alone
    at = float(place(rhythm.today)[:-1])
    anchor = "start" if at < 8 else "end" if at > 92 else "middle"
    return format_html(
        '<text x="0" y="{}">{}</text><text x="100%" y="{}" text-anchor="end">{}</text>'
        '<text class="now" x="{}" y="10" text-anchor="{}">{}</text>',
        _WORDS,
        phrases.short_day(start),
        _WORDS,
        phrases.short_day(end),
        f"{at:.2f}%",
        anchor,
        _("today"),
    )
