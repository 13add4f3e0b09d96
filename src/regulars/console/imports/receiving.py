"""Files on their way from the browser to disk: straight into the workspace, no larger than the firm allows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from regulars.base.errors import BadInput
from regulars.platform import store

SPARE_BYTES = 1 << 30
"""Disk that must stay free: an import needs room beside its file."""


class Received(FileUploadHandler):
    """Writes each file below `files/uploads/` as it comes; one that grows over the limit is let go and named."""

    chunk_size = 1 << 20

    def __init__(self, request: HttpRequest, folder: Path, limit_bytes: int) -> None:
        super().__init__(request)
        self._folder, self._limit = folder, limit_bytes
        self.too_large: list[str] = []

    def new_file(self, *given: Any, **more: Any) -> None:
        super().new_file(*given, **more)
        self._folder.mkdir(parents=True, exist_ok=True)
        # Removed when closed: what an action wants to keep it links elsewhere before.
        self.file = NamedTemporaryFile(dir=self._folder, prefix=".incoming-")  # noqa: SIM115 - closed with the request
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> None:
        self._size += len(raw_data)
        if self._size > self._limit:
            self.too_large.append(str(self.file_name))
            self.file.close()
            raise SkipFile
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.file.flush()
        self.file.seek(0)
        return UploadedFile(self.file, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        if getattr(self, "file", None) is not None:
            self.file.close()


def streaming(
    guard: Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]],
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A view whose files are streamed. guard : `page(...)`, which must let somebody in before a byte is taken.

    The check against forged forms reads the form, and would read it with Django's own handlers: so it comes after ours
    are in their place.
    """

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        checked = csrf_protect(view)

        @guard
        @wraps(view)
        def taking(request: HttpRequest, /, *args: Any, **words: Any) -> HttpResponseBase:
            if request.method == "POST":
                _prepare(request)
            return checked(request, *args, **words)

        return csrf_exempt(taking)

    return wrap


def received(request: HttpRequest, field: str) -> list[tuple[str, Path]]:
    """The files of a form's field: name as given, where each lies. Raises BadInput that names one too large."""
    files = request.FILES.getlist(field)
    for handler in request.upload_handlers:
        if isinstance(handler, Received) and handler.too_large:
            raise BadInput(
                _("%(name)s is larger than %(most)s MB. Give it in parts, or raise upload_limit_mb of [web].")
                % {"name": handler.too_large[0], "most": store.opened().settings.web.upload_limit_mb}
            )
    return [(file.name or "", Path(cast(IO[bytes], file.file).name)) for file in files]


def _prepare(request: HttpRequest) -> None:
    workspace = store.opened()
    folder = workspace.files_path / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) + SPARE_BYTES > shutil.disk_usage(folder).free:
        raise BadInput(_("There isn't enough room on the disk for these files. Make room first."))
    request.upload_handlers = [Received(request, folder, _limit_bytes())]


def _limit_bytes() -> int:
    return store.opened().settings.web.upload_limit_mb << 20
