"""Regulars keeps a firm's customers: it takes in orders, says who the customers are, and what each is worth.

For notebooks: `from regulars import Regulars` for the whole picture of a table of orders,
`from regulars.stats import BetaGeoNBD` for one model. Everything else is reached through the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.base.version import VERSION

if TYPE_CHECKING:
    from regulars.insight.notebook import Regulars

__version__ = VERSION
__all__ = ["Regulars", "__version__"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `regulars --help` must not pay for NumPy, DuckDB and Ibis.
    if name == "Regulars":
        from regulars.insight.notebook import Regulars

        return Regulars
    raise AttributeError(f"module 'regulars' has no attribute {name!r}")
