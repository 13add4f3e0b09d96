"""Postage, fees, free samples and test customers, by what a line or a customer is called.

The whole name must say so: "Shipping" is a fee, "Shipping box" is goods. Codes are those of well-known exports.
"""

from __future__ import annotations

from collections.abc import Iterable

from regulars.intake.assemble.assembly import Assembly
from regulars.intake.fields import Kind

_POSTAGE = (
    r"post(age)?( and packing)?|p ?& ?p|dotcom postage|(standard|express|free|home|international)? ?"
    r"(shipping|delivery|freight|carriage|handling|courier)( and handling| & handling)?( costs?| fees?| charges?)?"
)
_FEES = (
    r"(bank|service|payment|transaction|packaging|cod|handling|amazon|paypal|card|invoice) ?(fees?|charges?)"
    r"|amazonfee|bank charges|surcharge|gift wrap(ping)?"
)
_ELSEWHERE = (
    r"toimitus(kulu|maksu)?t?|postikulut?|postimaksu|rahti"  # Finnish
    r"|saatekulu(d)?|postikulu(d)?|transport(ikulu)?|tarne(kulu)?|kohaletoimetamine"  # Estonian
    r"|piegāde(s maksa)?|pasta izdevumi"  # Latvian
    r"|dostawa|przesyłka|wysyłka|koszt(y)? (dostawy|wysyłki|przesyłki)"  # Polish
    r"|versand(kosten)?|porto|lieferung|fracht|versandpauschale|bearbeitungsgebühr"  # German
)
FEE_NAME = f"({_POSTAGE}|{_FEES}|{_ELSEWHERE})"
FEE_CODE = "(post|dot|c2|amazonfee|bank charges|shipping|postage|freight|delivery)"
SAMPLE_NAME = (
    r"(free |gratis )?(samples?|tester)( .*)?|.* (samples?|tester)|(tasuta )?näidis(ed)?( .*)?|(ilmainen )?näyte( .*)?"
    r"|paraug(s|i)( .*)?|próbk[ai]( .*)?|(gratis)?(muster|probe|pröbchen)( .*)?"
)
SAMPLE_CODE = r"samples?|s"
TEST_NAME = (
    r"test|test test|test (customer|order|user|kunde)|testi|testi testi|testikliente?|testasiakas|testkunde"
    r"|klient testowy"
)


def fee(assembly: Assembly) -> str:
    """SQL: the line is postage or a fee by its name or code."""
    return _listed(assembly, "lines", (("product_name", FEE_NAME), ("product_id", FEE_CODE)))


def sample(assembly: Assembly) -> str:
    """SQL: the line is called a sample (and is one if nothing was paid for it)."""
    return _listed(assembly, "lines", (("product_name", SAMPLE_NAME), ("product_id", SAMPLE_CODE)))


def test_customer(assembly: Assembly) -> str:
    """SQL: the order's customer is called a test."""
    return _listed(assembly, "orders", (("customer_name", TEST_NAME),))


def _listed(assembly: Assembly, kind: Kind, tests: Iterable[tuple[str, str]]) -> str:
    """A list of the names that match, because there are few names and many rows."""
    found: list[str] = []
    for column, pattern in tests:
        if column not in assembly.sales.fields(kind):
            continue
        names = assembly.con.execute(
            f"SELECT {column} FROM (SELECT DISTINCT {column} FROM in_{kind}) "
            f"WHERE regexp_full_match(lower(trim({column}, ' .:-')), ?) ORDER BY 1",
            [pattern],
        ).fetchall()
        if names:
            listed = ", ".join("'" + name.replace("'", "''") + "'" for (name,) in names)
            found.append(f"coalesce({column} IN ({listed}), false)")
    return f"({' OR '.join(found)})" if found else "false"
