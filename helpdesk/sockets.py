"""The agents' socket: pokes out, wishes to follow a ticket in.

From the browser: `{"follow": ["ticket:42"]}`, `{"unfollow": [...]}`, `{"ping": 1}`.
To the browser: `{"topics": [...], "kinds": [...]}`, bursts gathered for a moment; `{"pong": 1}`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.models import User
from accounts.presence import tab_closed, tab_seen
from helpdesk.live import hub
from tickets.models import Ticket

GATHER_SECONDS = 0.04
MAX_FOLLOWED = 200


class AgentSocket(AsyncJsonWebsocketConsumer):
    """One tab of one agent."""

    async def connect(self) -> None:
        self.topics: set[str] = set()
        self.waiting: dict[str, set[str]] = {"topics": set(), "kinds": set()}
        self.flush: asyncio.TimerHandle | None = None
        user = self.scope["user"]
        if not user.is_authenticated or not user.is_active:
            await self.close(code=4401)
            return
        self.user_id: int = user.pk
        self.tab = self.channel_name[-40:]
        await self.accept()
        await hub.ensure_started()
        hub.follow(self, await self._home_topics())
        await database_sync_to_async(tab_seen)(self.user_id, self.tab)

    async def disconnect(self, code: int) -> None:
        hub.unfollow(self, self.topics)
        if self.flush is not None:
            self.flush.cancel()
        if hasattr(self, "tab"):
            await database_sync_to_async(tab_closed)(self.user_id, self.tab)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if not isinstance(content, dict):
            return
        if content.get("ping"):
            await database_sync_to_async(tab_seen)(self.user_id, self.tab)
            await self.send_json({"pong": 1})
        if wishes := self._wishes(content.get("follow")):
            hub.follow(self, await self._permitted(wishes))
        hub.unfollow(self, self._wishes(content.get("unfollow")))

    def hear(self, payload: dict[str, Any]) -> None:
        """Take a poke from the hub; send what has gathered in a moment."""
        if "membership" in payload["kinds"] and f"user:{self.user_id}" in payload["topics"]:
            asyncio.ensure_future(self._move())  # noqa: RUF006  # ends by itself
        self.waiting["topics"].update(payload["topics"])
        self.waiting["kinds"].update(payload["kinds"])
        if self.flush is None:
            self.flush = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._send_gathered)

    def _send_gathered(self) -> None:
        self.flush = None
        gathered = {name: sorted(values) for name, values in self.waiting.items()}
        self.waiting = {"topics": set(), "kinds": set()}
        asyncio.ensure_future(self._send_quietly(gathered))  # noqa: RUF006  # ends by itself

    async def _send_quietly(self, gathered: dict[str, list[str]]) -> None:
        with contextlib.suppress(RuntimeError, ConnectionError):  # closed in the meantime
            await self.send_json(gathered)

    async def _move(self) -> None:
        """Teams or rights changed: follow only what may still be followed, or close."""
        home = await self._home_topics()
        if not home:
            await self.close(code=4401)
            return
        tickets = [topic for topic in self.topics if topic.startswith("ticket:")]
        allowed = set(home) | set(await self._permitted(tickets))
        hub.unfollow(self, self.topics - allowed)
        hub.follow(self, allowed)

    def _wishes(self, topics: Any) -> list[str]:
        if not isinstance(topics, list):
            return []
        wishes = [topic for topic in topics if isinstance(topic, str) and topic.startswith("ticket:")]
        return wishes[: max(MAX_FOLLOWED - len(self.topics), 0)] if wishes else []

    @database_sync_to_async
    def _home_topics(self) -> list[str]:
        user = User.objects.filter(pk=self.user_id, is_active=True).first()
        if user is None:
            return []
        team_ids = _all_team_ids() if user.is_administrator else user.team_ids
        return [f"user:{user.pk}", "team:0", *(f"team:{pk}" for pk in team_ids)]

    @database_sync_to_async
    def _permitted(self, topics: list[str]) -> list[str]:
        numbers = [int(number) for topic in topics if (number := topic.removeprefix("ticket:")).isdecimal()]
        user = User.objects.get(pk=self.user_id)
        visible = Ticket.objects.visible_to(user).filter(pk__in=numbers).values_list("pk", flat=True)
        return [f"ticket:{pk}" for pk in visible]


def _all_team_ids() -> list[int]:
    from accounts.models import Team

    return list(Team.objects.values_list("pk", flat=True))
