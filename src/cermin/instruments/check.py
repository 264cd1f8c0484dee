"""Checks an instrument file: every mistake at once, with line, path and how to mend it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cermin.instruments.locate import Document, Problem, read
from cermin.instruments.references import DATA, REFERENCES
from cermin.instruments.rules import RULES, common
from cermin.instruments.shape import KINDS, shape_problems
from cermin.language import _

PUBLISHED = DATA / "PUBLISHED.sha256"


def check_file(path: Path) -> list[Problem]:
    """Return every problem of one file in the order of its lines; an empty list means good."""
    document, found = read(path)
    problems = list(found)
    if document is not None:
        problems += shape_problems(document)
        problems += _meaning_problems(document)
    problems += _published_problems(path)
    return sorted(problems, key=lambda problem: (problem.line, problem.path, problem.rule))


def _meaning_problems(document: Document) -> Iterator[Problem]:
    content = document.content
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind not in KINDS:
        return
    yield from common(document)
    yield from RULES[kind](document)
    yield from REFERENCES[kind](document)


@cache
def published() -> dict[str, str]:
    """Return the sha256 of every published file by its name."""
    lines = PUBLISHED.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line)}


def is_published(path: Path, sha256: str) -> bool:
    """Say whether these are the very bytes of a published file."""
    return published().get(path.name) == sha256


def _published_problems(path: Path) -> Iterator[Problem]:
    """A published id never gets new content: numbers of past years cite it by its hash."""
    wanted = published().get(path.name)
    if wanted is None or not path.is_file():
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != wanted:
        what = _("Isi berkas berbeda dari yang telah diterbitkan dengan nama {name}.").format(
            name=path.name
        )
        mend = _("Kembalikan isinya, dan buat berkas baru dengan id baru untuk perubahan.")
        yield Problem(str(path), 1, ".", "published_changed", what, mend)
