"""The design page describes the packages that exist, in the layers that the build enforces."""

import re
import tomllib

from estate.files import ROOT
from tests.unit.docs.sources import DOCS, texts

DESIGN = (DOCS / "design.md").read_text()
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def section(heading: str) -> str:
    return re.split(r"^#+ ", DESIGN.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def test_each_package_is_described() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", section("Packages"), re.MULTILINE)) == sorted(LINTER["root_packages"])


def test_the_layers_are_those_of_the_build() -> None:
    [contract] = [one for one in LINTER["contracts"] if one["type"] == "layers" and "breiqctl" in one["layers"]]
    assert section("Imports").split("```")[1].split("\n")[1:-1] == contract["layers"]


def test_no_reference_is_to_a_page_outside_the_repository() -> None:
    outside = re.compile(r"\bDESIGN(?:\.md)?\b|\bCLI\.md\b|\bSTYLE\.md\b|\.\./shared/|\bdecision \d")
    found = {name for name, text in texts().items() if outside.search(text) and not name.startswith("tests/unit/docs/")}
    assert found == set()
