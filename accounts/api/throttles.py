"""How many requests a caller may make: a counter per minute, one step in the cache per request.

The framework's own throttles keep the time of every request in one list, which they read and write whole.
"""

from __future__ import annotations

import time
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle


class _CountedThrottle(SimpleRateThrottle):
    num_requests: int  # the framework sets both from the rate; its stubs leave them out
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        if self.rate is None or (key := self.get_cache_key(request, view)) is None:
            return True
        self.now = time.time()
        window = int(self.now // self.duration)
        return self._count(f"{key}:{window}") <= self.num_requests

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return self.duration - self.now % self.duration

    def _count(self, key: str) -> int:
        if self.cache.add(key, 1, self.duration):
            return 1
        try:
            return self.cache.incr(key)
        except ValueError:  # it went just now
            return 1


class CallerThrottle(_CountedThrottle, UserRateThrottle):
    """Of one person, whatever the key."""


class StrangerThrottle(_CountedThrottle, AnonRateThrottle):
    """Of one address, before anybody is known."""
