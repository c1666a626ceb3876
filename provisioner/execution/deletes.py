"""The order in which resources may be deleted, and deleting them in it, side by side where nothing speaks against it.

Source: pulumi/pulumi, `pkg/resource/deploy/step_generator.go` (ScheduleDeletes).
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from provisioner.errors import ProvisionerError
from provisioner.state.state import Key, Resource, key_of

THREADS = 16
"""Deletions at the same time."""


@dataclass(frozen=True)
class Deletion:
    """One resource to be deleted, and those that vanish with it (`deletedWith`). `after`: what must be gone before."""

    resource: Resource
    with_it: tuple[Resource, ...]
    after: frozenset[Key]


def plan_deletions(resources: Iterable[Resource]) -> list[Deletion]:
    """Return a deletion for each resource, except those that vanish with another; dependents come first. Pure."""
    items = {key_of(one): one for one in resources}
    by_urn: dict[str, list[Key]] = {}
    for key in items:
        by_urn.setdefault(key[0], []).append(key)
    leader = {key: _leader(key, items, by_urn) for key in items}
    followers: dict[Key, list[Resource]] = {key: [] for key in leader.values()}
    for key, resource in items.items():
        if leader[key] != key:
            followers[leader[key]].append(resource)
    after: dict[Key, set[Key]] = {key: set() for key in followers}
    for key, resource in items.items():
        for needed in (one for urn in resource.needs for one in by_urn.get(urn, ())):
            if leader[needed] != leader[key]:
                after[leader[needed]].add(leader[key])
    found = [Deletion(items[key], tuple(followers[key]), frozenset(after[key])) for key in followers]
    return _in_order(found)


def _leader(key: Key, items: dict[Key, Resource], by_urn: dict[str, list[Key]]) -> Key:
    """Return the resource with which this one vanishes: itself, mostly."""
    seen = {key}
    while True:
        resource = items[key]
        hosts = by_urn.get(resource.deleted_with, []) if resource.deleted_with and resource.in_cloud else []
        hosts = [
            one for one in hosts if one not in seen and items[one].in_cloud and items[one].delete == resource.delete
        ]
        if not hosts:
            return key
        key = hosts[0]
        seen.add(key)


def _in_order(deletions: Sequence[Deletion]) -> list[Deletion]:
    """Return the deletions so that each comes after those in its `after`; what goes round in a circle is cut open."""
    waiting = list(reversed(deletions))
    done: set[Key] = set()
    ordered: list[Deletion] = []
    while waiting:
        ready = [one for one in waiting if one.after <= done] or waiting[:1]
        done |= {key_of(one.resource) for one in ready}
        ordered += ready
        waiting = [one for one in waiting if key_of(one.resource) not in done]
    return ordered


def run_deletions(
    deletions: Sequence[Deletion],
    delete: Callable[[Deletion], None],
    *,
    stopped: Callable[[], bool],
    threads: int = THREADS,
) -> list[ProvisionerError]:
    """Delete each when all in its `after` are gone. The first failure, or being stopped, begins nothing more.

    Returns what failed; whatever else is raised comes through once what runs has ended.
    """
    waiting, failures = list(deletions), list[ProvisionerError]()
    known = {key_of(one.resource) for one in deletions}
    gone: set[Key] = set()
    running: dict[Future[None], Deletion] = {}
    with ThreadPoolExecutor(threads, "delete") as pool:
        while True:
            ready = [] if failures or stopped() else [one for one in waiting if one.after & known <= gone]
            if not ready and not running and waiting and not failures and not stopped():
                ready = waiting[:1]  # a circle: the order of `plan_deletions` decides
            for one in ready:
                waiting.remove(one)
                running[pool.submit(delete, one)] = one
            if not running:
                return failures
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                ended = running.pop(future)
                try:
                    future.result()
                    gone.add(key_of(ended.resource))
                except ProvisionerError as error:
                    failures.append(error)
