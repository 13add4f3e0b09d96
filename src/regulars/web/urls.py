"""The addresses of the server: each edge mounts its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from regulars.web.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("regulars.api.urls")),  # first, as programs ask most often
    path("hooks/", include("regulars.api.hooks_urls")),
    path("", RedirectView.as_view(url="/console/"), name="home"),
    path("health", health, name="health"),
    path("staff/", include("regulars.staff.urls")),
    path("console/", include("regulars.console.urls")),
]
handler400 = "regulars.staff.views.refused.refused"
