"""What watches an account and what holds for all of it: GuardDuty, Security Hub, encryption of volumes, passwords."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties, found, register
from provisioner.handlers.common.generic import Generic


@register
class Detector(Generic):
    """GuardDuty of a region: an account has one there. Its id is AWS's."""

    type = "aws:guardduty/detector:Detector"
    taggable = True
    service = "guardduty"
    create_call = "create_detector"
    read_call = "get_detector"
    update_call = "update_detector"
    delete_call = "delete_detector"
    id_output = "DetectorId"
    id_parameter = "DetectorId"
    missing = ("BadRequestException",)
    outputs: ClassVar = {"enable": "Status == 'ENABLED'"}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; its ARN and account are known from its role."""
        observed = super().observe(aws, resource_id, document)
        account = aws.client("sts").get_caller_identity()["Account"]
        arn = f"arn:aws:guardduty:{aws.region}:{account}:detector/{resource_id}"
        return {**observed, "arn": arn, "accountId": account}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Generic."""
        arn = outputs.get("arn") or self.observe(aws, resource_id, {"Status": "ENABLED"})["arn"]
        if removed:
            self.call(aws, "untag_resource", ResourceArn=arn, TagKeys=removed)
        if tags:
            self.call(aws, "tag_resource", ResourceArn=arn, Tags=tags)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """There is one a region."""
        return next(iter(self.call(aws, "list_detectors")["DetectorIds"]), None)


@register
class SecurityHub(Generic):
    """Security Hub of a region. Its id is the account's."""

    type = "aws:securityhub/account:Account"
    service = "securityhub"
    create_call = "enable_security_hub"
    read_call = "describe_hub"
    update_call = "update_security_hub_configuration"
    delete_call = "disable_security_hub"
    adopts = False
    exists = ("ResourceConflictException",)
    missing = ("InvalidAccessException", "ResourceNotFoundException")
    names: ClassVar = {"enableDefaultStandards": "EnableDefaultStandards"}
    only_here = frozenset({"autoEnableControls"})
    outputs: ClassVar = {"arn": "HubArn"}
    unread = frozenset({"enableDefaultStandards"})  # read once, when it is enabled
    replace_on = frozenset({"enableDefaultStandards"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; one that is enabled already is no error."""
        found(lambda: self.call(aws, self.create_call, **self.create_arguments(aws, inputs)), *self.exists)
        self.call(aws, self.update_call, **self.update_arguments(aws, "", inputs, frozenset()))
        account = aws.client("sts").get_caller_identity()["Account"]
        return Created(account, self.read(aws, account, inputs) or {})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; there is one a region, so that no call names it."""
        return {}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic."""
        return {"AutoEnableControls": new.get("autoEnableControls", True)}


@register
class EncryptionByDefault(Handler):
    """Whether new volumes of a region are encrypted. Its id is the region's name; its end turns it off."""

    type = "aws:ebs/encryptionByDefault:EncryptionByDefault"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        self._switch(aws, on=inputs.get("enabled", True))
        return Created(aws.region)

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        return {"enabled": aws.client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self._switch(aws, on=new.get("enabled", True))
        return self.read(aws, resource_id, new) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        self._switch(aws, on=False)

    @staticmethod
    def _switch(aws: Aws, *, on: bool) -> None:
        ec2 = aws.client("ec2")
        if on:
            ec2.enable_ebs_encryption_by_default()
        else:
            ec2.disable_ebs_encryption_by_default()
