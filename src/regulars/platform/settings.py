"""What a firm can set: `regulars.toml` in the workspace, each value overridden by an environment variable.

A setting `time_zone` of the table `[firm]` is overridden by `REGULARS_TIME_ZONE`, one of another table by
`REGULARS_<TABLE>_...` such as `REGULARS_WEB_PORT`, the database by `DATABASE_URL`. Thresholds of standing and rung have
their own table, `[thresholds]`, whose fields are those of `insight.Thresholds`. All are described in docs/settings.md.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from regulars.base.errors import BadInput


class Firm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[firm]`."""

    name: str = ""
    """Shown in reports."""
    currency: str | None = None
    """ISO 4217 code of all figures; taken from the first import when not set, and kept from then on."""
    time_zone: str = "UTC"
    """IANA name; decides on which calendar day an order with a time zone falls."""
    country: str | None = None
    """ISO 3166 code of the home country: reads phone numbers without a country code."""
    language: str = "en"
    """Language and number format of reports, as in `en`, `de-AT`, `fi`."""
    margin_rate: float | None = None
    """Share of sales that is margin where no costs are known, 0-1. Without it and without costs, figures are sales."""
    colour: str = "#0f766e"
    """The accent colour of screens, as #rrggbb."""
    logo: str = ""
    """File in the workspace's `files/` folder that is shown at the top of screens."""


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[store]`."""

    memory_limit: str = "700MB"
    """Most memory that DuckDB may use in one command; beyond it, work goes through a temporary folder."""
    keep_days: int = 7
    """Days for which earlier states of orders and standings stay readable; then their files are removed."""
    durability: Literal["full", "normal"] = "full"
    """`full` syncs every commit of the operations store to disk; `normal` is faster, a power cut may lose the last."""
    database: str = ""
    """`postgresql://user:password@host/name`; empty is SQLite in the workspace. DATABASE_URL overrides it."""


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[web]`: how the server is reached."""

    address: str = "http://127.0.0.1:8000"
    """What people type: links in mail begin with it, requests for other hosts are refused, https turns on HSTS."""
    bind: str = "127.0.0.1"
    """The network address to listen on; 0.0.0.0 is every one."""
    port: int = 8000
    """The port to listen on."""
    workers: int = 1
    """Processes that answer requests."""
    proxies: int = 0
    """Trusted proxies in front, which tell the visitor's address in X-Forwarded-For."""
    upload_limit_mb: int = 4096
    """Largest file that may be dropped into the browser."""
    two_factor: Literal["optional", "owners", "everyone"] = "optional"
    """Who must sign in with a second factor."""


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[mail]`: the SMTP server that sends what Regulars writes. Overridden by `REGULARS_MAIL_...`."""

    host: str = ""
    """Its name; without one nothing is sent, and screens say so."""
    port: int = 587
    """Its port."""
    user: str = ""
    """Who signs in there."""
    password: str = ""
    """Their password; better given as REGULARS_MAIL_PASSWORD than written down."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is kept private."""
    sender: str = ""
    """From whom, as in `Kohvik <hello@kohvik.example>`."""


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[privacy]`: how long what isn't needed for ever is kept. Overridden by `REGULARS_PRIVACY_...`."""

    audit_days: int = 730
    """Days for which it is kept who saw, changed or exported what."""
    event_days: int = 400
    """Days for which events stay in the operations store once they were handled."""
    reject_days: int = 90
    """Days for which rows that were set aside wait to be mended."""
    import_days: int = 30
    """Days for which an import's record shows example rows."""
    unused_months: int = 12
    """Months without use after which a field counts as held but not needed."""


class Backups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[backups]`: backups that are made by themselves. Overridden by `REGULARS_BACKUPS_...`."""

    nightly: bool = False
    """Whether one is made every night."""
    keep: int = 7
    """How many of them are kept; the oldest goes."""
    folder: str = ""
    """Where they go; empty is `backups/` in the workspace. Another disk is better."""


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[stream]`: what programs send over HTTP. Overridden by `REGULARS_STREAM_...`."""

    origins: str = "*"
    """Websites whose pages may send from the browser, as in `https://shop.example`, separated by blanks; * is any."""
    public_orders: bool = True
    """Whether orders are taken from keys that stand in web pages."""
    event_limit_kb: int = 32
    """Largest event."""
    batch_limit_kb: int = 500
    """Largest batch of events, unpacked."""
    backfill_days: int = 2
    """Events older than this when they come are history: kept and counted, and nothing reacts to them."""
    keep_ids_days: int = 7
    """Days for which events stay in the operations store as they came, and what comes again is known by its id."""
    keep_quarantine_days: int = 30
    """Days for which refused and contradictory events wait to be mended."""
    properties: tuple[str, ...] = ()
    """More properties of events that go to the lake, beside those of shops that are known; never personal ones."""


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[api]`: how much one key may ask for, in each process. Overridden by `REGULARS_API_...`."""

    events_per_second: int = 20_000
    """Events that a key may send on the average; twice as many at once. 0 is no limit."""
    requests_per_second: int = 50
    """Requests for customers, orders and so on that a key may make on the average. 0 is no limit."""
    requests_at_once: int = 200
    """Requests that it may make at once, before that holds."""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[hours]`: when the firm is open, in its time zone. Overridden by `REGULARS_HOURS_...`."""

    monday: tuple[str, ...] = ("09:00-17:00",)
    """When it is open on Mondays: spans such as `09:00-12:00`, several where the day is split, none for closed."""
    tuesday: tuple[str, ...] = ("09:00-17:00",)
    """On Tuesdays."""
    wednesday: tuple[str, ...] = ("09:00-17:00",)
    """On Wednesdays."""
    thursday: tuple[str, ...] = ("09:00-17:00",)
    """On Thursdays."""
    friday: tuple[str, ...] = ("09:00-17:00",)
    """On Fridays."""
    saturday: tuple[str, ...] = ()
    """On Saturdays."""
    sunday: tuple[str, ...] = ()
    """On Sundays."""
    holidays: bool = True
    """Whether it is closed on public holidays."""
    country: str | None = None
    """Whose public holidays: two letters such as EE; the firm's `country` when not set."""
    subdivision: str = ""
    """Part of that country with holidays of its own, such as `BY` of DE."""
    closed: tuple[str, ...] = ()
    """Other closed days: `2026-12-24`, several as `2026-07-06/2026-07-19`, every year as `12-24`."""
    open: tuple[str, ...] = ()
    """Days with hours of their own, such as `2026-12-24 10:00-14:00`; they win over all others."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in `regulars.toml`."""

    firm: Firm = Firm()
    store: Store = Store()
    web: Web = Web()
    mail: Mail = Mail()
    privacy: Privacy = Privacy()
    backups: Backups = Backups()
    stream: Stream = Stream()
    api: Api = Api()
    hours: Hours = Hours()
    thresholds: dict[str, Any] = {}


