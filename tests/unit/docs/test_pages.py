"""Pages lead to what exists: links, anchors, and the files and names that they write in backticks."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from estate.files import ROOT
from tests.unit.docs.markdown import anchors, broken, code_spans, links, slug
from tests.unit.docs.sources import DOCS, texts

PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if path.name != "specification.md")]
TOP = {path.name for path in ROOT.iterdir()} - {".breiq"}
BARE_TEST = re.compile(r"(?:(?:unit|local|contract)/)?(?:[a-z]+/)*test_\w+\.py")
TEST_NAME = re.compile(r"test_\w+[…\w]*(?:\[.*\])?")
SYMBOL = re.compile(r"([a-z_][\w.]*)\.([A-Za-z_]\w*)")
NAME = re.compile(r"\b(?=\w*[A-Z_])[A-Za-z]\w{3,}\b")
"""What looks like a name of the code: with an underscore or a capital letter."""

PLACEHOLDERS = re.compile(r"[<>*…{}$ ]|XXX")


def ids(page: Path) -> str:
    return f"{page.relative_to(ROOT)}"


def module_of(dotted: str) -> Path | None:
    base = ROOT / dotted.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def names_of(module: Path) -> set[str]:
    """Return the names that a module defines or imports at its top."""
    found: set[str] = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def missing(span: str) -> str | None:
    """Return why what a page writes in backticks does not exist; None when it does, or is no file or name of ours."""
    path, _, test = span.partition("::")
    path = path.partition("#")[0]
    if BARE_TEST.fullmatch(path):
        return _missing_test(span, [*(ROOT / "tests").rglob(Path(path).name)], path, test)
    if TEST_NAME.fullmatch(span):
        name = re.split(r"[…\[]", span)[0]
        return None if any(f"def {name}" in text for text in texts().values()) else f"{span}: no such test"
    if not PLACEHOLDERS.search(path) and "/" in path and path.split("/")[0] in TOP:
        return _missing_test(span, [ROOT / path], path, test)
    match = SYMBOL.fullmatch(span.removesuffix("()"))
    if match and match[1].split(".")[0] in TOP and "." in span:
        return _missing_name(span, match[1], match[2])
    return None


def _missing_test(span: str, candidates: list[Path], path: str, test: str) -> str | None:
    files = [one for one in candidates if one.exists() and f"{one.relative_to(ROOT)}".endswith(path.rstrip("/"))]
    if not files:
        return f"{span}: no such file"
    name = test.rstrip("…")
    exists = not name or any(f"def {name}" in one.read_text() for one in files)
    return None if exists else f"{span}: no such test"


def _missing_name(span: str, dotted: str, name: str) -> str | None:
    if module_of(f"{dotted}.{name}") or (ROOT / f"{dotted}.{name}").exists():
        return None
    module = module_of(dotted)
    if module is not None:
        return None if name in names_of(module) else f"{span}: {module.relative_to(ROOT)} has no {name}"
    owner, _, holder = dotted.rpartition(".")  # a class's member
    module = module_of(owner) if owner else None
    return None if module is not None and holder in names_of(module) else f"{span}: no such module"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path) -> None:
    assert [problem for link in links(page) if (problem := broken(page, link))] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_files_and_names_exist(page: Path) -> None:
    assert [problem for span in code_spans(page) if (problem := missing(span))] == []


@pytest.mark.parametrize(
    "page", [DOCS / "design.md", DOCS / "glossary.md", *sorted((DOCS / "how-to").glob("*.md"))], ids=ids
)
def test_names_stand_in_the_code(page: Path) -> None:
    """A name without its module (`Handler`, `lease_s`) is a word of the code."""
    named = {name for span in code_spans(page) if not PLACEHOLDERS.search(span) for name in NAME.findall(span)}
    assert sorted(named - words_of_the_code()) == []


@cache
def words_of_the_code() -> frozenset[str]:
    code = {name: text for name, text in texts().items() if not name.endswith(".md") and "unit/docs/" not in name}
    words = {word for text in code.values() for word in re.findall(r"\w+", text)}
    return frozenset(words | {word for name in code for word in re.findall(r"\w+", name)})


def test_each_term_of_the_glossary_stands_once() -> None:
    terms = re.findall(r"^\| ([^|]+) \|", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    single = [term.strip("`* ") for row in terms if row not in ("term", "---") for term in row.split(", ")]
    assert len(single) > 100
    assert sorted({term for term in single if single.count(term) > 1}) == []


def test_what_does_not_exist_is_found(tmp_path: Path) -> None:
    assert missing("dr/failover.py") is None
    assert missing("dr/nothing.py") == "dr/nothing.py: no such file"
    assert missing("operations.kind.Kind") is None
    assert missing("operations.kind.Nothing") is not None
    assert missing("breiqctl status") is None
    assert missing("test_lag.py::test_nothing…") is not None
    assert missing("test_no_test_has_this_name") is not None
    assert missing("test_no_such.py") == "test_no_such.py: no such file"
    page = tmp_path / "page.md"
    page.write_text("# A, b\n\n[one](#a-b) [two](#c) [three](none.md)\n")
    assert [broken(page, link) is None for link in links(page)] == [True, False, False]


def test_anchors_are_githubs() -> None:
    assert slug("RTO and RPO") == "rto-and-rpo"
    assert slug("2.1 `x`: y's") == "21-x-ys"


def test_code_refers_to_headings_that_exist() -> None:
    """Code, tests, configuration and data name decisions as docs/<page>.md#<heading>."""
    wrong = {}
    for name, text in texts().items():
        for page, anchor in re.findall(r"docs/([\w-]+\.md)#([\w-]+)", text):
            if not (DOCS / page).is_file() or anchor not in anchors(DOCS / page):
                wrong.setdefault(name, []).append(f"{page}#{anchor}")
    assert wrong == {}


def test_no_page_is_missing() -> None:
    """Every page of docs that a text names exists."""
    wrong = {}
    for name, text in texts().items():
        for page in re.findall(r"docs/[\w/-]+\.md", text):
            if not (ROOT / page).is_file() and not name.startswith("tests/unit/docs/"):
                wrong.setdefault(name, set()).add(page)
    assert wrong == {}
