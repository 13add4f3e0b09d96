"""Django's settings for the operations store. `store.start` points it at a workspace; nothing else sets Django up."""

from __future__ import annotations

SECRET_KEY = "no web yet: nothing is signed"  # noqa: S105 - not a secret: no part of this release signs anything
INSTALLED_APPS = ["regulars.customers", "regulars.intake"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",  # until a workspace is opened
        "OPTIONS": {
            # Two writers would otherwise both read first and then fail to upgrade their locks.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            "init_command": "",
        },
    }
}
