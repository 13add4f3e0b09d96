"""The addresses of the console, below /console/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from regulars.console import customer, customers, customers_export, saved, start

app_name = "console"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="start"),
    path("theme.css", start.theme, name="theme"),
    path("language/", start.language, name="language"),
    path("customers/", customers.show, name="customers"),
    path("customers/columns/", customers.columns, name="columns"),
    path("customers/change/", customers.change, name="change"),
    path("customers/export/", customers_export.export, name="export"),
    path("customers/views/", saved.save, name="save_view"),
    path("customers/views/<int:view_id>/forget/", saved.forget, name="forget_view"),
    path("customers/<int:customer_id>/", customer.show, name="customer"),
    path("customers/<int:customer_id>/work/", customer.work, name="work"),
]
