"""The description of the interface by OpenAPI 3.1, and a page that shows it with nothing but our own text and style."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from regulars.api.frame import Api
from regulars.api.problems import CONTENT_TYPE

_EVENTS = {
    "post": {
        "operationId": "send_events",
        "summary": "Send events",
        "description": "A batch of messages by Segment's protocol; each gets its own result. For `ingest` or `write`.",
        "tags": ["events"],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["batch"],
                        "properties": {
                            "batch": {"type": "array", "description": "At most 2,500; each is taken or refused."},
                            "sentAt": {"description": "A moment by the sender's clock, to tell how wrong it is."},
                            "context": {"description": "An object: what holds for all; else it is left out."},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "OK",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["success", "results"],
                            "properties": {
                                "success": {"type": "boolean"},
                                "results": {"type": "array", "items": {"$ref": "#/components/schemas/EventResult"}},
                            },
                        }
                    }
                },
            }
        },
    }
}
_EVENT_RESULT = {
    "type": "object",
    "required": ["outcome", "messageId"],
    "properties": {
        "outcome": {"enum": ["accepted", "duplicate", "conflict", "refused"]},
        "messageId": {"type": ["string", "null"]},
        "code": {"type": "string"},
        "reason": {"type": "string"},
    },
}
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, as a token."},
    "basic": {"type": "http", "scheme": "basic", "description": "A key, as the user name; no password."},
}
_REPEATS = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "The same with the same request within 24 hours gets the same answer, and nothing is done again.",
}
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_METHODS = ("get", "put", "post", "delete", "patch")


@cache
def description(api: Api) -> dict[str, Any]:
    """The whole of it, as a value of JSON."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(api.get_openapi_schema(path_prefix="/api/v1/")))
    found["paths"]["/api/v1/events"] = msgspec.json.decode(msgspec.json.encode(_EVENTS))
    problem = found["components"]["schemas"]["ProblemShape"]
    found["components"]["schemas"]["EventResult"] = _EVENT_RESULT
    found["components"]["securitySchemes"] = _KEYS
    found["security"] = [{"bearer": []}, {"basic": []}]
    for path in found["paths"].values():
        for method in _METHODS:
            if method in path:
                _finish(path[method], method)
    problem["description"] = "What is told when something is wrong (RFC 9457)."
    return found


def _finish(operation: dict[str, Any], method: str) -> None:
    """Errors are problems, one answer for all; what may be repeated says so."""
    kept = {status: answer for status, answer in operation["responses"].items() if str(status) == "200"}
    shape = {"schema": {"$ref": "#/components/schemas/ProblemShape"}}
    kept["default"] = {"description": "What is wrong", "content": {CONTENT_TYPE: shape}}
    operation["responses"] = kept
    if method != "get" and operation["operationId"] != "send_events":
        operation.setdefault("parameters", []).append(_REPEATS)


def views(api: Api) -> tuple[Any, Any]:
    """The views of the description and of the page that shows it. Both are open: they say nothing of the firm."""

    @require_safe
    def schema(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(msgspec.json.encode(description(api)), content_type="application/json")

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        found = description(api)
        context = {"groups": _groups(found), "shapes": _shapes(found), "info": found["info"]}
        response = render(request, "api/docs.html", context)
        response["Content-Security-Policy"] = _CSP
        return response

    return schema, page


def _groups(found: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_shown(path, method, operation, found))
    return sorted(groups.items())


def _shown(path: str, method: str, operation: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answer = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema")
    return {
        "path": path,
        "method": method.upper(),
        "id": operation["operationId"],
        "text": operation.get("description") or operation.get("summary", ""),
        "parameters": [
            (one["name"], one["in"], _kind(one.get("schema", {})), one.get("description", ""))
            for one in operation.get("parameters", [])
        ],
        "body": _fields(body, found),
        "answer": _fields(answer, found),
    }


def _shapes(found: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Name, description and fields of every shape that operations name."""
    shapes = found["components"]["schemas"].items()
    return [
        (name, shape.get("description", ""), _fields(shape, found))
        for name, shape in sorted(shapes)
        if not name.startswith("Page_")
    ]


def _fields(schema: dict[str, Any] | None, found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, kind and description of each field of an object."""
    schema = schema or {}
    if "items" in schema:
        schema = schema["items"]
    if "$ref" in schema:
        schema = found["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [(name, _kind(one), one.get("description", "")) for name, one in schema.get("properties", {}).items()]


def _kind(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = schema.get("format") or schema.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
