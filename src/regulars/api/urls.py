"""The addresses for programs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from regulars.api import ingest

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/<str:call>", ingest.protocol, name="protocol"),
    path("api/v1/events", ingest.events, name="events"),
]
