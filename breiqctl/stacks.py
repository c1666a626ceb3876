"""Joins the program (`infra`) and the engine in process (`provisioner`): what the estate's commands call."""

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.files import ENVIRONMENTS, ROOT
from provisioner import errors
from provisioner.events import Event, ignore
from provisioner.results import StackPlan, StackResult

if TYPE_CHECKING:
    from provisioner.apply import Workspace

PROJECT: Final = "breiq"
CONFIG_KEYS: Final = {"image_digest": f"{PROJECT}:imageDigest"}
"""Our names of the values that an apply is given, and Pulumi's keys for them (`pulumi config set`)."""

LOCAL_CREDENTIAL: Final = "local"
"""Key id and secret key that the local cloud's gate takes; AWS itself is asked with the caller's own."""


PROGRAM_ROOMS: Final = ("estate", "components", "infra", "provisioner")
"""The rooms whose sources decide what an apply does."""


@dataclass(frozen=True)
class Plan:
    """What an apply of the named stacks would do."""

    stacks: Mapping[str, StackPlan]
    duration_s: float

    def document(self) -> dict[str, Any]:
        """Return `breiq.plan/1`."""
        return {
            "schema": "breiq.plan/1",
            "stacks": {name: _stack_document(plan) for name, plan in self.stacks.items()},
            "policy": None,
            "monthly_cost_usd": None,
            "duration_s": self.duration_s,
        }


def _stack_document(plan: StackPlan) -> dict[str, Any]:
    changes = plan.changes
    return {
        "resources": plan.resources,
        "by_type": dict(plan.by_type),
        "changes": {
            "create": [_name(urn) for urn in changes.create],
            "unchanged": [_name(urn) for urn in changes.unchanged],
            "update": [{"resource": _name(c.urn), "properties": list(c.properties)} for c in changes.update],
            "delete": [_name(urn) for urn in changes.delete],
        },
    }


def _name(urn: str) -> str:
    """Return a resource as people name it: its type's last word and its name."""
    _, _, chain, name = urn.split("::", 3)
    return f"{chain.rpartition(':')[2]} {name}"


def plan(
    environment: Environment,
    *,
    endpoint_url: str | None,
    state_dir: Path,
    values: Mapping[str, str] | None = None,
    stack_names: Sequence[str] | None = None,
) -> Plan:
    """Return what an apply would do, by stack. Nothing is touched; without an endpoint nothing is asked either."""
    started = time.monotonic()
    workspace = _workspace(state_dir, endpoint_url, offline=endpoint_url is None, on_event=ignore)
    names = _checked(environment, stack_names)
    with _Translated():
        plans = {name: workspace.plan(name, _program(), _config(values)) for name in names}
    return Plan(plans, round(time.monotonic() - started, 3))


def apply(
    environment: Environment,
    stack_names: Sequence[str] | None = None,
    *,
    endpoint_url: str,
    state_dir: Path,
    values: Mapping[str, str] | None = None,
    on_event: Callable[[Event], None] = ignore,
) -> dict[str, StackResult]:
    """Make the stacks what the program says, in order; may be repeated. Returns what was done, by stack.

    `values` may hold `image_digest` (`sha256:…`), which the regional stacks pin at birth. Raises BreiqError: refused
    (nothing was touched) for what would have to be updated or is protected, else permanent with the resource named.
    """
    chosen = _checked(environment, stack_names)
    workspace: Workspace | None = None
    results: dict[str, StackResult] = {}
    for wave in _waves(environment):
        memos = {name: _Memo(environment, name, state_dir, values) for name in wave if name in chosen}
        known = {name: result for name, memo in memos.items() if (result := memo.recall())}
        missing = [name for name in memos if name not in known]
        if missing:
            workspace = workspace or _workspace(state_dir, endpoint_url, offline=False, on_event=on_event)
            with _Translated():
                known |= _apply_together(workspace, missing, _config(values))
        for name in memos:
            on_event(Event(name, "applied", message=str(known[name])))
        for name in missing:
            memos[name].remember(known[name])
        results |= {name: known[name] for name in memos}
    return results


def _waves(environment: Environment) -> list[list[str]]:
    """Return the stacks in the order of decision 1; those of one wave know nothing of each other.

    The regional ones go together: a database born as a replica waits for its source by itself.
    """
    foundation, *regional, edge = topology.stack_names(environment)
    return [[foundation], regional, [edge]]


def _apply_together(workspace: "Workspace", names: Sequence[str], config: Mapping[str, str]) -> dict[str, StackResult]:
    """Apply the stacks at the same time. The first failure, or an interrupt, stops the others where they can go on."""
    with ThreadPoolExecutor(len(names), "apply") as pool:
        futures = {pool.submit(workspace.apply, name, _program(), config): name for name in names}
        try:
            return {futures[done]: done.result() for done in as_completed(futures)}
        except BaseException:
            workspace.stop()
            raise


