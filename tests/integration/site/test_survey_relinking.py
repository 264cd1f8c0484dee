"""Who answered what? An attacker with dumps, journals, logs and keys tries to find out.

The same attack is run on designs as many make them, where it must succeed: an attack that cannot
succeed proves nothing. ``pytest -s`` prints the table of rates.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

import proxies
from attacks import naive
from attacks.dumps import (
    OURS,
    Dump,
    PostgresMachine,
    Row,
    SqliteMachine,
    folder_of_keys,
    journal_of,
)
from attacks.linking import (
    Ballot,
    Score,
    best,
    check_no_better_than_chance,
    most_by_chance,
)
from attacks.needles import first_places
from attacks.signs import BallotSign, all_links, signs_of_ballots, signs_of_people, unmarked
from clusters import Cluster, cluster
from site_processes import Site, new_site
from survey_site import HOST, Invitation, Person, Processes, answer_all, open_survey, running

pytestmark = [pytest.mark.own_site, pytest.mark.slow, pytest.mark.timeout(900)]

SIZES = (90, 130, 190, 260, 330, 450, 550)
BETWEEN_MOVES = 90
BOX_KEY = "kotak.key"
Machine = PostgresMachine | SqliteMachine


@dataclass
class Story:
    """A survey that was answered, and what the attacker has carried off at five moments."""

    name: str
    invitation: Invitation
    machine: Machine
    people: Sequence[Person]
    dumps: list[Dump] = field(default_factory=list)
    replayed: list[Row] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    staged: list[int] = field(default_factory=list)  # in staging when a dump was taken
    kept: list[Ballot] = field(default_factory=list)  # the snapshot, in its order
    logs: str = ""

    @property
    def truth(self) -> dict[str, Ballot]:
        """Who answered what."""
        return {one.id: (one.class_number, one.levels) for one in self.people}


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as one:
        yield one


@pytest.fixture(
    scope="module",
    params=[("postgresql", 1), ("postgresql", 8), ("sqlite", 1), ("sqlite", 8)],
    ids=lambda param: f"{param[0]}, {param[1]} at once",
)
def story(
    request: pytest.FixtureRequest, server: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    kind, at_once = request.param
    folder = tmp_path_factory.mktemp("story")
    address = server.create(folder.name) if kind == "postgresql" else ""
    site = new_site(folder / "site", "--hosts", HOST, database=address)
    machine = (
        PostgresMachine(address, server.data)
        if address
        else SqliteMachine(site.folder / "site.sqlite3", folder)
    )
    invitation = open_survey(site, SIZES)
    told = Story(f"{kind}, {at_once} at once", invitation, machine, invitation.people)
    with running(site, folder / "run") as processes, ExitStack() as until_end:
        door = Door(processes.port)
        if proxies.NGINX is not None:
            front = proxies.nginx(site, HOST, processes.port, folder / "nginx")
            proxy = until_end.enter_context(front)
            door = Door(proxy.port, tls=True)
        _live_through(told, site, processes, door, at_once)
        told.logs = processes.log() + (server.log if address else "")
        told.logs += "".join(proxy.written.values()) if door.tls else ""
    return told


@pytest.fixture(scope="module")
def story_people() -> list[Person]:
    """People of the same classes, with answers, for designs that have no protocol."""
    dice = random.Random(7)  # noqa: S311
    classes = [number for number, size in enumerate(SIZES) for _n in range(size)]
    dice.shuffle(classes)
    return [
        Person(f"{i:032x}", "", number, bytes(dice.randint(1, 6) for _q in range(21)))
        for i, number in enumerate(classes)
    ]


@dataclass(frozen=True)
class Door:
    """Where people come in."""

    port: int
    tls: bool = False


def _live_through(story: Story, site: Site, processes: Processes, door: Door, at_once: int) -> None:
    staging = OURS.ballots[1]

    def dump(moment: str) -> None:
        one = story.machine.dump(moment, OURS)
        one.keys = folder_of_keys(site.folder / "keys")
        story.dumps.append(one)
        story.staged.append(len(one.ballots[1]))

    dump("open")
    people = story.people
    chunks = [people[i : i + BETWEEN_MOVES] for i in range(0, len(people), BETWEEN_MOVES)]
    for number, chunk in enumerate(chunks):
        answer_all(story.invitation, chunk, door.port, at_once=at_once, tls=door.tls)
        if number == len(chunks) // 2:
            dump("between batches")
        if number < len(chunks) - 1:
            story.replayed += story.machine.rows(staging)
            story.batches.append(processes.ask("move"))
        if number == len(chunks) // 2:
            dump("after batches")
    dump("before closing")
    story.batches.append(story.staged[-1])
    assert processes.ask("close") is True
    story.kept = [(number, bytes.fromhex(levels)) for number, levels in processes.ask("kept")]
    dump("after closing")


def reader_with(
    keys: Mapping[str, bytes], classes: Collection[int], columns: int
) -> Callable[[bytes], Ballot | None]:
    """Return what opens a stored ballot with any of these files, layer by layer."""
    words = {word for content in keys.values() for word in content.split() if len(word) == 64}
    boxes = [SealedBox(PrivateKey(bytes.fromhex(word.decode()))) for word in words]

    def read(content: bytes) -> Ballot | None:
        plain, inner = content, _opened_by(boxes, content)
        while inner is not None:
            plain, inner = inner, _opened_by(boxes, inner)
        ballot = int.from_bytes(plain[4:8], "big"), plain[8 : 8 + columns]
        return ballot if ballot[0] in classes else None  # else still sealed

    return read


def _opened_by(boxes: Sequence[SealedBox], content: bytes) -> bytes | None:
    for box in boxes:
        with suppress(CryptoError, ValueError):
            return box.decrypt(content)
    return None


def keys_of(story: Story, *, box: bool) -> dict[str, bytes]:
    """Return every key file that was there at any of the moments."""
    return {
        f"{dump.moment} {name}": content
        for dump in story.dumps
        for name, content in dump.keys.items()
        if box or not name.endswith(BOX_KEY)
    }


def show(attacker: str, score: Score) -> None:
    print(score.line(attacker))  # noqa: T201 - the table of rates


def links_with(story: Story, keys: Mapping[str, bytes]) -> list[Score]:
    """Try every sign on what these keys open."""
    classes = {person.class_number for person in story.people}
    reader = reader_with(keys, classes, len(story.people[0].levels))
    ballots = signs_of_ballots(story.dumps, reader, story.replayed)
    return all_links(signs_of_people(story.dumps), ballots, story.truth)


def everything_raw(story: Story) -> bytes:
    """Return the bytes of all that was carried off."""
    parts = [journal_of(story.dumps), story.logs.encode()]
    for dump in story.dumps:
        parts += [dump.heap, *dump.journal.values(), *dump.keys.values()]
    return b"".join(parts)


def test_story_is_one(story: Story) -> None:
    """The attack is on what it should be: everybody answered, several batches, five moments."""
    assert sorted(story.kept) == sorted(story.truth.values())
    assert len(story.dumps) == 5
    assert len(story.batches) > 3
    assert sum(story.batches) == len(story.people)
    assert min(story.staged[1], story.staged[3]) > 0 == story.staged[2]
    # The attacker sees the order of draws: who was marked between two dumps, and in the journal.
    assert len(signs_of_people(story.dumps)["windows"]) == len(story.people)
    assert len(signs_of_people(story.dumps)["journal"]) > 50


def test_logs_tell_no_order(story: Story) -> None:
    """Nothing was written down about anybody's request: not even that there was one."""
    assert story.invitation.survey not in story.logs
    assert "/survei/" not in story.logs
    assert not any(person.code in story.logs for person in story.people)


