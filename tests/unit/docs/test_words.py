"""Old words and phrases do not come back: neither as names in the code nor in messages, help and pages.

`old_words.txt` lists them with the standard term; `docs/glossary.md` is the reference for terms.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.docs.sources import texts

LIST = "tests/unit/docs/old_words.txt"
NAMES_ALLOWED: frozenset[str] = frozenset()
"""Files that may use an old name."""

PHRASES_ALLOWED = {
    LIST,
    "tests/unit/docs/test_words.py",
    "docs/foul-weather.md",  # quotes what old versions said
    "estate/alerts.yaml",  # descriptions of alarms are inputs of resources: another text is a change of each alarm
}
"""Files that may contain an old phrase."""


def old_words(section: str) -> dict[str, str]:
    """Return a section of the list: old word → the term to use."""
    lines = Path(__file__).with_name("old_words.txt").read_text().partition(f"[{section}]\n")[2].partition("\n[")[0]
    return dict(line.split(" => ", 1) for line in lines.splitlines() if line)


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """Return each identifier of a module, with its line."""
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str):
                yield getattr(node, "lineno", 0), name


def phrases_in(text: str, phrases: dict[str, str]) -> list[str]:
    """Return the old phrases that a text contains, whatever its line breaks and capitals."""
    flat = re.sub(r"[\s\"#]+", " ", text).lower()
    return [phrase for phrase in phrases if re.search(rf"\b{re.escape(phrase.lower())}\b", flat)]


def test_no_module_uses_an_old_name() -> None:
    old = old_words("names")
    modules = {name: text for name, text in texts().items() if name.endswith(".py") and name not in NAMES_ALLOWED}
    found = [
        f"{module}:{line}: {name} (use {old[name]}; see docs/glossary.md)"
        for module, text in modules.items()
        for line, name in names_in(text)
        if name in old
    ]
    assert len(modules) > 500
    assert found == []


def test_no_text_contains_an_old_phrase() -> None:
    old = old_words("phrases")
    pages = {name: text for name, text in texts().items() if name not in PHRASES_ALLOWED}
    found = [
        f"{page}: {phrase!r} (say: {old[phrase]}; see docs/glossary.md)"
        for page, text in pages.items()
        for phrase in phrases_in(text, old)
    ]
    assert "README.md" in pages
    assert found == []


@pytest.mark.parametrize("section", ["names", "phrases"])
def test_the_list_names_the_term_to_use(section: str) -> None:
    words = old_words(section)
    assert len(words) > 10
    assert all(old and new and old != new for old, new in words.items())


def test_an_old_name_and_an_old_phrase_are_found() -> None:
    assert (1, "Desk") in set(names_in("class Desk: ..."))
    assert phrases_in('"It lives for "\n    "ever."', {"for ever": "forever"}) == ["for ever"]
