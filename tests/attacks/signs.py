"""Signs of order in dumps: of the marks of people, and of their ballots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from attacks.dumps import Dump, Row, journal_of
from attacks.linking import Ballot, People, Score, Sign, linked
from attacks.needles import first_places

NEEDLE = 24
Reader = Callable[[bytes], Ballot | None]  # what the attacker's keys make of a stored row


def signs_of_people(dumps: Sequence[Dump]) -> dict[str, Sign]:
    """Return the orders in which people may have taken part."""
    rows = {row.owner: row for dump in dumps for row in dump.marks}
    owners = {row.content[:NEEDLE]: row.owner for row in rows.values()}
    return _signs(list(rows.values()), dumps, lambda row: row.owner, owners)


@dataclass(frozen=True)
class BallotSign:
    """An order of ballots; one that a single dump shows goes with who was marked by then."""

    name: str
    sign: Sign
    marked: frozenset[str] | None = None


def signs_of_ballots(
    dumps: Sequence[Dump], reader: Reader, replayed: Sequence[Row] = ()
) -> list[BallotSign]:
    """Return the orders of every ballot that the attacker can read, table by table.

    ``replayed`` are rows that no dump has caught, but whose insertion stands in the journal.
    """
    tables = [(dump, number) for dump in dumps for number in range(len(dump.ballots))]
    rows = [*replayed, *(row for dump, number in tables for row in dump.ballots[number])]
    read = {content: reader(content) for content in {row.content for row in rows}}
    readable = {content: ballot for content, ballot in read.items() if ballot is not None}
    found: list[BallotSign] = []
    for dump, number in tables:
        marked = frozenset(row.owner for row in dump.marks)
        table = [row for row in dump.ballots[number] if row.content in readable]
        found += [
            BallotSign(f"{name}, table {number}, {dump.moment}", sign, marked)
            for name, sign in _orders(table, lambda row: readable[row.content]).items()
        ]
    needles = {content[:NEEDLE]: ballot for content, ballot in readable.items()}
    found.append(BallotSign("journal", _in_places(journal_of(dumps), needles)))
    for dump in dumps:
        found.append(BallotSign(f"file, {dump.moment}", _in_places(dump.heap, needles)))
    return [one for one in found if one.sign]


def all_links(
    people: Mapping[str, Sign], ballots: Sequence[BallotSign], truth: People
) -> list[Score]:
    """Try every sign of people with every sign of ballots that has marks of the same kind.

    A table that holds fewer ballots than people were marked by then holds their first or their
    last: both are tried.
    """
    scores = []
    for (name, everybody), other in product(people.items(), ballots):
        if name.startswith("same") != other.name.startswith("same"):
            continue
        known = [one for one in everybody if other.marked is None or one[1] in other.marked]
        n = len(other.sign)
        parts = (
            {"": known}
            if n >= len(known)
            else {"": known, "first ": known[:n], "last ": known[-n:]}
        )
        scores += [
            linked(f"{part}{name} ~ {other.name}", mine, other.sign, truth)
            for part, mine in parts.items()
        ]
    return scores


def unmarked(items: Sequence[str] | Sequence[Ballot]) -> Sign:
    """Return a sign that is an order only."""
    return [(None, item) for item in items]


def _signs(
    rows: list[Row], dumps: Sequence[Dump], of: Callable[[Row], str], needles: dict[bytes, str]
) -> dict[str, Sign]:
    found = _orders(rows, of)
    found["journal"] = _in_places(journal_of(dumps), needles)
    found["windows"] = _windows(dumps)
    return {name: sign for name, sign in found.items() if sign}


def _orders(rows: list[Row], of: Callable[[Row], str | Ballot]) -> dict[str, Sign]:
    by_tx = sorted(rows, key=lambda row: (row.transaction, row.place))
    found: dict[str, Sign] = {
        "place": [(None, of(row)) for row in sorted(rows, key=lambda row: row.place)],
        "number": [(None, of(row)) for row in sorted(rows, key=lambda row: row.number)],
    }
    if any(row.transaction for row in rows):
        found["transaction"] = [(None, of(row)) for row in by_tx]
        found["same transaction"] = [(row.transaction, of(row)) for row in by_tx]
    return found


def _windows(dumps: Sequence[Dump]) -> Sign:
    """Between which two dumps somebody took part; inside a window, where the row lies."""
    seen: dict[str, None] = {}
    for dump in dumps:
        for row in sorted(dump.marks, key=lambda row: (row.transaction, row.place)):
            seen.setdefault(row.owner)
    return [(None, owner) for owner in seen]


def _in_places(content: bytes, needles: Mapping[bytes, str] | Mapping[bytes, Ballot]) -> Sign:
    places = first_places(content, list(needles))
    return [(None, needles[needle]) for needle in sorted(places, key=places.__getitem__)]
