"""Sentences and names for the rarer results."""

from __future__ import annotations

from dataclasses import replace

from cermin.core.result import Category, IndexResult
from cermin.reports.document import build_document
from cermin.reports.html import render_html
from result_factory import make_instruments, make_methods, make_years


def page(result: IndexResult) -> str:
    document = build_document([result], methods=make_methods(), instruments=make_instruments())
    return render_html(document)


def test_category_without_interval_says_that_it_cannot_be_weighed() -> None:
    result = make_years()[-1]
    unsure = Category("B", {})
    values = tuple(replace(value, category=unsure) for value in result.values)
    html = page(replace(result, headline_category=unsure, values=values))
    assert "ketepatannya tidak dapat dihitung dari responden sesedikit ini" in html


def test_value_shifted_by_skipped_items_is_named() -> None:
    result = make_years()[-1]
    assert "menggeser angka" not in page(result)
    first, *others = result.values
    html = page(replace(result, values=(replace(first, proration_gap=2.6), *others)))
    assert f"Butir yang dilewati menggeser angka {first.name_id} lebih dari 2,5 poin" in html


def test_own_staff_are_told_apart_from_their_unit() -> None:
    result = make_years()[-1]
    atom = next(unit for unit in result.units if unit.atom and not unit.members)
    units = tuple(replace(u, kind="own_staff") if u is atom else u for u in result.units)
    assert f"{atom.name}, langsung" in page(replace(result, units=units))


def test_priorities_stand_weakest_value_first() -> None:
    result = make_years()[-1]
    words = ("improve_first", "keep", "watch", "improve", "keep", "keep", "keep")
    values = tuple(replace(v, priority=p) for v, p in zip(result.values, words, strict=True))
    html = page(replace(result, values=values))
    table = html[html.index("Prioritas nilai") :]
    weakest = min(result.values, key=lambda value: value.estimate.index)
    strongest = max(result.values, key=lambda value: value.estimate.index)
    assert table.index(weakest.name_id) < table.index(strongest.name_id)
    assert "perbaiki lebih dahulu" in table
    assert "amati" in table
