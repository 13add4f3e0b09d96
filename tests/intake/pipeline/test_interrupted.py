"""Imports that stop half-way, and files that end half-way: taken up again, all is as if nothing had happened."""

from __future__ import annotations

import pytest

from regulars.intake import cut
from regulars.intake.mapping import Mapping

ORDERS = "order_id,customer,date,total\n" + "".join(
    f"{i},c{i % 7},2024-01-{i % 28 + 1:02d},{'-' if i % 9 == 8 else ''}{i % 5 + 1}.50\n" for i in range(1, 60)
)


class Killed(BaseException):
    """Like a kill: nothing in the product catches it."""


def _die(*args, **kwargs):
    raise Killed


def _full(*args, **kwargs):
    raise OSError("disk full")


@pytest.mark.parametrize(
    "where",
    [
        "regulars.intake.staging._note",
        "regulars.intake.command.sales.take_in",
        "regulars.intake.sales.build.prepare",
        "regulars.intake.sales.OrderBatch",
        "regulars.intake.sales.outcome.rows",
        "regulars.intake.command.report_rows.results",
        "regulars.intake.command.record.finish",
        "regulars.intake.command.staging.clear",
    ],
)
def test_an_import_that_was_killed_goes_on(shop, other_shop, where, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(where, _die)
        with pytest.raises(Killed):
            shop.text(ORDERS)
    result = shop.text(ORDERS)
    state = shop.state()
    whole = other_shop.text(ORDERS)
    assert state == other_shop.state()
    if where != "regulars.intake.command.staging.clear":  # there the import had been done
        assert result.counts == whole.counts
        assert result.import_ids == [1]
    assert not list((shop.home / "files" / "imports").glob("[0-9]*"))


def test_without_the_import_id_a_killed_import_would_count_twice(shop, monkeypatch):
    """Negative control: rows without a number, and an id of the row that is new each time, double the orders."""
    import itertools

    from regulars.intake.assemble import numbering

    counter = itertools.count()
    text = "customer,date,total\na,2024-01-01,5.00\nb,2024-01-02,7.00\nc,2024-01-03,9.00\n"
    monkeypatch.setattr(numbering, "core", lambda _: f"'{next(counter)}-' || place")
    shop.text(text)
    shop.text(text)
    assert shop.ask("SELECT count(*) FROM orders") == [(6,)]


def test_a_failed_reading_is_noted_and_taken_up(shop, monkeypatch):
    from regulars.intake.models import Import

    with monkeypatch.context() as patched:
        patched.setattr("regulars.intake.command.read", _full)
        with pytest.raises(OSError, match="disk full"):
            shop.text(ORDERS)
    row = Import.objects.get()
    assert (row.state, row.error) == ("failed", "disk full")
    assert shop.text(ORDERS).import_ids == [row.id]


@pytest.mark.parametrize("cut_at", [1, 5, 12])
def test_a_file_cut_in_its_last_rows_and_then_whole_is_the_whole(shop, other_shop, cut_at):
    shop.text(ORDERS[:-cut_at], "cut.csv")
    shop.text(ORDERS, "whole.csv")
    state = shop.state()
    other_shop.text(ORDERS)
    assert state == other_shop.state()


@pytest.mark.parametrize("cut_at", [1, 4, 9])
def test_the_same_without_order_numbers(shop, other_shop, cut_at):
    text = "customer,date,total\n" + "".join(f"c{i % 7},2024-01-{i % 28 + 1:02d},{i}\n" for i in range(1, 30))
    shop.text(text[:-cut_at], "cut.csv")
    shop.text(text, "whole.csv")
    state = shop.state()
    other_shop.text(text)
    assert state == other_shop.state()


def test_a_whole_last_row_without_a_line_end_is_kept_where_its_form_shows_it(shop):
    text = "customer,date,total\n" + "".join(f"c{i % 7},2024-01-{i % 28 + 1:02d},{i}.50\n" for i in range(1, 30))
    assert shop.text(text.rstrip("\n")).counts.set_aside == 0
    whole_numbers = text.replace(".50", "")
    result = shop.text(whole_numbers.rstrip("\n"), "numbers.csv")
    assert result.counts.set_aside == 1
    assert list(result.reasons) == ["The file's last line has no line end and may have been cut off there"]


@pytest.mark.parametrize(
    ("cell", "others", "whole"),
    [
        ("12.50", ["1.00", "200.25", "3.10"], True),
        ("12.5", ["1.00", "200.25", "3.10"], False),
        ("12", ["1", "200", "3"], False),
        ("2024-01-01", ["2023-12-31"] * 5, True),
        ("2024-01-0", ["2023-12-31"] * 5, False),
        ("web", ["web", "till"] * 10, True),
        ("web", ["web", "webshop"] * 10, False),
        (None, ["a", "b", "c"], False),
        ("1.00", ["1.00"], False),
    ],
)
def test_the_form_of_a_last_cell(cell, others, whole):
    assert cut.looks_whole(cell, others) is whole


def test_a_cut_in_the_order_number_is_never_harmless():
    mapping = Mapping(kind="orders", columns={"order_number": "id", "total": "total"})
    assert cut.last_row_is_unsure(["5", "12"], ["1001", "15", "7"], ["total", "id"], mapping)
    assert not cut.last_row_is_unsure(["12", "5"], ["10", "1", "7"], ["id", "total"], mapping)
    assert cut.last_row_is_unsure(["12"], ["10", "1", "7"], ["id", "total"], mapping)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(shop):
    dry = shop.text(ORDERS, dry_run=True)
    assert shop.ask("SELECT count(*) FROM orders") == [(0,)]
    assert not (shop.home / "files").exists() or not list((shop.home / "files" / "imports").glob("[0-9]*"))
    from regulars.customers.models import Customer
    from regulars.intake.models import Import

    assert Customer.objects.count() == Import.objects.count() == 0
    real = shop.text(ORDERS)
    assert (dry.counts, dry.orders, dry.reasons, dry.rules) == (real.counts, real.orders, real.reasons, real.rules)
    assert shop.text(ORDERS, dry_run=True).counts.unchanged == real.counts.kept
