"""Where the program (`infra`) meets the engine in process: workspace and order of the stacks."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.topology import PROJECT
from provisioner.events import Event
from stackops import local_socket

if TYPE_CHECKING:
    from provisioner.apply import Workspace
    from provisioner.aws import Guard


def waves(environment: Environment) -> list[list[str]]:
    """Return the stacks in the order of docs/design.md#four-stacks; those of one wave know nothing of each other.

    The regional ones go together: a database born as a replica waits for its source by itself.
    """
    foundation, *regional, edge = topology.stack_names(environment)
    return [[foundation], regional, [edge]]


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


def open_workspace(
    state_dir: Path,
    endpoint_url: str | None,
    *,
    offline: bool,
    on_event: Callable[[Event], None],
    guard: "Guard | None" = None,
) -> "Workspace":
    """Return the stacks of a folder; asked of an endpoint, of AWS itself (None), or of nobody (`offline`).

    `guard` is asked before each call.
    """
    if not offline:
        prepare().join()
    from provisioner.apply import Workspace

    key_id, secret = credentials(None if offline else endpoint_url)
    return Workspace(
        project=PROJECT,
        state_dir=state_dir,
        key_file=state_dir / "passphrase",
        endpoint_url=endpoint_url,
        offline=offline,
        on_event=on_event,
        access_key=key_id,
        secret_key=secret,
        guard=guard,
    )


def credentials(endpoint_url: str | None) -> tuple[str | None, str | None]:
    """Return key id and secret key for an endpoint: the running local cloud's own; AWS is asked with the caller's."""
    return local_socket.credentials() if endpoint_url else (None, None)


def program() -> Callable[[], None]:
    """Return the one program of all stacks."""
    from infra.program import run

    return run


def checked(environment: Environment, names: Sequence[str] | None) -> list[str]:
    """Return the stacks' names, all of them for None. Raises BreiqError `unknown_stack` (usage)."""
    known = topology.stack_names(environment)
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise BreiqError(
            "unknown_stack",
            "usage",
            f"{environment.environment} has no stack {', '.join(unknown)}",
            remedy=f"one of: {', '.join(known)}",
        )
    return [name for name in known if not names or name in names]
