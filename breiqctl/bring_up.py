"""`local up`, step by step: servers, secrets, stacks, image, first release; all is healthy, or nothing is left."""

import functools
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from breiqctl import images
from breiqctl.context import Context, local_cloud_starting
from breiqctl.local import client
from breiqctl.local import snapshot as local_snapshot
from breiqctl.local import state as local_state
from breiqctl.local import watch as local_watch
from estate import topology
from estate.errors import BreiqError
from stackops import local_socket, secret_values

if TYPE_CHECKING:
    from provisioner.events import Event
    from stackops.states.states import States

HEALTHY_DEADLINE_S: Final = 60.0

AWS_WAITS: Final[Mapping[str, str]] = {
    "dns_ttl_s": "60",
    "health_check_interval_s": "10",
    "target_health_interval_s": "5",
    "promotion_s": "180",
    "task_start_s": "30",
    "rds_create_s": "300",
}
"""What AWS makes one wait for, in seconds. Source: docs/design.md#traffic (10 s, TTL 60), and AWS's documentation of
Fargate starts, RDS creation and promotion (minutes, not promised); they are for rehearsal, never called AWS figures."""


def up(context: Context, settings: Mapping[str, str], *, fresh: bool = False) -> dict[str, Any]:
    """Bring the local cloud up, or find it up and apply the estate again. Returns `breiq.local/1`.

    What the same code brought up before is restored from its snapshot, unless it is to be made `fresh`.

    Until it returns the local cloud ends with this process, however that ends.
    """
    started = time.monotonic()
    say = _stopwatch(context, started)
    status = local_socket.running()
    if status is None:
        context.bringing_up = True
        _start(context, settings, say, fresh=fresh)
    elif not status["ready"]:
        raise local_cloud_starting()
    else:
        _refuse_other_settings(status["settings"], settings)
        _fill_again(context, say)
    document = local_state.document(local_socket.status())
    document["up_s"] = round(time.monotonic() - started, 2)
    return document


def _start(context: Context, settings: Mapping[str, str], say: Callable[[str], None], *, fresh: bool) -> None:
    """Start the local cloud: from a snapshot of what the same code made, or from nothing. Then a snapshot is taken."""
    environment = context.environment
    key = local_snapshot.key(context.environment_name)
    if fresh or not local_snapshot.exists(key):
        _prepare_stacks()
    ports = [service.port for service in environment.services.values()]
    regions, witness = list(environment.regions), environment.witness_region
    starting = client.start(regions, witness, settings, ports, restore="" if fresh else key)
    try:
        with local_watch.given_up_when_hopeless():
            if starting.restored:
                say("servers: the AWS API answers, with what the last `local up` made")
                _wait_for_users(say)
                _wait_for_all(context)
                say("all tasks are healthy in both regions")
            else:
                say("servers: the AWS API answers")
                _fill(context, say)
                local_socket.ask("snapshot", key=key)
        starting.ready()
    except BaseException:
        starting.abandon()
        raise


def _wait_for_users(say: Callable[[str], None]) -> None:
    local_state.wait_healthy(HEALTHY_DEADLINE_S)
    say("the first successful request came through the public address")


def _wait_for_all(context: Context) -> None:
    """Return when `status` says healthy, and every service and worker runs all its tasks.

    Raises BreiqError `not_healthy` after HEALTHY_DEADLINE_S.
    """
    from breiqctl.status import regions

    deadline = time.monotonic() + HEALTHY_DEADLINE_S
    while True:
        found = regions.document(context)
        missing = found["health"]["reason"] if found["health"]["state"] != "healthy" else _missing_tasks(found)
        if not missing:
            return
        if time.monotonic() > deadline:
            raise BreiqError(
                "not_healthy",
                "permanent",
                f"the restored local cloud is not healthy after {HEALTHY_DEADLINE_S:.0f} s",
                cause=missing,
                remedy="breiqctl local up --fresh makes everything anew",
            )
        time.sleep(0.2)


def _missing_tasks(status: Mapping[str, Any]) -> str:
    """Return which service or worker does not run all its tasks yet, empty when all do."""
    for region, parts in status["regions"].items():
        for name, both in parts["services"].items():
            for one in both.values():
                if one["healthy"] < one["desired"]:
                    return f"{one['healthy']} of {one['desired']} tasks of {name} are healthy in {region}"
        for name, both in parts["workers"].items():
            for one in both.values():
                if one["running"] < one["desired"]:
                    return f"{one['running']} of {one['desired']} tasks of {name} run in {region}"
    return ""


