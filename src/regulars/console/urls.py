"""The addresses of the console, below /console/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from regulars.console import (
    consent_said,
    customer,
    customers,
    customers_export,
    home,
    insight,
    merging,
    saved,
    start,
    tasks,
)
from regulars.console.imports.urls import urlpatterns as imports
from regulars.console.privacy.urls import urlpatterns as privacy
from regulars.console.settings.urls import urlpatterns as settings
from regulars.console.stream.urls import urlpatterns as stream

app_name = "console"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="start"),
    path("theme.css", start.theme, name="theme"),
    path("language/", start.language, name="language"),
    path("home/", home.show, name="home"),
    path("home/goal/", home.goal, name="goal"),
    path("tasks/", tasks.show, name="tasks"),
    path("tasks/change/", tasks.change, name="change_task"),
    path("insight/", insight.overview, name="insight"),
    path("insight/backtest/", insight.backtest, name="backtest"),
    path("insight/model/", insight.model, name="model"),
    path("customers/", customers.show, name="customers"),
    path("customers/columns/", customers.columns, name="columns"),
    path("customers/change/", customers.change, name="change"),
    path("customers/export/", customers_export.export, name="export"),
    path("customers/views/", saved.save, name="save_view"),
    path("customers/views/<int:view_id>/forget/", saved.forget, name="forget_view"),
    path("customers/<int:customer_id>/", customer.show, name="customer"),
    path("customers/<int:customer_id>/do/", customer.work, name="work"),
    path("customers/<int:customer_id>/consent/", consent_said.say, name="consent"),
    path("customers/<int:customer_id>/merge/", merging.choose, name="merge"),
    path("customers/<int:customer_id>/merge/<int:merge_id>/undo/", merging.undo, name="undo_merge"),
    *imports,
    *privacy,
    *settings,
    *stream,
]
