"""A fresh estate's first release, as `local up` runs it; nothing happens when a version serves already."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from operations.engine import Engine
from operations.guard import Guard
from operations.interrupts import Interrupts
from operations.kind import Registry
from operations.outcome import Outcome
from operations.step import Event
from operations.table import RegionalTable
from releases.facts import read_facts
from releases.kinds import FIRST
from releases.model import Release

if TYPE_CHECKING:
    from aws.session import Session


def first_release(
    environment: Environment,
    session: "Callable[[str], Session]",
    *,
    image_digest: str,
    say: Callable[[str], None] = lambda _line: None,
    interrupts: Interrupts | None = None,
) -> Outcome | None:
    """Make both regions serve `image_digest` if none serves anything yet: migrations, blue everywhere, writer lease.

    Its calls are guarded by its lock, and `interrupts` are held back from its journal. Returns None when a version
    serves already. Raises BreiqError when it failed (what it did is undone) or was refused.
    """
    guard = Guard()
    clients = cache(lambda region: replace(session(region), guard=guard))
    order = [environment.primary_region, environment.standby_region]
    table = RegionalTable([session(region).table(topology.operations_table(environment)) for region in order])
    facts = read_facts(
        clients,
        table,
        environment,
        digest=image_digest,
        tags={},
        site_url=f"https://{topology.site_name(environment)}",
        ca_file=None,
    )
    if facts.lease and not facts.nothing_live:
        return None
    emit = _saying(say)
    engine = Engine(
        table=table, clients=clients, registry=Registry([FIRST]), emit=emit, guard=guard, interrupts=interrupts
    )
    release = Release(image=image_digest, digest=image_digest, bake_s=0, migrate=True, ready_s=60)
    outcome = engine.run(FIRST, release, facts, reason="first release of a fresh estate")
    if outcome.status != "done":
        raise _failed(outcome) from outcome.error
    return outcome


def _saying(say: Callable[[str], None]) -> Callable[[Event], None]:
    """Return what says each event that a person waits for, in a line."""

    def emit(event: Event) -> None:
        if event.kind in {"verified", "failed", "turned"}:
            where = f" in {event.region}" if event.region else ""
            say(f"first release: {event.text}{where}")

    return emit


def _failed(outcome: Outcome) -> BreiqError:
    assert outcome.error is not None
    return BreiqError(
        "first_release_failed",
        "permanent",
        "the first release failed and was undone" if outcome.status == "undone" else "the first release stopped",
        cause=f"{outcome.error.message}: {outcome.error.cause or ''}".rstrip(": "),
        remedy=outcome.next_command or "breiqctl local logs shows what the tasks said; then breiqctl local up",
    )
