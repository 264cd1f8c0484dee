"""The trail under attack by someone with all of the database but not the key."""
# ruff: noqa: S608 - the statements of the attacker are put together from constants

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from cermin.core.errors import UserError
from cermin.web.audit import queries
from cermin.web.audit.actions import canonical, record
from cermin.web.audit.actor import Actor, system
from cermin.web.audit.chain import SENTENCES, Anchor, Break, parse_anchor
from cermin.web.audit.guard import REFUSED, REFUSED_HEAD, TRAIL
from cermin.web.audit.models import AuditEvent, ChainHead
from cermin.web.audit.queries import head_length, verify_chain
from cermin.web.sealing import make_key
from site_factory import NOW
from site_flush import disarm

N = 12


def write(n: int = N, *, name: str = "Sri Lestari") -> None:
    for number in range(n):
        with transaction.atomic():
            record(
                "unit_renamed", by=Actor("7", name, "/i/rawa-bening/unit/3/"), now=NOW,
                agency="rawa-bening", object_type="unit", object_id=number, old="A", new=number,
            )  # fmt: skip


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def trail(db: None) -> None:
    """Twelve events, on a database whose administrator has dropped the triggers."""
    write()
    disarm()


def found() -> tuple[Break | None, int]:
    verdict = verify_chain()
    return verdict.broken, verdict.sequence


def renumber(old: int, new: int) -> None:
    sql(f"UPDATE {TRAIL} SET sequence = %s WHERE sequence = %s", new, old)


def copy_row(old: int, new: int) -> None:
    columns = "at, agency, actor_id, actor_name, page, action, object_type, object_id, details"
    sql(
        f"INSERT INTO {TRAIL} (sequence, code, {columns}) "
        f"SELECT %s, code, {columns} FROM {TRAIL} WHERE sequence = %s",
        new, old,
    )  # fmt: skip


# ------------------------------------------------------------------ honest trails


def test_an_empty_trail_is_sound(db: None) -> None:
    assert verify_chain() == queries.Verdict(0, b"\0" * 32)
    assert head_length() == 0


def test_an_honest_trail_is_sound_in_any_batch(db: None, monkeypatch) -> None:
    write()
    seen: list[int] = []
    for batch in (1, 5, N, N + 1):
        monkeypatch.setattr(queries, "BATCH", batch)
        verdict = verify_chain(progress=seen.append)
        assert (verdict.broken, verdict.length) == (None, N)
    assert head_length() == N
    assert seen == [*range(1, N + 1), 5, 10, N]


def test_events_written_during_the_check_are_no_break(db: None) -> None:
    write(3)
    rows = queries._rows
    added = []

    def rows_while_others_write(walk, anchor, progress):
        verdict = rows(walk, anchor, progress)
        if not added:
            added.append(write(2))
        return verdict

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "_rows", rows_while_others_write)
        verdict = verify_chain()
    assert (verdict.broken, verdict.length) == (None, 5)


@runs(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    details=st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats()
            | st.decimals() | st.text() | st.dates() | st.datetimes() | st.uuids()
            | st.sets(st.integers()),
            lambda inner: st.lists(inner, max_size=3) | st.tuples(inner)
            | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    ),
    name=st.text(max_size=300),
)  # fmt: skip
def test_whatever_is_recorded_comes_back_as_it_was_written(db: None, details, name) -> None:
    """Databases rewrite numbers and refuse some characters; the chain must not look broken."""
    keys = {"action", "by", "now", "agency", "object_type", "object_id"}
    clean = {key: value for key, value in details.items() if key not in keys}
    with transaction.atomic():
        event = record("x", by=Actor("1", name, "/" + name), now=NOW, object_id=name, **clean)
    assert canonical(AuditEvent.objects.get(sequence=event.sequence)) == canonical(event)
    assert verify_chain().broken is None


def test_details_of_other_types_are_a_bug(db: None) -> None:
    with pytest.raises(TypeError, match="object"), transaction.atomic():
        record("x", by=system("tes"), now=NOW, thing=object())


