"""The packages hang together as the design page says: no cycles of imports; folders, modules and functions of a size
that a reader can survey.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from estate.files import ROOT

PACKAGES = (
    "app", "aws", "breiqctl", "components", "dr", "estate", "infra", "localcloud", "operations", "policies",
    "provisioner", "releases", "review", "stackops",
)  # fmt: skip
MODULES_IN_A_FOLDER = 25


@cache
def modules() -> dict[str, Path]:
    """Return each module of ours by its dotted name."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in sorted(paths)
    }


def runs(tree: ast.AST) -> Iterable[ast.AST]:
    """Yield what is executed: all but what is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from runs(node)


@cache
def imports() -> Mapping[str, set[str]]:
    """Return which of our modules each module imports, also inside functions."""
    known = modules()
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        named = set()
        for node in runs(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                full = {one.name: f"{node.module}.{one.name}" for one in node.names}
                named |= {one if one in known else node.module for one in full.values()}
            elif isinstance(node, ast.Import):
                named |= {one.name for one in node.names}
        found[name] = (named & known.keys()) - {name}
    return found


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return a cycle of the graph; an empty list when there is none."""
    ended: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name not in ended:
            for other in sorted(graph[name]):
                if found := walk(other, [*path, name]):
                    return found
            ended.add(name)
        return []

    return next((found for name in graph if (found := walk(name, []))), [])


def test_a_cycle_would_be_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}) == ["a", "b", "c", "a"]
    assert cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert len(imports()) > 400
    assert cycle(imports()) == []


@pytest.mark.parametrize("parent", sorted({name.rpartition(".")[0] for name in modules() if "." in name}))
def test_no_two_parts_of_a_package_import_each_other(parent: str) -> None:
    below = f"{parent}."
    graph: dict[str, set[str]] = defaultdict(set)
    for name, others in imports().items():
        if name.startswith(below):
            part = name.removeprefix(below).partition(".")[0]
            graph[part] |= {one.removeprefix(below).partition(".")[0] for one in others if one.startswith(below)} - {
                part
            }
    for others in list(graph.values()):
        for one in others:
            graph[one]  # a part that imports nothing
    assert cycle(graph) == []


def test_no_folder_holds_more_than_one_can_survey() -> None:
    count: dict[Path, int] = defaultdict(int)
    for path in modules().values():
        count[path.parent.relative_to(ROOT)] += 1
    assert {str(folder): number for folder, number in count.items() if number > MODULES_IN_A_FOLDER} == {}
