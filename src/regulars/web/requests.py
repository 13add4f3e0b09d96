"""One line in the log for each request: method, route, status, time. Neither its address's parts nor who asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

log = logging.getLogger("regulars.web.request")


class RequestLogMiddleware:
    """Logs how a request was answered.

    The route is the pattern (`console/customers/<int:pk>/`): what stands in its places, and after a question mark, may
    be about a person or be a secret.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self._get_response(request)
        matched = request.resolver_match
        log.log(
            logging.ERROR if response.status_code >= 500 else logging.INFO,
            "request",
            extra={
                "method": request.method,
                "route": matched.route if matched else None,
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1000, 1),
            },
        )
        return response