# ------------------------------------------------------------------ the database refuses


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"UPDATE {TRAIL} SET action = 'x' WHERE sequence = 2", REFUSED),
        (f"DELETE FROM {TRAIL} WHERE sequence = 2", REFUSED),
        (f"DELETE FROM {TRAIL}", REFUSED),
        ("DELETE FROM audit_chainhead", REFUSED_HEAD),
        ("UPDATE audit_chainhead SET length = length - 1", REFUSED_HEAD),
        ("UPDATE audit_chainhead SET id = 2, length = length + 1", REFUSED_HEAD),
    ],
)
def test_the_database_refuses_to_change_the_trail(db: None, statement: str, words: str) -> None:
    write(3)
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        sql(statement)
    assert verify_chain().broken is None


def test_the_database_refuses_to_empty_the_trail(db: None) -> None:
    write(3)
    word = "TRUNCATE TABLE" if connection.vendor == "postgresql" else "DELETE FROM"
    for table, words in ((TRAIL, REFUSED), ("audit_chainhead", REFUSED_HEAD)):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            sql(f"{word} {table}")
    assert AuditEvent.objects.count() == 3


def test_the_framework_cannot_change_the_trail_either(db: None) -> None:
    write(3)
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        AuditEvent.objects.filter(sequence=1).update(actor_name="Orang lain")
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        AuditEvent.objects.all().delete()


def test_the_triggers_go_and_come_with_their_migration(transactional_db: None) -> None:
    before, after = [("audit", "0001_initial")], [("audit", "0002_append_only")]
    MigrationExecutor(connection).migrate(before)
    write(1)
    sql(f"UPDATE {TRAIL} SET page = page")
    MigrationExecutor(connection).migrate(after)
    with pytest.raises(IntegrityError, match=REFUSED):
        sql(f"UPDATE {TRAIL} SET page = page")


# ------------------------------------------------------------------ attacks


CHANGES = {
    "sequence": None,
    "at": "2020-01-01 00:00:00+00:00",
    "agency": "tanjung-asri",
    "actor_id": "8",
    "actor_name": "Orang lain",
    "page": "/",
    "action": "unit_removed",
    "object_type": "member",
    "object_id": "99",
    "details": '{"old": "B"}',
    "code": b"x" * 32,
}


def test_every_field_is_known_to_the_attack() -> None:
    assert set(CHANGES) == {field.attname for field in AuditEvent._meta.fields}


@pytest.mark.parametrize("row", [1, 6, N])
@pytest.mark.parametrize("field", [field for field in CHANGES if field != "sequence"])
def test_a_changed_row_is_found(trail: None, field: str, row: int) -> None:
    sql(f"UPDATE {TRAIL} SET {field} = %s WHERE sequence = %s", CHANGES[field], row)
    assert found() == (Break.CHANGED, row)


@pytest.mark.parametrize("row", [1, 6, N - 1])
def test_a_missing_row_is_found(trail: None, row: int) -> None:
    sql(f"DELETE FROM {TRAIL} WHERE sequence = %s", row)
    assert found() == (Break.MISSING, row)


@pytest.mark.parametrize(("row", "n"), [(1, 1), (6, 1), (4, 3)])
def test_missing_rows_are_found_though_the_rest_was_renumbered(trail: None, row, n) -> None:
    sql(f"DELETE FROM {TRAIL} WHERE sequence >= %s AND sequence < %s", row, row + n)
    for old in range(row + n, N + 1):
        renumber(old, old - n)
    for head in (N, N - n):
        sql("UPDATE audit_chainhead SET length = %s", head)
        assert found() == (Break.MISSING, row)


def test_a_missing_row_before_the_last_is_found_though_that_was_renumbered(trail: None) -> None:
    sql(f"DELETE FROM {TRAIL} WHERE sequence = %s", N - 1)
    renumber(N, N - 1)
    sql("UPDATE audit_chainhead SET length = %s", N - 1)
    assert found() == (Break.CHANGED, N - 1)


@pytest.mark.parametrize(("one", "other"), [(5, 6), (1, 2), (3, 9), (1, N), (N - 1, N), (2, N)])
def test_rows_that_changed_places_are_found(trail: None, one: int, other: int) -> None:
    renumber(one, -1)
    renumber(other, one)
    renumber(-1, other)
    assert found() == (Break.REORDERED, one)