def _prepare_stacks() -> None:
    """Import Pulumi while the servers start: a second of processor time that nobody waits for."""
    import stackops

    stackops.prepare()


def _refuse_other_settings(now: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    local_socket.ask("check_settings", settings=[f"{name}={value}" for name, value in wanted.items()])
    for name, value in wanted.items():
        if str(now.get(name)) not in (value, f"{float(value)}"):
            raise BreiqError(
                "other_settings",
                "refused",
                f"the local cloud runs with {name}={now.get(name)}, not {value}",
                remedy="breiqctl local down, then local up with the new settings",
            )


def _stopwatch(context: Context, started: float) -> Callable[[str], None]:
    def say(text: str) -> None:
        context.say(f"{time.monotonic() - started:6.1f} s  {text}")

    return say


def _fill(context: Context, say: Callable[[str], None]) -> None:
    """Make secrets, apply the stacks, pack the first image, release it. Each part finds out what is there already."""
    from breiqctl.estate import state_store

    apply = _applying(context, say)
    with ThreadPoolExecutor(2) as pool:
        image: Future[dict[str, Any]] = pool.submit(images.first_image, context)
        ready: Future[States] = pool.submit(state_store.ensure, context)
        say(f"secrets: {ensure_secrets(context)}")
        keep = ready.result().keep
        foundation, *others = topology.stack_names(context.environment)
        apply([foundation])
        kept = [pool.submit(keep, [foundation])]
        apply(others)
        kept.append(pool.submit(keep, others))
        _release(context, str(image.result()["digest"]), say)
        for one in kept:
            one.result()
    _wait_for_users(say)


def _applying(context: Context, say: Callable[[str], None]) -> Callable[[list[str]], Any]:
    """Return what applies stacks, by name, and says so."""
    import stackops

    endpoints = context.endpoints
    assert endpoints is not None

    def progress(event: "Event") -> None:
        if event.action == "applied":
            say(f"stack {event.stack}: {event.message}")
        elif context.verbose:
            context.say(f"          {event}")

    return functools.partial(
        stackops.apply,
        context.environment,
        endpoint_url=endpoints["aws"],
        state_dir=local_socket.state_dir(),
        on_event=progress,
    )


def _release(context: Context, digest: str, say: Callable[[str], None]) -> None:
    """Have a version that serves in both regions: the image, where none does."""
    from releases.first_release import first_release

    first_release(context.environment, context.session, image_digest=digest, say=say, interrupts=context.interrupts)


def _fill_again(context: Context, say: Callable[[str], None]) -> None:
    """Do the same on a local cloud that runs: the apply is an operation then, for others may be at work on it."""
    import stackops
    from breiqctl.estate import operation as estate_operation
    from breiqctl.estate import state_store
    from breiqctl.estate.params import ApplyParams

    environment, endpoints = context.environment, context.endpoints
    assert endpoints is not None
    say(f"secrets: {ensure_secrets(context)}")
    state_store.ensure(context)
    digest = str(images.first_image(context)["digest"])
    params = ApplyParams(
        environment=context.environment_name,
        waves=tuple(map(tuple, stackops.waves(environment))),
        endpoint_url=str(endpoints["aws"]),
        state_dir=str(local_socket.state_dir()),
    )
    with context.interrupts.held():
        done = estate_operation.run(context, params, dict.fromkeys(params.stacks, "as the program declares it"))
    if done.exit_code:
        raise BreiqError(
            "estate_not_applied",
            "stuck",
            f"the estate was not applied: {done.document['reason']}",
            remedy=done.document["next_command"],
        )
    _release(context, digest, say)
    _wait_for_users(say)


def ensure_secrets(context: Context) -> str:
    """Have the secrets that the bootstrap makes on AWS, with replicas; return in words what had to be done for it.

    See docs/design.md#secrets.
    """
    environment = context.environment
    client = context.session(environment.primary_region).secretsmanager
    done = Counter(
        client.ensure(
            topology.secret(environment, name),
            functools.partial(secret_values.make, name),
            replica_region=environment.standby_region,
        )
        for name in (*topology.SECRETS, *topology.GIVEN_SECRETS)
    )
    return ", ".join(f"{number} {word}" for word, number in sorted(done.items()) if word != "there") or "there"