TABLES: dict[str, type[msgspec.Struct]] = {
    "firm": Firm,
    "store": Store,
    "web": Web,
    "mail": Mail,
    "privacy": Privacy,
    "backups": Backups,
    "stream": Stream,
    "api": Api,
    "hours": Hours,
}


def variable(table: str, name: str) -> str:
    """The environment variable that overrides a setting."""
    if (table, name) == ("store", "database"):
        return "DATABASE_URL"  # the name that every host uses
    return f"REGULARS_{table.upper()}_{name.upper()}" if table not in ("firm", "store") else f"REGULARS_{name.upper()}"


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the file (defaults where it is missing) and the environment, checked.

    Raises BadInput that names the file, the setting and what it may be.
    """
    environment = os.environ if environment is None else environment
    content: dict[str, Any] = {}
    if path.exists():
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"{path.name} can't be read: {error}. Mend that line, or move the file away.") from None
    for table, struct in TABLES.items():
        for field in msgspec.structs.fields(struct):
            value = environment.get(variable(table, field.name))
            if value is not None and isinstance(content.setdefault(table, {}), dict):
                listed = field.type == tuple[str, ...]
                content[table][field.name] = value.replace(",", " ").split() if listed else value
    try:
        settings = msgspec.convert(content, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(
            f"A setting in {path.name} or the environment is wrong: {error}. See docs/settings.md."
        ) from None
    _check(settings, path.name)
    return settings


def remember(path: Path, table: str, values: Mapping[str, object]) -> None:
    """Write `values` into a table of the file, keeping its comments and order; None takes a setting out."""
    import tomlkit

    document = tomlkit.parse(path.read_text(encoding="utf-8-sig")) if path.exists() else tomlkit.document()
    section = document.setdefault(table, tomlkit.table())
    for name, value in values.items():
        if value is None:
            section.pop(name, None)
        else:
            section[name] = value
    temporary = path.with_suffix(".toml.new")
    temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
    temporary.replace(path)


def _check(settings: Settings, name: str) -> None:
    firm = settings.firm
    try:
        ZoneInfo(firm.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(
            f"{name}: '{firm.time_zone}' is not a time zone. Use a name such as Europe/Helsinki or UTC."
        ) from None
    if firm.margin_rate is not None and not 0 <= firm.margin_rate <= 1:
        raise BadInput(f"{name}: margin_rate is a share between 0 and 1 (0.35 for 35%), not {firm.margin_rate}.")
    if firm.currency is not None and not re.fullmatch("[A-Z]{3}", firm.currency):
        raise BadInput(f"{name}: currency is a code of three capital letters such as EUR, not '{firm.currency}'.")
    if not re.fullmatch("#[0-9a-fA-F]{6}", firm.colour):
        raise BadInput(f"{name}: colour is written like #0f766e, not '{firm.colour}'.")
    for setting, value in msgspec.structs.asdict(settings.privacy).items():
        if value < 1:
            raise BadInput(f"{name}: {setting} of [privacy] is a number of days or months, at least 1.")
    _check_stream(settings.stream, name)
    if settings.hours != Hours():
        from regulars.platform import hours  # only where there is something to check

        try:
            hours.opening(settings.hours, firm)
        except BadInput as error:
            raise BadInput(f"{name}, [hours]: {error}") from None
    if settings.backups.keep < 1:
        raise BadInput(f"{name}: keep of [backups] is at least 1: the newest backup always stays.")
    if not re.match(r"https?://[^/]+$", settings.web.address):
        raise BadInput(f"{name}: address is like https://customers.example.com, not '{settings.web.address}'.")
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(firm.language, sep="-")
    except (UnknownLocaleError, ValueError):
        raise BadInput(f"{name}: '{firm.language}' is not a language. Use a code such as en, fi or de-AT.") from None


def _check_stream(stream: Stream, name: str) -> None:
    for setting in ("event_limit_kb", "batch_limit_kb", "backfill_days", "keep_ids_days", "keep_quarantine_days"):
        if getattr(stream, setting) < 1:
            raise BadInput(f"{name}: {setting} of [stream] is a whole number, at least 1.")
    for origin in stream.origins.split():
        if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
            raise BadInput(f"{name}: origins of [stream] are like https://shop.example, or *, not '{origin}'.")
