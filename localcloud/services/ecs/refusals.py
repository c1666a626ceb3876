"""What ECS refuses with, and what it refuses for services and tasks alike."""

from typing import Any


def invalid(message: str) -> Exception:
    """Return the refusal of a parameter."""
    from moto.ecs.exceptions import InvalidParameterException

    error: Exception = InvalidParameterException(message)
    return error


def not_emulated(message: str) -> Exception:
    """Return the refusal of what AWS does and the local cloud does not."""
    from moto.ecs.exceptions import ECSException

    error: Exception = ECSException("NotEmulated", message)
    return error


def active(backend: Any, name: str) -> Any:
    """Return a task definition that new tasks may have."""
    from moto.ecs.exceptions import EcsClientException

    definition = backend.describe_task_definition(name)
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    return definition
