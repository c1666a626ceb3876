"""One run of a stack as the monitor sees it: every request of the program comes through here. Safe for many threads.

The monitor translates Pulumi's requests into goals; `decide` knows what is to be done, `steps` how.
"""

import uuid
from dataclasses import replace

from provisioner.decide.decision import Decision
from provisioner.decide.plan import planned
from provisioner.decide.records import record
from provisioner.errors import ProvisionerError, UnsupportedError
from provisioner.execution.resources import Registered, Resources
from provisioner.execution.run import Run
from provisioner.goal import PROVIDER_PREFIX, Goal
from provisioner.handlers.common.base import Properties
from provisioner.program.aliases import former_urns
from provisioner.program.lookups import Lookups
from provisioner.values import plain


class Engine:
    """Answers what a program asks in one run, and keeps the first failure: nothing is begun after it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._resources, self._lookups = Resources(run), Lookups(run)

    def register(self, goal: Goal) -> Registered:
        """Return the resource's id and outputs; in a dry run, what is not known yet is left out."""
        self.run.check_running()
        try:
            self._visit(goal)
            if not goal.custom:
                return self._register_component(goal)
            if goal.type.startswith(PROVIDER_PREFIX):
                return self._register_provider(goal)
            return self._resources.register(goal)
        except ProvisionerError as error:
            self.run.fail(error)
            raise

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Save the outputs of a component or of the stack."""
        resource = self.run.state.get(urn)
        if not self.run.failed and resource is not None:
            self.run.put(replace(resource, outputs=outputs))

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        """Return what the provider's function returns; None when it cannot be known now."""
        self.run.check_running()
        try:
            return self._lookups.invoke(token, arguments, provider)
        except ProvisionerError as error:
            raise self.run.fail(error) from error

    def read(self, goal: Goal, resource_id: str) -> Properties:
        """Return the properties of an existing resource that the stack does not own: another stack, or any in AWS."""
        self.run.check_running()
        try:
            self._visit(goal)
            return self._lookups.read(goal, resource_id)
        except ProvisionerError as error:
            raise self.run.fail(error) from error

    def _visit(self, goal: Goal) -> None:
        """Note that the program has the resource, and find it in the state, under an old URN too."""
        run = self.run
        with run.lock:
            if goal.urn in run.visited:
                raise UnsupportedError(f"two resources have the URN {goal.urn} ({goal.source})")
            run.visited.add(goal.urn)
        if self._is_known(goal.urn):
            return
        former = former_urns(goal, stack=run.stack, project=run.setting.project, renamed=run.former)
        run.resource_locks.wait_free(former)
        with run.lock:
            found = next((urn for urn in former if urn not in run.visited and self._is_known(urn)), None)
            if found is not None:
                run.former[goal.urn] = found
                run.state.rename(found, goal.urn)

    def _is_known(self, urn: str) -> bool:
        return self.run.state.get(urn) is not None or self.run.state.interruption(urn) is not None

    def _register_component(self, goal: Goal) -> Registered:
        run = self.run
        old = run.state.get(goal.urn)
        run.put(record(goal, "", old.outputs if old else {}, old))
        run.note(planned(goal, Decision("same" if old else "create")))
        return Registered("", {})

    def _register_provider(self, goal: Goal) -> Registered:
        """Give a provider an id. One that has come to another region is another one: all that it has made moves."""
        run = self.run
        run.check_inputs(goal)
        old = run.state.get(goal.urn)
        moved = old is not None and plain(old.inputs).get("region") != plain(goal.inputs).get("region")
        resource_id = old.id if old else str(uuid.uuid5(uuid.NAMESPACE_URL, goal.urn))
        if moved:
            resource_id = str(uuid.uuid4())
        run.providers.register(f"{goal.urn}::{resource_id}", goal.inputs)
        if old is not None and moved:
            run.state.supersede(old, record(goal, resource_id, goal.inputs))
        else:
            run.put(record(goal, resource_id, goal.inputs, old))
        run.note(planned(goal, Decision("replace" if moved else "same" if old else "create")))
        return Registered(resource_id, goal.inputs)
