"""Every rule of the instrument check has a bad file, and only that rule fires, at its line."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

import cermin.instruments
from cermin.instruments import shape
from cermin.instruments.check import check_file, published
from cermin.instruments.load import list_instruments
from cermin.instruments.locate import MAX_BYTES, Problem
from cermin.instruments.references import DATA

FIXTURES = Path(__file__).parent.parent / "fixtures" / "instruments"
GOOD = sorted((FIXTURES / "good").glob("*.yaml"))
BAD = sorted(p for p in (FIXTURES / "bad").glob("*.yaml") if p.read_bytes().startswith(b"# rule"))
SUPPORT = sorted(set((FIXTURES / "bad").glob("*.yaml")) - set(BAD))
BUILT_HERE = {"unreadable", "too_large", "published_changed"}


def expected(path: Path) -> tuple[str, int]:
    lines = path.read_bytes().splitlines()
    [marked] = [number for number, line in enumerate(lines, start=1) if b"# here" in line]
    return lines[0].decode().removeprefix("# rule: "), marked


def rules_in_source() -> set[str]:
    """Rule names that the source passes to Problem(...) and friends."""
    found = set(shape._RULES.values())
    position = {"problem": 1, "Problem": 3, "_unknown": 4, "_RefusedError": 0}
    for file in Path(cermin.instruments.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                at = position.get(name)
                if at is not None and len(node.args) > at:
                    argument = node.args[at]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        found.add(argument.value)
    return found


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_exactly_the_broken_rule_fires_at_the_right_line(path: Path) -> None:
    problems = check_file(path)
    assert [(p.rule, p.line) for p in problems] == [expected(path)]
    assert all(p.what and p.mend for p in problems)


def test_every_rule_has_a_bad_file() -> None:
    assert {expected(path)[0] for path in BAD} | BUILT_HERE == rules_in_source()


@pytest.mark.parametrize("path", GOOD + SUPPORT, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_good_files_have_no_problem(path: Path) -> None:
    assert check_file(path) == []


@pytest.mark.parametrize("instrument", list_instruments())
def test_shipped_files_have_no_problem(instrument: str) -> None:
    assert check_file(DATA / f"{instrument}.yaml") == []


def test_problem_reads_like_a_compiler_message() -> None:
    problem = Problem("a.yaml", 3, "items[0]", "type", "Salah.", "Betulkan.")
    assert str(problem) == "a.yaml:3: [type] items[0]: Salah. Betulkan."


def test_path_and_advice_name_the_place_and_the_cure() -> None:
    [problem] = check_file(FIXTURES / "bad" / "missing-key-english.yaml")
    assert problem.path == "title"
    assert problem.what == "Kunci en belum ada."
    assert problem.mend == "Tambahkan en di sini."


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = (FIXTURES / "good" / "lke-contoh.yaml").read_text(encoding="utf-8")
    text = text.replace("weight: 0.4", "weight: 0.5").replace("kind: yes_no", "kind: maybe")
    text = text.replace("id: lke-contoh", "id: lke-lain").replace('"Ada rencana"', '""')
    file = tmp_path / "lke-contoh.yaml"
    file.write_text(text, encoding="utf-8")
    rules = [problem.rule for problem in check_file(file)]
    assert rules == ["id_is_file_name", "weights_sum", "not_in_list", "pattern"]


def test_missing_file_is_told() -> None:
    [problem] = check_file(Path("tidak-ada.yaml"))
    assert problem.rule == "unreadable"


def test_ten_megabytes_are_refused_without_parsing(tmp_path: Path) -> None:
    file = tmp_path / "besar.yaml"
    file.write_bytes(b"a: [" * (10_000_000 // 4))
    [problem] = check_file(file)
    assert problem.rule == "too_large"


def test_exactly_the_limit_is_read(tmp_path: Path) -> None:
    file = tmp_path / "batas.yaml"
    file.write_bytes(b"#" * MAX_BYTES)
    assert [problem.rule for problem in check_file(file)] == ["kind"]


def test_flood_of_entries_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "banjir.yaml"
    file.write_text("kind: value_set\nvalues: [" + "{}," * 60_000 + "]\n", encoding="utf-8")
    assert [(p.rule, p.line) for p in check_file(file)] == [("too_large", 2)]


def test_yaml_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    file = tmp_path / "bom.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert [(p.rule, p.line) for p in check_file(file)] == [("alias", 1)]


def test_unprintable_character_is_located(tmp_path: Path) -> None:
    file = tmp_path / "aneh.yaml"
    file.write_bytes(b"kind: method\nid: \x07\n")
    assert [(p.rule, p.line) for p in check_file(file)] == [("syntax", 2)]


def test_impossible_date_is_a_syntax_problem(tmp_path: Path) -> None:
    file = tmp_path / "tanggal.yaml"
    file.write_text("kind: method\nid: 2025-13-45\n", encoding="utf-8")
    assert [p.rule for p in check_file(file)] == ["syntax"]


def test_two_documents_in_one_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "dua.yaml"
    file.write_text("a: 1\n---\nb: 2\n", encoding="utf-8")
    assert [(p.rule, p.line) for p in check_file(file)] == [("syntax", 2)]


def test_byte_order_mark_of_windows_is_accepted(tmp_path: Path) -> None:
    good = (FIXTURES / "good" / "lke-contoh.yaml").read_bytes()
    file = tmp_path / "lke-contoh.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n"))
    assert check_file(file) == []


@pytest.mark.parametrize("text", ["- a\n- b\n", "teks", ""])
def test_file_that_is_no_mapping_has_no_kind(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    assert [p.rule for p in check_file(file)] == ["kind"]


def test_years_that_are_no_list_are_only_a_shape_problem(tmp_path: Path) -> None:
    text = (FIXTURES / "good" / "metode-contoh.yaml").read_text(encoding="utf-8")
    file = tmp_path / "metode-contoh.yaml"
    for name in ("kuesioner-contoh.yaml", "nilai-contoh.yaml"):
        shutil.copy(FIXTURES / "good" / name, tmp_path)
    file.write_text(text.replace("years: [2030]", "years: 2030"), encoding="utf-8")
    assert [(p.rule, p.line) for p in check_file(file)] == [("type", 5)]


def test_published_lock_lists_exactly_the_shipped_files() -> None:
    assert set(published()) == {f"{one}.yaml" for one in list_instruments()}


def test_edited_published_file_is_caught(tmp_path: Path) -> None:
    file = tmp_path / "metode-2024.yaml"
    shutil.copy(DATA / "metode-2024.yaml", file)
    assert check_file(file) == []
    file.write_text(file.read_text(encoding="utf-8") + "# tambahan\n", encoding="utf-8")
    assert [p.rule for p in check_file(file)] == ["published_changed"]
