"""What the Pulumi CLI is asked to do, in which order, and when it is not asked at all; a script stands for the CLI."""

import json
from pathlib import Path
from typing import Any

import pytest

from aws.errors import WrongAccount
from breiqctl import cli, operating
from breiqctl.context import Context
from breiqctl.estate import document as estate_document
from estate.topology import APPLY_VARIABLE
from operations.clock import SystemClock
from operations.lock import Lock
from operations.table import MemoryTable
from policies.rules.tags import REQUIRED
from provisioner.decide.results import Changes, Planned, StackPlan
from stackops import Plan
from stackops.states.states import Live, States

STACKS = ["staging-foundation", "staging-us-east-1", "staging-us-west-2", "staging-edge"]

SCRIPT = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
env > "$(dirname "$0")/environment"
verb="$1"
while [ $# -gt 0 ]; do
    [ "$1" = --file ] && [ ! -s "$2" ] && cp "$(dirname "$0")/exported.json" "$2"
    shift
done
[ ! -e "$(dirname "$0")/fails" ] || [ "$verb" != "$(cat "$(dirname "$0")/fails")" ] || {
    cat "$(dirname "$0")/words"; exit 255; }
[ "$verb" != up ] || printf 'Resources:\\n    + 2 created\\n    ~ 1 updated\\n    57 unchanged\\n'
exit 0
"""


def export(*, protect: bool) -> dict[str, Any]:
    thing = {"urn": "urn:pulumi:s::p::t:i:T::data", "type": "t:i:T", "custom": True, "protect": protect}
    return {"version": 3, "deployment": {"resources": [thing]}}


class Pulumi:
    """The script, and what it was asked to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "pulumi").write_text(SCRIPT)
        (folder / "pulumi").chmod(0o755)
        self.holds(export(protect=False))

    def fails(self, verb: str | None, words: str = "error: no room") -> None:
        """Let this verb fail from now on, with these words; None: none."""
        (self._folder / "fails").write_text(verb or "nothing")
        (self._folder / "words").write_text(words)

    def holds(self, document: dict[str, Any]) -> None:
        """Let this be the state of every stack."""
        (self._folder / "exported.json").write_text(json.dumps(document))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the last call was given."""
        lines = (self._folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def calls(self) -> list[list[str]]:
        path = self._folder / "calls"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def of(self, *verbs: str) -> list[tuple[str, str]]:
        """Return the calls of these verbs, with the stack that each was about."""
        return [(call[0], call[call.index("--stack") + 1]) for call in self.calls if call[0] in verbs]


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("BREIQ_ENV", raising=False)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setattr(Context, "check_account", lambda _context: None)
    monkeypatch.setattr(Context, "reports", lambda _context: tmp_path)
    monkeypatch.setattr(operating, "archive", lambda *_: None)
    return Pulumi(tmp_path)


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> MemoryTable:
    """The operations table."""
    table = MemoryTable()
    monkeypatch.setattr(operating, "table_of", lambda *_: table)
    return table


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def hold(table: MemoryTable, kind: str = "deploy") -> None:
    """Let an operation of another, living process hold the lock."""
    held = Lock(table, SystemClock(), "ann@there:1|elsewhere|0")
    held.acquire("op-other", reason="a test", begin=json.dumps({"kind": kind}))


def planning(monkeypatch: pytest.MonkeyPatch, **properties: Any) -> None:
    """Let every plan be of one queue with these properties."""

    def make_plan(context: Any, **_: Any) -> Plan:
        queue = Planned(
            urn="urn:pulumi:staging-edge::breiq::aws:sqs/queue:Queue::jobs",
            type="aws:sqs/queue:Queue",
            name="jobs",
            action="create",
            region="us-east-1",
            inputs=properties,
        )
        return Plan(context.environment, {"staging-edge": StackPlan("staging-edge", 1, {}, Changes(), (queue,))}, 0.0)

    monkeypatch.setattr(estate_document, "make_plan", make_plan)


def test_an_apply_asks_for_each_stack_in_order_with_the_policies(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning(monkeypatch, kmsMasterKeyId="key", tagsAll=dict.fromkeys(REQUIRED, "staging"))
    assert cli.run(["-e", "staging", "estate", "up", "--yes"]) == 0
    assert pulumi.of("up") == [("up", name) for name in STACKS]
    assert all("--policy-pack" in call for call in pulumi.calls if call[0] == "up")


QUEUE = {"kmsMasterKeyId": "key", "tagsAll": dict.fromkeys(REQUIRED, "staging")}


def test_an_apply_and_a_destruction_are_journalled_operations(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: MemoryTable
) -> None:
    planning(monkeypatch, **QUEUE)
    assert cli.run(["-e", "staging", "estate", "up", "--yes", "--json"]) == 0
    done = document(capsys)
    assert (done["schema"], done["verdict"], done["engine"]) == ("breiq.estate-up/1", "done", "pulumi")
    counts = {name: done["stacks"]["staging-edge"][name] for name in ("created", "updated", "unchanged")}
    assert counts == {"created": 2, "updated": 1, "unchanged": 57}
    assert cli.run(["-e", "staging", "estate", "destroy", "--yes", "--json"]) == 0
    assert document(capsys)["schema"] == "breiq.estate-destroy/1"
    kinds = sorted(str(item["kind"]) for item in table.query("operations"))
    assert kinds == ["estate-destroy", "estate-up"]
    assert table.get("lock", "environment")["held"] is False  # type: ignore[index]


@pytest.mark.parametrize("words", [["up"], ["destroy"], ["destroy", "--even-protected"]])
def test_beside_another_operation_nothing_is_written_by_the_cli(
    pulumi: Pulumi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    table: MemoryTable,
    words: list[str],
) -> None:
    planning(monkeypatch, **QUEUE)
    hold(table)
    assert cli.run(["-e", "staging", "estate", *words, "--yes", "--json"]) == 3
    assert document(capsys)["code"] == "locked"
    assert pulumi.of("up", "destroy") == []
    assert not [call for call in pulumi.calls if call[:2] == ["stack", "import"]]


def test_a_failed_apply_says_why_and_is_resumed_where_it_stopped(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planning(monkeypatch, **QUEUE)
    pulumi.fails("up")
    assert cli.run(["-e", "staging", "estate", "up", "--yes", "--json"]) == 4
    stuck = document(capsys)
    assert "no room" in stuck["reason"]
    assert stuck["next_command"] == f"breiqctl operation resume {stuck['operation_id']}"
    pulumi.fails(None)
    assert cli.run(["-e", "staging", "operation", "resume", stuck["operation_id"], "--yes", "--json"]) == 0
    assert document(capsys)["verdict"] == "done"
    assert pulumi.of("up") == [("up", STACKS[0]), *(("up", name) for name in STACKS)]


def test_a_lock_that_a_killed_cli_left_is_named_and_taken_away_as_told(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: MemoryTable
) -> None:
    planning(monkeypatch, **QUEUE)
    pulumi.fails("up", "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es)")
    assert cli.run(["-e", "staging", "estate", "up", "--yes", "--json"]) == 4
    stuck = document(capsys)
    assert "another run of the Pulumi CLI is changing staging-foundation" in stuck["reason"]
    assert (
        cli.run(["-e", "staging", "estate", "state", "unlock", "--stack", "staging-foundation", "--yes", "--json"]) == 0
    )
    assert document(capsys)["unlocked"] is True
    assert pulumi.of("cancel") == [("cancel", "staging-foundation")]
    pulumi.fails(None)
    assert cli.run(["-e", "staging", "operation", "resume", stuck["operation_id"], "--yes", "--json"]) == 0


def test_the_program_is_told_that_breiqctl_applies(pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    planning(monkeypatch, **QUEUE)
    assert cli.run(["-e", "staging", "estate", "up", "--yes"]) == 0
    assert pulumi.environment[APPLY_VARIABLE] == "1"


def test_a_broken_mandatory_policy_refuses_before_the_cli_is_asked(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planning(monkeypatch, sqsManagedSseEnabled=False)
    assert cli.run(["-e", "staging", "estate", "up", "--yes", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "policy_broken"
    assert pulumi.calls == []


def test_what_is_protected_is_refused_before_an_apply_begins(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: MemoryTable
) -> None:
    urn = "urn:pulumi:staging-edge::breiq::aws:sqs/queue:Queue::byhand"

    def make_plan(context: Any, **_: Any) -> Plan:
        return Plan(context.environment, {"staging-edge": StackPlan("staging-edge", 1, {}, Changes(), (), (urn,))}, 0.0)

    monkeypatch.setattr(estate_document, "make_plan", make_plan)
    assert cli.run(["-e", "staging", "estate", "up", "--yes", "--json"]) == 3
    found = document(capsys)
    assert (found["code"], "byhand" in found["message"]) == ("protected", True)
    assert (pulumi.calls, table.items) == ([], {})


def test_another_account_than_the_environments_is_refused_before_the_cli_is_asked(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_context: Context) -> None:
        raise WrongAccount("wrong_account", "refused", "another account", call="sts:GetCallerIdentity", region="")

    planning(monkeypatch, kmsMasterKeyId="key", tagsAll=dict.fromkeys(REQUIRED, "staging"))
    monkeypatch.setattr(Context, "check_account", refuse)
    for words in (["up", "--yes"], ["destroy", "--yes"], ["plan", "--engine", "pulumi"], ["drift"]):
        assert cli.run(["-e", "staging", "estate", *words, "--json"]) == 3
        assert json.loads(capsys.readouterr().out)["code"] == "wrong_account"
    assert pulumi.calls == []


def test_what_is_protected_is_refused_before_anything_is_destroyed(
    pulumi: Pulumi, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi.holds(export(protect=True))
    assert cli.run(["-e", "staging", "estate", "destroy", "--yes", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "protected"
    assert pulumi.of("destroy") == []


def test_what_is_given_up_is_unprotected_and_then_destroyed_stack_by_stack(pulumi: Pulumi) -> None:
    pulumi.holds(export(protect=True))
    assert cli.run(["-e", "staging", "estate", "destroy", "--yes", "--even-protected"]) == 0
    assert pulumi.of("destroy") == [("destroy", name) for name in reversed(STACKS)]
    imports = [call for call in pulumi.calls if call[:2] == ["stack", "import"]]
    assert len(imports) == len(STACKS)


def test_a_rehearsal_changes_nothing(pulumi: Pulumi) -> None:
    pulumi.holds(export(protect=True))
    assert cli.run(["-e", "staging", "estate", "destroy", "--dry-run", "--even-protected"]) == 0
    assert all("--preview-only" in call for call in pulumi.calls if call[0] == "destroy")
    assert not [call for call in pulumi.calls if call[:2] == ["stack", "import"]]


@pytest.mark.parametrize(("words", "region"), [([], "us-west-2"), (["--state-region", "us-east-1"], "us-east-1")])
def test_states_and_their_key_are_asked_in_one_region_once_they_are_found_current(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, words: list[str], region: str
) -> None:
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    asked = []
    monkeypatch.setattr(States, "check", lambda states: asked.append((states.region, list(pulumi.calls))))
    monkeypatch.setattr(States, "live", lambda _: Live({}, ()))
    assert cli.run(["-e", "staging", "estate", "plan", "--engine", "pulumi", *words]) == 0
    assert asked == [(region, [])]
    assert pulumi.environment["PULUMI_BACKEND_URL"].startswith(f"s3://breiq-state-staging-{region}?region={region}&")
    assert pulumi.environment["AWS_REGION"] == region
    (provider,) = {call[call.index("--secrets-provider") + 1] for call in pulumi.calls if "--secrets-provider" in call}
    assert provider == "awskms://alias/breiq-staging-bootstrap"
