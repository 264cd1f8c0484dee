"""What a cell of an answer means: the label shown, the code stored, or a survey tool's own code."""

from __future__ import annotations

import re

from cermin.core.scheme import Item, ItemKind, Option
from cermin.intake.headings import fold

_WHOLE = re.compile(r"(\d{1,3})(?:[.,]0+)?")
_LIMESURVEY = re.compile(r"AO?0*(\d{1,2})", re.IGNORECASE)
_CODED_LABEL = re.compile(r"(\d{1,3})\s*[.=:)–-]\s*([^\W\d].*)")
_YES = frozenset({"y", "yes", "ya", "1", "1.0", "true", "x", "v", "✓"})
_NO = frozenset({"n", "no", "tidak", "0", "0.0", "false", ""})


def code_of(item: Item, cell: str) -> int | None:
    """Return the code that ``cell`` means for ``item``; None when it means none."""
    by_label = _by_label(item.options)
    if (code := by_label.get(fold(cell))) is not None:
        return code
    if whole := _WHOLE.fullmatch(cell):
        return int(whole[1]) if int(whole[1]) in item.codes else None
    if numbered := _LIMESURVEY.fullmatch(cell):
        # LimeSurvey numbers its answer codes from A1 in the order of the options.
        place = int(numbered[1]) - 1
        ordered = [option.code for option in item.options]
        return ordered[place] if 0 <= place < len(ordered) else None
    if coded := _CODED_LABEL.fullmatch(cell):
        code = int(coded[1])
        return code if code in item.codes and by_label.get(fold(coded[2]), code) == code else None
    return None


def chosen_of(item: Item, cell: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the options chosen in one cell, and the pieces that are no option.

    Survey tools join choices with ", " or ";" and Kobo with spaces between codes. A label may
    itself hold a comma, so neighbouring pieces are tried together, longest first.
    """
    names = _by_choice(item)
    pieces = [piece.strip() for piece in re.split(r"[;,\n]", cell) if piece.strip()]
    if len(pieces) == 1 and fold(pieces[0]) not in names:
        pieces = pieces[0].split()
    chosen, unknown = set(), []
    start = 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            together = fold("".join(pieces[start:end]))
            if end - start > 1 and together.isdigit():
                continue  # codes 1 and 2 are not code 12
            option = names.get(together)
            if option is not None:
                chosen.add(option)
                start = end
                break
        else:
            unknown.append(pieces[start])
            start += 1
    return frozenset(chosen), tuple(unknown)


def tick_of(cell: str | None) -> int | None:
    """Return 1 for a ticked option, 0 for one left out, None for anything else."""
    text = (cell or "").casefold()
    if text in _YES:
        return 1
    return 0 if text in _NO else None


def shown_choices(item: Item) -> str:
    """Return the admissible answers as a sentence piece."""
    if not item.options:
        return "0-10"
    if item.kind is ItemKind.CHOOSE_K:
        return ", ".join(option.label.id for option in item.options[:3]) + ", …"
    return ", ".join(f"{option.code} ({option.label.id})" for option in item.options)


def _by_label(options: tuple[Option, ...]) -> dict[str, int]:
    labels = {}
    for option in options:
        for text in (option.label.id, option.label.en, option.id or ""):
            if fold(text):
                labels[fold(text)] = option.code
    return labels


def _by_choice(item: Item) -> dict[str, str]:
    names: dict[str, str] = {}
    for option in item.options:
        for text in (str(option.code), option.id, option.label.id, option.label.en):
            if text:
                names[fold(text)] = option.id or str(option.code)
    return names
