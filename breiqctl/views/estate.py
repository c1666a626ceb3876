"""The estate's plans for people: text on a terminal, Markdown in a pull request."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from breiqctl.views.tables import table

WORDS: Final[Mapping[str, str]] = {
    "replace": "to REPLACE",
    "delete": "to DELETE",
    "create": "to create",
    "import": "to import",
    "update": "to update",
    "same": "unchanged",
}
MARKS: Final[Mapping[str, str]] = {"replace": "±", "delete": "-", "create": "+", "import": "=", "update": "~"}
"""In the order in which changes are listed: what may lose something comes first."""
LOSING: Final = ("replace", "delete")
"""What is listed always, however much there is besides."""
SHOWN: Final = 40
"""How many of the other changes a plan lists without `-v`."""


def plan_text(document: dict[str, Any], *, verbose: bool) -> str:
    """Return `breiq.plan/1` as people read it: a line a stack, the changes by component, policies, cost."""
    rows = [[name, str(stack["resources"]), counts(stack["changes"])] for name, stack in document["stacks"].items()]
    parts = [table(["stack", "resources", "changes"], rows)]
    lines = list(_change_lines(document["stacks"], verbose=verbose))
    if lines:
        parts.append("\n".join(lines))
    parts += [f"note: {warning}" for warning in document["warnings"]]
    parts.append(policy_text(document["policy"], verbose=verbose))
    parts.append(cost_line(document["cost"]))
    parts.append(f"in {document['duration_s']} s")
    return "\n\n".join(part for part in parts if part)


def counts(changes: Mapping[str, Any]) -> str:
    """Return `1 to REPLACE, 3 to create`, or `nothing to do`."""
    values = {word: changes[word] for word in WORDS if word in changes}
    numbers = {word: len(value) if isinstance(value, list) else value for word, value in values.items()}
    text = ", ".join(f"{number} {WORDS[word]}" for word, number in numbers.items() if number)
    return text if any(numbers[word] for word in MARKS if word in numbers) else f"nothing to do ({text})"


def _change_lines(stacks: Mapping[str, Any], *, verbose: bool) -> Iterator[str]:
    fresh = all(not any(stack["changes"][word] for word in MARKS if word != "create") for stack in stacks.values())
    fresh = fresh and not any(stack["changes"]["same"] for stack in stacks.values())
    if fresh and not verbose:  # nothing stands yet: what is made, by component
        for name, stack in stacks.items():
            resources = Counter(change["component_type"] for change in stack["changes"]["create"])
            components: dict[str, set[str]] = {kind: set() for kind in resources}
            for change in stack["changes"]["create"]:
                components[change["component_type"]].add(change["component"])
            parts = [_of_component(kind, len(components[kind]), number) for kind, number in sorted(resources.items())]
            yield textwrap.fill(f"{name}: " + ", ".join(parts), 118, subsequent_indent="  ")
        return
    losing, others = (
        [
            f"  {MARKS[word]} {name}  {change['type'].rpartition(':')[2]} {change['resource']}{_why(change)}"
            for word in MARKS
            if (word in LOSING) == loses
            for name, stack in stacks.items()
            for change in stack["changes"][word]
        ]
        for loses in (True, False)
    )
    yield from losing
    yield from others if verbose else others[:SHOWN]
    if len(others) > SHOWN and not verbose:
        yield f"  … and {len(others) - SHOWN} more, none of which replaces or deletes: -v lists them all"
    for name, stack in stacks.items():
        for why in stack.get("first", ()):
            yield f"  first, {name}: {why}"
        for kept in stack.get("kept", ()):
            yield f"  ! {name}  {kept['type'].rpartition(':')[2]} {kept['resource']}{_found(kept)}: kept"


def _of_component(kind: str, components: int, resources: int) -> str:
    if not kind:
        return f"{resources} of the stack itself"
    return f"{kind} ({resources})" if components == 1 else f"{components} {kind} ({resources})"


def _why(change: Mapping[str, Any]) -> str:
    changed = f": {', '.join(change['changed'])}" if change["changed"] else ""
    because = f" (because of {', '.join(change['because'])})" if change["because"] else ""
    missing = " (it existed, and was deleted)" if change.get("missing") else ""
    return changed + because + missing + _found(change)


def _found(change: Mapping[str, Any]) -> str:
    """Return what was changed in AWS."""
    changes = [f"{one['path']} {one['applied']!r} was changed to {one['found']!r}" for one in change.get("found", ())]
    return f" [{'; '.join(changes)}]" if changes else ""


def policy_text(policy: Mapping[str, Any] | None, *, verbose: bool = False) -> str:
    """Return what the policies found, a line a finding; a rule that many resources break is shown once."""
    if policy is None:
        return ""
    head = (
        f"policies: {policy['rules']} rules on {policy['subjects']} resources: "
        f"{policy['mandatory']} mandatory and {policy['advisory']} advisory findings, {policy['excused']} excused"
    )
    lines = []
    by_rule: dict[str, list[Mapping[str, Any]]] = {}
    for finding in policy["findings"]:
        by_rule.setdefault(finding["rule"], []).append(finding)
    for rule, findings in by_rule.items():
        first = findings[0]
        lines.append(f"  {first['level']:9} {rule} {first['title']} ({first['reason']})")
        shown = findings if verbose else findings[:3]
        lines += [f"            {one['stack']} {one['resource']}: {one['problem']}  {one['source']}" for one in shown]
        if len(findings) > len(shown):
            lines.append(f"            … and {len(findings) - len(shown)} more")
    lines += [f"  expired   {one['rule']} for {one['resource']}: {one['reason']}" for one in policy["expired"]]
    lines += [f"  unused    {one['rule']} for {one['resource']}: {one['reason']}" for one in policy["unused"]]
    return "\n".join([head, *lines])


def cost_line(cost: Mapping[str, Any] | None) -> str:
    """Return the month's total in one line."""
    if cost is None:
        return ""
    return (
        f"cost: ${cost['monthly_usd']:,.0f} a month (computed; {cost['known_ratio']:.0%} of resources known to the "
        f"price table; prices of {cost['prices_of']}); breiqctl estate cost shows each line"
    )


def plan_markdown(environment: str, document: dict[str, Any]) -> str:
    """Return the plan as a part of a pull request's comment."""
    lines = [f"## Estate plan: {environment}", "", "| stack | resources | changes |", "| --- | --- | --- |"]
    for name, stack in document["stacks"].items():
        lines.append(f"| {name} | {stack['resources']} | {counts(stack['changes'])} |")
    changes = list(_change_lines(document["stacks"], verbose=False))
    if changes:
        lines += ["", "<details><summary>changes</summary>", "", "```", *changes, "```", "", "</details>"]
    lines += [f"\n> {warning}" for warning in document["warnings"]]
    lines += ["", "```", policy_text(document["policy"]), "```", "", cost_line(document["cost"]), ""]
    return "\n".join(lines)


def drift_text(document: dict[str, Any]) -> str:
    """Return `breiq.drift/1` as people read it."""
    lines = []
    for stack, found in document["stacks"].items():
        lines.append(f"{stack}: {found['looked_at']} resources looked at, {len(found['drifted'])} drifted")
        for one in found["drifted"]:
            lines.append(f"  {one['type'].rpartition(':')[2]} {one['resource']}: {one['kind']}")
            lines += [
                f"      {prop['path']}: applied {prop['expected']!r}, found {prop['found']!r}"
                for prop in one["properties"]
            ]
    return "\n".join(lines)
