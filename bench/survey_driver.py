"""The load: phones that draw and cast over connections that stay open."""

from __future__ import annotations

import base64
import itertools
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import gmpy2

from bench.survey_site import Invitation, SiteUnderTest
from cermin.web import blind_signatures

_TICKS = os.sysconf("SC_CLK_TCK")
_ITEMS = "bp1 bp2 bp3 a1 a2 a3 k1 k2 k3 h1 h2 h3 l1 l2 l3 ad1 ad2 ad3 ko1 ko2 ko3"
_ANSWERS = {f"0.{item}": 4 for item in _ITEMS.split(" ")}


@dataclass(frozen=True)
class Load:
    """What one run of a load has shown; ``cpu`` is seconds per submission."""

    per_second: float
    p50: float
    p95: float
    cpu: float
    failures: int = 0
    peak_megabytes: float | None = None
    log_bytes: float = 0.0  # of the database, per submission


@dataclass(frozen=True)
class Ready:
    """A phone that has blinded and waits for its person to press send."""

    invitation: Invitation
    serial: bytes
    blinded: blind_signatures.Blinded


class Phones:
    """All invitations, blinded a few thousand ahead of the clock."""

    def __init__(self, invitations: Sequence[Invitation]) -> None:
        self._rest = iter(invitations)

    def ready(self, n: int) -> list[Ready]:
        """Return the next ``n`` phones; an error when the invitations are used up."""
        made = [_blinded(one) for one in itertools.islice(self._rest, n)]
        if len(made) < n:
            raise RuntimeError("the invitations are used up: measure for fewer seconds")
        return made


def _blinded(invitation: Invitation) -> Ready:
    serial = blind_signatures.prepare(secrets.token_bytes(32))
    return Ready(invitation, serial, blind_signatures.blind(invitation.modulus, serial))


@dataclass
class _Shared:
    """What the clients of one run have in common."""

    site: SiteUnderTest
    phones: Iterator[Ready]
    until: float = 0.0
    taken: list[float] = field(default_factory=list)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def run_load(site: SiteUnderTest, phones: Phones, *, clients: int, seconds: float) -> Load:
    """Let ``clients`` phones at a time draw and cast for ``seconds``."""
    shared = _Shared(site, iter(phones.ready(int(seconds * 480))))
    _warm(shared, clients)
    logged = site.log_bytes()
    before, begin = cpu_seconds(site.processes()), time.perf_counter()
    shared.until = begin + seconds
    threads = [threading.Thread(target=_client, args=(shared,)) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took = time.perf_counter() - begin
    load = load_of(
        shared.taken, took, cpu_seconds(site.processes()) - before, shared.failures,
        peak=sum(map(_peak, site.processes()[:3])),
    )  # fmt: skip
    return replace(load, log_bytes=(site.log_bytes() - logged) / len(shared.taken))


def load_of(
    taken: list[float], seconds: float, cpu: float, failures: int = 0, peak: float | None = None
) -> Load:
    """Return the figures of a run from the seconds of each submission."""
    ordered = sorted(taken)
    return Load(
        per_second=len(taken) / seconds,
        p50=ordered[len(ordered) // 2],
        p95=ordered[int(len(ordered) * 0.95)],
        cpu=cpu / len(taken),
        failures=failures,
        peak_megabytes=peak,
    )


def _warm(shared: _Shared, clients: int) -> None:
    """Open connections and read keys before the clock starts."""
    shared.until = time.perf_counter() + 0.5
    threads = [threading.Thread(target=_client, args=(shared,)) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    shared.taken.clear()


def _client(shared: _Shared) -> None:
    with Connection(shared.site.port) as line:
        while time.perf_counter() < shared.until:
            with shared.lock:
                phone = next(shared.phones, None)
            if phone is None:
                return
            begin = time.perf_counter()
            done = _submit(line, shared.site.survey, phone)
            with shared.lock:
                shared.taken.append(time.perf_counter() - begin)
                shared.failures += not done


def _submit(line: Connection, survey: str, phone: Ready) -> bool:
    invitation = phone.invitation
    status, drawn = line.post(
        f"/survei/{survey}/ambil/",
        {"code": invitation.code, "blinded": _text(phone.blinded.message)},
    )
    if status != 200:
        return False
    signed = gmpy2.mpz(int.from_bytes(base64.b64decode(drawn["blind_signature"]), "big"))
    modulus = int.from_bytes(invitation.modulus, "big")
    signature = int(signed * phone.blinded.inverse % modulus).to_bytes(256, "big")
    status, _answer = line.post(
        f"/survei/{survey}/kirim/",
        {
            "class_number": invitation.class_number,
            "serial": _text(phone.serial),
            "signature": _text(signature),
            "answers": _ANSWERS,
        },
    )
    return status == 200


class Connection:
    """HTTP over one socket, with as little of its own work as can be."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def post(self, path: str, body: dict) -> tuple[int, dict]:
        """Post JSON; return status and answer."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        status, answer = self.exchange(head.encode() + content)
        return status, json.loads(answer)

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send one request; return status and body."""
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _end, body = received.partition(b"\r\n\r\n")
        size = next(
            int(one.split(b":")[1]) for one in head.lower().split(b"\r\n")
            if one.startswith(b"content-length")
        )  # fmt: skip
        while len(body) < size:
            body += self._more()
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> bytes:
        some = self._socket.recv(65_536)
        if not some:
            raise ConnectionError("the server closed the connection")
        return some


def cpu_seconds(processes: Sequence[int]) -> float:
    """Return the processor time that these processes have used so far."""
    total = 0
    for pid in processes:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:", 1)[1].split()[0]) / 1024


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
