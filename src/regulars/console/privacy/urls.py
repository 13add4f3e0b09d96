"""The addresses of privacy and backups."""

from __future__ import annotations

from django.urls import URLPattern, path

from regulars.console.privacy import backups, page, requests

urlpatterns: list[URLPattern] = [
    path("privacy/", page.show, name="privacy"),
    path("privacy/basis/", page.basis, name="basis"),
    path("privacy/find/", requests.find, name="find_to_forget"),
    path("customers/<int:customer_id>/forget/", requests.forget_them, name="forget"),
    path("customers/<int:customer_id>/told/", requests.tell, name="told"),
    path("backups/", backups.show, name="backups"),
    path("backups/<str:name>/", backups.one, name="backup"),
]
