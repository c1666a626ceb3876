"""The packages hang together as the design page says: no cycles of imports; folders, modules and functions of a size
that a reader can survey.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from estate.config.base import Strict
from estate.files import ROOT
from estate.yaml_file import read_as

PACKAGES = (
    "app", "aws", "breiqctl", "components", "dr", "estate", "infra", "localcloud", "operations", "policies",
    "provisioner", "releases", "review", "stackops",
)  # fmt: skip
MODULES_IN_A_FOLDER = 25
LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 40
LARGE = Path(__file__).with_name("large.yaml")
"""What is larger, with so many lines at most, and why. It only shrinks: what grows fails, and so does a row that is not needed."""


class Large(Strict, frozen=True):
    """A module or function over the limit."""

    name: str
    lines: int
    reason: str


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


@cache
def sources() -> dict[str, str]:
    """Return each Python file of ours, tests too, by its path from the root."""
    folders = (*PACKAGES, "tests", "benchmarks")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def lines_of_functions(file: str, text: str) -> Iterable[tuple[str, int]]:
    """Yield the lines of each function, signature and docstring included, by `file::function`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{file}::{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def oversized(found: Mapping[str, str]) -> dict[str, int]:
    """Return the modules and functions that are over their limit, with their lines."""
    modules = {file: len(text.splitlines()) for file, text in found.items()}
    large = {file: lines for file, lines in modules.items() if lines > LINES_OF_A_MODULE}
    for file, text in found.items():
        for name, lines in lines_of_functions(file, text):
            if lines > LINES_OF_A_FUNCTION:
                large[name] = max(lines, large.get(name, 0))
    return large


def test_what_is_too_large_would_be_found() -> None:
    long = "def f() -> None:\n" + "    pass\n" * LINES_OF_A_FUNCTION
    assert oversized({"a.py": long}) == {"a.py::f": 41}
    assert oversized({"a.py": "\n" * 301, "b.py": "\n" * 300}) == {"a.py": 301}


def test_modules_and_functions_are_small_but_for_those_that_are_listed_with_a_reason() -> None:
    rows, _ = read_as(LARGE, LARGE.name, list[Large], remedy="Each has name, lines, reason")
    assert all(row.reason.strip() for row in rows)
    allowed, found = {row.name: row.lines for row in rows}, oversized(sources())
    assert {name: lines for name, lines in found.items() if lines > allowed.get(name, 0)} == {}, "divide it"
    assert allowed.keys() - found.keys() == set(), "it fits now: take its row away"


def test_no_folder_holds_more_than_one_can_survey() -> None:
    count: dict[str, int] = defaultdict(int)
    for file in sources():
        count[file.rpartition("/")[0]] += 1
    assert {folder: number for folder, number in count.items() if number > MODULES_IN_A_FOLDER} == {}
