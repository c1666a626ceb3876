"""Keys of the Key Management Service, their replicas and aliases."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Properties, ignoring, register
from provisioner.handlers.common.generic import Generic

ENABLED_DEADLINE_S: Final = 120.0
DEFAULT_DELETION_DAYS: Final = 30
POLICY: Final = "default"
"""The one name of a key's policy."""


class _KeyHandler(Generic):
    taggable = True
    service = "kms"
    read_call = "describe_key"
    id_parameter = "KeyId"
    missing = ("NotFoundException",)
    document = "KeyMetadata"
    gone = "starts_with(KeyState, 'Pending')"
    ready = "Enabled"
    deadline_s = ENABLED_DEADLINE_S
    outputs: ClassVar = {"arn": "Arn", "keyId": "KeyId", "isEnabled": "Enabled"}
    tag_calls = ("tag_resource", "untag_resource", "list_resource_tags")
    tagged_by = "id"

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the policy has a call of its own."""
        answer = self.call(aws, "get_key_policy", KeyId=resource_id, PolicyName=POLICY)
        return {**super().observe(aws, resource_id, document), "policy": answer["Policy"]}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        if "description" in changed:
            self.call(aws, "update_key_description", KeyId=resource_id, Description=new.get("description", ""))
        if "policy" in changed and "policy" in new:
            self.call(aws, "put_key_policy", KeyId=resource_id, PolicyName=POLICY, Policy=new["policy"])
        self.complete(aws, resource_id, new)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Schedule the deletion: KMS keeps a key for the days that the inputs say."""
        days = outputs.get("deletionWindowInDays", DEFAULT_DELETION_DAYS)
        with ignoring("NotFoundException", "KMSInvalidStateException"):
            self.call(aws, "schedule_key_deletion", KeyId=resource_id, PendingWindowInDays=days)


@register
class Key(_KeyHandler):
    """A key, multi-Region or not."""

    type = "aws:kms/key:Key"
    create_call = "create_key"
    id_output = "KeyMetadata.KeyId"
    names: ClassVar = {"customerMasterKeySpec": "KeySpec"}
    only_here = frozenset({"enableKeyRotation", "rotationPeriodInDays", "deletionWindowInDays"})
    replace_on = frozenset({"multiRegion", "keyUsage", "customerMasterKeySpec"})
    delete_before_replace = False

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Turn the rotation on or off."""
        if inputs.get("enableKeyRotation"):
            period = inputs.get("rotationPeriodInDays")
            arguments = {"RotationPeriodInDays": period} if period else {}
            self.call(aws, "enable_key_rotation", KeyId=resource_id, **arguments)
        elif "enableKeyRotation" in inputs:
            self.call(aws, "disable_key_rotation", KeyId=resource_id)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the rotation has a call of its own."""
        rotation = self.call(aws, "get_key_rotation_status", KeyId=resource_id)
        observed = {**super().observe(aws, resource_id, document), "enableKeyRotation": rotation["KeyRotationEnabled"]}
        if rotation["KeyRotationEnabled"] and "RotationPeriodInDays" in rotation:
            observed["rotationPeriodInDays"] = rotation["RotationPeriodInDays"]
        return observed

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by description, which ours make unique."""
        for page in self.client(aws).get_paginator("list_keys").paginate():
            for key in page["Keys"]:
                metadata = self.call(aws, "describe_key", KeyId=key["KeyId"])["KeyMetadata"]
                if metadata["KeyState"] == "Enabled" and metadata.get("Description") == inputs.get("description"):
                    return str(key["KeyId"])
        return None


@register
class ReplicaKey(_KeyHandler):
    """A replica, in the resource's region, of a multi-Region key of another. Its id is its primary's."""

    type = "aws:kms/replicaKey:ReplicaKey"
    create_call = "replicate_key"
    id_output = "ReplicaKeyMetadata.KeyId"
    only_here = frozenset({"primaryKeyArn", "deletionWindowInDays"})
    replace_on = frozenset({"primaryKeyArn"})
    outputs: ClassVar = {**_KeyHandler.outputs, "primaryKeyArn": "MultiRegionConfiguration.PrimaryKey.Arn"}

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; the primary's region replicates."""
        primary = inputs["primaryKeyArn"]
        aimed = {"KeyId": primary.rpartition("/")[2], "ReplicaRegion": aws.region}
        metadata = aws.client(self.service, primary.split(":")[3]).replicate_key(
            **aimed, **self.create_arguments(aws, inputs)
        )["ReplicaKeyMetadata"]
        self.complete(aws, metadata["KeyId"], inputs)
        return Created(metadata["KeyId"], self.seen(aws, metadata["KeyId"], inputs, tags=False) or {})

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """A replica has its primary's id."""
        return str(inputs["primaryKeyArn"].rpartition("/")[2])


@register
class Alias(Generic):
    """An alias of a key. Its id is its name."""

    type = "aws:kms/alias:Alias"
    service = "kms"
    create_call = "create_alias"
    read_call = "list_aliases"
    update_call = "update_alias"
    delete_call = "delete_alias"
    id_inputs = ("name",)
    names: ClassVar = {"name": "AliasName"}
    missing = ("NotFoundException",)
    exists = ("AlreadyExistsException",)
    adopts = False
    outputs: ClassVar = {"arn": "AliasArn", "targetKeyId": "TargetKeyId"}
    replace_on = frozenset({"name"})

    def answer(self, aws: Aws, resource_id: str) -> Any:
        """See Generic; aliases can only be listed."""
        pages = self.client(aws).get_paginator(self.read_call).paginate()
        return next((one for page in pages for one in page["Aliases"] if one["AliasName"] == resource_id), None)

    def seen(self, aws: Aws, resource_id: str, known: Properties, *, tags: bool = True) -> Properties | None:
        """See Generic; the key is named as the program names it, by its ARN or its id."""
        observed = super().seen(aws, resource_id, known, tags=tags)
        given = str(known.get("targetKeyId", ""))
        if observed is not None and given.rpartition("/")[2] == observed["targetKeyId"]:
            observed["targetKeyId"] = given
        return observed
