"""The addresses of settings, below /console/settings/."""

from __future__ import annotations

from django.urls import URLPattern, path

from regulars.console.settings import firm, places, work

urlpatterns: list[URLPattern] = [
    path("settings/", firm.show, name="settings"),
    path("settings/mail/", firm.mail, name="mail"),
    path("settings/places/", places.show, name="places"),
    path("settings/jobs/", work.show, name="jobs"),
]
