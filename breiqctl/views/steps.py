"""A plan (`breiq.steps/1`) as text: the steps with their AWS calls, what each gate answers now, and the estimate."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Final

WIDTH: Final = 100
"""How wide the text may be where no terminal says it."""


NO_RETURN: Final = "point of no return"


def render_steps(document: dict[str, Any], width: int | None = None) -> str:
    """Return the plan as text; no word is split."""
    width = width or (shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH)
    regions = max([len(step["region"] or "") for step in document["steps"]], default=0)
    lines = [line for number, step in enumerate(document["steps"], 1) for line in _step(number, step, regions, width)]
    verdict = "it would be REFUSED now" if document["refusal"] else "it would be accepted now"
    said = f"; {verdict}" if document["gates"] else ""
    ending = f"estimate: {document['estimate_s']:g} s in total{said}; nothing was changed"
    gates = [line for one in _gates(document) for line in _wrapped(one, width, 11)]
    return "\n".join([*(lines or ["nothing is left to do"]), "", *gates, *_wrapped(ending, width, 2)])


def _step(number: int, step: dict[str, Any], regions: int, width: int) -> Iterator[str]:
    head = f"{number:>2}  {step['region'] or '':<{regions}}  "
    about = f" (about {step['estimate_s']:g} s)" if step["estimate_s"] else ""
    yield from _wrapped(f"{head}{step['summary']}{about}{_undo(step['undo'])}", width, len(head))
    if step["calls"]:
        calls = ", ".join(_short(call, step["region"]) for call in step["calls"])
        yield from _wrapped(f"{' ' * len(head)}{calls}", width, len(head))


def _undo(text: str) -> str:
    if text.startswith(NO_RETURN):
        return f"; {NO_RETURN.upper()}{text.removeprefix(NO_RETURN)}"
    return "; undone after a failure" if text else ""


def _gates(document: dict[str, Any]) -> Iterator[str]:
    words = {True: "ok     ", False: "REFUSES", None: "later  "}
    if document["gates"]:
        yield "gates:"
    for one in document["gates"]:
        yield f"  {words[one['ok']]}  {one['name']}{': ' + one['reason'] if one['reason'] else ''}"
    refusal = document["refusal"]
    if refusal is not None and refusal["remedy"]:
        waiver = f"; {refusal['waiver']} skips this check" if refusal["waiver"] else ""
        yield f"  next     {refusal['remedy']}{waiver}"


def _wrapped(line: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _short(call: str, region: str | None) -> str:
    """Return an AWS call without the region of its step."""
    return call.removesuffix(f"@{region}").replace("elasticloadbalancing:", "elb:")
