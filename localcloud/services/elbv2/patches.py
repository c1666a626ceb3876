"""Replaces those actions of moto's Elastic Load Balancing that are not true."""

import hashlib
from functools import partialmethod
from typing import Any

from localcloud.services.elbv2 import record
from localcloud.services.elbv2.limits import action_refusal, condition_refusal, target_refusal


def patch() -> None:
    """Make moto's load balancers, rules and targets read back as AWS's do."""
    from moto.elbv2 import models, responses

    _patch_balancers(models)
    _patch_rules(models)
    _patch_target_groups(models)
    _patch_targets(responses.ELBV2Response)


def _patch_balancers(models: Any) -> None:
    from moto.elbv2.exceptions import DuplicateLoadBalancerName, ELBClientError

    create, delete = models.ELBv2Backend.create_load_balancer, models.ELBv2Backend.delete_load_balancer

    def create_load_balancer(self: Any, name: str, *arguments: Any, **options: Any) -> Any:
        if any(balancer.name == name for balancer in self.load_balancers.values()):
            raise DuplicateLoadBalancerName
        balancer = create(self, name, *arguments, **options)
        number = int(hashlib.sha256(balancer.arn.encode()).hexdigest()[:8], 16)
        balancer.dns_name = f"{name}-{number}.{self.region_name}.elb.amazonaws.com"
        balancer.canonical_hosted_zone_id = record.ZONES.get(self.region_name, "Z2P70J7EXAMPLE")
        balancer.attrs = {**record.LOAD_BALANCER_DEFAULTS, **balancer.attrs}
        return balancer

    def delete_load_balancer(self: Any, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        delete(self, arn)

    def load_balancer_state(self: Any) -> dict[str, str]:
        reason = getattr(self, "local_impaired", None)
        return {"Code": "active_impaired", "Reason": reason} if reason else {"Code": self.state}

    models.FakeLoadBalancer.load_balancer_state = property(load_balancer_state)
    models.ELBv2Backend.create_load_balancer = create_load_balancer
    models.ELBv2Backend.delete_load_balancer = delete_load_balancer


def _patch_rules(models: Any) -> None:
    """Refuse what is not emulated; a default rule's ARN stays, an unknown rule is not found, rules may swap places."""
    from moto.elbv2.exceptions import ELBClientError, RuleNotFoundError

    validate = models.ELBv2Backend._validate_actions
    delete, arrange = models.ELBv2Backend.delete_rule, models.ELBv2Backend.set_rule_priorities

    def _validate_actions(self: Any, actions: list[Any]) -> None:
        for action in actions:
            if reason := action_refusal(action.data):
                raise ELBClientError("ValidationError", reason)
            stickiness = action.data.get("ForwardConfig", {}).get("TargetGroupStickinessConfig") or {}
            if stickiness.get("Enabled") or action.type.startswith("authenticate"):
                raise ELBClientError(
                    "NotEmulated",
                    "the local cloud emulates no sticky target groups and no authenticate actions; "
                    "emulated are: forward (weighted), redirect, fixed-response",
                )
        validate(self, actions)

    def delete_rule(self: Any, arn: str) -> None:
        if not any(arn in listener.rules for lb in self.load_balancers.values() for listener in lb.listeners.values()):
            raise RuleNotFoundError
        delete(self, arn)

    models.ELBv2Backend.set_rule_priorities = partialmethod(_set_rule_priorities, arrange)
    check = models.ELBv2Backend._validate_conditions

    def _validate_conditions(self: Any, conditions: list[dict[str, Any]]) -> None:
        check(self, conditions)
        for condition in conditions:
            config = condition.get(record.CONFIGS.get(condition["Field"], "")) or {}
            values = config.get("Values") or condition.get("Values") or []
            if reason := condition_refusal(condition, values, config.get("HttpHeaderName")):
                raise ELBClientError("ValidationError", reason)

    models.ELBv2Backend._validate_actions = _validate_actions
    models.ELBv2Backend._validate_conditions = _validate_conditions
    models.ELBv2Backend.delete_rule = delete_rule


def _set_rule_priorities(backend: Any, arrange: Any, rule_priorities: list[dict[str, Any]]) -> Any:
    """Let the rules named swap among themselves: AWS looks for conflicts in the new order alone."""
    named = {one["RuleArn"] for one in rule_priorities}
    listeners = [one for balancer in backend.load_balancers.values() for one in balancer.listeners.values()]
    rules = [rule for listener in listeners for arn, rule in listener.rules.items() if arn in named]
    before = [rule.priority for rule in rules]
    for rule in rules:
        rule.priority = None
    try:
        return arrange(backend, rule_priorities)
    except Exception:
        for rule, priority in zip(rules, before, strict=True):
            rule.priority = priority
        raise


def _patch_target_groups(models: Any) -> None:
    """A target group names exactly the load balancers whose rules forward to it."""

    def forget(_self: Any, _arns: list[str]) -> None:
        """Take moto's own bookkeeping without keeping it."""

    def load_balancer_arns(self: Any) -> list[str]:
        return record.groups_in_use(self.region_name).get(self.arn, [])

    models.FakeTargetGroup.load_balancer_arns = property(load_balancer_arns, forget)


def _patch_targets(response: Any) -> None:
    from moto.core.responses import ActionResult, EmptyResult
    from moto.elbv2.exceptions import ELBClientError

    def register_targets(self: Any) -> Any:
        group = self.elbv2_backend.target_groups.get(self._get_param("TargetGroupArn"))
        for target in self._get_param("Targets", []):
            if group is not None and (reason := target_refusal(target["Id"], group.target_type)):
                raise ELBClientError("ValidationError", reason)
        record.register(self.region, self._get_param("TargetGroupArn"), self._get_param("Targets", []))
        return EmptyResult()

    def deregister_targets(self: Any) -> Any:
        record.deregister(self.region, self._get_param("TargetGroupArn"), self._get_param("Targets", []))
        return EmptyResult()

    def describe_target_health(self: Any) -> Any:
        found = record.health(self.region, self._get_param("TargetGroupArn"), self._get_param("Targets", []))
        return ActionResult({"TargetHealthDescriptions": found})

    def modify_target_group_attributes(self: Any) -> Any:
        arn = self._get_param("TargetGroupArn")
        changed = {attribute["Key"]: attribute["Value"] for attribute in self._get_param("Attributes", [])}
        self.elbv2_backend.modify_target_group_attributes(arn, changed)
        return ActionResult({"Attributes": self.elbv2_backend.target_groups[arn].attributes})

    for action in (register_targets, deregister_targets, describe_target_health, modify_target_group_attributes):
        setattr(response, action.__name__, action)
