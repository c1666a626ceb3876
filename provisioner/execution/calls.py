"""What every change of one resource needs: its handler, AWS in its region, how it is told, and how it fails."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from provisioner.aws import Aws, Clients
from provisioner.errors import ProvisionerError, ResourceFailedError, StoppedError, UnsupportedError
from provisioner.events import Progress
from provisioner.execution.providers import Providers
from provisioner.execution.watched import WatchedAws, Writes
from provisioner.goal import Goal
from provisioner.handlers.common.base import Handler, Properties
from provisioner.state.state import Resource, State
from provisioner.values import plain


@dataclass
class Told:
    """How the end of a change is told."""

    ended: str


class Doing:
    """Base of what changes resources; reads them."""

    def __init__(
        self,
        *,
        state: State,
        clients: Clients | None,
        handlers: Mapping[str, Handler],
        providers: Providers,
        progress: Progress,
    ) -> None:
        self._state, self._clients, self._handlers = state, clients, handlers
        self._providers, self._progress = providers, progress
        self._writes = Writes()
        self.undone: set[str] = set()
        """URNs of what was to be changed and was as it should be: AWS was asked, and nothing was written."""
        self.taken_over: set[str] = set()
        """URNs of what was to be created and was there, as it is wanted."""
        self.made_again: set[str] = set()
        """URNs of what was to be updated and was gone."""

    def is_gone(self, resource: Resource) -> bool:
        """Ask AWS whether the resource is there no more."""
        return self.look(resource) is None

    def look(self, resource: Resource) -> Properties | None:
        """Return what `read` returns. Raises ResourceFailedError when AWS does not say it."""
        with self._failing(resource, "read"):
            return self.read(resource)

    def read(self, resource: Resource) -> Properties | None:
        """Return what can be observed of a resource of the state, or None when it is gone."""
        known = plain({**resource.inputs, **resource.outputs})
        return self._handler(resource).read(self._aws_of(resource, "read"), resource.id, known)

    @staticmethod
    def _is_surely_gone(handler: Handler, aws: Aws, resource: Resource) -> bool:
        """Say whether AWS says that there is no such resource; whatever else it says, it may be there."""
        try:
            return handler.read(aws, resource.id, plain({**resource.inputs, **resource.outputs})) is None
        except Exception:  # noqa: BLE001 - the failure before is the one to report
            return False

    # Small parts

    def _handler(self, resource: Resource) -> Handler:
        try:
            return self._handlers[resource.type]
        except KeyError:
            raise UnsupportedError(f"the in-process engine has no handler for {resource.type}") from None

    def _aws(self, goal: Goal, operation: str) -> Aws:
        assert self._clients is not None, "a change needs an endpoint"
        region = self._providers.region(goal.provider, plain(goal.inputs))
        return WatchedAws(self._clients, region, self._writes, goal.timeouts.get(operation))

    def _aws_of(self, resource: Resource, operation: str) -> Aws:
        assert self._clients is not None, "a change needs an endpoint"
        region = self._providers.region_of(resource)
        return WatchedAws(self._clients, region, self._writes, resource.timeouts.get(operation))

    @contextmanager
    def _telling(self, verb: str, what: Goal | Resource, *, counts: bool = True) -> Iterator[Told]:
        """Tell that something begins, and that it has ended or failed. Gives the word for its end: empty, none."""
        started = self._progress.say(f"{verb}ing", what.urn, what.type)
        told = Told(f"{verb}ed")
        try:
            yield told
        except StoppedError:
            raise
        except ProvisionerError as error:
            self._progress.say("failed", what.urn, what.type, since=started, message=str(error.__cause__ or error))
            raise
        if told.ended:
            self._progress.say(told.ended, what.urn, what.type, since=started, counts=counts)

    @contextmanager
    def _failing(self, what: Goal | Resource, action: str) -> Iterator[None]:
        """Turn what a handler raises into an error that names the resource."""
        try:
            yield
        except (StoppedError, ResourceFailedError):
            raise
        except Exception as error:
            source = what.source if isinstance(what, Goal) else what.source_position
            raise ResourceFailedError(what.urn, action, source, error) from error
