"""The firm's colour and logo, for pages that anybody may see."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from regulars.platform import store

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}
_TYPES[".svg"] = "image/svg+xml"
_DARK_INK, _LIGHT_INK = "#000000", "#ffffff"


@require_safe
def colour(_request: HttpRequest) -> HttpResponse:
    """A style sheet with the firm's colour, and with what can be read on it."""
    firm = store.opened().settings.firm.colour
    text = f":root{{--firm:{firm};--on-firm:{ink(firm)}}}\n"
    return HttpResponse(text, content_type="text/css", headers={"Cache-Control": "max-age=300"})


def ink(background: str) -> str:
    """Black or white, whichever has the greater contrast on `background` (#rrggbb), by WCAG's relative luminance."""
    parts = [int(background[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _LIGHT_INK if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else _DARK_INK


def logo_file() -> Path | None:
    """The firm's logo in the workspace's files, None without one."""
    workspace = store.opened()
    name = workspace.settings.firm.logo
    if not name:
        return None
    folder = workspace.files_path.resolve()
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder) and path.is_file() and path.suffix.lower() in _TYPES else None


@require_safe
def logo(_request: HttpRequest) -> HttpResponse:
    """The firm's logo."""
    path = logo_file()
    if path is None:
        raise Http404
    headers = {"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"}
    answer = HttpResponse(path.read_bytes(), content_type=_TYPES[path.suffix.lower()], headers=headers)
    answer._csp_replace = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "sandbox": []}  # type: ignore[attr-defined]  # a drawing may be a document with scripts; django-csp reads this
    return answer
