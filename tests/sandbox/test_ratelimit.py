from __future__ import annotations

import aiohttp
from sandbox_harness import Bot, Http, Starter, connected

from sandbox.rules.rate_limit import Limit, RateLimiter
from sandbox.values import ManualClock

FIVE = Limit(5, 5.0)


def test_a_window_begins_with_its_first_request() -> None:
    clock = ManualClock()
    limiter = RateLimiter(clock)
    verdicts = [limiter.take("POST /x", "1", FIVE) for _ in range(5)]
    assert [verdict.headers["X-RateLimit-Remaining"] for verdict in verdicts] == ["4", "3", "2", "1", "0"]
    clock.advance(4.5)
    refused = limiter.take("POST /x", "1", FIVE)
    assert (refused.allowed, refused.retry_after_s, refused.is_global) == (False, 0.5, False)
    assert limiter.take("POST /x", "2", FIVE).allowed
    clock.advance(0.5)
    assert limiter.take("POST /x", "1", FIVE).headers["X-RateLimit-Reset-After"] == "5.000"


def test_speed_shortens_windows_and_off_lets_all_pass() -> None:
    clock = ManualClock()
    assert RateLimiter(clock, speed=10).take("x", "", FIVE).headers["X-RateLimit-Reset-After"] == "0.500"
    off = RateLimiter(clock, enabled=False)
    assert all(off.take("x", "", FIVE).allowed for _ in range(100))


def test_all_requests_together() -> None:
    clock = ManualClock()
    limiter = RateLimiter(clock)
    allowed = [limiter.take(f"GET /{number}", "", FIVE).allowed for number in range(51)]
    assert allowed == [True] * 50 + [False]
    refused = limiter.take("GET /x", "", FIVE)
    assert (refused.is_global, refused.headers["X-RateLimit-Global"]) == (True, "true")
    assert limiter.take("POST /interactions", "", FIVE, is_global=False).allowed
    clock.advance(1)
    assert limiter.take("GET /x", "", FIVE).allowed


def test_old_buckets_are_forgotten() -> None:
    clock = ManualClock()
    limiter = RateLimiter(clock)
    for number in range(20_001):
        limiter.take("GET /x", str(number), FIVE, is_global=False)
    clock.advance(10)
    limiter.take("GET /x", "new", FIVE, is_global=False)
    assert len(limiter._windows) < 10


async def test_headers_and_refusal(start: Starter) -> None:
    clock = ManualClock()
    sandbox = await start(rate_limits=True, clock=clock)
    async with aiohttp.ClientSession() as session:
        http = Http(sandbox, session)
        url = f"{sandbox.api_base}/channels/{sandbox.channel('news').id}/messages"
        answers = []
        for _ in range(6):
            async with session.post(url, json={"content": "x"}, headers={"Authorization": "Bot sandbox"}) as answer:
                answers.append((answer.status, dict(answer.headers), await answer.json()))
        assert [status for status, _, _ in answers] == [200] * 5 + [429]
        _, headers, body = answers[-1]
        assert (headers["X-RateLimit-Scope"], headers["Retry-After"]) == ("user", "5")
        assert body == {"message": "You are being rate limited.", "code": 0, "retry_after": 5.0, "global": False}
        assert len({one["X-RateLimit-Bucket"] for _, one, _ in answers}) == 1
        clock.advance(5)
        assert (await http.api("GET", "/users/@me"))[0] == 200


async def test_discord_py_keeps_within_the_buckets(start: Starter) -> None:
    sandbox = await start(rate_limits=True, speed=50.0)
    bot = Bot()
    async with connected(sandbox, bot):
        channel = bot.get_partial_messageable(sandbox.channel("news").id)
        for number in range(12):
            await channel.send(str(number))
    assert len(sandbox.messages(sandbox.channel("news"))) == 12
    assert sandbox.core.log.by_status[429] == 0
