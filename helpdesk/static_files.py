"""Static files out of the same server that serves the pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # untyped package
    """WhiteNoise, answering with whole files.

    Its own answer streams a file from a thread-bound iterator, which an ASGI server can only gather piece by
    piece, with a warning each time. Ours are small: one read is simpler and quicker.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        with_content = found.file is not None
        answer = HttpResponse(found.file.read() if with_content else b"", status=int(found.status))
        if with_content:
            found.file.close()
        del answer["content-type"]
        for name, value in found.headers:
            answer[name] = value
        return answer
