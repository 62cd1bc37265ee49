"""The proxy for Discord: the configured one, else the environment's, interpreted as Git and curl do."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from errors import ConfigError


def proxy_for(url: str, given: str | None) -> str | None:
    """Return the proxy for requests to `url`, or None: `given`, else that of HTTPS_PROXY or ALL_PROXY.

    NO_PROXY excludes hosts from the environment's proxies. Raises ConfigError if the proxy is not usable.
    """
    if given:
        return _checked(given, "discord.proxy")
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = urllib.request.getproxies_environment()
    # The sandbox runs on this machine, which no proxy reaches.
    if _is_loopback(host) or _is_excepted(host, proxies):
        return None
    name = parts.scheme if parts.scheme in proxies else "all"
    return _checked(proxies[name], f"{name.upper()}_PROXY") if proxies.get(name) else None


def _checked(proxy: str, name: str) -> str:
    """Return the proxy's address with its scheme, which may be omitted."""
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ConfigError(
            f"{name} names a proxy that Discord's connection cannot use: write http://host:port, or set discord.proxy "
            "to another one."
        )
    return address


def _is_excepted(host: str, proxies: dict[str, str]) -> bool:
    """Whether NO_PROXY names the host. The standard library's function for it is not public on all systems."""
    bypass = cast("Callable[[str, dict[str, str]], object]", vars(urllib.request)["proxy_bypass_environment"])
    return bool(bypass(host, proxies))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
