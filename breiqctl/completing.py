"""What the shell offers for an argument: from files and the local supervisor alone, at once, and silent on errors."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import click

from breiqctl import folders

SUPERVISOR_S: Final = 0.5
OPERATIONS: Final = 20
"""How many operations are offered: the newest that this checkout has a folder of."""

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _silent(find: Callable[[str], Iterable[str]]) -> Complete:
    """Return what click asks: the names that `find` gives for the environment, none where it fails."""

    def complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            environment = str(context.find_root().params.get("environment") or "local")
            return [name for name in find(environment) if name.startswith(incomplete)]
        except Exception:  # noqa: BLE001 - a shell that completes shows no error
            return []

    return complete


def _regions(environment: str) -> Iterable[str]:
    from estate.files import read_environment

    return read_environment(environment).regions


def _services(environment: str) -> Iterable[str]:
    from estate.files import read_environment

    found = read_environment(environment)
    return [*found.services, *found.workers]


def _environments(_environment: str) -> Iterable[str]:
    from estate.files import list_environments

    return list_environments()


def _stacks(environment: str) -> Iterable[str]:
    from estate import topology
    from estate.files import read_environment

    return topology.stack_names(read_environment(environment))


def _faults() -> dict[str, Any]:
    from stackops import local_socket

    return local_socket.ask("fault_list", timeout_s=SUPERVISOR_S)


def _active(_environment: str) -> Iterable[str]:
    faults = _faults()["faults"]
    return [*dict.fromkeys(one["name"] for one in faults), *(one["fault_id"] for one in faults)]


def _tags(environment: str) -> Iterable[str]:
    """Return the tags of the local registry: asking AWS's would take longer than a shell waits."""
    from estate import topology
    from estate.files import read_environment

    index = folders.REGISTRY / topology.repository(read_environment(environment)) / "index.json"
    manifests = json.loads(index.read_text())["manifests"]
    return [one["annotations"]["org.opencontainers.image.ref.name"] for one in reversed(manifests)]


def _operations(_environment: str) -> Iterable[str]:
    found = sorted(folders.REPORTS.glob("op-*"), key=lambda path: -path.stat().st_mtime)
    return [path.name for path in found[:OPERATIONS]]


def _logs(_environment: str) -> Iterable[str]:
    from stackops import local_socket

    return sorted(path.stem for path in (local_socket.instance_dir() / "logs").glob("*.log"))


regions: Final = _silent(_regions)
services: Final = _silent(_services)
environments: Final = _silent(_environments)
stacks: Final = _silent(_stacks)
faults: Final = _silent(lambda _environment: _faults()["known"])
active_faults: Final = _silent(_active)
tags: Final = _silent(_tags)
operations: Final = _silent(_operations)
logs: Final = _silent(_logs)
