"""Reads a YAML file strictly and remembers the line of everything in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from cermin.language import _

MAX_BYTES = 200_000  # the largest shipped file is below 20 kB
MAX_NODES = 20_000  # the largest shipped file has fewer than 1 000
MAX_DEPTH = 20  # the deepest shipped file has 13 levels

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One mistake in a file, what is wrong and how to mend it, in the interface language."""

    file: str
    line: int
    path: str
    rule: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Return the problem on one line, as editors and terminals like it."""
        return f"{self.file}:{self.line}: [{self.rule}] {self.path}: {self.what} {self.mend}"


@dataclass(frozen=True)
class Document:
    """Content of one YAML file with the line of every path."""

    file: str
    sha256: str
    content: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of its nearest existing parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, rule: str, what: str, mend: str) -> Problem:
        """Return a problem at ``path``."""
        return Problem(self.file, self.line(path), dotted(path), rule, what, mend)


def dotted(path: Path) -> str:
    """Return a path as people write it: items[2].options."""
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}"
    return shown.lstrip(".") or "."


class _RefusedError(Exception):
    """The file uses something that instruments may not contain."""

    def __init__(self, rule: str, line: int) -> None:
        super().__init__(rule)
        self.rule = rule
        self.line = line


class _StrictLoader(yaml.SafeLoader):
    """Safe loader that also refuses aliases (YAML bombs), tags, deep nesting and floods."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _RefusedError("alias", line)
        if getattr(event, "tag", None) is not None:
            raise _RefusedError("tag", line)
        if self.depth >= MAX_DEPTH:
            raise _RefusedError("depth", line)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _RefusedError("too_large", line)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read(path: FilePath) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read one file; the document is None when it cannot be understood at all."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = _("Berkas tidak dapat dibaca: {reason}.").format(reason=error.strerror)
        return None, (Problem(name, 1, ".", "unreadable", what, _("Periksa nama berkasnya.")),)
    if len(raw) > MAX_BYTES:
        what = _("Berkas lebih besar dari 200 kB.")
        mend = _("Instrumen biasanya belasan kB; periksa apakah berkasnya benar.")
        return None, (Problem(name, 1, ".", "too_large", what, mend),)
    return _parse(name, raw)


def _parse(name: str, raw: bytes) -> tuple[Document | None, tuple[Problem, ...]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = _("Berkas tidak tersimpan sebagai UTF-8.")
        mend = _("Simpan ulang dengan penyandian UTF-8.")
        return None, (Problem(name, line, ".", "not_utf8", what, mend),)
    tabs = _tabs(name, text)
    if tabs:
        return None, tabs
    return _compose(name, text, hashlib.sha256(raw).hexdigest())


def _tabs(name: str, text: str) -> tuple[Problem, ...]:
    what, mend = _("Baris menjorok dengan tab."), _("Ganti tab dengan spasi.")
    return tuple(
        Problem(name, number, ".", "tab", what, mend)
        for number, line in enumerate(text.splitlines(), start=1)
        if "\t" in line[: len(line) - len(line.lstrip())]
    )


def _compose(name: str, text: str, sha256: str) -> tuple[Document | None, tuple[Problem, ...]]:
    try:
        loader = _StrictLoader(text)
        node = loader.get_single_node()
    except _RefusedError as refused:
        return None, (_refusal(name, refused),)
    except yaml.YAMLError as error:
        return None, (_syntax(name, error, text),)
    lines: dict[Path, int] = {(): 1}
    problems: list[Problem] = []
    _walk(name, node, (), lines, problems)
    if any(problem.rule == "key" for problem in problems):
        return None, tuple(problems)  # nothing further can be addressed by its path
    try:
        content = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        return None, (*problems, _syntax(name, error, text))
    return Document(name, sha256, content, lines), tuple(problems)


def _refusal(name: str, refused: _RefusedError) -> Problem:
    sentences = {
        "alias": (
            _("Jangkar atau alias YAML (& atau *) tidak diperbolehkan."),
            _("Tulis isinya secara lengkap."),
        ),
        "tag": (_("Tag YAML (!) tidak diperbolehkan."), _("Hapus tag tersebut.")),
        "too_large": (
            _("Berkas memuat terlalu banyak isian."),
            _("Pecah menjadi beberapa instrumen."),
        ),
        "depth": (_("Susunan berkas terlalu dalam."), _("Sederhanakan susunannya.")),
    }
    what, mend = sentences[refused.rule]
    return Problem(name, refused.line, ".", refused.rule, what, mend)


def _syntax(name: str, error: Exception, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = 1 if mark is None else mark.line + 1
    position = getattr(error, "position", None)  # only unprintable characters report it
    if position is not None:
        line = text[:position].count("\n") + 1
    what = _("Berkas bukan YAML yang benar.")
    mend = _("Periksa tanda kutip, titik dua, dan kelurusan baris di sekitar baris ini.")
    return Problem(name, line, ".", "syntax", what, mend)


def _walk(
    name: str,
    node: yaml.Node | None,
    path: Path,
    lines: dict[Path, int],
    problems: list[Problem],
) -> None:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            _walk(name, item, (*path, index), lines, problems)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            line = key.start_mark.line + 1
            if key.tag != "tag:yaml.org,2002:str":
                what = _("Kunci {key} bukan teks.").format(key=key.value)
                mend = _("Beri tanda kutip pada kunci.")
                problems.append(Problem(name, line, dotted(inner), "key", what, mend))
            if inner in lines:
                what = _("Kunci {key} ditulis dua kali.").format(key=key.value)
                mend = _("Hapus salah satunya.")
                problems.append(Problem(name, line, dotted(inner), "duplicate_key", what, mend))
            lines[inner] = line
            _walk(name, value, inner, lines, problems)
