"""Keep the English catalogue: extract the Indonesian messages, update, compile, check.

``python docs/catalogue.py`` updates the .po file and compiles it; ``--check`` fails when a message
lacks its English text, when the gaps differ, or when the compiled file is stale.
"""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

settings.configure()  # the framework reads templates only once it is set up

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cermin"
PO = SOURCE / "locale" / "en" / "LC_MESSAGES" / "cermin.po"
MO = PO.with_suffix(".mo")
SITE_MO = PO.with_name("django.mo")  # the same catalogue, under the name that the framework reads
# What libraries themselves say, in better Indonesian than theirs: the command line's, the site's.
# Kept by hand, only compiled here.
LIBRARY_POS = [
    SOURCE / "locale" / "id" / "LC_MESSAGES" / name for name in ("messages.po", "django.po")
]
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)  # says nothing: the .po files keep no dates
# The message id is the first argument of each of these calls.
KEYWORDS = {"_": None, "N_": None, "UserError": None}
METHODS = [("**.py", "python")]
GAP = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)")
TEMPLATES = SOURCE / "web"


def extracted() -> Catalog:
    """Return the catalogue of all messages in the source, without translations."""
    catalogue = Catalog(project="cermin", charset="utf-8")
    for _file, _line, message, _comments, _context in extract_from_dir(
        SOURCE, METHODS, keywords=KEYWORDS
    ):
        if message:
            catalogue.add(message)  # no locations: they would change with every edit
    for path in sorted(TEMPLATES.glob("*/templates/**/*.*")):
        for message in template_messages(path.read_text(encoding="utf-8")):
            catalogue.add(message)
    return catalogue


def template_messages(text: str) -> list[str]:
    """Return the messages of a template: the framework turns it into calls of gettext."""
    # The framework blanks everything else, keeping indentation that is none.
    lines = [line.strip() for line in templatize(text).splitlines()]
    source = io.BytesIO("\n".join(lines).encode())
    return [
        str(message)
        for _line, _function, message, _comments in extract_python(source, ("gettext", "_"), (), {})
        if message
    ]


def translated() -> Catalog:
    """Return the shipped catalogue."""
    if not PO.exists():
        return Catalog(locale="en", project="cermin", charset="utf-8")
    return _read(PO, "en")


def _read(path: Path, locale: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def updated() -> Catalog:
    """Return the shipped translations for exactly the messages of the source, sorted."""
    old = translated()
    new = Catalog(locale="en", project="cermin", charset="utf-8")
    for message in sorted(extracted(), key=lambda m: str(m.id)):
        if message.id:
            known = old.get(message.id)
            new.add(message.id, known.string if known else "")
    return new


def compiled(catalogue: Catalog) -> bytes:
    """Return the .mo file of ``catalogue``."""
    # The library writes its own "now" into the header; then no check would find the same bytes.
    catalogue.creation_date = WRITTEN
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def problems() -> list[str]:
    """Return what is wrong with the shipped catalogue; empty when it is complete."""
    catalogue = updated()
    found = []
    for message in catalogue:
        source, target = str(message.id), str(message.string)
        if not source:
            continue
        if not target:
            found.append(f"no English text: {source}")
        elif sorted(GAP.findall(source)) != sorted(GAP.findall(target)):
            found.append(f"gaps differ: {source}")
    if {str(m.id) for m in translated() if m.id} - {str(m.id) for m in catalogue}:
        found.append("the catalogue has messages that the source no longer has")
    for path, expected in _compilations():
        if not path.exists() or path.read_bytes() != expected:
            found.append(f"{path.name} is stale: run python docs/catalogue.py")
    return found


def _compilations() -> list[tuple[Path, bytes]]:
    return [
        (MO, compiled(translated())),
        (SITE_MO, compiled(translated())),
        *((po.with_suffix(".mo"), compiled(_read(po, "id"))) for po in LIBRARY_POS),
    ]


def main(arguments: list[str]) -> int:
    """Update or check; return the exit code."""
    if "--check" in arguments:
        found = problems()
        print("\n".join(found))
        return 1 if found else 0
    catalogue = updated()
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=True)
    for path, content in _compilations():
        path.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
