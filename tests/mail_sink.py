"""A small SMTP server for tests: takes mails in, refuses what it is told to, may be slow."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


@dataclass
class Sink:
    """What the server does, and what it has taken in."""

    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)  # address: answer to RCPT
    refuse_data: dict[str, str] = field(default_factory=dict)  # address: answer to DATA
    delay: float = 0.0  # before a mail is acknowledged
    hang_up_after: int | None = None  # mails, then the line is cut without a word
    on_mail: Callable[[str], None] = lambda _address: None
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def addresses(self) -> list[str]:
        """To whom mails came, in their order."""
        return [address for address, _mail in self.mails]


class _Line(socketserver.StreamRequestHandler):
    sink: Sink

    def handle(self) -> None:
        with suppress(ConnectionError):
            self.sink.connections += 1
            self._say("220 sink")
            while line := self.rfile.readline():
                if not self._answer(line.decode().strip()):
                    return

    def _answer(self, line: str) -> bool:
        word, sink = line.upper(), self.sink
        if word.startswith("RCPT"):
            self.to = line[line.index("<") + 1 : line.index(">")]
            self._say(sink.refuse.get(self.to, "250 ok"))
        elif word == "DATA":
            return self._take()
        elif word == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 ok")
        return True

    def _take(self) -> bool:
        sink, address = self.sink, self.to
        if address in sink.refuse_data:
            self._say(sink.refuse_data[address])
            return True
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if not line:
            return False  # killed in the middle: nothing was taken
        with sink.lock:
            sink.mails.append((address, message_from_bytes(b"".join(lines), policy=default)))
        sink.on_mail(address)
        if sink.delay:
            time.sleep(sink.delay)
        if sink.hang_up_after is not None and len(sink.mails) >= sink.hang_up_after:
            return False
        self._say("250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def mail_sink(port: int = 0) -> Iterator[Sink]:
    """Run the server on a free port of this machine, or on ``port``."""
    sink = Sink()
    handler = type("Line", (_Line,), {"sink": sink})
    with _Server(("127.0.0.1", port), handler) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def sink_of_site(settings: Any) -> Iterator[Sink]:
    """Run the server, and let the site under test send its mails to it without a pause."""
    with mail_sink() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", one.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.MAIL_PAUSE = 0.0
        yield one
