"""Controllers ask the record for views by the names of service modules: each that is asked for exists."""

import ast
from collections.abc import Iterator

from estate.files import ROOT
from localcloud.services import load_services


def asked() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "localcloud").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "view":
                given = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                if len(given) == 2:
                    yield given[0], given[1]


def test_each_view_that_is_asked_for_exists() -> None:
    services = load_services()
    found = set(asked())
    assert len(found) > 5
    assert {(name, view) for name, view in found if view not in getattr(services.get(name), "VIEWS", {})} == set()
