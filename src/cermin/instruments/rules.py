"""Meaning rules that hold inside one file, for each kind of instrument.

Every rule tolerates a file whose shape is wrong, so that all mistakes are told at once: what has
the wrong type is passed over here because the schema already complains about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from cermin.instruments.locate import Document, Path, Problem
from cermin.language import _

Row = tuple[Path, dict[str, Any]]

NO_OPTIONS = ("comment", "scale_0_10")
ANSWERS = {
    "yes_no": ("Ya", "Tidak"),
    "a_to_c": ("A", "B", "C"),
    "a_to_d": ("A", "B", "C", "D"),
    "a_to_e": ("A", "B", "C", "D", "E"),
    "zero_to_five": ("0", "1", "2", "3", "4", "5"),
    "percent": (),
}


def rows(parent: Any, key: str, path: Path = ()) -> list[Row]:
    """Return the mappings in the list ``parent[key]`` with their paths."""
    listed = parent.get(key) if isinstance(parent, dict) else None
    if not isinstance(listed, list):
        return []
    return [((*path, key, i), row) for i, row in enumerate(listed) if isinstance(row, dict)]


def strings(parent: dict[str, Any], key: str, path: Path = ()) -> list[tuple[Path, str]]:
    """Return the texts in the list ``parent[key]`` with their paths."""
    listed = parent.get(key)
    if not isinstance(listed, list):
        return []
    return [((*path, key, i), text) for i, text in enumerate(listed) if isinstance(text, str)]


def number(value: Any) -> float | None:
    """Return a number, or None for anything else (bool is not a number)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def ids(found: list[Row]) -> set[str]:
    """Return the ids of some rows."""
    return {row["id"] for _path, row in found if isinstance(row.get("id"), str)}


def repeated(document: Document, found: list[Row]) -> Iterator[Problem]:
    """Yield one problem for each id that was used before in ``found``."""
    seen: set[str] = set()
    for path, row in found:
        key = row.get("id")
        if isinstance(key, str) and key in seen:
            what = _("Id {id} dipakai lebih dari sekali.").format(id=key)
            yield document.problem((*path, "id"), "repeated_id", what, _("Beri id yang berbeda."))
        elif isinstance(key, str):
            seen.add(key)


def common(document: Document) -> Iterator[Problem]:
    """Rules of every kind: id equals file name, own drafts say so."""
    content = document.content
    stem = document.file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".yaml")
    if isinstance(content.get("id"), str) and content["id"] != stem:
        what = _("Id {id} tidak sama dengan nama berkas {name}.").format(
            id=content["id"], name=stem
        )
        yield document.problem(("id",), "id_is_file_name", what, _("Samakan keduanya."))
    source = content.get("source")
    if isinstance(source, dict) and source.get("own_draft") is True and "note" not in source:
        what = _("Rancangan sendiri belum diberi catatan.")
        mend = _("Tambahkan note yang menjelaskan apa yang dirancang sendiri.")
        yield document.problem(("source", "own_draft"), "own_draft_note", what, mend)


def value_set(document: Document) -> Iterator[Problem]:
    """Unique values; unique behaviours over all values; maps_to only in local sets."""
    values = rows(document.content, "values")
    yield from repeated(document, values)
    yield from repeated(
        document, [row for path, value in values for row in rows(value, "behaviours", path)]
    )
    local = "national" in document.content
    for path, value in values:
        if local and not value.get("maps_to"):
            what = _("Nilai daerah belum dipetakan ke nilai nasional.")
            yield document.problem(path, "local_mapping", what, _("Isi maps_to."))
        if not local and "maps_to" in value:
            what = _("maps_to hanya untuk set nilai daerah.")
            mend = _("Isi national, atau hapus maps_to.")
            yield document.problem((*path, "maps_to"), "local_mapping", what, mend)


def questionnaire(document: Document) -> Iterator[Problem]:
    """Items, dimensions and option lists belong together."""
    content = document.content
    items, lists = rows(content, "items"), rows(content, "option_lists")
    dimensions, areas = rows(content, "dimensions"), rows(content, "areas")
    for group in (items, lists, dimensions, areas):
        yield from repeated(document, group)
    yield from _dimensions(document, items, lists, dimensions)
    by_id = {row["id"]: row for _path, row in lists if isinstance(row.get("id"), str)}
    for path, item in items:
        yield from _item(document, path, item, by_id)
    for path, listed in lists:
        yield from _options(document, rows(listed, "options", path), ids(areas))
    yield from _unused_lists(document, items, lists)
    yield from _columns(document, items, by_id)


def _columns(
    document: Document, items: list[Row], by_id: dict[str, dict[str, Any]]
) -> Iterator[Problem]:
    names = {row.get("id") for _path, row in items if row.get("kind") != "choose_k"}
    for path, item in items:
        if item.get("kind") != "choose_k":
            continue
        listed = by_id.get(item["options"]) if isinstance(item.get("options"), str) else None
        for column in sorted(
            f"{item.get('id')}_{option}" for option in ids(rows(listed, "options"))
        ):
            if column in names:
                what = _("Kolom {column} berasal dari dua butir.").format(column=column)
                mend = _("Ubah id salah satu butir.")
                yield document.problem((*path, "id"), "repeated_column", what, mend)
            names.add(column)


