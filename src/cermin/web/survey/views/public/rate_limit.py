"""How often one address sends public forms: counted in memory, under a salt that lives one day.

Neither the address nor its hash is ever written down. Each server process counts for itself, so
the limit is a multiple of what stands here; after a restart all begin at zero.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import deque
from datetime import date, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

HOUR = timedelta(hours=1)
MOST_ADDRESSES = 50_000
_NETWORK_OF_ONE = 64  # bits of an IPv6 address that one household has


def address_of(request: HttpRequest) -> str:
    """Return who asks; behind a proxy the address that the proxy itself has seen."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    address = forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if known.version == 6:
        mapped = known.ipv4_mapped
        network = ipaddress.ip_network((known, _NETWORK_OF_ONE), strict=False)
        return str(mapped or network)
    return str(known)


class RateLimit:
    """Counts what each address did in the last hour."""

    def __init__(self) -> None:
        self._salt = b""
        self._day: date | None = None
        self._seen: dict[bytes, deque[datetime]] = {}
        self._lock = threading.Lock()

    def allows(self, what: str, address: str, *, most: int, now: datetime) -> bool:
        """Count one more, unless ``most`` have been counted in the last hour."""
        with self._lock:
            self._begin_day(now)
            key = hmac.digest(self._salt, f"{what}\0{address}".encode(), hashlib.sha256)
            if key not in self._seen and len(self._seen) >= MOST_ADDRESSES:
                self._forget_old(now)
            moments = self._seen.setdefault(key, deque(maxlen=most))
            while moments and moments[0] <= now - HOUR:
                moments.popleft()
            if len(moments) >= most:
                return False
            moments.append(now)
            return True

    def _begin_day(self, now: datetime) -> None:
        if self._day != now.date():
            self._day, self._salt = now.date(), secrets.token_bytes(32)
            self._seen.clear()

    def _forget_old(self, now: datetime) -> None:
        """Make room; a flood of addresses must not fill the memory."""
        self._seen = {key: kept for key, kept in self._seen.items() if kept[-1] > now - HOUR}
        while len(self._seen) >= MOST_ADDRESSES:
            self._seen.pop(next(iter(self._seen)))