@pytest.mark.parametrize(("old", "new"), [(3, 9), (9, 3), (1, N), (N, 1)])
def test_a_row_moved_with_the_rest_renumbered_is_found(trail: None, old: int, new: int) -> None:
    renumber(old, -1)
    step = 1 if new > old else -1
    for number in range(old, new, step):
        renumber(number + step, number)
    renumber(-1, new)
    assert found() == (Break.REORDERED, min(old, new))


def test_a_trail_turned_round_is_found(trail: None) -> None:
    sql(f"UPDATE {TRAIL} SET sequence = -sequence")
    sql(f"UPDATE {TRAIL} SET sequence = sequence + %s", N + 1)
    assert found() == (Break.CHANGED, 1)  # that kind is also named when none other can be shown


@pytest.mark.parametrize("row", [1, 6, N])
def test_an_inserted_row_is_found(trail: None, row: int) -> None:
    for old in range(N, row - 1, -1):
        renumber(old, old + 1)
    copy_row(1 if row > 1 else 2, row)
    sql(f"UPDATE {TRAIL} SET action = 'forged', code = %s WHERE sequence = %s", b"y" * 32, row)
    sql("UPDATE audit_chainhead SET length = %s", N + 1)
    assert found() == (Break.INSERTED, row)


@pytest.mark.parametrize("number", [0, -5])
def test_a_row_before_the_first_is_found(trail: None, number: int) -> None:
    copy_row(3, number)
    assert found() == (Break.INSERTED, number)


def test_an_appended_row_is_found(trail: None) -> None:
    copy_row(4, N + 1)
    assert found() == (Break.INSERTED, N + 1)
    sql("UPDATE audit_chainhead SET length = %s", N + 1)
    assert found() == (Break.REORDERED, N + 1)  # genuine, but row 4
    sql(f"UPDATE {TRAIL} SET action = 'forged' WHERE sequence = %s", N + 1)
    assert found() == (Break.CHANGED, N + 1)


@pytest.mark.parametrize("kept", [N - 1, 5, 0])
def test_a_cut_off_end_is_found(trail: None, kept: int) -> None:
    noted = verify_chain().anchor
    sql(f"DELETE FROM {TRAIL} WHERE sequence > %s", kept)
    assert found() == (Break.CUT_OFF, kept + 1)
    # With the head set back too, only what was noted outside can tell.
    code = AuditEvent.objects.get(sequence=kept).code if kept else b"\0" * 32
    sql("UPDATE audit_chainhead SET length = %s, code = %s", kept, code)
    assert found() == (None, 0)
    verdict = verify_chain(anchor=noted)
    assert (verdict.broken, verdict.sequence) == (Break.CUT_OFF, kept + 1)


def test_a_forged_head_is_found(trail: None) -> None:
    sql("UPDATE audit_chainhead SET code = %s", b"z" * 32)
    assert found() == (Break.FORGED_HEAD, N)
    code = AuditEvent.objects.get(sequence=N - 1).code
    sql("UPDATE audit_chainhead SET length = %s, code = %s", N - 1, code)
    assert found() == (Break.FORGED_HEAD, N)
    sql("DELETE FROM audit_chainhead")
    assert found() == (Break.FORGED_HEAD, N)


@pytest.mark.parametrize("keyed_with", [b"", b"secret", b"\0" * 32])
@pytest.mark.parametrize("row", [1, 6, N])
def test_an_attacker_who_computes_all_codes_anew_is_found(trail, row, keyed_with) -> None:
    """Everything about the chain is public but the key; a chain of plain hashes would pass."""
    sql(f"UPDATE {TRAIL} SET actor_name = 'Orang lain' WHERE sequence = %s", row)
    code = AuditEvent.objects.get(sequence=row - 1).code if row > 1 else b"\0" * 32
    for event in AuditEvent.objects.filter(sequence__gte=row):
        code = hashlib.sha256(keyed_with + bytes(code) + canonical(event)).digest()
        sql(f"UPDATE {TRAIL} SET code = %s WHERE sequence = %s", code, event.sequence)
    sql("UPDATE audit_chainhead SET code = %s", code)
    assert found() == (Break.CHANGED, row)


def test_a_trail_written_anew_with_another_key_is_found(db, settings, tmp_path) -> None:
    kept = settings.KEY_FOLDER
    make_key(tmp_path / "keys")
    settings.KEY_FOLDER = tmp_path / "keys"
    write()
    settings.KEY_FOLDER = kept
    assert found() == (Break.CHANGED, 1)


