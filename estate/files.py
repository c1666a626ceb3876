"""The only module of the room that reads files: environments, and the data that stands beside the code."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from estate.alerts import Alert
from estate.config import ConfigError, Environment, parse_environment
from estate.config.checks_classes import check_instance_classes
from estate.config.checks_rules import check_managed_rules
from estate.config.limits.table import TABLE
from estate.yaml_file import Document, read_as, read_document

ROOT: Final = Path(__file__).resolve().parent.parent
ENVIRONMENTS: Final = ROOT / "stacks" / "environments"
USAGE: Final = ROOT / "stacks" / "usage"
ALERTS: Final = Path(__file__).parent / "alerts.yaml"
COPY_USAGE: Final = "Copy stacks/usage/staging.yaml and write down what is expected"
"""What to do when an environment has no usage assumptions."""


def list_environments() -> list[str]:
    """Return the names of the environments that have a file, sorted."""
    return sorted(path.stem for path in ENVIRONMENTS.glob("*.yaml"))


def read_environment(name: str) -> Environment:
    """Return the environment `name`, parsed strictly.

    Raises ConfigError when there is no such file, it is no YAML, it is another environment's, or a key or value is
    wrong; it names file, line, key, limit, source and remedy.
    """
    path = ENVIRONMENTS / f"{name}.yaml"
    if name not in list_environments():
        known = ", ".join(list_environments())
        raise ConfigError(
            file=str(path), key="", problem=f"there is no environment {name!r}", remedy=f"use one of: {known}"
        )
    file = str(path.relative_to(ROOT))
    if not path.is_file():
        raise ConfigError(file=file, key="", problem="is no regular file", remedy="make it one")
    document = read_document(path, file)
    environment = parse_environment(document.data, file=file, line_of=document.line_of)
    try:
        _check_name(environment, name, file)
        check_instance_classes(environment, read_instance_classes(), file)
        check_managed_rules(environment, read_managed_rules(), file)
    except ConfigError as error:
        raise error.located(document.line_of) from error
    return environment


def _check_name(environment: Environment, name: str, file: str) -> None:
    if environment.environment != name:
        raise ConfigError(
            file=file,
            key="environment",
            problem=f"the file is named {name}, and says that it is {environment.environment!r}",
            remedy=f"Write environment: {name}, so that no command changes the stacks of another"
            if TABLE["environment"].why_not(name) is None
            else f"Rename the file to {environment.environment}.yaml",
        )


def has_usage(name: str) -> bool:
    """Whether anything is assumed of the environment's usage: without, nothing is priced."""
    return (USAGE / f"{name}.yaml").exists()


def read_usage(name: str) -> tuple[Document, str]:
    """Return the usage assumptions of the environment `name` as its file holds them, and the file's name.

    Raises ConfigError when there is no such file, or it is no YAML.
    """
    path = USAGE / f"{name}.yaml"
    if not path.exists():
        raise ConfigError(
            file=str(path.relative_to(ROOT)),
            key="",
            problem="the environment has no usage assumptions",
            remedy=COPY_USAGE,
        )
    file = str(path.relative_to(ROOT))
    return read_document(path, file), file


def read_instance_classes() -> dict[str, dict[str, list[str]]]:
    """Return the instance classes that AWS has: section of the configuration → region → names, sorted."""
    document: dict[str, dict[str, list[str]]] = json.loads(
        (Path(__file__).parent / "instance_classes.json").read_text()
    )
    return document


def read_managed_rules() -> list[str]:
    """Return the identifiers of AWS Config's managed rules that need no parameters, sorted."""
    rules: list[str] = json.loads((Path(__file__).parent / "managed_rules.json").read_text())
    return rules


@cache
def read_alerts(path: Path = ALERTS) -> Mapping[str, Alert]:
    """Return each alert by its id, in the file's order.

    Raises ConfigError, which names file and line, when a field is missing, unknown or of another kind, or an id
    appears twice.
    """
    file = f"{path.parent.name}/{path.name}"
    rows, line_of = read_as(path, file, list[Alert], remedy="Compare with the fields of Alert in estate/alerts.py")
    alerts: dict[str, Alert] = {}
    for place, alert in enumerate(rows):
        if alert.id in alerts:
            problem = f"the id {alert.id} appears twice"
            raise ConfigError(file=file, key=f"[{place}].id", problem=problem, remedy="Rename one").located(line_of)
        alerts[alert.id] = alert
    return alerts


def read_writer_lease() -> dict[str, Any]:
    """Return the writer lease's document: item keys, states, fence table, roles and periods."""
    document: dict[str, Any] = json.loads((Path(__file__).parent / "writer_lease.json").read_text())
    return document


def read_rotation_source() -> str:
    """Return the source of the function that rotates secrets: it goes into the bootstrap's template as it is."""
    return (ROOT / "infra" / "bootstrap" / "secret_rotation.py").read_text()
