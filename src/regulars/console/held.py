"""What the console itself holds of customers: what members searched for in views that they saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext_noop as _

from regulars.console.models import SavedView
from regulars.platform import registry
from regulars.platform.personal import OPERATIONS
from regulars.platform.registry import NotPersonal, Panel, PersonalData
from regulars.platform.traces import Traces

ROOM = "console"


def register() -> None:
    """Add the entries to the inventory."""
    registry.personal_data.add(
        PersonalData(
            name="saved views",
            label=_("Names searched for in saved views"),
            room=ROOM,
            purpose=_("Shows a member the same list again."),
            where=OPERATIONS,
            columns=("console.SavedView.name", "console.SavedView.query"),
            people=lambda: 0,
            export=_nothing_told,
            erase=lambda _ids: 0,
            sweep=_drop_views,
        )
    )
    registry.panels.add(
        Panel(
            name="privacy",
            title=_("What is held of them"),
            room=ROOM,
            template="console/privacy/panel.html",
            show=lambda customer_id: {"customer_id": customer_id},
            order=900,
            permission="customers.forget",
        )
    )
    registry.not_personal.add(
        NotPersonal("console.SavedView", ("staff_id", "shared", "created_at"), "says whose view it is"),
        NotPersonal(
            "console.Goal", ("figure", "target", "start", "by_day", "set_at", "by_staff_id"), "a figure of the firm"
        ),
    )


def _nothing_told(_customer_ids: Sequence[int]) -> Iterable[Mapping[str, Any]]:
    """What a member typed says nothing that the customer's own rows don't."""
    return ()


def _drop_views(traces: Traces) -> int:
    """Views that look for somebody go: without the name they would be other lists."""
    found = [
        view.pk
        for view in SavedView.objects.order_by("pk").iterator()
        if traces.in_cell(view.name) or traces.in_row(value for _name, value in parse_qsl(view.query))
    ]
    SavedView.objects.filter(pk__in=found).delete()
    return len(found)
