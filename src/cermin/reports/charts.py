"""Charts as SVG text: one look for web and paper, readable without colour.

Every chart says in ``<title>`` and ``<desc>`` what it shows; marks differ by shape or hatching and
carry their figures, so grey prints lose nothing. Lengths are user units; a chart is 640 wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from cermin.reports.palette import ACCENT, FONT, INK, MUTED, PAPER, RULE, TINT_INKS, TINTS

WIDTH = 640
_TEXT = 13
_NAME_LETTERS = 34  # of a label in the left column, before it breaks into a second line
_LEFT, _RIGHT = 250, 560  # where the scale 0..100 of dot plots begins and ends

Format = Callable[[float], str]


@dataclass(frozen=True)
class Dot:
    """One line of a dot plot: name, index, interval, and the label at the right."""

    name: str
    index: float
    low: float | None
    high: float | None
    label: str
    open: bool = False  # hollow mark, e.g. the whole agency among units


@dataclass(frozen=True)
class Bar:
    """One stacked bar: shares of the answer levels, low first, adding to one."""

    name: str
    shares: tuple[float, ...]
    label: str


@dataclass(frozen=True)
class Point:
    """One year of a trend."""

    year: int
    index: float
    low: float | None
    high: float | None
    breaks: bool  # not comparable with the point before


@dataclass(frozen=True)
class Panel:
    """One line of a trend, in its own small frame."""

    name: str
    points: tuple[Point, ...]


def dot_plot(
    *,
    id: str,
    title: str,
    description: str,
    dots: Sequence[Dot],
    bands: Sequence[tuple[str, float]],
    head: str,
) -> str:
    """Return a plot of one dot with whiskers per line; ``bands`` are (letter, lower bound).

    ``head`` names the labels at the right.
    """
    n_lines = max((len(_name_lines(dot.name)) for dot in dots), default=1)
    step = 6 + 14 * n_lines
    bottom = 30 + step * len(dots)
    parts = [*_scale(bands, bottom), _text(WIDTH - 2, 16, head, anchor="end", fill=MUTED)]
    for number, dot in enumerate(dots):
        parts += _dot_line(dot, 30 + step * (number + 0.5))
    return _svg(id, title, description, parts, bottom + 24)


def _x(index: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * index / 100


def _scale(bands: Sequence[tuple[str, float]], bottom: float) -> Iterable[str]:
    """Yield the axis, its bounds between bands, and the letters of the bands on top."""
    upper = 100.0
    for letter, lower in sorted(bands, key=lambda band: -band[1]):
        yield _text((_x(lower) + _x(upper)) / 2, 16, letter, anchor="middle", fill=MUTED)
        upper = lower
    for bound in sorted({0.0, 25.0, 50.0, 75.0, 100.0} | {lower for _, lower in bands}):
        dash = "" if bound in (0.0, 100.0) else ' stroke-dasharray="1 3"'
        yield _line(_x(bound), 22, _x(bound), bottom, RULE if not dash else MUTED, 1, dash)
        yield _text(_x(bound), bottom + 16, f"{bound:g}", anchor="middle", fill=MUTED)


def _dot_line(dot: Dot, y: float) -> list[str]:
    parts = _name(dot.name, _LEFT - 14, y, bold=dot.open)
    if dot.low is not None and dot.high is not None:
        low, high = _x(max(dot.low, 0)), _x(min(dot.high, 100))
        parts.append(_line(low, y, high, y, ACCENT, 2))
        parts += [_line(end, y - 4, end, y + 4, ACCENT, 2) for end in (low, high)]
    fill = PAPER if dot.open else ACCENT
    parts.append(
        f'<circle cx="{_x(dot.index):.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" '
        f'stroke="{ACCENT}" stroke-width="2"/>'
    )
    parts.append(_text(WIDTH - 2, y + 4.5, dot.label, anchor="end", bold=dot.open))
    return parts


def _name_lines(name: str) -> list[str]:
    return wrap(name, _NAME_LETTERS, max_lines=3, placeholder=" …")


def _name(name: str, x: float, y: float, *, bold: bool = False) -> list[str]:
    lines = _name_lines(name)
    first = y + 4.5 - 7.5 * (len(lines) - 1)
    return [
        _text(x, first + 15 * number, line, anchor="end", bold=bold)
        for number, line in enumerate(lines)
    ]


def distribution(
    *, id: str, title: str, description: str, bars: Sequence[Bar], levels: Sequence[str]
) -> str:
    """Return stacked bars of answer shares with the percent in every part that has room."""
    parts = [_hatching(id), *_legend(id, levels)]
    y = 34.0
    for bar in bars:
        lines = wrap(bar.name, 84)
        for line in lines:
            parts.append(_text(0, y + 12, line))
            y += 16
        parts.append(_text(WIDTH - 2, y - 4, bar.label, anchor="end", bold=True))
        parts += _stack(id, bar.shares, y + 3)
        y += 35
    return _svg(id, title, description, parts, y)


def _stack(id: str, shares: Sequence[float], y: float) -> Iterable[str]:
    x = 0.0
    for level, share in enumerate(shares):
        width = WIDTH * share
        if width <= 0:
            continue
        fill, ink = _level_fill(id, level, len(shares))
        yield _box(x, y, width, 20, fill)
        if share >= 0.06:
            percent = f"{int(100 * share + 0.5)}"
            yield _figure_on(x + width / 2, y + 14.5, percent, fill, ink)
        x += width


def _figure_on(x: float, y: float, text: str, fill: str, ink: str) -> str:
    """Return a figure; on hatching it stands on a plain ground so that it stays readable."""
    ground = ""
    if fill.startswith("url"):
        ground = (
            f'<rect x="{x - 10:.1f}" y="{y - 11.5:.1f}" width="20" height="14" fill="{PAPER}"/>'
        )
    return ground + _text(x, y, text, anchor="middle", fill=ink, size=12)


def _level_fill(id: str, level: int, n_levels: int) -> tuple[str, str]:
    """Return fill and ink of an answer level: the two ends solid, low levels hatched."""
    if n_levels <= 2:
        return (PAPER, INK) if level == 0 else (TINTS[3], TINT_INKS[3])
    position = level * 4 // (n_levels - 1)
    if position == 0:
        return f"url(#{id}-dense)", INK
    if position == 1:
        return f"url(#{id}-sparse)", INK
    return TINTS[position - 1], TINT_INKS[position - 1]


def _hatching(id: str) -> str:
    def pattern(name: str, gap: int) -> str:
        return (
            f'<pattern id="{id}-{name}" width="{gap}" height="{gap}" '
            f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="{gap}" height="{gap}" fill="{PAPER}"/>'
            f'<line x1="0" y1="0" x2="0" y2="{gap}" stroke="{INK}" stroke-width="1.6"/></pattern>'
        )

    return f"<defs>{pattern('dense', 4)}{pattern('sparse', 8)}</defs>"


def _legend(id: str, levels: Sequence[str]) -> Iterable[str]:
    x = 0.0
    for level, words in enumerate(levels):
        yield _box(x, 4, 14, 14, _level_fill(id, level, len(levels))[0])
        yield _text(x + 20, 16, words, fill=MUTED, size=12)
        x += 38 + 6.2 * len(words)


def trend(
    *, id: str, title: str, description: str, panels: Sequence[Panel], format: Format, mark: str
) -> str:
    """Return small frames of index by year; a break of method cuts the line and is marked.

    ``mark`` is the word written at the vertical line of a break. The first panel is large.
    """
    large, small = panels[0], panels[1:]
    parts = _frame(large, (0, 0, WIDTH, 180), format, mark)
    wide = (WIDTH - 3 * 16) / 4
    for number, panel in enumerate(small):
        row, column = divmod(number, 4)
        box = (column * (wide + 16), 198 + row * 136, wide, 124)
        parts += _frame(panel, box, format, "")
    height = 190 + 136 * ((len(small) + 3) // 4)
    return _svg(id, title, description, parts, height)


def _frame(
    panel: Panel, box: tuple[float, float, float, float], format: Format, mark: str
) -> list[str]:
    left, top, width, height = box
    margin = 60 if mark else 24
    span = max(len(panel.points) - 1, 1)
    xs = [left + margin + (width - 2 * margin) * k / span for k in range(len(panel.points))]
    base, ceiling = top + height - 22, top + 34

    def y(index: float) -> float:
        return base - (base - ceiling) * index / 100

    parts = [_text(left, top + 14, panel.name, bold=True, size=_TEXT if mark else 12)]
    for bound in (0, 50, 100):
        parts.append(_line(left, y(bound), left + width, y(bound), RULE, 1))
        if mark:
            parts.append(_text(left, y(bound) - 3, str(bound), fill=MUTED, size=11))
    for k, point in enumerate(panel.points):
        parts.append(_text(xs[k], base + 16, str(point.year), anchor="middle", fill=MUTED, size=12))
        if k and point.breaks:
            parts += _break_mark((xs[k - 1] + xs[k]) / 2, ceiling - 8, base, mark)
        elif k:
            before = panel.points[k - 1]
            parts.append(_line(xs[k - 1], y(before.index), xs[k], y(point.index), ACCENT, 2))
    for k, point in enumerate(panel.points):
        parts += _point(xs[k], y, point, format)
    return parts


def _point(x: float, y: Callable[[float], float], point: Point, format: Format) -> list[str]:
    parts = []
    if point.low is not None and point.high is not None:
        parts.append(_line(x, y(point.low), x, y(point.high), ACCENT, 2))
    parts.append(f'<circle cx="{x:.1f}" cy="{y(point.index):.1f}" r="3.6" fill="{ACCENT}"/>')
    top = y(point.index if point.high is None else point.high)
    parts.append(_text(x, top - 7, format(point.index), anchor="middle", bold=True, size=12))
    return parts


def _break_mark(x: float, top: float, base: float, mark: str) -> list[str]:
    parts = [_line(x, top, x, base, INK, 1.4, ' stroke-dasharray="5 4"')]
    if mark:
        parts.append(_text(x + 6, top + 8, mark, fill=INK, size=12))
    return parts


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{fill}" '
        f'stroke="{INK}" stroke-width="0.7"/>'
    )


def _line(  # noqa: PLR0917 - two points and a pen, as in every drawing language
    x1: float, y1: float, x2: float, y2: float, stroke: str, width: float, more: str = ""
) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{more}/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
    size: int = _TEXT,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" '
        f'font-size="{size}"{weight}>{escape(text)}</text>'
    )


def _svg(id: str, title: str, description: str, parts: Sequence[str], height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img" '
        f"aria-labelledby={quoteattr(f'{id}-title {id}-desc')} "
        f"font-family=\"'{FONT}', 'Segoe UI', Arial, sans-serif\">"
        f'<title id="{id}-title">{escape(title)}</title>'
        f'<desc id="{id}-desc">{escape(description)}</desc>{"".join(parts)}</svg>'
    )
