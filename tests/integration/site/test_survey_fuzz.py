"""Whatever is sent to the survey's public addresses: a plain answer, never a failure, no trace."""

from __future__ import annotations

import base64
import json
import socket
import time
from http.client import HTTPConnection, HTTPResponse
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cermin.web.pages import clock
from cermin.web.survey.models import CastSerial, Invitee, StagedBallot
from ports import free_port
from site_factory import as_member
from site_processes import new_site
from survey_factory import OPEN_DAY, Phone, codes_of, opened, paper_for, posting, some_answers, text

ADDRESSES = ("kelas", "ambil", "kirim")
SOME = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck),
)  # fmt: skip

DEEP = b"[" * 25_000 + b"]" * 25_000
CORPUS = (
    b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"{}", b"{", b'{"code"', b"\0", b"\xff\xfe",
    b"\xef\xbb\xbf{}", b"NaN", b'{"code": NaN}', DEEP, b'{"answers":' * 30_000, b"[1," * 30_000,
    b'{"code": ' + b"9" * 5000 + b"}", b'{"code": "' + b"A" * 100_000 + b'"}',
    b'{"code": "\\u0000"}', b'{"code": "\\ud800"}', b'{"code": "A", "code": "B"}',
    b'{"code": "0000000000000000", "blinded": "!!!!"}',
    b'{"code": "0000000000000000", "blinded": "AA"}',
    b'{"code": "0000000000000000", "blinded": 1}',
    b'{"code": "0000000000000000", "blinded": ""}',
    b'{"code": "0000000000000000", "blinded": "' + b"A" * 60_000 + b'"}',
    b'{"code": ["0000000000000000"]}', b'{"code": {"$ne": null}}', b'{"code": null}',
    b'{"class_number": 1e400, "serial": "", "signature": "", "answers": {}}',
    b'{"class_number": -1, "serial": "", "signature": "", "answers": {}}',
    b'{"class_number": 99999999999999999999, "serial": "", "signature": "", "answers": {}}',
    b'{"class_number": 1, "serial": "AA==", "signature": "AA==", "answers": []}',
    b'{"class_number": 1, "serial": "", "signature": "", "answers": {"0.x": ' + DEEP + b"}}",
)  # fmt: skip
TYPES = (
    "application/json", "text/plain", "", "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=x", "application/json; charset=utf-16",
    "application/json; charset=none-such", "APPLICATION/JSON", "a/b;" + "x" * 2000,
)  # fmt: skip


@pytest.fixture
def survey(house):
    with clock.set_to(OPEN_DAY):
        yield opened(house.agency, as_member(house.owner, house.agency))


def no_trace() -> bool:
    drawn = Invitee.objects.exclude(blinded_hash=None)
    return not (drawn.exists() or CastSerial.objects.exists() or StagedBallot.objects.exists())


def check(answer, body: object = "") -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, str(body)[:200])
    assert answer["Content-Type"] == "application/json"
    assert {"reason", "words"} <= set(answer.json()) <= {"reason", "words", "field"}
    assert answer.json()["words"]
    assert not answer.cookies


@pytest.mark.parametrize("address", ADDRESSES)
def test_corpus(survey, client, address: str) -> None:
    path = f"/survei/{survey.public_id}/{address}/"
    for body, content_type in product(CORPUS, TYPES):
        check(client.generic("POST", path, body, content_type=content_type), body)
    assert no_trace()


BODIES = {
    "kelas": {"code": "0" * 16}, "ambil": {"code": "0" * 16, "blinded": "AA=="},
    "kirim": {"class_number": 1, "serial": "AA==", "signature": "AA==", "answers": {}},
}  # fmt: skip
LENGTHS = ("", "x", "-1", "0", "1e3", "٣", "9" * 5000, "5", "64001", "1000000000")


def test_wrong_lengths(survey, client) -> None:
    body = json.dumps({"code": codes_of(survey)[0]}).encode()
    for address, length in product(ADDRESSES, LENGTHS):
        answer = client.generic(
            "POST", f"/survei/{survey.public_id}/{address}/", body,
            content_type="application/json", CONTENT_LENGTH=length,
        )  # fmt: skip
        check(answer, length)
    assert no_trace()


def test_other_methods_are_told_in_words(survey, client) -> None:
    methods = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
    for address, method in product(ADDRESSES, methods):
        answer = client.generic(method, f"/survei/{survey.public_id}/{address}/")
        assert answer.status_code == 405
        if method != "HEAD":
            check(answer)


