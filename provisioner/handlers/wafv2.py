"""Web ACLs of WAF. Those before CloudFront are kept in us-east-1."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic

SCOPES: Final = ("CLOUDFRONT", "REGIONAL")


@register
class WebAcl(Generic):
    """A web ACL with its rules. Its id is AWS's; AWS wants name and scope besides, which are looked up."""

    type = "aws:wafv2/webAcl:WebAcl"
    taggable = True
    service = "wafv2"
    create_call = "create_web_acl"
    read_call = "get_web_acl"
    update_call = "update_web_acl"
    delete_call = "delete_web_acl"
    id_output = "Summary.Id"
    document = "WebACL"
    missing = ("WAFNonexistentItemException",)
    outputs: ClassVar = {"arn": "ARN", "capacity": "Capacity"}
    names: ClassVar = {
        f"{owner}visibilityConfig.cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled" for owner in ("", "rules.")
    }
    token: ClassVar = {"LockToken": "LockToken"}
    replace_on = frozenset({"name", "scope"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def call(self, aws: Aws, call: str, **arguments: Any) -> Any:
        """See Generic; tags are listed one level deeper than elsewhere."""
        answer = super().call(aws, call, **arguments)
        return answer["TagInfoForResource"] if call == "list_tags_for_resource" else answer

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        for scope in SCOPES if aws.region == "us-east-1" else SCOPES[1:]:
            for acl in self.call(aws, "list_web_acls", Scope=scope)["WebACLs"]:
                if acl["Id"] == resource_id:
                    return {"Id": resource_id, "Name": acl["Name"], "Scope": scope}
        return {"Id": resource_id, "Name": "gone", "Scope": SCOPES[1]}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the scope is in the ARN."""
        scope = "CLOUDFRONT" if ":global/" in document["ARN"] else "REGIONAL"
        seen = super().observe(aws, resource_id, _as_text(document))
        return {**seen, "scope": scope}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """See Handler: a name is one scope's."""
        for acl in self.call(aws, "list_web_acls", Scope=inputs["scope"])["WebACLs"]:
            if acl["Name"] == inputs["name"]:
                return str(acl["Id"])
        return None


def _as_text(value: Any) -> Any:
    """Return the document with the texts that are searched for as text: AWS returns bytes."""
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


@register
class WebAclLoggingConfiguration(Generic):
    """What of a web ACL's requests is logged, and where to. Its id is the web ACL's ARN."""

    type = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
    service = "wafv2"
    create_call = update_call = "put_logging_configuration"
    read_call = "get_logging_configuration"
    delete_call = "delete_logging_configuration"
    id_inputs = ("resourceArn",)
    id_parameter = "ResourceArn"
    names: ClassVar = {
        "resourceArn": "LoggingConfiguration.ResourceArn",
        "logDestinationConfigs": "LoggingConfiguration.LogDestinationConfigs",
        "redactedFields": "LoggingConfiguration.RedactedFields",
        "loggingFilter": "LoggingConfiguration.LoggingFilter",
    }
    document = "LoggingConfiguration"
    missing = ("WAFNonexistentItemException",)
    adopts = False
    replace_on = frozenset({"resourceArn"})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        return {} if call == self.create_call else super().id_arguments(aws, call, resource_id)