def test_after_closing_nobody_is_linked(story: Story) -> None:
    """Every dump ever made, and every key that still exists."""
    left = story.dumps[-1].keys
    assert list(left) == ["site.key"]
    assert links_with(story, left) == []  # it opens no ballot
    rows = BallotSign("rows of the snapshot", unmarked(story.kept))
    scores = all_links(signs_of_people(story.dumps), [rows], story.truth)
    show(f"{story.name}: after closing", best(scores))
    check_no_better_than_chance(scores)
    assert not story.dumps[-1].marks
    assert not any(story.dumps[-1].ballots)


def test_without_the_box_key_no_answer_is_learned(story: Story) -> None:
    """During the survey: signing keys, secret of the codes, key of the site, of staging, too."""
    keys = keys_of(story, box=False)
    assert {name.rsplit("/", 1)[-1] for name in keys} >= {"undangan.key", "tanda-tangan.keys"}
    assert links_with(story, keys) == []
    answers = [person.levels for person in story.people]
    assert first_places(everything_raw(story), answers) == {}  # nor do they stand anywhere plainly
    print(f"{story.name}: without the box key: 0 answers read")  # noqa: T201


def test_with_the_box_key_links_stay_inside_batches(story: Story) -> None:
    """During the survey, with everything: who waits in staging then, and guesses in batches."""
    scores = links_with(story, keys_of(story, box=True))
    score = best(scores)
    show(f"{story.name}: box key, everything", score)
    cells = len(SIZES) * len(story.batches)  # one right guess in each class of each batch
    waiting = sum(story.staged)
    assert score.exact <= waiting + most_by_chance(cells, score.n, len(scores))
    past = [one for one in scores if "table 1" not in one.signs]
    show(f"{story.name}: box key, batches gone by", best(past))
    for one in past:
        assert one.exact <= most_by_chance(cells, one.n, len(past)), one


@pytest.mark.parametrize("design", ["one transaction, 8", "two transactions, 1", "list and table"])
def test_same_attack_links_naive_designs(
    design: str, server: Cluster, tmp_path: Path, story_people: list[Person]
) -> None:
    """What the attack is worth."""
    people = story_people
    machine: Machine
    if design == "list and table":
        path = tmp_path / "naive.sqlite3"
        naive.write_to_sqlite(path, people, at_once=1)
        machine = SqliteMachine(path, tmp_path)
    else:
        address = server.create(f"naive_{design[:3]}")
        together = design.startswith("one")
        naive.write_to_postgres(address, people, together=together, at_once=8 if together else 1)
        machine = PostgresMachine(address, server.data)
    dumps = [machine.dump("before closing", naive.TABLES)]
    truth = {one.id: (one.class_number, one.levels) for one in people}
    ballots = signs_of_ballots(dumps, naive.read_plainly)
    score = best(all_links(signs_of_people(dumps), ballots, truth))
    show(f"naive: {design} at once", score)
    assert score.exact >= 0.99 * score.n
    with pytest.raises(AssertionError):
        check_no_better_than_chance([score])
