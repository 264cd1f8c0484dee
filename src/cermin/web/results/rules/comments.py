"""Which comments may be read together: never fewer than the threshold, never a small remainder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cermin.core.exposure import THRESHOLD


@dataclass(frozen=True)
class CommentGroup:
    """Comments on one question; ``unit`` "" stands for all units that are not shown alone."""

    unit: str
    texts: tuple[str, ...]


def readable(texts: Mapping[str, Sequence[str]], *, threshold: int) -> list[CommentGroup]:
    """Return the groups that may be read, by unit; nothing when all are too few together.

    Units with fewer comments than the threshold are pooled. A pool that is still too small takes
    in the smallest of the others, so that no small remainder exists. Texts are sorted: their
    order says nothing.
    """
    least = max(THRESHOLD, threshold)
    alone = {unit: list(found) for unit, found in texts.items() if len(found) >= least}
    pooled = [text for unit, found in texts.items() if unit not in alone for text in found]
    while pooled and len(pooled) < least and alone:
        smallest = min(alone, key=lambda unit: (len(alone[unit]), unit))
        pooled += alone.pop(smallest)
    groups = [CommentGroup(unit, _sorted(found)) for unit, found in sorted(alone.items())]
    if len(pooled) >= least:
        groups.append(CommentGroup("", _sorted(pooled)))
    return groups


def _sorted(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (text.casefold(), text)))
