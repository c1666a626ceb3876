"""`estate refresh` and `estate import`: who may, which resource is meant, and what is told."""

import json
from typing import Any

import pytest

from breiqctl import cli
from breiqctl.commands.taking import _render_import, _render_refresh
from estate.errors import BreiqError
from stackops.taking import declared_in

QUEUE = "aws:sqs/queue:Queue"


class Declaring:
    """A workspace whose stacks declare resources by type and name."""

    def __init__(self, **stacks: set[tuple[str, str]]) -> None:
        self._stacks = stacks

    def declared(self, stack: str, program: Any, config: Any, *, type_: str, name: str) -> list[str]:
        return [f"urn:{stack}:{name}"] if (type_, name) in self._stacks[stack] else []


@pytest.mark.parametrize("words", [["refresh"], ["import", QUEUE, "jobs", "https://sqs/jobs"]])
def test_other_environments_are_told_what_to_do_instead(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["-e", "staging", "estate", *words, "--yes", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)
    assert (error["code"], bool(error["remedy"])) == ("needs_pulumi", True)


def test_the_one_stack_that_declares_it_is_meant() -> None:
    space: Any = Declaring(east={(QUEUE, "jobs")}, west={(QUEUE, "others")})
    assert declared_in(space, ["east", "west"], QUEUE, "jobs") == ("east", "urn:east:jobs")


def test_what_nobody_declares_and_what_several_declare_is_refused() -> None:
    space: Any = Declaring(east={(QUEUE, "jobs")}, west={(QUEUE, "jobs")})
    with pytest.raises(BreiqError) as unknown:
        declared_in(space, ["east", "west"], QUEUE, "jbos")
    with pytest.raises(BreiqError) as several:
        declared_in(space, ["east", "west"], QUEUE, "jobs")
    assert (unknown.value.code, several.value.code) == ("unknown_resource", "which_stack")
    assert "--stack east" in str(several.value.remedy)


def test_a_refresh_tells_what_it_did_or_would_do() -> None:
    prop = {"path": "size", "expected": 1, "found": 2}
    one = {"resource": "jobs", "type": QUEUE, "kind": "changed", "properties": [prop]}
    some = {"s": {"looked_at": 3, "drifted": [one]}}
    assert "--yes takes them" in _render_refresh({"dry_run": True, "stacks": some})
    assert "1 taken into the states" in _render_refresh({"dry_run": False, "stacks": some})
    none = {"s": {"looked_at": 3, "drifted": []}}
    assert _render_refresh({"dry_run": False, "stacks": none}).endswith("the states say what AWS has")


def test_an_import_tells_what_differs() -> None:
    document = {
        "stack": "s",
        "resource": "jobs",
        "id": "new",
        "was": "old",
        "dry_run": False,
        "differences": [{"path": "size", "wanted": 1, "found": 2}],
    }
    assert _render_import(document).splitlines() == [
        "s: jobs is now new, until now old",
        "  size: the program says 1, found 2",
        "breiqctl estate up makes it what the program says",
    ]
