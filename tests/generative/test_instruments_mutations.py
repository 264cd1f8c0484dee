"""However a file is damaged, the check answers with problems and never breaks down."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cermin.instruments.check import check_file

GOOD = sorted((Path(__file__).parent.parent / "fixtures" / "instruments" / "good").glob("*.yaml"))
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from(["", "x", "likert", "metode-2025", "nilai-berakhlak-2021", "2025-13-45"]),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([1, "a", None]),
    st.just({"id": ["a"]}),
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below ``node``."""
    found: list[tuple[Any, Any]] = []
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    for key in keys:
        found.append((node, key))
        if isinstance(node[key], dict | list):
            found += places(node[key])
    return found


@given(data=st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_damage_is_reported_not_raised(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(GOOD))
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for _step in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(content)))
        if data.draw(st.booleans()):
            container[key] = data.draw(JUNK)
        elif isinstance(container, dict) and len(content) > 1:
            container.pop(key, None)
    with TemporaryDirectory() as folder:
        file = Path(folder) / path.name
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        for problem in check_file(file):
            assert problem.line >= 1
            assert problem.what
            assert problem.mend


@given(raw=st.binary(max_size=300))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_bytes_are_answered(raw: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "x.yaml"
        file.write_bytes(raw)
        assert check_file(file)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(tmp_path: Path, opening: str) -> None:
    file = tmp_path / "dalam.yaml"
    file.write_text(opening * 5_000, encoding="utf-8")
    assert [problem.rule for problem in check_file(file)] in (["depth"], ["syntax"])
