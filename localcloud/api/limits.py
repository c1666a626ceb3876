"""What AWS refuses of a single request's values, and moto takes: sizes, lengths, ranges, expressions. Pure.

Sources: the API references of the operations; the ECS guide for Fargate's sizes; "Quotas" of Parameter Store.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

Parameters = Mapping[str, Any]
Problem = tuple[str, str]
"""AWS's error code, and a message."""

KIB: Final = 1024
FARGATE_MIB: Final[Mapping[int, frozenset[int]]] = {
    256: frozenset({512, 1024, 2048}),
    512: frozenset(range(1024, 4096 + 1, 1024)),
    1024: frozenset(range(2048, 8192 + 1, 1024)),
    2048: frozenset(range(4096, 16384 + 1, 1024)),
    4096: frozenset(range(8192, 30720 + 1, 1024)),
    8192: frozenset(range(16384, 61440 + 1, 4096)),
    16384: frozenset(range(32768, 122880 + 1, 8192)),
}
"""CPU units → the sizes of memory that Fargate offers with them."""

RETENTION_DAYS: Final = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
QUEUE: Final = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (KIB, 1024 * KIB),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
"""Attributes of queues → the minimum and the maximum."""

PARAMETER_BYTES: Final = {"Standard": 4 * KIB, "Advanced": 8 * KIB}
SECRET_BYTES: Final = 64 * KIB
PASSWORD_LETTERS: Final = 8
STORAGE_GIB: Final = {"standard": 5, "io1": 100, "io2": 100}
"""The minimum storage of PostgreSQL by type; 20 for the others."""

_SCHEDULE: Final = re.compile(
    r"rate\([1-9]\d* (minute|hour|day)s?\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)|cron\(\S+( \S+){5}\)"
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")


def refusal(service: str, operation: str | None, body: bytes) -> Problem | None:
    """Return what AWS has against the values of a request, None when it takes them or none is looked at here."""
    check = _CHECKS.get((service, operation or ""))
    try:
        return check(_parameters(body)) if check is not None else None
    except (ValueError, TypeError, AttributeError, KeyError):
        return None  # values that are none: the service itself refuses them


def _parameters(body: bytes) -> Parameters:
    found: Parameters = json.loads(body) if body.startswith(b"{") else dict(parse_qsl(body.decode("latin-1")))
    return found


def _task(asked: Parameters) -> Problem | None:
    if "FARGATE" not in (asked.get("requiresCompatibilities") or ()):
        return None
    if int(asked["memory"]) in FARGATE_MIB.get(int(asked["cpu"]), ()):
        return None
    return "ClientException", "No Fargate configuration exists for given values."


def _queue(asked: Parameters) -> Problem | None:
    for name, value in (asked.get("Attributes") or {}).items():
        minimum, maximum = QUEUE.get(name, (None, None))
        if minimum is not None and maximum is not None and not minimum <= int(value) <= maximum:
            return "InvalidAttributeValue", f"Invalid value for the parameter {name}."
    return None


def _parameter(asked: Parameters) -> Problem | None:
    tier = asked.get("Tier") or "Standard"
    maximum = PARAMETER_BYTES.get(tier, PARAMETER_BYTES["Advanced"])
    if len(asked["Value"].encode()) <= maximum:
        return None
    return "ValidationException", f"{tier} tier parameters support a maximum parameter value of {maximum} characters."


def _secret(asked: Parameters) -> Problem | None:
    if len((asked.get("SecretString") or "").encode()) <= SECRET_BYTES:
        return None
    return "ValidationException", f"Member must have length less than or equal to {SECRET_BYTES}"


def _retention(asked: Parameters) -> Problem | None:
    if int(asked["retentionInDays"]) in RETENTION_DAYS:
        return None
    return "InvalidParameterException", f"Invalid retention value. Valid values are: {sorted(RETENTION_DAYS)}"


def _database(asked: Parameters) -> Problem | None:
    password, storage = asked.get("MasterUserPassword"), asked.get("AllocatedStorage")
    if password is not None and len(password) < PASSWORD_LETTERS:
        return (
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password because it is shorter than "
            f"{PASSWORD_LETTERS} characters.",
        )
    kind = asked.get("StorageType") or "gp2"
    if storage is not None and int(storage) < STORAGE_GIB.get(kind, 20):
        return (
            "InvalidParameterValue",
            f"Invalid storage size for engine name postgres and storage type {kind}: {storage}",
        )
    return None


def _cache(asked: Parameters) -> Problem | None:
    token = asked.get("AuthToken")
    return (
        None if token is None or _TOKEN.fullmatch(token) else ("InvalidParameterValue", "Invalid AuthToken provided.")
    )


def _target_group(asked: Parameters) -> Problem | None:
    port = asked.get("Port")
    if port is None or 1 <= int(port) <= 65535:
        return None
    return "ValidationError", f"Port '{port}' must be between 1 and 65535"


def _schedule(asked: Parameters) -> Problem | None:
    if _SCHEDULE.fullmatch(asked["ScheduleExpression"]):
        return None
    return "ValidationException", f"Invalid Schedule Expression {asked['ScheduleExpression']}."


_CHECKS: Final[Mapping[tuple[str, str], Callable[[Parameters], Problem | None]]] = {
    ("ecs", "RegisterTaskDefinition"): _task,
    ("sqs", "CreateQueue"): _queue,
    ("sqs", "SetQueueAttributes"): _queue,
    ("ssm", "PutParameter"): _parameter,
    ("secretsmanager", "CreateSecret"): _secret,
    ("secretsmanager", "PutSecretValue"): _secret,
    ("secretsmanager", "UpdateSecret"): _secret,
    ("logs", "PutRetentionPolicy"): _retention,
    ("rds", "CreateDBInstance"): _database,
    ("elasticache", "CreateReplicationGroup"): _cache,
    ("elbv2", "CreateTargetGroup"): _target_group,
    ("scheduler", "CreateSchedule"): _schedule,
    ("scheduler", "UpdateSchedule"): _schedule,
}
