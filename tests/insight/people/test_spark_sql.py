"""Every expression that the people's half of insight sends to the engine can be written as Spark SQL too."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend

from regulars.insight import source as sources
from regulars.insight.estimate import cycle_of
from regulars.insight.extras import extras
from regulars.insight.histories import histories
from regulars.insight.parameters import Thresholds
from regulars.insight.source import Frames

from .shops import START
from .test_histories import refunded

SMALL = {1: 2}


def test_expressions_compile_for_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    source = refunded()
    asked: list[str] = []
    compute, compiled = Backend._to_duckdb_relation, Backend.compile

    def and_for_spark(self: Backend, expr: ir.Expr, **kwargs: Any) -> Any:
        asked.append(ibis.to_sql(expr, dialect="pyspark"))
        return compute(self, expr, **kwargs)

    def compile_for_spark(self: Backend, expr: ir.Expr, **kwargs: Any) -> Any:
        asked.append(ibis.to_sql(expr, dialect="pyspark"))
        return compiled(self, expr, **kwargs)

    monkeypatch.setattr(Backend, "_to_duckdb_relation", and_for_spark)
    monkeypatch.setattr(Backend, "compile", compile_for_spark)
    monkeypatch.setattr(sources, "_compiled", {})
    run_everything(source)
    cycle_of(durable(), START, Thresholds())
    assert len(asked) >= 8
    assert all(text.lstrip().upper().startswith(("SELECT", "WITH")) for text in asked)


def durable() -> Frames:
    """A shop with a product marked durable."""
    day = pa.array([START], pa.int32()).cast(pa.date32())
    lines = {"order_id": [1], "line_no": [1], "customer_id": [1], "day": day, "product_id": ["stove"], "net": [9]}
    products = {"product_id": ["stove"], "durable": [True], "cycle_days": [900]}
    return Frames({"lines": pa.table(lines), "products": pa.table(products)})


def run_everything(source: Any) -> None:
    """Each function with a query of its own."""
    known = histories(source, START + 45, merges=SMALL)
    cycle_of(source, START + 45, Thresholds())
    attributes = pa.table({"customer_id": [1, 7]})
    extras(source, known.customer_id, START + 45, attributes=attributes)
