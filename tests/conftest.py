"""Settings of the whole suite."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# a busy machine must not turn a slow example into a failure: the suite's own time limit bounds every test
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
