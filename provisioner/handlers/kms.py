"""Keys of the Key Management Service, their replicas and aliases."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

ENABLED_DEADLINE_S: Final = 120.0
DEFAULT_DELETION_DAYS: Final = 30


class _KeyHandler(Handler):
    taggable = True

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler; a key that waits for its deletion is gone."""
        answer = found(lambda: aws.client("kms").describe_key(KeyId=resource_id), "NotFoundException")
        if answer is None or answer["KeyMetadata"]["KeyState"].startswith("Pending"):
            return None
        return _outputs(answer["KeyMetadata"])

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Schedule the deletion: KMS keeps a key for the days that the inputs say."""
        days = outputs.get("deletionWindowInDays", DEFAULT_DELETION_DAYS)
        with ignoring("NotFoundException", "KMSInvalidStateException"):
            aws.client("kms").schedule_key_deletion(KeyId=resource_id, PendingWindowInDays=days)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by description, which ours make unique."""
        kms = aws.client("kms")
        for page in kms.get_paginator("list_keys").paginate():
            for key in page["Keys"]:
                metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
                if metadata["KeyState"] == "Enabled" and metadata.get("Description") == inputs.get("description"):
                    return str(key["KeyId"])
        return None


def _outputs(metadata: dict[str, Any]) -> Properties:
    return {"arn": metadata["Arn"], "keyId": metadata["KeyId"]}


@register
class Key(_KeyHandler):
    """A key, multi-Region or not."""

    type = "aws:kms/key:Key"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        kms = aws.client("kms")
        metadata = kms.create_key(
            **given(
                Description=inputs.get("description"),
                Policy=inputs.get("policy"),
                MultiRegion=inputs.get("multiRegion"),
                Tags=tag_list(inputs, "TagKey", "TagValue") or None,
            )
        )["KeyMetadata"]
        self.complete(aws, metadata["KeyId"], inputs)
        return Created(metadata["KeyId"], _outputs(metadata))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Turn on the yearly rotation."""
        if inputs.get("enableKeyRotation"):
            aws.client("kms").enable_key_rotation(KeyId=resource_id)


@register
class ReplicaKey(_KeyHandler):
    """A replica, in the resource's region, of a multi-Region key of another."""

    type = "aws:kms/replicaKey:ReplicaKey"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        primary = inputs["primaryKeyArn"]
        source_region = primary.split(":")[3]
        metadata = aws.client("kms", source_region).replicate_key(
            **given(
                KeyId=primary.rpartition("/")[2],
                ReplicaRegion=aws.region,
                Description=inputs.get("description"),
                Policy=inputs.get("policy"),
                Tags=tag_list(inputs, "TagKey", "TagValue") or None,
            )
        )["ReplicaKeyMetadata"]
        resource_id = metadata["KeyId"]
        kms = aws.client("kms")

        def enabled() -> bool:
            answer = found(lambda: kms.describe_key(KeyId=resource_id), "NotFoundException")
            return bool(answer and answer["KeyMetadata"]["KeyState"] == "Enabled")

        aws.wait_for(f"replica key {resource_id} enabled", enabled, deadline_s=ENABLED_DEADLINE_S)
        return Created(resource_id, _outputs(metadata))

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """A replica has its primary's id."""
        return str(inputs["primaryKeyArn"].rpartition("/")[2])


@register
class Alias(Handler):
    """An alias of a key."""

    type = "aws:kms/alias:Alias"
    name_input = "name"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        name = inputs["name"]
        with ignoring("AlreadyExistsException"):
            aws.client("kms").create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
        found_outputs = self.read(aws, name, inputs) or {}
        return Created(name, found_outputs)

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        for page in aws.client("kms").get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == resource_id:
                    return {"arn": alias["AliasArn"]}
        return None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("NotFoundException"):
            aws.client("kms").delete_alias(AliasName=resource_id)
