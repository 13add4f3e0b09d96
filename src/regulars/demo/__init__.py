"""A sample shop with two years of life, from a simulator whose truth is outside the model family.

`crowd -> life -> orders -> baskets -> export`: who comes, when they buy and leave, what they order, and the files a
shop would export. Everything after that is the main job, as for any firm.
"""

from __future__ import annotations

from regulars.demo.shop import Shop, write_shop

__all__ = ["Shop", "write_shop"]
