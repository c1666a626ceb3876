"""Applies the bootstrap: three CloudFormation stacks, one after the other, then the secrets that those cannot make."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from estate import topology
from estate.errors import BreiqError

if TYPE_CHECKING:
    from aws.cloudformation import ChangeSet, CloudFormation, CloudStack
    from aws.secretsmanager import Secret, SecretsManager
    from estate.config import Environment
    from operations.clock import Clock
    from stackops.bootstrap_stacks import BootstrapStack

CHANGE_SET_DEADLINE_S: Final = 120.0
STACK_DEADLINE_S: Final = 1200.0
"""A replica of a secret and a role that must be known everywhere take minutes, not more."""
PAUSE_S: Final = 3.0


@dataclass(frozen=True)
class Tools:
    """What an apply works with: clients by region, the name of this run's change sets (one that an interrupted run
    left is in nobody's way), a clock, and where progress goes.
    """

    cloudformation: "Callable[[str], CloudFormation]"
    secrets: "Callable[[str], SecretsManager]"
    change_set: str
    clock: "Clock"
    say: Callable[[str], None]


@dataclass(frozen=True)
class Applied:
    """What happened to one stack. `changes` are (action, logical id, type)."""

    name: str
    region: str
    outcome: str
    changes: tuple[tuple[str, str, str], ...]
    outputs: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """Return the stack as it stands in the command's document."""
        changes = [{"action": action, "resource": name, "type": kind} for action, name, kind in self.changes]
        return {
            "name": self.name,
            "region": self.region,
            "outcome": self.outcome,
            "changes": changes,
            "outputs": dict(self.outputs),
        }


def preview(stacks: "Sequence[BootstrapStack]", tools: Tools) -> list[Applied]:
    """Return what an apply would do. Change sets are made of stacks that exist, and thrown away again."""
    from aws.cloudformation import resources_of

    seen: list[Applied] = []
    for stack in stacks:
        formation = tools.cloudformation(stack.region)
        now = _settled(formation, stack)
        if now is None:
            seen.append(Applied(stack.name, stack.region, "would be created", resources_of(stack.template), {}))
            continue
        changes = _review(formation, stack, _parameters(stack, stacks, seen), tools, is_new=False)
        formation.discard(stack.name, tools.change_set, is_new=False)
        outcome = "would be changed" if changes.changes else "unchanged"
        seen.append(Applied(stack.name, stack.region, outcome, changes.changes, now.outputs))
    return seen


def apply(stacks: "Sequence[BootstrapStack]", tools: Tools) -> list[Applied]:
    """Make the stacks what their templates say, in order; may be repeated. Returns what was done, by stack.

    Raises BreiqError: `bootstrap_busy` (refused) while CloudFormation is at work on a stack or it is broken,
    `bootstrap_failed` (CloudFormation has rolled the stack back by then).
    """
    done: list[Applied] = []
    for stack in stacks:
        formation = tools.cloudformation(stack.region)
        now = _settled(formation, stack)
        parameters = _parameters(stack, stacks, done)
        changes = _review(formation, stack, parameters, tools, is_new=now is None)
        if not changes.changes:
            formation.discard(stack.name, tools.change_set, is_new=now is None)
            tools.say(f"{stack.region}  {stack.name}: unchanged")
            done.append(Applied(stack.name, stack.region, "unchanged", (), now.outputs if now else {}))
            continue
        tools.say(f"{stack.region}  {stack.name}: {len(changes.changes)} changes")
        formation.execute(stack.name, tools.change_set)
        ended = _wait_for_end(formation, stack, tools)
        formation.protect(stack.name)
        outcome = "created" if now is None else "changed"
        tools.say(f"{stack.region}  {stack.name}: {outcome}")
        done.append(Applied(stack.name, stack.region, outcome, changes.changes, ended.outputs))
    return done


