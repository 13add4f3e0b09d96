"""Reading: a recognised file becomes typed rows, and rows set aside with a reason. Streams; memory is bounded.

A fast lane casts every column in its recognised format; the few rows in which a cell failed go through a slow lane
that tries every reading the recognised order allows, and names what is wrong with the rest.
"""

from __future__ import annotations

from regulars.intake.read.originals import original_rows
from regulars.intake.read.reader import read
from regulars.intake.read.staged import LeftOut, Staged

__all__ = ["LeftOut", "Staged", "original_rows", "read"]
