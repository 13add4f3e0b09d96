"""What is done once before the server's parts start: tables up to date, and the first owner's way in."""

from __future__ import annotations

import sys

from regulars.base.errors import RegularsError
from regulars.platform.workspace import open_workspace


def prepare() -> None:
    """Make the workspace that REGULARS_HOME names ready to be served. Ends the process with 1 when it can't be."""
    from regulars.web.serving import configure

    try:
        configure(open_workspace())
    except RegularsError as error:
        sys.exit(str(error))
