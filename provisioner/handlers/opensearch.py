"""Domains of OpenSearch Service."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class Domain(Generic):
    """A domain. Its id is its ARN, as Terraform has it; the last part of it is the domain's name."""

    type = "aws:opensearch/domain:Domain"
    taggable = True
    service = "opensearch"
    create_call = "create_domain"
    read_call = "describe_domain"
    update_call = "update_domain_config"
    delete_call = "delete_domain"
    id_output = "DomainStatus.ARN"
    names: ClassVar = {
        "clusterConfig.multiAzWithStandbyEnabled": "MultiAZWithStandbyEnabled",
        "domainEndpointOptions.enforceHttps": "EnforceHTTPS",
        "domainEndpointOptions.tlsSecurityPolicy": "TLSSecurityPolicy",
        "encryptAtRest": "EncryptionAtRestOptions",
        "nodeToNodeEncryption": "NodeToNodeEncryptionOptions",
        "advancedSecurityOptions.masterUserOptions.masterUserArn": "MasterUserARN",
        "vpcOptions": "VPCOptions",
    }
    document = "DomainStatus"
    missing = ("ResourceNotFoundException",)
    outputs: ClassVar = {
        "arn": "ARN",
        "domainId": "DomainId",
        "endpoint": "Endpoints.vpc || Endpoint",
        "engineVersion": "EngineVersion",
    }
    unread: ClassVar = frozenset({"advancedSecurityOptions", "autoTuneOptions"})
    """AWS says neither who the master user is, nor which state of Auto-Tune is wanted."""

    ready = "Created && !Processing && !UpgradeProcessing"
    gone = "Deleted"
    waits_until_gone = True
    deadline_s = 10_800.0
    """Domains take up to hours to be made or changed; the provider's own limit for updates is three."""

    replace_on = frozenset({"domainName"})
    tag_calls = ("add_tags", "remove_tags", "list_tags")

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        return {"DomainName": resource_id.rpartition("/")[2]}

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; logs are a map by their type there."""
        return {**super().create_arguments(aws, _without_logs(inputs)), **_logs(inputs)}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; what did not change is not sent, since some of it cannot be sent twice."""
        wanted = {name: value for name, value in _without_logs(new).items() if name in changed}
        arguments = super().update_arguments(aws, resource_id, wanted, changed)
        return {**arguments, **(_logs(new) if "logPublishingOptions" in changed else {})}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; an engine's version has a call of its own."""
        if "engineVersion" in changed:
            name = self.id_arguments(aws, "upgrade_domain", resource_id)
            self.call(aws, "upgrade_domain", **name, TargetVersion=new["engineVersion"])
            self.wait_ready(aws, resource_id)
        if changed - {"engineVersion"}:
            super().update(aws, resource_id, old, new, changed)
        return self.read(aws, resource_id, new) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        observed = super().observe(aws, resource_id, document)
        logs = document.get("LogPublishingOptions") or {}
        observed["logPublishingOptions"] = [
            {
                "logType": kind,
                "cloudwatchLogGroupArn": option.get("CloudWatchLogsLogGroupArn"),
                "enabled": option.get("Enabled", True),
            }
            for kind, option in logs.items()
        ]
        return observed

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        document = self.described(aws, inputs["domainName"])
        return str(document["ARN"]) if document else None


def _without_logs(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name != "logPublishingOptions"}


def _logs(inputs: Properties) -> dict[str, Any]:
    options = inputs.get("logPublishingOptions") or []
    published = {
        option["logType"]: {
            "CloudWatchLogsLogGroupArn": option["cloudwatchLogGroupArn"],
            "Enabled": option.get("enabled", True),
        }
        for option in options
    }
    return {"LogPublishingOptions": published} if published else {}
