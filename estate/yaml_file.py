"""A YAML file that a person wrote: what it holds and on which lines, or words for what is wrong with it.

Scalars are those of YAML 1.2's core schema, not of YAML 1.1 as PyYAML has it: `1:30`, `yes`, `on`, `1_000` and
`2026-11-30` are text. A number that the two versions read differently, or that is not written in decimal (`035`,
`0x1F42`, `0o17`), is refused: no reader should have to know which version is meant. Merge keys (`<<`) work.
Source: YAML 1.2.2, 10.3.2 (tag resolution of the core schema); YAML 1.1, merge key language-independent type.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from estate.config.base import ConfigError, LineOf, convert, joined

T = TypeVar("T")

_PLAIN: Final = "plain"
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The C library's where PyYAML was built with it: it is ten times faster."""


class _UnresolvedScalars(_Loader):  # type: ignore[misc] # which one is known at run time
    """Marks the scalars that have neither quotes nor a tag; the schema is this module's."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """Return a node's tag."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _PLAIN
        return str(super().resolve(kind, value, implicit))


NODES_MAX: Final = 100_000
"""What a file may hold with all its aliases written out: more is a bomb, or a mistake."""
DEPTH_MAX: Final = 100
DIGITS_MAX: Final = 400
MERGE: Final = "<<"

_CORE: Final = "tag:yaml.org,2002:"
_DECIMAL: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_OTHER_BASE: Final = re.compile(r"[-+]?(0[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|0b[01]+)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}


@dataclass(frozen=True)
class Document:
    """What a file holds; `line_of` gives the line of a key's path (`regions.us-east-1.public_subnets[1]`).

    Of a path that is not there it is the line of what there is of it.
    """

    data: Any
    line_of: Callable[[str], int | None]


class _WrongError(Exception):
    """What a node has against it, and where."""

    def __init__(self, problem: str, node: yaml.Node, remedy: str = "Mend it there") -> None:
        super().__init__(problem)
        self.problem, self.line, self.remedy = problem, node.start_mark.line + 1, remedy
        self.key: str | None = None


def read_yaml(path: Path, file: str) -> Any:
    """Return what a YAML file holds. Raises ConfigError, which calls it `file`: it is unreadable, or is no YAML."""
    return read_document(path, file).data


def read_document(path: Path, file: str) -> Document:
    """Return what a YAML file holds, and where. Raises ConfigError as `read_yaml` does."""
    line: int | None = None
    key: str | None = None
    try:
        return parse_document(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem, remedy = f"it cannot be read: {error.strerror}", "Make it a file that you may read"
    except UnicodeDecodeError as error:
        problem, remedy = f"it is not UTF-8: {error}", "Save it as UTF-8"
    except _WrongError as error:
        problem, remedy, line, key = error.problem, error.remedy, error.line, error.key
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).replace('in "<unicode string>", ', "").split())
        problem, remedy = f"it is no YAML: {said}", "Mend it there"
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else None
    raise ConfigError(file=file, key=key or "", problem=problem, remedy=remedy, line=line)


def read_as(path: Path, file: str, kind: type[T], *, remedy: str, empty: Any = None) -> tuple[T, LineOf]:
    """Return what a YAML file holds as a `kind`, and what gives the line of a key; `empty` stands for no value at all.

    Raises ConfigError as `read_yaml` does, and with the line of what does not fit; `remedy` says what to do then.
    """
    document = read_document(path, file)
    data = empty if document.data is None else document.data
    try:
        return convert(data, kind, file=file, remedy=remedy), document.line_of
    except ConfigError as error:
        raise error.located(document.line_of) from error


def parse_document(text: str) -> Document:
    """Return what a YAML text holds. Raises yaml.YAMLError, or an error of this module."""
    root = yaml.compose(text, Loader=_UnresolvedScalars)
    if root is None:
        return Document(None, lambda _: 1)
    return Document(_Reader().value(root, (), ""), lambda key: _line(root, key))


class _Reader:
    """Makes values of nodes. A node that several aliases name is read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, int]] = {}
        self._entries: dict[int, dict[str, yaml.Node]] = {}
        self._size = 0

    def value(self, node: yaml.Node, above: tuple[int, ...], key: str) -> Any:
        """Return the value of a node, whose path is `key`; `above` are the nodes that it stands in."""
        _check_place(node, above)
        known = self._known.get(id(node))
        if known is None:
            before = self._size
            self._size += 1
            found = self._read(node, (*above, id(node)), key)
            known = self._known[id(node)] = (found, self._size - before)
        else:
            self._size += known[1]
        if self._size > NODES_MAX:
            raise _WrongError(f"with its aliases it contains more than {NODES_MAX} values", node)
        return known[0]

    def _read(self, node: yaml.Node, above: tuple[int, ...], key: str) -> Any:
        try:
            if isinstance(node, yaml.ScalarNode):
                return _scalar(node)
            if isinstance(node, yaml.SequenceNode):
                _check_tag(node, "seq")
                return [self.value(each, above, f"{key}[{place}]") for place, each in enumerate(node.value)]
            assert isinstance(node, yaml.MappingNode)
            _check_tag(node, "map")
            return {
                name: self.value(each, above, joined(key, name)) for name, each in self.entries(node, above).items()
            }
        except _WrongError as error:
            error.key = key if error.key is None else error.key
            raise

    def entries(self, node: yaml.MappingNode, above: tuple[int, ...]) -> dict[str, yaml.Node]:
        """Return a mapping's values with those that it takes over by `<<`: its own win, then the first ones."""
        if id(node) not in self._entries:
            own: dict[str, yaml.Node] = {}
            merged: list[yaml.MappingNode] = []
            for key_node, each in node.value:
                key = _key(key_node)
                if key in own or (key == MERGE and merged):
                    raise _WrongError(f"the key {key} appears twice", key_node, "Remove one of them")
                if key == MERGE and key_node.tag == _PLAIN:
                    merged = _merged(each)
                else:
                    own[key] = each
            for other in merged:
                _check_place(other, above)
                own = {**self.entries(other, (*above, id(other))), **own}
            self._entries[id(node)] = own
        return self._entries[id(node)]


