"""What applies and destroys stacks: the engine in process, and the Pulumi CLI."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from breiqctl.estate.params import ApplyParams, DestroyParams, Work

if TYPE_CHECKING:
    from breiqctl.context import Context
    from breiqctl.estate.pulumi_cli import Cli
    from stackops.states.states import States

OnEvent = Callable[[Any], None]


class Engine(Protocol):
    """What applies and destroys stacks, and says whether their states changed since they were planned."""

    def apply(self, params: ApplyParams, wave: Sequence[str], on_event: OnEvent) -> Mapping[str, Any]:
        """Apply the stacks of a wave; return what was done, by stack."""
        ...

    def destroy(self, params: DestroyParams, stack: str, on_event: OnEvent) -> Any:
        """Delete all that a stack holds; return what was done."""
        ...

    def fingerprint(self, work: Work) -> str:
        """Return a digest of the states of all its stacks."""
        ...

    def protected(self, work: Work) -> list[str]:
        """Return the URNs of what is protected of what its stacks hold, by the program or by AWS as it says now."""
        ...

    def resource_counts(self, work: Work) -> Mapping[str, int]:
        """Return how many resources each stack holds in AWS."""
        ...


class InProcess:
    """The engine in process (`stackops`), for a command (None: of none): it stops when the lock is lost."""

    def __init__(self, context: "Context | None" = None) -> None:
        self._guard = context.guard if context is not None else None

    def apply(self, params: ApplyParams, wave: Sequence[str], on_event: OnEvent) -> Mapping[str, Any]:
        """See Engine."""
        import stackops
        from breiqctl.estate import state_store
        from estate.files import read_environment

        state_store.refuse_beside_cli(wave)
        with state_store.kept(_states(params), wave):
            return stackops.apply(
                read_environment(params.environment),
                wave,
                endpoint_url=params.endpoint_url,
                state_dir=Path(params.state_dir),
                targets=params.targets,
                keep_drift=params.keep_drift,
                on_event=on_event,
                guard=self._guard,
            )

    def destroy(self, params: DestroyParams, stack: str, on_event: OnEvent) -> Any:
        """See Engine."""
        import stackops
        from breiqctl.estate import state_store
        from estate.files import read_environment

        state_store.refuse_beside_cli([stack])
        with state_store.kept(_states(params), [stack]):
            return stackops.destroy(
                read_environment(params.environment),
                [stack],
                endpoint_url=params.endpoint_url,
                state_dir=Path(params.state_dir),
                even_protected=params.even_protected,
                on_event=on_event,
                guard=self._guard,
            )[stack]

    def fingerprint(self, work: Work) -> str:
        """See Engine."""
        digest = hashlib.sha256()
        for name in work.stacks:
            path = Path(work.state_dir) / f"{name}.json"
            digest.update(path.read_bytes() if path.exists() else b"absent")
        return digest.hexdigest()

    def protected(self, work: Work) -> list[str]:
        """See Engine."""
        import stackops

        return stackops.protected(list(_exported(work).values()), endpoint_url=work.endpoint_url or None)

    def resource_counts(self, work: Work) -> Mapping[str, int]:
        """See Engine."""
        import stackops

        return {name: stackops.number_held(exported) for name, exported in _exported(work).items()}


class ByPulumi:
    """The Pulumi CLI, for a command (None: of none). Its stacks are made known to it once."""

    def __init__(self, context: "Context | None" = None) -> None:
        self._context = context
        self._known: dict[tuple[str, str], Cli] = {}

    def apply(self, params: ApplyParams, wave: Sequence[str], on_event: OnEvent) -> Mapping[str, Any]:
        """See Engine. The stacks of a wave one after the other: each run of the CLI takes what the machine has."""
        del on_event  # the CLI says by itself what it does
        cli = self._cli(params)
        return {name: cli.up(name, params.targets) for name in wave}

    def destroy(self, params: DestroyParams, stack: str, on_event: OnEvent) -> Any:
        """See Engine."""
        del on_event
        return self._cli(params).destroy(stack, even_protected=params.even_protected)

    def fingerprint(self, work: Work) -> str:
        """See Engine."""
        return self._cli(work).fingerprint(work.stacks)

    def protected(self, work: Work) -> list[str]:
        """See Engine."""
        import stackops

        cli = self._cli(work)
        exported = [cli.exported(name) for name in work.stacks]
        return stackops.protected(exported, endpoint_url=work.endpoint_url or None)

    def resource_counts(self, work: Work) -> Mapping[str, int]:
        """See Engine."""
        import stackops

        cli = self._cli(work)
        return {name: stackops.number_held(cli.exported(name)) for name in work.stacks}

    def _cli(self, work: Work) -> "Cli":
        """Return the CLI of an environment: level and told of the stacks, once a process."""
        from breiqctl.context import Context
        from breiqctl.estate.pulumi_cli import Cli

        key = (work.environment, work.state_region)
        if key not in self._known:
            context = self._context or Context(work.environment, "estate")
            cli = Cli(context, work.stacks, work.state_region or None)
            cli.select(work.stacks)
            self._known[key] = cli
        return self._known[key]


def _exported(work: Work) -> dict[str, dict[str, Any]]:
    paths = {name: Path(work.state_dir) / f"{name}.json" for name in work.stacks}
    return {name: msgspec.json.decode(path.read_bytes()) for name, path in paths.items() if path.exists()}


def _states(work: Work) -> "States":
    from breiqctl.estate import state_store
    from estate.files import read_environment

    environment = read_environment(work.environment)
    return state_store.opened(environment, Path(work.state_dir), work.endpoint_url, work.state_region)
