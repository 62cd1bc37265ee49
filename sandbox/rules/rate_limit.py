"""Discord's rate limits: a bucket for each route and major parameter, and one for all requests together.

Discord publishes neither counts nor windows and asks to read the headers. The defaults here are what libraries report
(5 messages in 5 seconds in a channel; 50 requests a second in all); those next to the routes are marked where assumed.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from sandbox.values import Clock

GLOBAL_LIMIT = 50
MAX_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` requests in each window of `window_s` seconds, which begins with its first request."""

    count: int
    window_s: float


DEFAULT = Limit(50, 1.0)
"""For routes without a limit of their own (assumed)."""


@dataclass(frozen=True, slots=True)
class RateLimitResult:
    """Whether a request may pass, what the headers say, and how long to wait if it may not."""

    allowed: bool
    headers: dict[str, str]
    retry_after_s: float = 0.0
    is_global: bool = False


@dataclass(slots=True)
class _Window:
    resets_at: float
    used: int = 0


class RateLimiter:
    """Counts requests; `speed` makes every window so many times shorter, `enabled` False lets everything pass."""

    def __init__(self, clock: Clock, *, enabled: bool = True, speed: float = 1.0) -> None:
        self.enabled = enabled
        self.speed = speed
        self.global_limit = GLOBAL_LIMIT
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def take(self, route: str, major: str, limit: Limit, *, is_global: bool = True) -> RateLimitResult:
        """Count one request of `route` with its major parameter; `is_global` False exempts it from the limit on all."""
        if not self.enabled:
            limit = Limit(1_000_000, 1.0)
        elif is_global and not self._count("global", Limit(self.global_limit, 1.0)).allowed:
            # A request beyond the limit on all is not counted in its own bucket, which it never reached.
            wait_s = self._windows["global"].resets_at - self._clock.now()
            return RateLimitResult(
                False, {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}, wait_s, is_global=True
            )
        verdict = self._count(f"{route} {major}", limit)
        verdict.headers["X-RateLimit-Bucket"] = hashlib.blake2s(route.encode(), digest_size=16).hexdigest()
        if not verdict.allowed:
            verdict.headers["X-RateLimit-Scope"] = "user"
        return verdict

    def _count(self, key: str, limit: Limit) -> RateLimitResult:
        now = self._clock.now()
        window = self._windows.get(key)
        if window is None or now >= window.resets_at:
            self._forget_old(now)
            window = self._windows[key] = _Window(now + limit.window_s / self.speed)
        allowed = window.used < limit.count
        window.used += allowed
        wait_s = window.resets_at - now
        headers = {
            "X-RateLimit-Limit": str(limit.count),
            "X-RateLimit-Remaining": str(limit.count - window.used),
            "X-RateLimit-Reset": f"{window.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{math.ceil(wait_s * 1000) / 1000:.3f}",
        }
        return RateLimitResult(allowed, headers, 0.0 if allowed else wait_s)

    def _forget_old(self, now: float) -> None:
        if len(self._windows) >= MAX_BUCKETS:
            self._windows = {key: window for key, window in self._windows.items() if window.resets_at > now}
