"""Clusters and task definitions of ECS. Services are in `ecs_service`."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import json
from typing import Any, ClassVar, Final

import msgspec

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, found, ignoring, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.common.shapes import as_given

TAG_CALLS: Final = ("tag_resource", "untag_resource", "list_tags_for_resource")


@register
class Cluster(Generic):
    """A cluster. Its id is its ARN; Terraform's import id, the name, is understood."""

    type = "aws:ecs/cluster:Cluster"
    taggable = True
    service = "ecs"
    create_call = "create_cluster"
    read_call = "describe_clusters"
    update_call = "update_cluster"
    delete_call = "delete_cluster"
    id_output = "cluster.clusterArn"
    id_parameter = "cluster"
    read_parameter = "clusters[]"
    names: ClassVar = {"name": "clusterName"}
    constants: ClassVar = {"include": ["SETTINGS", "CONFIGURATIONS", "TAGS"]}
    missing = ("ClusterNotFoundException",)
    busy = (
        "ClusterContainsContainerInstancesException",
        "ClusterContainsServicesException",
        "ClusterContainsTasksException",
        "UpdateInProgressException",
    )
    adopts = False
    document = "clusters[0]"
    gone = "status != 'ACTIVE'"
    ready = "status == 'ACTIVE'"
    outputs: ClassVar = {"arn": "clusterArn"}
    replace_on = frozenset({"name"})
    tag_calls = TAG_CALLS


@register
class TaskDefinition(Generic):
    """A revision of a family. Its id is the family, as in Terraform's provider; read by it, it is the latest.

    Any change registers a new revision. Then this one is deregistered, unless `skipDestroy`: those that operations
    registered stay.
    """

    type = "aws:ecs/taskDefinition:TaskDefinition"
    taggable = True
    service = "ecs"
    create_call = "register_task_definition"
    read_call = "describe_task_definition"
    id_inputs = ("family",)
    constants: ClassVar = {"include": ["TAGS"]}
    only_here = frozenset({"skipDestroy", "trackLatest"})
    missing = ("ClientException",)
    document = "taskDefinition"
    gone = "status != 'ACTIVE'"
    outputs: ClassVar = {"arn": "taskDefinitionArn", "revision": "revision"}
    delete_before_replace = False
    tag_calls = TAG_CALLS

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; containers are JSON."""
        containers = inputs.get("containerDefinitions")
        decoded = msgspec.json.decode(containers) if isinstance(containers, str) else containers
        return super().parameters(aws, call, {**inputs, "containerDefinitions": decoded})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        return {"taskDefinition": resource_id}

    def id_properties(self, resource_id: str) -> Properties:
        """See Generic; Terraform's import id is a revision's ARN."""
        return {"family": resource_id.rpartition("/")[2].partition(":")[0]}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        observed = super().observe(aws, resource_id, document)
        family = document["taskDefinitionArn"].rpartition(":")[0]
        return {**observed, "arnWithoutRevision": family, "containerDefinitions": document["containerDefinitions"]}

    def seen(self, aws: Aws, resource_id: str, known: Properties, *, tags: bool = True) -> Properties | None:
        """See Generic; of containers, what the program says of them, as JSON."""
        known_text = known.get("containerDefinitions")
        containers = msgspec.json.decode(known_text) if isinstance(known_text, str) else None
        decoded = {**known, "containerDefinitions": containers} if containers is not None else known
        observed = super().seen(aws, known.get("arn") or resource_id, decoded, tags=tags)
        if observed is None:
            return None
        shown = observed["containerDefinitions"]
        same = containers is not None and shown == containers
        return {**observed, "containerDefinitions": known_text if same else json.dumps(shown)}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Deregister this revision."""
        if outputs.get("skipDestroy") or self.described(aws, outputs.get("arn") or resource_id) is None:
            return
        with ignoring(*self.missing):
            name = outputs.get("arn") or self.described(aws, resource_id)["taskDefinitionArn"]
            self.call(aws, "deregister_task_definition", taskDefinition=name)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find the family when its latest revision is the one wanted."""
        latest = found(lambda: self.seen(aws, inputs["family"], inputs), *self.missing)
        wanted = {name: item for name, item in inputs.items() if name not in {"tags", *self.only_here}}
        shown = as_given(latest or {}, wanted)
        return str(inputs["family"]) if all(shown.get(name) == item for name, item in wanted.items()) else None