def test_unknown_survey(db, client) -> None:
    for address, unknown in product(ADDRESSES, ("x", "0" * 200, "survei", "-", "_")):
        path = f"/survei/{unknown}/{address}/"
        check(client.post(path, {}, content_type="text/plain"))
        answer = client.post(path, BODIES[address], content_type="application/json")
        check(answer)
        assert answer.status_code == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("code", "blinded", "class_number", "serial", "signature", "answers", "extra")


@st.composite
def bodies(draw) -> bytes:
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    encoded = st.binary(max_size=600).map(lambda b: base64.b64encode(b).decode())
    fields = st.dictionaries(
        st.sampled_from(FIELDS), JSON | encoded | st.just("0" * 16) | st.just(1), max_size=6
    )
    return json.dumps(draw(fields)).encode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_any_body(survey, client, address: str) -> None:
    @given(bodies())
    @SOME
    def answered(body: bytes) -> None:
        path = f"/survei/{survey.public_id}/{address}/"
        check(client.generic("POST", path, body, content_type="application/json"), body)

    answered()
    assert no_trace()


def test_any_answers_on_a_true_ballot(survey, client) -> None:
    """The last check that stands between what people send and the box."""
    phone = Phone(survey.public_id, codes_of(survey)[0], posting(client))
    phone.draw()
    good = some_answers(paper_for(survey))
    names = st.sampled_from(list(good)) | st.text()

    @given(st.dictionaries(names, JSON, min_size=1, max_size=4))
    @SOME
    def answered(wrong: dict[str, object]) -> None:
        body = json.dumps(phone.ballot({**wrong, "0.no-such-question": 1}))
        path = f"/survei/{survey.public_id}/kirim/"
        answer = client.generic("POST", path, body, content_type="application/json")
        check(answer, body)

    answered()
    assert not StagedBallot.objects.exists()


# ------------------------------------------------------------------ over the wire
OPEN = """
from datetime import timedelta
from cermin.web.cycles.models import Phase, PhaseKind
from cermin.web.organisations.models import Role
from cermin.web.pages import clock
from site_factory import as_member, give_role, make_agency, make_structure, make_user
from survey_factory import codes_of, opened
agency = make_agency()
make_structure(agency)
owner = make_user("a@b.example")
give_role(owner, agency, Role.OWNER)
survey = opened(agency, as_member(owner, agency))
now = clock.now()
Phase.objects.filter(kind=PhaseKind.SURVEY).update(
    opens_at=now - timedelta(1), closes_at=now + timedelta(1))
answer = {"survey": survey.public_id, "codes": codes_of(survey)}
"""
COUNT = """
from cermin.web.survey.models import CastSerial, Invitee, StagedBallot
answer = [Invitee.objects.exclude(blinded_hash=None).count(), CastSerial.objects.count(),
          StagedBallot.objects.count()]
"""


@pytest.mark.own_site
@pytest.mark.slow
def test_corpus_over_a_real_server(tmp_path: Path) -> None:
    site = new_site(tmp_path / "site")
    opened_now = site.python(OPEN)
    port = free_port()
    server = site.start("serve", "--port", port, "--workers", "1")
    try:
        _await(port)
        code = opened_now["codes"][0]
        for address in ADDRESSES:
            path = f"/survei/{opened_now['survey']}/{address}/"
            for body in (*CORPUS, b"x" * 100_000):
                for headers in ({"Content-Type": "application/json"}, {"Content-Type": "text/csv"}):
                    status, answer = _send(port, path, body, headers)
                    assert 400 <= status < 500, (path, body[:80])
                    assert answer["words"]
            status, answer = _send_in_chunks(port, path, [b'{"code": "', code.encode(), b'"}'])
            assert 400 <= status < 500
            assert answer["words"]
        wanted = {"code": code, "blinded": text(b"\1" * 255)}
        body = json.dumps(wanted).encode()
        status, answer = _send(
            port, f"/survei/{opened_now['survey']}/ambil/", body,
            {"Content-Type": "application/json"},
        )  # fmt: skip
        assert (status, answer["reason"]) == (400, "malformed")
        assert site.python(COUNT) == [0, 0, 0]
    finally:
        server.terminate()
        log = server.communicate(timeout=120)[0]
    assert "Traceback" not in log
    assert code not in log
    assert "A survey address failed" not in log
    assert opened_now["survey"] not in log  # no moment at which somebody was refused


def _await(port: int) -> None:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        try:
            _send(port, "/survei/x/kelas/", b"{}", {})
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def _send(port: int, path: str, body: object, headers: dict[str, str]) -> tuple[int, dict]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _send_in_chunks(port: int, path: str, parts: list[bytes]) -> tuple[int, dict]:
    """Send all at once: the server refuses such a body by its heading and reads no further."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body)
        answer = HTTPResponse(line, method="POST")
        answer.begin()
        return answer.status, json.loads(answer.read())
