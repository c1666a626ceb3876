"""The states of a command's environment: brought level before it works on them, kept after it."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from breiqctl.context import Context
from breiqctl.stacks.states import States
from estate import topology
from estate.config import Environment
from estate.errors import BreiqError

if TYPE_CHECKING:
    from aws.session import Session


def states_of(context: Context, state_region: str | None = None) -> States:
    """Return the environment's states, as that region keeps them. Raises BreiqError `unknown_region` (usage)."""
    from breiqctl import local_client

    if state_region:
        context.check_region(state_region)
    return States(
        context.environment,
        local_client.state_dir(),
        cache(context.session),
        state_region,
        command=_command_line(),
    )


def level(context: Context, state_region: str | None) -> States:
    """Return the states once they may be worked on: in the local cloud with the working copies brought level.

    Raises what `States.level` raises.
    """
    states = states_of(context, state_region)
    if context.is_local:
        states.level()
    else:
        states.check()
    return states


def opened(environment: Environment, folder: Path, endpoint_url: str, state_region: str) -> States:
    """Return the states of an environment of the local cloud, for an operation that may be resumed elsewhere."""

    def session(region: str) -> "Session":
        from aws.session import Session

        return Session(region=region, endpoint_url=endpoint_url, access_key="local", secret_key="local")

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


def _command_line() -> str:
    """Return this call of breiqctl as one would type it again, without the region of its states."""
    words, kept = iter(sys.argv[1:]), ["breiqctl"]
    for word in words:
        if word == "--state-region":
            next(words, None)
        elif not word.startswith("--state-region="):
            kept.append(word)
    return shlex.join(kept)
