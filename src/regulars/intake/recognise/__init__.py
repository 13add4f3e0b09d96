"""Recognition: what each file is, what its columns mean, and how several files belong together.

`open -> sample of rows -> titles and content -> kind and mapping -> joins`; nothing is kept yet.
"""

from __future__ import annotations

from regulars.intake.open.layout import Layout
from regulars.intake.recognise.files import recognise
from regulars.intake.recognise.result import (
    Defaults,
    Example,
    Join,
    Recognised,
    RecognisedFile,
    Skipped,
)

__all__ = ["Defaults", "Example", "Join", "Layout", "Recognised", "RecognisedFile", "Skipped", "recognise"]
