"""Decision records are numbered without gaps, the index lists all of them, and each reference leads to one."""

import re
from pathlib import Path

from tests.unit.docs.sources import DOCS, texts

FOLDER = DOCS / "adr"
RECORDS = {path.name[:4]: path for path in sorted(FOLDER.glob("[0-9]*.md"))}
REFERENCE = re.compile(
    r"docs/adr/(?P<file>[\w.-]*)|\bADRs?[  ](?P<number>\d+)(?!\d)|\]\((?:\.\./)?adr/(?P<link>[\w.-]*)"
)


def title(path: Path) -> str:
    return path.read_text().partition("\n")[0].partition(": ")[2]


def test_numbers_are_consecutive() -> None:
    assert list(RECORDS) == [f"{number:04d}" for number in range(1, len(RECORDS) + 1)]


def test_each_record_names_its_number_and_its_status() -> None:
    for number, path in RECORDS.items():
        text = path.read_text()
        assert re.match(rf"# ADR {number}: \S.*\n\nDate: 20\d\d-\d\d-\d\d\. Status: [a-z]", text), path.name


def test_the_index_lists_every_record() -> None:
    index = (FOLDER / "README.md").read_text()
    rows = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+?) \| ([^|]+) \| [^|]+ \|$", index, re.MULTILINE)
    assert [(number, name, heading) for number, name, heading, _ in rows] == [
        (number, path.name, title(path)) for number, path in RECORDS.items()
    ]
    for number, _, _, status in rows:
        assert f"Status: {status}" in RECORDS[number].read_text(), number


def wrong_references(text: str) -> list[str]:
    """Return the references of a text that no record answers."""
    known = {path.name for path in RECORDS.values()} | {"README.md", ""}
    wrong = []
    for match in REFERENCE.finditer(text):
        name = match["file"] if match["file"] is not None else match["link"]
        if match["number"] not in (None, *RECORDS) or (name is not None and name.rstrip(".") not in known):
            wrong.append(match[0])
    return wrong


def test_each_reference_leads_to_a_record() -> None:
    found = {name: wrong_references(text) for name, text in texts().items() if name != "tests/unit/docs/test_adr.py"}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_reference_without_a_record_is_found() -> None:
    assert wrong_references("see ADR 0007 and docs/adr/0005-cached-paths.md") == []
    assert wrong_references("see ADR 7") == ["ADR 7"]
    assert wrong_references("see docs/adr/0070") == ["docs/adr/0070"]
    assert wrong_references("[it](adr/0070-prices.md)") == ["](adr/0070-prices.md"]
