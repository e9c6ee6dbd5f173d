"""Everything on one ASGI server (embedded), or only the sockets of it (production)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
_http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  # needs the app registry
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from helpdesk.sockets import AgentSocket  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": _http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([path("ws/agent/", AgentSocket.as_asgi())]))
        ),
    }
)
