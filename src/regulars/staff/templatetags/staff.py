"""What templates of staff ask for."""

from __future__ import annotations

from typing import Any

from django import template

from regulars.platform import store
from regulars.staff.views.look import logo_file

register = template.Library()


@register.simple_tag
def firm() -> dict[str, Any]:
    """The firm's name, and whether it has a logo."""
    return {"name": store.opened().settings.firm.name or "Regulars", "logo": logo_file() is not None}
