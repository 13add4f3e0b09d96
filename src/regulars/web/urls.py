"""The addresses of the server: each edge mounts its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from regulars.web.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/console/"), name="home"),
    path("health", health, name="health"),
]
if find_spec("regulars.staff.urls"):
    urlpatterns.append(path("staff/", include("regulars.staff.urls")))
if find_spec("regulars.console.urls"):
    urlpatterns.append(path("console/", include("regulars.console.urls")))
