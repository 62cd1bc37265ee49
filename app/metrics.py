"""Herald's metrics in Prometheus' format. docs/operators.md lists them."""

from __future__ import annotations

import asyncio
import platform
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from app.incidents import Interaction
from app.version import VERSION, commit
from processes import without

# Skip the client's own web servers, which would take 1 MB: aiohttp serves /metrics.
with without("http.server", "wsgiref.simple_server"):
    from prometheus_client import (
        CollectorRegistry,
        Counter,
        Gauge,
        Histogram,
        Info,
        ProcessCollector,
        disable_created_metrics,
        generate_latest,
    )

_ANSWER_LIMIT_S = 3.0  # Discord shows "did not respond" when the first answer takes longer
_REMEMBERED = 1_000  # interactions being answered that are tracked at most
_ID = re.compile(r"\d{15,20}")
_LATENCIES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, _ANSWER_LIMIT_S, 5.0, 10.0, 30.0)
_AGES = (1, 5, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 21_600, 86_400)


@dataclass(slots=True)
class _Asked:
    """An interaction that is being answered."""

    command: str
    at_s: float
    is_answered: bool = False


class Metrics:
    """The metrics of one process, set by the code that knows the values."""

    def __init__(self) -> None:
        # Otherwise each counter and histogram gets a second series, `_created`, which nobody needs.
        disable_created_metrics()
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        build = Info("herald_build", "Version of this Herald", registry=self.registry)
        build.info({"version": VERSION, "commit": commit(), "python": platform.python_version()})
        self.connected = self._gauge("herald_discord_connected", "1 while connected to Discord's gateway")
        self.ready_seconds = self._gauge("herald_ready_seconds", "Seconds from the process's start until ready")
        self.healthy = self._gauge("herald_healthy", "1 while /healthz finds nothing wrong")
        self.problems = self._gauge("herald_problems", "What /healthz finds wrong", "part")
        self.differences = self._gauge("herald_audit_differences", "What the last nightly audit found", "state")
        self._sources()
        self._owed()
        self._discord()
        self.loop_delay = self._histogram(
            "herald_event_loop_delay_seconds", "Delay of a timer in the event loop", (0.005, 0.01, 0.025, 0.05, 0.1, 1)
        )
        self.database_bytes = self._gauge("herald_database_bytes", "Size of the database with its log")
        self.cache_bytes = self._gauge("herald_cache_bytes", "Size of the copies of repositories")
        self.webhooks = self._counter("herald_webhook_requests", "Push events by the answer's status", "status")

    def _sources(self) -> None:
        self.last_success = self._gauge(
            "herald_newsletter_last_success_timestamp_seconds", "When a poll last succeeded", "newsletter"
        )
        self.poll_failures = self._counter("herald_newsletter_poll_failures", "Polls that failed", "newsletter")
        self.failing = self._gauge("herald_newsletter_consecutive_failures", "Polls failed in a row", "newsletter")
        self.poll_interval = self._gauge("herald_newsletter_poll_interval_seconds", "As configured", "newsletter")
        self.held = self._gauge("herald_issues_held", "Issues that wait for an admin", "newsletter")
        self.issues = self._gauge("herald_issues", "Issues in the archive", "newsletter")
        self.items = self._gauge("herald_items", "Items in the archive", "newsletter")
        self.import_files = self._gauge("herald_import_files", "Files of the current import", "newsletter", "state")

    def _owed(self) -> None:
        self.owed = self._gauge("herald_deliveries", "Deliveries that are not done", "state", "reason")
        self.waiting_channels = self._gauge("herald_channels_waiting", "Channels that cannot be posted to")
        self.posted = self._counter("herald_messages_posted", "Messages posted for the first time")
        self.latency = self._histogram(
            "herald_delivery_latency_seconds", "From an issue's last change in its source to the message", _AGES
        )

    def _discord(self) -> None:
        self.responses = self._counter(
            "herald_discord_responses", "Discord's responses; status none: no answer came", "method", "route", "status"
        )
        self.first_answers = self._histogram(
            "herald_interaction_first_answer_seconds",
            "From an interaction's arrival to its first answer; after 3 s Discord gives up",
            _LATENCIES,
            "command",
        )
        self.answers = self._histogram(
            "herald_interaction_answer_seconds",
            "From an interaction's arrival to its full answer",
            _LATENCIES,
            "command",
        )

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class InteractionTimer:
    """Measures response times: matches the answers among Discord requests with the interactions that arrived."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._asked: OrderedDict[str, _Asked] = OrderedDict()  # by token, which is part of each answer's URL

    def arrived(self, token: str, command: str) -> None:
        """Record an interaction received from the gateway."""
        self._asked[token] = _Asked(command, time.monotonic())
        # Interactions that are never answered would accumulate.
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)

    def answered(self, path: str) -> None:
        """Record a successful request to `path`, if it answers an interaction."""
        parts = path.strip("/").split("/")
        is_callback = parts[-1] == "callback"
        asked = next((self._asked[part] for part in parts if part in self._asked), None)
        if asked is None:
            return
        if not asked.is_answered:
            asked.is_answered = True
            self._metrics.first_answers.labels(asked.command).observe(time.monotonic() - asked.at_s)
        if not is_callback:
            self._answered_whole(asked)

    def answered_whole(self, token: str) -> None:
        """Record that an interaction's first answer was complete, which its URL does not show."""
        if (asked := self._asked.get(token)) is not None:
            self._answered_whole(asked)

    def _answered_whole(self, asked: _Asked) -> None:
        self._metrics.answers.labels(asked.command).observe(time.monotonic() - asked.at_s)


def route_of(path: str) -> str:
    """Return a request's path with variable parts replaced: `/channels/:id/messages`."""
    # One series per route: Prometheus keeps every series it has seen.
    parts = path.removeprefix("/api").strip("/").split("/")
    if parts and re.fullmatch(r"v\d+", parts[0]):
        parts = parts[1:]
    known: list[str] = []
    for index, part in enumerate(parts):
        if _ID.fullmatch(part):
            known.append(":id")
        elif index == 2 and parts[0] in {"interactions", "webhooks"}:
            known.append(":token")
        elif known and known[-1] == "reactions":
            known.append(":emoji")
        else:
            known.append(part)
    return "/" + "/".join(known)


def traced(metrics: Metrics, interactions: InteractionTimer) -> aiohttp.TraceConfig:
    """Return a trace that counts every request by discord.py."""
    trace = aiohttp.TraceConfig()

    async def ended(_session: Any, _context: Any, end: aiohttp.TraceRequestEndParams) -> None:
        metrics.responses.labels(end.method, route_of(end.url.path), str(end.response.status)).inc()
        if end.response.status < 300:
            interactions.answered(end.url.path)

    async def failed(_session: Any, _context: Any, end: aiohttp.TraceRequestExceptionParams) -> None:
        metrics.responses.labels(end.method, route_of(end.url.path), "none").inc()

    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace


def label_of(interaction: Interaction) -> str:
    """Return a metric label for an interaction: a command's name, else the kind of component."""
    if interaction.type is discord.InteractionType.autocomplete:
        return "autocomplete"
    if interaction.command is not None:
        return interaction.command.qualified_name
    return "modal" if interaction.type is discord.InteractionType.modal_submit else "control"


async def measure_loop(delay: Histogram, step_s: float = 0.5) -> None:
    """Measure how late the event loop runs its timers, until cancelled."""
    while True:
        began_s = time.monotonic()
        await asyncio.sleep(step_s)
        delay.observe(max(0.0, time.monotonic() - began_s - step_s))
