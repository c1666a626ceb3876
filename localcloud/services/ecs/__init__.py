"""ECS: services and tasks as processes, deployments, draining, stop timeouts, exit codes."""

from typing import Any, Final

from localcloud.services.ecs import launch, views

SCOPE: Final = "region"

OPERATIONS: Final = frozenset(
    {
        "CreateCluster",
        "CreateService",
        "DeleteCluster",
        "DeleteService",
        "DeleteTaskDefinitions",
        "DeregisterTaskDefinition",
        "DescribeClusters",
        "DescribeServices",
        "DescribeTaskDefinition",
        "DescribeTasks",
        "ListClusters",
        "ListServices",
        "ListTagsForResource",
        "ListTaskDefinitionFamilies",
        "ListTaskDefinitions",
        "ListTasks",
        "PutClusterCapacityProviders",
        "RegisterTaskDefinition",
        "RunTask",
        "StopTask",
        "TagResource",
        "UntagResource",
        "UpdateCluster",
        "UpdateService",
    }
)

VIEWS: Final = {
    "state": views.view_state,
    "apply": views.view_apply,
    "launch": launch.view_launch,
    "progress": launch.view_progress,
    "register": launch.view_register,
    "deregister": launch.view_deregister,
}


def patch() -> None:
    """Replace what is not true of moto's ECS (api process)."""
    from localcloud.services.ecs import log_streams, patches

    fix()
    patches.patch()
    log_streams.patch()


def fix() -> None:
    """Mend what moto forgets, whether or not anything runs behind its records."""
    from localcloud.services.ecs import gaps

    gaps.patch()


def Controller(context: Any) -> Any:  # noqa: N802 - the name is the framework's contract; the import is the controllers' alone
    """Return the controller of a region's services and tasks."""
    from localcloud.services.ecs.controller import Controller as EcsController

    return EcsController(context)
