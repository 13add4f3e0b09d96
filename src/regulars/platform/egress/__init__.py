"""The way out: the only place that calls other people's servers over HTTP.

Addresses to call come from staff, files and other systems, so a call may be meant for a machine inside the firm's
network. `Egress.request` resolves the name itself, refuses every address that isn't a public one (`addresses`),
connects to exactly the address that it checked, and does the same for every redirect.
"""

from regulars.platform.egress.client import Egress, Unreachable

__all__ = ["Egress", "Unreachable"]