@cache
def prepare() -> Thread:
    """Begin to import what an apply needs (a second of processor time), in the background, and return the thread.

    For a command that has to wait for something else first; an apply waits for it by itself.
    """
    thread = Thread(target=_import_all, name="prepare", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    import provisioner.apply
    from infra.program import load

    provisioner.apply.prepare()
    load()


def _workspace(
    state_dir: Path, endpoint_url: str | None, *, offline: bool, on_event: Callable[[Event], None]
) -> "Workspace":
    prepare().join()
    from provisioner.apply import Workspace

    return Workspace(
        project=PROJECT,
        state_dir=state_dir,
        key_file=state_dir / "passphrase",
        endpoint_url=endpoint_url,
        offline=offline,
        on_event=on_event,
        access_key=LOCAL_CREDENTIAL if endpoint_url else None,
        secret_key=LOCAL_CREDENTIAL if endpoint_url else None,
    )


def _program() -> Callable[[], None]:
    from infra.program import run

    return run


def _config(values: Mapping[str, str] | None) -> dict[str, str]:
    return {CONFIG_KEYS[name]: value for name, value in (values or {}).items()}


def _checked(environment: Environment, names: Sequence[str] | None) -> list[str]:
    known = topology.stack_names(environment)
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise BreiqError(
            "unknown_stack",
            "usage",
            f"{environment.environment} has no stack {', '.join(unknown)}",
            remedy=f"one of: {', '.join(known)}",
        )
    return list(names or known)


class _Memo:
    """Remembers that a stack was applied from just these sources, values and states: doing it again is quick.

    It looks at all that decides what the program declares, not into AWS: neither does an apply that finds no change.
    """

    def __init__(self, environment: Environment, stack: str, state_dir: Path, values: Mapping[str, str] | None) -> None:
        self._environment, self._stack, self._state_dir = environment, stack, state_dir
        regional = any(stack.endswith(region) for region in environment.regions)
        self._values = dict(values or {}) if regional else {}  # the other stacks take none
        self._path = state_dir / f"{stack}.applied"

    def recall(self) -> StackResult | None:
        """Return the result "unchanged", or None when anything differs, or nothing is remembered."""
        started = time.monotonic()
        if not self._path.exists():
            return None
        memory = json.loads(self._path.read_text())
        if memory["fingerprint"] != self._fingerprint():
            return None
        return StackResult(self._stack, 0, memory["resources"], 0, round(time.monotonic() - started, 3))

    def remember(self, result: StackResult) -> None:
        """Write down what was just applied."""
        resources = result.created + result.unchanged
        self._path.write_text(json.dumps({"fingerprint": self._fingerprint(), "resources": resources}))

    def _fingerprint(self) -> str:
        digest = hashlib.sha256(json.dumps(self._values, sort_keys=True).encode())
        digest.update(version("pulumi-aws").encode())
        sources = [path for room in PROGRAM_ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
        sources += sorted((ROOT / "estate").glob("*.json"))
        earlier = itertools.takewhile(lambda wave: self._stack not in wave, _waves(self._environment))
        states = [self._state_dir / f"{name}.json" for name in (*itertools.chain(*earlier), self._stack)]
        for path in (*sources, ENVIRONMENTS / f"{self._environment.environment}.yaml", *states):
            digest.update(path.read_bytes() if path.exists() else b"absent")
        return digest.hexdigest()


class _Translated:
    """Turns the engine's errors into those that people and scripts read."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not isinstance(error, errors.ProvisionerError):
            return
        refused = isinstance(error, _REFUSALS)
        raise BreiqError(
            _CODES.get(type(error), "estate_failed"),
            "refused" if refused else "permanent",
            str(error),
            cause=str(error.__cause__) if error.__cause__ else None,
            remedy=_REMEDIES.get(type(error), "run it again: what was made is in the state, and is not made twice"),
            retryable=not refused,
        ) from error


_REFUSALS: Final = (errors.ChangeRefusedError, errors.LockedError, errors.ProtectedError, errors.UnsupportedError)
_CODES: Final[Mapping[type[errors.ProvisionerError], str]] = {
    errors.ChangeRefusedError: "update_not_supported",
    errors.ProtectedError: "protected",
    errors.UnsupportedError: "not_supported",
    errors.LockedError: "stack_locked",
    errors.StoppedError: "interrupted",
    errors.ResourceFailedError: "resource_failed",
    errors.ProgramError: "program_failed",
    errors.StateError: "state_unusable",
    errors.DeadlineError: "deadline_passed",
}
_REMEDIES: Final[Mapping[type[errors.ProvisionerError], str]] = {
    errors.ChangeRefusedError: "start afresh (breiqctl local reset), or apply the change with the Pulumi CLI",
    errors.ProtectedError: "take the protection away in the program first, deliberately",
    errors.LockedError: "wait until the other has ended, then run it again",
    errors.UnsupportedError: "use the Pulumi CLI for this program, or add a handler to provisioner/handlers",
}
