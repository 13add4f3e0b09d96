"""Files that come with a form: small ones, in memory. Pages that take large ones read them themselves, after asking
who sends them; every other form is read before anybody is asked, so that none may leave anything on the disk.
"""

from __future__ import annotations

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

MOST_BYTES = 2 << 20
"""The largest form with files: the firm's logo with room to spare."""


class SmallFiles(MemoryFileUploadHandler):
    """Django's handler for files in memory, which refuses what is larger before it reads any of it."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> Any:
        """Raises RequestDataTooBig, which is answered with 400."""
        if content_length > MOST_BYTES:  # always known: Django reads no form without its length
            raise RequestDataTooBig(f"A form with files has at most {MOST_BYTES} bytes.")
        return super().handle_raw_input(input_data, META, content_length, boundary, encoding)
