"""What the parts of one run of a stack share: its setting, the state, and what was found and done so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from provisioner.aws import Clients
from provisioner.decide.decision import Decision
from provisioner.decide.drift import Looked, Observed, brought_up_to_date, provider_tags
from provisioner.decide.results import Answer, Changes, Planned
from provisioner.decide.targets import Targets
from provisioner.errors import Change, InputsError, ProvisionerError, StoppedError, WrongInputs
from provisioner.events import OnEvent, Progress
from provisioner.execution.providers import Providers
from provisioner.execution.resource_locks import ResourceLocks
from provisioner.execution.steps import Steps
from provisioner.goal import Goal
from provisioner.handlers.common.base import Handler, Lookup
from provisioner.state.state import Resource, State
from provisioner.values import has_unknown

OtherStack = Callable[[str], "dict[str, Any] | None"]
"""Returns the outputs of another stack, or None when it was not applied."""
CheckInputs = Callable[[str, Mapping[str, Any]], list[str]]
"""Returns what is wrong with the inputs of a resource of a type, one sentence each."""


Adopted = Literal["create", "replace"]
"""What it was that an earlier run was killed during, and this one has completed."""


@dataclass(frozen=True)
class Setting:
    """What all runs of a workspace have in common. `clients` None: nobody may be asked."""

    project: str
    clients: Clients | None
    handlers: Mapping[str, Handler]
    lookups: Mapping[str, Lookup]
    check_inputs: CheckInputs
    other_stack: OtherStack
    on_event: OnEvent
    digest: Callable[[str], str]
    """Returns a digest with the workspace's key."""


class Run:
    """One run of one stack. With `dry_run` it only finds out: `planned` and `changes` say what an apply would do, and
    the state is changed in memory alone. `foreseen` are the records of the dry run before. Safe for many threads.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        stack: str,
        state: State,
        dry_run: bool = False,
        targets: Targets | None = None,
        foreseen: Mapping[str, Planned] | None = None,
        total: int = 0,
    ) -> None:
        self.setting, self.stack, self.state, self.dry_run = setting, stack, state, dry_run
        self.targets = targets or Targets()
        self.foreseen = foreseen or {}
        self.adopted: dict[str, Adopted] = {}
        self.looked, self.keeps_drift = Looked(), False
        self.missing: set[str] = set()
        """What stood and is gone: whatever makes it again says so."""
        self.former: dict[str, str] = {}
        """By URN, the one under which the state held the resource when the run began."""
        self.providers = Providers(state)
        self.progress = Progress(stack, setting.on_event, total)
        self.steps = Steps(
            state=state,
            clients=setting.clients,
            handlers=setting.handlers,
            providers=self.providers,
            progress=self.progress,
        )
        self.lock = Lock()
        self.resource_locks = ResourceLocks()
        self.changes = Changes()
        self.planned: dict[str, Planned] = {}
        self.answers: set[Answer] = set()
        """What the program asked AWS, and what was answered."""
        self.goals: dict[str, Goal] = {}
        """What a dry run has been told to want, by URN."""
        self.protected: list[str] = []
        self.visited: set[str] = set()
        self.to_delete: set[str] = set()
        """What this run deletes before its place is taken."""
        self.deleted_first: set[str] = set()
        self.beside: set[str] = set()
        """What a dry run foresees to be deleted before, and after, what takes its place is there; URNs of the state."""
        self.rearranged: set[str] = set()
        """URNs of what has let go of a value before the program ran: it was changed, whatever is left to change."""
        self._failures: list[ProvisionerError] = []
        self._wrong: list[WrongInputs] = []

    def take_in(self, looked: Looked, *, keep_drift: bool) -> None:
        """Begin from what was found in AWS: what is gone is gone, what was changed is to be changed back.

        With `keep_drift` what was changed stays; see `kept`.
        """
        self.looked, self.keeps_drift = looked, keep_drift
        self.missing = {one.urn for one in looked.missing if not one.delete}
        if looked.missing:
            self.state.remove(*looked.missing)
        if not keep_drift:
            handlers = self.setting.handlers
            self.state.observe(
                *(
                    brought_up_to_date(one, handlers[one.resource.type], provider_tags(self.state, one.resource))
                    for one in looked.changed
                )
            )

    def found(self, urn: str) -> Observed | None:
        """Return what was found of a resource before the run; None: it was not looked at, or is gone."""
        seen = self.looked.of(self.former.get(urn, urn))
        return seen if seen is not None and seen.read is not None else None

    @property
    def failed(self) -> bool:
        """True once anything went wrong: nothing more is begun."""
        return bool(self._failures)

    @property
    def stopped(self) -> bool:
        """True when the run was told to stop."""
        return self.setting.clients is not None and self.setting.clients.stopping.is_set()

    def check_running(self) -> None:
        """Raise StoppedError when nothing more may be begun."""
        if self.failed or self.stopped:
            raise self.fail(StoppedError("the run was stopped"))

    def fail(self, error: ProvisionerError) -> ProvisionerError:
        """Keep the failure; that others were not begun because of it is none of its own."""
        with self.lock:
            if error not in self._failures and not (self._failures and isinstance(error, StoppedError)):
                self._failures.append(error)
        return error

    def check_inputs(self, goal: Goal) -> None:
        """Keep what is wrong with the inputs until the dry run ends; in any other run raise it."""
        reasons = self.setting.check_inputs(goal.type, goal.inputs)
        if not reasons:
            return
        wrong = WrongInputs(goal.urn, goal.source, tuple(reasons))
        if not self.dry_run:
            raise InputsError(self.stack, [wrong])
        with self.lock:
            self._wrong.append(wrong)

    def refuse(self, urn: str, source: str, reason: str) -> None:
        """Keep why AWS would not do what the program asks, until the dry run ends."""
        with self.lock:
            self._wrong.append(WrongInputs(urn, source, (reason,)))

    def raise_failure(self) -> None:
        """Raise what went wrong, if anything did: the first failure, with the others and with what was done."""
        if self._failures:
            first, *others = self._failures
            done = "" if self.dry_run else str(self.changes)
            raise first.reported([one for one in others if not isinstance(one, StoppedError)], done)
        if self._wrong:
            raise InputsError(self.stack, sorted(self._wrong, key=lambda one: one.urn))

    def put(self, resource: Resource) -> None:
        """Save the resource; in a dry run only if all is known: what is not will be seen by an apply."""
        if not (self.dry_run and (has_unknown(resource.inputs) or has_unknown(resource.outputs))):
            self.state.put(resource)

    def note(self, one: Planned) -> None:
        """Keep the record of a resource."""
        with self.lock:
            self.planned[one.urn] = one

    def count(self, urn: str, decision: Decision) -> None:
        """Count what is done to a resource, or would be."""
        with self.lock:
            match decision.action:
                case "same":
                    self.changes.unchanged.append(urn)
                case "update":
                    self.changes.update.append(Change(urn, decision.changed))
                case "replace":
                    self.changes.replace.append(Change(urn, decision.changed))
                case "import":
                    self.changes.imported.append(urn)
                case "create" | "delete":
                    self.changes.create.append(urn)
