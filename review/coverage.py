"""The specification beside the program: each of its sentences, what stands for it, and whether that holds. Pure.

`review/data/specification.yaml` says for each line what must be found in the plan; the page is made from both.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import msgspec

from estate.config.base import Strict
from estate.files import ROOT
from estate.yaml_file import read_as
from review.plan import PlanDocument, PlannedResource

SPECIFICATION: Final = ROOT / "docs" / "specification.md"
RECORDS: Final = ROOT / "docs" / "adr"
CLAIMS: Final = ROOT / "review" / "data" / "specification.yaml"
SECTIONS: Final = ("2", "4", "5", "6", "7.1", "7.2", "9.1", "10.1")
"""The sections of the specification that the estate must cover."""

MET, DIFFERENT, CODE, LATER, BROKEN = "met", "met, differently", "in code", "not yet", "NOT MET"


class Expected(Strict, frozen=True):
    """What must be found in a plan: resources of a type (in a part, by a name's pattern), and a value at a path.

    All that are found must hold it (`some`: one is enough); without `at` it is enough that they are there. `contains`
    looks into the value as Python writes it.
    """

    type: str
    part: str = "*"
    name: str = "*"
    environment: str = "production"
    at: str | None = None
    equals: Any = msgspec.UNSET
    contains: Any = msgspec.UNSET
    at_least: float | None = None
    at_most: float | None = None
    matches: str | None = None
    count: int | None = None
    some: bool = False


class Claim(Strict, frozen=True):
    """One statement of the specification, by its lines, and what stands for it.

    `differs` says why it is met in another way (docs/design.md#specification or an ADR); `code` names files that
    hold it where no resource does; `later` says why nothing does yet.
    """

    lines: int | str
    plan: tuple[Expected, ...] = ()
    code: tuple[str, ...] = ()
    test: str | None = None
    differs: str | None = None
    later: str | None = None

    @property
    def span(self) -> range:
        """The lines of the specification that this speaks of."""
        first, _, last = str(self.lines).partition("-")
        return range(int(first), int(last or first) + 1)


class Row(msgspec.Struct, frozen=True):
    """One line of the page."""

    section: str
    line: int
    text: str
    status: str
    resources: tuple[PlannedResource, ...]
    problems: tuple[str, ...]
    claim: Claim


def read_claims(path: Path = CLAIMS) -> list[Claim]:
    """Return the claims. Raises ConfigError, which names file and line, for what is no claim."""
    file = f"{path.parent.name}/{path.name}"
    claims, _ = read_as(path, file, list[Claim], remedy="Compare with the fields of Claim in review/coverage.py")
    return claims


def statements(text: str) -> dict[int, tuple[str, str]]:
    """Return the lines that say something, by their number: section and text. Brackets and headings say nothing."""
    found: dict[int, tuple[str, str]] = {}
    section, fenced = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
            continue
        heading = None if fenced else re.match(r"#+ (?:\W*)(\d+(?:\.\d+)?)\.? ", line)
        if heading:
            section = heading.group(1)
        elif not fenced and line.startswith("## "):
            section = ""
        elif _covered(section) and _says_something(line.strip(), fenced=fenced):
            found[number] = (section, line.strip())
    return found


def _covered(section: str) -> bool:
    return any(section == one or section.startswith(f"{one}.") for one in SECTIONS)


def _says_something(line: str, *, fenced: bool) -> bool:
    if not line or (not fenced and line.startswith("#")) or line == "---":
        return False
    return not re.fullmatch(r"[\s{}\[\](),;]*|end|graph \w+|subgraph .*|(#|//).*|#!.*", line)


def cover(plans: Mapping[str, PlanDocument], claims: Sequence[Claim], text: str) -> list[Row]:
    """Return a row a claim, in the specification's order. `plans` by environment."""
    said = statements(text)
    rows = []
    for claim in sorted(claims, key=lambda one: one.span.start):
        lines = [said[number] for number in claim.span if number in said]
        section = lines[0][0] if lines else ""
        shown = lines[0][1] if len(lines) == 1 else f"{lines[0][1]} … {lines[-1][1]}" if lines else ""
        resources, problems = _evaluate(plans, claim)
        rows.append(Row(section, claim.span.start, shown, _status(claim, problems), resources, problems, claim))
    return rows


def uncovered(claims: Sequence[Claim], text: str) -> list[tuple[int, str]]:
    """Return the statements that no claim speaks of: number and text."""
    spoken = {number for claim in claims for number in claim.span}
    return [(number, line) for number, (_, line) in statements(text).items() if number not in spoken]


def _status(claim: Claim, problems: Sequence[str]) -> str:
    if problems:
        return BROKEN
    if claim.later:
        return LATER
    if claim.differs:
        return DIFFERENT
    return MET if claim.plan else CODE


def _evaluate(plans: Mapping[str, PlanDocument], claim: Claim) -> tuple[tuple[PlannedResource, ...], tuple[str, ...]]:
    resources: list[PlannedResource] = []
    problems: list[str] = [f"{path} does not exist" for path in _files(claim) if not (ROOT / path).exists()]
    for expected in claim.plan:
        found = [one for one in plans[expected.environment].of_type(expected.type) if _selected(one, expected)]
        problems += _check(found, expected)
        resources += found
    if not (claim.plan or claim.code or claim.later):
        problems.append("nothing is claimed")
    return tuple(resources), tuple(problems)


def _files(claim: Claim) -> Iterator[str]:
    for name in (*claim.code, *([claim.test] if claim.test else [])):
        yield name.partition("::")[0]


def _selected(one: PlannedResource, expected: Expected) -> bool:
    return fnmatchcase(one.part, expected.part) and fnmatchcase(one.name, expected.name)


def _check(found: Sequence[PlannedResource], expected: Expected) -> Iterator[str]:
    where = f"{expected.type} {expected.name} in {expected.part} of {expected.environment}"
    if not found or (expected.count is not None and len(found) != expected.count):
        yield f"{where}: {len(found)} found"
        return
    if expected.at is None:
        return
    wrong = [value for one in found for value in [_at(one.inputs, expected.at)] if not _holds(value, expected)]
    if wrong and not (expected.some and len(wrong) < len(found)):
        yield f"{where}: {expected.at} is {wrong[0]!r:.120}"


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        if part == "*" and isinstance(value, list):
            continue
        if isinstance(value, str) and value[:1] in "{[":
            value = msgspec.json.decode(value)
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else [_at(one, part) for one in value]
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _holds(value: Any, expected: Expected) -> bool:
    if expected.equals is not msgspec.UNSET:
        return bool(value == expected.equals)
    if expected.contains is not msgspec.UNSET:
        return value is not None and str(expected.contains) in str(value)
    if expected.matches is not None:
        return value is not None and re.search(expected.matches, str(value)) is not None
    if expected.at_least is not None or expected.at_most is not None:
        minimum = float("-inf") if expected.at_least is None else expected.at_least
        maximum = float("inf") if expected.at_most is None else expected.at_most
        return isinstance(value, int | float) and minimum <= value <= maximum
    return value is not None


def page(rows: Sequence[Row]) -> str:
    """Return the page as Markdown: a table a section, with links to the program's lines; deterministic."""
    counts = {status: sum(row.status == status for row in rows) for status in (MET, DIFFERENT, CODE, LATER, BROKEN)}
    lines = [
        "# The specification, sentence by sentence",
        "",
        "Made by `breiqctl estate coverage` from the plans of production and staging and from",
        "`review/data/specification.yaml`; a test fails when a sentence is missing or a claim does not hold.",
        "",
        ", ".join(f"{number} {status}" for status, number in counts.items() if number) + f", of {len(rows)}.",
    ]
    section = None
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", f"## {section}", "", "| the specification says | stands in | test | status |"]
            lines += ["| --- | --- | --- | --- |"]
        lines.append(f"| {_quoted(row)} | {_places(row)} | {_test(row)} | {_words(row)} |")
    return "\n".join([*lines, ""])


def _quoted(row: Row) -> str:
    text = row.text.replace("|", "\\|").strip("- ").replace("**", "").replace("`", "")
    return f"[{row.line}](specification.md#L{row.line}) `{text}`"


def _places(row: Row) -> str:
    shown: dict[str, None] = {}
    for one in row.resources:
        path, _, number = one.source.partition(":")
        owner = one.component.rpartition(":")[2] or one.part
        shown[f"[{owner}](../{path}#L{number})" if path else owner] = None
    places = [*shown][:4] + ([f"{len(shown) - 4} more"] if len(shown) > 4 else [])
    places += [f"[{Path(path).name}](../{path.partition('::')[0]})" for path in row.claim.code]
    return ", ".join(places)


def _test(row: Row) -> str:
    if not row.claim.test:
        return "[this claim](../tests/contract/test_coverage.py)" if row.claim.plan else ""
    path, _, name = row.claim.test.partition("::")
    return f"[{name or Path(path).name}](../{path})"


def _words(row: Row) -> str:
    why = row.claim.differs or row.claim.later or "; ".join(row.problems)
    return _linked(f"{row.status}: {why}".replace("|", "\\|")) if why else row.status


def _linked(text: str) -> str:
    """Return a text with its references to the design page and to decision records as links from `docs/`."""
    text = re.sub(r"docs/design\.md(#[a-z-]+)", r"[design](design.md\1)", text)
    return re.sub(r"\bADR (\d{4})\b", lambda match: f"[{match[0]}]({_record(match[1])})", text)


def _record(number: str) -> str:
    return next((f"adr/{path.name}" for path in sorted(RECORDS.glob(f"{number}-*.md"))), "adr/README.md")
