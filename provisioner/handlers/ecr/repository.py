"""Repositories of the container registry, and its replication."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Properties, register
from provisioner.handlers.common.generic import Generic

MUTABILITY: Final = frozenset({"imageTagMutability", "imageTagMutabilityExclusionFilters"})


@register
class Repository(Generic):
    """A repository. Its id is its name. One that holds images goes only when `forceDelete` says so."""

    type = "aws:ecr/repository:Repository"
    taggable = True
    service = "ecr"
    create_call = "create_repository"
    read_call = "describe_repositories"
    delete_call = "delete_repository"
    id_inputs = ("name",)
    read_parameter = "repositoryNames[]"
    names: ClassVar = {"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"}
    only_here = frozenset({"forceDelete"})
    missing = ("RepositoryNotFoundException",)
    exists = ("RepositoryAlreadyExistsException",)
    adopts = False
    document = "repositories[0]"
    outputs: ClassVar = {
        "arn": "repositoryArn",
        "repositoryUrl": "repositoryUri",
        "registryId": "registryId",
        "encryptionConfigurations": "encryptionConfiguration && [encryptionConfiguration]",
    }
    replace_on = frozenset({"name", "encryptionConfigurations"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; each setting has a call of its own."""
        if changed & MUTABILITY:
            wanted = {"imageTagMutability": "MUTABLE", **{name: new[name] for name in MUTABILITY if name in new}}
            call = "put_image_tag_mutability"
            self.call(aws, call, **self.parameters(aws, call, {"name": resource_id, **wanted}))
        if "imageScanningConfiguration" in changed:
            scanning = new.get("imageScanningConfiguration") or {"scanOnPush": False}
            call = "put_image_scanning_configuration"
            self.call(aws, call, repositoryName=resource_id, imageScanningConfiguration=scanning)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete_arguments(self, aws: Aws, resource_id: str, outputs: Properties) -> dict[str, Any]:
        """See Generic."""
        return {"force": bool(outputs.get("forceDelete"))}


@register
class ReplicationConfiguration(Generic):
    """The registry's replication: one a region and account. Its id is the registry's."""

    type = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
    service = "ecr"
    create_call = "put_replication_configuration"
    read_call = "describe_registry"
    update_call = "put_replication_configuration"
    adopts = False
    gone = "!(replicationConfiguration.rules)"
    outputs: ClassVar = {"registryId": "registryId"}

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        self.call(aws, self.create_call, **self.create_arguments(aws, inputs))
        observed = self.seen(aws, "", inputs) or {}
        return Created(observed["registryId"], observed)

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; the account's own registry is meant."""
        return {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        self.call(aws, self.create_call, replicationConfiguration={"rules": []})
