"""What a Markdown page has and says, as far as tests look at it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    text = FENCED.sub("", page.read_text())
    return frozenset(slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE))


def links(page: Path) -> Iterator[str]:
    """Yield the targets of a page's links that are not on the web."""
    for match in LINK.finditer(FENCED.sub("", page.read_text())):
        if not match[1].startswith(("http://", "https://", "mailto:")):
            yield match[1]


def broken(page: Path, link: str) -> str | None:
    """Return what is wrong with a link of a page; None when it leads somewhere."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return f"{link}: no such file"
    if anchor and target.suffix == ".md" and not re.fullmatch(r"L\d+", anchor) and anchor not in anchors(target):
        return f"{link}: {target.name} has no heading for #{anchor}"
    return None


def code_spans(page: Path) -> Iterator[str]:
    """Yield what a page writes in backticks, fenced blocks apart."""
    yield from (match[1] for match in CODE.finditer(FENCED.sub("", page.read_text())))
