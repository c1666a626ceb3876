"""A stack's plan as text that a person reviews: one stack in full, those that are built alike by their differences."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from estate import topology
from estate.config import Environment
from provisioner.state.state import Resource
from provisioner.urns import STACK_TYPE, name_of, provider_urn, type_of
from provisioner.values import Secret
from tests.unit.components.kit import kind_of

DEFAULT_TAGS: Final = "tagsAll"
"""The provider's tags, which every resource has."""

OPAQUE: Final = {"contentBase64", "dashboardBody"}
"""A packed script and dashboards are told by their hashes: what they are is looked at elsewhere."""

WIDTH: Final = 240
"""A structure is broken into lines where it is longer."""

KEYS: Final = ("name", "id", "Sid", "policyName", "originId", "pathPattern")
"""What tells the items of a list apart, where they have it; by their place otherwise."""

NONE: Final = "(none)"

Facts = dict[str, str]
"""The options of a resource, in brackets, and its inputs (JSON where they are no text); secrets are masked."""


def words_of(environment: Environment, region: str | None) -> dict[str, str]:
    """Return what an outline calls the names that differ from stack to stack: a pattern → its placeholder."""
    name = environment.environment
    words = {
        re.escape(environment.monitoring.runbook_url): "{runbooks}",
        re.escape(environment.domain): "{domain}",
        environment.account_id: "{account}",
        rf"(\bbreiq-(?:[a-z]+-)?|(?<![-\w])){name}(?!\w)": r"\1{environment}",
    }
    if region:
        words |= {region: "{region}", environment.other_region(region): "{other}"}
    return words


def described(resources: Iterable[Resource], words: Mapping[str, str]) -> dict[str, Facts]:
    """Return the facts of all that a stack declares, by type and name."""

    def said(text: str) -> str:
        for pattern, placeholder in words.items():
            text = re.sub(pattern, placeholder, text)
        return text

    declared = [one for one in resources if one.type != STACK_TYPE]
    return dict(sorted((said(_called(one.urn)), _facts(one, said)) for one in declared))


Series = Mapping[str, Collection[str]]
"""A placeholder → the words of a resource's name that it stands for: services, colours, regions."""


def series_of(environment: Environment) -> Series:
    """Return what an environment has several of, built alike."""
    return {
        "{service}": [*environment.services, *environment.workers],
        "{colour}": topology.COLOURS,
        "{region}": environment.creation_order,
    }


def in_full(stack: Mapping[str, Facts], series: Series) -> str:
    """Return all resources of a stack. What more than half of a type's resources have is said once, above them; those
    that are the same but for a word of a series are said together.
    """
    lines: list[str] = []
    for kind, names in groupby(stack, key=_kind):
        family = [_Member(name, stack[name], series) for name in names]
        usual = _usual([one.pattern for one in family])
        if usual:
            lines += [f"{kind}, {len(family)}, usually:", *_said(usual, "    ")]
        groups: dict[tuple[Any, ...], list[_Member]] = {}
        for one in family:
            groups.setdefault((one.called, *one.pattern.items()), []).append(one)
        for first, *others in groups.values():
            told = first.pattern if others else first.facts
            unusual = [name for name in sorted({**usual, **told}) if first.pattern.get(name) != usual.get(name)]
            title = f"{first.called}: {', '.join(one.who for one in (first, *others))}" if others else first.name
            lines += [title, *_said({name: told.get(name, NONE) for name in unusual}, "  ")]
    return "\n".join(lines) + "\n"


class _Member:
    """A resource. In `called` and `pattern` placeholders stand for the words of its name that are of a series (`who`)."""

    def __init__(self, name: str, facts: Facts, series: Series) -> None:
        self.name, self.facts, self.who, self.called, self.pattern = name, facts, "", name, dict(sorted(facts.items()))
        for placeholder, words in series.items():
            found = re.search(rf"(?<![a-z])(?:{'|'.join(words)})(?![a-z])", name)
            if found:
                word = re.compile(rf"(?<![a-z]){found[0]}(?![a-z])")
                self.who = f"{self.who} {found[0]}".strip()
                self.called = word.sub(placeholder, self.called)
                self.pattern = {fact: word.sub(placeholder, text) for fact, text in self.pattern.items()}


