"""Value sets as instrument files: read with every mistake at once, written so that they pass."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import yaml

from cermin.core.scheme import Text
from cermin.core.scheme import ValueSet as Instrument
from cermin.instruments.check import check_file
from cermin.instruments.load import BERAKHLAK, load_value_set
from cermin.instruments.locate import Problem, read
from cermin.language import _
from cermin.web.register.rules import (
    BehaviourDraft,
    ValueDraft,
    ValueSetDraft,
    one_line,
)

LARGEST = 200_000  # as the instruments have it
_FILE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def read_value_set(content: bytes) -> tuple[Instrument | None, list[Problem]]:
    """Return the value set in the bytes of a YAML file, or everything that is wrong with it."""
    with tempfile.TemporaryDirectory(prefix="cermin-") as folder:
        path = _named_by_its_id(Path(folder), content)
        problems = check_file(path) or _not_local(path)
        return (None if problems else load_value_set(path)), problems


def _named_by_its_id(folder: Path, content: bytes) -> Path:
    """Write the bytes to a file of the name that they ask for: browsers add (1) and the like."""
    path = folder / "berkas.yaml"
    path.write_bytes(content)
    document, _problems = read(path)
    wanted = document.content.get("id") if document and isinstance(document.content, dict) else None
    if isinstance(wanted, str) and len(wanted) <= 60 and _FILE_ID.fullmatch(wanted):
        return path.rename(folder / f"{wanted}.yaml")
    return path


def _not_local(path: Path) -> list[Problem]:
    document, _problems = read(path)
    content = document.content if document else {}
    if content.get("kind") == "value_set" and content.get("national") == BERAKHLAK:
        return []
    what = _("Berkas ini bukan set nilai daerah.")
    mend = _("Tulis kind: value_set dan national: {id}.").format(id=BERAKHLAK)
    return [Problem(str(path), 1, "kind", "local_value_set", what, mend)]


def draft_from(instrument: Instrument) -> ValueSetDraft:
    """Return what an instrument file says as a draft of the register."""
    note = instrument.source.note or Text("", "")
    return ValueSetDraft(
        title=one_line(instrument.title.id),
        title_en=one_line(instrument.title.en),
        note=one_line(note.id),
        note_en=one_line(note.en),
        own_draft=instrument.source.own_draft,
        values=tuple(
            ValueDraft(
                code=value.id,
                name=one_line(value.name.id),
                name_en=one_line(value.name.en),
                meaning=one_line(value.meaning.id),
                meaning_en=one_line(value.meaning.en),
                maps_to=value.maps_to,
                behaviours=tuple(
                    BehaviourDraft(one_line(b.text.id), one_line(b.text.en), b.id)
                    for b in value.behaviours
                ),
            )
            for value in instrument.values
        ),
    )


def write_value_set(code: str, draft: ValueSetDraft, reference: str) -> bytes:
    """Return the YAML file of a set; what has no English text yet repeats the Indonesian one."""
    source: dict[str, Any] = {"reference": reference, "own_draft": draft.own_draft}
    if draft.note:
        source["note"] = _text(draft.note, draft.note_en)
    content = {
        "kind": "value_set",
        "id": code,
        "title": _text(draft.title, draft.title_en),
        "source": source,
        "national": BERAKHLAK,
        "values": [
            {
                "id": value.code,
                "name": _text(value.name, value.name_en),
                "meaning": _text(value.meaning, value.meaning_en),
                "maps_to": list(value.maps_to),
                "behaviours": [
                    {"id": b.code, "text": _text(b.text, b.text_en)} for b in value.behaviours
                ],
            }
            for value in draft.values
        ],
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100).encode()


def _text(text: str, english: str) -> dict[str, str]:
    return {"id": text, "en": english or text}
