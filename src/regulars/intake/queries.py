"""Reads: what the last import of orders warned of."""

from __future__ import annotations

import msgspec

from regulars.insight.figures import Reason
from regulars.intake.models import Import


def open_cautions() -> list[Reason]:
    """Cautions of the last import that brought orders or refunds."""
    kinds = ("orders", "lines", "payments", "refunds", "sales")
    row = Import.objects.filter(state=Import.State.DONE, kind__in=kinds).order_by("-finished_at", "-id").first()
    return [] if row is None else msgspec.convert(row.counts.get("cautions", []), list[Reason])
