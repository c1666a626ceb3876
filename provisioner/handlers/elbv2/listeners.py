"""Listeners of application load balancers and their rules. An update says only what changed: operations own weights."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.elbv2.load_balancer import TAG_CALLS, read_tags

FIELDS: Final = {
    "pathPattern": "path-pattern",
    "hostHeader": "host-header",
    "httpRequestMethod": "http-request-method",
    "httpHeader": "http-header",
    "sourceIp": "source-ip",
}


def _action_names(actions: str) -> dict[str, str]:
    return {
        f"{actions}.forward": "ForwardConfig",
        f"{actions}.forward.targetGroups.arn": "TargetGroupArn",
        f"{actions}.forward.stickiness": "TargetGroupStickinessConfig",
        f"{actions}.forward.stickiness.duration": "DurationSeconds",
        f"{actions}.fixedResponse": "FixedResponseConfig",
        f"{actions}.redirect": "RedirectConfig",
    }


class _Listening(Generic):
    taggable = True
    service = "elbv2"
    partial = True
    tag_calls = TAG_CALLS
    tagged_by = "id"

    def _read_tags(self, aws: Aws, resource_id: str, observed: Properties, document: Any) -> dict[str, str] | None:
        return read_tags(self, aws, resource_id)


@register
class Listener(_Listening):
    """A listener. Its id is its ARN."""

    type = "aws:lb/listener:Listener"
    create_call = "create_listener"
    read_call = "describe_listeners"
    update_call = "modify_listener"
    delete_call = "delete_listener"
    id_output = "Listeners[0].ListenerArn"
    id_parameter = "ListenerArn"
    read_parameter = "ListenerArns[]"
    names: ClassVar = {**_action_names("defaultActions"), "certificateArn": "Certificates"}
    missing = ("ListenerNotFound",)
    document = "Listeners[0]"
    outputs: ClassVar = {"arn": "ListenerArn", "certificateArn": "Certificates[0].CertificateArn"}
    unread = frozenset({"alpnPolicy"})
    """A list with AWS, a text with the provider; for network load balancers alone."""

    replace_on = frozenset({"loadBalancerArn"})

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; the certificate is a list of one."""
        certificate = inputs.get("certificateArn")
        wrapped = {"certificateArn": [{"certificateArn": certificate}]} if certificate else {}
        return super().parameters(aws, call, {**inputs, **wrapped})

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by load balancer and port."""
        listeners = self.call(aws, self.read_call, LoadBalancerArn=inputs["loadBalancerArn"])["Listeners"]
        return next((str(one["ListenerArn"]) for one in listeners if one.get("Port") == inputs.get("port")), None)


@register
class ListenerRule(_Listening):
    """A rule of a listener. Its id is its ARN."""

    type = "aws:lb/listenerRule:ListenerRule"
    part_of = "listenerArn"
    create_call = "create_rule"
    read_call = "describe_rules"
    update_call = "modify_rule"
    delete_call = "delete_rule"
    id_output = "Rules[0].RuleArn"
    id_parameter = "RuleArn"
    read_parameter = "RuleArns[]"
    names: ClassVar = {
        **_action_names("actions"),
        **{f"conditions.{name}": f"{name[0].upper()}{name[1:]}Config" for name in FIELDS},
    }
    missing = ("RuleNotFound", "ListenerNotFound")
    document = "Rules[0]"
    outputs: ClassVar = {"arn": "RuleArn", "priority": "to_number(Priority)"}
    replace_on = frozenset({"listenerArn"})

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; a condition says its kind besides."""
        arguments = super().parameters(aws, call, inputs)
        for condition, given in zip(arguments.get("Conditions", []), inputs.get("conditions", []), strict=True):
            condition["Field"] = FIELDS[next(iter(given))]
        return arguments

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; the priority has a call of its own."""
        if self.described(aws, resource_id)["Priority"] != str(new["priority"]):
            priorities = [{"RuleArn": resource_id, "Priority": new["priority"]}]
            self.call(aws, "set_rule_priorities", RulePriorities=priorities)
        if changed & {"conditions", "actions"}:
            return super().update(aws, resource_id, old, new, changed)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def rearrange(self, aws: Aws, wanted: Mapping[str, Properties]) -> None:
        """See Handler; two rules swap their priorities without one that has none in between."""
        priorities = [{"RuleArn": arn, "Priority": inputs["priority"]} for arn, inputs in sorted(wanted.items())]
        self.call(aws, "set_rule_priorities", RulePriorities=priorities)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; a rule's ARN is its listener's, and more."""
        listener = resource_id.replace(":listener-rule/", ":listener/").rpartition("/")[0]
        return {**super().observe(aws, resource_id, document), "listenerArn": listener}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by listener and priority."""
        rules = self.call(aws, self.read_call, ListenerArn=inputs["listenerArn"])["Rules"]
        return next((str(rule["RuleArn"]) for rule in rules if rule["Priority"] == str(inputs["priority"])), None)
