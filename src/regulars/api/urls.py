"""The addresses for programs: events, the rooms' resources in their frame, and what describes them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from regulars.api import ingest, openapi
from regulars.api.frame import Api, framed, unknown
from regulars.api.script import script
from regulars.customers import api as customers
from regulars.insight.figures import Reason
from regulars.platform import store
from regulars.report import words
from regulars.report.formats import Formats
from regulars.stream import api as stream


def _said(reason: Reason) -> str:
    firm = store.opened().settings.firm
    return words.sentence(reason, Formats(firm.currency or "EUR", firm.language))


api = Api(title="Regulars", version="1", description="Customers, orders, products and events, for programs.")
api.add_router("", customers.router(_said))
api.add_router("", stream.router())
_schema, _page = openapi.views(api)


def _resources() -> list[URLPattern]:
    """Ninja's routes, each in the frame; those that ninja adds for itself are left out."""
    found: dict[str, URLPattern] = {}
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            place = f"api/v1/{pattern.pattern}"  # once for each method, with one view for all of them
            found.setdefault(place, path(place, framed(pattern.callback), name=pattern.name))
    return list(found.values())


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/<str:call>", ingest.protocol, name="protocol"),
    path("r.js", script, name="script"),
    path("api/v1/events", ingest.events, name="events"),
    path("api/v1/openapi.json", _schema, name="openapi"),
    path("api/v1/docs", _page, name="api docs"),
    *_resources(),
    path("api/", unknown, name="unknown"),
    path("api/<path:rest>", unknown, name="unknown"),
]
