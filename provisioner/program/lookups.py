"""What a program asks: functions of the provider, other stacks' outputs, and resources that it does not own."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from provisioner.aws import Aws
from provisioner.decide.records import record
from provisioner.decide.results import Answer
from provisioner.errors import ProvisionerError, ResourceFailedError, StateError, UnsupportedError
from provisioner.execution.run import Run, Setting
from provisioner.goal import REFERENCE_TYPE, Goal
from provisioner.handlers.common.base import Properties
from provisioner.values import UNKNOWN, has_secret, has_unknown, plain


def ask(setting: Setting, token: str, region: str, arguments: Properties) -> Properties | None:
    """Return what the provider's function answers in a region; None where nobody may be asked."""
    function = setting.lookups.get(token)
    if function is None:
        raise UnsupportedError(f"the in-process engine has no function {token}")
    if setting.clients is None:
        return None
    try:
        return function(Aws(setting.clients, region), arguments)
    except ProvisionerError:
        raise
    except Exception as error:
        raise ResourceFailedError(f"::{token}::{arguments}", "ask", "", error) from error


def answer_of(setting: Setting, token: str, region: str, arguments: Properties, found: Properties) -> Answer:
    """Return the record of an answer, which tells no secret."""
    digest = setting.digest(json.dumps(plain(found), sort_keys=True))
    return Answer(token, region, json.dumps(arguments, sort_keys=True), digest)


def same_answers(setting: Setting, answers: Iterable[Answer]) -> bool:
    """Return whether AWS answers all these questions as it did before; what it refuses to answer is not the same."""

    def same(one: Answer) -> bool:
        arguments = json.loads(one.arguments)
        try:
            found = ask(setting, one.token, one.region, arguments)
        except ResourceFailedError:
            return False
        return found is not None and answer_of(setting, one.token, one.region, arguments, found) == one

    with ThreadPoolExecutor(8, "ask") as pool:
        return all(pool.map(same, answers))


class Lookups:
    """Answers the questions of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        """Return what the provider's function returns; None when it cannot be known now."""
        region = self._run.providers.region(provider, arguments)
        found = ask(self._run.setting, token, region, plain(arguments))
        if found is not None:
            answer = answer_of(self._run.setting, token, region, plain(arguments), found)
            with self._run.lock:
                self._run.answers.add(answer)
        return found

    def read(self, goal: Goal, resource_id: str) -> Properties:
        """Return the properties of what exists, and note it in the state: another stack, or anything in AWS."""
        if goal.type == REFERENCE_TYPE:
            outputs = self._read_stack(resource_id)
        else:
            outputs = self._read_resource(goal, resource_id)
        if not has_unknown(outputs):
            old = self._run.state.get(goal.urn)
            provider = goal.provider or self._run.providers.default_of(goal.urn)
            found = record(replace(goal, inputs={}, provider=provider), resource_id, outputs, old)
            self._run.state.put(replace(found, external=True))
        return outputs

    def _read_stack(self, name: str) -> Properties:
        outputs = self._run.setting.other_stack(name.rpartition("/")[2])
        if outputs is None and not self._run.dry_run:
            raise StateError(f"the stack {name} is referenced, but it was not applied yet: apply it first")
        if outputs is None:
            return {"name": name, "outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        secret = sorted(key for key, value in outputs.items() if has_secret(value))
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}

    def _read_resource(self, goal: Goal, resource_id: str) -> Properties:
        run = self._run
        handler = run.setting.handlers.get(goal.type)
        if handler is None:
            raise UnsupportedError(f"the in-process engine has no handler for {goal.type} ({goal.name}, {goal.source})")
        if run.setting.clients is None:
            return dict.fromkeys(goal.inputs, UNKNOWN)
        aws = Aws(run.setting.clients, run.providers.region(goal.provider, goal.inputs))
        if not run.dry_run:
            run.state.begin("reading", record(goal, resource_id))
        try:
            outputs = handler.read(aws, resource_id, plain(goal.inputs))
        except Exception as error:
            raise ResourceFailedError(goal.urn, "read", goal.source, error) from error
        if outputs is None:
            raise StateError(f"{goal.name} ({goal.source}): there is no {goal.type} {resource_id}")
        return outputs
