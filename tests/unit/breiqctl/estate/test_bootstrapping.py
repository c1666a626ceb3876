"""Applying the bootstrap: change sets in order, what is refused, and the secrets that are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from aws.cloudformation import ChangeSet, CloudStack
from aws.secretsmanager import Secret
from estate import topology
from estate.errors import BreiqError
from estate.files import read_environment
from stackops.bootstrap_stacks import BootstrapStack
from stackops.bootstrapping import Tools, apply, preview, write_secrets

TEMPLATE = '{"Resources": {"One": {"Type": "AWS::S3::Bucket"}}}'
STACKS = [
    BootstrapStack("key", "b-key", "us-west-2", TEMPLATE, {}),
    BootstrapStack("base", "b-base", "us-west-2", TEMPLATE, {"KeyArn": ("key", "KeyArn")}),
]
ADDED = (("Add", "One", "AWS::S3::Bucket"),)


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Formation:
    """CloudFormation that takes two looks for everything. `fails`: stacks that end badly."""

    stacks: dict[str, CloudStack] = field(default_factory=dict)
    changes: tuple[tuple[str, str, str], ...] = ADDED
    fails: frozenset[str] = frozenset()
    never_ends: bool = False
    refuses: str = ""
    calls: list[str] = field(default_factory=list)
    given: dict[str, Mapping[str, str]] = field(default_factory=dict)
    looks: int = 0

    def stack(self, name: str) -> CloudStack | None:
        now = self.stacks.get(name)
        if now is not None and now.is_busy:
            self.looks += 1
            if self.looks % 2 == 0 and not self.never_ends:
                status = "ROLLBACK_COMPLETE" if name in self.fails else "CREATE_COMPLETE"
                self.stacks[name] = CloudStack(status, "", {"KeyArn": f"arn-of-{name}"})
        return self.stacks.get(name)

    def create_change_set(
        self, name: str, change_set: str, template: str, parameters: Mapping[str, str], *, is_new: bool
    ) -> None:
        self.calls.append(f"{'new' if is_new else 'change'} {name}")
        self.given[name] = dict(parameters)

    def change_set(self, name: str, change_set: str) -> ChangeSet:
        self.looks += 1
        if self.looks % 2:
            return ChangeSet((), None, "")
        if self.refuses:
            return ChangeSet((), False, self.refuses)
        return ChangeSet(self.changes, bool(self.changes) or False, "")

    def execute(self, name: str, change_set: str) -> None:
        self.calls.append(f"execute {name}")
        self.stacks[name] = CloudStack("CREATE_IN_PROGRESS", "", {})

    def discard(self, name: str, change_set: str, *, is_new: bool) -> None:
        self.calls.append(f"discard {name}")

    def failures(self, name: str) -> list[str]:
        return ["Second: cancelled", "First: no right to do it"]

    def protect(self, name: str) -> None:
        self.calls.append(f"protect {name}")


@dataclass
class Secrets:
    values: dict[str, str] = field(default_factory=dict)

    def has_value(self, name: str) -> bool:
        return name in self.values

    def write(self, name: str, value: Secret) -> None:
        self.values[name] = value.reveal()


def tools(formation: Formation, secrets: Secrets | None = None) -> Tools:
    return Tools(
        cloudformation=lambda _: formation,  # type: ignore[arg-type,return-value]
        secrets=lambda _: secrets or Secrets(),  # type: ignore[arg-type,return-value]
        change_set="breiqctl-test",
        clock=Clock(),
        say=lambda _: None,
    )


def standing(name: str, status: str = "CREATE_COMPLETE") -> dict[str, CloudStack]:
    return {name: CloudStack(status, "", {"KeyArn": "arn-of-b-key"})}


def test_stacks_are_made_in_order_protected_and_given_each_others_outputs() -> None:
    formation = Formation()
    done = apply(STACKS, tools(formation))
    assert [one.outcome for one in done] == ["created", "created"]
    assert formation.calls == [
        *("new b-key", "execute b-key", "protect b-key"),
        *("new b-base", "execute b-base", "protect b-base"),
    ]
    assert formation.given["b-base"] == {"KeyArn": "arn-of-b-key"}


def test_a_second_apply_changes_nothing() -> None:
    formation = Formation(stacks={**standing("b-key"), **standing("b-base")}, changes=())
    assert [one.outcome for one in apply(STACKS, tools(formation))] == ["unchanged", "unchanged"]
    assert not any(call.startswith("execute") for call in formation.calls)


def test_a_preview_executes_nothing_and_leaves_no_change_set() -> None:
    formation = Formation(stacks=standing("b-key"))
    seen = preview(STACKS, tools(formation))
    assert [one.outcome for one in seen] == ["would be changed", "would be created"]
    assert formation.calls == ["change b-key", "discard b-key"]
    assert seen[1].changes == ADDED


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
def test_a_stack_that_cannot_be_changed_now_is_refused(status: str) -> None:
    formation = Formation(stacks=standing("b-key", status), never_ends=True)
    with pytest.raises(BreiqError) as raised:
        apply(STACKS, tools(formation))
    assert (raised.value.code, raised.value.exit_code) == ("bootstrap_busy", 3)
    assert formation.calls == []


def test_a_failure_says_what_failed_first_and_stops_there() -> None:
    formation = Formation(fails=frozenset({"b-key"}))
    with pytest.raises(BreiqError) as raised:
        apply(STACKS, tools(formation))
    assert (raised.value.code, raised.value.cause) == ("bootstrap_failed", "First: no right to do it")
    assert "new b-base" not in formation.calls


def test_a_template_that_cloudformation_does_not_take_changes_nothing() -> None:
    formation = Formation(refuses="Unresolved resource dependencies")
    with pytest.raises(BreiqError) as raised:
        apply(STACKS, tools(formation))
    assert (raised.value.code, raised.value.cause) == ("bootstrap_failed", "Unresolved resource dependencies")
    assert formation.calls == ["new b-key", "discard b-key"]


def test_a_stack_that_never_ends_asks_for_a_human() -> None:
    with pytest.raises(BreiqError) as raised:
        apply(STACKS, tools(Formation(never_ends=True)))
    assert (raised.value.code, raised.value.exit_code) == ("bootstrap_slow", 4)


def test_the_key_for_tokens_is_made_once_and_what_others_gave_is_asked_for() -> None:
    environment, secrets = read_environment("staging"), Secrets()
    first = write_secrets(environment, {}, tools(Formation(), secrets))
    assert first == {"token-key": "made", "pagerduty-url": "missing"}
    key = secrets.values[topology.secret(environment, "token-key")]
    assert key.startswith("-----BEGIN PRIVATE KEY-----")
    second = write_secrets(environment, {"pagerduty-url": Secret("https://x")}, tools(Formation(), secrets))
    assert second == {"token-key": "there", "pagerduty-url": "written"}
    assert secrets.values[topology.secret(environment, "token-key")] == key
