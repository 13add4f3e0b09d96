"""Three people planted wherever a workspace keeps something of somebody, each with texts that are nobody else's."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from django.db import connection
from tests.privacy import canaries_stream

from regulars.base import clock
from regulars.customers.models import (
    Address,
    Attribute,
    AttributeType,
    Consent,
    Customer,
    CustomerTag,
    Device,
    Identity,
    Note,
    Objection,
    Tag,
    Task,
)
from regulars.customers.refresh import open_lake, refresh
from regulars.customers.sync import sync
from regulars.intake import pipeline
from regulars.intake.models import Import, Upload
from regulars.platform import audit, events
from regulars.platform.workspace import Workspace

START = date(2024, 1, 1)
TITLES = "order number,date,customer id,name,email,phone,region,city,total"


@dataclass(frozen=True)
class Canary:
    """One person: what they are known by, and the order numbers they have."""

    ref: str
    name: str
    email: str
    phone: str
    region: str
    orders: tuple[str, ...]
    old_name: str
    secrets: tuple[str, ...]
    """What notes, addresses and attributes say of them."""
    streamed: tuple[str, ...] = ()
    """What came in of them over HTTP, or went out (`canaries_stream`)."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that must be found nowhere."""
        known = (self.ref, self.name, self.email, self.phone[-7:], self.region, self.old_name)
        return tuple(text for text in (*known, *self.orders, *self.secrets, *self.streamed) if text)


def flock() -> list[Canary]:
    """The smallest, the largest, and the only one of a column; other ones each time, as databases are shared."""
    mark = uuid4().hex[:10]
    return [
        _canary("0000" + mark, "Aaabel", 11),
        _canary("zzzz" + mark, "Žzyzzyva", 12),
        _canary("m" + mark, "Only", 13),
    ]


def _canary(mark: str, first: str, number: int) -> Canary:
    digits = str((int(mark[-8:], 16) + 1_111 * number) % 10**7).zfill(7)
    return Canary(
        ref=f"{mark}-ref",
        name=f"{first} Kanarbik{mark}",
        email=f"{mark}@kanari.example",
        phone=f"+3725{digits}",
        region=f"Region{mark}" if number == 13 else "",
        orders=tuple(f"{mark}-order-{i}" for i in range(3)),
        old_name=f"Formerly{mark} Tamm",
        secrets=(f"note-{mark}", f"street-{mark}", f"attribute-{mark}", f"task-{mark}", f"device-{mark}"),
        streamed=canaries_stream.streamed(mark),
    )