def _unused_lists(document: Document, items: list[Row], lists: list[Row]) -> Iterator[Problem]:
    used = {item.get("options") for _path, item in items if isinstance(item.get("options"), str)}
    for path, listed in lists:
        if listed.get("id") not in used:
            what = _("Daftar jawaban ini tidak dipakai butir mana pun.")
            yield document.problem((*path, "id"), "unused_options", what, _("Pakai atau hapus."))


def _dimensions(
    document: Document, items: list[Row], lists: list[Row], dimensions: list[Row]
) -> Iterator[Problem]:
    measured = {
        item["dimension"] for _path, item in items if isinstance(item.get("dimension"), str)
    }
    for list_path, listed in lists:
        for _path, option in rows(listed, "options", list_path):
            if isinstance(option.get("value"), str):
                measured.add(option["value"])
    for path, dimension in dimensions:
        if isinstance(dimension.get("id"), str) and dimension["id"] not in measured:
            what = _("Dimensi {id} tidak mempunyai butir.").format(id=dimension["id"])
            mend = _("Tambahkan butirnya atau hapus dimensi ini.")
            yield document.problem((*path, "id"), "empty_dimension", what, mend)
    known = ids(dimensions)
    for path, item in items:
        wanted = item.get("dimension")
        if isinstance(wanted, str) and wanted not in known:
            what = _("Dimensi {id} tidak ada dalam daftar dimensi.").format(id=wanted)
            mend = _("Pilih dari dimensions, atau tambahkan di sana.")
            yield document.problem((*path, "dimension"), "unknown_dimension", what, mend)


def _item(
    document: Document, path: Path, item: dict[str, Any], lists: dict[str, dict[str, Any]]
) -> Iterator[Problem]:
    kind, wanted = item.get("kind"), item.get("options")
    if kind in NO_OPTIONS and "options" in item:
        what = _("Butir jenis ini tidak memakai daftar jawaban.")
        yield document.problem((*path, "options"), "needless_options", what, _("Hapus options."))
    if kind in ("likert", "choose_k", "single_choice") and "options" not in item:
        what = _("Butir jenis ini memerlukan daftar jawaban.")
        mend = _("Isi options dengan id dari option_lists.")
        yield document.problem(path, "options_missing", what, mend)
    if isinstance(wanted, str) and wanted not in lists:
        what = _("Daftar jawaban {id} tidak ada.").format(id=wanted)
        mend = _("Tambahkan di option_lists, atau betulkan id-nya.")
        yield document.problem((*path, "options"), "unknown_options", what, mend)
    yield from _choose(document, path, item, lists)


def _choose(
    document: Document, path: Path, item: dict[str, Any], lists: dict[str, dict[str, Any]]
) -> Iterator[Problem]:
    votes = item.get("kind") == "choose_k"
    if votes and ("choose" not in item or "occasion" not in item):
        what = _("Butir pilihan ganda memerlukan choose dan occasion.")
        yield document.problem(path, "choose_missing", what, _("Tambahkan keduanya."))
    if not votes and ("choose" in item or "occasion" in item):
        what = _("choose dan occasion hanya untuk butir jenis choose_k.")
        yield document.problem(path, "needless_choose", what, _("Hapus keduanya."))
    choose, wanted = number(item.get("choose")), item.get("options")
    offered = rows(lists.get(wanted), "options") if isinstance(wanted, str) else []
    if choose is not None and offered and choose > len(offered):
        what = _("Diminta memilih {k} dari {n} pilihan saja.").format(k=int(choose), n=len(offered))
        mend = _("Kecilkan choose atau tambah pilihannya.")
        yield document.problem((*path, "choose"), "choose_too_many", what, mend)
    if votes and any("id" not in option or "tone" not in option for _path, option in offered):
        what = _("Setiap pilihan pada butir choose_k memerlukan id dan tone.")
        mend = _("Tambahkan keduanya pada daftar {id}.").format(id=wanted)
        yield document.problem((*path, "options"), "vote_option", what, mend)


def _options(document: Document, options: list[Row], areas: set[str]) -> Iterator[Problem]:
    yield from repeated(document, options)
    codes = [(path, row["code"]) for path, row in options if type(row.get("code")) is int]
    for (_before, first), (path, second) in pairwise(codes):
        if second != first + 1:
            what = _("Kode {second} tidak berurutan setelah {first}.").format(
                second=second, first=first
            )
            mend = _("Tulis kode berurutan tanpa terlewat atau berulang.")
            yield document.problem((*path, "code"), "option_codes", what, mend)
    for path, option in options:
        area = option.get("area")
        if isinstance(area, str) and area not in areas:
            what = _("Bidang {id} tidak ada dalam areas.").format(id=area)
            mend = _("Pilih dari areas, atau tambahkan di sana.")
            yield document.problem((*path, "area"), "unknown_area", what, mend)


