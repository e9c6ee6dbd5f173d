"""The agents' socket: pokes out, wishes to follow a ticket in.

From the browser: `{"follow": ["ticket:42"]}`, `{"unfollow": [...]}`, `{"ping": 1}`, `{"viewing": 42}` or
null, `{"typing": {"ticket": 42, "mode": "reply" | "note" | ""}}`.
To the browser: `{"topics": [...], "kinds": [...]}`, bursts gathered for a moment; `{"pong": 1}`.
Closed with 4401 when the session has ended, 4408 when the browser takes nothing, 4429 when it asks too much.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.models import User
from accounts.presence import tab_closed, tab_seen
from accounts.sessions import session_user
from helpdesk.live import hub
from tickets import viewers
from tickets.models import Ticket

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

GATHER_SECONDS = 0.04
SEND_SECONDS = 20  # a browser that takes nothing for so long is let go
SESSION_SECONDS = 60  # how often a ping asks whether the session still lives
MAX_FOLLOWED = 200
MAX_TEXT = 20_000
MAX_MESSAGES, PER_SECONDS = 60, 10.0
SIGNED_OUT, TOO_SLOW, TOO_MANY, BROKEN = 4401, 4408, 4429, 1011
ASKS_AGAIN = {"membership", "session", "ticket.team_changed"}

# Threads of their own: a slow database must not hold up what else this process does.
_threads = ThreadPoolExecutor(4, thread_name_prefix="socket-db")


def in_thread(call: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Run a call to the database in a thread, which gives its connection back afterwards."""
    return database_sync_to_async(call, thread_sensitive=False, executor=_threads)