def _check_place(node: yaml.Node, above: tuple[int, ...]) -> None:
    if id(node) in above:
        raise _WrongError("an alias refers to a value that contains the alias", node, "Write the value out")
    if len(above) > DEPTH_MAX:
        raise _WrongError(f"it is nested more than {DEPTH_MAX} deep", node)


def _check_tag(node: yaml.Node, kind: str) -> None:
    if node.tag not in (f"{_CORE}{kind}", "!"):
        raise _WrongError(f"it has the tag {node.tag}, which no value of a configuration has", node, "Remove the tag")


def _merged(node: yaml.Node) -> list[yaml.MappingNode]:
    """Return the mappings that a merge key names."""
    several = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for one in several:
        if not isinstance(one, yaml.MappingNode):
            raise _WrongError("<< takes over mappings alone", node, "Name a mapping by its alias")
    return list(several)


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _WrongError("a key is a mapping or a list (an unhashable key)", node, "Write a text as key")
    value = _scalar(node)
    if not isinstance(value, str):
        raise _WrongError(f"the key {node.value or '(nothing)'} is no text", node, f'Write "{node.value}" in quotes')
    return value


def _scalar(node: yaml.ScalarNode) -> Any:
    """Return a scalar's value by the core schema."""
    text: str = node.value
    kind = str(node.tag).removeprefix(_CORE)
    if kind in _KINDS:
        value = _plain(text, node)
        if not isinstance(value, _KINDS[kind]) or (kind != "bool" and isinstance(value, bool)):
            raise _WrongError(f"{text!r} is no {kind}, as its tag says", node, "Remove the tag, or change the value")
        return float(text) if kind == "float" and isinstance(value, int) else value
    if node.tag == _PLAIN:
        return _plain(text, node)
    _check_tag(node, "str")
    return text


def _plain(text: str, node: yaml.ScalarNode) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > DIGITS_MAX:
        return text
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        raise _WrongError(
            f"{text} is no plain decimal number: it is {_readings(text)}",
            node,
            f'Write the number in decimal, or "{text}" in quotes when it is a text',
        )
    return float(text) if _FLOAT.fullmatch(text) else text


def _readings(text: str) -> str:
    """Return what YAML 1.2 and 1.1 make of a number that is not plainly decimal."""
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    if digits.startswith(("0x", "0o")):
        number = sign * int(digits, 0)
        return f"{number} in YAML 1.2" + (" and text in YAML 1.1" if digits.startswith("0o") else "")
    if digits.startswith("0b"):
        return f"text in YAML 1.2 and {sign * int(digits, 0)} in YAML 1.1"
    octal = f"{sign * int(digits, 8)} in YAML 1.1" if re.fullmatch("[0-7]+", digits) else "text in YAML 1.1"
    return f"{sign * int(digits)} in YAML 1.2 and {octal}"


def _line(root: yaml.Node, key: str) -> int:
    """Return the line of a key's path, as far as it leads."""
    node, line, rest = root, root.start_mark.line + 1, key
    while rest:
        found = _step(node, rest)
        if found is None:
            break
        node, line, rest = found
    return line


def _step(node: yaml.Node, rest: str) -> tuple[yaml.Node, int, str] | None:
    """Return the node that a path's first part names, its line, and what is left of the path."""
    if isinstance(node, yaml.SequenceNode):
        found = re.match(r"\[(\d+)\]\.?", rest)
        if found is None or int(found[1]) >= len(node.value):
            return None
        each = node.value[int(found[1])]
        return each, each.start_mark.line + 1, rest[found.end() :]
    if not isinstance(node, yaml.MappingNode):
        return None
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    for name, each in sorted(_Reader().entries(node, ()).items(), key=lambda entry: -len(entry[0])):
        part = joined("", name)
        after = rest[len(part) :]
        if rest.startswith(part) and (not after or after[0] in ".["):
            return each, lines.get(name, each.start_mark.line + 1), after.removeprefix(".")
    return None