def worksheet(document: Document) -> Iterator[Problem]:
    """Weights of siblings add up; every branch has either aspects or criteria."""
    aspects = list(_branches(document.content, ()))
    criteria = [row for path, aspect in aspects for row in rows(aspect, "criteria", path)]
    yield from repeated(document, aspects)
    yield from repeated(document, criteria)
    yield from _weights(document, (), document.content)
    for path, aspect in aspects:
        if ("aspects" in aspect) == ("criteria" in aspect):
            what = _("Aspek harus berisi salah satu: aspects atau criteria.")
            mend = _("Isi salah satu saja.")
            yield document.problem(path, "aspect_content", what, mend)
        yield from _weights(document, path, aspect)
    for path, criterion in criteria:
        yield from _rubric(document, path, criterion)


def _branches(parent: Any, path: Path) -> Iterator[Row]:
    for at, aspect in rows(parent, "aspects", path):
        yield at, aspect
        yield from _branches(aspect, at)


def _weights(document: Document, path: Path, parent: dict[str, Any]) -> Iterator[Problem]:
    siblings = rows(parent, "aspects", path)
    weights = [number(row.get("weight")) for _path, row in siblings]
    given = [weight for weight in weights if weight is not None]
    total = sum(given)
    if not given or len(given) < len(weights) or min(abs(total - 1), abs(total - 100)) < 1e-6:
        return
    what = _("Bobot aspek yang setingkat berjumlah {total}.").format(
        total=f"{total:g}".replace(".", ",")
    )
    mend = _("Jumlahnya harus 1 (atau 100).")
    yield document.problem((*path, "aspects"), "weights_sum", what, mend)


def _rubric(document: Document, path: Path, criterion: dict[str, Any]) -> Iterator[Problem]:
    rubric, kind = criterion.get("rubric"), criterion.get("kind")
    answers = ANSWERS.get(kind) if isinstance(kind, str) else None
    if isinstance(rubric, dict) and answers is not None and set(rubric) != set(answers):
        what = _("Rubrik tidak cocok dengan jenis jawaban.")
        mend = _("Tulis tepat: {answers}.").format(answers=", ".join(answers) or "-")
        yield document.problem((*path, "rubric"), "rubric_answers", what, mend)


def method(document: Document) -> Iterator[Problem]:
    """Bands, weights and the minimum rule of a method."""
    content = document.content
    yield from repeated(document, rows(content, "bands"))
    yield from _bands(document)
    survey, evidence = number(content.get("survey_weight")), number(content.get("evidence_weight"))
    if survey is not None and evidence is not None and abs(survey + evidence - 1) > 1e-9:
        what = _("Bobot survei dan bobot bukti tidak berjumlah 1.")
        yield document.problem(("survey_weight",), "parts_sum", what, _("Misalnya 0.8 dan 0.2."))
    composite = content.get("index_type") == "composite"
    if evidence is not None and composite != (evidence > 0 and bool(content.get("worksheet"))):
        what = _("Indeks gabungan memerlukan lembar kerja dan bobot bukti; yang lain tidak.")
        mend = _("Samakan index_type, worksheet, dan evidence_weight.")
        yield document.problem(("index_type",), "composite_parts", what, mend)
    parameter, rule = number(content.get("minimum_parameter")), content.get("minimum_rule")
    if rule in ("slovin", "krejcie_morgan") and (parameter is None or parameter >= 1):
        what = _("Aturan {rule} memerlukan batas kesalahan antara 0 dan 1.").format(rule=rule)
        mend = _("Misalnya minimum_parameter: 0.05.")
        yield document.problem(("minimum_parameter",), "minimum_parameter", what, mend)
    if content.get("id") in [text for _path, text in strings(content, "breaks_from")]:
        what = _("Metode tidak dapat terputus dari dirinya sendiri.")
        yield document.problem(("breaks_from",), "breaks_from_itself", what, _("Hapus id ini."))


def _bands(document: Document) -> Iterator[Problem]:
    bands = rows(document.content, "bands")
    lowers = [(path, number(row.get("lower"))) for path, row in bands]
    for (_before, upper), (path, lower) in pairwise(lowers):
        if upper is not None and lower is not None and lower >= upper:
            what = _("Batas bawah kategori tidak menurun.")
            mend = _("Urutkan dari kategori tertinggi ke terendah.")
            yield document.problem((*path, "lower"), "bands_descending", what, mend)
    if lowers and lowers[-1][1] not in (None, 0.0):
        what = _("Kategori terendah tidak dimulai dari 0.")
        mend = _("Tulis lower: 0 pada kategori terakhir.")
        yield document.problem((*lowers[-1][0], "lower"), "lowest_band", what, mend)


RULES: dict[str, Callable[[Document], Iterator[Problem]]] = {
    "value_set": value_set,
    "questionnaire": questionnaire,
    "worksheet": worksheet,
    "method": method,
}
