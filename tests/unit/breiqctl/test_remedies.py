"""Every command line of breiqctl that the code, the README or a page of docs recommends exists, with its options."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from breiqctl.cli import COMMANDS, cli

ROOT = Path(__file__).parents[3]
ROOMS = (
    "estate",
    "aws",
    "operations",
    "review",
    "releases",
    "dr",
    "stackops",
    "breiqctl",
    "provisioner",
    "infra",
    "components",
    "policies",
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINE = re.compile(r"breiqctl((?:[ \n]+(?:\\[ \n]+)?(?:--?[\w-]+|[\w./:…<>@=-]+))+)")
NO_COMMAND = {
    "may",
    "alone",
    "and",
    "as",
    "broke",
    "does",
    "exit",
    "has",
    "is",
    "itself",
    "knows",
    "needs",
    "reads",
    "runs",
    "that",
    "was",
    "with",
    "writes",
}
"""Words that follow the name in a sentence about the program."""


def texts(path: Path) -> Iterator[str]:
    if path.suffix == ".md":
        yield from re.findall(r"`([^`\n]*breiqctl [^`\n]*)`", path.read_text())
        return
    tree = ast.parse(path.read_text())
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, holders) and _documented(node)}
    inside = docs | {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "X" for p in node.values)


def _documented(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    return bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)


def lines() -> list[tuple[str, str]]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))] + PAGES
    return [
        (f"{path.relative_to(ROOT)}", match[1].strip())
        for path in files
        for text in texts(path)
        for match in LINE.finditer(text)
    ]


def problem(line: str) -> str | None:
    words = line.replace("\\", " ").split()
    group: click.Command = cli
    context = click.Context(cli)
    position = 0
    while position < len(words) and words[position] in ("-e", "-v", "--environment"):
        position += 2 if words[position] != "-v" else 1
    if position == len(words) or words[position] in ("--help", "--version"):
        return None
    if isinstance(group, click.Group) and words[position] not in COMMANDS:
        return None if words[position] in NO_COMMAND else f"no command {words[position]!r}"
    while isinstance(group, click.Group) and position < len(words):
        found = group.get_command(context, words[position])
        if found is None and group.invoke_without_command:
            break
        if found is None:
            return f"{words[position]!r} is no command of {group.name}" if words[position].isalpha() else None
        group, position = found, position + 1
    known = {name for parameter in group.params for name in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "-h"}
    options = [word.partition("=")[0] for word in words[position:] if word.startswith("--") and len(word) > 2]
    unknown = [option for option in options if option not in known]
    return f"{group.name} has no option {unknown[0]}" if unknown else None


def test_there_are_many() -> None:
    assert len(lines()) > 100


@pytest.mark.parametrize(("where", "line"), sorted(set(lines())))
def test_what_is_recommended_exists(where: str, line: str) -> None:
    assert problem(line) is None, f"{where}: breiqctl {line}"
