"""Reading the trail from its first row to its last, and finding where it was tampered with.

Without the key in the site's key folder nobody can write a row whose code fits. Whoever has both
the database and the key can write any trail; only an anchor noted outside tells then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass

from cermin.web.audit.actions import START, code_of
from cermin.web.audit.chain import Anchor, Break, Verdict
from cermin.web.audit.models import AuditEvent, ChainHead

BATCH = 2_000  # rows in memory at a time
_FAR = 10_000  # by how many places a renumbered tail is looked for

Progress = Callable[[int], None]


def head_length() -> int:
    """Return how many rows the trail says it has."""
    return ChainHead.objects.filter(id=1).values_list("length", flat=True).first() or 0


def verify_chain(*, anchor: Anchor | None = None, progress: Progress | None = None) -> Verdict:
    """Check every row against the one before, the head against the last row, and ``anchor``.

    Rows are read in batches by number, so a trail of any length takes the same memory, and events
    that are written meanwhile are checked too.
    """
    walk = _Walk()
    while (verdict := _rows(walk, anchor, progress)) is None:
        # The head is read after the rows: it can only be further on, by events written meanwhile.
        head = ChainHead.objects.filter(id=1).first()
        if head is None or head.length <= walk.length or walk.found_none:
            return _at_the_end(walk, head, anchor)
    return verdict


@dataclass
class _Walk:
    length: int = 0
    code: bytes = START
    found_none: bool = False  # no row came in the last round

    def broken(self, kind: Break, sequence: int) -> Verdict:
        return Verdict(self.length, self.code, kind, sequence)


def _rows(walk: _Walk, anchor: Anchor | None, progress: Progress | None) -> Verdict | None:
    start = walk.length
    for event in _events(after=walk.length if walk.length else None):
        if verdict := _break_at(walk, event):
            return verdict
        walk.length, walk.code = event.sequence, bytes(event.code)
        if anchor is not None and anchor.length == walk.length and not anchor.fits(walk.code):
            return walk.broken(Break.ANCHOR, walk.length)
        if progress is not None and walk.length % BATCH == 0:
            progress(walk.length)
    walk.found_none = walk.length == start
    return None


def _events(*, after: int | None) -> Iterator[AuditEvent]:
    """Yield all rows by number; ``after`` None begins even before the number one."""
    while True:
        rows = AuditEvent.objects.order_by("sequence")
        batch = list((rows if after is None else rows.filter(sequence__gt=after))[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].sequence


def _break_at(walk: _Walk, event: AuditEvent) -> Verdict | None:
    wanted = walk.length + 1
    if event.sequence > wanted:
        return walk.broken(Break.MISSING, wanted)
    if event.sequence < wanted:  # before the number one
        return walk.broken(Break.INSERTED, event.sequence)
    if code_of(event, walk.code) == bytes(event.code):
        return None
    return walk.broken(_kind_of(walk, event), event.sequence)


def _at_the_end(walk: _Walk, head: ChainHead | None, anchor: Anchor | None) -> Verdict:
    if head is None and walk.length:
        return walk.broken(Break.FORGED_HEAD, walk.length)
    if head is not None and head.length > walk.length:
        return walk.broken(Break.CUT_OFF, walk.length + 1)
    if head is not None and (head.length < walk.length or bytes(head.code) != walk.code):
        return walk.broken(Break.FORGED_HEAD, walk.length)
    if anchor is not None and anchor.length > walk.length:
        return walk.broken(Break.CUT_OFF, walk.length + 1)
    return Verdict(walk.length, walk.code)


# ------------------------------------------------------------------ naming the first break


def _kind_of(walk: _Walk, event: AuditEvent) -> Break:
    """Say what was done at ``event``, whose code does not fit, from the codes that still do."""
    head = ChainHead.objects.filter(id=1).first()
    if head is not None and head.length < event.sequence:
        return Break.INSERTED
    following = AuditEvent.objects.filter(sequence=event.sequence + 1).first()
    if following is not None and (kind := _kind_before(following, event)):
        return kind
    if _written_elsewhere(event):
        return Break.REORDERED
    # The next row was written for this place: this one was put before it.
    if following and _numbered(following, event.sequence, walk.code) == bytes(following.code):
        return Break.INSERTED
    return Break.CHANGED


def _kind_before(following: AuditEvent, event: AuditEvent) -> Break | None:
    """Say what was done when the next row was once written behind this very one."""
    # The code is the genuine one of this place: the content was changed.
    if code_of(following, bytes(event.code)) == bytes(following.code):
        return Break.CHANGED
    # Both were written for other numbers: rows before them were taken away, or put elsewhere.
    if shift := _shift(following, bytes(event.code)):
        predecessor_is_here = _written_behind_another(event, event.sequence + shift)
        return Break.REORDERED if predecessor_is_here else Break.MISSING
    return None


def _numbered(event: AuditEvent, sequence: int, previous: bytes) -> bytes:
    """Return the code that ``event`` would have with another number and predecessor."""
    moved = copy(event)
    moved.sequence = sequence
    return code_of(moved, previous)


def _shift(event: AuditEvent, previous: bytes) -> int:
    """Return by how many places ``event`` was moved together with the row before; 0 for not."""
    code = bytes(event.code)
    for distance in range(1, _FAR + 1):
        if _numbered(event, event.sequence + distance, previous) == code:
            return distance
    return 0


def _written_behind_another(event: AuditEvent, sequence: int) -> bool:
    """Whether ``event`` was row ``sequence`` behind some row that is still in the trail."""
    code = bytes(event.code)
    return any(
        _numbered(event, sequence, bytes(other.code)) == code for other in _events(after=None)
    )


def _written_elsewhere(event: AuditEvent) -> bool:
    """Whether the row is genuine but was written in another place; reads the trail once more."""
    code = bytes(event.code)
    if _numbered(event, 1, START) == code:
        return True
    for other in _events(after=None):
        own = bytes(other.code)
        # A row moved from k stood behind k - 1; of neighbours that changed places, behind k.
        if _numbered(event, other.sequence + 1, own) == code:
            return True
        if _numbered(event, other.sequence, own) == code:
            return True
    return False
