"""Carries out what has to be done before the program runs: whoever has what another one is to have lets go of it."""

from collections.abc import Mapping, Sequence

from provisioner.decide.decision import standing_on, stands
from provisioner.decide.results import Release
from provisioner.decide.unique import free_value, unique_of
from provisioner.execution.leftovers import Leftovers
from provisioner.execution.replacements import Replacements
from provisioner.execution.run import Run
from provisioner.handlers.common.base import Handler
from provisioner.state.state import Resource, key_of
from provisioner.values import plain


class Releases:
    """The first part of a run. What fails is kept as the run's failure: nothing more is begun then."""

    def __init__(self, run: Run, former: Mapping[str, str]) -> None:
        """`former` says under which URN the state holds what the program calls otherwise."""
        self._run = run
        self._foreseen = {former.get(urn, urn): one for urn, one in run.foreseen.items()}

    def carry_out(self, releases: Sequence[Release]) -> None:
        """Do them in the order given; what an earlier run has done is found done."""
        for one in releases:
            self._run.check_running()
            there = [held for held in self._run.state if held.urn in one.urns and (held.delete or stands(held))]
            match one.kind:
                case "delete":
                    self._delete(there)
                case "again":
                    self._condemn(there)
                case "together":
                    self._together(there)
                case "aside":
                    self._aside(there)

    def _delete(self, roots: Sequence[Resource]) -> None:
        run = self._run
        upon = {urn for root in roots if not root.delete for urn in standing_on(root.urn, run.state)}
        chosen = {key_of(one) for one in roots}
        going = [one for one in run.state if (key_of(one) in chosen or one.urn in upon) and self._goes(one)]
        Leftovers(run).delete(going)
        run.raise_failure()

    def _goes(self, resource: Resource) -> bool:
        planned = self._foreseen.get(resource.urn)
        return resource.delete or planned is None or planned.action == "delete"

    def _condemn(self, holders: Sequence[Resource]) -> None:
        for one in holders:
            still = self._run.state.get(one.urn)
            if not one.delete and still is not None and stands(still):
                Replacements(self._run).delete(still)

    def _together(self, moving: Sequence[Resource]) -> None:
        """Give each the values that it is to have, in one call."""
        pairs = [(one, dict(self._foreseen[one.urn].inputs)) for one in moving if not one.delete]
        if pairs:
            self._run.steps.rearrange(pairs, self._handler(pairs[0][0]))
            self._run.rearranged |= {one.urn for one, _ in pairs}

    def _aside(self, holders: Sequence[Resource]) -> None:
        run = self._run
        for one in holders:
            handler = self._handler(one)
            unique = unique_of(handler)
            assert unique is not None
            name = unique.values[0]
            taken = [plain(other.inputs.get(name)) for other in run.state if other.type == one.type]
            taken += [planned.inputs.get(name) for planned in run.foreseen.values() if planned.type == one.type]
            run.steps.put_aside(one, handler, name, free_value(unique, one.inputs, taken))
            run.rearranged.add(one.urn)

    def _handler(self, resource: Resource) -> Handler:
        return self._run.setting.handlers[resource.type]
