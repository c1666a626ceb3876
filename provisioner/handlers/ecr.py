"""Repositories of the container registry, and its replication."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

MISSING = "RepositoryNotFoundException"


@register
class Repository(Handler):
    """A repository. Its id is its name."""

    type = "aws:ecr/repository:Repository"
    taggable = True
    name_input = "name"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; a repository that exists is no error."""
        ecr = aws.client("ecr")
        name = inputs["name"]
        encryption = (inputs.get("encryptionConfigurations") or [None])[0]
        scanning = inputs.get("imageScanningConfiguration")
        with ignoring("RepositoryAlreadyExistsException"):
            ecr.create_repository(
                **given(
                    repositoryName=name,
                    imageTagMutability=inputs.get("imageTagMutability"),
                    imageScanningConfiguration={"scanOnPush": scanning["scanOnPush"]} if scanning else None,
                    encryptionConfiguration=given(
                        encryptionType=encryption["encryptionType"], kmsKey=encryption.get("kmsKey")
                    )
                    if encryption
                    else None,
                    tags=tag_list(inputs) or None,
                )
            )
        return Created(name, self.read(aws, name, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: aws.client("ecr").describe_repositories(repositoryNames=[resource_id]), MISSING)
        if not answer:
            return None
        one: dict[str, Any] = answer["repositories"][0]
        return {"arn": one["repositoryArn"], "repositoryUrl": one["repositoryUri"], "registryId": one["registryId"]}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. A repository that holds images goes only when `forceDelete` says so; else AWS refuses."""
        with ignoring(MISSING):
            aws.client("ecr").delete_repository(repositoryName=resource_id, force=bool(outputs.get("forceDelete")))


@register
class ReplicationConfiguration(Handler):
    """The registry's replication: one a region and account. Its id is the registry's."""

    type = "aws:ecr/replicationConfiguration:ReplicationConfiguration"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        rules = [
            given(
                destinations=[{"region": d["region"], "registryId": d["registryId"]} for d in rule["destinations"]],
                repositoryFilters=rule.get("repositoryFilters"),
            )
            for rule in inputs["replicationConfiguration"]["rules"]
        ]
        ecr = aws.client("ecr")
        ecr.put_replication_configuration(replicationConfiguration={"rules": rules})
        registry = ecr.describe_registry()["registryId"]
        return Created(registry, {"registryId": registry})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        registry = aws.client("ecr").describe_registry()
        return {"registryId": registry["registryId"]} if registry["replicationConfiguration"].get("rules") else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        aws.client("ecr").put_replication_configuration(replicationConfiguration={"rules": []})
