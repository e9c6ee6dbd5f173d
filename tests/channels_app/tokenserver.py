"""A stand-in for the sign-in server of a mail provider: it renews tokens, and says whose a token is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

USER, CLIENT_ID, CLIENT_SECRET, SCOPE = "support@helpdesk.test", "our-client", "our client's secret", "mail"


@dataclass
class TokenServer:
    """What it checks, hands out and was asked."""

    port: int = 0
    refresh_token: str = "refresh-1"
    is_rotating: bool = False
    is_away: bool = False
    expires_in: Any = 3600
    handed_out: int = 0
    valid: dict[str, str] = field(default_factory=dict)  # access token -> user
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def config(self, **more: Any) -> dict[str, Any]:
        return {"oauth_token_url": self.url, "oauth_client_id": CLIENT_ID, "oauth_scope": SCOPE, **more}

    def secrets(self, **more: str) -> dict[str, str]:
        return {"oauth_client_secret": CLIENT_SECRET, "oauth_refresh_token": self.refresh_token, **more}

    def revoke(self) -> None:
        self.valid.clear()

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.is_away:
            return 503, {}
        if form.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type"}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        if form.get("scope") != SCOPE:
            return 400, {"error": "invalid_scope"}
        if form.get("refresh_token") != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        self.handed_out += 1
        token = f"access-{self.handed_out}"
        self.valid[token] = USER
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
        if self.is_rotating:
            self.refresh_token = f"refresh-{self.handed_out + 1}"
            answer["refresh_token"] = self.refresh_token
        return 200, answer

    def introspect(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        user = self.valid.get(form.get("token", ""))
        return 200, {"active": True, "username": user} if user else {"active": False}


@contextmanager
def token_server(port: int = 0) -> Iterator[TokenServer]:
    provider = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, said = (provider.token if self.path == "/token" else provider.introspect)(form)
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.port = server.server_address[1]
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