def beside(stack: Mapping[str, Facts], model: Mapping[str, Facts]) -> str:
    """Return what a stack has that its model has not (+), and the other way (-). Resources of a type that differ in the
    same have it said once, below them; what is equal is left out.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for name in sorted({**model, **stack}):
        alike.setdefault((_kind(name), *_differences(stack.get(name), model.get(name))), []).append(name)
    lines: list[str] = []
    for (_, *changes), names in alike.items():
        if changes:
            lines += [*(f"{changes[0]}{name}" for name in names), *(f"    {change}" for change in changes[1:])]
    return "\n".join(lines) + "\n"


def _differences(facts: Facts | None, model: Facts | None) -> list[str]:
    """Return the sign of a resource and the lines of its differences; nothing, where it is equal."""
    if facts == model:
        return []
    if facts is None or model is None:
        return ["- " if facts is None else "+ ", *_said(dict(sorted((facts or {}).items())), "+ ")]
    changed = [name for name in {**model, **facts} if facts.get(name) != model.get(name)]
    there, here = (
        {path: leaf for name in changed if name in these for path, leaf in _leaves(name, these[name])}
        for these in (model, facts)
    )
    lines = ["  "]
    for path in sorted({**there, **here}):
        if there.get(path) != here.get(path):
            lines += [f"- {path}: {there[path]}"] if path in there else []
            lines += [f"+ {path}: {here[path]}"] if path in here else []
    return lines


def _leaves(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Return the values of a JSON structure, each with its path; what is none is a value itself."""
    items = _items(_parsed(text))
    if not items:
        yield path, text
    for key, item in items:
        yield from _leaves(f"{path}.{key}", _text(item))


def _items(value: Any) -> list[tuple[str, Any]]:
    """Return what a structure holds, by name; the items of a list by what tells them apart."""
    if isinstance(value, dict):
        return list(value.items())
    if not isinstance(value, list):
        return []
    for key in KEYS:
        names = [item.get(key) if isinstance(item, dict) else None for item in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return list(zip(map(str, names), value, strict=True))
    return [(str(place), item) for place, item in enumerate(value)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _said(facts: Facts, indent: str) -> Iterator[str]:
    """Return facts as lines, a structure that is longer than a line as several."""
    for name, text in facts.items():
        yield from _lines(f"{indent}{name}:", _parsed(text) if len(text) > WIDTH else text, f"{' ' * len(indent)}  ")


def _lines(head: str, value: Any, indent: str) -> Iterator[str]:
    text = _text(value)
    if isinstance(value, str) or len(text) <= WIDTH:
        yield f"{head} {text}"
        return
    yield head
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _lines(f"{indent}{key}:" if isinstance(value, dict) else f"{indent}-", item, f"{indent}  ")


def _usual(members: Sequence[Facts]) -> Facts:
    """Return the facts that more than half of a family have, if it has several members."""
    counted = Counter(fact for facts in members for fact in facts.items())
    return {name: value for (name, value), count in sorted(counted.items()) if 1 < count > len(members) / 2}


def _facts(resource: Resource, said: Callable[[str], str]) -> Facts:
    options = {
        "(parent)": "" if type_of(resource.parent) == STACK_TYPE else _called(resource.parent),
        "(provider)": name_of(provider_urn(resource.provider)) if resource.provider else "",
        "(protect)": "yes" if resource.protect else "",
        "(ignore_changes)": " ".join(resource.ignore_changes),
        "(replace_on_changes)": " ".join(resource.replace_on_changes),
        "(retain_on_delete)": "yes" if resource.retain_on_delete else "",
    }
    inputs = {name: _text(value) for name, value in resource.inputs.items() if name != DEFAULT_TAGS}
    facts = {name: said(text) for name, text in {**options, **inputs}.items() if text}
    return {name: _digest(text) if name in OPAQUE else text for name, text in facts.items()}


def _called(urn: str) -> str:
    return f"{kind_of(type_of(urn))} {name_of(urn)}"


def _kind(called: str) -> str:
    return called.partition(" ")[0]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=_masked)


def _masked(value: Any) -> str:
    assert isinstance(value, Secret)
    return "(secret)"


def _digest(text: str) -> str:
    return f"{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"
