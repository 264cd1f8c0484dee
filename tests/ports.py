"""Ports for servers that tests start."""

from __future__ import annotations

import itertools
import os
import socket

# Below those that the system gives to outgoing lines, and apart for each process of the run: a
# port that was found free is still free seconds later, when the server begins to listen.
_FIRST, _EACH = 20_000, 1_000
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.count(_FIRST + _EACH * _worker + os.getpid() % (_EACH // 2))


def free_port() -> int:
    """Return a port of this machine that nobody listens on, another one each time."""
    for port in _ports:
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("never reached: there is always another number")
