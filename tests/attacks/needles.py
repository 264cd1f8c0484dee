"""Where byte strings lie in raw files: heaps with dead rows, journals, free pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

_HEAD = 8


def first_places(content: bytes, needles: Collection[bytes]) -> dict[bytes, int]:
    """Return where each needle that lies in ``content`` begins for the first time.

    Needles have at least eight bytes and differ in their first eight.
    """
    by_head = {int.from_bytes(one[:_HEAD], "little"): one for one in needles}
    if not by_head or len(content) < _HEAD:
        return {}
    heads = np.sort(np.array(list(by_head), dtype=np.uint64))
    found: dict[bytes, int] = {}
    for place, head in sorted(_candidates(content, heads)):
        needle = by_head[head]
        if needle not in found and content.startswith(needle, place):
            found[needle] = place
    return found


def _candidates(content: bytes, heads: npt.NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    begins = np.zeros(1 << 16, dtype=bool)
    begins[(heads & np.uint64(0xFFFF)).astype(np.int64)] = True
    for shift in range(_HEAD):
        n = (len(content) - shift) // _HEAD
        words = np.frombuffer(content, dtype="<u8", count=n, offset=shift)
        at = np.flatnonzero(begins[(words & np.uint64(0xFFFF)).astype(np.int64)])
        spots = np.searchsorted(heads, words[at])
        spots[spots == len(heads)] = 0
        hits = at[heads[spots] == words[at]]
        yield from ((int(i) * _HEAD + shift, int(words[i])) for i in hits)
