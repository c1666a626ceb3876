"""The states of a command's environment: brought level before it works on them, kept after it."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from breiqctl.context import Context
from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from stackops import local_socket
from stackops.states.checkpoint import EMPTY, StackState, empty, from_checkpoint
from stackops.states.states import States

if TYPE_CHECKING:
    from aws.session import Session


def states_of(context: Context, state_region: str | None = None) -> States:
    """Return the environment's states, as that region keeps them. Raises BreiqError `unknown_region` (usage)."""
    from stackops import local_socket

    if state_region:
        context.check_region(state_region)
    return States(
        context.environment,
        local_socket.state_dir(),
        cache(context.session),
        state_region,
        command=_command_line(),
    )


def level(context: Context, state_region: str | None, names: Sequence[str], *, by_stack: bool = True) -> States:
    """Return the states once these stacks may be worked on: in the local cloud with the working copies brought level.

    Raises what `States.level` raises, and BreiqError `region_lost` (refused) when a stack needs a region that does not
    answer. `by_stack`: the command takes `--stack`.
    """
    states = states_of(context, state_region)
    try:
        if context.is_local:
            _take_in_what_the_cli_left(states)
            states.level()
        else:
            states.check()
    except BreiqError as error:
        if error.code == "state_region_lost" and by_stack:
            error.remedy = f"{error.remedy}{_only(states, _standing(states, names, (states.region,)))}"
        raise
    _refuse_lost(states, names, f" --state-region {state_region}" if state_region else "", by_stack=by_stack)
    return states


def left_by_cli(stack: str) -> StackState:
    """Return what Pulumi's CLI keeps of a stack in the local cloud; an empty state where it keeps none."""
    from breiqctl.local import environment as local_env

    path = local_env.checkpoint(stack)
    return from_checkpoint(stack, path.read_bytes()) if path.exists() else empty(stack)


def _take_in_what_the_cli_left(states: States) -> None:
    """Let the working copies be what the Pulumi CLI has changed since it had them: it was killed, or called by hand.

    Raises BreiqError `state_broken` (refused) when that is no whole state, `state_diverged` when the working copy was
    changed too: neither is taken in.
    """
    from breiqctl.local import environment as local_env

    for stack in states.names:
        path, copy = local_env.checkpoint(stack), states.copy(stack)
        if not path.exists():
            continue
        left, exchange = from_checkpoint(stack, path.read_bytes()), copy.exchanged()
        here = copy.read()
        if exchange is None:
            is_news = left.saved_at > copy.last_saved()
        else:
            is_changed = left.digest != exchange.theirs
            if is_changed and (here.digest if here else EMPTY) != exchange.ours:
                raise _both_changed(stack, path, copy.path)
            is_news = is_changed and left.saved_at >= copy.last_saved()  # `pulumi state` leaves the time as it was
        if is_news:
            left.refuse_broken(path)
            copy.go_on_from(left)
            copy.note_exchange(path)


def _both_changed(stack: str, theirs: Path, ours: Path) -> BreiqError:
    return BreiqError(
        "state_diverged",
        "refused",
        f"the state of {stack} was changed by the Pulumi CLI, called by hand, and by breiqctl",
        cause=f"{theirs} and {ours} both continue from the same state, with different changes",
        remedy=f"to continue with breiqctl's state, move {theirs} away: breiqctl estate drift shows what "
        "is only in the CLI's state",
    )


def _refuse_lost(states: States, names: Sequence[str], options: str, *, by_stack: bool) -> None:
    silent = states.live().silent
    standing = _standing(states, names, silent)
    if len(standing) == len(names):
        return
    lost, needing = ", ".join(silent), ", ".join(name for name in names if name not in standing)
    raise BreiqError(
        "region_lost",
        "refused",
        f"{lost} does not answer, and {needing} cannot be changed without it",
        remedy=f"{_command_line()}{options}{_only(states, standing)}"
        if standing and by_stack
        else f"run it again when {lost} is back",
    )


def _standing(states: States, names: Sequence[str], lost: Sequence[str]) -> list[str]:
    """Return which of the stacks can do without the lost regions: the other regions' own."""
    own = {f"{states.environment.environment}-{region}" for region in states.environment.regions if region not in lost}
    return [name for name in names if name in own or not lost]


def _only(states: States, names: Sequence[str]) -> str:
    return "".join(f" --stack {name}" for name in names) if len(names) < len(states.names) else ""


def opened(environment: Environment, folder: Path, endpoint_url: str, state_region: str) -> States:
    """Return the states of an environment of the local cloud, for an operation that may be resumed elsewhere."""

    def session(region: str) -> "Session":
        from aws.session import Session

        key_id, secret = local_socket.credentials()
        return Session(region=region, command="estate", endpoint_url=endpoint_url, access_key=key_id, secret_key=secret)

    return States(environment, folder, cache(session), state_region or None)


@contextmanager
def kept(states: States, names: Sequence[str]) -> Iterator[None]:
    """Put the stacks' states into their bucket at the end of a `with`, however it ends.

    Raises what `States.keep` raises; but what went wrong inside is the greater news, and the next run keeps them.
    """
    try:
        yield
    except BaseException:
        with suppress(BreiqError):
            states.keep(names)
        raise
    states.keep(names)


def ensure(context: Context) -> States:
    """Make the buckets that the bootstrap makes on AWS, and bring the working copies level; return the states."""
    states = states_of(context)
    environment = context.environment
    home, other = states.bucket(states.region), states.bucket(states.other)
    for bucket in (other, home):
        bucket.ensure()
    home.begin(other, topology.role_arn(environment, "state-replication"))
    states.level()
    return states


def refuse_beside_cli(names: Sequence[str]) -> None:
    """Raise BreiqError `pulumi_locked` (refused) while Pulumi's CLI works on one of the local cloud's stacks."""
    from breiqctl.local import environment as local_env

    for name in names:
        pid = local_env.living_holder(name)
        if pid is not None:
            raise BreiqError(
                "pulumi_locked",
                "refused",
                f"the Pulumi CLI is changing {name} (process {pid})",
                remedy="wait until it has ended, then run it again",
                retryable=True,
            )


def refuse_beside_others(context: Context) -> None:
    """Raise BreiqError `operation_alive` (refused) while an operation runs: it may be writing the states.

    One that stopped half-way is no hindrance: what it needs to go on may be just this.
    """
    from breiqctl import operating
    from operations.clock import SystemClock
    from operations.lock import Lock, read_lock
    from operations.owner import this_process

    table = operating.table_of(context, operating.clients_of(context))
    held = read_lock(table) if operating.stands(table) else None
    if held is not None and held.held:
        Lock(table, SystemClock(), this_process().text).wait_until_gone(held)


def _command_line() -> str:
    """Return this call of breiqctl as one would type it again, without the region of its states and without stacks."""
    options = ("--state-region", "--stack")
    words, kept = iter(sys.argv[1:]), ["breiqctl"]
    for word in words:
        if word in options:
            next(words, None)
        elif not word.startswith(tuple(f"{option}=" for option in options)):
            kept.append(word)
    return shlex.join(kept)
