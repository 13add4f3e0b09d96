"""The addresses of stream and webhooks, below /console/settings/."""

from __future__ import annotations

from django.urls import URLPattern, path

from regulars.console.stream import came_in, refused, webhooks

urlpatterns: list[URLPattern] = [
    path("settings/stream/", came_in.show, name="stream"),
    path("settings/stream/refused/", refused.replay, name="replay_refused"),
    path("settings/stream/refused/<int:refused_id>/", refused.show, name="refused"),
    path("settings/webhooks/", webhooks.show, name="webhooks"),
]
