"""Every action that is recorded anywhere has a sentence, whose gaps are really recorded."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from cermin.web.organisations.presenters.audit_words import NEUTRAL, OBJECTS, SENTENCES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "cermin"
RECORD = "record"
ALWAYS = {"object_id", "object", "action"}  # gaps that need no detail
OWN = {"by", "now", "agency", "object_type", "object_id"}  # parameters that are no details


class Recorded:
    """Actions with the details of each of their calls, and whatever could not be understood."""

    def __init__(self) -> None:
        self.details: dict[str, list[set[str] | None]] = defaultdict(list)  # None: any details
        self.object_types: set[str] = set()
        self.unclear: list[str] = []


def called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def texts(node: ast.expr | None, near: Iterable[ast.AST] = ()) -> list[str]:
    """The constants that an expression may be; a name or a table is looked up ``near``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp) and (one := texts(node.body)) and (two := texts(node.orelse)):
        return one + two
    table = isinstance(node, ast.Subscript)
    name = node.value if isinstance(node, ast.Subscript) else node
    if not isinstance(name, ast.Name):
        return []
    for part in near:
        targets = part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)]
        if not isinstance(part, ast.Assign | ast.AnnAssign) or not any(
            isinstance(target, ast.Name) and target.id == name.id for target in targets
        ):
            continue
        if table and isinstance(part.value, ast.Dict):
            return [text for value in part.value.values for text in texts(value)]
        return texts(part.value)
    return []


def first(call: ast.Call) -> ast.expr | None:
    named = [word.value for word in call.keywords if word.arg == "action"]
    return call.args[0] if call.args else (named or [None])[0]


Wrapper = tuple[set[str], bool, set[str]]  # details it adds, hands on more, its parameters


def wrappers(trees: dict[Path, ast.Module]) -> dict[str, Wrapper]:
    """Functions that hand their action on to ``record``: what they add, and if they hand on more.

    Found again and again, since wrappers may be wrapped. Private ones are named with their module.
    """
    found: dict[str, Wrapper] = {RECORD: (set(), True, OWN | {"action"})}
    for _round in range(3):
        for path, tree in trees.items():
            for function in ast.walk(tree):
                if not isinstance(function, ast.FunctionDef) or function.name == RECORD:
                    continue
                arguments = [*function.args.args, *function.args.kwonlyargs]
                parameters = {argument.arg for argument in arguments}
                for call in ast.walk(function):
                    if not isinstance(call, ast.Call) or known(found, path, call) is None:
                        continue
                    action = first(call)
                    if isinstance(action, ast.Name) and action.id in parameters:
                        adds, more, theirs = known(found, path, call)
                        adds = adds | {word.arg for word in call.keywords if word.arg} - theirs
                        more = more and any(word.arg is None for word in call.keywords)
                        found[key(path, function.name)] = (adds, more, parameters)
    return found


def key(path: Path, name: str) -> str:
    return f"{path}:{name}" if name.startswith("_") else name


def known(found: dict[str, Wrapper], path: Path, call: ast.Call) -> Wrapper | None:
    return found.get(key(path, called(call)))


def recorded() -> Recorded:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
    trees = {path: tree for path, tree in trees.items() if "audit.actions" in ast.unparse(tree)
             or "record" in ast.unparse(tree)}  # fmt: skip
    found, answer = wrappers(trees), Recorded()
    for path, tree in trees.items():
        inside = {id(call): f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)
                  for call in ast.walk(f)}  # fmt: skip
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if (wrapper := known(found, path, call)) is None:
                continue
            adds, more, parameters = wrapper
            names = texts(first(call), [*ast.walk(inside.get(id(call), tree)), *tree.body])
            handed_on = key(path, getattr(inside.get(id(call)), "name", "")) in found
            if not names and not handed_on:
                answer.unclear.append(f"{path.relative_to(SOURCE)}:{call.lineno}")
            given = {word.arg for word in call.keywords if word.arg}
            open_ended = more and any(word.arg is None for word in call.keywords)
            for name in names:
                details = None if open_ended else adds | (given - parameters)
                answer.details[name].append(details)
            for word in call.keywords:
                if word.arg == "object_type":
                    answer.object_types.update(texts(word.value))
    return answer


@pytest.fixture(scope="module")
def found() -> Recorded:
    return recorded()


def test_every_recorded_action_is_a_constant(found: Recorded) -> None:
    """An action that is put together at run time would escape this test, and people's searches."""
    assert found.unclear == []


def test_the_scan_finds_actions(found: Recorded) -> None:
    assert {"unit_renamed", "agency_added", "audit_exported"} <= found.details.keys()


def test_every_action_has_a_sentence(found: Recorded) -> None:
    assert sorted(found.details.keys() - SENTENCES.keys()) == []


def test_every_sentence_is_of_an_action(found: Recorded) -> None:
    assert sorted(SENTENCES.keys() - found.details.keys()) == []


def test_every_kind_of_thing_has_a_name(found: Recorded) -> None:
    assert sorted(found.object_types - {""} - OBJECTS.keys()) == []


@pytest.mark.parametrize("action", sorted(SENTENCES))
def test_gaps_are_filled_by_what_is_recorded(found: Recorded, action: str) -> None:
    gaps = set(re.findall(r"\{(\w+)\}", SENTENCES[action])) - ALWAYS
    for details in found.details[action]:
        assert details is None or gaps <= details


def test_actions_are_named_noun_then_verb(found: Recorded) -> None:
    assert [name for name in found.details if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []


def test_sentences_are_sentences() -> None:
    for sentence in (*SENTENCES.values(), NEUTRAL):
        assert sentence[0].isupper() or sentence[0] == "{"
        assert sentence.endswith(".")
