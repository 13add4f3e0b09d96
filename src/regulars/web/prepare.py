"""What is done once before the server's parts start: tables up to date, and the first owner's way in."""

from __future__ import annotations

import sys

from regulars.base.errors import RegularsError
from regulars.platform.workspace import open_workspace


def prepare() -> None:
    """Make the workspace that REGULARS_HOME names ready to be served, and say where its first owner signs in.

    Ends the process with 1 when it can't be made ready.
    """
    from regulars.web.serving import configure

    workspace = open_workspace()
    try:
        configure(workspace)
    except RegularsError as error:
        sys.exit(str(error))
    web = workspace.settings.web
    if web.address.startswith("https:") and not web.proxies:
        sys.stderr.write(
            "The setting `address` says https, but `proxies` is 0: nobody is trusted to say that a request came over "
            "https. Set proxies = 1 when one proxy in front speaks TLS.\n"
        )
    from regulars.staff import first

    link = first.link(workspace)
    if link:
        sys.stdout.write(f"Nobody can sign in yet. Become the owner here (once): {link}\n")
