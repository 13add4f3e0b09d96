"""Everything that is held about somebody, for them: one file for machines (JSON), one to read (HTML)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.base.money import digits
from regulars.customers import forget, queries
from regulars.customers.models import Basis
from regulars.customers.refresh import open_lake
from regulars.lake import Snapshot
from regulars.platform import audit
from regulars.platform.models import AuditEntry
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace

BOUGHT = ("orders", "lines", "refunds", "contracts", "people", "standing")
"""Tables of the lake that are told; what else it has of somebody is worked out from these."""
_INTERNAL = frozenset({"table", "fingerprint", "version", "import_id", "packed", "sort_name"})


def told(workspace: Workspace, customer_id: int, reasons: Sequence[str] = ()) -> dict[str, Any]:
    """Plain values for JSON: who holds it, on what ground, each kind of data with its purpose and rows.

    reasons : why they are judged so, in words. Money is in major units of `currency`. Who of the staff looked is told
    by role, not by name. Noted in the audit log. Raises NotFound.
    """
    ids = forget.family([customer_id])
    firm = workspace.settings.firm
    audit.note("customer.told", customer_id=customer_id)
    return {
        "held_by": firm.name,
        "as_of": clock.now().isoformat(timespec="seconds"),
        "name": queries.names([customer_id]).get(customer_id, ""),
        "customer_ids": ids,
        "currency": firm.currency or "EUR",
        "reasons": list(reasons),
        "grounds": list(Basis.objects.values("purpose", "ground", "statement")),
        "held": [
            {
                "what": entry.label,
                "why": entry.purpose,
                "where": entry.where,
                "kept_days": entry.keep().days if entry.keep else None,
                "rows": _rows(entry.export(ids)),
            }
            for entry in personal_data
            if entry.name != "audit"
        ]
        + _bought(workspace, ids),
        "seen_by": _seen(ids),
    }


def write(workspace: Workspace, customer_id: int, to: Path, reasons: Sequence[str] = ()) -> list[Path]:
    """Write both files beside each other; `to` names one of them, ending in .json or .html. Raises BadInput."""
    if to.suffix.lower() not in (".json", ".html"):
        raise BadInput(f"{to.name}: the name must end in .json or .html; both are written.")
    if not to.parent.is_dir():
        raise BadInput(f"There is no folder {to.parent} to write {to.name} into.")
    found = told(workspace, customer_id, reasons)
    files = {to.with_suffix(".json"): as_json(found), to.with_suffix(".html"): as_html(found)}
    for path, text in files.items():
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return list(files)


def as_json(found: Mapping[str, Any]) -> str:
    """For machines."""
    return json.dumps(found, ensure_ascii=False, indent=1, default=_plain)


def as_html(found: Mapping[str, Any]) -> str:
    """To read: one page that needs nothing else."""
    title = f"What {found['held_by'] or 'we'} hold{'s' if found['held_by'] else ''} about {found['name']}"
    parts = [f"<h1>{_text(title)}</h1><p>As of {_text(found['as_of'])}. Amounts are in {_text(found['currency'])}.</p>"]
    if found["grounds"]:
        grounds = [f"{one['purpose']}: {one['ground']}. {one['statement']}" for one in found["grounds"]]
        parts.append(f"<h2>On what ground</h2>{_list(grounds)}")
    if found["reasons"]:
        parts.append(f"<h2>How they are judged, and why</h2>{_list(found['reasons'])}")
    parts += [_section(one) for one in found["held"] if one["rows"]]
    if found["seen_by"]:
        parts.append(f"<h2>Who saw or changed it</h2><p>By role, last first.</p>{_table(found['seen_by'])}")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{_text(title)}</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{"".join(parts)}</body></html>'
    )


def _list(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(text)}</li>' for text in texts)}</ul>"


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1917}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}th,td{text-align:left;padding:.2rem .8rem .2rem 0;"
    "border-bottom:1px solid #e7e5e4;vertical-align:top}small{color:#57534e}"
)


def _section(one: Mapping[str, Any]) -> str:
    kept = f" Kept for {one['kept_days']} days." if one["kept_days"] else ""
    return f"<h2>{_text(one['what'])}</h2><p><small>{_text(one['why'])}{kept}</small></p>{_table(one['rows'])}"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    tables: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        tables.setdefault(tuple(name for name in row if name not in _INTERNAL), []).append(row)
    parts = []
    for names, some in tables.items():
        filled = [name for name in names if any(row[name] not in (None, "") for row in some)]
        head = "".join(f"<th>{_text(name.replace('_', ' '))}</th>" for name in filled)
        body = "".join("<tr>" + "".join(f"<td>{_text(row[name])}</td>" for name in filled) + "</tr>" for row in some)
        parts.append(f"<table><tr>{head}</tr>{body}</table>")
    return "".join(parts)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain).strip('"'))


def _rows(rows: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _bought(workspace: Workspace, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What the lake has of them, and what was worked out from it with its reasons in words."""
    from regulars import insight
    from regulars.lake.tables import MONEY_COLUMNS

    scale = 10 ** digits(workspace.settings.firm.currency or "EUR")
    money = MONEY_COLUMNS | set(insight.MONEY_COLUMNS)

    def read(now: Snapshot) -> list[dict[str, Any]]:
        found = []
        for name in BOUGHT:
            if name not in now.versions:
                continue
            rows = [
                {key: value / scale if key in money and value is not None else value for key, value in row.items()}
                for row in _of(now, name, ids)
            ]
            what, why = _WHAT[name]
            found.append({"what": what, "why": why, "where": "lake", "kept_days": None, "rows": rows})
        return found

    return open_lake(workspace).read(read)


_WHAT = {
    "orders": ("Orders", "Knows what was bought, and when somebody is likely to come again."),
    "lines": ("What the orders were of", "Knows which goods and categories they buy."),
    "refunds": ("What was given back", "Keeps sales true."),
    "contracts": ("Contracts and subscriptions", "Knows who is bound until when."),
    "people": ("Country, region, span of birth years", "Compares groups of customers without names."),
    "standing": ("What was worked out from their purchases", "Says how likely they are to come again, and why."),
}


def _of(now: Snapshot, name: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    now.table(name)
    query = f'SELECT * EXCLUDE (customer_id) FROM "{name}" WHERE customer_id IN (SELECT unnest($ids)) ORDER BY ALL'
    table = now.con.raw_sql(query, parameters={"ids": list(ids)}).to_arrow_table()
    return [{key: value for key, value in row.items() if key not in _INTERNAL} for row in table.to_pylist()]


def _seen(ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = AuditEntry.objects.filter(customer_id__in=list(ids)).order_by("-at")
    return [{"at": row.at, "by": _ROLE.get(row.actor, row.actor), "what": row.action} for row in rows.iterator()]


_ROLE = {
    "staff": "a member of staff",
    "key": "a program",
    "system": "Regulars itself",
    "command": "the firm's operator",
}
