"""Everything the shop sold, and the columns in which its software exports that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.demo.baskets import Credits, Lines
from regulars.demo.catalogue import Catalogue
from regulars.demo.crowd import Crowd
from regulars.demo.orders import Orders
from regulars.demo.register import Register

Ints = NDArray[np.int64]
HEADER = (
    "Order number",
    "Order date",
    "Customer number",
    "Customer name",
    "Company",
    "E-mail",
    "Phone",
    "Country",
    "Status",
    "Cancelled on",
    "Currency",
    "Line",
    "SKU",
    "Product",
    "Category",
    "Brand",
    "Quantity",
    "Unit price",
    "Line discount",
    "Line total",
    "Refund of",
    "Channel",
    "Campaign",
    "Promised delivery date",
    "Delivered on",
    "Due date",
    "Paid on",
    "Used by",
    "Paid by",
)
FIRST_ORDER = 20_001
Row = tuple[str, ...]


@dataclass(frozen=True)
class Sold:
    """Everything that the shop sold, ready to be written."""

    crowd: Crowd
    register: Register
    catalogue: Catalogue
    orders: Orders
    lines: Lines
    credits: Credits
    currency: Ints
    postage: Ints


def numbers(sold: Sold) -> list[str]:
    """The order numbers, in time order."""
    return [str(FIRST_ORDER + i) for i in range(len(sold.orders))]
