"""Replaces those actions of moto's ECS that are not true: services, tasks, counts, what is read back."""

from typing import Any

from localcloud.services.ecs import record
from localcloud.services.ecs.refusals import not_emulated
from localcloud.services.ecs.service_actions import service_actions
from localcloud.services.ecs.task_actions import describe_tasks, list_tasks, run_task, stop_task


def patch() -> None:
    """Make moto's ECS read back as AWS's does, and start nothing by itself."""
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    tasks = (run_task, stop_task, describe_tasks, list_tasks)
    for action in (*service_actions(Response), *tasks, *_definition_actions(Response), *_cluster_actions(Response)):
        setattr(Response, action.__name__, action)


def _definition_actions(response: Any) -> list[Any]:
    from moto.core.responses import ActionResult

    register, listed = response.register_task_definition, response.list_task_definitions

    def register_task_definition(self: Any) -> Any:
        containers = self._get_param("containerDefinitions") or []
        if len(containers) > 1:
            raise not_emulated("the local cloud runs tasks of one container; several are not emulated")
        for container in containers:
            for mapping in container.get("portMappings") or []:
                mapping.setdefault("hostPort", mapping["containerPort"])
                mapping.setdefault("protocol", "tcp")
        answer = register(self)
        definition = answer.result["taskDefinition"]
        definition.registered_at = record.now()
        return ActionResult({"taskDefinition": definition, "tags": definition.tags})

    def list_task_definitions(self: Any) -> Any:
        arns = listed(self).result["taskDefinitionArns"]
        ordered = sorted(arns, key=lambda arn: (arn.rpartition(":")[0], int(arn.rpartition(":")[2])))
        if self._get_param("sort") == "DESC":
            ordered.reverse()
        return ActionResult({"taskDefinitionArns": ordered})

    def list_task_definition_families(self: Any) -> Any:
        status, prefix = self._get_param("status") or "ALL", self._get_param("familyPrefix") or ""
        families = [
            family
            for family, revisions in self.ecs_backend.task_definitions.items()
            if family.startswith(prefix) and (status == "ALL" or _family_status(revisions.values()) == status)
        ]
        return ActionResult({"families": families})

    return [register_task_definition, list_task_definitions, list_task_definition_families]


def _family_status(revisions: Any) -> str:
    return "ACTIVE" if any(one.status == "ACTIVE" for one in revisions) else "INACTIVE"


def _cluster_actions(response: Any) -> list[Any]:
    from moto.core.responses import ActionResult

    create, describe, remove = response.create_cluster, response.describe_clusters, response.delete_cluster

    def create_cluster(self: Any) -> Any:
        known = self.ecs_backend.clusters.get(self._get_param("clusterName") or "default")
        if known is not None and known.status == "ACTIVE":
            return ActionResult({"cluster": known})
        return create(self)

    def describe_clusters(self: Any) -> Any:
        record.count(self.region)
        return describe(self)

    def delete_cluster(self: Any) -> Any:
        from moto.ecs.exceptions import ECSException

        cluster = self.ecs_backend._get_cluster(self._get_param("cluster"))
        services = self.ecs_backend.services.values()
        if any(service.cluster_arn == cluster.arn and service.status != "INACTIVE" for service in services):
            raise ECSException(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        return remove(self)

    def list_clusters(self: Any) -> Any:
        active = [cluster.arn for cluster in self.ecs_backend.clusters.values() if cluster.status == "ACTIVE"]
        return ActionResult({"clusterArns": active})  # describe finds deleted ones for a while, as on AWS

    return [create_cluster, describe_clusters, list_clusters, delete_cluster]
