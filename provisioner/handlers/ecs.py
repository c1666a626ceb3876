"""Clusters, task definitions and services of ECS."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

import msgspec

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

INACTIVE_DEADLINE_S: Final = 1200.0


def _tags(inputs: Properties) -> list[dict[str, str]] | None:
    return tag_list(inputs, "key", "value") or None


@register
class Cluster(Handler):
    """A cluster. Its id is its ARN."""

    type = "aws:ecs/cluster:Cluster"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        cluster = aws.client("ecs").create_cluster(
            **given(clusterName=inputs["name"], settings=inputs.get("settings"), tags=_tags(inputs))
        )["cluster"]
        return Created(cluster["clusterArn"], {"arn": cluster["clusterArn"]})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        clusters = aws.client("ecs").describe_clusters(clusters=[resource_id])["clusters"]
        return {"arn": resource_id} if any(cluster["status"] == "ACTIVE" for cluster in clusters) else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("ClusterNotFoundException"):
            aws.client("ecs").delete_cluster(cluster=resource_id)


@register
class TaskDefinition(Handler):
    """A revision of a family. Its id is the family, as in Terraform's provider."""

    type = "aws:ecs/taskDefinition:TaskDefinition"
    taggable = True
    name_input = "family"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        definition = aws.client("ecs").register_task_definition(
            **given(
                family=inputs["family"],
                containerDefinitions=msgspec.json.decode(inputs["containerDefinitions"]),
                cpu=inputs.get("cpu"),
                memory=inputs.get("memory"),
                networkMode=inputs.get("networkMode"),
                requiresCompatibilities=inputs.get("requiresCompatibilities"),
                executionRoleArn=inputs.get("executionRoleArn"),
                taskRoleArn=inputs.get("taskRoleArn"),
                runtimePlatform=inputs.get("runtimePlatform"),
                tags=_tags(inputs),
            )
        )["taskDefinition"]
        return Created(inputs["family"], self._outputs(definition))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        name = outputs.get("arn") or resource_id
        answer = found(lambda: aws.client("ecs").describe_task_definition(taskDefinition=name), "ClientException")
        definition = (answer or {}).get("taskDefinition", {})
        return self._outputs(definition) if definition.get("status") == "ACTIVE" else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Deregister every active revision: operations have added theirs."""
        ecs = aws.client("ecs")
        for page in ecs.get_paginator("list_task_definitions").paginate(familyPrefix=resource_id, status="ACTIVE"):
            for arn in page["taskDefinitionArns"]:
                if arn.rpartition("/")[2].rpartition(":")[0] == resource_id:
                    ecs.deregister_task_definition(taskDefinition=arn)

    @staticmethod
    def _outputs(definition: dict[str, Any]) -> Properties:
        arn = definition["taskDefinitionArn"]
        return {"arn": arn, "arnWithoutRevision": arn.rpartition(":")[0], "revision": definition["revision"]}


@register
class Service(Handler):
    """A service. Its id is its ARN; returns when ECS has accepted it, not when its tasks run."""

    type = "aws:ecs/service:Service"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        network = inputs.get("networkConfiguration")
        service = aws.client("ecs").create_service(
            **given(
                cluster=inputs["cluster"],
                serviceName=inputs["name"],
                taskDefinition=inputs["taskDefinition"],
                desiredCount=inputs.get("desiredCount"),
                launchType=inputs.get("launchType"),
                platformVersion=inputs.get("platformVersion"),
                loadBalancers=inputs.get("loadBalancers"),
                networkConfiguration={"awsvpcConfiguration": _awsvpc(network)} if network else None,
                healthCheckGracePeriodSeconds=inputs.get("healthCheckGracePeriodSeconds"),
                deploymentConfiguration=_deployment(inputs),
                propagateTags=inputs.get("propagateTags"),
                enableECSManagedTags=inputs.get("enableEcsManagedTags"),
                enableExecuteCommand=inputs.get("enableExecuteCommand"),
                tags=_tags(inputs),
            )
        )["service"]
        return Created(service["serviceArn"], {"arn": service["serviceArn"]})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(
            lambda: aws.client("ecs").describe_services(cluster=outputs["cluster"], services=[resource_id]),
            "ClusterNotFoundException",
        )
        active = [service for service in (answer or {}).get("services", []) if service["status"] == "ACTIVE"]
        return {"arn": active[0]["serviceArn"]} if active else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Delete the service with its tasks, and wait until they are drained."""
        with ignoring("ServiceNotFoundException", "ClusterNotFoundException", "ServiceNotActiveException"):
            aws.client("ecs").delete_service(cluster=outputs["cluster"], service=resource_id, force=True)
        aws.wait_for(
            f"service {resource_id} inactive",
            lambda: self._drained(aws, resource_id, outputs),
            deadline_s=INACTIVE_DEADLINE_S,
        )

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name; ECS takes names for ids."""
        outputs = self.read(aws, inputs["name"], inputs)
        return str(outputs["arn"]) if outputs else None

    @staticmethod
    def _drained(aws: Aws, resource_id: str, outputs: Properties) -> bool:
        answer = found(
            lambda: aws.client("ecs").describe_services(cluster=outputs["cluster"], services=[resource_id]),
            "ClusterNotFoundException",
        )
        return all(service["status"] == "INACTIVE" for service in (answer or {}).get("services", []))


def _awsvpc(network: Properties) -> dict[str, Any]:
    public = network.get("assignPublicIp")
    return given(
        subnets=network["subnets"],
        securityGroups=network.get("securityGroups"),
        assignPublicIp=None if public is None else "ENABLED" if public else "DISABLED",
    )


def _deployment(inputs: Properties) -> dict[str, Any] | None:
    breaker = inputs.get("deploymentCircuitBreaker")
    return (
        given(
            minimumHealthyPercent=inputs.get("deploymentMinimumHealthyPercent"),
            maximumPercent=inputs.get("deploymentMaximumPercent"),
            deploymentCircuitBreaker=breaker,
        )
        or None
    )
