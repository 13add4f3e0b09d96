"""Customers of whom the screens know more than the last run: orders came in since, and they were judged anew.

A room that takes orders in between runs registers itself here. A sync of a run that didn't see those orders leaves
such customers as they are, else it would take back what was said of them; a sync of one that did writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from regulars.platform.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids: TypeAlias = NDArray[np.int64]
Versions = Mapping[str, int]
"""Of the lake's tables, as a run (or a look at the lake) read them."""


@dataclass(frozen=True)
class Newer:
    """One source of orders between runs. Ids are of who the customers are now, merges counted in.

    ahead : customers with orders that those versions don't have.  seen : those who were judged anew, and all of whose
    orders they have by now.  settle : forget about those, they are written.
    """

    name: str
    ahead: Callable[[Versions], Iterable[int]]
    seen: Callable[[Versions], Iterable[int]]
    settle: Callable[[Versions], None]


sources: Registry[Newer] = Registry("source of newer orders")


def ahead(versions: Versions) -> Ids:
    """Ids, ascending, of customers of whom more is known than a run of these versions says."""
    return _ids(number for source in sources for number in source.ahead(versions))


def seen(versions: Versions) -> Ids:
    """Ids, ascending, of customers who were ahead of the runs before, and aren't of one of these versions."""
    return _ids(number for source in sources for number in source.seen(versions))


def settle(versions: Versions) -> None:
    """Their pictures are those of the run again."""
    for source in sources:
        source.settle(versions)


def _ids(numbers: Iterable[int]) -> Ids:
    import numpy as np  # every command loads this module, few need it

    return np.unique(np.fromiter(numbers, dtype=np.int64))
