"""Django's settings for the operations store, as the command line needs it. `store.start` points it at a workspace.

Only rooms' tables are loaded here, neither sign-in nor screens: that keeps `regulars run` quick. The server adds the
rest in `regulars.web.settings`. So no table of this list may refer to one that only the server knows: members of
staff are named by number.
"""

from __future__ import annotations

SECRET_KEY = "the command line signs nothing"  # noqa: S105 - the server's own key comes from the workspace
INSTALLED_APPS = ["regulars.platform", "regulars.customers", "regulars.intake", "regulars.stream"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}  # until a workspace is opened
