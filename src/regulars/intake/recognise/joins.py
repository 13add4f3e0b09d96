"""How several files of one import belong together: lines, payments and customers that only name each other by key."""

from __future__ import annotations

from regulars.intake.recognise.result import Join, RecognisedFile

_HEADS = ("order_number", "ordered_at")


def plan(files: list[RecognisedFile], keys: list[dict[str, frozenset[str]]]) -> list[Join]:
    """Joins between the files; `keys` holds each file's sampled values by field."""
    joins = []
    for left, file in enumerate(files):
        columns = file.mapping.columns
        if file.kind in ("lines", "payments", "refunds") and "order_number" in columns:
            right = _best(files, keys, left, "orders", "order_number")
            if right is not None:
                joins.append(Join(left, right, "order_number", "order_number"))
        if file.kind in ("orders", "lines") and "customer_ref" in columns:
            right = _best(files, keys, left, "customers", "customer_ref")
            if right is not None:
                person = "person_ref" if "person_ref" in files[right].mapping.columns else ""
                joins.append(Join(left, right, "customer_ref", "customer_ref", person))
        if file.kind == "lines" and "product_id" in columns:
            right = _best(files, keys, left, "products", "product_id")
            if right is not None:
                joins.append(Join(left, right, "product_id", "product_id"))
    return joins


def _best(
    files: list[RecognisedFile], keys: list[dict[str, frozenset[str]]], left: int, kind: str, field: str
) -> int | None:
    """The file of `kind` whose sampled keys meet the left file's most; the only one there is when samples miss."""
    found = [i for i, file in enumerate(files) if file.kind == kind and i != left and field in file.mapping.columns]
    if not found:
        return None
    common = {i: len(keys[left].get(field, frozenset()) & keys[i].get(field, frozenset())) for i in found}
    return max(found, key=lambda i: (common[i], -i))
