"""The documents that `--json` prints: which fields each has, and whether a real document is as it is described."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

FILE: Final = Path(__file__).with_name("documents.yaml")
"""Beside the code, because a change of a document is a change of both."""

KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int, float),
    "flag": (bool,),
    "object": (dict,),
    "list": (list,),
    "any": (str, int, float, bool, dict, list, type(None)),
}
"""The types of a field, in the words of the page. `?` after one: it may be null."""


class Field(msgspec.Struct, frozen=True):
    """One field: its path from the document's top (`regions.*.role`, `steps[].name`), its type and its meaning."""

    path: str
    kind: str
    meaning: str

    @property
    def types(self) -> tuple[type, ...]:
        """The types that its value may have."""
        return KINDS[self.kind.rstrip("?")] + ((type(None),) if self.kind.endswith("?") else ())


class Document(msgspec.Struct, frozen=True):
    """One document: its name with version, the commands that print it, and its fields. `schema` itself is left out."""

    name: str
    commands: tuple[str, ...]
    about: str
    fields: tuple[Field, ...]


@cache
def read_documents() -> Mapping[str, Document]:
    """Return all documents by name, in the order of the file."""
    found = {}
    for name, given in yaml.safe_load(FILE.read_text()).items():
        fields = tuple(
            Field(path, *(part.strip() for part in text.split("|", 1))) for path, text in given["fields"].items()
        )
        found[name] = Document(name, tuple(given.get("commands", ())), given["about"], fields)
    return found


def undescribed(document: Mapping[str, Any]) -> list[str]:
    """Return what of a real document is not as its description says; empty when all is."""
    known = read_documents().get(str(document.get("schema")))
    if known is None:
        return [f"no document {document.get('schema')!r} is described"]
    fields = {field.path: field for field in known.fields}
    problems = list(_unlike(fields, "", {key: value for key, value in document.items() if key != "schema"}))
    return [f"{known.name}: {problem}" for problem in problems]


def _unlike(fields: Mapping[str, Field], path: str, value: Any) -> Iterator[str]:
    """Yield what is wrong below a path. What has no described parts is described as a whole: it is not looked into."""
    field = fields.get(path)
    if field is not None and not _is_of(field, value):
        yield f"{path} is {type(value).__name__}, described as {field.kind}"
    if isinstance(value, list) and _has_parts(fields, f"{path}[]"):
        for one in value:
            yield from _unlike(fields, f"{path}[]", one)
    if isinstance(value, dict) and (not path or _has_parts(fields, path)):
        for key, one in value.items():
            inner = _inner(fields, path, str(key))
            if inner is None:
                yield f"{path}.{key} is not described".lstrip(".")
            else:
                yield from _unlike(fields, inner, one)


def _is_of(field: Field, value: Any) -> bool:
    if isinstance(value, bool) and bool not in field.types:
        return False
    return isinstance(value, field.types)


def _has_parts(fields: Mapping[str, Field], path: str) -> bool:
    return any(name.startswith((f"{path}.", f"{path}[")) for name in fields) or (path.endswith("[]") and path in fields)


def _inner(fields: Mapping[str, Field], path: str, key: str) -> str | None:
    """Return the described path of a key: its own, or `*` where keys are names."""
    for name in (f"{path}.{key}".lstrip("."), f"{path}.*".lstrip(".")):
        if name in fields or _has_parts(fields, name):
            return name
    return None


def section(document: Document) -> str:
    """Return a document's section of the page."""
    commands = ", ".join(f"[{name}](#breiqctl-{name.replace(' ', '-')})" for name in document.commands)
    rows = [
        f"| `{field.path}` | {_kind(field.kind)} | {field.meaning} |".replace("| |", "|  |")
        for field in document.fields
    ]
    head = f"### {document.name}\n\n{document.about}" + (f" Printed by: {commands}." if commands else "")
    return "\n".join([f"{head}\n", "| field | type | meaning |", "|---|---|---|", *rows])


def _kind(kind: str) -> str:
    return f"{kind.rstrip('?')} or null" if kind.endswith("?") else kind