class AgentSocket(AsyncWebsocketConsumer):
    """One tab of one agent."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.topics: set[str] = set()
        self.news: set[str] = set()
        self.kinds: set[str] = set()
        self.has_news = asyncio.Event()
        self.must_ask_again = False
        self.viewing: int | None = None
        self.heard_at: deque[float] = deque(maxlen=MAX_MESSAGES)
        self.writer: asyncio.Task[None] | None = None
        self.user_id = 0
        self.tab = uuid.uuid4().hex
        try:
            await super().__call__(scope, receive, send)
        finally:  # also when something broke, or the server stops
            hub.unfollow(self, self.topics)
            if self.writer is not None:
                self.writer.cancel()

    async def connect(self) -> None:
        await self.accept()  # then closed with a reason: a refused handshake looks like a lost network
        user = self.scope["user"]
        home = await self._home_topics() if user.is_authenticated else []
        if not home:
            await self.close(code=SIGNED_OUT)
            return
        self.user_id = user.pk
        self.asked_at = self.seen_at = time.monotonic()
        await hub.ensure_started()
        hub.follow(self, home)
        self.writer = asyncio.create_task(self._write(), name="socket-writer")
        await in_thread(tab_seen)(self.user_id, self.tab)

    async def disconnect(self, code: int) -> None:
        hub.unfollow(self, self.topics)
        if self.user_id:
            await self._view(None)
            await in_thread(tab_closed)(self.user_id, self.tab)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.writer is None:
            return  # being closed
        if self._asks_too_much():
            await self.close(code=TOO_MANY)
            return
        with contextlib.suppress(ValueError, RecursionError):
            content = json.loads(text_data or "") if len(text_data or "") <= MAX_TEXT else None
            if isinstance(content, dict):
                await self._answer(content)

    def hear(self, topics: set[str], kinds: list[str]) -> None:
        """Take a poke from the hub; the writer sends what has gathered."""
        self.news |= topics
        self.kinds.update(kinds)
        if not ASKS_AGAIN.isdisjoint(kinds):
            self.must_ask_again = True
        self.has_news.set()

    async def _answer(self, content: dict[str, Any]) -> None:
        if content.get("ping"):
            await self._pinged()
        if wishes := _tickets(content.get("follow"))[: max(MAX_FOLLOWED - len(self.topics), 0)]:
            hub.follow(self, await self._permitted(wishes))
        hub.unfollow(self, _tickets(content.get("unfollow")))
        if "viewing" in content:
            await self._view(_number(content["viewing"]))
        if isinstance(typing := content.get("typing"), dict):
            await self._type(_number(typing.get("ticket")), typing.get("mode"))

    async def _pinged(self) -> None:
        now = time.monotonic()
        if now - self.asked_at > SESSION_SECONDS:
            self.asked_at, self.must_ask_again = now, True
            self.has_news.set()
        await self._send({"pong": 1})
        if now - self.seen_at > 1:
            self.seen_at = now
            await in_thread(tab_seen)(self.user_id, self.tab)
            if self.viewing is not None:
                await in_thread(viewers.see)(self.viewing, self.user_id, self.tab)

    async def _write(self) -> None:
        """Send what has gathered, one message at a time: a slow browser only ever delays itself."""
        try:
            while True:
                await self.has_news.wait()
                await asyncio.sleep(GATHER_SECONDS)
                self.has_news.clear()
                if self.must_ask_again and not await self._ask_again():
                    await self.close(code=SIGNED_OUT)
                    return
                news = {"topics": sorted(self.news), "kinds": sorted(self.kinds)}
                self.news, self.kinds = set(), set()
                if news["topics"]:
                    await asyncio.wait_for(self._send(news), SEND_SECONDS)
        except TimeoutError:
            await self._let_go(TOO_SLOW)
        except (RuntimeError, OSError):
            hub.unfollow(self, self.topics)  # closed meanwhile
        except Exception:
            logger.exception("socket failed", extra={"user": self.user_id})
            await self._let_go(BROKEN)

    async def _let_go(self, code: int) -> None:
        hub.unfollow(self, self.topics)
        with contextlib.suppress(RuntimeError, OSError, TimeoutError):
            await asyncio.wait_for(self.close(code=code), 1)

    async def _send(self, content: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(content))

    async def _ask_again(self) -> bool:
        """Session, teams or rights changed: follow only what may be followed now. False: nothing may."""
        self.must_ask_again = False
        home = await self._home_topics()
        if not home:
            hub.unfollow(self, self.topics)
            return False
        allowed = {*home, *await self._permitted(_tickets(list(self.topics)))}
        gone = self.topics - allowed
        hub.unfollow(self, gone)
        hub.follow(self, allowed)
        if self.viewing is not None and f"ticket:{self.viewing}" in gone:
            await self._view(None)
        return True

    async def _view(self, ticket_id: int | None) -> None:
        if self.viewing is not None and self.viewing != ticket_id:
            await in_thread(viewers.leave)(self.viewing, self.user_id, self.tab)
            self.viewing = None
        if ticket_id is not None and await self._may_see(ticket_id):
            self.viewing = ticket_id
            await in_thread(viewers.see)(ticket_id, self.user_id, self.tab)

    async def _type(self, ticket_id: int | None, mode: object) -> None:
        if ticket_id is not None and mode in viewers.MODES and await self._may_see(ticket_id):
            await self._view(ticket_id)
            await in_thread(viewers.see)(ticket_id, self.user_id, self.tab, typing=str(mode))

    async def _may_see(self, ticket_id: int) -> bool:
        topic = f"ticket:{ticket_id}"
        return topic in self.topics or bool(await self._permitted([topic]))

    async def _home_topics(self) -> list[str]:
        return await in_thread(_home_topics)(self.scope["session"].session_key)

    async def _permitted(self, topics: list[str]) -> list[str]:
        return await in_thread(_permitted)(self.user_id, topics) if topics else []

    def _asks_too_much(self) -> bool:
        now = time.monotonic()
        full = len(self.heard_at) == MAX_MESSAGES and now - self.heard_at[0] < PER_SECONDS
        self.heard_at.append(now)
        return full


def _tickets(topics: object) -> list[str]:
    """Those wishes that name a ticket; everything else a browser may send is passed over."""
    if not isinstance(topics, list):
        return []
    return [
        topic
        for topic in topics[:MAX_FOLLOWED]
        if isinstance(topic, str) and topic.startswith("ticket:") and _number(topic[7:]) is not None
    ]


def _number(given: object) -> int | None:
    text = str(given)
    is_number = isinstance(given, int | str) and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_number else None


def _home_topics(session_key: str | None) -> list[str]:
    """What the owner of a session follows unasked; nothing once it has ended."""
    user = session_user(session_key)
    if user is None:
        return []
    team_ids = _all_team_ids() if user.is_administrator else user.team_ids
    return [f"user:{user.pk}", "team:0", *(f"team:{pk}" for pk in team_ids)]


def _permitted(user_id: int, topics: list[str]) -> list[str]:
    user = User.objects.get(pk=user_id)
    ticket_ids = [int(topic.removeprefix("ticket:")) for topic in topics]
    visible = Ticket.objects.visible_to(user).filter(pk__in=ticket_ids).values_list("pk", flat=True)
    return [f"ticket:{pk}" for pk in visible]


def _all_team_ids() -> list[int]:
    from accounts.models import Team

    return list(Team.objects.values_list("pk", flat=True))