def shop_file(path: Path, flock: list[Canary], *, start: date = START, suffix: str = "") -> Path:
    """Orders of 30 customers and of the canaries, who come first, last and in the middle; one row of theirs is bad."""
    others = [
        f"{i}-{day}{suffix},{start + timedelta(day)},C{i},Mari Mets {i},c{i}@kohvik.example,,Harju,Tallinn,{20 + i}.50"
        for i in range(30)
        for day in range(0, 200, 15 + i)
    ]
    own = [
        [
            f"{order}{suffix},{start + timedelta(20 * at)},{one.ref},{one.name},{one.email},{one.phone},{one.region},"
            "Tartu,99.99"
            for at, order in enumerate(one.orders)
        ]
        for one in flock
    ]
    bad = f"{flock[1].orders[0]}-bad,31/31/2024,{flock[1].ref},{flock[1].name},{flock[1].email},,,Tartu,5.00"
    lines = [TITLES, *own[0], *others[:40], *own[1], bad, *others[40:], *own[2]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plant(workspace: Workspace, flock: list[Canary], file: Path) -> None:
    """Take the file in, judge, show, and write about the canaries in every place where staff or programs may."""
    pipeline.import_files(workspace, [file])
    for one in flock:
        Customer.objects.filter(pk=number_of(one)).update(name=one.old_name)
    refresh(workspace)
    sync(workspace)
    for one in flock:
        Customer.objects.filter(pk=number_of(one)).update(name=one.name)
        _write_about(one, number_of(one))
        canaries_stream.plant(one, number_of(one))
    sync(workspace)
    _files(workspace, flock)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # samples of columns


def number_of(one: Canary) -> int:
    """The canary's customer id."""
    return int(Identity.objects.get(kind="ref", key=one.ref).customer_id)


def _write_about(one: Canary, number: int) -> None:
    from regulars.console.models import SavedView  # the command line, as in `hard`, has no console

    now = clock.now()
    note, street, attribute, task, device = one.secrets
    Note.objects.create(customer_id=number, by_name="Agent", at=now, text=f"{one.name} says {note}")
    Task.objects.create(customer_id=number, title=f"Call {one.name}", text=task, created_at=now)
    Address.objects.create(customer_id=number, recipient=one.name, lines=street, source="staff", recorded_at=now)
    Device.objects.create(customer_id=number, key=device, push_token=device, first_seen_at=now, last_seen_at=now)
    tag, _ = Tag.objects.get_or_create(name="friends")
    CustomerTag.objects.create(customer_id=number, tag=tag, at=now)
    kind, _ = AttributeType.objects.get_or_create(
        name="hobby",
        defaults={"label": "Hobby", "type": "text", "purpose": "gifts", "basis": "consent", "created_at": now},
    )
    Attribute.objects.create(customer_id=number, type=kind, value={"said": attribute}, source="staff", recorded_at=now)
    Consent.objects.create(
        customer_id=number,
        purpose="marketing",
        channel="email",
        given=True,
        source=f"form of {one.email}",
        recorded_at=now,
    )
    Objection.objects.create(customer_id=number, recorded_at=now, source=one.email[:60])
    events.record("form sent", customer_id=number, properties={"answer": note})
    audit.note("customer.viewed", customer_id=number)
    audit.note("customers.exported", search=one.name, customers=1)
    SavedView.objects.create(staff_id=number, name="mine", query=f"q={one.email.replace('@', '%40')}", created_at=now)


def _files(workspace: Workspace, flock: list[Canary]) -> None:
    """A report, a file that waits to be imported (text in two encodings, packed), an import that was cut off."""
    (workspace.path / "report.html").write_text("".join(f"<li>{one.name}</li>" for one in flock), encoding="utf-8")
    folder = workspace.files_path / "uploads" / "1"
    folder.mkdir(parents=True)
    rows = "\n".join(
        ["name;email;comment", *(f'"{one.name}";{one.email};"two\nlines"' for one in flock), "Mari;m@x.example;"]
    )
    (folder / "people.csv").write_text(rows, encoding="utf-8")
    (folder / "people16.csv").write_text(rows, encoding="utf-16")
    (folder / "people.csv.gz").write_bytes(gzip.compress(rows.encode()))
    now = clock.now()
    found = {"files": [{"name": "people.csv", "examples": [{"name": one.name, "city": "Tartu"} for one in flock]}]}
    Upload.objects.create(
        files=[{"name": "people.csv", "bytes": 9}],
        found=found,
        state="found",
        by_name="Owner",
        made_at=now,
        changed_at=now,
    )
    cut = Import.objects.create(
        shop="shop",
        kind="orders",
        files=[],
        identity="cut off",
        state="failed",
        mapping=[],
        started_at=now,
        error=f"Row 3: {flock[0].name}",
    )
    staged = workspace.files_path / "imports" / str(cut.pk) / "file-0"
    staged.mkdir(parents=True)
    (staged / "part.bin").write_bytes(flock[2].email.encode())


def totals(workspace: Workspace) -> tuple[int, int]:
    """The firm's sales and orders, those of the erased included."""
    with open_lake(workspace).snapshot() as snapshot:
        orders, gone = snapshot.table("orders").to_pyarrow(), snapshot.table("erased_totals").to_pyarrow()
    placed = [row for row in orders.to_pylist() if row["status"] == "placed"]
    erased = gone.to_pylist()
    return sum(r["net"] for r in placed + erased), len(placed) + sum(r["orders"] for r in erased)