def test_a_trail_written_anew_with_the_key_is_found_by_the_anchor(db: None) -> None:
    """Whoever has the key can write any trail: only a note outside the site tells."""
    write()
    noted = verify_chain().anchor
    disarm()
    sql(f"DELETE FROM {TRAIL}")
    sql("DELETE FROM audit_chainhead")
    write(N + 2, name="Orang lain")
    assert found() == (None, 0)
    verdict = verify_chain(anchor=noted)
    assert (verdict.broken, verdict.sequence) == (Break.ANCHOR, N)


# ------------------------------------------------------------------ anchors


def test_an_anchor_stays_good_as_the_trail_grows(db: None) -> None:
    write(5)
    noted = str(verify_chain().anchor)
    write(3)
    assert verify_chain(anchor=parse_anchor(noted)).broken is None
    assert verify_chain(anchor=parse_anchor(noted.upper())).broken is None


def test_anchors_are_read_as_people_write_them() -> None:
    wanted = Anchor(1204, "9f3a0b7c55d1aaaa")
    assert str(wanted) == "1204:9f3a-0b7c-55d1-aaaa"
    for text in (
        "1204:9f3a-0b7c-55d1-aaaa",
        " 1.204 : 9F3A 0B7C 55D1 AAAA",
        "1204:9f3a0b7c55d1aaaa",
    ):
        assert parse_anchor(text) == wanted


@pytest.mark.parametrize("text", ["", "1204", "1204:", "1204:9f3a", "x:9f3a0b7c", "0:9f3a0b7c55d1",
                                  "1:" + "a" * 65, "1:zzzzzzzzzz"])  # fmt: skip
def test_nonsense_is_no_anchor(text: str) -> None:
    with pytest.raises(UserError, match="Jangkar"):
        parse_anchor(text)


def test_every_kind_of_break_has_words() -> None:
    assert set(SENTENCES) == set(Break)
    assert all("7" in sentence.format(sequence=7) for sentence in SENTENCES.values())


# ------------------------------------------------------------------ many writers


WRITER = """
import sys, threading
from pathlib import Path
from cermin.web.start import prepare
prepare(Path(sys.argv[1]))
from django.core.management import call_command
from django.db import connections, transaction
from cermin.web.audit.actions import record
from cermin.web.audit.actor import system
from cermin.web.audit.queries import verify_chain
from cermin.web.pages.clock import now
if sys.argv[2] == "migrate":
    call_command("migrate", "audit", verbosity=0)
elif sys.argv[2] == "verify":
    verdict = verify_chain()
    print(verdict.broken, verdict.length)
else:
    def run():
        for number in range(10):
            with transaction.atomic():
                record("x", by=system("tes"), now=now(), object_id=number)
        connections.close_all()
    threads = [threading.Thread(target=run) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


@pytest.mark.own_site
def test_writers_at_the_same_time_make_one_chain(transactional_db: None, tmp_path: Path) -> None:
    """Two processes of four threads each, on a file of SQLite or on the server of PostgreSQL."""
    given = connection.settings_dict
    make_key(tmp_path / "keys")
    (tmp_path / "site.env").write_text("")
    url = "postgresql://{USER}@{HOST}:{PORT}/{NAME}".format(**given)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cermin.web.settings",
        "CERMIN_KEYS": str(tmp_path / "keys"),
        "CERMIN_DATABASE_URL": url if connection.vendor == "postgresql" else "",
    }

    def start(what: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, str(tmp_path), what],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ended(*processes: subprocess.Popen[str]) -> list[tuple[str, str]]:
        return [process.communicate(timeout=120) for process in processes]

    assert ended(start("migrate")) == [("", "")]
    assert ended(start("write"), start("write")) == [("", "")] * 2
    assert ended(start("verify")) == [("None 80\n", "")]


def test_an_undone_write_leaves_no_event(transactional_db: None) -> None:
    write(2)
    with transaction.atomic():
        record("x", by=system("tes"), now=NOW)
        transaction.set_rollback(True)
    write(1)
    assert (verify_chain().broken, ChainHead.objects.get().length) == (None, 3)
    assert json.loads(canonical(AuditEvent.objects.last()))[0] == 3
