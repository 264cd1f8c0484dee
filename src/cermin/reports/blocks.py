"""What a report is made of: frozen blocks that PDF, XLSX and HTML render alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Shade = Literal["", "1", "2", "3", "4", "hidden"]
Role = Literal["body", "lead", "note", "warning", "formula"]
RowKind = Literal["", "total", "pool", "group"]


@dataclass(frozen=True)
class Cell:
    """One table cell: ``text`` as printed; ``number`` is the same figure, rounded, for sheets."""

    text: str
    number: float | None = None
    decimals: int = 0
    shade: Shade = ""
    level: int = 0  # indentation of a name in a tree


@dataclass(frozen=True)
class Column:
    """One column; ``share`` is its part of the width, figures stand to the right."""

    header: str
    share: float = 1.0
    figures: bool = True


@dataclass(frozen=True)
class Row:
    """One row; the first cell names it."""

    cells: tuple[Cell, ...]
    kind: RowKind = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption and, below it, its note."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    dense: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing and the figures it shows; ``printed`` also sets the table under it on paper."""

    id: str
    title: str
    description: str
    svg: str
    table: Table
    printed: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading of a section (level 1) or inside one (level 2)."""

    id: str
    level: Literal[1, 2]
    text: str
    number: str = ""
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``role`` says how it stands out."""

    text: str
    role: Role = "body"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class KeyFigure:
    """A figure that is meant to be remembered."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class KeyFigures:
    """Key figures side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Facts:
    """Pairs of term and description."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Beside:
    """Two short tables side by side."""

    left: Table
    right: Table


Block = Heading | Paragraph | Bullets | KeyFigures | Facts | Beside | Table | Chart


@dataclass(frozen=True)
class Logo:
    """A picture of the agency's arms: PNG or SVG bytes and the words that replace it."""

    content: bytes
    format: Literal["png", "svg"]
    alternative: str


@dataclass(frozen=True)
class Document:
    """A whole report."""

    language: str
    agency: str
    title: str
    subtitle: str
    year: int
    notice: str  # prominent on the cover: own drafts, minimum not met; "" when there is none
    cover: Facts
    blocks: tuple[Block, ...]
    footer: str
    contents_title: str
    page_word: str
    data_word: str
    logo: Logo | None = None

    def tables(self) -> Iterator[Table]:
        """Yield every table, those of the charts too, in order."""
        for block in self.blocks:
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Chart):
                yield block.table
            elif isinstance(block, Beside):
                yield block.left
                yield block.right