def write_secrets(environment: "Environment", given: "Mapping[str, Secret]", tools: Tools) -> dict[str, str]:
    """Give those secrets a value that CloudFormation made without one; return what became of each.

    A value that is there stays, unless one is `given`: `token-key` is made here, what third parties gave is not.
    """
    from aws.secretsmanager import Secret
    from stackops.secret_values import rsa_key

    client = tools.secrets(environment.state_region)
    outcomes = {}
    for name in topology.WRITTEN_SECRETS:
        full_name = topology.secret(environment, name)
        if name in given:
            client.write(full_name, given[name])
            outcomes[name] = "written"
        elif client.has_value(full_name):
            outcomes[name] = "there"
        elif name == "token-key":
            client.write(full_name, Secret(rsa_key()))
            outcomes[name] = "made"
        else:
            outcomes[name] = "missing"
        tools.say(f"{environment.state_region}  secret {name}: {outcomes[name]}")
    return outcomes


def _settled(formation: "CloudFormation", stack: "BootstrapStack") -> "CloudStack | None":
    """Return the stack, or None when nothing of it exists. Raises BreiqError when it cannot be changed now."""
    now = formation.stack(stack.name)
    if now is None or now.is_new:
        return None
    if now.is_busy:
        raise BreiqError(
            "bootstrap_busy",
            "refused",
            f"CloudFormation is changing {stack.name} in {stack.region} ({now.status})",
            remedy="wait until it has ended, then run the command again",
            retryable=True,
        )
    if now.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"):
        raise BreiqError(
            "bootstrap_busy",
            "refused",
            f"{stack.name} in {stack.region} is {now.status}: CloudFormation cannot update it in this status",
            cause=now.reason or None,
            remedy=f"aws cloudformation delete-stack --region {stack.region} --stack-name {stack.name}"
            if now.status == "ROLLBACK_COMPLETE"
            else f"aws cloudformation continue-update-rollback --region {stack.region} --stack-name {stack.name}",
        )
    return now


def _parameters(stack: "BootstrapStack", stacks: "Sequence[BootstrapStack]", done: Sequence[Applied]) -> dict[str, str]:
    names = {one.part: one.name for one in stacks}
    outputs = {one.name: one.outputs for one in done}
    return {name: outputs[names[part]][output] for name, (part, output) in stack.parameters.items()}


def _review(
    formation: "CloudFormation",
    stack: "BootstrapStack",
    parameters: Mapping[str, str],
    tools: Tools,
    *,
    is_new: bool,
) -> "ChangeSet":
    """Return the computed change set. Raises BreiqError when CloudFormation does not take the template."""
    formation.create_change_set(stack.name, tools.change_set, stack.template, parameters, is_new=is_new)
    end = tools.clock.monotonic() + CHANGE_SET_DEADLINE_S
    while (seen := formation.change_set(stack.name, tools.change_set)).ready is None:
        _pause(tools, end, f"the change set of {stack.name}")
    if seen.ready is False and seen.reason:
        formation.discard(stack.name, tools.change_set, is_new=is_new)
        raise BreiqError(
            "bootstrap_failed",
            "permanent",
            f"CloudFormation rejects the template of {stack.name}",
            cause=seen.reason,
            remedy="run breiqctl bootstrap render and check the template",
        )
    return seen


def _wait_for_end(formation: "CloudFormation", stack: "BootstrapStack", tools: Tools) -> "CloudStack":
    """Return the stack once it has ended well. Raises BreiqError with the first failure when it has not."""
    end = tools.clock.monotonic() + STACK_DEADLINE_S
    while True:
        now = formation.stack(stack.name)
        assert now is not None, f"{stack.name} has gone while it was applied"
        if now.is_well:
            return now
        if not now.is_busy and not now.is_new:
            failures = formation.failures(stack.name)
            raise BreiqError(
                "bootstrap_failed",
                "permanent",
                f"{stack.name} in {stack.region} ended as {now.status}",
                cause=failures[-1] if failures else now.reason or None,
                remedy="fix the cause, then run the command again",
            )
        _pause(tools, end, stack.name)


def _pause(tools: Tools, end: float, what: str) -> None:
    if tools.clock.monotonic() + PAUSE_S > end:
        raise BreiqError(
            "bootstrap_slow",
            "stuck",
            f"{what} has not ended in time",
            remedy="check it in the CloudFormation console; run the command again when it has ended",
            retryable=True,
        )
    tools.clock.sleep(PAUSE_S)
