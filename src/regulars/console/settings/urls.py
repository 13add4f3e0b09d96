"""The addresses of settings, below /console/settings/."""

from __future__ import annotations

from django.urls import URLPattern, path

from regulars.console.settings import firm, hours, places, retention, thresholds, work

urlpatterns: list[URLPattern] = [
    path("settings/", firm.show, name="settings"),
    path("settings/hours/", hours.show, name="hours"),
    path("settings/mail/", firm.mail, name="mail"),
    path("settings/thresholds/", thresholds.show, name="thresholds"),
    path("settings/thresholds/trials/<int:trial_id>/", thresholds.progress, name="trial_progress"),
    path("settings/retention/", retention.show, name="retention"),
    path("settings/places/", places.show, name="places"),
    path("settings/jobs/", work.show, name="jobs"),
]
