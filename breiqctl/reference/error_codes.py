"""The error codes of `breiq.error/1`, read from the code that raises them: code, exit code, and what happened."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from breiqctl.reference.commands import cell
from estate.errors import EXIT_CODES
from estate.files import ROOT
from stackops.local_socket import USAGE_CODES

PACKAGES: Final = ("estate", "aws", "operations", "review", "releases", "dr", "stackops", "breiqctl", "localcloud")

RAISERS: Final[Mapping[str, tuple[int, ...]]] = {
    "BreiqError": (),
    "Refusal": (EXIT_CODES["refused"],),
    "RefusedError": (EXIT_CODES["refused"],),
    "StepFailed": (EXIT_CODES["permanent"], EXIT_CODES["stuck"]),
    "Denied": (),
}
"""Names of types that carry a code, with the exit codes that follow; none: the second argument is the category."""

BASES: Final = frozenset({"BreiqError", "AwsError"})


class ErrorCode(msgspec.Struct, frozen=True, order=True):
    """One code, the exit codes with which it can end a command, and what happened, with … for what varies."""

    code: str
    exits: tuple[int, ...]
    message: str


def error_codes() -> list[ErrorCode]:
    """Return every code that the packages raise, merged by code, with its shortest message."""
    found: dict[str, ErrorCode] = {}
    for one in sorted([*_raised(), *_of_aws(), *_of_the_engine()]):
        known = found.get(one.code)
        exits = tuple(sorted({*one.exits, *(known.exits if known else ())}))
        message = min((text for text in (one.message, known.message if known else "") if text), key=len, default="")
        found[one.code] = ErrorCode(one.code, exits, message)
    return list(found.values())


def _of_aws() -> Iterator[ErrorCode]:
    from aws.words import SAID

    for code, category, message, _ in SAID.values():
        yield ErrorCode(code, (EXIT_CODES[category],), message)


def _of_the_engine() -> Iterator[ErrorCode]:
    from stackops import translate

    for kind, code in translate._CODES.items():
        exits = EXIT_CODES["refused" if issubclass(kind, translate._REFUSALS) else "permanent"]
        yield ErrorCode(code, (exits,), (kind.__doc__ or "").partition("\n")[0].rstrip("."))


def _raised() -> Iterator[ErrorCode]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from _in_module(path)


def _in_module(path: Path) -> Iterator[ErrorCode]:
    tree = ast.parse(path.read_text())
    raisers = {"RefusedError"} if path.is_relative_to(ROOT / "localcloud") else {*RAISERS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in raisers:
            yield from _of_call(node, RAISERS[node.func.id])
        if isinstance(node, ast.ClassDef) and any(isinstance(one, ast.Name) and one.id in BASES for one in node.bases):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "super().__init__":
                    yield from _of_call(inner, ())


def _of_call(call: ast.Call, exits: tuple[int, ...]) -> Iterator[ErrorCode]:
    """Yield the codes of one call: (code, message, …) for a type with its own exit codes, else (code, category, …)."""
    position = 1 if exits else 2
    if len(call.args) <= position:
        return
    if not exits:
        exits = tuple(sorted({EXIT_CODES[name] for name in _texts(call.args[1]) if name in EXIT_CODES}))
    for code in _texts(call.args[0]):
        usage = (EXIT_CODES["usage"],) if code in USAGE_CODES else exits
        if exits and code.replace("_", "").isalnum() and code.islower():
            yield ErrorCode(code, usage, _shown(call.args[position]))


def _texts(node: ast.expr) -> list[str]:
    """Return the texts that an expression can be: one, or both of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return []


def _shown(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
        return re.sub("…+", "…", "".join(parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _shown(node.left) + _shown(node.right)
    return ""


def table(codes: list[ErrorCode]) -> str:
    """Return the codes as a table of the page."""
    rows = []
    for one in codes:
        exits = " or ".join(map(str, one.exits))
        rows.append(f"| `{one.code}` | {exits} | {cell(one.message) or 'see the message'} |")
    return "\n".join(["| code | exit code | what happened |", "|---|---|---|", *rows])
